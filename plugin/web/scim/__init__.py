"""SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: an identity provider keeps accounts and the groups that give roles."""

from __future__ import annotations

from flask import Flask

from plugin.web.scim import routes


def register(app: Flask) -> None:
    app.register_blueprint(routes.blueprint)
