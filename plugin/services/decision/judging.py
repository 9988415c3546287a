"""What the rules of a cycle's policy say of a decided figure. It is computed once when it is saved: pages and sums read what is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.advisor.recommendation import codec
from plugin.domain import RecommendationStatus
from plugin.services.decision.recommendation import beyond_reserved
from plugin.store.cycle import frozen_inputs, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision import decisions, verdicts
from plugin.store.decision.decisions import UNDECIDED, Judged


@dataclass(frozen=True)
class Terms:
    """How far a raise may go and from where HR approves it. ``money_unit``: amounts are rounded to it."""

    approvals: ApprovalRules
    money_unit: Decimal


def terms_of(tx: Tx, found: Cycle) -> Terms:
    """Read from the stored policy without its matrix: it is asked for at every decision."""
    document = frozen_inputs.get_policy(tx, found.policy_id).document
    rules = codec.from_json(ApprovalRules, document.get("approvals", {}))
    return Terms(rules, Decimal(str(document.get("money_unit", "1"))))


def judge(recommended: Outline, rules: ApprovalRules, percent: Decimal | None, cost: Decimal) -> Judged:
    """``cost``: the raise a year and the lump sum, in the cycle's currency. HR approves a figure beyond what ``recommended`` lets the
    next manager approve, and one outside the recommended range that is far from the recommendation, or else from what is planned."""
    if percent is None:
        return UNDECIDED
    recommended_percent = (
        None if recommended.status == RecommendationStatus.INELIGIBLE else recommended.percent
    )
    is_outside = not recommended.low <= percent <= recommended.high
    is_beyond = not recommended.policy_minimum <= percent <= recommended.policy_maximum
    distance = abs(
        percent - (recommended.planned_percent if recommended_percent is None else recommended_percent)
    )
    return Judged(
        cost=cost,
        budget_cost=beyond_reserved(cost, recommended.reserved_amount),
        is_unchanged=percent == recommended_percent,
        is_outside=is_outside,
        needs_hr=is_beyond or (is_outside and distance > rules.hr_from_points),
    )


def judge_again(tx: Tx, found: Cycle, people: Collection[int]) -> None:
    """Another recommendation counts now of some people: figures that were decided before stand, what is said of them follows. Call it in
    the transaction in which the recommendation begins to count."""
    rules = terms_of(tx, found).approvals
    decided = decisions.of_people(tx, found.id, people)
    changes = Changes()
    for recommended in recommendations.outlines(tx, found.id, list(decided)):
        one = decided[recommended.person_id]
        changes.note(recommended.person_id, one.judged, judge(recommended, rules, one.percent, one.cost))
    changes.put(tx, found.id)


@dataclass
class Changes:
    """What is said of figures otherwise than before, by person. ``versions`` are those of the decisions that were looked at."""

    judged: dict[int, Judged] = field(default_factory=dict)
    costs: dict[int, Decimal] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)

    def note(self, person_id: int, before: Judged, now: Judged) -> None:
        if now.budget_cost != before.budget_cost:
            self.costs[person_id] = now.budget_cost
        if now != before:
            self.judged[person_id] = now

    def drop(self, person_id: int) -> None:
        self.judged.pop(person_id, None)
        self.costs.pop(person_id, None)

    def put(self, tx: Tx, cycle_id: int) -> None:
        verdicts.put_judged(tx, cycle_id, self.judged)
        verdicts.put_budget_costs(tx, cycle_id, self.costs)


def ahead(tx: Tx, found: Cycle, run_id: int) -> Changes:
    """What will be said of everybody's figures once the run counts: read ahead, since others wait for whoever writes."""
    rules, changes = terms_of(tx, found).approvals, Changes()
    for one in verdicts.beside_recommendation(tx, found.id, run_id):
        changes.versions[one.recommended.person_id] = one.version
        now = judge(one.recommended, rules, one.percent, one.judged.cost)
        changes.note(one.recommended.person_id, one.judged, now)
    return changes


def put_ahead(tx: Tx, found: Cycle, run_id: int, changes: Changes) -> None:
    """The run counts now. Whoever was decided or refreshed since ``ahead`` is looked at again."""
    now = verdicts.versions(tx, found.id)
    moved = {who for who, version in now.items() if changes.versions.get(who) != version}
    moved |= (changes.versions.keys() - now.keys()) | set(recommendations.of_other_runs(tx, found.id, run_id))
    for who in moved:
        changes.drop(who)
    changes.put(tx, found.id)
    judge_again(tx, found, moved)
