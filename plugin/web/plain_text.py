"""Before any view: what a form, an address or a call of the API sends can be stored by every database."""

from __future__ import annotations

from flask import Flask, request

from plugin.services import plain_text

PUSHED = frozenset(
    {"webhooks", "lrs"}
)  # bodies of others are verified as they came, and set aside with a reason


def refuse_unstorable() -> None:
    """InvalidInput with the fields, like any other mistake in a form."""
    if request.blueprint in PUSHED:
        return
    plain_text.require((name, text) for name, texts in request.args.lists() for text in texts)
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.is_json:
        plain_text.require(plain_text.texts(request.get_json(silent=True)))
    else:
        plain_text.require((name, text) for name, texts in request.form.lists() for text in texts)


def register(app: Flask) -> None:
    app.before_request(refuse_unstorable)
