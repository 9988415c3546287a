"""The one blueprint that all modules of these pages add their views to, and how ids stand in their addresses."""

from __future__ import annotations

from flask import Blueprint

from plugin.domain import Role
from plugin.web import auth

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
hr = auth.requires(Role.HR_ADMIN)
operator = auth.requires(Role.OPERATOR)
hr_or_operator = auth.requires(Role.HR_ADMIN, Role.OPERATOR)
