"""How often sign-ins failed lately, by the hash of whatever is counted; changed by one transaction at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.store.batches import parts
from plugin.store.database import Tx, upsert
from plugin.store.tables import guess

_LOCK = 7_201_957  # one sign-in at a time is counted on PostgreSQL


@dataclass(frozen=True)
class Guesses:
    key: str
    failures: int
    last_at: datetime


def queue(tx: Tx) -> None:
    """Waits until no other sign-in is being counted; SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def found(tx: Tx, keys: Collection[str]) -> dict[str, Guesses]:
    """Those of the keys that have any."""
    rows = (row for part in parts(keys) for row in tx.execute(sa.select(guess).where(guess.c.key.in_(part))))
    return {row.key: Guesses(*row) for row in rows}


def put(tx: Tx, rows: Sequence[Guesses]) -> None:
    upsert(tx, guess, [asdict(row) for row in rows], ["key"])


def forget(tx: Tx, keys: Collection[str]) -> None:
    tx.execute(guess.delete().where(guess.c.key.in_(keys)))


def prune(tx: Tx, before: datetime) -> int:
    return tx.execute(guess.delete().where(guess.c.last_at < before)).rowcount
