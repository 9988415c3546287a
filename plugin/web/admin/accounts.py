"""Accounts: who may sign in, with which roles, as which employee; and the end of their sessions."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import AccountFinding, Role
from plugin.domain.ids import known_id
from plugin.errors import InvalidInput, NotFound
from plugin.services.people import (
    account_setup,
    api_tokens,
    guessing,
    persons,
    provisioning,
    second_factor,
    sessions,
)
from plugin.services.people.passwords import SHORTEST
from plugin.store.people.accounts import Account
from plugin.texts import N_, _
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr, hr_or_operator, operator
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core

ONE = "/accounts/<record_id:account_id>"


def _is_operator() -> bool:
    return auth.has_role(Role.OPERATOR)


@blueprint.get("/accounts")
@hr_or_operator
def accounts() -> str:
    after = number("after") or 0
    rows = account_setup.page(core(), after=after, limit=SIZE + 1)
    return render_template(
        "admin/accounts.html",
        accounts=cut(rows, lambda one: one.id, started=bool(after)),
        waits=guessing.waits(core(), [one.email for one in rows]),
        is_operator=_is_operator(),
        findings=provisioning.findings(core(), limit=1),
    )


FINDINGS: Mapping[AccountFinding, tuple[str, str]] = {
    AccountFinding.MANAGER_REFUSED: (
        N_("Manager not taken"),
        N_("Send the manager as an object whose value is our id of the manager’s account."),
    ),
    AccountFinding.MEMBER_UNKNOWN: (
        N_("Unknown member of a group"),
        N_("Provision the account first, then send the group again."),
    ),
    AccountFinding.PERSON_UNCLEAR: (
        N_("Employee unclear"),
        N_("Link the account to its employee, or correct the address or number that it sends."),
    ),
}


@blueprint.get("/accounts/findings")
@hr_or_operator
def account_findings() -> str:
    """What identity providers sent that was not taken."""
    after = number("after") or 0
    rows = provisioning.findings(core(), after=after, limit=SIZE + 1)
    return render_template(
        "admin/account_findings.html",
        findings=cut(rows, lambda one: one.id, started=bool(after)),
        words=FINDINGS,
        is_operator=_is_operator(),
    )


@blueprint.get("/accounts/add")
@operator
def add_account() -> str:
    return _form({}, [], {})


def _form(values: dict[str, str], roles: list[str], errors: dict[str, str]) -> str:
    return render_template(
        "admin/account_add.html", values=values, roles=roles, errors=errors, shortest=SHORTEST
    )


@blueprint.post("/accounts/add")
@operator
def save_account() -> ResponseReturnValue:
    values = {name: request.form.get(name, "")[:300] for name in ("email", "display_name")}
    roles = [role for role in request.form.getlist("roles") if role in set(Role)]
    try:
        added = account_setup.add_account(
            core(),
            auth.actor(),
            email=values["email"],
            display_name=values["display_name"],
            password=request.form.get("password", ""),
            roles=[Role(role) for role in roles],
        )
    except InvalidInput as error:
        return _form(values, roles, error.fields), 422
    flash(_("Account created. Link a manager’s account to the matching employee."))
    return redirect(url_for("admin.account", account_id=added), 303)


def _account(account_id: int) -> Account:
    found = account_setup.page(core(), after=account_id - 1, limit=1)
    if not found or found[0].id != account_id:
        raise NotFound(_("This account does not exist."))
    return found[0]


@blueprint.get(ONE)
@hr_or_operator
def account(account_id: int) -> str:
    text = request.args.get("q", "")[:200]
    found = _account(account_id)
    return render_template(
        "admin/account.html",
        account=found,
        tokens=api_tokens.page(core(), account_id),
        q=text,
        people=persons.candidates(core(), text, limit=20) if text.strip() else [],
        person=persons.one(core(), found.person_id) if found.person_id else None,
        now=core().clock(),
        sessions=sessions.page(core(), account_id),
        this_session=auth.session_id(),
        waits=guessing.waits(core(), [found.email]).get(found.email),
        factor=second_factor.standing(core(), account_id),
        may_reset=auth.has_role(Role.HR_ADMIN) and account_id != auth.actor().account_id,
        is_operator=_is_operator(),
    )


@blueprint.post(f"{ONE}/second-factor/reset")
@hr
def reset_second_factor(account_id: int) -> ResponseReturnValue:
    second_factor.reset(core(), auth.actor(), account_id)
    flash(_("Second factor reset. The user signs in with the password and sets it up again."))
    return redirect(url_for("admin.account", account_id=account_id), 303)


@blueprint.post(f"{ONE}/sessions/<record_id:session_id>/end")
@hr_or_operator
def end_one_session(account_id: int, session_id: int) -> ResponseReturnValue:
    sessions.end(core(), auth.actor(), account_id, session_id)
    flash(_("Session ended."))
    return redirect(url_for("admin.account", account_id=account_id), 303)


@blueprint.post(f"{ONE}/end-sessions")
@hr_or_operator
def end_sessions(account_id: int) -> ResponseReturnValue:
    sessions.end_all(core(), auth.actor(), account_id)
    if account_id == auth.actor().account_id:
        auth.end_session()
        return redirect(url_for("pages.sign_in"), 303)
    flash(_("All sessions of this account have ended. The user must sign in again."))
    return redirect(url_for("admin.account", account_id=account_id), 303)


@blueprint.post(f"{ONE}/person")
@operator
def link_account(account_id: int) -> ResponseReturnValue:
    """Links to ``person_id``; an empty one takes the link away."""
    text = request.form.get("person_id", "")
    person_id = known_id(text)
    if text.strip() and not person_id:
        raise NotFound(_("This employee does not exist."))
    if person_id is not None:
        persons.one(core(), person_id)
    account_setup.link_person(core(), auth.actor(), account_id, person_id)
    flash(_("Employee linked.") if person_id else _("Link removed."))
    return redirect(url_for("admin.account", account_id=account_id), 303)
