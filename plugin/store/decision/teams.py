"""Sums per team for those who look at many teams at once: one query, whatever the number of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import DecisionState, RecommendationStatus
from plugin.store.column_types import total
from plugin.store.cycle import cycles, pools, recommendations
from plugin.store.database import Tx
from plugin.store.decision.scope import NO_MANAGER, Viewer, visible_query
from plugin.store.people import withheld
from plugin.store.tables import decision, participant, recommendation

ZERO = Decimal(0)


@dataclass(frozen=True)
class TeamSums:
    """One manager's direct reports that take part. Money is a year's, in the cycle's currency; counts are of rows. ``held``: who
    gets no figure for now, and is in nothing else.

    ``for_hr`` counts waiting rows that only HR may approve. Used and planned are raises and lump sums beyond what is reserved,
    cost and planned cost all of them; payroll and budget are of those whom a pool pays for.
    """

    manager_id: int
    manager_name: str
    reports_to: int | None
    held: int
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
    cost: Decimal
    planned_cost: Decimal
    payroll: Decimal
    budget: Decimal

    def with_more(self, part: TeamSums) -> TeamSums:
        """Together with others of the same team."""
        mine, more = astuple(self), astuple(part)
        return TeamSums(*mine[:3], *(one + other for one, other in zip(mine[3:], more[3:], strict=True)))


def _count(rule: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((rule, 1), else_=0)), 0)


def sums(tx: Tx, cycle_id: int, viewer: Viewer, managers: Collection[int]) -> list[TeamSums]:
    """The teams of ``managers`` with people that ``viewer`` may see. People without a manager are one team (HR's), number 0."""
    rates = {one.code: one.rate for one in pools.of_cycle(tx, cycle_id)}
    made: dict[int, TeamSums] = {}
    for row in tx.execute(_by_pool(cycle_id, viewer, managers)):
        is_held, people, *lead = row[:5]
        values = (
            [people, *[0] * 8, *[ZERO] * 6] if is_held else [0, *row[5:-2], *_pay(row[-2], row[-1], rates)]
        )
        part = TeamSums(*(*lead, *values))
        before = made.get(part.manager_id)
        made[part.manager_id] = part if before is None else before.with_more(part)
    wanted = frozenset(managers)  # people who are said to lead themselves bring in the team of nobody
    return [team for team in made.values() if team.manager_id in wanted]


def _pay(pool: str | None, paid: Decimal, rates: Mapping[str, Decimal]) -> tuple[Decimal, Decimal]:
    """Payroll and budget of those whom a pool pays for."""
    return (ZERO, ZERO) if pool is None or pool not in rates else (paid, paid * rates[pool])


def _by_pool(cycle_id: int, viewer: Viewer, managers: Collection[int]) -> sa.Select[Any]:
    """Team by team and pool by pool: who leads, counts and sums, and at last the pool and the pay."""
    lead = participant.alias("lead")
    allowed = visible_query(cycle_id, viewer).subquery()
    eligible = recommendation.c.status != RecommendationStatus.INELIGIBLE
    decided = sa.and_(eligible, decision.c.percent.is_not(None))
    waits = sa.and_(eligible, decision.c.state == DecisionState.SUBMITTED)
    held = withheld.is_held(participant.c.person_id, cycle_id).label("is_held")
    columns = (
        held,
        sa.func.count(),
        sa.func.coalesce(lead.c.person_id, NO_MANAGER),
        sa.func.coalesce(lead.c.display_name, ""),
        lead.c.manager_id,
        _count(eligible),
        _count(sa.not_(eligible)),
        _count(decided),
        _count(sa.and_(decided, decision.c.is_unchanged)),
        _count(sa.and_(decided, decision.c.is_outside)),
        _count(waits),
        _count(sa.and_(eligible, decision.c.state.in_((DecisionState.APPROVED, DecisionState.EXPORTED)))),
        _count(sa.and_(waits, decision.c.needs_hr)),
        total(decision.c.budget_cost, eligible),
        total(recommendation.c.budget_cost, eligible),
        total(decision.c.cost, eligible),
        total(recommendation.c.planned_amount, eligible),
        recommendation.c.pool,
        total(recommendation.c.paid),
    )
    of_lead = (
        (lead.c.cycle_id == cycle_id)
        & (lead.c.person_id == participant.c.manager_id)
        & (lead.c.person_id != participant.c.person_id)
    )
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    return (
        sa.select(*columns)
        .select_from(recommendations.standing().outerjoin(decision, mine).outerjoin(lead, of_lead))
        .where(participant.c.cycle_id == cycle_id, participant.c.person_id.in_(sa.select(allowed.c[0])))
        .where(_led_by(managers, lead))
        .group_by(lead.c.person_id, lead.c.display_name, lead.c.manager_id, recommendation.c.pool, held.name)
        .order_by(lead.c.display_name, lead.c.person_id)
    )


def _led_by(managers: Collection[int], lead: sa.FromClause) -> sa.ColumnElement[bool]:
    named = participant.c.manager_id.in_(managers)
    return sa.or_(named, lead.c.person_id.is_(None)) if NO_MANAGER in managers else named


def undecided(tx: Tx, cycle_id: int, done: tuple[str, ...]) -> tuple[int, int]:
    """People who take part and have no decision in one of the states ``done``; and how many of them are held."""
    finished = sa.select(decision.c.person_id).where(
        decision.c.cycle_id == cycle_id, decision.c.state.in_(done)
    )
    held = sa.case((withheld.is_held(participant.c.person_id, cycle_id), 1), else_=0)
    query = (
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(held), 0))
        .select_from(recommendations.standing())
        .where(participant.c.cycle_id == cycle_id, recommendation.c.status != RecommendationStatus.INELIGIBLE)
        .where(participant.c.person_id.not_in(finished))
    )
    left, of_them_held = tx.execute(query).one()
    return left, of_them_held


@dataclass(frozen=True)
class CycleSums:
    """All who take part in a cycle together, but those who are held; money a year in its currency: ``planned`` beyond what is
    reserved, ``cost`` with it.

    ``recommended``: how many of the eligible are given a number.
    """

    eligible: int
    recommended: int
    cost: Decimal
    planned: Decimal
    payroll: Decimal


def cycle_sums(tx: Tx, cycle_id: int) -> CycleSums:
    """Zeros before any recommendation was made."""
    query = (
        sa.select(
            sa.func.count(),
            sa.func.count(recommendation.c.percent),
            total(recommendation.c.planned_amount),
            total(recommendation.c.budget_cost),
            total(recommendation.c.paid),
        )
        .select_from(recommendations.standing())
        .where(cycles.counts(cycle_id), recommendation.c.status != RecommendationStatus.INELIGIBLE)
    )
    return CycleSums(*tx.execute(query).one())
