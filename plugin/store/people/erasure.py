"""Erases a person by the rule that each column declares in plugin/store/tables, so that a new table cannot be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.store.database import Tx
from plugin.store.people import rulings
from plugin.store.tables import inbox, metadata, person

ERASED = "erased"


def plan(tx: Tx, person_id: int) -> dict[str, int]:
    """Table -> number of rows that erasing the person would delete or blank."""
    found = {table.name: _count(tx, table, person_id) for table, _ in _tables()}
    return {name: number for name, number in found.items() if number} | {"person": 1}


def erase(tx: Tx, now: datetime, person_id: int) -> dict[str, int]:
    """Deletes or blanks; rows that must be kept keep only an id. Gives what ``plan`` gave."""
    done = plan(tx, person_id)
    tx.execute(inbox.delete().where(inbox.c.person_id == person_id))
    rulings.forget(tx, person_id)
    for table, rule in _tables():
        mine = table.c.person_id == person_id
        if rule == "delete":
            tx.execute(table.delete().where(mine))
        else:
            tx.execute(table.update().where(mine).values(**_blanks(table)))
    tx.execute(
        person.update()
        .where(person.c.id == person_id)
        .values(**{**_blanks(person), "source_id": f"{ERASED}:{person_id}", "erased_at": now})
    )
    return done


def _tables() -> list[tuple[sa.Table, str]]:
    """Tables about people and what becomes of their rows; one ``delete`` column deletes the row."""
    found = []
    for table in reversed(metadata.sorted_tables):
        rules = [str(column.info.get("erase", "")) for column in table.columns if column.info.get("personal")]
        if "person_id" not in table.c or table.name == "account" or not rules:
            continue
        if any(rule.startswith("delete") for rule in rules):
            found.append((table, "delete"))
        elif any(rule.startswith("blank") for rule in rules):
            found.append((table, "blank"))
    return found


def _blanks(table: sa.Table) -> dict[str, Any]:
    blank = [column for column in table.columns if str(column.info.get("erase", "")).startswith("blank")]
    return {column.name: None if column.nullable else ERASED for column in blank}


def _count(tx: Tx, table: sa.Table, person_id: int) -> int:
    return tx.execute(
        sa.select(sa.func.count()).select_from(table).where(table.c.person_id == person_id)
    ).scalar_one()
