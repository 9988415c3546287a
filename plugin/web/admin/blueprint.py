"""The one blueprint that all modules of these pages add their views to, and how ids stand in their addresses."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.routing import IntegerConverter, Map

from plugin.domain import Role
from plugin.web import auth

LARGEST_ID = (
    2**53 - 1
)  # larger ones are unknown; they must not reach the database, whose integers are smaller

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
hr = auth.requires(Role.HR_ADMIN)
operator = auth.requires(Role.OPERATOR)


class RecordId(IntegerConverter):
    """``<record_id:x>``: a positive id that the database can hold; any other number is no address."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)
