"""The JSON API under /api/v1 with its OpenAPI document: what an HR admin can do on pages, a machine can do here."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from plugin import __version__
from plugin.web import auth
from plugin.web.api import access, connections, document, people, schemas, webhooks
from plugin.web.api.caller import Resource

BASE = "/api/v1"
CHOICES = (schemas.NewConnection, schemas.ConnectionChange)
pages = Blueprint("api_docs", __name__)


@pages.get("/api/openapi.json")
@auth.public
def openapi() -> ResponseReturnValue:
    """The OpenAPI document."""
    return jsonify(published(current_app))


def published(app: Flask) -> document.Document:
    """Made when first asked for."""
    if "openapi" not in app.extensions:
        spec = app.extensions["api"].spec
        for choice in CHOICES:
            for shape in choice.shapes.values():
                spec.components.schema(shape.__name__, schema=shape)
        app.extensions["openapi"] = document.completed(spec.to_dict(), CHOICES, _needed(app))
    found: document.Document = app.extensions["openapi"]
    return found


def _needed(app: Flask) -> dict[str, document.Scopes]:
    """The scopes of each path, as the document writes paths."""
    found: dict[str, document.Scopes] = {}
    for rule in app.url_map.iter_rules():
        made: Any = getattr(app.view_functions[rule.endpoint], "view_class", None)
        if made is not None and issubclass(made, Resource):
            path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", str(rule))
            found[path] = (made.reads, made.writes)
    return found


def register(app: Flask) -> None:
    """Adds /api/v1 and /api/openapi.json."""
    app.config.update(
        API_TITLE="Raise Advisor",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Connectors, runs, matching, webhooks, decisions, models and the audit trail. Sign in with a token: Authorization: Bearer ra_…"
            },
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api = Api(app)
    for blueprint in (access.blueprint, connections.blueprint, people.blueprint, webhooks.blueprint):
        api.register_blueprint(blueprint, url_prefix=f"{BASE}{blueprint.url_prefix or ''}")
    app.extensions["api"] = api
    app.register_blueprint(pages)
