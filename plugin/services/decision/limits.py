"""Which figures may be decided, by whom, and the money that follows from them; nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.domain import Role, one_decimal
from plugin.errors import InvalidInput, NotAllowed
from plugin.figures import exact
from plugin.services.core import Actor
from plugin.services.decision.judging import Terms, judge
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.decision.decisions import DecisionChange, columns_of
from plugin.texts import _, locale, ngettext

CENT = Decimal("0.01")


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
