"""One connection: how it does, its runs, its test, its fields, and who changed what."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import ConnectionState
from plugin.errors import AdvisorError, NotFound
from plugin.services.operation import auditing, installation_status, processes
from plugin.services.people import plausibility
from plugin.services.sources import connection_setup, file_undo, run_requests
from plugin.store.operation.audits import Entry
from plugin.texts import _
from plugin.web import auth
from plugin.web.admin import timeline
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.admin.strip import strip
from plugin.web.security import core

ONE = "/connections/<record_id:connection_id>"
FEW = 8


@blueprint.get(ONE)
@hr
def connection(connection_id: int) -> str:
    days = installation_status.days(core(), connection_id)
    found = run_requests.page(core(), connection_id=connection_id, limit=FEW)
    health = installation_status.of(core(), connection_id)
    return render_template(
        "admin/connection.html",
        shown=connection_setup.shown_of(core(), health.connection),
        health=health,
        streams=installation_status.streams(core(), connection_id),
        held=sum(plausibility.counts(core(), connection_id=connection_id).values()),
        days=days,
        strip=strip(days),
        runs=found,
        unread=health.unread,
        changes=_changes(connection_id),
        describe=timeline.describe,
    )


def _changes(connection_id: int) -> list[Entry]:
    """What people changed lately; the runs stand beside it."""
    entries = auditing.page(core(), subject=f"connection:{connection_id}", limit=SIZE)
    return [one for one in entries if not one.action.startswith("run.")][:FEW]


@blueprint.post(f"{ONE}/test")
@hr
def test_connection(connection_id: int) -> str:
    """The steps of the test of what is saved."""
    return render_template(
        "admin/connection_test.html",
        shown=connection_setup.shown(core(), connection_id),
        probes=connection_setup.check(core(), connection_id),
    )


@blueprint.get(f"{ONE}/test")
@hr
def show_test(connection_id: int) -> str:
    """Testing calls the other side, so it waits for a press of the button."""
    return render_template(
        "admin/connection_test.html", shown=connection_setup.shown(core(), connection_id), probes=None
    )


@blueprint.post(f"{ONE}/run")
@hr
def run_now(connection_id: int) -> ResponseReturnValue:
    run_requests.request_run(core(), auth.actor(), connection_id)
    shown = connection_setup.shown(core(), connection_id)
    if shown.connection.state == ConnectionState.PAUSED:
        flash(_("Run requested. It starts when you resume the connection."))
    elif not installation_status.alive(core()):
        flash(_("Run requested, but no worker is running. Ask the operator to start one."))
    else:
        flash(_("Run requested. It starts as soon as a worker is free."))
    return redirect(url_for("admin.connection", connection_id=connection_id), 303)


@blueprint.get(f"{ONE}/fields")
@hr
def show_fields(connection_id: int) -> str:
    return render_template(
        "admin/connection_fields.html",
        shown=connection_setup.shown(core(), connection_id),
        fields=None,
        problem="",
        remedy="",
    )


@blueprint.post(f"{ONE}/fields")
@hr
def discover_fields(connection_id: int) -> str:
    """Asks the other side which fields it really fills: a missing permission shows here."""
    shown = connection_setup.shown(core(), connection_id)
    try:
        found, problem, remedy = connection_setup.discover(core(), connection_id), "", ""
    except AdvisorError as error:
        found, problem, remedy = [], str(error), error.remedy
    return render_template(
        "admin/connection_fields.html", shown=shown, fields=found, problem=problem, remedy=remedy
    )


# --- runs -----------------------------------------------------------------------------------------------------------


@blueprint.get(f"{ONE}/runs")
@hr
def connection_runs(connection_id: int) -> str:
    before = number("before")
    rows = run_requests.page(core(), connection_id=connection_id, before=before, limit=SIZE + 1)
    return render_template(
        "admin/connection_runs.html",
        shown=connection_setup.shown(core(), connection_id),
        runs=cut(rows, lambda one: one.id, started=bool(before)),
    )


@blueprint.get(f"{ONE}/runs/<record_id:run_id>")
@hr
def connection_run(connection_id: int, run_id: int) -> str:
    run = run_requests.get(core(), run_id)
    if run.connection_id != connection_id:
        raise NotFound(_("This connection has no run %(run_id)s.", run_id=run_id))
    undo = file_undo.offered(core(), connection_id)
    rows_before, calls_before = number("rows_before"), number("calls_before")
    rejected = run_requests.rejections(
        core(), connection_id, run_id=run_id, before=rows_before, limit=SIZE + 1
    )
    calls = run_requests.calls(core(), connection_id, run_id=run_id, before=calls_before, limit=SIZE + 1)
    return render_template(
        "admin/run.html",
        shown=connection_setup.shown(core(), connection_id),
        run=run,
        is_worker_alive=processes.is_worker_alive(core()),
        undo=undo if undo and undo.files[0].run_id == run_id else None,
        rejected=cut(rejected, lambda one: one.id, started=bool(rows_before)),
        calls=cut(calls, lambda one: one.id, started=bool(calls_before)),
    )


@blueprint.get(f"{ONE}/timeline")
@hr
def connection_timeline(connection_id: int) -> str:
    """Who changed what, beside the runs: both explain a difference."""
    before = number("before")
    entries = auditing.page(core(), subject=f"connection:{connection_id}", before=before, limit=SIZE + 1)
    return render_template(
        "admin/connection_timeline.html",
        shown=connection_setup.shown(core(), connection_id),
        entries=cut(entries, lambda one: one.seq, started=bool(before)),
        describe=timeline.describe,
    )
