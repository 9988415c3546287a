"""Who gets no figure because a value of theirs is held, and which values do not count: for conditions of any query."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import sqlalchemy as sa

from plugin.domain import CycleState, HeldRule, HeldState
from plugin.store import batches
from plugin.store.database import Tx
from plugin.store.tables import cycle, held_fact, inbox, past_raise, person, unjudged

_c = held_fact.c
NO_CYCLE = 0  # the id of none


def held_people(
    tx: Tx, people: Collection[int] | None = None, *, cycle_id: int | None = None
) -> dict[int, tuple[HeldRule, ...]]:
    """Who gets no figure, and by which rules: of ``people``, or of everybody; with what is held in the cycle, when one is given."""
    few = None if people is None or len(people) > batches.SIZE else people
    found: dict[int, set[HeldRule]] = {}
    for who, rule in tx.execute(_held(cycle_id, lambda column: batches.of(column, few))):
        if people is None or few or who in people:
            found.setdefault(who, set()).add(rule)
    return {who: tuple(sorted(rules)) for who, rules in found.items()}


def held_in(cycle_id: int) -> sa.Select[Any]:
    """Ids of those who get no figure in a cycle: for ``not_in`` and ``in_`` where a whole cycle is summed."""
    return sa.select(_held(cycle_id, lambda _column: sa.true()).subquery().c[0])


def is_held(
    person_id: sa.ColumnElement[int], cycle_id: int | sa.ColumnElement[int] | None = None
) -> sa.ColumnElement[bool]:
    """Whether the person of a row gets no figure: for a condition. ``cycle_id`` as in ``held_people``."""
    mine, crowd, who = held_fact.alias("mine"), held_fact.alias("crowd"), person.alias("held_person")
    own = sa.exists().where(
        mine.c.person_id == person_id, mine.c.state == HeldState.HELD, _counts_in(mine.c.cycle_id, cycle_id)
    )
    with_all = (
        sa.select(who.c.id)
        .join(crowd, crowd.c.connection_id == who.c.connection_id)
        .where(who.c.id == person_id, crowd.c.state == HeldState.HELD, crowd.c.rule == HeldRule.HEADCOUNT)
    )
    waiting = sa.exists().where(unjudged.c.person_id == person_id)
    return sa.or_(own, waiting, with_all.exists())


def is_raise_held(person_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a raise of the person is held in a cycle whose raises are being sent: for a condition."""
    mine = held_fact.alias("raise_of")
    sent = sa.select(cycle.c.id).where(cycle.c.state == CycleState.APPROVED)
    return sa.exists().where(
        mine.c.person_id == person_id, mine.c.state == HeldState.HELD, mine.c.cycle_id.in_(sent)
    )


def _counts_in(
    held_in: sa.ColumnElement[int | None], cycle_id: int | sa.ColumnElement[int] | None
) -> sa.ColumnElement[bool]:
    """Held everywhere, or in this cycle. Not as ``IS NULL``: SQLite would look everybody up by it."""
    wanted = sa.literal(NO_CYCLE) if cycle_id is None else cycle_id
    return sa.func.coalesce(held_in, wanted) == wanted


def _held(
    cycle_id: int | None, among: Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]
) -> sa.CompoundSelect[Any]:
    """Person and rule: of values that are held themselves, of a connection whose headcount is, and of values not judged yet."""
    scope = _counts_in(_c.cycle_id, cycle_id)
    mine = sa.select(_c.person_id, _c.rule).where(
        _c.state == HeldState.HELD, _c.person_id.is_not(None), scope, among(_c.person_id)
    )
    theirs = (
        sa.select(person.c.id, _c.rule)
        .join(person, person.c.connection_id == _c.connection_id)
        .where(_c.state == HeldState.HELD, _c.rule == HeldRule.HEADCOUNT, among(person.c.id))
    )
    word = sa.literal(HeldRule.UNJUDGED, _c.rule.type).label("rule")
    waiting = sa.select(unjudged.c.person_id, word).where(among(unjudged.c.person_id))
    return mine.union_all(theirs, waiting)


def counts(
    of: sa.FromClause, day: sa.ColumnElement[date], rules: Collection[HeldRule]
) -> sa.ColumnElement[bool]:
    """Whether a dated record of a person is not held itself: its subject ends with its day."""
    at = sa.func.substr(_c.subject, sa.func.length(_c.subject) - 9)
    held_day = sa.case((_c.rule.in_(rules), sa.func.date(at, type_=sa.Date)))  # elsewhere there is no day
    return ~sa.exists().where(
        _c.person_id == of.c.person_id, _c.state == HeldState.HELD, _c.rule.in_(rules), held_day == day
    )


def held_subjects(tx: Tx, rules: Collection[HeldRule]) -> set[str]:
    query = sa.select(_c.subject).where(_c.state == HeldState.HELD, _c.rule.in_(rules))
    return set(tx.execute(query).scalars())


def of_held_columns() -> sa.Select[Any]:
    """Inbox rows of raises that do not count: all that a run brought."""
    held = sa.and_(
        _c.state == HeldState.HELD,
        _c.rule == HeldRule.RAISES_COLUMN,
        _c.connection_id == inbox.c.connection_id,
        sa.func.coalesce(_c.run_id, 0) == sa.func.coalesce(inbox.c.run_id, 0),
    )
    return sa.select(inbox.c.id).where(sa.exists().where(held))


def raise_counts() -> sa.ColumnElement[bool]:
    """Raises of a run that are held as a whole do not."""
    inbox_id = past_raise.c.inbox_id
    return sa.or_(inbox_id.is_(None), inbox_id.not_in(of_held_columns()))
