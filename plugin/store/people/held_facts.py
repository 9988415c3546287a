"""Values that tripped a rule, the versions of the rules, and what counted when a value was looked at last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import HeldRule, HeldState, JsonObject
from plugin.store import batches
from plugin.store.database import Tx, insert, upsert
from plugin.store.people.implausible import PAY, STEPS, Found
from plugin.store.tables import (
    headcount,
    held_fact,
    pay,
    person,
    plausibility_rules,
    plausible_pay,
)

_c = held_fact.c
NO_CYCLE = 0  # the id of none
OPEN = (HeldState.HELD, HeldState.RELEASED)


@dataclass(frozen=True)
class HeldFact:
    """``name``: of the person, '' where it is about no one."""

    id: int
    rule: HeldRule
    person_id: int | None
    name: str
    connection_id: int | None
    cycle_id: int | None
    subject: str
    value: str
    against: str
    state: HeldState
    found_at: datetime
    reason: str | None
    released_by: str | None
    released_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True)
class RulesVersion:
    number: int
    thresholds: JsonObject
    reason: str
    changed_by: str
    changed_at: datetime


# --- the rules ------------------------------------------------------------------------------------------------------


def versions(tx: Tx, *, limit: int = 20) -> list[RulesVersion]:
    """Newest first."""
    query = sa.select(plausibility_rules).order_by(plausibility_rules.c.id.desc()).limit(limit)
    return [RulesVersion(*row) for row in tx.execute(query)]


def add_version(tx: Tx, at: datetime, thresholds: JsonObject, reason: str, by: str) -> int:
    values = {"thresholds": thresholds, "reason": reason, "changed_by": by, "changed_at": at}
    return insert(tx, plausibility_rules, **values)


# --- what tripped ---------------------------------------------------------------------------------------------------


def settle(
    tx: Tx,
    at: datetime,
    found: Sequence[Found],
    rules: Collection[HeldRule],
    people: Collection[int] | None,
    *,
    cycle_id: int | None = None,
) -> int:
    """Brings what is stored in line with what was ``found`` for ``people`` (at most ``batches.SIZE``; None: for all); how many
    are new.

    What no longer trips ends. A release stands for the value that it was given for; another value is held again.
    """
    query = sa.select(_c.id, _c.rule, _c.subject, _c.value, _c.state).where(
        _c.state.in_(OPEN),
        _c.rule.in_(rules),
        sa.true() if cycle_id is None else _c.cycle_id == cycle_id,
        batches.of(_c.person_id, people),
    )
    known: dict[tuple[HeldRule, str], Any] = {(row.rule, row.subject): row for row in tx.execute(query)}
    now = {(one.rule, one.subject): one for one in found}
    new = [one for key, one in now.items() if key not in known or known[key].value != one.value]
    replaced = {(one.rule, one.subject) for one in new}
    ended = [
        row.id
        for key, row in known.items()
        if key in replaced or (key not in now and row.state == HeldState.HELD)
    ]
    for part in batches.parts(ended):
        tx.execute(held_fact.update().where(_c.id.in_(part)).values(state=HeldState.ENDED, ended_at=at))
    rows = [{**vars(one), "state": HeldState.HELD, "found_at": at} for one in new]
    if rows:
        tx.execute(held_fact.insert(), rows)
    return len(rows)


def _pay_is_held(who: sa.ColumnElement[int]) -> sa.Exists:
    return sa.exists().where(_c.person_id == who, _c.state == HeldState.HELD, _c.rule.in_(PAY))


def remember(tx: Tx, today: date, people: Collection[int] | None) -> None:
    """Plausible pay is what the next is compared with (of ``people``, at most ``batches.SIZE``, or all). Pay that is held is not."""
    rank = sa.func.row_number().over(partition_by=pay.c.person_id, order_by=pay.c.effective_on.desc())
    ranked = (
        sa.select(pay.c.person_id, pay.c.effective_on, pay.c.annual, pay.c.currency, rank.label("rank"))
        .where(pay.c.effective_on <= today, batches.of(pay.c.person_id, people))
        .subquery()
    )
    current = sa.select(*list(ranked.c)[:4]).where(ranked.c.rank == 1).subquery()
    known = plausible_pay.c
    same = sa.and_(
        known.effective_on == current.c.effective_on,
        known.annual == current.c.annual,
        known.currency == current.c.currency,
    )
    joined = sa.join(current, plausible_pay, known.person_id == current.c.person_id)
    is_held = _pay_is_held(current.c.person_id)
    moved = (
        sa.select(known.person_id).select_from(joined).where(same == is_held)
    )  # held and trusted, or neither
    tx.execute(plausible_pay.delete().where(known.person_id.in_(moved)))
    fresh = sa.select(current).where(~is_held, current.c.person_id.not_in(sa.select(known.person_id)))
    tx.execute(plausible_pay.insert().from_select(["person_id", "effective_on", "annual", "currency"], fresh))


def forget(tx: Tx, people: Collection[int]) -> None:
    """Their next pay is compared only with the pay before it."""
    tx.execute(plausible_pay.delete().where(plausible_pay.c.person_id.in_(people)))


def remember_headcounts(tx: Tx, at: datetime, counts: Mapping[int, int]) -> None:
    """As many people of a connection are plausible, but where just this is held."""
    doubted = set(tx.execute(_doubted_connections()).scalars())
    rows = [
        {"connection_id": which, "people": n, "counted_at": at}
        for which, n in counts.items()
        if which not in doubted
    ]
    upsert(tx, headcount, rows, ["connection_id"])


def _doubted_connections() -> sa.Select[Any]:
    return sa.select(_c.connection_id).where(_c.state == HeldState.HELD, _c.rule == HeldRule.HEADCOUNT)


# --- for people -----------------------------------------------------------------------------------------------------


def _listed() -> sa.Select[Any]:
    columns = [column for column in held_fact.c if column.name not in ("run_id", "ended_at")]
    name = sa.func.coalesce(person.c.display_name, "").label("name")
    return sa.select(*columns, name).outerjoin(person, person.c.id == _c.person_id)


def page(
    tx: Tx,
    *,
    state: HeldState = HeldState.HELD,
    rule: HeldRule | None = None,
    connection_id: int | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[HeldFact]:
    """In the order in which they were found."""
    query = _listed().where(_c.state == state, _c.id > after).order_by(_c.id).limit(limit)
    if rule is not None:
        query = query.where(_c.rule == rule)
    if connection_id is not None:
        query = query.where(_c.connection_id == connection_id)
    return [HeldFact(**row) for row in tx.execute(query).mappings()]


def ids(tx: Tx, rule: HeldRule, *, up_to: int, connection_id: int | None = None) -> list[int]:
    """What a rule holds (of one connection), up to an id."""
    mine = [_c.state == HeldState.HELD, _c.rule == rule, _c.id <= up_to]
    if connection_id is not None:
        mine.append(_c.connection_id == connection_id)
    return list(tx.execute(sa.select(_c.id).where(*mine).order_by(_c.id)).scalars())


def by_id(tx: Tx, fact_id: int) -> HeldFact | None:
    row = tx.execute(_listed().where(_c.id == fact_id)).mappings().one_or_none()
    return None if row is None else HeldFact(**row)


def counts(tx: Tx, *, connection_id: int | None = None) -> dict[HeldRule, int]:
    """What is held, by rule."""
    query = sa.select(_c.rule, sa.func.count()).where(_c.state == HeldState.HELD).group_by(_c.rule)
    if connection_id is not None:
        query = query.where(_c.connection_id == connection_id)
    return {row[0]: row[1] for row in tx.execute(query)}


def release(tx: Tx, at: datetime, ids: Collection[int], reason: str, by: str) -> dict[int, int | None]:
    """Those that were held, by id, each with the person whom it is about."""
    done: dict[int, int | None] = {}
    for part in batches.parts(ids):
        changed = (
            held_fact.update()
            .where(_c.id.in_(part), _c.state == HeldState.HELD)
            .values(state=HeldState.RELEASED, reason=reason, released_by=by, released_at=at)
            .returning(_c.id, _c.person_id)
        )
        done |= {row.id: row.person_id for row in tx.execute(changed)}
    return dict(sorted(done.items()))


def hold_again(tx: Tx, fact: HeldFact) -> None:
    """As before the release: what the value was compared with is what the next one is compared with."""
    tx.execute(
        held_fact.update()
        .where(_c.id == fact.id)
        .values(state=HeldState.HELD, reason=None, released_by=None, released_at=None)
    )
    if fact.rule == HeldRule.HEADCOUNT:
        tx.execute(
            headcount.update()
            .where(headcount.c.connection_id == fact.connection_id)
            .values(people=int(fact.against))
        )
    if fact.rule in STEPS and fact.person_id is not None:
        amount, _other, currency = fact.against.partition(" ")
        day = date.fromisoformat(fact.subject.rsplit(":", 1)[-1])
        row = {
            "person_id": fact.person_id,
            "effective_on": day,
            "annual": Decimal(amount),
            "currency": currency,
        }
        upsert(tx, plausible_pay, [row], ["person_id"])


def mark_used(tx: Tx, at: datetime, people: Collection[int] | None = None) -> None:
    """Releases that a snapshot took in, or by which something was sent."""
    open_ones = held_fact.update().where(_c.state == HeldState.RELEASED, _c.used_at.is_(None))
    if people is None:
        tx.execute(open_ones.where(_c.cycle_id.is_(None)).values(used_at=at))
        return
    for part in batches.parts(people):
        tx.execute(open_ones.where(_c.person_id.in_(part)).values(used_at=at))
