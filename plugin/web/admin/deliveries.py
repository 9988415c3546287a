"""What leaves: webhooks to others and writes to the HR suite, with payload, attempts, dead letters and sending again."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import OutboxKind, OutboxState
from plugin.errors import Conflict
from plugin.services.delivery import backlog, endpoint_setup
from plugin.services.operation import installation_status
from plugin.texts import _, ngettext
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number, sent_choice, sent_number, sent_word
from plugin.web.security import core


@blueprint.get("/deliveries")
@hr
def deliveries() -> str:
    kind, state = chosen("kind", OutboxKind) or OutboxKind.WEBHOOK, chosen("state", OutboxState)
    target, before = number("target"), number("before")
    rows = backlog.page(core(), kind=kind, target_id=target, state=state, before=before, limit=SIZE + 1)
    entries = cut(rows, lambda one: one.id, started=bool(before))
    return render_template(
        "admin/deliveries.html",
        kind=kind,
        state=state,
        target=target,
        states=list(OutboxState),
        targets=target_names(kind),
        backlog=backlog.summary(core(), kind),
        entries=entries,
        for_release=backlog.waiting_for_release(core(), entries.rows),
    )


def target_names(kind: OutboxKind) -> dict[int, str]:
    """Names of endpoints or of connections, by id."""
    if kind == OutboxKind.WEBHOOK:
        return {one.id: one.name for one in endpoint_setup.page(core(), limit=500)}
    return installation_status.names(core())


@blueprint.get("/deliveries/<record_id:delivery_id>")
@hr
def delivery(delivery_id: int) -> str:
    detail = backlog.detail(core(), delivery_id)
    entry = detail.entry
    can_replay = entry.state == OutboxState.DEAD or (
        entry.state == OutboxState.DONE and entry.kind == OutboxKind.WEBHOOK
    )
    return render_template(
        "admin/delivery.html",
        detail=detail,
        entry=entry,
        can_replay=can_replay,
        for_release=backlog.waiting_for_release(core(), [entry]),
        target=target_names(entry.kind).get(entry.target_id),
    )


@blueprint.post("/deliveries/<record_id:delivery_id>/replay")
@hr
def replay_delivery(delivery_id: int) -> ResponseReturnValue:
    try:
        state = backlog.replay(core(), auth.actor(), delivery_id)
        flash(
            _("Queued again.")
            if state == OutboxState.DUE
            else _("A newer write replaced this one; it isn’t sent again.")
        )
    except Conflict as error:
        flash(_("It can’t be sent again: %(error)s", error=error))
    return redirect(url_for("admin.delivery", delivery_id=delivery_id), 303)


@blueprint.post("/deliveries/replay")
@hr
def replay_all() -> ResponseReturnValue:
    """The whole dead-letter list of a kind, or of one target."""
    kind = sent_word("kind", OutboxKind) or OutboxKind.WEBHOOK
    target = sent_choice("target")
    again = backlog.replay_all(core(), auth.actor(), kind=kind, target_id=target)
    flash(ngettext("%(num)s delivery queued again.", "%(num)s deliveries queued again.", again))
    return redirect(url_for("admin.deliveries", kind=kind, target=target), 303)


@blueprint.post("/holds/release")
@hr
def release_hold() -> ResponseReturnValue:
    kind, target = sent_word("kind", OutboxKind), sent_number("target")
    if kind and target:
        released = backlog.release_hold(core(), auth.actor(), kind, target)
        flash(
            _("Deliveries resume when the worker next runs.")
            if released
            else _("These deliveries were not on hold.")
        )
    return redirect(url_for("admin.deliveries", kind=kind), 303)
