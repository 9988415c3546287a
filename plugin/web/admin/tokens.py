"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.ids import known_id
from plugin.errors import InvalidInput, NotFound
from plugin.services.operation import installation_status
from plugin.services.people import account_setup, api_tokens
from plugin.services.people.api_tokens import LONGEST_DAYS
from plugin.texts import _
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, operator
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core


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
    return _form({"days": "90", "account_id": request.args.get("account", "")}, {})


def _form(values: dict[str, str], errors: dict[str, str]) -> str:
    accounts = account_setup.page(core(), limit=500)
    return render_template(
        "admin/token_add.html", values=values, errors=errors, accounts=accounts, longest=LONGEST_DAYS
    )


@blueprint.post("/tokens/add")
@operator
def make_token() -> ResponseReturnValue:
    """The token is in this answer and nowhere else."""
    values = {name: request.form.get(name, "").strip() for name in ("account_id", "name", "days")}
    try:
        token = api_tokens.make(
            core(),
            auth.actor(),
            account_id=_whole(values["account_id"]),
            name=values["name"][:200],
            days=_whole(values["days"]),
        )
    except InvalidInput as error:
        return _form(values, error.fields), 422
    except NotFound:
        return _form(values, {"account_id": _("Choose an account.")}), 422
    return render_template("admin/token_made.html", token=token.reveal(), name=values["name"])


def _whole(text: str) -> int:
    return known_id(text) or 0


@blueprint.post("/tokens/<record_id:token_id>/revoke")
@operator
def revoke_token(token_id: int) -> ResponseReturnValue:
    api_tokens.revoke(core(), auth.actor(), token_id)
    flash(_("Token revoked. It stops working immediately."))
    return redirect(url_for("admin.tokens"), 303)
