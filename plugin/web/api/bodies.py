"""Reads what a call sends: JSON and nothing else, told apart from no body at all."""

from __future__ import annotations

from typing import Any

from flask import Request
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from plugin.web import json_bodies


class Bodies(FlaskParser):
    """415 for a body that doesn't say that it is JSON, 400 for one that is no JSON; what a schema refuses is 422."""

    def load_json(self, req: Request, schema: Any) -> Any:  # noqa: ARG002  # the library's own signature
        sent = req.get_data(cache=True)
        if not sent:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return json_bodies.read(sent)
        except ValueError as error:
            raise BadRequest from error
