"""Approved time away from work, by day and kind: what a snapshot may know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from plugin.store.database import Tx
from plugin.store.tables import leave

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Leave:
    """Both days included; ``ended_on`` None = it lasts."""

    kind: str
    started_on: date
    ended_on: date | None
    protected: bool


def of_year_before(tx: Tx, on: date, *, people: Collection[int] | None = None) -> dict[int, list[Leave]]:
    """By person (or of ``people``), oldest first: leaves that touch the year up to ``on`` and had begun by then, with all
    their days."""
    columns = (leave.c.person_id, leave.c.kind, leave.c.started_on, leave.c.ended_on, leave.c.protected)
    query = (
        sa.select(*columns)
        .where(leave.c.started_on <= on, sa.or_(leave.c.ended_on.is_(None), leave.c.ended_on > on - YEAR))
        .where(sa.true() if people is None else leave.c.person_id.in_(people))
        .order_by(leave.c.person_id, leave.c.started_on, leave.c.kind)
    )
    found: dict[int, list[Leave]] = defaultdict(list)
    for who, *values in tx.execute(query):
        found[who].append(Leave(*values))
    return found
