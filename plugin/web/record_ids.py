"""How ids stand in addresses and forms."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map, ValidationError

from plugin.domain.ids import LARGEST_ID, known_id, known_version
from plugin.errors import NotFound
from plugin.texts import _


class RecordId(IntegerConverter):
    """``<record_id:x>``: a positive id that the database can hold; any other number is no address.

    ``least=0`` where 0 stands for those who have none, such as people without a manager.
    """

    def __init__(self, url_map: Map, least: int = 1) -> None:
        super().__init__(url_map, min=least, max=LARGEST_ID)
        self.least = least

    def to_python(self, value: str) -> int:
        found = known_id(value)
        if found is None or found < self.least:
            raise ValidationError
        return found


def sent_version(name: str) -> int | None:
    """None when the form names none; -1, which no row has, for what cannot be one."""
    if name not in request.form:
        return None
    found = known_version(request.form[name])
    return -1 if found is None else found


def sent_ids(name: str) -> list[int]:
    """Every id that the form sends under the name. NotFound for what is no id."""
    found = [known_id(text) for text in request.form.getlist(name)]
    if not all(found):
        raise NotFound(_("This employee does not exist."))
    return [one for one in found if one]


def register(app: Flask) -> None:
    app.url_map.converters["record_id"] = RecordId
