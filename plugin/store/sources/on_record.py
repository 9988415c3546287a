"""What is on record now, of a connection and of all, for comparing a file with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import InboxKind, JsonObject, Stream
from plugin.store.batches import parts
from plugin.store.column_types import Fixed
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.people.implausible import PAY
from plugin.store.sources import records
from plugin.store.sources.records import Placed
from plugin.store.tables import inbox, pay


def keys(tx: Tx, connection_id: int, stream: str) -> set[str]:
    return set(tx.execute(sa.select(inbox.c.remote_key).where(_live(connection_id, stream))).scalars())


def raws(tx: Tx, connection_id: int, stream: str, wanted: Sequence[str]) -> dict[str, JsonObject]:
    """By key; who is not there is absent."""
    query = sa.select(inbox.c.remote_key, inbox.c.raw).where(_live(connection_id, stream))
    rows = (row for part in parts(wanted) for row in tx.execute(query.where(inbox.c.remote_key.in_(part))))
    return {row.remote_key: row.raw for row in rows}


def ids(tx: Tx, connection_id: int, stream: str, wanted: Sequence[str]) -> dict[str, int]:
    """The inbox row of each key that came in before, withdrawn or not."""
    mine = sa.and_(inbox.c.connection_id == connection_id, inbox.c.stream == stream)
    query = sa.select(inbox.c.remote_key, inbox.c.id).where(mine)
    rows = (row for part in parts(wanted) for row in tx.execute(query.where(inbox.c.remote_key.in_(part))))
    return {row.remote_key: row.id for row in rows}


def differences(tx: Tx, stream: Stream, placed: Sequence[Placed]) -> dict[int, set[str]]:
    """Of records of which any source says the same thing already (the same person, the same day), by inbox row: the columns in
    which they differ from it."""
    found: dict[int, set[str]] = {}
    shapes = {one.inbox_id: shape for one in placed if (shape := records.natural(stream, one))}
    if not shapes:
        return found
    table, unique, _first = next(iter(shapes.values()))
    stored = _stored(tx, table, unique, {one.person_id for one in placed})
    for item, (_table, _unique, row) in shapes.items():
        known = stored.get(tuple(row[name] for name in unique))
        if known is not None:
            said = {name for name in row if name not in unique and name != "inbox_id"}
            found[item] = {name for name in said if _rounded(table, name, row[name]) != known[name]}
    return found


def _stored(
    tx: Tx, table: sa.Table, unique: tuple[str, ...], people: Collection[int]
) -> dict[tuple[object, ...], sa.RowMapping]:
    query = sa.select(table)
    queries = (
        [query.where(table.c.person_id.in_(part)) for part in parts(people)]
        if "person_id" in unique
        else [query]
    )
    rows = (row for one in queries for row in tx.execute(one).mappings())
    return {tuple(row[name] for name in unique): row for row in rows}


def _rounded(table: sa.Table, name: str, value: object) -> object:
    """As the column keeps it."""
    kind = table.c[name].type
    if isinstance(kind, Fixed) and isinstance(value, Decimal):
        return Decimal(kind.units(value) or 0).scaleb(-kind.digits)
    return value


@dataclass(frozen=True)
class Paid:
    effective_on: date
    annual: Decimal
    currency: str


def pays(tx: Tx, people: Collection[int]) -> dict[int, list[Paid]]:
    """By person, the oldest first; whatever source said it, but what is held."""
    found: dict[int, list[Paid]] = defaultdict(list)
    query = sa.select(pay.c.person_id, pay.c.effective_on, pay.c.annual, pay.c.currency).where(
        withheld.counts(pay, pay.c.effective_on, PAY)
    )
    for part in parts(people):
        for row in tx.execute(query.where(pay.c.person_id.in_(part)).order_by(pay.c.effective_on)):
            found[row.person_id].append(Paid(row.effective_on, row.annual, row.currency))
    return found


def _live(connection_id: int, stream: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        inbox.c.connection_id == connection_id, inbox.c.stream == stream, inbox.c.kind == InboxKind.UPSERT
    )
