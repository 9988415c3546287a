"""What a pay policy says, in sentences of the reader's language: the same for its page and for the shell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from babel.lists import format_list

from plugin.advisor.policy import words
from plugin.advisor.policy.matrix import OTHER, Band, Cell, Criterion, Matrix
from plugin.advisor.policy.pay_policy import (
    ApprovalRules,
    Eligibility,
    Policy,
    Proration,
    RangeRules,
    SkillPolicy,
)
from plugin.advisor.recommendation.snapshot import KINDS_THAT_COUNT
from plugin.figures import exact
from plugin.figures.writing import day
from plugin.texts import N_, _, locale, ngettext

CRITERIA = {
    "rating": N_("Rating"),
    "compa_ratio": N_("Compa-ratio"),
    "range_penetration": N_("Range penetration"),
    "level": N_("Level"),
    "job_family": N_("Job family"),
    "country": N_("Country"),
    "org_unit": N_("Unit"),
}
WIDEST, LONGEST = 12, 40  # columns and rows of a matrix that still read as a table


@dataclass(frozen=True)
class Section:
    """Facts as pairs of what they are about and a sentence, in the reader's language."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A matrix of two criteria, laid out: ``rows`` are a band of the first and its cells in the order of ``columns``."""

    row_title: str
    column_title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def sections(policy: Policy) -> tuple[Section, ...]:
    """Everything but the matrix."""
    return (
        Section(_("Eligibility"), _eligibility(policy.eligibility, policy.ranges)),
        Section(_("Proration"), _proration(policy.proration)),
        Section(_("Points for new skills"), _skills(policy.skills)),
        Section(_("Pay ranges"), _ranges(policy.ranges)),
        Section(_("Approvals"), _approvals(policy.approvals)),
        Section(_("Rounding and model"), _limits(policy)),
    )


def criteria(matrix: Matrix) -> tuple[str, ...]:
    """The criteria's names in words, in the matrix's order."""
    return tuple(_(CRITERIA[one.name]) for one in matrix.criteria)


def bands(matrix: Matrix) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """For each criterion its name and which values each band takes."""
    return tuple(
        (name, tuple((band.label, _band(band)) for band in criterion.bands))
        for name, criterion in zip(criteria(matrix), matrix.criteria, strict=True)
    )


def grid(matrix: Matrix) -> Grid | None:
    """None when the matrix has another number of criteria, or is too large to be read as a table."""
    if len(matrix.criteria) != 2:
        return None
    down, across = matrix.criteria
    if len(down.bands) > LONGEST or len(across.bands) > WIDEST:
        return None
    cells = {cell.bands: cell for cell in matrix.cells}
    rows = tuple((one, tuple(cells[one, other] for other in _labels(across))) for one in _labels(down))
    titles = criteria(matrix)
    return Grid(titles[0], titles[1], tuple(_labels(across)), rows)


def _labels(criterion: Criterion) -> list[str]:
    return [band.label for band in criterion.bands]


def plain(value: Decimal) -> str:
    """All decimals and no zeros after them, as the reader writes them: 1.5, 10; in German 1,5."""
    return exact.number(Decimal(f"{value.normalize():f}"), locale())


def _points(value: Decimal) -> str:
    if value == 1:
        return _("1 point")
    return _("%(value)s points", value=plain(value))


def _listed(names: Iterable[str]) -> str:
    return format_list(list(names), locale=locale())


def _band(band: Band) -> str:
    if band.missing:
        return _("employees without a value")
    if band.values:
        return ", ".join(_("all others") if value == OTHER else value for value in band.values)
    if band.low is None:
        return _("all values") if band.high is None else _("below %(high)s", high=plain(band.high))
    if band.high is None:
        return _("%(low)s and above", low=plain(band.low))
    return _("%(low)s to below %(high)s", low=plain(band.low), high=plain(band.high))


def _eligibility(rules: Eligibility, ranges: RangeRules) -> tuple[tuple[str, str], ...]:
    return (
        (_("Hire date"), _hired(rules, ranges)),
        (_("Last pay change"), _last_change(rules, ranges)),
        (_("Countries"), _countries(rules)),
        (_("Leave"), _("Employees on leave are eligible.")),
    )


def _hired(rules: Eligibility, ranges: RangeRules) -> str:
    if rules.hired_by is None:
        return _("Employees are eligible whatever their hire date.")
    if ranges.raise_to_minimum:
        return _(
            "Hired by %(day)s. Employees hired later are eligible only for range minimums and HR adjustments.",
            day=day(rules.hired_by),
        )
    return _(
        "Hired by %(day)s. Employees hired later are eligible only for HR adjustments.",
        day=day(rules.hired_by),
    )


def _last_change(rules: Eligibility, ranges: RangeRules) -> str:
    months = rules.months_since_raise
    if months is None:
        return _("A recent pay change does not affect eligibility.")
    if ranges.raise_to_minimum:
        return ngettext(
            "At least %(num)s month before the data date. Others are eligible only for range minimums and HR adjustments.",
            "At least %(num)s months before the data date. Others are eligible only for range minimums and HR adjustments.",
            months,
        )
    return ngettext(
        "At least %(num)s month before the data date. Others are eligible only for HR adjustments.",
        "At least %(num)s months before the data date. Others are eligible only for HR adjustments.",
        months,
    )


def _countries(rules: Eligibility) -> str:
    if not rules.exempt_countries:
        return _("All countries are included.")
    return _(
        "Excluded: %(countries)s. Pay there is set elsewhere, and range minimums do not apply.",
        countries=_listed(rules.exempt_countries),
    )


def _proration(rule: Proration) -> tuple[tuple[str, str], ...]:
    start, end = rule.period_started_on, rule.period_ended_on
    if start is None or end is None:
        return (
            (_("Period"), _("No proration: every eligible employee gets the full merit raise.")),
            (_("Leave"), _("Leave does not reduce a raise.")),
        )
    kinds = rule.leave_counts
    return (
        (_("Period"), _("%(start)s to %(end)s, both days included.", start=day(start), end=day(end))),
        (
            _("Pay change in the period"),
            _("The prorated share counts from the latest pay change.")
            if rule.since_pay_change
            else _("A pay change does not reduce the prorated share."),
        ),
        (
            _("Hired in the period"),
            _("The merit raise is prorated from the hire date. Skill points are paid in full."),
        ),
        (
            _("Leave"),
            _(
                "Days of %(kinds)s reduce the prorated share. Other leave does not.",
                kinds=_listed(map(words.leave, kinds)),
            )
            if kinds
            else _("Leave does not reduce a raise."),
        ),
    )


def _skills(skills: SkillPolicy) -> tuple[tuple[str, str], ...]:
    return (
        (_("Badge kind"), _kinds(skills)),
        (_("Badge level"), _levels(skills)),
        (_("Strategic badge"), _("× %(factor)s.", factor=plain(skills.strategic_factor))),
        (_("Scarcity"), _scarcity(skills)),
        (_("Per employee"), _("At most %(points)s.", points=_points(skills.cap_points))),
        (
            _("Total"),
            _("Limited only by the budget.")
            if skills.pool_percent is None
            else _(
                "At most %(percent)s of the pay of all eligible employees. Above that, points are reduced for everyone by the same factor.",
                percent=exact.percent(skills.pool_percent, locale()),
            ),
        ),
        (_("Repeated skill"), _("A skill is paid once. A higher level of it earns the difference.")),
    )


def _kinds(skills: SkillPolicy) -> str:
    points = {kind: skills.kind_points.get(kind, Decimal(0)) for kind in KINDS_THAT_COUNT}
    said = [
        _("%(kind)s: %(points)s", kind=words.badge_kind(kind), points=_points(value))
        for kind, value in points.items()
        if value
    ]
    if not said:
        return _("Badges earn no points.")
    return _("For each new verified badge – %(kinds)s. Other kinds earn no points.", kinds="; ".join(said))


def _levels(skills: SkillPolicy) -> str:
    rising = sorted(skills.level_factor.items(), key=lambda pair: pair[1])
    if not rising:
        return _("The level of a badge does not change its points.")
    said = "; ".join(
        _("%(level)s × %(factor)s", level=words.level(level), factor=plain(value)) for level, value in rising
    )
    return _(
        "Points are multiplied by level: %(levels)s. Badges with another level or none: × 1.", levels=said
    )


def _scarcity(skills: SkillPolicy) -> str:
    if not skills.scarcity_weight:
        return _("Skill scarcity does not count.")
    return ngettext(
        "× (1 + %(weight)s × scarcity from 0 to 1). Figures without a source or older than %(num)s day do not count.",
        "× (1 + %(weight)s × scarcity from 0 to 1). Figures without a source or older than %(num)s days do not count.",
        skills.scarcity_valid_days,
        weight=plain(skills.scarcity_weight),
    )


def _ranges(rules: RangeRules) -> tuple[tuple[str, str], ...]:
    return (
        (
            _("Range minimum"),
            _("Pay below its range is raised to the minimum first, from a separate pool.")
            if rules.raise_to_minimum
            else _("Pay below its range is not raised to the minimum."),
        ),
        (
            _("Far below the range"),
            _("A shortfall beyond the largest raise is split: that much now, the rest in a later cycle.")
            if rules.split_shortfall
            else _("A shortfall beyond the largest raise is held for HR."),
        ),
        (_("Range maximum"), _maximum(rules)),
    )


def _maximum(rules: RangeRules) -> str:
    if not rules.cap_at_maximum:
        return _("Base pay may exceed the maximum.")
    if rules.remainder_as_lump_sum:
        return _("Base pay stops at the maximum. The rest is paid once as a lump sum.")
    return _("Base pay stops at the maximum. The rest is not paid.")


def _approvals(rules: ApprovalRules) -> tuple[tuple[str, str], ...]:
    return (
        (
            _("Next manager up"),
            _("Approves every raise that HR does not approve. You can't approve a raise you decided."),
        ),
        (_("HR"), _("Approves raises above the range maximum and raises outside the policy.")),
        (
            _("HR, far from the recommendation"),
            _(
                "Approves raises outside the recommended range and more than %(points)s from the recommendation.",
                points=_points(rules.hr_from_points),
            ),
        ),
        (_("Limit"), _("%(percent)s of pay, for HR too.", percent=exact.percent(rules.hr_maximum, locale()))),
    )


def _limits(policy: Policy) -> tuple[tuple[str, str], ...]:
    moves = policy.model_points
    return (
        (
            _("Amounts"),
            _("Rounded to multiples of %(unit)s in the cycle’s currency.", unit=plain(policy.money_unit)),
        ),
        (
            _("Model"),
            _(
                "Moves a recommendation by at most %(points)s up or down, and never beyond low and high of the cell.",
                points=_points(moves),
            )
            if moves
            else _("Does not change recommendations. Only policy and skills count."),
        ),
    )
