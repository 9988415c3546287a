"""raise-advisor init: what an operator does once."""

from __future__ import annotations

import secrets
from typing import IO

import click

from plugin.cli import opening
from plugin.cli.output import note
from plugin.domain import Role
from plugin.services.operation import doctoring
from plugin.services.people import account_setup
from plugin.vault import Vault


@click.command()
@click.option("--print-keys", is_flag=True, help="Only print fresh keys for the environment.")
@click.option("--rotate-keys", is_flag=True, help="Only seal every stored secret with the newest vault key.")
@click.option("--email", help="E-mail address of the first account, an operator and HR admin.")
@click.option("--password-file", type=click.File(), help="File with its password; asked for when left out.")
def init(print_keys: bool, rotate_keys: bool, email: str | None, password_file: IO[str] | None) -> None:
    """Prepare an installation: print keys, or bring the database to this release and add the first account.

    \b
    Example: raise-advisor init --print-keys >> advisor.env
             raise-advisor init --email hr@example.com
    """
    if print_keys:
        click.echo(f"ADVISOR_SECRET_KEY={secrets.token_urlsafe(48)}")
        click.echo(f"ADVISOR_VAULT_KEYS={Vault.new_key()}")
        return
    core = opening.core(migrate_first=True)
    if rotate_keys:
        note(f"{doctoring.rotate(core, opening.actor())} secrets are sealed with the newest key.")
        return
    note("The database is of this release.")
    if email:
        password = password_file.read().strip() if password_file else _asked()
        roles = [Role.OPERATOR, Role.HR_ADMIN]
        account_id = account_setup.add_account(
            core, opening.actor(), email=email, display_name="", password=password, roles=roles
        )
        note(f"Account {account_id} may sign in as operator and HR admin.")


def _asked() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
