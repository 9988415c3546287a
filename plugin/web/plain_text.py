"""Before any view: what a form, an address or a call of the API sends can be stored by every database."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, request

from plugin.domain import plain_text
from plugin.errors import InvalidInput
from plugin.texts import N_, _
from plugin.web import json_bodies

PUSHED = frozenset(
    {"webhooks", "lrs", "scim"}
)  # bodies of others are verified as they came, and set aside or refused in their own way
LABELS = {  # fields whose name begins so, by their label
    "email": N_("Email"),
    "name": N_("Name"),
    "note": N_("Note"),
    "raise": N_("Raise"),
    "reason": N_("Reason"),
    "text": N_("Text"),
    "title": N_("Title"),
}


def refuse_unstorable() -> None:
    """InvalidInput with the fields, like any other mistake in a form."""
    if request.blueprint in PUSHED:
        return
    plain_text.require((name, text) for name, texts in request.args.lists() for text in texts)
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.is_json:
        with suppress(ValueError):  # what is no JSON is refused where it is read
            plain_text.require(plain_text.texts(json_bodies.read(request.get_data())))
    elif not request.path.startswith("/api/"):  # there a form is refused as such
        _require_form()


def _require_form() -> None:
    """What is wrong beside the field's label: the name of a field is ours and says nothing to a person."""
    try:
        plain_text.require((name, text) for name, texts in request.form.lists() for text in texts)
    except InvalidInput as problem:
        names = [LABELS.get(name.partition("-")[0]) for name in problem.fields]
        said = (
            _("A text on this page contains a character that can't be stored.")
            if None in names
            else _(
                "%(fields)s: the text contains a character that can't be stored.",
                fields=", ".join(_(name) for name in names if name),
            )
        )
        raise InvalidInput(said, fields=problem.fields, remedy=problem.remedy) from problem


def register(app: Flask) -> None:
    app.before_request(refuse_unstorable)
