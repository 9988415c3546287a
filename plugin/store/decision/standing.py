"""Where one team stands, in one query: what a manager's page says beside its rows, whatever the team's size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain import DecisionState, RecommendationStatus, Reveal
from plugin.store.column_types import total
from plugin.store.cycle.cycles import led_by
from plugin.store.database import Tx
from plugin.store.decision.scope import Viewer, visible_query
from plugin.store.people import withheld
from plugin.store.tables import audit, decision, participant, pool, recommendation

ZERO = Decimal(0)
REACHED = {
    DecisionState.SUBMITTED: 1,
    DecisionState.APPROVED: 2,
    DecisionState.FAILED: 2,
    DecisionState.EXPORTED: 3,
}
EDITABLE = (DecisionState.OPEN, DecisionState.DECIDED, DecisionState.SENT_BACK)


@dataclass(frozen=True)
class Standing:
    """Counts of rows, money a year, points. ``people`` are all that the viewer sees; ``held`` are those of them who get no figure
    for now: neither they nor their money are in anything else. The others are only those that take part.

    ``reasons``: outside the range without a reason, or without the note that a reason asks for; ``outside`` counts them too.
    ``used`` and ``planned`` are what counts against the budget, ``cost`` and ``planned_cost`` all of it, with what pools of their own
    pay. ``hidden``: the recommendation is not shown yet. ``step``: how far the slowest row has come. ``top``: the largest figure.
    """

    people: int = 0
    held: int = 0
    eligible: int = 0
    decided: int = 0
    reasons: int = 0
    outside: int = 0
    unchanged: int = 0
    editable: int = 0
    submitted: int = 0
    hidden: int = 0
    step: int | None = None
    top: Decimal = ZERO
    used: Decimal = ZERO
    planned: Decimal = ZERO
    cost: Decimal = ZERO
    planned_cost: Decimal = ZERO
    payroll: Decimal = ZERO
    budget: Decimal = ZERO

    def with_more(self, part: Standing) -> Standing:
        """Together with others of the same team."""
        mine, more = vars(self), vars(part)
        added = {name: mine[name] + more[name] for name in mine if name not in ("step", "top")}
        steps = [one for one in (self.step, part.step) if one is not None]
        return Standing(**added, step=min(steps, default=None), top=max(self.top, part.top))


COUNTS = tuple(Standing.__dataclass_fields__)[2:11]


@dataclass(frozen=True)
class Hiding:
    """When a recommendation is shown: ``together``, ``after_own``, or ``on_request`` when ``actor`` has an entry ``action`` in the
    audit trail for it, whose subject begins with ``subject``."""

    how: Reveal
    actor: str
    action: str
    subject: str


def of_team(tx: Tx, cycle_id: int, viewer: Viewer, manager_id: int, reveal: Hiding) -> Standing:
    """Nothing for a team without people."""
    found = Standing()
    for row in tx.execute(_by_pool(cycle_id, viewer, manager_id, reveal)):
        (
            is_held,
            people,
            *counts,
            high,
            percent,
            used,
            planned,
            cost,
            planned_cost,
            paid,
            own_payroll,
            own_funding,
        ) = row
        if is_held:
            found = found.with_more(Standing(people=people, held=people))
            continue
        budget = paid * own_funding / own_payroll if own_payroll else ZERO
        payroll = ZERO if own_payroll is None else paid
        money = {
            "used": used,
            "planned": planned,
            "cost": cost,
            "planned_cost": planned_cost,
            "payroll": payroll,
            "budget": budget,
        }
        named = dict(zip(COUNTS, counts, strict=True))
        top = max(high or ZERO, percent or ZERO)
        found = found.with_more(Standing(people, **named, **money, top=top))
    return found


def _by_pool(cycle_id: int, viewer: Viewer, manager_id: int, reveal: Hiding) -> sa.Select[Any]:
    allowed = visible_query(cycle_id, viewer).subquery()
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    money = (pool.c.cycle_id == cycle_id) & (pool.c.code == recommendation.c.pool)
    counts = recommendation.c.id == participant.c.recommendation_id
    held = withheld.is_held(participant.c.person_id, cycle_id).label("is_held")
    joined = participant.outerjoin(recommendation, counts).outerjoin(decision, mine).outerjoin(pool, money)
    return (
        sa.select(held, sa.func.count(), *_counts(reveal), *_figures())
        .select_from(joined)
        .where(led_by(cycle_id, manager_id), participant.c.person_id.in_(sa.select(allowed.c[0])))
        .group_by(recommendation.c.pool, pool.c.own_payroll, pool.c.own_funding, held.name)
    )


def _counts(reveal: Hiding) -> tuple[sa.ColumnElement[Any], ...]:
    """In the order of ``COUNTS``."""
    eligible = recommendation.c.status != RecommendationStatus.INELIGIBLE
    decided = sa.and_(eligible, decision.c.percent.is_not(None))
    state = sa.func.coalesce(decision.c.state, DecisionState.OPEN)
    without_note = sa.and_(decision.c.reason_code == "other", sa.func.coalesce(decision.c.note, "") == "")
    without_reason = sa.and_(decision.c.is_outside, sa.func.coalesce(decision.c.reason_code, "") == "")
    step = sa.case(*((state == name, number) for name, number in REACHED.items()), else_=0)
    return (
        _count(eligible),
        _count(decided),
        _count(sa.and_(decided, sa.or_(without_reason, without_note))),
        _count(sa.and_(decided, sa.or_(decision.c.is_outside, without_note))),
        _count(sa.and_(decided, decision.c.is_unchanged)),
        _count(sa.and_(eligible, state.in_(EDITABLE))),
        _count(state == DecisionState.SUBMITTED),
        _count(sa.and_(eligible, _hidden(reveal))),
        sa.func.min(sa.case((eligible, step))),
    )


def _hidden(reveal: Hiding) -> sa.ColumnElement[bool]:
    undecided = decision.c.percent.is_(None)
    if reveal.how == Reveal.AFTER_OWN:
        return sa.and_(undecided, decision.c.own_estimate.is_(None))
    if reveal.how != Reveal.ON_REQUEST:
        return sa.false()
    name = sa.literal(reveal.subject).op("||", return_type=sa.String())(participant.c.person_id)
    seen = sa.exists().where(
        audit.c.subject == name, audit.c.actor == reveal.actor, audit.c.action == reveal.action
    )
    return sa.and_(undecided, sa.not_(seen))


def _figures() -> tuple[sa.ColumnElement[Any], ...]:
    eligible = recommendation.c.status != RecommendationStatus.INELIGIBLE
    return (
        sa.func.max(sa.case((eligible, recommendation.c.high))),
        sa.func.max(sa.case((eligible, decision.c.percent))),
        total(decision.c.budget_cost, eligible),
        total(recommendation.c.budget_cost, eligible),
        total(decision.c.cost, eligible),
        total(recommendation.c.planned_amount, eligible),
        total(recommendation.c.paid, eligible),
        pool.c.own_payroll,
        pool.c.own_funding,
    )


def _count(rule: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((rule, 1), else_=0)), 0)
