"""Each hour of learning once: what several statements and files say of the same stay is counted as one.

xAPI statements are read again from the inbox, since only they say which session, registration and parent course a time
belongs to; the rule is ``plugin.xapi.hours``. Hours in a file are the learning system's own figure: one record, one figure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from plugin.store.database import Tx
from plugin.store.tables import connection, inbox, learning, person
from plugin.xapi.hours import CountedTime, counted_time
from plugin.xapi.learning import LearningFact, facts

XAPI_CONNECTORS = ("xapi_lrs", "xapi_receiver")
WITH_TIME = (
    "completed",
    "passed",
    "ended",
)  # as plugin.xapi.hours has it: a failed or unfinished course adds none
OVERLAP = timedelta(days=1)
"""Statements of a stay that ends soon after midnight: those of the day before the period are looked at too."""


@dataclass(frozen=True)
class Counted:
    """Time that counts within a period. ``records`` were read for it, ``repeated`` of them told the same hours again or none."""

    hours: Decimal
    records: int
    repeated: int


def by_person(
    tx: Tx, begin: datetime, end: datetime, *, person_ids: Collection[int] | None = None
) -> Iterator[tuple[int, Counted]]:
    """(person id, time with ``begin`` < at <= ``end``) in the order of ids, only people with a record in it. One query.

    Rows are streamed: the memory is that of one person's records. The cost is linear in the statements of the period
    (docs/reference/catalogue.md has the measured figure).
    """
    rows = _rows(tx, begin - OVERLAP, end, person_ids)
    for person_id, mine in groupby(rows, key=attrgetter("person_id")):
        counted = count(list(mine), begin)
        if counted.records:
            yield person_id, counted


def number(tx: Tx, begin: datetime, end: datetime) -> int:
    """How many learning records the period has: what a count over everybody would have to read."""
    inside = sa.and_(learning.c.occurred_at > begin, learning.c.occurred_at <= end)
    return tx.execute(sa.select(sa.func.count()).select_from(learning).where(inside)).scalar_one()


def _rows(tx: Tx, begin: datetime, end: datetime, person_ids: Collection[int] | None) -> Iterable[Any]:
    said = sa.case((connection.c.connector.in_(XAPI_CONNECTORS), inbox.c.raw))
    columns = [learning.c[name] for name in ("person_id", "activity_id", "outcome", "occurred_at", "hours")]
    query = (
        sa.select(*columns, sa.type_coerce(said, inbox.c.raw.type).label("statement"))
        .outerjoin(inbox, inbox.c.id == learning.c.inbox_id)
        .outerjoin(connection, connection.c.id == inbox.c.connection_id)
        .where(learning.c.occurred_at > begin, learning.c.occurred_at <= end)
        .order_by(learning.c.person_id, learning.c.occurred_at, learning.c.id)
    )
    if person_ids is not None:
        query = query.where(learning.c.person_id.in_(person_ids))
    return tx.execute(query, execution_options={"yield_per": 2000})


def count(rows: Sequence[Any], begin: datetime) -> Counted:
    """The time of one person's rows that lies behind ``begin``; rows up to OVERLAP before it only show what was counted there."""
    told = [row for row in rows if row.statement is not None]
    spans = counted_time(_facts(told), owner=_one_person)
    seconds = sum((one.seconds for one in spans if one.at > begin), Decimal(0))
    inside = [row for row in rows if row.occurred_at > begin]
    filed = _filed([row for row in inside if row.statement is None], spans)
    used = len(filed) + sum(one.at > begin for one in spans)
    return Counted(seconds / 3600 + sum(filed, Decimal(0)), len(inside), max(len(inside) - used, 0))


def _facts(rows: Sequence[Any]) -> list[LearningFact]:
    """A statement without a time of its own has the one that was stored when it was matched."""
    known = [
        dict(row.statement) | {"timestamp": row.statement.get("timestamp") or row.occurred_at.isoformat()}
        for row in rows
    ]
    return facts(known, received_at=datetime.min.replace(tzinfo=UTC))


def _one_person(_fact: LearningFact) -> str:
    return ""


def _filed(rows: Sequence[Any], spans: Sequence[CountedTime]) -> list[Decimal]:
    """Hours of records from files: once an activity and day, and not when a statement has told the same."""
    told = {(one.activity_id, _day(one.at)) for one in spans}
    longest: dict[tuple[str, date], Decimal] = {}
    for row in rows:
        key = (row.activity_id, _day(row.occurred_at))
        if row.hours is not None and row.outcome in WITH_TIME and key not in told:
            longest[key] = max(row.hours, longest.get(key, Decimal(0)))
    return list(longest.values())


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


# --- people of a period ---------------------------------------------------------------------------------------------


def employees(
    tx: Tx, first: date, last: date, *, after: int = 0, limit: int | None = None
) -> list[tuple[int, str]]:
    """(person id, name) of those employed on any day of the period, in the order of ids."""
    query = (
        sa.select(person.c.id, person.c.display_name)
        .where(
            person.c.id > after,
            person.c.erased_at.is_(None),
            person.c.merged_into_id.is_(None),
            sa.or_(person.c.hired_on.is_(None), person.c.hired_on <= last),
            sa.or_(person.c.left_on.is_(None), person.c.left_on > first),
        )
        .order_by(person.c.id)
        .limit(limit)
    )
    return [(row.id, row.display_name) for row in tx.execute(query)]


def ends(tx: Tx) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest learning record happened; None when there is none."""
    row = tx.execute(
        sa.select(sa.func.min(learning.c.occurred_at), sa.func.max(learning.c.occurred_at))
    ).one()
    return (row[0], row[1]) if row[0] is not None else None
