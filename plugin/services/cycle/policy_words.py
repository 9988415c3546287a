"""What a pay policy says, in plain words: the same for its page and for the shell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.advisor.policy.pay_policy import (
    ApprovalRules,
    Eligibility,
    Policy,
    Proration,
    RangeRules,
    SkillPolicy,
)
from plugin.advisor.recommendation.snapshot import KINDS_THAT_COUNT

CRITERIA = {
    "rating": "Rating",
    "compa_ratio": "Compa-ratio",
    "range_penetration": "Place between range minimum and maximum",
    "level": "Level",
    "job_family": "Job family",
    "country": "Country",
    "org_unit": "Unit",
}
WIDEST, LONGEST = 12, 40  # columns and rows of a matrix that still read as a table


@dataclass(frozen=True)
class Section:
    """Facts as pairs of what they are about and a sentence; days in ISO form."""

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
        Section("Who takes part", _eligibility(policy.eligibility, policy.ranges)),
        Section("Part of a year", _proration(policy.proration)),
        Section("Points for new skills", _skills(policy.skills)),
        Section("Pay ranges", _ranges(policy.ranges)),
        Section("Who approves", _approvals(policy.approvals)),
        Section("Rounding and model", _limits(policy)),
    )


def criteria(matrix: Matrix) -> tuple[str, ...]:
    """The criteria's names in words, in the matrix's order."""
    return tuple(CRITERIA.get(one.name, one.name) for one in matrix.criteria)


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
    """Without zeros at the end: 1.50 is 1.5, 1E+1 is 10."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _points(value: Decimal) -> str:
    return f"{plain(value)} {'point' if value == 1 else 'points'}"


def _listed(words: Iterable[str], none: str) -> str:
    found = list(words)
    if len(found) < 2:
        return found[0] if found else none
    return f"{', '.join(found[:-1])} and {found[-1]}"


def _band(band: Band) -> str:
    if band.missing:
        return "people without a value"
    if band.values:
        return ", ".join("all others" if value == "*" else value for value in band.values)
    low, high = (None if end is None else plain(end) for end in (band.low, band.high))
    if low is None:
        return "all values" if high is None else f"below {high}"
    return f"{low} and more" if high is None else f"{low} to below {high}"


def _eligibility(rules: Eligibility, ranges: RangeRules) -> tuple[tuple[str, str], ...]:
    only = (
        "the step to the range minimum and HR’s adjustments"
        if ranges.raise_to_minimum
        else "HR’s adjustments"
    )
    hired, months = rules.hired_by, rules.months_since_raise
    return (
        (
            "Hired",
            "No day: people take part whenever they were hired."
            if hired is None
            else f"By {_day(hired)}. Whoever was hired later gets nothing but {only}.",
        ),
        (
            "Last pay change",
            "No rule: a recent pay change keeps nobody out."
            if months is None
            else f"At least {months} months before the day of the cycle’s data. Others get nothing but {only}.",
        ),
        (
            "Countries",
            "No country is left out."
            if not rules.exempt_countries
            else f"Pay in {_listed(rules.exempt_countries, '')} is set elsewhere: nobody there takes part or is brought to a minimum.",
        ),
        ("Leave", "Nobody is left out because of leave."),
    )


def _day(day: date) -> str:
    return day.isoformat()


def _proration(rule: Proration) -> tuple[tuple[str, str], ...]:
    start, end = rule.period_started_on, rule.period_ended_on
    if start is None or end is None:
        return (
            (
                "Period",
                "None: everybody who takes part gets the whole merit raise, and leave does not count.",
            ),
        )
    kinds = rule.leave_counts
    changed = (
        "a pay change within the period starts the share anew"
        if rule.since_pay_change
        else "a pay change within it does not shorten the share"
    )
    return (
        ("Period", f"{_day(start)} to {_day(end)}, both included; {changed}."),
        (
            "Hired within it",
            "The merit raise is paid for the share of its days since then; skill points are paid whole.",
        ),
        (
            "Leave",
            "Leave-neutral: no leave shortens the share."
            if not kinds
            else f"Days of {_listed(kinds, '')} leave shorten the share; no other leave does.",
        ),
    )


def _skills(skills: SkillPolicy) -> tuple[tuple[str, str], ...]:
    counted = [(kind, skills.kind_points.get(kind, Decimal(0))) for kind in KINDS_THAT_COUNT]
    kinds = _listed((f"{kind} {_points(value)}" for kind, value in counted if value), "no kind brings points")
    rising = sorted(skills.level_factor.items(), key=lambda pair: pair[1])
    levels = _listed((f"{level} × {plain(value)}" for level, value in rising), "no level is named")
    weight = skills.scarcity_weight
    return (
        ("Kinds", f"A new verified badge: {kinds}. Badges of other kinds bring none."),
        ("Levels", f"{levels[:1].upper()}{levels[1:]}. A badge without a level, or of another one, × 1."),
        ("Strategic", f"A badge that the company calls strategic: × {plain(skills.strategic_factor)}."),
        (
            "Scarcity",
            "Scarcity of a skill does not count."
            if not weight
            else f"× (1 + {plain(weight)} × scarcity from 0 to 1). A figure without source, or older than "
            f"{skills.scarcity_valid_days} days, does not count.",
        ),
        ("At most", f"{_points(skills.cap_points)} for one person."),
        (
            "In all",
            "No limit but the budget."
            if skills.pool_percent is None
            else f"{plain(skills.pool_percent)} % of the pay of all who take part; above it everybody’s points shrink alike.",
        ),
        ("Once", "A skill is paid once; a higher level of it brings the difference."),
    )


def _ranges(rules: RangeRules) -> tuple[tuple[str, str], ...]:
    rest = "is paid once as a lump sum" if rules.remainder_as_lump_sum else "is not paid"
    return (
        (
            "Range minimum",
            "Pay below its range is brought to the minimum first, from a pool of its own."
            if rules.raise_to_minimum
            else "Pay below its range is not lifted by the policy.",
        ),
        (
            "Far below the range",
            "A shortfall beyond the largest raise is split: that much now, the rest in a later cycle."
            if rules.split_shortfall
            else "A shortfall beyond the largest raise is held for HR.",
        ),
        (
            "Range maximum",
            f"Base pay ends at the maximum; what passes it {rest}."
            if rules.cap_at_maximum
            else "Base pay may pass the maximum.",
        ),
    )


def _approvals(rules: ApprovalRules) -> tuple[tuple[str, str], ...]:
    return (
        ("Next manager up", "Every raise but those that HR approves; never the person who decided."),
        (
            "HR",
            f"A raise more than {_points(rules.hr_from_points)} from the recommendation and outside its range, outside the policy, or above the range maximum.",
        ),
        ("At most", f"{plain(rules.hr_maximum)}% of pay, for HR too."),
    )


def _limits(policy: Policy) -> tuple[tuple[str, str], ...]:
    moves = policy.model_points
    return (
        ("Amounts", f"Rounded to multiples of {plain(policy.money_unit)} in the cycle’s currency."),
        (
            "Model",
            "It moves nothing: policy and skills speak alone."
            if not moves
            else f"It may move a recommendation by at most {_points(moves)} up or down, and not beyond low and high of the cell.",
        ),
    )
