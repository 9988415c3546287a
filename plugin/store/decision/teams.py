"""Sums per team for those who look at many teams at once: one query, whatever the number of people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from plugin.store.cycle import recommendations
from plugin.store.cycle.pools import beyond_reserved, paid_once
from plugin.store.database import Tx
from plugin.store.decision.scope import NO_MANAGER, Viewer, visible_query
from plugin.store.tables import decision, participant, pool, recommendation


@dataclass(frozen=True)
class TeamSums:
    """One manager's direct reports that take part. Money is a year's, in the cycle's currency; counts are of rows.

    ``for_hr`` counts waiting rows that only HR may approve. Used and planned are raises and lump sums beyond what is reserved;
    payroll and budget are of those whom a pool pays for.
    """

    manager_id: int
    manager_name: str
    reports_to: int | None
    total: int
    not_eligible: int
    decided: int
    unchanged: int
    outside: int
    waiting: int
    approved: int
    for_hr: int
    used: Decimal
    planned: Decimal
    payroll: Decimal
    budget: Decimal


NOTHING = 1e-9
HALF_STEP = 0.05 + NOTHING  # figures are compared as shown, to one decimal


def _number(column: sa.ColumnElement[Decimal] | sa.Column[Decimal]) -> sa.ColumnElement[float]:
    return sa.cast(column, sa.Float)


def _count(rule: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((rule, 1), else_=0)), 0)


def _sum(rule: sa.ColumnElement[bool], value: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    return sa.func.coalesce(sa.func.sum(sa.case((rule, value), else_=0.0)), 0.0)


def sums(
    tx: Tx, cycle_id: int, viewer: Viewer, big_deviation: Decimal, managers: Collection[int]
) -> list[TeamSums]:
    """The teams of ``managers`` with people that ``viewer`` may see. People without a manager are one team (HR's), number 0."""
    lead = participant.alias("lead")
    allowed = visible_query(cycle_id, viewer).subquery()
    eligible = recommendation.c.status != "ineligible"
    funded = pool.c.own_payroll.is_not(None)
    own = sa.case((_number(pool.c.own_payroll) > 0, _number(pool.c.own_payroll)), else_=1.0)
    rate = _number(pool.c.own_funding) / own
    percent, state = _number(decision.c.percent), decision.c.state
    decided = sa.and_(eligible, decision.c.percent.is_not(None))
    beside = sa.or_(
        percent < _number(recommendation.c.low) - HALF_STEP,
        percent >= _number(recommendation.c.high) + HALF_STEP,
    )
    beyond = sa.or_(  # two decimals, as stored
        percent < _number(recommendation.c.policy_minimum) - NOTHING,
        percent > _number(recommendation.c.policy_maximum) + NOTHING,
    )
    far = sa.func.abs(percent - _number(recommendation.c.planned_percent)) > float(big_deviation)
    same = sa.func.abs(percent - _number(recommendation.c.percent)) < HALF_STEP
    columns = (
        sa.func.coalesce(lead.c.person_id, NO_MANAGER),
        sa.func.coalesce(lead.c.display_name, ""),
        lead.c.manager_id,
        _count(eligible),
        _count(sa.not_(eligible)),
        _count(decided),
        _count(sa.and_(decided, recommendation.c.percent.is_not(None), same)),
        _count(sa.and_(decided, beside)),
        _count(sa.and_(eligible, state == "submitted")),
        _count(sa.and_(eligible, state.in_(("approved", "exported")))),
        _count(sa.and_(decided, state == "submitted", sa.or_(beyond, sa.and_(far, beside)))),
        _sum(decided, beyond_reserved(_number(decision.c.amount) + paid_once())),
        _sum(eligible, beyond_reserved(_number(recommendation.c.planned_amount))),
        _sum(funded, _number(recommendation.c.paid)),
        _sum(funded, _number(recommendation.c.paid) * rate),
    )
    query = (
        sa.select(*columns)
        .select_from(recommendations.standing())
        .outerjoin(pool, (pool.c.cycle_id == cycle_id) & (pool.c.code == recommendation.c.pool))
        .outerjoin(
            decision,
            (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id),
        )
        .outerjoin(
            lead,
            (lead.c.cycle_id == cycle_id)
            & (lead.c.person_id == participant.c.manager_id)
            & (lead.c.person_id != participant.c.person_id),
        )
        .where(participant.c.cycle_id == cycle_id, participant.c.person_id.in_(sa.select(allowed.c[0])))
        .where(_led_by(managers, lead))
        .group_by(lead.c.person_id, lead.c.display_name, lead.c.manager_id)
        .order_by(lead.c.display_name, lead.c.person_id)
    )
    made = [_made(list(row)) for row in tx.execute(query)]
    wanted = frozenset(managers)  # people who are said to lead themselves bring in the team of nobody
    return [team for team in made if team.manager_id in wanted]


def _led_by(managers: Collection[int], lead: sa.FromClause) -> sa.ColumnElement[bool]:
    named = participant.c.manager_id.in_(managers)
    return sa.or_(named, lead.c.person_id.is_(None)) if NO_MANAGER in managers else named


def _made(row: list[object]) -> TeamSums:
    cents = [Decimal(str(round(float(str(value)), 2))) for value in row[11:]]
    return TeamSums(*row[:11], *cents)  # type: ignore[arg-type]  # the columns' order is that of the fields


def undecided(tx: Tx, cycle_id: int, done: tuple[str, ...]) -> int:
    """People who take part and have no decision in one of the states ``done``."""
    finished = sa.select(decision.c.person_id).where(
        decision.c.cycle_id == cycle_id, decision.c.state.in_(done)
    )
    query = (
        sa.select(sa.func.count())
        .select_from(recommendations.standing())
        .where(participant.c.cycle_id == cycle_id, recommendation.c.status != "ineligible")
        .where(participant.c.person_id.not_in(finished))
    )
    return int(tx.execute(query).scalar_one())


@dataclass(frozen=True)
class CycleSums:
    """All who take part in a cycle together; money a year in its currency, planned beyond what is reserved."""

    eligible: int
    planned: Decimal
    payroll: Decimal


def cycle_sums(tx: Tx, cycle_id: int) -> CycleSums:
    """Zeros before any advice was made."""
    planned, paid = beyond_reserved(_number(recommendation.c.planned_amount)), _number(recommendation.c.paid)
    query = (
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(planned), 0.0),
            sa.func.coalesce(sa.func.sum(paid), 0.0),
        )
        .select_from(recommendations.standing())
        .where(participant.c.cycle_id == cycle_id, recommendation.c.status != "ineligible")
    )
    count, total, payroll = tx.execute(query).one()
    return CycleSums(count, Decimal(str(round(total, 2))), Decimal(str(round(payroll, 2))))
