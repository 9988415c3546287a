"""Pages: what every blueprint shares is registered here, then each area's own."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from plugin.web import (
    auth,
    errors,
    formats,
    language,
    manager,
    own_account,
    pages,
    plain_text,
    record_ids,
    second_factor,
    security,
)

AREAS = (
    "plugin.web.admin.cycles",
    "plugin.web.analyst",
    "plugin.web.admin",
    "plugin.web.admin.catalogue",
    "plugin.web.api",
    "plugin.web.scim",
    "plugin.web.probes",
)  # each has register(app)


def register(app: Flask) -> None:
    """Adds security, sign-in, error pages and all areas to ``app``, whose core stands in ``app.extensions["core"]``."""
    language.register(app)  # first: even a refusal is in the reader's language
    record_ids.register(app)
    security.register(app)
    auth.register(app)
    plain_text.register(app)
    formats.register(app)
    pages.register(app)
    own_account.register(app)
    app.register_blueprint(second_factor.blueprint)
    manager.register(app)
    for area in AREAS:
        if find_spec(area) is not None:
            import_module(area).register(app)
    language.write_anew(app.jinja_env)
    errors.register(app)  # last: an extension of the API brings handlers of its own
