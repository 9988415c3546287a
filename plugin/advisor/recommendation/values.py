"""What the advisor hands to a manager, as frozen values that add up exactly; no other person's data in any of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from plugin.domain import Money, RangeKind, RecommendationStatus, total_money


class Group(StrEnum):
    """The groups of reasons. OTHER collects what is too small to show alone."""

    PERFORMANCE = "performance"
    SKILLS = "skills"
    PAY_POSITION = "pay_position"
    TIME = "time"
    LEARNING = "learning"
    RULES = "rules"  # proration, limits, range, rounding, budget, other criteria of the matrix
    OTHER = "other"


class LineCode(StrEnum):
    """The steps of a recommendation in their order."""

    RANGE_MINIMUM = "range_minimum"
    ADJUSTMENT = "adjustment"
    MERIT = "merit"
    PRORATION = "proration"
    SKILLS = "skills"
    MODEL = "model"
    LIMITS = "limits"
    RANGE_MAXIMUM = "range_maximum"
    BUDGET = "budget"


RESERVED = (LineCode.RANGE_MINIMUM, LineCode.ADJUSTMENT)


@dataclass(frozen=True)
class Guideline:
    """What policy alone says, in points of pay: hard minimum and maximum, soft low and high, default."""

    minimum: Decimal
    low: Decimal
    default: Decimal
    high: Decimal
    maximum: Decimal


@dataclass(frozen=True)
class Evidence:
    """A link behind a reason: ``kind`` badge, rating, pay or learning; ``ref`` the id within that kind; ``text`` for people."""

    kind: str
    ref: str
    text: str
    on: date | None = None
    points: Decimal | None = None  # for badges: the tenths of a point that this badge brings


@dataclass(frozen=True)
class LedgerLine:
    """One step. The points of all lines sum to the percent, the money of all lines to the amount."""

    code: LineCode
    label: str
    points: Decimal
    money: Money
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Reason:
    """One group of reasons, in points of pay and money a year against the baseline. ``sentence`` is a whole sentence."""

    group: Group
    label: str
    points: Decimal
    money: Money
    sentence: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """Where the reasons start: the typical raise of a named population, before new skills."""

    label: str
    points: Decimal
    money: Money
    people: int


@dataclass(frozen=True)
class Recommendation:
    """The advice for one person.

    ``percent`` is points of base pay, a multiple of 0.1, None when the advisor abstains; ``amount`` the same as money a year
    (pay actually paid: full time times FTE). Sum of ledger points = percent, of ledger money = amount (when abstained: of
    ``guideline.default`` after the range rules). Baseline + reasons = percent and amount, exactly (both are
    empty where the advisor abstains or the person is not in the cycle). ``lump_points`` and
    ``lump_sum`` are paid once, on top, because base pay reached the range maximum.
    """

    person_id: int
    status: RecommendationStatus
    percent: Decimal | None
    amount: Money | None
    low: Decimal
    high: Decimal
    interval_kind: RangeKind  # calibrated: measured on this cycle's decisions
    guideline: Guideline
    ledger: tuple[LedgerLine, ...]
    baseline: Baseline | None
    reasons: tuple[Reason, ...]
    lump_points: Decimal
    lump_sum: Money
    confidence: str
    notes: tuple[str, ...] = ()  # visible reasons of eligibility and proration, warnings
    abstain_code: str | None = None
    abstain_sentence: str | None = None
    switched_off: str | None = None  # one sentence why no model speaks
    model_hash: str | None = None
    policy_hash: str = ""
    snapshot_hash: str = ""

    @property
    def reserved(self) -> Decimal:
        """Points that are paid from pools of their own, before merit: range minimum and adjustments."""
        return sum((line.points for line in self.ledger if line.code in RESERVED), Decimal(0))

    @property
    def reserved_money(self) -> Money:
        """``reserved`` as money a year."""
        return total_money(
            (line.money for line in self.ledger if line.code in RESERVED), self.lump_sum.currency
        )

    @property
    def planned(self) -> Decimal:
        """Points to plan the budget with: the percent, or the policy's own figure when the advisor abstains."""
        return (
            sum((line.points for line in self.ledger), Decimal(0)) if self.percent is None else self.percent
        )


@dataclass(frozen=True)
class WhatIf:
    """Guidance on one thing that can change; never an effect, never a promise."""

    code: str  # next_rating, further_skill
    sentence: str
    percent: Decimal
    change: Decimal
    note: str = "Guidance from rules and model as they stand, not a promise and not an effect."


@dataclass(frozen=True)
class Peer:
    """A comparable person, pseudonymous: no id, no name, rounded figures."""

    label: str  # "Peer A"
    compa_ratio: Decimal | None
    rating_label: str
    percent: Decimal | None


@dataclass(frozen=True)
class Peers:
    """Nearest comparable people, or none with the reason when there are fewer than ``k``."""

    sentence: str
    people: int
    nearest: tuple[Peer, ...] = ()
    position_now: int | None = None  # how many of ``people`` are paid less, in their range, now
    position_after: int | None = None  # and after the recommended raise
