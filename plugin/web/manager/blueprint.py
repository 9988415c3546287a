"""The one blueprint that all modules of the manager's pages add their views to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("manager", __name__)
