"""Webhooks that come in, and the receiver of pushed statements."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds /hooks/<token> and /xapi/<token>/… to ``app``, whose core stands in ``app.extensions["core"]``."""
    from plugin.webhooks import inbound, lrs

    app.register_blueprint(inbound.blueprint)
    app.register_blueprint(lrs.blueprint)
