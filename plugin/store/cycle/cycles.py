"""Raise cycles, who takes part in them, and what somebody says is wrong in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import CycleState, JsonObject, Reveal
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, analyze, insert, upsert
from plugin.store.people import withheld
from plugin.store.tables import cycle, objection, participant, person
from plugin.texts import _


@dataclass(frozen=True)
class Cycle:
    """One raise round. ``rates`` turn a currency into the cycle's; ``budget_percent`` is points of the pay of all who take
    part, unless ``budget`` (the JSON form of ``advisor.pools.BudgetPlan``) names pools."""

    id: int
    name: str
    state: CycleState
    snapshot_on: date
    effective_on: date
    due_on: date
    notice_on: date | None
    currency: str
    rates: dict[str, str]
    budget_percent: Decimal
    budget: JsonObject
    budget_changed_at: datetime | None
    policy_id: int
    model_id: int | None
    matrix_only: bool
    matrix_only_reason: str | None
    reveal: Reveal
    version: int
    created_at: datetime


@dataclass(frozen=True)
class Participant:
    """A person in a cycle, under the manager of the snapshot's day."""

    person_id: int
    manager_id: int | None
    display_name: str
    job_title: str | None


@dataclass(frozen=True)
class Called:
    """How people call somebody in a cycle; ``source_id`` is the id in the HR suite."""

    person_id: int
    display_name: str
    employee_number: str | None
    source_id: str

    @property
    def number(self) -> str:
        """The employee number, or else the suite's id: never a number of our own, which only looks like one of theirs."""
        return self.employee_number or self.source_id


@dataclass(frozen=True)
class Objection:
    """What somebody says is wrong in the data about a person; ``answer`` None = open."""

    id: int
    person_id: int
    text: str
    raised_by: str
    raised_at: datetime
    answer: str | None
    answered_by: str | None


def _made(row: sa.Row[Any]) -> Cycle:
    return Cycle(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a dict


class CycleDraft(TypedDict, total=False):
    """What HR enters of a cycle."""

    name: str
    snapshot_on: date
    effective_on: date
    due_on: date
    notice_on: date | None
    currency: str
    rates: dict[str, str]
    budget_percent: Decimal
    policy_id: int
    model_id: int | None
    reveal: Reveal


class CycleChange(CycleDraft, total=False):
    """Columns that a change may set."""

    state: CycleState
    budget: JsonObject
    budget_changed_at: datetime
    matrix_only: bool
    matrix_only_reason: str | None


def add(tx: Tx, at: datetime, draft: CycleDraft) -> int:
    """A new cycle, in draft."""
    empty: JsonObject = {}
    first = {"budget": empty, "state": CycleState.DRAFT, "matrix_only": False, "created_at": at, "version": 1}
    return insert(tx, cycle, **draft, **first)


def get(tx: Tx, cycle_id: int) -> Cycle:
    """NotFound when there is none."""
    row = tx.execute(sa.select(cycle).where(cycle.c.id == cycle_id)).first()
    if row is None:
        raise NotFound(_("the cycle doesn't exist"))
    return _made(row)


def name_taken(tx: Tx, name: str) -> bool:
    return tx.execute(sa.select(cycle.c.id).where(cycle.c.name == name)).first() is not None


def newest_first(tx: Tx) -> list[Cycle]:
    """All cycles, the one with the latest effective day first."""
    return [
        _made(r)
        for r in tx.execute(sa.select(cycle).order_by(cycle.c.effective_on.desc(), cycle.c.id.desc()))
    ]


def of_person(tx: Tx, person_id: int, states: Collection[CycleState]) -> list[Cycle]:
    """Cycles in ``states`` in which the person has direct reports, newest first."""
    leads = sa.select(participant.c.cycle_id).where(participant.c.manager_id == person_id)
    query = sa.select(cycle).where(cycle.c.id.in_(leads), cycle.c.state.in_(states))
    return [_made(row) for row in tx.execute(query.order_by(cycle.c.effective_on.desc(), cycle.c.id.desc()))]


def change(tx: Tx, cycle_id: int, version: int, **values: Unpack[CycleChange]) -> None:
    """Conflict when somebody changed the cycle since ``version`` was read."""
    statement = cycle.update().where(cycle.c.id == cycle_id, cycle.c.version == version)
    if tx.execute(statement.values(**values, version=version + 1)).rowcount != 1:
        raise Conflict(_("another person has changed the cycle"), remedy=_("reload the page and check again"))


def replace_participants(tx: Tx, cycle_id: int, people: Sequence[Participant]) -> None:
    """Who takes part from now on; the former list is dropped, and with it which recommendation counts."""
    tx.execute(participant.delete().where(participant.c.cycle_id == cycle_id))
    rows = [{"cycle_id": cycle_id, **vars(one)} for one in people]
    if rows:
        tx.execute(participant.insert(), rows)
        analyze(tx, participant)


def put_participants(tx: Tx, cycle_id: int, people: Iterable[Participant]) -> None:
    """Adds or replaces them; the recommendation of each stays."""
    rows = [{"cycle_id": cycle_id, **vars(one)} for one in people]
    upsert(tx, participant, rows, ["cycle_id", "person_id"])


def counts(cycle_id: int) -> sa.ColumnElement[bool]:
    """The rule for participants who are in the figures of a cycle: those who are not held."""
    return sa.and_(
        participant.c.cycle_id == cycle_id, participant.c.person_id.not_in(withheld.held_in(cycle_id))
    )


def people(tx: Tx, cycle_id: int) -> tuple[int, int]:
    """How many take part and are in its figures, and how many are held."""
    held = participant.c.person_id.in_(withheld.held_in(cycle_id)).label("is_held")
    query = sa.select(held, sa.func.count()).where(participant.c.cycle_id == cycle_id).group_by(held.name)
    found = {bool(row[0]): row[1] for row in tx.execute(query)}
    return found.get(False, 0), found.get(True, 0)


PARTICIPANT = (
    participant.c.person_id,
    participant.c.manager_id,
    participant.c.display_name,
    participant.c.job_title,
)


def participants(tx: Tx, cycle_id: int, people: Collection[int] | None = None) -> list[Participant]:
    """By name; only ``people`` when given."""
    query = sa.select(*PARTICIPANT).where(participant.c.cycle_id == cycle_id)
    if people is not None:
        query = query.where(participant.c.person_id.in_(people))
    return [
        Participant(*row)
        for row in tx.execute(query.order_by(participant.c.display_name, participant.c.person_id))
    ]


def called(tx: Tx, cycle_id: int, people: Collection[int] | None = None) -> list[Called]:
    """As ``participants``, with their numbers."""
    columns = (
        participant.c.person_id,
        participant.c.display_name,
        person.c.employee_number,
        person.c.source_id,
    )
    query = sa.select(*columns).join(person, person.c.id == participant.c.person_id)
    query = query.where(participant.c.cycle_id == cycle_id)
    if people is not None:
        query = query.where(participant.c.person_id.in_(people))
    return [Called(*row) for row in tx.execute(query.order_by(participant.c.person_id))]


def without_recommendation(tx: Tx, cycle_id: int) -> int:
    """People in the cycle for whom no recommendation counts."""
    query = sa.select(sa.func.count()).where(
        participant.c.cycle_id == cycle_id, participant.c.recommendation_id.is_(None)
    )
    return int(tx.execute(query.select_from(participant)).scalar_one())


def units(tx: Tx, cycle_id: int) -> list[tuple[str, int]]:
    """Units that people in the cycle belong to today, with their number, the largest first."""
    unit, number = sa.func.coalesce(person.c.org_unit, "").label("unit"), sa.func.count().label("n")
    query = sa.select(unit, number).join(participant, participant.c.person_id == person.c.id)
    query = query.where(participant.c.cycle_id == cycle_id).group_by(unit).order_by(number.desc(), unit)
    return [(row.unit, row.n) for row in tx.execute(query)]


def led_by(cycle_id: int, manager_id: int) -> sa.ColumnElement[bool]:
    """The rule whose team a participant is in: never one's own, even when the data say that somebody reports to themselves.

    Manager 0 stands for "nobody in this cycle": the head of the company, and people whose manager does not take part.
    """
    mine = participant.c.manager_id == manager_id
    if manager_id == 0:
        lead = participant.alias("taking_part")
        taking_part = sa.select(lead.c.person_id).where(lead.c.cycle_id == cycle_id)
        mine = sa.or_(
            participant.c.manager_id.is_(None),
            participant.c.manager_id.not_in(taking_part),
            participant.c.manager_id == participant.c.person_id,
        )
    return sa.and_(participant.c.cycle_id == cycle_id, mine, participant.c.person_id != manager_id)


def direct_reports(tx: Tx, cycle_id: int, manager_id: int) -> list[Participant]:
    """Of one manager, by name."""
    query = sa.select(*PARTICIPANT).where(led_by(cycle_id, manager_id))
    return [
        Participant(*row)
        for row in tx.execute(query.order_by(participant.c.display_name, participant.c.person_id))
    ]


def remove_participant(tx: Tx, cycle_id: int, person_id: int) -> None:
    tx.execute(
        participant.delete().where(participant.c.cycle_id == cycle_id, participant.c.person_id == person_id)
    )


# --- objections -----------------------------------------------------------------------------------------------------


def add_objection(tx: Tx, cycle_id: int, person_id: int, text: str, by: str, at: datetime) -> int:
    return insert(
        tx, objection, cycle_id=cycle_id, person_id=person_id, text=text, raised_by=by, raised_at=at
    )


def answer_objection(tx: Tx, objection_id: int, answer: str, by: str, at: datetime) -> None:
    """NotFound when there is no open one of that number."""
    statement = objection.update().where(objection.c.id == objection_id, objection.c.answer.is_(None))
    if tx.execute(statement.values(answer=answer, answered_by=by, answered_at=at)).rowcount != 1:
        raise NotFound(_("this report is not open"))


def objections(tx: Tx, cycle_id: int, people: Collection[int] | None = None) -> list[Objection]:
    """Newest first; only about ``people`` when given."""
    columns = (
        objection.c.id,
        objection.c.person_id,
        objection.c.text,
        objection.c.raised_by,
        objection.c.raised_at,
        objection.c.answer,
        objection.c.answered_by,
    )
    query = sa.select(*columns).where(objection.c.cycle_id == cycle_id)
    if people is not None:
        query = query.where(objection.c.person_id.in_(people))
    return [Objection(*row) for row in tx.execute(query.order_by(objection.c.id.desc()))]
