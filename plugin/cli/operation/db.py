"""raise-advisor db: the schema of the database."""

from __future__ import annotations

import click

from plugin import settings
from plugin.cli.output import emit_json, json_option, note
from plugin.store import migrate
from plugin.store.database import Database


@click.group()
def db() -> None:
    """Bring the database to this release. Example: raise-advisor db upgrade"""


@db.command()
def upgrade() -> None:
    """Add what this release needs; nothing is lost. Example: raise-advisor db upgrade"""
    migrate.upgrade(Database(settings.load().database_url))
    note("The database is of this release.")


@db.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether an upgrade is due; exit code 1 when it is. Example: raise-advisor db status"""
    due = migrate.pending(Database(settings.load().database_url))
    if as_json:
        emit_json({"upgrade_due": due})
    else:
        click.echo(
            "An upgrade is due: raise-advisor db upgrade" if due else "The database is of this release."
        )
    raise click.exceptions.Exit(1 if due else 0)
