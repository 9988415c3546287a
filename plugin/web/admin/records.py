"""Records that came in and could not be used: with code and reason, and "try again"."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.services.operation import installation_status
from plugin.services.sources import connection_setup, matching, run_requests
from plugin.texts import ngettext
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number, sent_choice
from plugin.web.security import core

ONE = "/connections/<record_id:connection_id>"


@blueprint.get("/set-aside")
@hr
def set_aside() -> str:
    """Of all connections."""
    after = number("after") or 0
    rows = matching.set_aside(core(), after=after, limit=SIZE + 1)
    names = installation_status.names(core())
    return render_template(
        "admin/set_aside.html",
        items=cut(rows, lambda one: one.id, started=bool(after)),
        names=names,
        unread=run_requests.unread(core()),
        shown=None,
    )


@blueprint.get(f"{ONE}/set-aside")
@hr
def connection_set_aside(connection_id: int) -> str:
    after = number("after") or 0
    rows = matching.set_aside(core(), connection_id=connection_id, after=after, limit=SIZE + 1)
    shown = connection_setup.shown(core(), connection_id)
    return render_template(
        "admin/set_aside.html",
        items=cut(rows, lambda one: one.id, started=bool(after)),
        names={connection_id: shown.connection.name},
        unread=run_requests.unread(core(), connection_id=connection_id),
        shown=shown,
    )


@blueprint.post(f"{ONE}/try-again")
@hr
def try_again(connection_id: int) -> ResponseReturnValue:
    """One record (``item``) or all that are set aside or wait."""
    connection_setup.shown(core(), connection_id)
    item = sent_choice("item")
    counts = matching.try_again(core(), auth.actor(), connection_id, item_id=item)
    flash(_result(counts))
    return redirect(url_for("admin.connection_set_aside", connection_id=connection_id), 303)


def _result(counts: dict[str, int]) -> str:
    applied = counts.get("applied", 0)
    said = [ngettext("%(num)s record is now in use.", "%(num)s records are now in use.", applied)]
    if counts.get("waiting"):
        said.append(
            ngettext("%(num)s record is unmatched.", "%(num)s records are unmatched.", counts["waiting"])
        )
    if counts.get("rejected"):
        said.append(
            ngettext("%(num)s record was rejected.", "%(num)s records were rejected.", counts["rejected"])
        )
    return " ".join(said)
