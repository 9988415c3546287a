"""raise-advisor account: sign-ins."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.ids import RECORD_ID
from plugin.cli.output import emit, emit_json, json_option, listed
from plugin.domain import Role, Scope
from plugin.services.people import account_setup, api_tokens, second_factor, sessions
from plugin.texts import N_, _, ngettext


@click.group()
def account() -> None:
    """Add, list, open and close accounts. Example: raise-advisor account list"""


@account.command()
@click.option("--email", required=True)
@click.option("--name", "display_name", default="", help=N_("Name shown on pages."))
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True
)
@click.option(
    "--person", "person_id", type=RECORD_ID, help=N_("Employee id: a manager sees this employee's reports.")
)
@click.password_option(help=N_("Without it, you are asked."))
@json_option
def add(
    email: str, display_name: str, roles: tuple[str, ...], person_id: int | None, password: str, as_json: bool
) -> None:
    """Add an account. Example: raise-advisor account add --email ada@example.com --role manager --person 7"""
    core, who = opening.core(), opening.actor()
    chosen = [Role(role) for role in roles]
    account_id = account_setup.add_account(
        core, who, email=email, display_name=display_name, password=password, roles=chosen
    )
    if person_id is not None:
        account_setup.link_person(core, who, account_id, person_id)
    emit_json({"id": account_id}) if as_json else click.echo(_("Account %(id)s added.", id=account_id))


@account.command("list")
@click.option("--after", type=RECORD_ID, default=0, help=N_("Only accounts after this id (the next page)."))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_(after: int, limit: int, as_json: bool) -> None:
    """List all accounts with their roles. Example: raise-advisor account list --json"""
    core = opening.core()
    found = account_setup.page(core, after=after, limit=limit)
    of = account_setup.employees(core, found)
    rows = [
        {
            "id": a.id,
            "email": a.email,
            "roles": listed(sorted(map(Role, a.roles)), as_json=as_json),
            "person": of[a.id].employee_number if a.id in of else None,
            "suite_id": of[a.id].source_id if a.id in of else None,
            "active": a.active,
        }
        for a in found
    ]
    emit(rows, as_json=as_json)


@account.command()
@click.argument("account_id", type=RECORD_ID)
def close(account_id: int) -> None:
    """Close an account; its sessions and tokens end at once. Example: raise-advisor account close 4"""
    account_setup.set_active(opening.core(), opening.actor(), account_id, active=False)
    click.echo(_("Account %(id)s closed.", id=account_id))


@account.command("open")
@click.argument("account_id", type=RECORD_ID)
def open_(account_id: int) -> None:
    """Reopen a closed account. Example: raise-advisor account open 4"""
    account_setup.set_active(opening.core(), opening.actor(), account_id, active=True)
    click.echo(_("Account %(id)s reopened.", id=account_id))


@account.command()
@click.argument("account_id", type=RECORD_ID)
@click.option(
    "--role", "chosen", multiple=True, type=click.Choice([role.value for role in Role]), required=True
)
def roles(account_id: int, chosen: tuple[str, ...]) -> None:
    """Give an account exactly these roles. Example: raise-advisor account roles 4 --role manager --role hr_admin"""
    account_setup.set_roles(opening.core(), opening.actor(), account_id, [Role(role) for role in chosen])
    click.echo(
        _(
            "Account %(id)s has the roles %(roles)s.",
            id=account_id,
            roles=listed(sorted(map(Role, chosen)), as_json=False),
        )
    )


@account.command()
@click.argument("account_id", type=RECORD_ID)
@click.password_option(help=N_("Without it, you are asked."))
def password(account_id: int, password: str) -> None:
    """Set a new password; active sessions end. Example: raise-advisor account password 4"""
    account_setup.set_password(opening.core(), opening.actor(), account_id, password)
    click.echo(_("Password of account %(id)s changed.", id=account_id))


@account.command()
@click.argument("account_id", type=RECORD_ID)
@click.option("--name", required=True, help=N_("Purpose of the token."))
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option(
    "--scope",
    "chosen",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help=N_("What the token may do; repeat it for several. Without it: all that the account’s roles give."),
)
@json_option
def token(account_id: int, name: str, days: int, chosen: tuple[str, ...], as_json: bool) -> None:
    """Create an API token; it is shown only once. Example: raise-advisor account token 4 --name nightly --scope read:people"""
    scopes = [Scope(one) for one in chosen] or None
    made = api_tokens.make(
        opening.core(), opening.actor(), account_id=account_id, name=name, days=days, scopes=scopes
    ).reveal()
    emit_json({"token": made}) if as_json else click.echo(_("Token, shown only once: %(token)s", token=made))


@account.command("sessions")
@click.argument("account_id", type=RECORD_ID)
@json_option
def sessions_(account_id: int, as_json: bool) -> None:
    """List where an account is signed in. Example: raise-advisor account sessions 4"""
    rows = [
        {
            "id": s.id,
            "address": s.address,
            "browser": s.agent,
            "created_at": s.created_at,
            "seen_at": s.seen_at,
        }
        for s in sessions.page(opening.core(), account_id)
    ]
    emit(rows, as_json=as_json, empty=_("Not signed in anywhere."))


@account.command()
@click.argument("account_id", type=RECORD_ID)
@click.option("--session", "session_id", type=RECORD_ID, help=N_("Only this session."))
def end_sessions(account_id: int, session_id: int | None) -> None:
    """End the sessions of an account at once. Example: raise-advisor account end-sessions 4"""
    core, who = opening.core(), opening.actor()
    if session_id is not None:
        sessions.end(core, who, account_id, session_id)
        ended = 1
    else:
        ended = sessions.end_all(core, who, account_id)
    click.echo(ngettext("%(num)s session ended.", "%(num)s sessions ended.", ended))


@account.command()
@click.argument("account_id", type=RECORD_ID)
def reset_second_factor(account_id: int) -> None:
    """Remove a lost second factor; sessions end. Example: raise-advisor account reset-second-factor 4"""
    second_factor.reset(opening.core(), opening.actor(), account_id)
    click.echo(_("Second factor of account %(id)s reset.", id=account_id))


@account.command()
@click.argument("account_id", type=RECORD_ID)
@json_option
def tokens(account_id: int, as_json: bool) -> None:
    """List an account’s API tokens with their scopes and last use. Example: raise-advisor account tokens 4"""
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "scopes": ", ".join(sorted(one.scopes)),
            "created_at": one.created_at.isoformat(),
            "expires_at": one.expires_at.isoformat(),
            "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
            "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
        }
        for one in api_tokens.page(opening.core(), account_id)
    ]
    emit(rows, as_json=as_json)


@account.command("revoke-token")
@click.argument("token_id", type=RECORD_ID)
def revoke_token(token_id: int) -> None:
    """Revoke an API token; it stops working at once. Example: raise-advisor account revoke-token 7"""
    api_tokens.revoke(opening.core(), opening.actor(), token_id)
    click.echo(_("Token %(id)s revoked.", id=token_id))
