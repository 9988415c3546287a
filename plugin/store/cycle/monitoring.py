"""What became of a cycle's recommendations, counted in the database: accepted, changed, not given; nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import RecommendationStatus
from plugin.store.cycle import cycles, recommendations
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.tables import decision, participant, recommendation


@dataclass(frozen=True)
class Counts:
    """People of a cycle; those who are ``held`` are in nothing else. ``decided`` counts those who got a recommendation and a decision; up, unchanged and down add up to it.

    ``decided_alone`` got a decision without a recommendation.
    """

    held: int
    eligible: int
    recommended: int
    abstained: int
    not_eligible: int
    decided: int
    decided_alone: int
    up: int
    unchanged: int
    down: int


def _count(rule: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((rule, 1), else_=0)), 0)


def counts(tx: Tx, cycle_id: int) -> Counts:
    """All zero for a cycle without recommendations."""
    made = sa.and_(
        decision.c.cycle_id == participant.c.cycle_id, decision.c.person_id == participant.c.person_id
    )
    eligible = recommendation.c.status != RecommendationStatus.INELIGIBLE
    recommended = sa.and_(eligible, recommendation.c.percent.is_not(None))
    silent = sa.and_(eligible, recommendation.c.percent.is_(None))
    has = decision.c.percent.is_not(None)
    changed = sa.and_(recommended, has, sa.not_(decision.c.is_unchanged))
    columns = (
        _count(eligible),
        _count(recommended),
        _count(silent),
        _count(sa.not_(eligible)),
        _count(sa.and_(recommended, has)),
        _count(sa.and_(silent, has)),
        _count(sa.and_(changed, decision.c.percent > recommendation.c.percent)),
        _count(sa.and_(recommended, has, decision.c.is_unchanged)),
        _count(sa.and_(changed, decision.c.percent < recommendation.c.percent)),
    )
    joined = recommendations.standing().outerjoin(decision, made)
    held = participant.c.person_id.in_(withheld.held_in(cycle_id)).label("is_held")
    query = sa.select(held, sa.func.count(), *columns).select_from(joined)
    query = query.where(participant.c.cycle_id == cycle_id).group_by(held.name)
    rows = {bool(row[0]): [int(value) for value in row[1:]] for row in tx.execute(query)}
    number = rows[True][0] if True in rows else 0
    return Counts(number, *(rows[False][1:] if False in rows else [0] * len(columns)))


def abstentions(tx: Tx, cycle_id: int) -> list[tuple[str, int]]:
    """Code and number of people for whom the advisor gives no number, most frequent first."""
    number, code = sa.func.count().label("n"), recommendation.c.abstain_code
    query = (
        sa.select(code, number)
        .select_from(recommendations.standing())
        .where(cycles.counts(cycle_id), recommendation.c.status == RecommendationStatus.ABSTAINED)
        .group_by(code)
        .order_by(number.desc(), code)
    )
    return [(row.abstain_code or "unknown", row.n) for row in tx.execute(query)]


def last_decided(tx: Tx, cycle_id: int) -> datetime | None:
    """When a figure was last decided; None when nothing is."""
    mine = sa.and_(decision.c.cycle_id == cycle_id, decision.c.percent.is_not(None))
    return tx.execute(
        sa.select(decision.c.decided_at).where(mine).order_by(decision.c.decided_at.desc()).limit(1)
    ).scalar()
