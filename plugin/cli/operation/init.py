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
from plugin.texts import N_, _, ngettext
from plugin.vault import Vault


@click.command()
@click.option("--print-keys", is_flag=True, help=N_("Only print new keys for the environment."))
@click.option(
    "--rotate-keys", is_flag=True, help=N_("Only encrypt every stored secret with the newest vault key.")
)
@click.option("--email", help=N_("Email address of the first account, an operator and HR admin."))
@click.option(
    "--password-file", type=click.File(), help=N_("File with its password; without it, you are asked.")
)
def init(print_keys: bool, rotate_keys: bool, email: str | None, password_file: IO[str] | None) -> None:
    """Prepare an installation: print keys, or upgrade the database and add the first account.

    Example: raise-advisor init --print-keys >> advisor.env, then raise-advisor init --email hr@example.com
    """
    if print_keys:
        click.echo(f"ADVISOR_SECRET_KEY={secrets.token_urlsafe(48)}")
        click.echo(f"ADVISOR_VAULT_KEYS={Vault.new_key()}")
        return
    core = opening.core(migrate_first=True)
    if rotate_keys:
        sealed = doctoring.rotate(core, opening.actor())
        said = ngettext(
            "%(num)s secret encrypted with the newest key.",
            "%(num)s secrets encrypted with the newest key.",
            sealed,
        )
        note(said)
        return
    note(_("The database is up to date."))
    if email:
        password = password_file.read().strip() if password_file else _asked()
        roles = [Role.OPERATOR, Role.HR_ADMIN]
        account_id = account_setup.add_account(
            core, opening.actor(), email=email, display_name="", password=password, roles=roles
        )
        note(_("Account %(id)s can sign in as operator and HR admin.", id=account_id))


def _asked() -> str:
    return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=True))
