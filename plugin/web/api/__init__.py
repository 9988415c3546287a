"""The JSON API under /api/v1 with its OpenAPI document: what an HR admin can do on pages, a machine can do here."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from plugin import __version__
from plugin.web import auth
from plugin.web.api import connections, people, webhooks


def register(app: Flask) -> None:
    """Adds /api/v1 and /api/openapi.json."""
    app.config.update(
        API_TITLE="Raise Advisor",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Connectors, runs, matching and webhooks. Sign in with a token: Authorization: Bearer ra_…"
            },
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api = Api(app)
    for blueprint in (connections.blueprint, people.blueprint, webhooks.blueprint):
        api.register_blueprint(blueprint, url_prefix=f"/api/v1{blueprint.url_prefix or ''}")
    auth.declare(app, "api-docs.openapi_json", auth.PUBLIC)
