"""Webhooks to others: who gets which events, with which secret, and how each receiver does."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import EndpointState, OutboxState
from plugin.errors import Conflict, InvalidInput
from plugin.services.delivery import backlog, endpoint_setup
from plugin.services.delivery.endpoint_setup import Wish
from plugin.services.delivery.events import EVENT_TYPES
from plugin.texts import _
from plugin.vault import Secret
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number, sent_word
from plugin.web.security import core

ONE = "/webhooks/<record_id:endpoint_id>"


@blueprint.get("/webhooks")
@hr
def endpoints() -> str:
    after = number("after") or 0
    rows = endpoint_setup.page(core(), after=after, limit=SIZE + 1)
    return render_template(
        "admin/endpoints.html",
        endpoints=cut(rows, lambda one: one.id, started=bool(after)),
        backlog=backlog.summary(core()),
        event_types=EVENT_TYPES,
    )


def _wish() -> Wish:
    form = request.form
    networks = form.get("networks", "").replace(",", " ").split()
    types = () if form.get("all_events") else tuple(form.getlist("event_types"))
    return Wish(form.get("name", ""), form.get("url", "").strip(), types, tuple(networks))


def _form(wish: Wish, errors: dict[str, str], endpoint_id: int | None, *, everything: bool) -> str:
    return render_template(
        "admin/endpoint_form.html",
        wish=wish,
        errors=errors,
        endpoint_id=endpoint_id,
        everything=everything,
        event_types=EVENT_TYPES,
    )


def _checked(wish: Wish) -> None:
    """On a form, no event ticked would silently mean all of them."""
    if not wish.event_types and not request.form.get("all_events"):
        raise InvalidInput(
            _("Choose events."), fields={"event_types": _("Select at least one event, or all events.")}
        )


@blueprint.get("/webhooks/add")
@hr
def add_endpoint() -> str:
    return _form(Wish("", ""), {}, None, everything=True)


@blueprint.post("/webhooks/add")
@hr
def save_new_endpoint() -> ResponseReturnValue:
    """The secret is in this answer and nowhere else."""
    wish = _wish()
    try:
        _checked(wish)
        added, secret = endpoint_setup.add(core(), auth.actor(), wish)
    except InvalidInput as error:
        return _form(wish, error.fields, None, everything=bool(request.form.get("all_events"))), 422
    return _secret_page(added, secret, is_new=True)


@blueprint.get(ONE)
@hr
def endpoint(endpoint_id: int) -> str:
    return render_template(
        "admin/endpoint.html",
        endpoint=endpoint_setup.get(core(), endpoint_id),
        recent=backlog.page(core(), target_id=endpoint_id, limit=10),
        dead=len(backlog.page(core(), target_id=endpoint_id, state=OutboxState.DEAD, limit=100)),
        holds=[one for one in backlog.summary(core()).holds if one.target_id == endpoint_id],
        event_types=EVENT_TYPES,
        now=core().clock(),
    )


@blueprint.get(f"{ONE}/edit")
@hr
def edit_endpoint(endpoint_id: int) -> str:
    found = endpoint_setup.get(core(), endpoint_id)
    wish = Wish(found.name, found.url, found.event_types, found.allowed_networks)
    return _form(wish, {}, endpoint_id, everything=not found.event_types)


@blueprint.post(f"{ONE}/edit")
@hr
def save_endpoint(endpoint_id: int) -> ResponseReturnValue:
    wish = _wish()
    try:
        _checked(wish)
        secret = endpoint_setup.change(core(), auth.actor(), endpoint_id, wish)
    except InvalidInput as error:
        everything = bool(request.form.get("all_events"))
        return _form(wish, error.fields, endpoint_id, everything=everything), 422
    if secret is not None:
        return _secret_page(endpoint_id, secret, is_new=False)
    flash(_("Endpoint saved."))
    return redirect(url_for("admin.endpoint", endpoint_id=endpoint_id), 303)


@blueprint.post(f"{ONE}/secret")
@hr
def rotate_endpoint_secret(endpoint_id: int) -> str:
    """The new secret is in this answer and nowhere else."""
    return _secret_page(
        endpoint_id, endpoint_setup.rotate_secret(core(), auth.actor(), endpoint_id), is_new=False
    )


def _secret_page(endpoint_id: int, secret: Secret, *, is_new: bool) -> str:
    return render_template(
        "admin/endpoint_secret.html",
        endpoint=endpoint_setup.get(core(), endpoint_id),
        secret=secret.reveal(),
        is_new=is_new,
    )


@blueprint.post(f"{ONE}/test")
@hr
def send_test_event(endpoint_id: int) -> ResponseReturnValue:
    try:
        delivery_id = endpoint_setup.send_test(core(), auth.actor(), endpoint_id)
    except Conflict:
        flash(_("Resume the endpoint before you send a test."))
        return redirect(url_for("admin.endpoint", endpoint_id=endpoint_id), 303)
    flash(_("Test event queued. Reload this page to see the receiver’s response."))
    return redirect(url_for("admin.delivery", delivery_id=delivery_id), 303)


@blueprint.post(f"{ONE}/state")
@hr
def set_endpoint_state(endpoint_id: int) -> ResponseReturnValue:
    state = sent_word("state", EndpointState)
    endpoint_setup.set_state(core(), auth.actor(), endpoint_id, state)
    flash(
        _("Deliveries resumed.")
        if state == EndpointState.ACTIVE
        else _("Endpoint paused. Queued deliveries are on hold.")
    )
    return redirect(url_for("admin.endpoint", endpoint_id=endpoint_id), 303)


@blueprint.get(f"{ONE}/remove")
@hr
def confirm_endpoint_removal(endpoint_id: int) -> str:
    return render_template("admin/endpoint_remove.html", endpoint=endpoint_setup.get(core(), endpoint_id))


@blueprint.post(f"{ONE}/remove")
@hr
def remove_endpoint(endpoint_id: int) -> ResponseReturnValue:
    name = endpoint_setup.get(core(), endpoint_id).name
    endpoint_setup.remove(core(), auth.actor(), endpoint_id)
    flash(_("%(name)s removed.", name=name))
    return redirect(url_for("admin.endpoints"), 303)
