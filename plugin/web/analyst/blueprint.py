"""The one blueprint that all modules of the analyst's pages add their views to."""

from __future__ import annotations

from flask import Blueprint

from plugin.domain import Role
from plugin.web import auth

blueprint = Blueprint("analyst", __name__)
analysts = auth.requires(Role.ANALYST, Role.HR_ADMIN)
