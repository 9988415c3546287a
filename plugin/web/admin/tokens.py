"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Scope, said, word
from plugin.domain.ids import known_id
from plugin.domain.people import SCOPES_OF
from plugin.errors import InvalidInput, NotFound
from plugin.services.operation import installation_status
from plugin.services.people import account_setup, api_tokens
from plugin.services.people.api_tokens import LONGEST_DAYS
from plugin.texts import N_, _
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, operator
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core

SCOPES: Mapping[Scope, str] = {
    Scope.READ_CONNECTIONS: N_("See connections, runs and rejected rows"),
    Scope.WRITE_CONNECTIONS: N_("Add, change, test and run connections"),
    Scope.READ_PEOPLE: N_("See employees and unknown names"),
    Scope.WRITE_PEOPLE: N_("Match unknown names to employees"),
    Scope.READ_WEBHOOKS: N_("See webhook endpoints and deliveries"),
    Scope.WRITE_WEBHOOKS: N_("Change webhook endpoints and resend deliveries"),
    Scope.READ_DECISIONS: N_("See raise cycles and decided raises"),
    Scope.READ_MODELS: N_("See models with their cards"),
    Scope.READ_AUDIT: N_("See the audit log"),
    Scope.SCIM: N_("Keep accounts and groups by SCIM"),
}


@blueprint.get("/tokens")
@operator
def tokens() -> str:
    before = number("before")
    rows = installation_status.tokens(core(), before=before, limit=SIZE + 1)
    return render_template(
        "admin/tokens.html",
        tokens=cut(rows, lambda one: one.token.id, started=bool(before)),
        now=core().clock(),
    )


@blueprint.get("/tokens/add")
@operator
def add_token() -> str:
    return _form({"days": "90", "account_id": request.args.get("account", "")}, {}, [])


def _form(values: dict[str, str], errors: dict[str, str], chosen: Collection[str]) -> str:
    accounts = account_setup.page(core(), limit=500)
    scopes = [
        (scope, _(words), ", ".join(said(role) for role, given in SCOPES_OF.items() if scope in given))
        for scope, words in SCOPES.items()
    ]
    return render_template(
        "admin/token_add.html",
        values=values,
        errors=errors,
        accounts=accounts,
        scopes=scopes,
        chosen=chosen,
        longest=LONGEST_DAYS,
    )


@blueprint.post("/tokens/add")
@operator
def make_token() -> ResponseReturnValue:
    """The token is in this answer and nowhere else."""
    values = {name: request.form.get(name, "").strip() for name in ("account_id", "name", "days")}
    chosen = request.form.getlist("scopes")
    try:
        token = api_tokens.make(
            core(),
            auth.actor(),
            account_id=_whole(values["account_id"]),
            name=values["name"][:200],
            days=_whole(values["days"]),
            scopes=[word(Scope, one, "scopes") for one in chosen],
        )
    except InvalidInput as error:
        return _form(values, error.fields, chosen), 422
    except NotFound:
        return _form(values, {"account_id": _("Choose an account.")}, chosen), 422
    return render_template("admin/token_made.html", token=token.reveal(), name=values["name"])


def _whole(text: str) -> int:
    return known_id(text) or 0


@blueprint.post("/tokens/<record_id:token_id>/revoke")
@operator
def revoke_token(token_id: int) -> ResponseReturnValue:
    api_tokens.revoke(core(), auth.actor(), token_id)
    flash(_("Token revoked. It stops working immediately."))
    return redirect(url_for("admin.tokens"), 303)
