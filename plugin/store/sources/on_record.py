"""What the inbox holds now of a connection's records, for comparing a file with it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from plugin.domain import InboxKind, JsonObject
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.tables import inbox


def keys(tx: Tx, connection_id: int, stream: str) -> set[str]:
    return set(tx.execute(sa.select(inbox.c.remote_key).where(_live(connection_id, stream))).scalars())


def raws(tx: Tx, connection_id: int, stream: str, wanted: Sequence[str]) -> dict[str, JsonObject]:
    """By key; who is not there is absent."""
    query = sa.select(inbox.c.remote_key, inbox.c.raw).where(_live(connection_id, stream))
    rows = (row for part in parts(wanted) for row in tx.execute(query.where(inbox.c.remote_key.in_(part))))
    return {row.remote_key: row.raw for row in rows}


def all_raws(tx: Tx, connection_id: int, stream: str) -> dict[str, JsonObject]:
    """Of every live record of a stream, by key."""
    query = sa.select(inbox.c.remote_key, inbox.c.raw).where(_live(connection_id, stream))
    return {row.remote_key: row.raw for row in tx.execute(query)}


def _live(connection_id: int, stream: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        inbox.c.connection_id == connection_id, inbox.c.stream == stream, inbox.c.kind == InboxKind.UPSERT
    )
