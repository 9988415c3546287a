"""More of everything: rows of a filled database are copied, so that what grows with their number shows."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from plugin.store import tables
from plugin.store.database import Tx
from tests.small_company import Company

OF_PERSON = (tables.pay, tables.rating, tables.badge_award, tables.learning)
Copies = Mapping[str, Mapping[int, int]]


def more_reports(tx: Tx, company: Company, boss: str, times: int) -> None:
    """Each report of ``boss`` stands there ``times`` times afterwards, with pay, ratings, badges and learning."""
    person = tables.person
    mine = list(tx.execute(sa.select(person.c.id).where(person.c.manager_id == company[boss])).scalars())
    for number in range(1, times):
        made = copied(tx, person, number, where=person.c.id.in_(mine))
        for table in OF_PERSON:
            copied(tx, table, number, where=table.c.person_id.in_(made), moved={"person": made})


def copied(
    tx: Tx,
    table: sa.Table,
    number: int,
    *,
    where: sa.ColumnElement[bool] | None = None,
    moved: Copies | None = None,
) -> dict[int, int]:
    """One copy of each row; old id -> new id. ``moved``: tables whose copies the copied rows belong to."""
    query = sa.select(table) if where is None else sa.select(table).where(where)
    found: dict[int, int] = {}
    for row in tx.execute(query.order_by(table.c.id)).mappings().all():
        values = {
            column.name: _value(column, row[column.name], number, moved or {})
            for column in table.columns
            if column.name != "id"
        }
        new = tx.execute(table.insert().values(**values).returning(table.c.id)).scalar_one()
        found[row["id"]] = new
    return found


def _value(column: sa.Column[object], value: object, number: int, moved: Copies) -> object:
    for key in column.foreign_keys:
        if isinstance(value, int) and key.column.table.name in moved and column.name != "manager_id":
            return moved[key.column.table.name].get(value, value)
    if type(value) is str and _is_unique(column):  # a state is one of a few, never another text
        return f"{value[:40]}~{number}"
    return value + number * 1_000_000 if column.name == "inbox_id" and isinstance(value, int) else value


def _is_unique(column: sa.Column[object]) -> bool:
    """Alone or with others."""
    held = column.table.constraints | column.table.indexes
    return bool(column.unique) or any(
        column.name in one.columns
        for one in held
        if isinstance(one, sa.UniqueConstraint) or (isinstance(one, sa.Index) and one.unique)
    )
