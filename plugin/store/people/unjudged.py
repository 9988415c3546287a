"""Whose values changed and were not judged yet: marked where they are changed, in the same transaction, so that a crash loses nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from plugin.store import batches
from plugin.store.database import Tx, upsert
from plugin.store.tables import pay_range, person, unjudged

_c = unjudged.c


def mark(tx: Tx, at: datetime, people: Collection[int]) -> None:
    """They count as held until they are judged."""
    for part in batches.parts(sorted(people)):
        upsert(tx, unjudged, [{"person_id": who, "since": at} for who in part], ["person_id"])


def take(tx: Tx, people: Collection[int] | None) -> dict[int, datetime]:
    """Of ``people`` (at most ``batches.SIZE``; None: of everybody), with the time of each. Before they are judged: who changes
    meanwhile is marked again."""
    taken = unjudged.delete().where(batches.of(_c.person_id, people)).returning(_c.person_id, _c.since)
    return {row.person_id: row.since for row in tx.execute(taken)}


def waiting(tx: Tx) -> dict[int, datetime]:
    """All, by id, with the time of each."""
    return {row.person_id: row.since for row in tx.execute(sa.select(unjudged).order_by(_c.person_id))}


def in_ranges_of(tx: Tx, inbox_ids: Collection[int]) -> list[int]:
    """Who has the job and level of a range that these records brought."""
    jobs = sa.select(pay_range.c.job_family, pay_range.c.level).where(pay_range.c.inbox_id.in_(inbox_ids))
    mine = sa.tuple_(sa.func.coalesce(person.c.job_family, ""), sa.func.coalesce(person.c.level, ""))
    return list(tx.execute(sa.select(person.c.id).where(mine.in_(jobs)).order_by(person.c.id)).scalars())
