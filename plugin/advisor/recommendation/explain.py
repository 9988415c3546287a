"""Splits each recommendation into about five groups of reasons from a named baseline, exact in points and in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import guideline
from plugin.advisor.policy.rounding import money_parts, points, to_totals
from plugin.advisor.policy.skills import SkillPoints
from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.context import Context
from plugin.advisor.recommendation.ledger_steps import ORDER, Steps
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import Baseline, Evidence, Group, LineCode, Reason
from plugin.domain import Money

GROUPS = tuple(Group)
SHOWN_FROM = 0.1  # points: smaller reasons are folded into "other"
CRITERION_GROUP = {
    "rating": Group.PERFORMANCE,
    "compa_ratio": Group.PAY_POSITION,
    "range_penetration": Group.PAY_POSITION,
}
RULES, OTHER, SKILLS = (GROUPS.index(group) for group in (Group.RULES, Group.OTHER, Group.SKILLS))
SKILL_LINE = ORDER.index(LineCode.SKILLS)
RULE_LINES = [j for j, code in enumerate(ORDER) if code in wording.RULES]
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
    label = wording.BASELINE.format(population=context.snapshot.typical_label, people=context.people)
    return Baseline(label, points(context.baseline_tenths), as_money(context, units), context.people)


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
    label, template = _template(group, row, skills, lines, more=size[0] > 0, context=context)
    compa = row.compa_ratio
    sentence = template.format(
        rating=row.rating_label or row.rating,
        badges=", ".join(entry.badge.name for entry in skills.counted),
        compa="" if compa is None else f"{compa:.0%}",
        months=row.months_since_raise(context.snapshot.as_of),
        hours=f"{row.learning_hours:.0f}",
    )
    money = as_money(context, size[1])
    return Reason(group, label, points(size[0]), money, sentence, _evidence(group, row, skills))


def _template(
    group: Group, row: EmployeeRow, skills: SkillPoints, lines: Sequence[int], *, more: bool, context: Context
) -> tuple[str, str]:
    if group is Group.RULES:
        fixed = str(row.person_id) in context.settings.locked
        return wording.RULES["fixed"] if fixed else _rule(lines)
    if group is Group.SKILLS and not skills.counted:
        return wording.NO_BADGE_BUT_MORE if more else wording.NO_SKILL
    if group is Group.PAY_POSITION and row.compa_ratio is None:
        return wording.NO_RANGE
    if group is Group.TIME and row.months_since_raise(context.snapshot.as_of) is None:
        return wording.NO_RAISE_DATE
    return wording.REASONS[group, more]


def _rule(lines: Sequence[int]) -> tuple[str, str]:
    """The sentence of the rule that moved most."""
    codes = [code for code in ORDER if code in wording.RULES]
    sizes = [abs(lines[ORDER.index(code)]) for code in codes]
    strongest = sizes.index(max(sizes))
    return wording.RULES[codes[strongest]] if sizes[strongest] else wording.RULES[""]


def _evidence(group: Group, row: EmployeeRow, skills: SkillPoints) -> tuple[Evidence, ...]:
    if group is Group.SKILLS:
        return skills.evidence
    if group is Group.PERFORMANCE:
        return (Evidence("rating", "", row.rating_label or f"{row.rating}"),)
    if group is Group.PAY_POSITION and row.compa_ratio is not None:
        return (Evidence("pay", "", f"compa-ratio {row.compa_ratio:.2f}"),)
    if group is Group.TIME and row.last_pay_change_on is not None:
        return (Evidence("pay", "", "last pay change", row.last_pay_change_on),)
    if group is Group.LEARNING:
        return (Evidence("learning", "", f"{row.learning_hours:.0f} hours"),)
    return ()


def line_evidence(code: LineCode, skills: SkillPoints) -> tuple[Evidence, ...]:
    """The badges behind the skills line."""
    return skills.evidence if code is LineCode.SKILLS else ()
