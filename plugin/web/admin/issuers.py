"""Issuers of badges: who waits for a decision, who is trusted, who is blocked. A key says who holds it, not who that is."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import IssuerKind, Trust, said
from plugin.errors import InvalidInput
from plugin.services.evidence import badge_checks
from plugin.services.operation import installation_status
from plugin.texts import N_, _, ngettext
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

DONE: Mapping[str, str] = {
    Trust.TRUSTED: "Trusted.",
    Trust.BLOCKED: N_("Issuer blocked: its badges don’t count."),
    Trust.UNKNOWN: N_("Issuer back in the queue."),
}


@blueprint.get("/issuers")
@hr
def issuers() -> str:
    trust, after = chosen("trust", Trust), number("after") or 0
    rows = badge_checks.issuers(core(), trust=trust, after=after, limit=SIZE + 1)
    return render_template(
        "admin/issuers.html",
        trust=trust,
        counts=installation_status.work(core()).issuers,
        issuers=cut(rows, lambda one: one.id, started=bool(after)),
    )


@blueprint.post("/issuers/<record_id:issuer_id>")
@hr
def decide_issuer(issuer_id: int) -> ResponseReturnValue:
    trust = request.form.get("trust", "")
    badges = badge_checks.decide_issuer(core(), auth.actor(), issuer_id, trust)
    said = ngettext("%(num)s badge will be checked again.", "%(num)s badges will be checked again.", badges)
    flash(f"{_(DONE[trust]) if trust in DONE else ''} {said}")
    return redirect(auth.local_path(request.form.get("back") or url_for("admin.issuers")), 303)


@blueprint.get("/issuers/add")
@hr
def add_issuer() -> str:
    return _form({"kind": IssuerKind.ORIGIN, "trust": Trust.TRUSTED}, {})


def _form(values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/issuer_add.html",
        values=values,
        errors=errors,
        kinds={one: said(one) for one in (IssuerKind.DID, IssuerKind.KEY, IssuerKind.ORIGIN)},
    )


def _check_length(values: dict[str, str]) -> None:
    if not 1 <= len(values["value"]) <= 1000 or len(values["name"]) > 500:
        raise InvalidInput(
            _("The issuer can’t be saved."), fields={"value": _("Enter 1 to 1,000 characters.")}
        )


@blueprint.post("/issuers/add")
@hr
def save_issuer() -> ResponseReturnValue:
    values = {name: request.form.get(name, "").strip() for name in ("kind", "value", "name", "trust")}
    try:
        _check_length(values)
        badge_checks.add_issuer(core(), auth.actor(), **values)
    except InvalidInput as error:
        return _form(values, error.fields), 422
    flash(_("%(values)s added to the list.", values=values["name"] or values["value"]))
    return redirect(url_for("admin.issuers", trust=values["trust"]), 303)
