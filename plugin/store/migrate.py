"""Brings a database to the schema of this release, and says how far it is from it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from plugin.store.database import Database
from plugin.store.tables import account, connection, metadata, person

_LOCK = 7_201_955  # one migration at a time on PostgreSQL


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, to: str = "head") -> None:
    """To the newest revision (or to another), in one transaction; nothing happens when it is there already."""
    with database.rebuilding() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_config(tx), to)


def revision(database: Database, message: str) -> None:
    """For developers: writes a migration with the difference between the tables and plugin/store/tables."""
    with database.transaction() as tx:
        command.revision(_config(tx), message=message, autogenerate=True)


def pending(database: Database) -> bool:
    """True when ``upgrade`` would change something."""
    with database.reading() as tx:
        current = MigrationContext.configure(tx).get_current_revision()
    return current != ScriptDirectory.from_config(_config()).get_current_head()


def is_in_use(database: Database) -> bool:
    """Whether people work with it: there are accounts, connections or employees, of this release or an older one."""
    with database.reading() as tx:
        there = set(sa.inspect(tx).get_table_names())
        ours = [table for table in (account, connection, person) if table.name in there]
        return any(tx.execute(sa.select(table.c.id).limit(1)).first() for table in ours)


def differences(database: Database) -> list[Any]:
    """What plugin/store/tables declares and the database lacks, or the reverse; empty when they agree."""
    with database.reading() as tx:
        return list(compare_metadata(MigrationContext.configure(tx, opts={"compare_type": False}), metadata))


def main(message: str) -> None:
    """``make migration``: what plugin/store/tables has beyond the newest revision, as a new one."""
    with TemporaryDirectory() as folder:
        fresh = Database(f"sqlite:///{folder}/schema.db")
        upgrade(fresh)
        revision(fresh, message)


if __name__ == "__main__":
    main(sys.argv[1])
