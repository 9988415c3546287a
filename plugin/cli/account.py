"""raise-advisor account: sign-ins."""

from __future__ import annotations

import click

from plugin.cli import opening
from plugin.cli.output import emit, emit_json, json_option
from plugin.domain import Role
from plugin.services import accounts


@click.group()
def account() -> None:
    """Add and list sign-ins. Example: raise-advisor account list"""


@account.command()
@click.option("--email", required=True)
@click.option("--name", "display_name", default="", help="How pages greet the person.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True
)
@click.option(
    "--person", "person_id", type=int, help="The employee's id: a manager sees this person's reports."
)
@click.password_option(help="Asked for when left out.")
@json_option
def add(
    email: str, display_name: str, roles: tuple[str, ...], person_id: int | None, password: str, as_json: bool
) -> None:
    """Add a sign-in. Example: raise-advisor account add --email ada@example.com --role manager --person 7"""
    core, who = opening.core(), opening.actor()
    chosen = [Role(role) for role in roles]
    account_id = accounts.add_account(
        core, who, email=email, display_name=display_name, password=password, roles=chosen
    )
    if person_id is not None:
        accounts.link_person(core, who, account_id, person_id)
    emit_json({"id": account_id}) if as_json else click.echo(f"Account {account_id} was added.")


@account.command("list")
@click.option("--after", type=int, default=0, help="Only accounts after this id (the next page).")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_(after: int, limit: int, as_json: bool) -> None:
    """All sign-ins with their roles. Example: raise-advisor account list --json"""
    rows = [
        {
            "id": a.id,
            "email": a.email,
            "roles": ", ".join(sorted(a.roles)),
            "person": a.person_id,
            "active": a.active,
        }
        for a in accounts.page(opening.core(), after=after, limit=limit)
    ]
    emit(rows, as_json=as_json)
