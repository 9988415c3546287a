"""How JSON that comes in is read: what Python alone would take or break on is a fault of the sender, never ours."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class JsonBodies(DefaultJSONProvider):
    """ValueError for what is no JSON (RFC 8259): NaN and Infinity too, and nesting deeper than can be read."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return json.loads(s, parse_constant=_refuse, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def register(app: Flask) -> None:
    app.json = JsonBodies(app)
