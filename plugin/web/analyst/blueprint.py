"""The one blueprint that all modules of the analyst's pages add their views to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("analyst", __name__)
