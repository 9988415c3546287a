"""The desk of changes: what became different about people of a cycle after its snapshot, and what HR chose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin.domain import ChangeChoice, ChangeKind, JsonObject
from plugin.errors import Conflict
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.tables import cycle_change, participant, person
from plugin.texts import _


@dataclass(frozen=True)
class CycleChange:
    """Something that changed about a participant after the snapshot; ``choice`` None = nobody has looked yet."""

    id: int
    person_id: int
    display_name: str
    kind: ChangeKind
    detail: JsonObject
    seen_at: datetime
    choice: ChangeChoice | None
    chosen_by: str | None


def add(tx: Tx, cycle_id: int, at: datetime, found: Sequence[tuple[int, ChangeKind, JsonObject]]) -> int:
    """Queues (person, kind, detail) that are not open in the queue already; says how many were new."""
    query = sa.select(cycle_change.c.person_id, cycle_change.c.kind, cycle_change.c.detail)
    known = {
        _mark(row.person_id, row.kind, row.detail)
        for row in tx.execute(query.where(cycle_change.c.cycle_id == cycle_id))
    }
    rows = [
        {"cycle_id": cycle_id, "person_id": person_id, "kind": kind, "detail": detail, "seen_at": at}
        for person_id, kind, detail in found
        if _mark(person_id, kind, detail) not in known
    ]
    if rows:
        tx.execute(cycle_change.insert(), rows)
    return len(rows)


def _mark(person_id: int, kind: ChangeKind, detail: JsonObject) -> tuple[int, ChangeKind, str]:
    """By which a change is known again."""
    return person_id, kind, str(sorted(detail.items()))


def drop_others(tx: Tx, cycle_id: int, found: Collection[tuple[int, ChangeKind, JsonObject]]) -> int:
    """Drops what waits for a choice and is not among ``found`` any more, but for what people reported; how many."""
    holds = {_mark(*one) for one in found}
    c = cycle_change.c
    query = sa.select(c.id, c.person_id, c.kind, c.detail).where(
        c.cycle_id == cycle_id, c.choice.is_(None), c.kind != ChangeKind.REPORTED
    )
    gone = [row.id for row in tx.execute(query) if _mark(row.person_id, row.kind, row.detail) not in holds]
    for part in parts(gone):
        tx.execute(cycle_change.delete().where(c.id.in_(part)))
    return len(gone)


def removed(tx: Tx, cycle_id: int) -> set[int]:
    """People whom HR took out of the cycle."""
    query = sa.select(cycle_change.c.person_id).where(
        cycle_change.c.cycle_id == cycle_id, cycle_change.c.choice == ChangeChoice.REMOVE
    )
    return set(tx.execute(query).scalars())


def kept(
    tx: Tx, cycle_id: int, kinds: Collection[ChangeKind], people: Collection[int]
) -> list[tuple[int, ChangeKind, JsonObject]]:
    """(person, kind, detail) of changes of ``people`` that HR looked at and did not follow."""
    columns = (cycle_change.c.person_id, cycle_change.c.kind, cycle_change.c.detail)
    query = sa.select(*columns).where(
        cycle_change.c.cycle_id == cycle_id,
        cycle_change.c.choice == ChangeChoice.KEEP,
        cycle_change.c.kind.in_(kinds),
    )
    return [
        (row[0], row[1], row[2])
        for part in parts(people)
        for row in tx.execute(query.where(cycle_change.c.person_id.in_(part)))
    ]


_CHANGE = (
    cycle_change.c.id,
    cycle_change.c.person_id,
    sa.func.coalesce(participant.c.display_name, person.c.display_name, ""),
    cycle_change.c.kind,
    cycle_change.c.detail,
    cycle_change.c.seen_at,
    cycle_change.c.choice,
    cycle_change.c.chosen_by,
)


def _of(cycle_id: int, *, open_only: bool) -> sa.ColumnElement[bool]:
    mine = cycle_change.c.cycle_id == cycle_id
    return sa.and_(mine, cycle_change.c.choice.is_(None)) if open_only else mine


def _query() -> sa.Select[Any]:
    both = (participant.c.cycle_id == cycle_change.c.cycle_id) & (
        participant.c.person_id == cycle_change.c.person_id
    )
    return sa.select(*_CHANGE).select_from(
        cycle_change.outerjoin(participant, both).outerjoin(person, person.c.id == cycle_change.c.person_id)
    )


def listed(
    tx: Tx, cycle_id: int, *, open_only: bool = False, limit: int | None = None, offset: int = 0
) -> list[CycleChange]:
    """Oldest first, with the participant's name (as HR knows them now when they are not in the cycle)."""
    query = _query().where(_of(cycle_id, open_only=open_only)).order_by(cycle_change.c.id)
    return [CycleChange(*row) for row in tx.execute(query.limit(limit).offset(offset or None))]


def one(tx: Tx, cycle_id: int, change_id: int) -> CycleChange | None:
    """None when the cycle has no such change."""
    mine = sa.and_(_of(cycle_id, open_only=False), cycle_change.c.id == change_id)
    row = tx.execute(_query().where(mine)).first()
    return None if row is None else CycleChange(*row)


def waiting(tx: Tx, cycle_id: int) -> int:
    """How many wait for a choice."""
    query = sa.select(sa.func.count()).select_from(cycle_change).where(_of(cycle_id, open_only=True))
    return int(tx.execute(query).scalar_one())


def open_of(tx: Tx, cycle_id: int, people: Collection[int]) -> list[CycleChange]:
    """What waits for a choice about ``people``, oldest first."""
    query = _query().where(_of(cycle_id, open_only=True)).order_by(cycle_change.c.id)
    return [
        CycleChange(*row)
        for part in parts(people)
        for row in tx.execute(query.where(cycle_change.c.person_id.in_(part)))
    ]


def people_of_kind(tx: Tx, cycle_id: int, kind: ChangeKind, up_to: int) -> list[int]:
    """People with an open change of the kind that is not newer than the change ``up_to``, in order."""
    mine = sa.and_(_of(cycle_id, open_only=True), cycle_change.c.kind == kind, cycle_change.c.id <= up_to)
    query = sa.select(cycle_change.c.person_id).where(mine).distinct()
    return list(tx.execute(query.order_by(cycle_change.c.person_id)).scalars())


@dataclass(frozen=True)
class OpenKind:
    """How many changes of a kind wait for a choice; ``newest`` is the id of the last."""

    kind: ChangeKind
    number: int
    newest: int


def open_kinds(tx: Tx, cycle_id: int) -> list[OpenKind]:
    """The largest first."""
    number = sa.func.count().label("number")
    query = sa.select(cycle_change.c.kind, number, sa.func.max(cycle_change.c.id))
    mine = query.where(_of(cycle_id, open_only=True)).group_by(cycle_change.c.kind)
    return [OpenKind(*row) for row in tx.execute(mine.order_by(number.desc(), cycle_change.c.kind))]


def keep_kind(tx: Tx, cycle_id: int, kind: ChangeKind, up_to: int, by: str, at: datetime) -> int:
    """Settles all open changes of the kind up to ``up_to`` as kept; how many."""
    mine = sa.and_(_of(cycle_id, open_only=True), cycle_change.c.kind == kind, cycle_change.c.id <= up_to)
    chosen = {"choice": ChangeChoice.KEEP, "chosen_by": by, "chosen_at": at}
    return tx.execute(cycle_change.update().where(mine).values(**chosen)).rowcount


def settle_all(tx: Tx, ids: Collection[int], choice: ChangeChoice, by: str, at: datetime) -> None:
    """Settles those that are open still."""
    chosen = {"choice": choice, "chosen_by": by, "chosen_at": at}
    for part in parts(ids):
        mine = sa.and_(cycle_change.c.id.in_(part), cycle_change.c.choice.is_(None))
        tx.execute(cycle_change.update().where(mine).values(**chosen))


def settle(tx: Tx, change_id: int, choice: ChangeChoice, by: str, at: datetime) -> None:
    """Conflict when it was settled before."""
    statement = cycle_change.update().where(cycle_change.c.id == change_id, cycle_change.c.choice.is_(None))
    if tx.execute(statement.values(choice=choice, chosen_by=by, chosen_at=at)).rowcount != 1:
        raise Conflict(_("this change was already settled by another person"), remedy=_("reload the page"))
