"""raise-advisor db: the schema of the database."""

from __future__ import annotations

import click

from plugin import settings
from plugin.cli.output import emit_json, json_option, note
from plugin.store import migrate
from plugin.store.database import Database
from plugin.texts import _


@click.group()
def db() -> None:
    """Upgrade the database to this release. Example: raise-advisor db upgrade"""


@db.command()
def upgrade() -> None:
    """Add what this release needs; existing data stays. Example: raise-advisor db upgrade"""
    migrate.upgrade(Database(settings.load().database_url))
    note(_("The database is up to date."))


@db.command()
@json_option
def status(as_json: bool) -> None:
    """Check whether an upgrade is due; exit code 1 if it is. Example: raise-advisor db status"""
    due = migrate.pending(Database(settings.load().database_url))
    if as_json:
        emit_json({"upgrade_due": due})
    else:
        click.echo(
            _("An upgrade is due. Run: raise-advisor db upgrade") if due else _("The database is up to date.")
        )
    raise click.exceptions.Exit(1 if due else 0)
