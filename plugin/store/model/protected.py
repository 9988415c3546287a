"""Protected attributes, apart from everything else: written by an import, read by fairness reports and label repair only."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from plugin.store.database import Tx, upsert
from plugin.store.tables import protected_attribute


def put(tx: Tx, rows: Sequence[tuple[int, str, str]]) -> None:
    """(person id, name, value); a value replaces the one before it."""
    columns = ("person_id", "name", "value")
    upsert(
        tx, protected_attribute, [dict(zip(columns, row, strict=True)) for row in rows], ["person_id", "name"]
    )


def values(tx: Tx, name: str) -> dict[int, str]:
    """Value by person id."""
    query = sa.select(protected_attribute.c.person_id, protected_attribute.c.value).where(
        protected_attribute.c.name == name
    )
    return {row.person_id: row.value for row in tx.execute(query)}


def names(tx: Tx) -> list[str]:
    """Which attributes are stored."""
    return [
        row.name
        for row in tx.execute(
            sa.select(protected_attribute.c.name).distinct().order_by(protected_attribute.c.name)
        )
    ]
