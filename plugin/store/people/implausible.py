"""Finds the values that trip a rule, in a handful of set-based queries whatever the number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import HeldRule, HeldState, PayStep, Thresholds, jumps
from plugin.figures.countries import code_of, currencies_of
from plugin.store import batches
from plugin.store.database import Tx
from plugin.store.tables import (
    held_fact,
    inbox,
    pay,
    pay_range,
    person,
    plausible_pay,
    rating,
)

LOOKED_BACK = timedelta(days=366)  # pay that ended before is no longer judged
LARGE = sa.Numeric(38, 0)  # products of whole numbers in the database
PAY = (
    HeldRule.PAY_JUMP,
    HeldRule.CURRENCY_CHANGE,
    HeldRule.COMPA_RATIO,
    HeldRule.CURRENCY,
    HeldRule.PAY_BESIDE_PEERS,
)
ALONE = tuple(rule for rule in PAY if rule != HeldRule.PAY_BESIDE_PEERS)  # whatever others are paid
PERSONAL = (*ALONE, HeldRule.RATING_SCALE)
STEPS = (HeldRule.PAY_JUMP, HeldRule.CURRENCY_CHANGE)  # pay against the pay before it


@dataclass(frozen=True)
class Found:
    """A value that trips; ``subject`` names its record for good, ``value`` and ``against`` are said to HR."""

    rule: HeldRule
    subject: str
    value: str
    against: str
    person_id: int | None = None
    connection_id: int | None = None
    cycle_id: int | None = None
    run_id: int | None = None


def of_people(tx: Tx, thresholds: Thresholds, today: date, people: Collection[int] | None) -> list[Found]:
    """Whatever of ``people`` trips by itself (at most ``batches.SIZE``; None: of everybody)."""
    return [
        *_jumps(tx, thresholds, today, people),
        *_compa_ratios(tx, thresholds, today, people),
        *_currencies(tx, thresholds, today, people),
        *_ratings(tx, thresholds, people),
    ]


def said_money(amount: Decimal, currency: str) -> str:
    return f"{amount.normalize():f} {currency}"


def _whole(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.type_coerce(column, sa.BigInteger), LARGE)


def in_force(today: date, people: Collection[int] | None) -> sa.Subquery:
    """Pay that is in force now, was within the last year, or will be."""
    steps = (
        sa.select(
            pay.c.person_id,
            pay.c.effective_on,
            pay.c.annual,
            pay.c.currency,
            pay.c.inbox_id,
            sa.func.lag(pay.c.annual)
            .over(partition_by=pay.c.person_id, order_by=pay.c.effective_on)
            .label("before"),
            sa.func.lag(pay.c.currency)
            .over(partition_by=pay.c.person_id, order_by=pay.c.effective_on)
            .label("currency_before"),
            sa.func.lead(pay.c.effective_on)
            .over(partition_by=pay.c.person_id, order_by=pay.c.effective_on)
            .label("until"),
        )
        .where(batches.of(pay.c.person_id, people))
        .subquery()
    )
    since = today - LOOKED_BACK
    return sa.select(steps).where(sa.or_(steps.c.until.is_(None), steps.c.until > since)).subquery("in_force")


def _thousandths(factor: Decimal, rounding: str) -> sa.ColumnElement[Any]:
    """For candidates: the database multiplies whole numbers, with thresholds rounded so that none is missed."""
    return sa.cast(sa.literal(int((factor * 1000).to_integral_value(rounding))), LARGE)


def _far(
    now: sa.ColumnElement[Any], before: sa.ColumnElement[Any], factor: Decimal
) -> sa.ColumnElement[bool]:
    thousandths = _thousandths(factor, ROUND_FLOOR)
    return sa.or_(
        _whole(now) * 1000 >= _whole(before) * thousandths, _whole(now) * thousandths <= _whole(before) * 1000
    )


def _jumps(tx: Tx, thresholds: Thresholds, today: date, people: Collection[int] | None) -> Iterator[Found]:
    """Candidates by one query, then the few people one by one: a held value is nothing to compare the next with."""
    now, trusted = in_force(today, people), plausible_pay.c
    factor = thresholds.pay_factor
    query = (
        sa.select(now.c.person_id)
        .outerjoin(plausible_pay, trusted.person_id == now.c.person_id)
        .where(
            sa.or_(
                now.c.currency_before != now.c.currency,
                trusted.currency != now.c.currency,
                _far(now.c.annual, now.c.before, factor),
                _far(now.c.annual, trusted.annual, factor),
            )
        )
        .distinct()
    )
    candidates = list(tx.execute(query).scalars())
    for part in batches.parts(candidates):
        yield from _of_candidates(tx, thresholds, today, part)


def _of_candidates(tx: Tx, thresholds: Thresholds, today: date, people: list[int]) -> Iterator[Found]:
    steps: dict[int, list[Any]] = defaultdict(list)
    rows = (
        sa.select(pay, inbox.c.connection_id)
        .outerjoin(inbox, inbox.c.id == pay.c.inbox_id)
        .where(pay.c.person_id.in_(people))
        .order_by(pay.c.person_id, pay.c.effective_on)
    )
    for row in tx.execute(rows):
        steps[row.person_id].append(row)
    trusted = {
        row.person_id: PayStep(row.effective_on, row.annual, row.currency)
        for row in tx.execute(sa.select(plausible_pay).where(plausible_pay.c.person_id.in_(people)))
    }
    released, doubted = known(tx, people)
    for who, mine in steps.items():
        ends = [one.effective_on for one in mine[1:]] + [date.max]
        judged = []
        for one, end in zip(mine, ends, strict=True):
            key = (pay_subject(who, one.effective_on), said_money(one.annual, one.currency))
            is_judged = end > today - LOOKED_BACK and key not in released
            judged.append(PayStep(one.effective_on, one.annual, one.currency, is_judged, key in doubted))
        where = {one.effective_on: one.connection_id for one in mine}
        for step, last in jumps(judged, trusted.get(who), thresholds):
            yield Found(
                HeldRule.PAY_JUMP if step.currency == last.currency else HeldRule.CURRENCY_CHANGE,
                pay_subject(who, step.effective_on),
                said_money(step.annual, step.currency),
                said_money(last.annual, last.currency),
                who,
                where[step.effective_on],
            )


def pay_subject(person_id: int, day: date) -> str:
    return f"pay:{person_id}:{day.isoformat()}"


Keys = set[tuple[str, str]]


def known(tx: Tx, people: Collection[int]) -> tuple[Keys, Keys]:
    """Pay by record and value: what was released as a step, and what was held by any rule and never released."""
    c = held_fact.c
    query = sa.select(c.rule, c.subject, c.value, c.state).where(c.rule.in_(PAY), c.person_id.in_(people))
    released: Keys = set()
    doubted: Keys = set()
    accepted: Keys = set()
    for row in tx.execute(query):
        key = (row.subject, row.value)
        if row.state != HeldState.RELEASED:
            doubted.add(key)
            continue
        accepted.add(key)
        if row.rule in STEPS:
            released.add(key)
    return released, doubted - accepted


def _newest_ranges(today: date) -> sa.Subquery:
    rank = sa.func.row_number().over(
        partition_by=(pay_range.c.job_family, pay_range.c.level, pay_range.c.country),
        order_by=pay_range.c.effective_on.desc(),
    )
    ordered = sa.and_(
        pay_range.c.minimum <= pay_range.c.midpoint, pay_range.c.midpoint <= pay_range.c.maximum
    )
    ranked = (
        sa.select(pay_range, rank.label("rank")).where(pay_range.c.effective_on <= today, ordered).subquery()
    )
    return sa.select(ranked).where(ranked.c.rank == 1).subquery()


def with_range(
    now: sa.Subquery, today: date
) -> tuple[sa.Join, sa.ColumnElement[Decimal], sa.ColumnElement[str]]:
    """People and their range beside what is in force, with the range's midpoint and currency."""
    own, wide = _newest_ranges(today), _newest_ranges(today)
    job = [sa.func.coalesce(person.c[name], "") for name in ("job_family", "level", "country")]
    of_job = [sa.and_(one.c.job_family == job[0], one.c.level == job[1]) for one in (own, wide)]
    joined = (
        now.join(person, person.c.id == now.c.person_id)
        .outerjoin(own, sa.and_(of_job[0], own.c.country == job[2]))
        .outerjoin(wide, sa.and_(of_job[1], wide.c.country == ""))
    )
    midpoint = sa.func.coalesce(own.c.midpoint, wide.c.midpoint)
    return joined, midpoint, sa.func.coalesce(own.c.currency, wide.c.currency)


def _compa_ratios(
    tx: Tx, thresholds: Thresholds, today: date, people: Collection[int] | None
) -> Iterator[Found]:
    now = in_force(today, people)
    source, midpoint, currency = with_range(now, today)
    middle = _whole(midpoint)
    low, high = (
        _thousandths(thresholds.compa_low, ROUND_CEILING),
        _thousandths(thresholds.compa_high, ROUND_FLOOR),
    )
    query = (
        sa.select(
            now.c.person_id,
            now.c.effective_on,
            now.c.annual,
            now.c.currency,
            midpoint.label("midpoint"),
            inbox.c.connection_id,
        )
        .select_from(source.outerjoin(inbox, inbox.c.id == now.c.inbox_id))
        .where(
            is_employed(today),
            sa.or_(now.c.until.is_(None), now.c.until > today),
            currency == now.c.currency,
            middle > 0,
            sa.or_(_whole(now.c.annual) * 1000 < middle * low, _whole(now.c.annual) * 1000 > middle * high),
        )
    )
    for row in tx.execute(query):
        if thresholds.is_in_range(row.annual, row.midpoint):
            continue
        yield Found(
            HeldRule.COMPA_RATIO,
            pay_subject(row.person_id, row.effective_on),
            said_money(row.annual, row.currency),
            said_money(row.midpoint, row.currency),
            row.person_id,
            row.connection_id,
        )


def is_employed(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(sa.or_(person.c.left_on.is_(None), person.c.left_on > today), person.c.erased_at.is_(None))


def is_odd(country: str, currency: str, thresholds: Thresholds) -> bool:
    usual = currencies_of(country)
    return (
        bool(usual)
        and currency not in usual
        and f"{code_of(country)}:{currency}" not in thresholds.also_paid_in
    )


def tender(country: str) -> str:
    return "/".join(sorted(currencies_of(country)))


def _currencies(
    tx: Tx, thresholds: Thresholds, today: date, people: Collection[int] | None
) -> Iterator[Found]:
    now = in_force(today, people)
    joined = sa.join(now, person, person.c.id == now.c.person_id)
    is_now = sa.and_(is_employed(today), sa.or_(now.c.until.is_(None), now.c.until > today))
    pairs = (
        sa.select(person.c.country, now.c.currency).select_from(joined).where(is_now, person.c.country != "")
    )
    odd = [pair for pair in tx.execute(pairs.distinct()) if is_odd(*pair, thresholds)]
    for country, currency in odd:
        query = (
            sa.select(now.c.person_id, now.c.effective_on, now.c.annual, inbox.c.connection_id)
            .select_from(joined.outerjoin(inbox, inbox.c.id == now.c.inbox_id))
            .where(is_now, person.c.country == country, now.c.currency == currency)
        )
        for row in tx.execute(query):
            subject = pay_subject(row.person_id, row.effective_on)
            value = said_money(row.annual, currency)
            yield Found(HeldRule.CURRENCY, subject, value, tender(country), row.person_id, row.connection_id)


def _ratings(tx: Tx, thresholds: Thresholds, people: Collection[int] | None) -> Iterator[Found]:
    low, high = thresholds.rating_low, thresholds.rating_high
    query = (
        sa.select(rating.c.person_id, rating.c.period_ended_on, rating.c.score, inbox.c.connection_id)
        .outerjoin(inbox, inbox.c.id == rating.c.inbox_id)
        .where(batches.of(rating.c.person_id, people), sa.or_(rating.c.score < low, rating.c.score > high))
    )
    for row in tx.execute(query):
        subject = f"rating:{row.person_id}:{row.period_ended_on.isoformat()}"
        scale = f"{low.normalize():f}–{high.normalize():f}"
        yield Found(HeldRule.RATING_SCALE, subject, f"{row.score:f}", scale, row.person_id, row.connection_id)
