"""Splits each recommendation into about five groups of reasons from a named baseline, exact in points and in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import guideline
from plugin.advisor.policy.rounding import money_parts, points, to_totals
from plugin.advisor.policy.skills import SkillPoints
from plugin.advisor.recommendation.context import Context
from plugin.advisor.recommendation.ledger_steps import ORDER, Steps
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import (
    NO_FACTS,
    BadgePoints,
    Baseline,
    Facts,
    Group,
    LineCode,
    Reason,
    ReasonCode,
)
from plugin.domain import Money

GROUPS = tuple(Group)
RATIO = Decimal("0.0001")
SHOWN_FROM = 0.1  # points: smaller reasons are folded into "other"
CRITERION_GROUP = {
    "rating": Group.PERFORMANCE,
    "compa_ratio": Group.PAY_POSITION,
    "range_penetration": Group.PAY_POSITION,
}
RULES, OTHER, SKILLS = (GROUPS.index(group) for group in (Group.RULES, Group.OTHER, Group.SKILLS))
SKILL_LINE = ORDER.index(LineCode.SKILLS)
RULE_CODES = {
    LineCode.RANGE_MINIMUM: ReasonCode.RANGE_MINIMUM,
    LineCode.ADJUSTMENT: ReasonCode.ADJUSTMENT,
    LineCode.PRORATION: ReasonCode.PRORATION,
    LineCode.LIMITS: ReasonCode.LIMITS,
    LineCode.RANGE_MAXIMUM: ReasonCode.RANGE_MAXIMUM,
    LineCode.BUDGET: ReasonCode.BUDGET,
}
RULE_LINES = [j for j, code in enumerate(ORDER) if code in RULE_CODES]
Mask = np.typing.NDArray[np.bool_]


@dataclass(frozen=True)
class Shares:
    """(n, groups) whole tenths, and the same in whole money units with the baseline as first column. ``line_units``: (n, lines)
    the money of the ledger's lines, the same as a group's where both are the same points."""

    tenths: Ints
    units: Ints
    line_units: Ints


def raw_groups(context: Context, rows: Ints) -> Floats:
    """(n, groups) points of matrix, skills and model per group, against the baseline; RULES holds other criteria only."""
    found = np.zeros((len(rows), len(GROUPS)))
    _, values = guideline.contributions(context.policy.matrix, context.frame.bands[rows], context.population)
    for j, criterion in enumerate(context.policy.matrix.criteria):
        found[:, GROUPS.index(CRITERION_GROUP.get(criterion.name, Group.RULES))] += values[:, j]
    found[:, GROUPS.index(Group.SKILLS)] += context.frame.columns.skill_tenths[rows] / 10
    if context.predictor is not None:
        _, parts = context.predictor.contributions(context.x[rows], engine=context.engine)
        found += group_sums(parts, [feature.group for feature in context.predictor.features])
    return found


def group_sums(contributions: Floats, groups: Sequence[Group]) -> Floats:
    """(n, groups) sums of (n, p) contributions by the features' groups."""
    member = np.array([[group is g for g in GROUPS] for group in groups], dtype=np.float64)
    sums: Floats = contributions @ member.reshape(len(groups), len(GROUPS))
    return sums


def share(context: Context, rows: Ints, raw: Floats, steps: Steps) -> Shares:
    """Round ``raw`` so that baseline + groups = percent, and the money of both = the amount, exactly; that of the lines too."""
    base = context.baseline_tenths
    target = steps.percent[rows] - base
    tenths = fold_and_round(raw * 10, target)
    minor = context.frame.columns.minor[rows]
    with_base = np.column_stack([np.full(len(rows), base, dtype=np.int64), tenths])
    lines, unit = steps.lines[rows], unit_of(context)
    in_lines, in_groups = same_points(lines, with_base)
    return Shares(
        tenths, money_parts(minor, with_base, unit, in_groups), money_parts(minor, lines, unit, in_lines)
    )


def same_points(lines: Ints, groups: Ints) -> tuple[Mask, Mask]:
    """Masks of (n, lines) and (n, baseline and groups): which cells are the same points twice on one page. Skills and their line,
    and what the rules did where one line did all of it and money can be rounded beside both."""
    ours, theirs = np.zeros(lines.shape, dtype=bool), np.zeros(groups.shape, dtype=bool)
    skill, rules = lines[:, SKILL_LINE], lines[:, RULE_LINES]
    ours[:, SKILL_LINE] = theirs[:, 1 + SKILLS] = skill == groups[:, 1 + SKILLS]
    single = ((rules != 0).sum(axis=1) == 1) & (rules.sum(axis=1) == groups[:, 1 + RULES])
    others = [
        (cells != 0).sum(axis=1) - 1 - (cells * mask != 0).sum(axis=1)
        for cells, mask in ((lines, ours), (groups, theirs))
    ]
    single &= (others[0] > 0) & (others[1] > 0)
    ours[:, RULE_LINES] = single[:, None] & (rules != 0)
    theirs[:, 1 + RULES] = single
    return ours, theirs


def fold_and_round(raw: Floats, target: Ints) -> Ints:
    """(n, groups) whole tenths that sum to ``target``: what rules and rounding changed goes to RULES, small ones to OTHER.

    ``raw`` is in tenths. A group is 0 or at least one tenth, except OTHER, which may collect less than each alone.
    """
    parts = raw.copy()
    parts[:, RULES] += target - parts.sum(axis=1)
    small = np.abs(parts) < SHOWN_FROM * 10 - 1e-9
    small[:, OTHER] = False
    parts[:, OTHER] += np.where(small, parts, 0.0).sum(axis=1)
    parts[small] = 0.0
    return to_totals(parts, target)


def unit_of(context: Context) -> int:
    """Rounding unit of money in hundredths."""
    return int(context.policy.money_unit * 100)


def baseline(context: Context, units: int) -> Baseline:
    """The named starting point of one person's reasons; ``units`` is its money."""
    money = as_money(context, units)
    return Baseline(context.snapshot.typical_label, points(context.baseline_tenths), money, context.people)


def as_money(context: Context, units: int) -> Money:
    """Whole units of money as Money."""
    return Money(units * context.policy.money_unit, context.snapshot.currency)


def reasons(
    context: Context, i: int, tenths: Sequence[int], units: Sequence[int], lines: Sequence[int]
) -> tuple[Reason, ...]:
    """The shown reasons of row ``i``, strongest first, rules and other last. ``units`` without the baseline's column."""
    row, skills = context.snapshot.rows[i], context.frame.skills[i]
    shown = [g for g, size in enumerate(tenths) if size]
    order = sorted(shown, key=lambda g: (g >= RULES, -abs(tenths[g]), g))
    return tuple(_reason(context, row, skills, GROUPS[g], (tenths[g], units[g]), lines) for g in order)


def _reason(
    context: Context,
    row: EmployeeRow,
    skills: SkillPoints,
    group: Group,
    size: tuple[int, int],
    lines: Sequence[int],
) -> Reason:
    code, facts = _said(context, row, skills, group, lines)
    badges = skills.badges if group is Group.SKILLS else ()
    return Reason(group, code, points(size[0]), as_money(context, size[1]), facts, badges)


def _said(
    context: Context, row: EmployeeRow, skills: SkillPoints, group: Group, lines: Sequence[int]
) -> tuple[ReasonCode, Facts]:
    if group is Group.PERFORMANCE:
        return rating_facts(row)
    if group is Group.SKILLS:
        return (ReasonCode.NEW_SKILLS if skills.counted else ReasonCode.NO_NEW_SKILL), NO_FACTS
    if group is Group.PAY_POSITION:
        return pay_facts(row)
    if group is Group.TIME:
        months = row.months_since_raise(context.snapshot.as_of)
        code = ReasonCode.NO_RAISE_DATE if months is None else ReasonCode.LAST_RAISE
        return code, Facts(months=months, on=row.last_pay_change_on)
    if group is Group.LEARNING:
        return ReasonCode.LEARNING, Facts(hours=row.learning_hours)
    if group is Group.RULES:
        fixed = str(row.person_id) in context.settings.locked
        return (ReasonCode.FIXED if fixed else _rule(lines)), NO_FACTS
    return ReasonCode.SMALL_FACTORS, NO_FACTS


def rating_facts(row: EmployeeRow) -> tuple[ReasonCode, Facts]:
    if row.rating is None:
        return ReasonCode.NO_RATING, NO_FACTS
    return ReasonCode.RATING, Facts(rating=row.rating, rating_label=row.rating_label)


def pay_facts(row: EmployeeRow) -> tuple[ReasonCode, Facts]:
    if row.compa_ratio is None:
        return ReasonCode.NO_PAY_RANGE, NO_FACTS
    return ReasonCode.PAY_POSITION, Facts(compa_ratio=row.compa_ratio.quantize(RATIO))


def _rule(lines: Sequence[int]) -> ReasonCode:
    """The rule that moved most."""
    strongest = max(RULE_LINES, key=lambda j: abs(lines[j]))
    return RULE_CODES[ORDER[strongest]] if lines[strongest] else ReasonCode.POLICY


def line_badges(code: LineCode, skills: SkillPoints) -> tuple[BadgePoints, ...]:
    """The badges behind the skills line."""
    return skills.badges if code is LineCode.SKILLS else ()
