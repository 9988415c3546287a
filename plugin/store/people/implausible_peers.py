"""Finds first pay that is far from what others in the same job are paid, where neither earlier pay nor a range tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

import sqlalchemy as sa

from plugin.domain import LEAST_PEERS, HeldRule, HeldState, Thresholds
from plugin.store import batches
from plugin.store.column_types import ROUNDED_MONEY
from plugin.store.database import Tx
from plugin.store.people.implausible import (
    ALONE,
    PAY,
    Found,
    in_force,
    is_employed,
    known,
    pay_subject,
    said_money,
    with_range,
)
from plugin.store.tables import held_fact, inbox, pay, person


class Alike(StrEnum):
    """What makes peers of people in one country who are paid in one currency, the first that is known of somebody."""

    LEVEL = "level"
    JOB = "job"
    COUNTRY = "country"


UNIT: int = 10**ROUNDED_MONEY.digits
Group: TypeAlias = tuple[Alike, str, str, str]  # currency, country, and the level or job

_KEYS: dict[Alike, sa.ColumnElement[str]] = {
    Alike.LEVEL: sa.func.coalesce(person.c.level, ""),
    Alike.JOB: sa.func.coalesce(sa.func.nullif(person.c.job_family, ""), person.c.job_title, ""),
    Alike.COUNTRY: sa.literal(""),
}
_COUNTRY = sa.func.coalesce(person.c.country, "")


@dataclass(frozen=True)
class Members:
    """A group's pay in force, sorted, in ten-thousandths as the database has it."""

    pay: Sequence[int]

    def median_beside(self, own: int | None) -> Decimal | None:
        """Of the others; ``own``: the pay of a member, who is no peer of themself. None: too few others."""
        others = len(self.pay) - (own is not None)
        if others < LEAST_PEERS:
            return None
        return Decimal(self._at((others - 1) // 2, own) + self._at(others // 2, own)) / (2 * UNIT)

    def _at(self, place: int, own: int | None) -> int:
        there = self.pay[place]
        return there if own is None or there < own else self.pay[place + 1]


def groups(tx: Tx, today: date, people: Collection[int] | None) -> dict[Group, Members]:
    """Whom ``people`` (None: everybody) are compared with, by everybody's pay in force."""
    wanted: dict[Alike, set[tuple[str, str]]] = {}
    for part in [None] if people is None else batches.parts(people):
        now = _candidates(today, part).subquery().c
        for row in tx.execute(sa.select(now.country, now.level, now.job).distinct()):
            alike, key = _alike(row)
            wanted.setdefault(alike, set()).add((row.country, key))
    found: dict[Group, list[int]] = defaultdict(list)
    for alike, keys in sorted(wanted.items()):
        for currency, country, key, units in tx.execute(_members(today, _KEYS[alike], keys)):
            if (country, key) in keys:
                found[alike, currency, country, key].append(units)
    return {group: Members(sorted(amounts)) for group, amounts in found.items()}


def _alike(row: Any) -> tuple[Alike, str]:
    if row.level:
        return Alike.LEVEL, row.level
    return (Alike.JOB, row.job) if row.job else (Alike.COUNTRY, "")


def _members(today: date, key: sa.ColumnElement[str], wanted: Collection[tuple[str, str]]) -> sa.Select[Any]:
    later = pay.alias("later")
    is_over = sa.exists().where(
        later.c.person_id == pay.c.person_id,
        later.c.effective_on > pay.c.effective_on,
        later.c.effective_on <= today,
    )
    return (
        sa.select(pay.c.currency, _COUNTRY, key, sa.type_coerce(pay.c.annual, sa.BigInteger))
        .join(person, person.c.id == pay.c.person_id)
        .where(
            is_employed(today),
            _among(_COUNTRY, {country for country, _key in wanted}),
            _among(key, {one for _country, one in wanted}),
            pay.c.effective_on <= today,
            ~is_over,
            ~_is_doubted_alone(person.c.id),
        )
    )


def _among(column: sa.ColumnElement[str], keys: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.true() if len(keys) > batches.SIZE else column.in_(sorted(keys))


def _is_doubted_alone(who: sa.ColumnElement[int]) -> sa.Exists:
    """Whether pay of theirs is held by what it is itself: what it is beside others decides nothing about the others."""
    c = held_fact.c
    return sa.exists().where(c.person_id == who, c.state == HeldState.HELD, c.rule.in_(ALONE))


def _candidates(today: date, people: Collection[int] | None) -> sa.Select[Any]:
    """Pay in force, or to come, that nothing of the person's own is there to be compared with but pay that was doubted."""
    now = in_force(today, people)
    source, midpoint, currency = with_range(now, today)
    doubted = sa.exists().where(
        held_fact.c.person_id == now.c.person_id,
        held_fact.c.rule.in_(PAY),
        held_fact.c.state != HeldState.RELEASED,
    )
    return (
        sa.select(
            now.c.person_id,
            now.c.effective_on,
            now.c.annual,
            now.c.currency,
            now.c.before,
            inbox.c.connection_id,
            _COUNTRY.label("country"),
            _KEYS[Alike.LEVEL].label("level"),
            _KEYS[Alike.JOB].label("job"),
            _is_doubted_alone(now.c.person_id).label("is_no_peer"),
        )
        .select_from(source.outerjoin(inbox, inbox.c.id == now.c.inbox_id))
        .where(
            is_employed(today),
            sa.or_(now.c.until.is_(None), now.c.until > today),
            sa.or_(midpoint.is_(None), midpoint <= Decimal(0), currency != now.c.currency),
            sa.or_(now.c.before.is_(None), sa.and_(now.c.effective_on <= today, doubted)),
        )
    )


def of_people(
    tx: Tx,
    thresholds: Thresholds,
    today: date,
    people: Collection[int] | None,
    groups: Mapping[Group, Members],
) -> list[Found]:
    """Whose pay is far from the median of their peers, of ``people`` (at most ``batches.SIZE``; None: of everybody)."""
    found = []
    rows = list(tx.execute(_candidates(today, people)))
    known_before = _with_earlier_pay(tx, [row for row in rows if row.before is not None])
    for row in rows:
        alike, key = _alike(row)
        members = groups.get((alike, row.currency, row.country, key))
        is_member = row.effective_on <= today and not row.is_no_peer
        median = members.median_beside(int(row.annual * UNIT) if is_member else None) if members else None
        if median is None or row.person_id in known_before or thresholds.is_beside(row.annual, median):
            continue
        found.append(
            Found(
                HeldRule.PAY_BESIDE_PEERS,
                pay_subject(row.person_id, row.effective_on),
                said_money(row.annual, row.currency),
                said_money(median, row.currency),
                row.person_id,
                row.connection_id,
            )
        )
    return found


def _with_earlier_pay(tx: Tx, rows: list[Any]) -> set[int]:
    """Whose earlier pay counts: it was never held, or it was released."""
    until = {row.person_id: row.effective_on for row in rows}
    found = set()
    for part in batches.parts(until):
        _released, doubted = known(tx, part)
        c = pay.c
        for row in tx.execute(sa.select(pay).where(c.person_id.in_(part))):
            subject = pay_subject(row.person_id, row.effective_on)
            is_earlier = row.effective_on < until[row.person_id]
            if is_earlier and (subject, said_money(row.annual, row.currency)) not in doubted:
                found.add(row.person_id)
    return found
