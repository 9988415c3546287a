"""Finds what trips as a whole: pay ranges, the raises of a run, the headcount of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import HeldRule, Thresholds
from plugin.store.database import Tx
from plugin.store.people.implausible import Found, is_employed, is_odd, said_money, tender
from plugin.store.tables import headcount, inbox, past_raise, pay_range, person

LEAST_COLUMN = 3  # raises that make a column
RANGES = (HeldRule.RANGE_ORDER, HeldRule.RANGE_CURRENCY)
SHARED = (*RANGES, HeldRule.RAISES_COLUMN, HeldRule.HEADCOUNT)


def of_wholes(tx: Tx, thresholds: Thresholds, people: Mapping[int, int]) -> list[Found]:
    """Whatever trips of ranges, raises and connections, which have so many ``people`` now."""
    return [
        *of_ranges(tx, thresholds),
        *_columns(tx, thresholds),
        *_headcounts(tx, thresholds, people),
    ]


def of_ranges(tx: Tx, thresholds: Thresholds) -> list[Found]:
    return [*_range_orders(tx), *_range_currencies(tx, thresholds)]


def range_subject(job_family: str, level: str, country: str, day: date) -> str:
    return f"range:{day.isoformat()}:{country}:{level}:{job_family}"


def _ranges(tx: Tx, *rules: sa.ColumnElement[bool]) -> Iterable[Any]:
    query = sa.select(pay_range, inbox.c.connection_id).outerjoin(inbox, inbox.c.id == pay_range.c.inbox_id)
    return tx.execute(query.where(*rules))


def _range_orders(tx: Tx) -> Iterator[Found]:
    c = pay_range.c
    for row in _ranges(tx, sa.or_(c.minimum > c.midpoint, c.midpoint > c.maximum)):
        ends = " / ".join(f"{end.normalize():f}" for end in (row.minimum, row.midpoint, row.maximum))
        subject = range_subject(row.job_family, row.level, row.country, row.effective_on)
        job = " ".join(part for part in (row.job_family, row.level, row.country) if part)
        yield Found(
            HeldRule.RANGE_ORDER,
            subject,
            f"{ends} {row.currency}",
            job[:200],
            connection_id=row.connection_id,
        )


def _range_currencies(tx: Tx, thresholds: Thresholds) -> Iterator[Found]:
    c = pay_range.c
    pairs = tx.execute(sa.select(c.country, c.currency).where(c.country != "").distinct()).all()
    for country, currency in (pair for pair in pairs if is_odd(*pair, thresholds)):
        for row in _ranges(tx, c.country == country, c.currency == currency):
            subject = range_subject(row.job_family, row.level, row.country, row.effective_on)
            value = said_money(row.midpoint, currency)
            yield Found(
                HeldRule.RANGE_CURRENCY, subject, value, tender(country), connection_id=row.connection_id
            )


def _columns(tx: Tx, thresholds: Thresholds) -> Iterator[Found]:
    """The raises that one run brought: all of them below what a raise is."""
    largest = sa.func.max(past_raise.c.percent)
    query = (
        sa.select(inbox.c.connection_id, inbox.c.run_id, largest.label("largest"), sa.func.count().label("n"))
        .join(inbox, inbox.c.id == past_raise.c.inbox_id)
        .where(past_raise.c.percent > Decimal(0))
        .group_by(inbox.c.connection_id, inbox.c.run_id)
        .having(largest < thresholds.raises_percent, sa.func.count() >= LEAST_COLUMN)
    )
    for row in tx.execute(query):
        yield Found(
            HeldRule.RAISES_COLUMN,
            f"raises:{row.connection_id}:{row.run_id or 0}",
            f"{row.largest.normalize():f}% × {row.n}",
            f"{thresholds.raises_percent.normalize():f}%",
            connection_id=row.connection_id,
            run_id=row.run_id,
        )


def headcounts(tx: Tx, today: date) -> dict[int, int]:
    """Employed people by connection."""
    query = (
        sa.select(person.c.connection_id, sa.func.count())
        .where(person.c.connection_id.is_not(None), is_employed(today))
        .group_by(person.c.connection_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _headcounts(tx: Tx, thresholds: Thresholds, now: Mapping[int, int]) -> Iterator[Found]:
    for row in tx.execute(sa.select(headcount)):
        people = now.get(row.connection_id, 0)
        if thresholds.is_headcount_change(people, row.people):
            subject = f"headcount:{row.connection_id}"
            yield Found(
                HeldRule.HEADCOUNT, subject, str(people), str(row.people), connection_id=row.connection_id
            )
