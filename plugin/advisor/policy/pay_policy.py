"""The pay policy of a cycle as one frozen value that a compensation team owns: who takes part, the matrix, skills, limits."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from plugin.advisor.policy.matrix import Matrix, check
from plugin.advisor.recommendation import codec
from plugin.domain import BadgeKind, Json, LeaveKind
from plugin.errors import InvalidInput
from plugin.texts import _, counted

LONGEST_AGE = 36_500  # days: a century


def _wrong(name: str, what: str) -> InvalidInput:
    return InvalidInput(_("%(name)s: %(problem)s", name=name, problem=what), fields={name: what})


@dataclass(frozen=True)
class Eligibility:
    """Who takes part. None switches a rule off. Leave never makes a person ineligible."""

    hired_by: date | None = None  # hired later: only brought to the range minimum
    months_since_raise: int | None = None  # a shorter time since the last pay change: not in this cycle
    exempt_countries: tuple[str, ...] = ()  # paid by collective agreement: not in this cycle

    def __post_init__(self) -> None:
        if self.months_since_raise is not None and self.months_since_raise < 0:
            raise _wrong("months_since_raise", _("Enter 0 or more months."))


@dataclass(frozen=True)
class Proration:
    """Part-year rule: who was hired within the period takes part for the share of it that was worked.

    ``leave_counts`` names the kinds of leave (``LeaveKind``) that shorten the year; empty = leave-neutral, the default.
    """

    period_started_on: date | None = None  # None = no proration
    period_ended_on: date | None = None
    leave_counts: tuple[str, ...] = ()
    since_pay_change: bool = False  # True: a pay change within the period starts the share anew

    def __post_init__(self) -> None:
        start, end = self.period_started_on, self.period_ended_on
        if (start is None) != (end is None) or (start is not None and end is not None and end < start):
            raise _wrong(
                "period_ended_on", _("Enter a start and a later end of the proration period, or neither.")
            )
        if unknown := [kind for kind in self.leave_counts if kind not in list(LeaveKind)]:
            raise _wrong(
                "leave_counts",
                _(
                    "Unknown kinds of leave: %(unknown)s. Enter any of %(kinds)s.",
                    unknown=", ".join(unknown),
                    kinds=", ".join(LeaveKind),
                ),
            )
        if self.leave_counts and start is None:
            raise _wrong("leave_counts", _("Enter a proration period, or no leave that counts."))


@dataclass(frozen=True)
class SkillPolicy:
    """Points of pay for verified new evidence. A kind or level that is not listed counts 0 or 1 respectively."""

    kind_points: dict[str, Decimal] = field(
        default_factory=lambda: {BadgeKind.SKILL: Decimal("0.4"), BadgeKind.KNOWLEDGE: Decimal("0.2")}
    )
    level_factor: dict[str, Decimal] = field(
        default_factory=lambda: {
            "foundational": Decimal("0.75"),
            "intermediate": Decimal(1),
            "advanced": Decimal("1.25"),
            "expert": Decimal("1.5"),
        }
    )
    strategic_factor: Decimal = Decimal("1.5")
    scarcity_weight: Decimal = Decimal(1)  # factor 1 + weight * scarcity
    scarcity_valid_days: int = 365  # an older scarcity figure, or one without source, is not used
    cap_points: Decimal = Decimal("1.5")  # per person
    pool_percent: Decimal | None = None  # of all eligible pay; above it everybody's points shrink alike

    def __post_init__(self) -> None:
        numbers = {
            "strategic_factor": self.strategic_factor,
            "scarcity_weight": self.scarcity_weight,
            "cap_points": self.cap_points,
            "pool_percent": self.pool_percent or Decimal(0),
            **{f"kind_points.{kind}": value for kind, value in self.kind_points.items()},
            **{f"level_factor.{level}": value for level, value in self.level_factor.items()},
        }
        if not 0 <= self.scarcity_valid_days <= LONGEST_AGE:
            raise _wrong("scarcity_valid_days", _("Enter 0 to %(most)s days.", most=counted(LONGEST_AGE)))
        negative = {name: _("Enter 0 or more.") for name, value in numbers.items() if value < 0}
        if negative:
            names = ", ".join(sorted(negative))
            raise InvalidInput(_("These values must be 0 or more: %(names)s.", names=names), fields=negative)


@dataclass(frozen=True)
class RangeRules:
    """Order of operations around the pay range (GitLab and university practice, see docs/reference/advisor.md)."""

    raise_to_minimum: bool = True  # first, from its own pool
    cap_at_maximum: bool = True
    remainder_as_lump_sum: bool = True
    split_shortfall: bool = codec.later(
        default=False
    )  # a shortfall beyond ``hr_maximum``: that much now, the rest in a later cycle


@dataclass(frozen=True)
class ApprovalRules:
    """Who approves what. A raise that is further than ``hr_from_points`` from the recommendation, and outside its range, is
    approved by HR; nobody, HR included, decides more than ``hr_maximum`` points."""

    hr_from_points: Decimal = Decimal("2.0")
    hr_maximum: Decimal = Decimal(25)

    def __post_init__(self) -> None:
        if not 0 <= self.hr_from_points <= self.hr_maximum <= 100:
            raise _wrong("hr_maximum", _("Enter a value from hr_from_points (0 or more) to 100."))


@dataclass(frozen=True)
class Policy:
    """Everything a compensation team decides before a cycle opens. Points are per cent of pay."""

    name: str
    matrix: Matrix
    eligibility: Eligibility = Eligibility()
    proration: Proration = Proration()
    skills: SkillPolicy = SkillPolicy()
    ranges: RangeRules = RangeRules()
    approvals: ApprovalRules = ApprovalRules()
    money_unit: Decimal = Decimal(1)  # amounts are rounded to this
    model_points: Decimal = Decimal("1.0")  # the model may move the guideline by at most this, either way

    def __post_init__(self) -> None:
        check(self.matrix)
        if self.model_points < 0:
            raise _wrong("model_points", _("Enter 0 or more."))
        if self.money_unit <= 0 or self.money_unit % Decimal("0.01"):
            raise _wrong("money_unit", _("Enter a multiple of 0.01 above 0."))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON form."""
        return codec.hash_of(self)

    @property
    def newest_day(self) -> date | None:
        """The latest of its dates; None when it names no day."""
        days = (self.eligibility.hired_by, self.proration.period_ended_on)
        return max((day for day in days if day is not None), default=None)

    def moved(self, years: int) -> Policy:
        """The same rules for a cycle that many years later (below 0: earlier): its dates move with it, the rest stays."""
        if self.newest_day is None or not years:
            return self
        period = self.proration
        return replace(
            self,
            eligibility=replace(self.eligibility, hired_by=_moved(self.eligibility.hired_by, years)),
            proration=replace(
                period,
                period_started_on=_moved(period.period_started_on, years),
                period_ended_on=_moved(period.period_ended_on, years),
            ),
        )


def _moved(day: date | None, years: int) -> date | None:
    """February 29 becomes 28 in a year that has none; 28 stays 28."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def to_json(policy: Policy) -> bytes:
    """Canonical JSON bytes."""
    return codec.to_bytes(policy)


def from_json(data: bytes) -> Policy:
    """The policy back; InvalidInput when a field or the matrix is wrong."""
    found: Json = json.loads(data)
    return codec.from_json(Policy, found)
