"""What the rules of a cycle's policy say of a decided figure, computed once when it is saved, and which figures may be decided at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.advisor.recommendation import codec
from plugin.domain import RecommendationStatus, Role, one_decimal
from plugin.errors import InvalidInput, NotAllowed
from plugin.figures import exact
from plugin.services.core import Actor
from plugin.services.decision.recommendation import PersonRecommendation, beyond_reserved
from plugin.store.cycle import frozen_inputs, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision import decisions, verdicts
from plugin.store.decision.decisions import UNDECIDED, DecisionChange, Judged, columns_of
from plugin.texts import _, locale, ngettext

CENT = Decimal("0.01")


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


# --- which figures may be decided, by whom, and the money that follows from them ------------------------------------------


@dataclass(frozen=True)
class Limits:
    """Points of pay: an exact figure outside is refused."""

    low: Decimal
    high: Decimal


def of_estimates(rules: ApprovalRules) -> Limits:
    """For a manager's own figure before the recommendation is shown: must not give the policy's range away."""
    return Limits(Decimal(0), rules.hr_maximum)


def limits(actor: Actor, found: PersonRecommendation, rules: ApprovalRules) -> Limits:
    """For managers the policy's minimum and maximum (or what HR fixed) and the recommended range, for HR administrators anything
    up to ``hr_maximum``."""
    made, most = found.recommendation, rules.hr_maximum
    if Role.HR_ADMIN in actor.roles:
        return Limits(Decimal(0), most)
    lowest, highest = found.hard_limits
    return Limits(max(min(lowest, made.low, most), Decimal(0)), min(max(highest, made.high), most))


def percent_of(found: PersonRecommendation, amount: Decimal, terms: Terms) -> Decimal:
    """Points of pay that an amount a year is: the short figure whose rounded money it is, else all that it holds."""
    points = amount * 100 / found.row.paid.amount
    for short in (one_decimal(points), points.quantize(CENT, ROUND_HALF_UP)):
        if found.row.paid.percent(short).rounded(terms.money_unit).amount == amount:
            return short
    return points


def standing(
    found: PersonRecommendation, amount: Decimal | None, percent: Decimal, terms: Terms
) -> Decimal | None:
    """Money that was typed, while ``percent``, two decimals, is what was stored for it; None where pay changed since, so that it
    follows from the percent again."""
    if amount is None or percent_of(found, amount, terms).quantize(CENT, ROUND_HALF_UP) != percent:
        return None
    return amount


def as_stored(percent: Decimal) -> Decimal:
    """Two decimals, as a decision keeps them; InvalidInput for a figure with more, which would be kept otherwise than it was said."""
    kept = percent.quantize(CENT, ROUND_HALF_UP)
    if kept != percent:
        sentence = ngettext(
            "Enter at most %(num)s decimal place, for example %(example)s.",
            "Enter at most %(num)s decimal places, for example %(example)s.",
            2,
            example=exact.number(Decimal("3.25"), locale()),
        )
        raise InvalidInput(sentence, fields={"percent": sentence})
    return kept


def figures_of(
    found: PersonRecommendation, percent: Decimal, amount: Decimal | None, terms: Terms
) -> DecisionChange:
    """What a decision of ``percent`` holds; ``amount`` where it was typed, else it follows from the percent."""
    unit = terms.money_unit
    raised = found.row.paid.percent(percent).rounded(unit).amount if amount is None else amount
    once = found.lump_sum(percent, unit).amount
    return {
        "percent": percent,
        "amount": raised,
        "lump_amount": once,
        "currency": found.row.paid.currency,
        **columns_of(judge(found.outline, terms.approvals, percent, raised + once)),
    }


def check_hard(allowed: Limits, points: Decimal) -> None:
    """``points``: unrounded, so that nothing passes because it looks like the limit."""
    if not allowed.low <= points <= allowed.high:
        sentence = _(
            "Enter a raise between %(low)s and %(high)s.",
            low=exact.percent(allowed.low, locale()),
            high=exact.percent(allowed.high, locale()),
        )
        raise InvalidInput(sentence, fields={"percent": sentence})


def check_undo(allowed: Limits, points: Decimal | None) -> None:
    if points is not None and not allowed.low <= points <= allowed.high:
        sentence = _(
            "Only HR can restore %(percent)s. Enter a raise between %(low)s and %(high)s, or ask HR.",
            percent=exact.percent(points, locale()),
            low=exact.percent(allowed.low, locale()),
            high=exact.percent(allowed.high, locale()),
        )
        raise NotAllowed(sentence, code="limits")
