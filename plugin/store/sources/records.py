"""What is known about people, in our own shapes: pay, ratings, learning, badges, skills. Each row knows its inbox row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.domain import (
    AwardState,
    BadgeRecord,
    BadgeVerdict,
    EntryState,
    InboxKind,
    InboxState,
    LearningRecord,
    LeaveRecord,
    Outcome,
    PayRangeRecord,
    PayRecord,
    RaiseRecord,
    RatingRecord,
    Record,
    SkillRecord,
    Stream,
)
from plugin.store import fitting
from plugin.store.batches import parts
from plugin.store.database import Tx, insert_new, upsert
from plugin.store.tables import (
    badge_award,
    catalogue_entry,
    inbox,
    learning,
    leave,
    past_raise,
    pay,
    pay_range,
    person_skill,
    rating,
    reward,
)


@dataclass(frozen=True)
class Placed:
    """A record with its inbox row and its person (0 where the record is about no one)."""

    inbox_id: int
    person_id: int
    record: Record


def misfit(placed: Placed, stream: Stream, at: datetime) -> str | None:
    """Why the record cannot be stored; None when it can."""
    if stream is Stream.BADGES:
        assert isinstance(placed.record, BadgeRecord)
        award = _award(placed, {placed.record.badge_class_id: 0}, at)
        return fitting.misfit(catalogue_entry, _entry(placed.record)) or fitting.misfit(badge_award, award)
    table, _, row = _TABLES[stream]
    return fitting.misfit(table, row(placed))


def put(tx: Tx, at: datetime, stream: Stream, placed: Sequence[Placed]) -> None:
    """Adds or renews the records of one stream, in one batch. People have their own module."""
    if stream is Stream.BADGES:
        _put_badges(tx, at, placed)
        return
    table, unique, row = _TABLES[stream]
    rows = {tuple(values[name] for name in unique): values for values in map(row, placed)}
    withdraw(tx, stream, [one.inbox_id for one in placed])  # a revised record may have moved to another day
    upsert(tx, table, list(rows.values()), unique)


def _pay(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, PayRecord)
    money = {"annual": record.annual.amount, "currency": record.annual.currency}
    return {
        "person_id": placed.person_id,
        "effective_on": record.effective_on,
        "inbox_id": placed.inbox_id,
        **money,
    }


def _pay_range(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, PayRangeRecord)
    money = {name: getattr(record, name).amount for name in ("minimum", "midpoint", "maximum")}
    place = {name: getattr(record, name) for name in ("job_family", "level", "country", "effective_on")}
    return {**place, **money, "currency": record.midpoint.currency, "inbox_id": placed.inbox_id}


def _rating(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, RatingRecord)
    said = {"period_ended_on": record.period_ended_on, "score": record.score, "label": record.label}
    return {"person_id": placed.person_id, "inbox_id": placed.inbox_id, **said}


def _raise(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, RaiseRecord)
    said = {"effective_on": record.effective_on, "percent": record.percent}
    return {"person_id": placed.person_id, "inbox_id": placed.inbox_id, **said}


def _leave(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, LeaveRecord)
    said = {name: getattr(record, name) for name in ("started_on", "ended_on", "protected")}
    return {
        "person_id": placed.person_id,
        "inbox_id": placed.inbox_id,
        "kind": record.kind.value,
        **said,
    }


def _learning(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, LearningRecord)
    said = {
        name: getattr(record, name)
        for name in ("source_id", "activity_id", "title", "occurred_at", "hours", "score_scaled")
    }
    return {
        "person_id": placed.person_id,
        "inbox_id": placed.inbox_id,
        "outcome": record.outcome.value,
        **said,
    }


def _skill(placed: Placed) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, SkillRecord)
    said = {"skill": record.skill, "proficiency": record.proficiency, "evaluated_on": record.evaluated_on}
    return {"person_id": placed.person_id, "inbox_id": placed.inbox_id, **said}


_TABLES = {
    Stream.PAY: (pay, ("person_id", "effective_on"), _pay),
    Stream.PAY_RANGES: (pay_range, ("job_family", "level", "country", "effective_on"), _pay_range),
    Stream.RATINGS: (rating, ("person_id", "period_ended_on"), _rating),
    Stream.RAISES: (past_raise, ("person_id", "effective_on"), _raise),
    Stream.LEAVES: (leave, ("person_id", "kind", "started_on"), _leave),
    Stream.LEARNING: (learning, ("inbox_id",), _learning),
    Stream.SKILLS: (person_skill, ("person_id", "skill"), _skill),
}


def replaceable() -> dict[Stream, sa.Table]:
    """Kinds of record of which one source replaces what another says of the same thing."""
    return {stream: table for stream, (table, unique, _row) in _TABLES.items() if unique != ("inbox_id",)}


def natural(stream: Stream, placed: Placed) -> tuple[sa.Table, tuple[str, ...], dict[str, Any]] | None:
    """Table, unique columns and row of a record that replaces what any source said of the same thing; None where none does."""
    if stream not in _TABLES or _TABLES[stream][1] == ("inbox_id",):
        return None
    table, unique, row = _TABLES[stream]
    return table, unique, row(placed)


def _put_badges(tx: Tx, at: datetime, placed: Sequence[Placed]) -> None:
    """The award, unchecked until the verifier has judged it; unknown badge classes are proposed."""
    records = [one.record for one in placed if isinstance(one.record, BadgeRecord)]
    insert_new(
        tx, catalogue_entry, list({r.badge_class_id: _entry(r) for r in records}.values()), ["badge_class_id"]
    )
    wanted = sa.select(catalogue_entry.c.id, catalogue_entry.c.badge_class_id)
    ids = {
        row.badge_class_id: row.id
        for row in tx.execute(
            wanted.where(catalogue_entry.c.badge_class_id.in_({r.badge_class_id for r in records}))
        )
    }
    rows = {
        (one.person_id, one.record.source_id): _award(one, ids, at)
        for one in placed
        if isinstance(one.record, BadgeRecord)
    }
    upsert(tx, badge_award, list(rows.values()), ["person_id", "source_id"])


def _entry(record: BadgeRecord) -> dict[str, Any]:
    named = {"badge_class_id": record.badge_class_id, "name": record.badge_name}
    made = {
        "issuer_id": record.issuer_id,
        "issuer_name": record.issuer_name,
        "facts": {"tags": list(record.tags)},
    }
    return {**named, **made, "strategic": False, "state": EntryState.PROPOSED, "version": 1}


def _award(placed: Placed, entries: dict[str, int], at: datetime) -> dict[str, Any]:
    record = placed.record
    assert isinstance(record, BadgeRecord)
    dates = {"issued_on": record.issued_on, "expires_on": record.expires_on}
    judged: dict[str, Any] = {
        "verdict": BadgeVerdict.UNCHECKED,
        "codes": [],
        "steps": [],
        "checked_at": None,
        "recheck_at": at,
        "attempts": 0,
    }
    return {
        "person_id": placed.person_id,
        "inbox_id": placed.inbox_id,
        "source_id": record.source_id,
        "catalogue_entry_id": entries[record.badge_class_id],
        "credential": record.credential,
        "state": AwardState.REVOKED if record.revoked else AwardState.ACTIVE,
        **dates,
        **judged,
    }


def withdraw(tx: Tx, stream: Stream, inbox_ids: Sequence[int]) -> None:
    """What the source no longer vouches for stops counting: badge awards stay as revoked, everything else goes."""
    for start in range(0, len(inbox_ids), 500):
        part = inbox_ids[start : start + 500]
        if stream is Stream.BADGES:
            tx.execute(
                badge_award.update().where(badge_award.c.inbox_id.in_(part)).values(state=AwardState.REVOKED)
            )
        else:
            table = _TABLES[stream][0]
            tx.execute(table.delete().where(table.c.inbox_id.in_(part)))


def uncovered(tx: Tx, stream: Stream, places: Collection[tuple[int, date]]) -> list[int]:
    """After a withdrawal: of each of these people and days the newest record that the withdrawn one had replaced, by inbox row."""
    table = replaceable().get(stream)
    if table is None or not places:
        return []
    counted = sa.select(table.c.inbox_id).where(table.c.inbox_id == inbox.c.id).exists()
    query = (
        sa.select(inbox.c.id, inbox.c.person_id, inbox.c.day)
        .where(inbox.c.stream == stream.value, inbox.c.state == InboxState.APPLIED)
        .where(inbox.c.kind == InboxKind.UPSERT, ~counted)
        .order_by(inbox.c.received_at, inbox.c.id)
    )
    found: dict[tuple[int, date], int] = {}
    for part in parts({who for who, _day in places}):
        for row in tx.execute(query.where(inbox.c.person_id.in_(part))):
            if (row.person_id, row.day) in places:
                found[row.person_id, row.day] = row.id
    return list(found.values())


def take_away(tx: Tx, stream: Stream, inbox_ids: Sequence[int]) -> None:
    """The records are another person's, or nobody knows whose. A badge that was paid for stays with whom it was paid, as revoked:
    its review opens."""
    if stream is not Stream.BADGES:
        withdraw(tx, stream, inbox_ids)
        return
    for start in range(0, len(inbox_ids), 500):
        mine = badge_award.c.inbox_id.in_(inbox_ids[start : start + 500])
        paid = badge_award.c.id.in_(sa.select(reward.c.badge_award_id))
        tx.execute(badge_award.delete().where(mine, sa.not_(paid)))
        tx.execute(badge_award.update().where(mine).values(state=AwardState.REVOKED, inbox_id=None))


@dataclass(frozen=True)
class Learnt:
    """What a learning record says of its person."""

    person_id: int
    title: str
    occurred_at: datetime


def learnt(tx: Tx, inbox_ids: Sequence[int]) -> list[Learnt]:
    """What the learning records of these inbox rows say."""
    query = sa.select(learning.c.person_id, learning.c.title, learning.c.occurred_at).order_by(learning.c.id)
    rows = (
        row for part in parts(inbox_ids) for row in tx.execute(query.where(learning.c.inbox_id.in_(part)))
    )
    return [Learnt(*row) for row in rows]


def is_learnt(tx: Tx, person_id: int, title: str, day: date, outcomes: Sequence[Outcome]) -> bool:
    """Whether a record of the person has one of these outcomes for a title on a day (UTC)."""
    start = datetime.combine(day, time.min, UTC)
    query = (
        sa.select(learning.c.id)
        .where(learning.c.person_id == person_id, learning.c.title == title)
        .where(learning.c.occurred_at >= start, learning.c.occurred_at < start + timedelta(days=1))
        .where(learning.c.outcome.in_([one.value for one in outcomes]))
    )
    return tx.execute(query.limit(1)).first() is not None


def counts(tx: Tx) -> dict[str, int]:
    """Number of rows by stream."""
    tables = {stream.value: table for stream, (table, _, _) in _TABLES.items()} | {"badges": badge_award}
    return {
        name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in tables.items()
    }
