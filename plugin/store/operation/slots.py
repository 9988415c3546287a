"""The scheduler's ledger and the list of living processes: a job fires once per slot, whatever the number of schedulers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import ProcessKind
from plugin.store.database import Tx, insert_new, upsert
from plugin.store.tables import heartbeat, slot


def take(tx: Tx, job: str, scheduled_for: datetime, now: datetime) -> bool:
    """True for the one caller that gets the slot."""
    row = {"job": job, "scheduled_for": scheduled_for, "taken_at": now}
    return insert_new(tx, slot, [row], ["job", "scheduled_for"]) == 1


def taken(tx: Tx, job: str, *, limit: int = 100) -> list[datetime]:
    """The newest slots of a job that were taken."""
    query = sa.select(slot.c.scheduled_for).where(slot.c.job == job).order_by(slot.c.scheduled_for.desc())
    return list(tx.execute(query.limit(limit)).scalars())


def prune(tx: Tx, before: datetime) -> int:
    """Deletes slots older than ``before``; keep them longer than any misfire grace."""
    return tx.execute(slot.delete().where(slot.c.scheduled_for < before)).rowcount


@dataclass(frozen=True)
class Beat:
    """A sign of life. ``process`` is kind:host:process id."""

    process: str
    kind: ProcessKind
    started_at: datetime
    beat_at: datetime


def beat(tx: Tx, sign: Beat) -> None:
    upsert(tx, heartbeat, [dict(sign.__dict__)], ["process"])


def beats(tx: Tx, since: datetime) -> list[Beat]:
    """Processes that gave a sign of life since then."""
    query = sa.select(heartbeat).where(heartbeat.c.beat_at >= since).order_by(heartbeat.c.process).limit(1000)
    return [Beat(*row) for row in tx.execute(query)]


def prune_beats(tx: Tx, before: datetime) -> int:
    """Deletes processes without a sign of life since ``before``."""
    return tx.execute(heartbeat.delete().where(heartbeat.c.beat_at < before)).rowcount
