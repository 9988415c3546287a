"""What the rules say of a decided figure. It is computed here, once when it is saved: pages and sums read what is stored."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.advisor.recommendation.values import Status
from plugin.domain import one_decimal
from plugin.services.decision import decision_terms
from plugin.store.cycle import recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.decision.decisions import UNDECIDED, Judged

ZERO = Decimal(0)


def judge(advice: Outline, rules: ApprovalRules, percent: Decimal | None, cost: Decimal) -> Judged:
    """``cost``: the raise a year and the lump sum, in the cycle's currency. HR approves a figure beyond what ``advice`` lets the
    next manager approve, and one outside the suggested range that is far from the suggestion, or else from what is planned."""
    if percent is None:
        return UNDECIDED
    suggested = None if advice.status == Status.INELIGIBLE else advice.percent
    is_outside = not one_decimal(advice.low) <= one_decimal(percent) <= one_decimal(advice.high)
    is_beyond = not advice.policy_minimum <= percent <= advice.policy_maximum
    distance = abs(percent - (advice.planned_percent if suggested is None else suggested))
    return Judged(
        cost=cost,
        budget_cost=beyond_reserved(cost, advice.reserved_amount),
        is_unchanged=suggested is not None and one_decimal(percent) == suggested,
        is_outside=is_outside,
        needs_hr=is_beyond or (is_outside and distance > rules.hr_from_points),
    )


def beyond_reserved(cost: Decimal, reserved: Decimal) -> Decimal:
    """What counts against a budget: without what pools of their own pay."""
    return max(cost - reserved, ZERO)


def judge_again(tx: Tx, found: Cycle, people: Collection[int] | None = None) -> None:
    """Other advice counts now, of ``people`` or of everybody: figures that were decided before stand, what is said of them
    follows. Call it in the transaction in which the advice begins to count."""
    if people is None:
        decided = {one.person_id: one for one in decisions.of_cycle(tx, found.id)}
    else:
        decided = decisions.of_people(tx, found.id, people)
    if not decided:
        return
    rules = decision_terms.of_cycle(tx, found).approvals
    changed: dict[int, Judged] = {}
    for advice in recommendations.outlines(tx, found.id, list(decided)):
        one = decided[advice.person_id]
        now = judge(advice, rules, one.percent, one.judged.cost)
        if now != one.judged:
            changed[advice.person_id] = now
    decisions.put_judged(tx, found.id, changed)
