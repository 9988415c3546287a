"""The reasons as a page shows them: one name never stands for two figures, in reasons and steps alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from plugin.advisor.recommendation.values import (
    Group,
    LedgerLine,
    LineCode,
    Reason,
    ReasonCode,
    Recommendation,
)
from plugin.domain import Money

ZERO = Decimal(0)
LINES = {
    ReasonCode.RANGE_MINIMUM: LineCode.RANGE_MINIMUM,
    ReasonCode.ADJUSTMENT: LineCode.ADJUSTMENT,
    ReasonCode.PRORATION: LineCode.PRORATION,
    ReasonCode.LIMITS: LineCode.LIMITS,
    ReasonCode.RANGE_MAXIMUM: LineCode.RANGE_MAXIMUM,
    ReasonCode.BUDGET: LineCode.BUDGET,
    ReasonCode.FIXED: LineCode.BUDGET,
}


def reasons(made: Recommendation) -> tuple[Reason, ...]:
    """The same sums as ``made.reasons``. The points that badges bring stand apart from what the model says of skills, so that
    they are those of the step; a rule is named only where the reason is exactly its step."""
    if made.percent is None or made.baseline is None:
        return ()
    steps = {line.code: line for line in made.ledger}
    found = [_named(one, steps) for one in made.reasons if one.group is not Group.SKILLS]
    found += _skills(made, steps.get(LineCode.SKILLS))
    return tuple(sorted(found, key=_strongest_first))


def _named(one: Reason, steps: dict[LineCode, LedgerLine]) -> Reason:
    if one.code not in LINES:
        return one
    step = steps.get(LINES[one.code])
    is_step = step is not None and (step.points, step.money) == (one.points, one.money)
    return one if is_step else replace(one, code=ReasonCode.POLICY)


def _skills(made: Recommendation, step: LedgerLine | None) -> list[Reason]:
    """The step's badges as one reason, the rest of the group as another."""
    group = next((one for one in made.reasons if one.group is Group.SKILLS), None)
    if step is None:
        return [] if group is None else [group]
    badges = Reason(Group.SKILLS, ReasonCode.NEW_SKILLS, step.points, step.money, badges=step.badges)
    points = ZERO if group is None else group.points
    money = Money(ZERO, step.money.currency) if group is None else group.money
    rest = Reason(Group.SKILLS, ReasonCode.SKILLS_IN_PAST_RAISES, points - step.points, money - step.money)
    return [badges, rest] if rest.points or rest.money.amount else [badges]


def _strongest_first(one: Reason) -> tuple[bool, Decimal]:
    return one.group in (Group.RULES, Group.OTHER), -abs(one.points)
