"""What managers decided, one row a person and cycle, with a version number so that no edit is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import DecisionState, RecommendationStatus
from plugin.errors import Conflict
from plugin.store.batches import parts
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.cycles import Participant
from plugin.store.cycle.recommendations import StoredRecommendation
from plugin.store.database import Tx, insert_new, new_rows
from plugin.store.decision.scope import Viewer, visible_query
from plugin.store.people import withheld
from plugin.store.tables import decision, participant, recommendation
from plugin.texts import _

_WRITTEN = tuple(state for state in DecisionState if state is not DecisionState.OPEN)


@dataclass(frozen=True)
class Judged:
    """What the rules say of a decided figure: ``cost`` is the raise a year and the lump sum, ``budget_cost`` what of it the
    person's pool pays. Nothing while there is no figure."""

    cost: Decimal
    budget_cost: Decimal
    is_unchanged: bool
    is_outside: bool
    needs_hr: bool


UNDECIDED = Judged(Decimal(0), Decimal(0), is_unchanged=False, is_outside=False, needs_hr=False)


class DecisionChange(TypedDict, total=False):
    """Columns that are written; those of ``Judged`` by ``columns_of``."""

    own_estimate: Decimal
    percent: Decimal | None
    amount: Decimal | None
    lump_amount: Decimal | None
    currency: str
    cost: Decimal
    budget_cost: Decimal
    is_unchanged: bool
    is_outside: bool
    needs_hr: bool
    reason_code: str | None
    note: str | None
    state: DecisionState
    decided_by: str
    decided_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    approver_note: str | None


def columns_of(judged: Judged) -> DecisionChange:
    return {
        "cost": judged.cost,
        "budget_cost": judged.budget_cost,
        "is_unchanged": judged.is_unchanged,
        "is_outside": judged.is_outside,
        "needs_hr": judged.needs_hr,
    }


@dataclass(frozen=True)
class Decision:
    """``percent`` points of pay and ``amount`` money a year, both None until decided; ``lump_amount`` is paid once on top.
    ``own_estimate`` came before the recommendations."""

    person_id: int
    own_estimate: Decimal | None
    percent: Decimal | None
    amount: Decimal | None
    lump_amount: Decimal | None
    currency: str | None
    reason_code: str | None
    note: str | None
    state: DecisionState
    version: int
    decided_by: str | None
    decided_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    approver_note: str | None
    cost: Decimal
    budget_cost: Decimal
    is_unchanged: bool
    is_outside: bool
    needs_hr: bool

    @property
    def judged(self) -> Judged:
        return Judged(self.cost, self.budget_cost, self.is_unchanged, self.is_outside, self.needs_hr)


_SHOWN = tuple(decision.c[name] for name in Decision.__dataclass_fields__)


def of_people(tx: Tx, cycle_id: int, people: Collection[int]) -> dict[int, Decision]:
    """By person; who has none is absent."""
    found: dict[int, Decision] = {}
    for part in parts(people):
        query = sa.select(*_SHOWN).where(decision.c.cycle_id == cycle_id, decision.c.person_id.in_(part))
        found |= {row.person_id: Decision(*row) for row in tx.execute(query)}
    return found


def of_cycle(tx: Tx, cycle_id: int, states: Collection[DecisionState] = _WRITTEN) -> list[Decision]:
    """In the given states by person; only of those who still take part."""
    still_in = sa.select(participant.c.person_id).where(participant.c.cycle_id == cycle_id)
    query = sa.select(*_SHOWN).where(
        decision.c.cycle_id == cycle_id, decision.c.state.in_(states), decision.c.person_id.in_(still_in)
    )
    return [Decision(*row) for row in tx.execute(query.order_by(decision.c.person_id))]


def recommended(
    tx: Tx, cycle_id: int, states: Collection[DecisionState], *, after: int = 0, limit: int, offset: int = 0
) -> list[Decision]:
    """In the given states, by person, of those whose recommendation counts: some of them, from the person that follows ``after``."""
    mine = (decision.c.cycle_id == participant.c.cycle_id) & (decision.c.person_id == participant.c.person_id)
    query = (
        sa.select(*_SHOWN)
        .select_from(decision.join(participant, mine))
        .where(decision.c.cycle_id == cycle_id, decision.c.person_id > after, decision.c.state.in_(states))
        .where(participant.c.recommendation_id.is_not(None))
    )
    return [
        Decision(*row)
        for row in tx.execute(query.order_by(decision.c.person_id).limit(limit).offset(offset or None))
    ]


@dataclass(frozen=True)
class Line:
    """Everything about one person of a cycle; None = no recommendation counts, or nothing was decided. ``is_held``: HR is checking
    a value of the person."""

    person: Participant
    stored: StoredRecommendation | None
    decision: Decision | None
    is_held: bool


def line(tx: Tx, cycle_id: int, viewer: Viewer, person_id: int, manager_id: int | None = None) -> Line | None:
    """None when ``viewer`` may not see the person, or the person is not in the team of ``manager_id``."""
    allowed = visible_query(cycle_id, viewer).subquery()
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    joined, columns = recommendations.beside_participants(participant.outerjoin(decision, mine))
    held = withheld.is_held(participant.c.person_id, cycle_id)
    query = (
        sa.select(*cycles.PARTICIPANT, *columns, *_SHOWN, held)
        .select_from(joined)
        .where(participant.c.cycle_id == cycle_id, participant.c.person_id == person_id)
        .where(participant.c.person_id.in_(sa.select(allowed.c[0])))
    )
    if manager_id is not None:
        query = query.where(cycles.led_by(cycle_id, manager_id))
    row = tx.execute(query).first()
    if row is None:
        return None
    first, last = len(cycles.PARTICIPANT), len(cycles.PARTICIPANT) + len(columns)
    decided = Decision(*row[last:-1]) if row[last] is not None else None
    return Line(Participant(*row[:first]), recommendations.made(row[first:last]), decided, bool(row[-1]))


def save(tx: Tx, cycle_id: int, person_id: int, version: int, **values: Unpack[DecisionChange]) -> Decision:
    """Writes the row and gives it as it is now. ``version`` is the one that was read, 0 for none.

    Conflict when the row is at another version by now.
    """
    mine = (decision.c.cycle_id == cycle_id, decision.c.person_id == person_id)
    if version == 0:
        row = {"cycle_id": cycle_id, "person_id": person_id, "version": 1, **values}
        statement: Any = new_rows(tx, decision, ["cycle_id", "person_id"]).values(**row)
    else:
        statement = decision.update().where(*mine, decision.c.version == version)
        statement = statement.values(**values, version=version + 1)
    saved = tx.execute(statement.returning(*_SHOWN)).first()
    if saved is None:
        raise _conflict()
    return Decision(*saved)


def save_many(tx: Tx, cycle_id: int, rows: Mapping[int, tuple[int, DecisionChange]]) -> None:
    """``rows``: by person the version that was read (0 for none) and what changes, the same columns for all.

    Conflict, and nothing is done, when one of them is at another version by now.
    """
    new = [
        {"cycle_id": cycle_id, "person_id": who, "version": 1, **values}
        for who, (version, values) in rows.items()
        if version == 0
    ]
    if insert_new(tx, decision, new, ["cycle_id", "person_id"]) != len(new):
        raise _conflict()
    old = {who: (version, values) for who, (version, values) in rows.items() if version}
    if old:
        _change_many(tx, cycle_id, old)


def _change_many(tx: Tx, cycle_id: int, rows: Mapping[int, tuple[int, DecisionChange]]) -> None:
    """First all are taken at the version that was read, which is counted; then each gets its values."""
    pairs = [(who, version) for who, (version, _) in rows.items()]
    taken = sa.tuple_(decision.c.person_id, decision.c.version).in_(pairs)
    count = decision.update().where(decision.c.cycle_id == cycle_id, taken)
    if tx.execute(count.values(version=decision.c.version + 1)).rowcount != len(pairs):
        raise _conflict()
    names = list(next(iter(rows.values()))[1])
    columns: dict[str, sa.ColumnElement[Any]] = {name: sa.bindparam(f"new_{name}") for name in names}
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == sa.bindparam("who"))
    values = [
        {"who": who, **{f"new_{name}": value for name, value in one.items()}}
        for who, (_, one) in rows.items()
    ]
    tx.execute(decision.update().where(mine).values(columns), values)


def _conflict() -> Conflict:
    return Conflict(
        _("another person changed this row after you opened it"), remedy=_("reload the page and decide again")
    )


def move(
    tx: Tx,
    cycle_id: int,
    people: Collection[int],
    *,
    expected: Collection[DecisionState],
    to: DecisionState,
    **values: Unpack[DecisionChange],
) -> int:
    """All of ``people`` from one of the ``expected`` states to ``to``; Conflict (and nothing done) when one is not in such."""
    statement = decision.update().where(
        decision.c.cycle_id == cycle_id, decision.c.person_id.in_(people), decision.c.state.in_(expected)
    )
    moved = tx.execute(statement.values(state=to, version=decision.c.version + 1, **values)).rowcount
    if moved != len(set(people)):
        raise _conflict()
    return moved


def merit_points(tx: Tx, cycle_id: int) -> dict[int, Decimal]:
    """Person -> points of merit decided so far, lump sums included: without what pools of their own pay, and without raises
    that HR fixed."""
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    query = (
        sa.select(
            decision.c.person_id,
            decision.c.percent,
            sa.func.coalesce(decision.c.lump_amount, sa.literal(Decimal(0), decision.c.lump_amount.type)),
            recommendation.c.reserved_amount,
            recommendation.c.paid,
        )
        .select_from(recommendations.standing().join(decision, mine))
        .where(participant.c.cycle_id == cycle_id, decision.c.percent.is_not(None))
        .where(
            recommendation.c.status.not_in(
                (RecommendationStatus.FIXED, RecommendationStatus.RULES_ONLY, RecommendationStatus.INELIGIBLE)
            )
        )
    )
    return {row[0]: row[1] + (row[2] - row[3]) * 100 / row[4] for row in tx.execute(query)}


def counts(tx: Tx, cycle_id: int) -> dict[DecisionState, int]:
    """How many decisions are in each state, but those on people who are held."""
    query = (
        sa.select(decision.c.state, sa.func.count())
        .where(decision.c.cycle_id == cycle_id, decision.c.person_id.not_in(withheld.held_in(cycle_id)))
        .group_by(decision.c.state)
    )
    return {row[0]: row[1] for row in tx.execute(query)}
