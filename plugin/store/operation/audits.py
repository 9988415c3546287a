"""The hash-chained audit trail: each entry holds the hash of the one before, so that a change of history shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from plugin.domain import Json, JsonObject, content_hash
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.tables import audit

GENESIS = "0" * 64
_LOCK = 7_201_954  # PostgreSQL advisory lock that serialises writers of the chain


@dataclass(frozen=True)
class Entry:
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: JsonObject
    previous_hash: str
    hash: str


def append(
    tx: Tx, at: datetime, actor: str, action: str, subject: str, detail: JsonObject | None = None
) -> None:
    """One entry, in the caller's transaction. ``detail`` holds ids and figures that belong to the record, never secrets."""
    append_many(tx, at, actor, action, {subject: detail or {}})


def append_many(tx: Tx, at: datetime, actor: str, action: str, details: Mapping[str, JsonObject]) -> None:
    """One entry for each subject, in that order, each with the hash of the one before; one statement, whatever their number."""
    if not details:
        return
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    seq, previous = head(tx)
    rows: list[dict[str, object]] = []
    for subject, detail in details.items():
        seq += 1
        values = {
            "seq": seq,
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": detail,
        }
        rows.append({**values, "previous_hash": previous, "hash": _hash(previous, values)})
        previous = str(rows[-1]["hash"])
    tx.execute(audit.insert(), rows)


def _hash(previous: str, values: dict[str, object]) -> str:
    at = values["at"]
    assert isinstance(at, datetime)
    return content_hash(cast("Json", [previous, {**values, "at": at.isoformat(timespec="microseconds")}]))


def first_break(tx: Tx) -> int | None:
    """The number of the first entry that does not fit the chain, None when all do (missing entries count)."""
    previous, expected = GENESIS, 1
    for entry in _all(tx):
        values = {
            "seq": entry.seq,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
        }
        if entry.seq != expected or entry.previous_hash != previous or entry.hash != _hash(previous, values):
            return expected
        previous, expected = entry.hash, expected + 1
    return None


def _all(tx: Tx) -> Iterator[Entry]:
    after = 0
    while rows := tx.execute(
        sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(1000)
    ).all():
        yield from (Entry(*row) for row in rows)
        after = rows[-1].seq


def count(tx: Tx) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()


def head(tx: Tx) -> tuple[int, str]:
    """Number and hash of the newest entry: what an outside witness writes down."""
    last = tx.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, GENESIS)


def page(
    tx: Tx,
    *,
    subject: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Newest first; ``before`` is the number of the last entry of the page before."""
    query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if subject:
        query = query.where(audit.c.subject == subject)
    if action:
        query = query.where(audit.c.action == action)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [Entry(*row) for row in tx.execute(query)]


def subjects(tx: Tx, actor: str, action: str, among: Collection[str]) -> set[str]:
    """Those of ``among`` about which ``actor`` has an entry of this action."""
    found: set[str] = set()
    for part in parts(among):
        query = sa.select(audit.c.subject).where(
            audit.c.subject.in_(part), audit.c.actor == actor, audit.c.action == action
        )
        found.update(tx.execute(query.distinct()).scalars())
    return found
