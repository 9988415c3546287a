"""Receipts of pushed statements: what makes a repetition harmless, a conflict visible, and a voiding stick whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import InboxKind, JsonObject
from plugin.store.database import Tx, insert_new
from plugin.store.tables import inbox, statement_receipt

_c = statement_receipt.c
_PORTION = 500


@dataclass(frozen=True)
class Receipt:
    """One statement of one sender. ``occurred_at`` as the sender said it; ``voids``: the id that it takes back."""

    statement_id: str
    fingerprint: str
    occurred_at: datetime | None
    voids: str | None


_COLUMNS = [_c[name] for name in Receipt.__dataclass_fields__]


def add(tx: Tx, now: datetime, connection_id: int, new: Receipt) -> bool:
    """False when a statement with this id is there already."""
    row = {**new.__dict__, "connection_id": connection_id, "received_at": now}
    return insert_new(tx, statement_receipt, [row], ["connection_id", "statement_id"]) == 1


def find(tx: Tx, connection_id: int, ids: Sequence[str]) -> dict[str, Receipt]:
    """The receipts that exist, by statement id."""
    found: dict[str, Receipt] = {}
    for part in _portions(ids):
        query = sa.select(*_COLUMNS).where(_c.connection_id == connection_id, _c.statement_id.in_(part))
        found |= {row.statement_id: Receipt(*row) for row in tx.execute(query)}
    return found


def voided(tx: Tx, connection_id: int, ids: Sequence[str]) -> set[str]:
    """Which of these were taken back, also when the voiding came first."""
    found: set[str] = set()
    for part in _portions(ids):
        query = sa.select(_c.voids).where(_c.connection_id == connection_id, _c.voids.in_(part))
        found |= set(tx.execute(query).scalars())
    return found


@dataclass(frozen=True)
class Stored:
    """A statement in the inbox. ``is_voided``: it no longer counts."""

    raw: JsonObject
    is_voided: bool
    received_at: datetime


def statement(tx: Tx, connection_id: int, statement_id: str) -> Stored | None:
    """The statement as stored, None when there is none (or it was no outcome and was not kept)."""
    query = sa.select(inbox.c.raw, inbox.c.kind, inbox.c.received_at).where(
        inbox.c.connection_id == connection_id, inbox.c.remote_key == statement_id
    )
    row = tx.execute(query.limit(1)).first()
    return Stored(row.raw, row.kind == InboxKind.RETRACT, row.received_at) if row else None


def _portions(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION)]
