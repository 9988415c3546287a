"""The list of connections, the catalogue of connectors, and adding a connection with a test before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin import manifest
from plugin.connectors.base import Probe
from plugin.domain import Json
from plugin.errors import InvalidInput, NotFound
from plugin.manifest import Manifest
from plugin.services.operation import installation_status
from plugin.services.sources import connection_setup, dropped_files
from plugin.texts import _
from plugin.web import auth
from plugin.web.admin import connection_form
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core


@dataclass(frozen=True)
class Entered:
    """What a form shows again: the values, what is wrong with each, and the steps of a test."""

    name: str = ""
    values: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    probes: Sequence[Probe] | None = None
    problem: str = ""


@blueprint.get("/connections")
@hr
def connections() -> str:
    after = number("after") or 0
    rows = installation_status.page(core(), after=after, limit=SIZE + 1)
    healths = cut(rows, lambda one: one.connection.id, started=bool(after))
    return render_template("admin/connections.html", healths=healths)


@blueprint.get("/connections/add")
@hr
def catalogue() -> str:
    return render_template("admin/catalogue.html", manifests=manifest.manifests())


def _declared(slug: str) -> Manifest:
    for one in manifest.manifests():
        if one.slug == slug:
            return one
    raise NotFound(_("Choose a connector from the list; %(slug)s is unknown.", slug=slug))


@blueprint.get("/connections/add/<slug>")
@hr
def add_connection(slug: str) -> str:
    declared = _declared(slug)
    return _page(declared, Entered(name=declared.title))


def _page(declared: Manifest, entered: Entered) -> str:
    shown = connection_form.fields(declared, entered.values, entered.errors, secrets={})
    return render_template("admin/connection_add.html", manifest=declared, fields=shown, entered=entered)


@blueprint.post("/connections/add/<slug>")
@hr
def save_new_connection(slug: str) -> ResponseReturnValue:
    """Tests or saves. After saving a connection that others push to, its address is shown, this once."""
    declared = _declared(slug)
    name, values = request.form.get("name", ""), connection_form.read(declared, request.form)
    try:
        if request.form.get("do") == "test":
            probes = connection_setup.check_settings(core(), slug, values)
            return tested(declared, Entered(name, values, probes=probes))
        added = connection_setup.add(core(), auth.actor(), connector=slug, name=name, settings=values)
    except InvalidInput as error:
        return refused(declared, Entered(name, values, error.fields, problem=str(error)))
    if declared.webhook is not None:
        return render_template(
            "admin/hook_address.html",
            shown=connection_setup.shown(core(), added),
            address=hook_address(declared, connection_setup.shown(core(), added).connection.hook_token),
            is_new=True,
        )
    if slug == dropped_files.CONNECTOR and dropped_files.takes_files(values):
        flash(_("Connection saved. Drop its first file."))
        return redirect(url_for("admin.files", connection_id=added), 303)
    flash(_("Connection saved. Test it, then run it once."))
    return redirect(url_for("admin.connection", connection_id=added), 303)


def tested(declared: Manifest, entered: Entered) -> ResponseReturnValue:
    """Only the list of steps for htmx (the form keeps what was typed, secrets too), else the whole page."""
    if request.headers.get("HX-Request"):
        return render_template("admin/_probes.html", probes=entered.probes, is_saved=False)
    return _page(declared, entered)


def refused(declared: Manifest, entered: Entered) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return render_template("admin/_form_errors.html", manifest=declared, entered=entered), 422
    return _page(declared, entered), 422


def hook_address(declared: Manifest, token: str) -> str:
    """Where the other side sends to: statements have a receiver of their own."""
    path = f"/xapi/{token}" if declared.webhook and declared.webhook.dialect == "xapi" else f"/hooks/{token}"
    return (core().settings.public_url.rstrip("/") or request.host_url.rstrip("/")) + path
