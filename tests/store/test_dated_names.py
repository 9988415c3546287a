"""The migration to dated names keeps every name, says from when to when, and gives each hash its address."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import command

from plugin.domain import email_sha1
from plugin.store import migrate
from plugin.store.database import Database

AT = datetime(2026, 1, 1, tzinfo=UTC)


def _insert(tx: sa.Connection, table: str, **values: Any) -> None:
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    tx.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)


def _down(database: Database) -> None:
    with database.rebuilding() as tx:
        command.downgrade(migrate._config(tx), "0005")


def _old(database: Database) -> None:
    """A person with names of three sources, and a record that waits, as release 0005 kept them."""
    _down(database)
    now = AT if not database.is_sqlite else "2026-01-01 00:00:00.000000"
    with database.transaction() as tx:
        _insert(
            tx, "connection", id=7, connector="csv_folder", name="HR", settings="{}", sinks="[]", state="active",
            hook_token="t", version=1, created_at=now, updated_at=now,
        )  # fmt: skip
        _insert(
            tx, "person", id=41, connection_id=7, source_id="P1", display_name="Ada", hired_on="2015-01-01",
            left_on="2026-06-30", fte=1, updated_at=now,
        )  # fmt: skip
        names = {
            "email": "ada@example.com",
            "email_sha1": email_sha1("ada@example.com").value,
            "account": "https://LRS.example:443|Ada",
        }
        for kind, value in names.items():
            source = "hr@example.com" if kind == "account" else "connection:7"
            _insert(
                tx, "person_identifier", person_id=41, kind=kind, value=value, source=source, added_at=now
            )
        for key, stream, state in (
            (1, "people", "applied"),
            (2, "learning", "waiting"),
            (3, "learning", "applied"),
        ):
            _insert(
                tx, "inbox", id=key, connection_id=7, stream=stream, remote_key=str(key), content_hash="x",
                kind="upsert", raw="{}", revision=1, received_at=now, state=state, missed=0,
            )  # fmt: skip
        _insert(tx, "waiting_identifier", inbox_id=2, kind="email", value="nobody@example.com")


def test_names_become_dated_and_nothing_is_lost(any_database: Database) -> None:
    _old(any_database)
    migrate.upgrade(any_database)
    with any_database.reading() as tx:
        rows = tx.execute(
            sa.text("SELECT kind, value, spelling, from_on, until_on FROM person_identifier")
        ).all()
        found = {row.kind: (row.value, row.spelling, str(row.from_on), str(row.until_on)) for row in rows}
        states = {row.id: row.state for row in tx.execute(sa.text("SELECT id, state FROM inbox"))}
        waiting = tx.execute(sa.text("SELECT inbox_id, kind, value FROM record_name")).all()
    days = (str(date(2015, 1, 1)), str(date(2026, 6, 30)))
    assert found["email"] == ("ada@example.com", "ada@example.com", *days)
    assert found["email_sha1"] == (email_sha1("ada@example.com").value, "ada@example.com", *days)
    assert found["account"][0] == "https://lrs.example|Ada"
    assert found["account"][2:] == ("None", "None")
    assert states == {1: "pending", 2: "pending", 3: "applied"}
    assert [tuple(row) for row in waiting] == [(2, "email", "nobody@example.com")]


def test_the_way_back_keeps_one_claim_of_each_name(any_database: Database) -> None:
    _old(any_database)
    migrate.upgrade(any_database)
    _down(any_database)
    with any_database.reading() as tx:
        kinds = tx.execute(sa.text("SELECT kind FROM person_identifier ORDER BY kind")).scalars().all()
    assert kinds == ["account", "email", "email_sha1"]
