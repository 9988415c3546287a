"""What was known of everybody on one day, read in a handful of set-based queries whatever the number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import HeldRule
from plugin.store import batches
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.people.implausible import PAY
from plugin.store.people.implausible_wholes import range_subject
from plugin.store.tables import (
    past_raise,
    pay,
    pay_range,
    person,
    rating,
)


@dataclass(frozen=True)
class Employed:
    """A person who works for the company on the day. Job and place are as they are now: their history is not stored."""

    person_id: int
    display_name: str
    manager_id: int | None
    job_title: str | None
    job_family: str
    level: str
    org_unit: str
    country: str
    hired_on: date | None
    fte: Decimal


@dataclass(frozen=True)
class PayOn:
    """Base pay on the day; ``changed_on`` is the day of the last change of pay, None when it never changed."""

    annual: Decimal
    currency: str
    changed_on: date | None


@dataclass(frozen=True)
class RangeOn:
    minimum: Decimal
    midpoint: Decimal
    maximum: Decimal
    currency: str
    is_held: bool = False  # it tripped a rule, and there is no earlier one


@dataclass(frozen=True)
class RatingOn:
    score: Decimal
    label: str | None


def employed(tx: Tx, on: date, *, people: Collection[int] | None = None) -> list[Employed]:
    """By id; hired by then (or of unknown hiring day) and not gone yet."""
    columns = (
        person.c.id,
        person.c.display_name,
        person.c.manager_id,
        person.c.job_title,
        sa.func.coalesce(person.c.job_family, ""),
        sa.func.coalesce(person.c.level, ""),
        sa.func.coalesce(person.c.org_unit, ""),
        sa.func.coalesce(person.c.country, ""),
        person.c.hired_on,
        person.c.fte,
    )
    query = sa.select(*columns).where(
        sa.or_(person.c.hired_on.is_(None), person.c.hired_on <= on),
        sa.or_(person.c.left_on.is_(None), person.c.left_on > on),
        person.c.erased_at.is_(None),
        person.c.merged_into_id.is_(None),
        batches.of(person.c.id, people),
    )
    found: list[Any] = list(tx.execute(query.order_by(person.c.id)))
    return [Employed(*row) for row in found]


def pay_on(tx: Tx, on: date, *, people: Collection[int] | None = None) -> dict[int, PayOn]:
    """By person (or of ``people``), of pay that is not held. A first pay, and a record that repeats the pay before it, is no change."""
    before = sa.func.lag(pay.c.annual).over(partition_by=pay.c.person_id, order_by=pay.c.effective_on)
    rank = sa.func.row_number().over(partition_by=pay.c.person_id, order_by=pay.c.effective_on.desc())
    steps = (
        sa.select(
            pay.c.person_id,
            pay.c.effective_on,
            pay.c.annual,
            pay.c.currency,
            before.label("before"),
            rank.label("rank"),
        )
        .where(
            pay.c.effective_on <= on,
            batches.of(pay.c.person_id, people),
            withheld.counts(pay, pay.c.effective_on, PAY),
        )
        .subquery()
    )
    moved = sa.and_(steps.c.before.is_not(None), steps.c.before != steps.c.annual)
    changed = (
        sa.select(steps.c.person_id, sa.func.max(steps.c.effective_on).label("changed_on"))
        .where(moved)
        .group_by(steps.c.person_id)
        .subquery()
    )
    query = (
        sa.select(steps.c.person_id, steps.c.annual, steps.c.currency, changed.c.changed_on)
        .outerjoin(changed, changed.c.person_id == steps.c.person_id)
        .where(steps.c.rank == 1)
    )
    return {row[0]: PayOn(*row[1:]) for row in tx.execute(query)}


def ranges_on(tx: Tx, on: date, *, held: Collection[str] = ()) -> dict[tuple[str, str, str], RangeOn]:
    """By job family, level and country: the newest that is in force on the day and not ``held`` (by its subject)."""
    query = sa.select(pay_range).where(pay_range.c.effective_on <= on).order_by(pay_range.c.effective_on)
    found: dict[tuple[str, str, str], RangeOn] = {}
    for row in tx.execute(query):
        key = (row.job_family, row.level, row.country)
        is_held = bool(held) and range_subject(*key, row.effective_on) in held
        if not (is_held and key in found):
            found[key] = RangeOn(row.minimum, row.midpoint, row.maximum, row.currency, is_held)
    return found


def ratings_on(
    tx: Tx, on: date, *, people: Collection[int] | None = None
) -> dict[int, tuple[RatingOn, RatingOn | None]]:
    """By person (or of ``people``): the newest rating that is not held and whose period had ended, and the one before it."""
    rank = sa.func.row_number().over(
        partition_by=rating.c.person_id, order_by=rating.c.period_ended_on.desc()
    )
    ranked = (
        sa.select(rating.c.person_id, rating.c.score, rating.c.label, rank.label("rank"))
        .where(
            rating.c.period_ended_on <= on,
            batches.of(rating.c.person_id, people),
            withheld.counts(rating, rating.c.period_ended_on, (HeldRule.RATING_SCALE,)),
        )
        .subquery()
    )
    found: dict[int, list[RatingOn]] = defaultdict(list)
    query = sa.select(ranked).where(ranked.c.rank <= 2).order_by(ranked.c.person_id, ranked.c.rank)
    for row in tx.execute(query):
        found[row.person_id].append(RatingOn(row.score, row.label))
    return {who: (both[0], both[1] if len(both) > 1 else None) for who, both in found.items()}


def raises_between(tx: Tx, after: date, until: date) -> dict[int, Decimal]:
    """By person: the percent of the raises with ``after`` < effective day <= ``until``, added up."""
    query = sa.select(past_raise.c.person_id, past_raise.c.percent).where(
        past_raise.c.effective_on > after, past_raise.c.effective_on <= until, withheld.raise_counts()
    )
    found: dict[int, Decimal] = defaultdict(Decimal)
    for who, percent in tx.execute(query):
        found[who] += percent
    return found


def raise_days(tx: Tx) -> list[tuple[date, int]]:
    """Each day on which past raises took effect, with their number, oldest first."""
    query = (
        sa.select(past_raise.c.effective_on, sa.func.count())
        .where(withheld.raise_counts())
        .group_by(past_raise.c.effective_on)
    )
    return [(day, n) for day, n in tx.execute(query.order_by(past_raise.c.effective_on))]
