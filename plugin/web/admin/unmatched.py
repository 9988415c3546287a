"""Names that belong to no known employee: who is it? One answer, and everything that waited follows."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import IdentifierKind
from plugin.errors import InvalidInput
from plugin.services.operation import installation_status
from plugin.services.people import persons
from plugin.services.sources import applying, matching
from plugin.texts import _, ngettext
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, sent_number
from plugin.web.security import core

CHOICES = 20


@blueprint.get("/people-to-match")
@hr
def unmatched() -> str:
    after = request.args.get("after", "")[:600]
    rows = matching.unmatched(core(), after=after, limit=SIZE + 1)
    names = installation_status.names(core())
    return render_template(
        "admin/unmatched.html",
        names=cut(rows, lambda one: f"{one.kind} {one.value}", started=bool(after)),
        records=matching.unmatched_count(core()),
        connections=names,
        unlinked=applying.unlinked_managers(core(), limit=SIZE),
    )


@blueprint.get("/people-to-match/find")
@hr
def find_person() -> ResponseReturnValue:
    """Search for the employee whose name this is; to htmx only the people found."""
    kind, value = request.args.get("kind", "")[:40], request.args.get("value", "")[:600]
    if not kind or not value:
        return redirect(url_for("admin.unmatched"), 303)
    text = request.args.get("q")
    text = guess(kind, value) if text is None else text[:200]
    found = persons.candidates(core(), text, limit=CHOICES + 1) if text.strip() else []
    template = "admin/_candidates.html" if request.headers.get("HX-Request") else "admin/find_person.html"
    return render_template(
        template, kind=kind, value=value, q=text, people=found[:CHOICES], is_more=len(found) > CHOICES
    )


def guess(kind: str, value: str) -> str:
    """A first thing to search for: the longest word before the @ of an address; nothing for hashes and ids."""
    if kind != IdentifierKind.EMAIL:
        return ""
    words = re.split(r"[^a-z]+", value.partition("@")[0].lower())
    return max(words, key=len, default="")


@blueprint.post("/people-to-match")
@hr
def link_person() -> ResponseReturnValue:
    kind, value = request.form.get("kind", ""), request.form.get("value", "")
    person_id = sent_number("person_id")
    try:
        counts = matching.link(core(), auth.actor(), kind=kind, value=value, person_id=person_id)
    except InvalidInput as error:
        flash(_("The name was not matched. %(error)s", error=error))
        return redirect(url_for("admin.unmatched"), 303)
    applied = counts.get("applied", 0)
    flash(
        ngettext(
            "Matched. %(num)s waiting record is now in use.",
            "Matched. %(num)s waiting records are now in use.",
            applied,
        )
    )
    return redirect(url_for("admin.unmatched"), 303)
