"""Which figures may be decided, by whom, and the money that follows from them; nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.domain import Role, one_decimal
from plugin.errors import InvalidInput, NotAllowed
from plugin.figures import writing
from plugin.services.core import Actor
from plugin.services.decision.decision_terms import Terms
from plugin.services.decision.judging import judge
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.decision.decisions import DecisionChange, columns_of
from plugin.texts import _

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Limits:
    """Points of pay: outside soft a reason is needed, outside hard the figure is refused."""

    soft_low: Decimal
    soft_high: Decimal
    hard_low: Decimal
    hard_high: Decimal


def of_estimates(rules: ApprovalRules) -> Limits:
    """For a manager's own figure before the recommendation is shown: must not give the policy's range away."""
    return Limits(Decimal(0), rules.hr_maximum, Decimal(0), rules.hr_maximum)


def limits(actor: Actor, found: PersonRecommendation, rules: ApprovalRules) -> Limits:
    """Soft: the recommended range. Hard: the policy's minimum and maximum (or what HR fixed) for managers, wider for HR
    administrators; nothing above ``hr_maximum`` for anybody."""
    made, most = found.recommendation, rules.hr_maximum
    low, high = one_decimal(made.low), one_decimal(made.high)
    if Role.HR_ADMIN in actor.roles:
        return Limits(low, high, Decimal(0), most)
    lowest, highest = found.hard_limits
    least = min(one_decimal(lowest), low, most)
    return Limits(low, high, least, min(max(one_decimal(highest), high), most))


def percent_of(found: PersonRecommendation, amount: Decimal) -> Decimal:
    """Points of pay, two decimals, that an amount a year is."""
    return (amount * 100 / found.row.paid.amount).quantize(CENT, ROUND_HALF_UP)


def figures_of(
    found: PersonRecommendation, percent: Decimal, amount: Decimal | None, terms: Terms
) -> DecisionChange:
    """What a decision of ``percent`` holds; ``amount`` where it was typed, else it follows from the percent."""
    unit = terms.money_unit
    exact = found.row.paid.percent(percent).rounded(unit).amount if amount is None else amount
    once = found.lump_sum(percent, unit).amount
    return {
        "percent": percent,
        "amount": exact,
        "lump_amount": once,
        "currency": found.row.paid.currency,
        **columns_of(judge(found.outline, terms.approvals, percent, exact + once)),
    }


def check_hard(allowed: Limits, percent: Decimal) -> None:
    if not allowed.hard_low <= one_decimal(percent) <= allowed.hard_high:
        sentence = _(
            "Enter a raise between %(low)s and %(high)s.",
            low=writing.percent(allowed.hard_low),
            high=writing.percent(allowed.hard_high),
        )
        raise InvalidInput(sentence, fields={"percent": sentence})


def check_undo(allowed: Limits, percent: Decimal | None) -> None:
    if percent is not None and not allowed.hard_low <= one_decimal(percent) <= allowed.hard_high:
        sentence = _(
            "Only HR can restore %(percent)s. Enter a raise between %(low)s and %(high)s, or ask HR.",
            percent=writing.percent(percent),
            low=writing.percent(allowed.hard_low),
            high=writing.percent(allowed.hard_high),
        )
        raise NotAllowed(sentence, code="limits")
