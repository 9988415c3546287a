"""Changing a connection: settings, schedule and writes, pause, webhook address, removal."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import ConnectionState, InboundState, OutboxKind
from plugin.domain.ids import LARGEST_VERSION
from plugin.errors import Conflict, InvalidInput
from plugin.services.delivery import backlog
from plugin.services.operation import installation_status
from plugin.services.sources import connection_setup, inbound_events
from plugin.services.sources.connection_setup import Shown
from plugin.texts import _
from plugin.web import auth, typed
from plugin.web.admin import connection_form
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.connections import Entered, hook_address
from plugin.web.admin.listing import SIZE, cut, number, sent_number, sent_word
from plugin.web.security import core

ONE = "/connections/<record_id:connection_id>"
INTERVALS = (15, 30, 60, 120, 360, 720, 1440, 10080)


def _back(connection_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.connection", connection_id=connection_id), 303)


def _version() -> int:
    return sent_number("version", LARGEST_VERSION)


@blueprint.get(f"{ONE}/settings")
@hr
def connection_settings(connection_id: int) -> str:
    shown = connection_setup.shown(core(), connection_id)
    return _page(shown, Entered(shown.connection.name, dict(shown.settings)))


def _page(shown: Shown, entered: Entered, *, is_outdated: bool = False) -> str:
    stored = {name: shown.settings.get(name) for name in shown.manifest.secret_names}
    return render_template(
        "admin/connection_settings.html",
        shown=shown,
        manifest=shown.manifest,
        fields=connection_form.fields(shown.manifest, entered.values, entered.errors, secrets=stored),
        entered=entered,
        is_outdated=is_outdated,
        version=shown.connection.version if not is_outdated else _version(),
    )


@blueprint.post(f"{ONE}/settings")
@hr
def save_connection_settings(connection_id: int) -> ResponseReturnValue:
    """Tests or saves; 409 with what was typed when somebody else was faster."""
    shown = connection_setup.shown(core(), connection_id)
    name, values = request.form.get("name", ""), connection_form.read(shown.manifest, request.form)
    try:
        if request.form.get("do") == "test":
            return _tested(
                shown,
                Entered(name, values, probes=connection_setup.check_change(core(), connection_id, values)),
            )
        connection_setup.change(core(), auth.actor(), connection_id, _version(), name=name, settings=values)
    except InvalidInput as error:
        entered = Entered(name, values, error.fields, problem=str(error))
        if request.headers.get("HX-Request"):
            return render_template("admin/_form_errors.html", manifest=shown.manifest, entered=entered), 422
        return _page(shown, entered), 422
    except Conflict:
        return _page(shown, Entered(name, values), is_outdated=True), 409
    flash(_("Settings saved. Test the connection to confirm them."))
    return _back(connection_id)


def _tested(shown: Shown, entered: Entered) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return render_template("admin/_probes.html", probes=entered.probes, is_saved=False)
    return _page(shown, entered)


# --- schedule and writes --------------------------------------------------------------------------------------------


@blueprint.get(f"{ONE}/schedule")
@hr
def connection_schedule(connection_id: int) -> str:
    return _schedule_page(connection_setup.shown(core(), connection_id), {})


def _schedule_page(shown: Shown, errors: dict[str, str]) -> str:
    minutes = shown.connection.every_minutes
    intervals = sorted({*INTERVALS, minutes} - {None}, key=lambda one: one or 0)
    return render_template("admin/connection_schedule.html", shown=shown, intervals=intervals, errors=errors)


@blueprint.post(f"{ONE}/schedule")
@hr
def save_connection_schedule(connection_id: int) -> ResponseReturnValue:
    try:
        connection_setup.set_schedule(
            core(),
            auth.actor(),
            connection_id,
            _version(),
            every_minutes=typed.whole("every_minutes"),
            sinks=request.form.getlist("sinks"),
        )
    except InvalidInput as error:
        return _schedule_page(connection_setup.shown(core(), connection_id), error.fields), 422
    flash(_("Schedule saved."))
    return _back(connection_id)


@blueprint.post(f"{ONE}/state")
@hr
def set_connection_state(connection_id: int) -> ResponseReturnValue:
    state = sent_word("state", ConnectionState)
    connection_setup.set_state(core(), auth.actor(), connection_id, _version(), state)
    flash(_("Connection resumed.") if state == ConnectionState.ACTIVE else _("Connection paused."))
    return _back(connection_id)


@blueprint.post(f"{ONE}/read-again")
@hr
def read_again(connection_id: int) -> ResponseReturnValue:
    connection_setup.read_again(core(), auth.actor(), connection_id)
    flash(_("The next run reads and compares all records."))
    return _back(connection_id)


@blueprint.post(f"{ONE}/release")
@hr
def release_writes(connection_id: int) -> ResponseReturnValue:
    backlog.release_hold(core(), auth.actor(), OutboxKind.WRITE, connection_id)
    flash(_("Writes resume when the worker next runs."))
    return _back(connection_id)


# --- webhook address ------------------------------------------------------------------------------------------------


@blueprint.get(f"{ONE}/webhook")
@hr
def connection_webhook(connection_id: int) -> str:
    before = number("before")
    events = inbound_events.page(core(), connection_id=connection_id, before=before, limit=SIZE + 1)
    return render_template(
        "admin/connection_webhook.html",
        shown=connection_setup.shown(core(), connection_id),
        events=cut(events, lambda one: one.id, started=bool(before)),
    )


@blueprint.post(f"{ONE}/webhook")
@hr
def renew_hook(connection_id: int) -> str:
    """The new address is in this answer and nowhere else."""
    token = connection_setup.renew_hook(core(), auth.actor(), connection_id, _version())
    shown = connection_setup.shown(core(), connection_id)
    return render_template(
        "admin/hook_address.html", shown=shown, address=hook_address(shown.manifest, token), is_new=False
    )


@blueprint.post("/inbound/<record_id:event_id>/replay")
@hr
def replay_inbound(event_id: int) -> ResponseReturnValue:
    inbound_events.replay(core(), auth.actor(), event_id)
    flash(_("The webhook will be processed again."))
    return redirect(auth.local_path(request.form.get("back")), 303)


@blueprint.get("/inbound-failed")
@hr
def inbound_failed() -> str:
    """Failed webhooks of all connections."""
    before = number("before")
    events = inbound_events.page(core(), state=InboundState.FAILED, before=before, limit=SIZE + 1)
    names = installation_status.names(core())
    return render_template(
        "admin/inbound_failed.html",
        events=cut(events, lambda one: one.id, started=bool(before)),
        names=names,
    )


# --- removal --------------------------------------------------------------------------------------------------------


@blueprint.get(f"{ONE}/remove")
@hr
def confirm_removal(connection_id: int) -> str:
    return render_template(
        "admin/connection_remove.html",
        shown=connection_setup.shown(core(), connection_id),
        health=installation_status.of(core(), connection_id),
        error="",
    )


@blueprint.post(f"{ONE}/remove")
@hr
def remove_connection(connection_id: int) -> ResponseReturnValue:
    """The name must be typed: what is gone is gone."""
    shown = connection_setup.shown(core(), connection_id)
    if request.form.get("name", "").strip() != shown.connection.name:
        page = render_template(
            "admin/connection_remove.html",
            shown=shown,
            health=installation_status.of(core(), connection_id),
            error=_("Enter the connection’s name exactly as shown above."),
        )
        return page, 422
    connection_setup.remove(core(), auth.actor(), connection_id)
    flash(_("%(name)s removed.", name=shown.connection.name))
    return redirect(url_for("admin.connections"), 303)
