"""The one blueprint that all modules of HR's cycle pages add their views to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cycles", __name__)
