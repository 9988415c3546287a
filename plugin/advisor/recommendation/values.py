"""What the advisor hands to a manager, as frozen values that add up exactly; no other person's data in any of them.

No text stands in here: what people read is made of codes and typed values when it is shown (``wording``), so that a stored
recommendation keeps its bytes whatever becomes of the texts and their languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from plugin.domain import Money, RangeKind, RecommendationStatus, total_money

ENGINE = 2  # of the values below; ``engine_1`` reads what was stored before


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


class ReasonCode(StrEnum):
    """What a reason says; whether it raises or lowers is the sign of its points."""

    RATING = "rating"
    NO_RATING = "no_rating"
    NEW_SKILLS = "new_skills"
    SKILLS_IN_PAST_RAISES = (
        "skills_in_past_raises"  # what the model says of skills beside their points (``shown``)
    )
    NO_NEW_SKILL = "no_new_skill"
    PAY_POSITION = "pay_position"
    NO_PAY_RANGE = "no_pay_range"
    LAST_RAISE = "last_raise"
    NO_RAISE_DATE = "no_raise_date"
    LEARNING = "learning"
    SMALL_FACTORS = "small_factors"
    RANGE_MINIMUM = "range_minimum"  # this and the next ones: the rule that moved most
    ADJUSTMENT = "adjustment"
    PRORATION = "proration"
    LIMITS = "limits"
    RANGE_MAXIMUM = "range_maximum"
    BUDGET = "budget"
    FIXED = "fixed"
    POLICY = "policy"


class NoteCode(StrEnum):
    """What is said beside a figure: eligibility, part of the year, lump sum, where the range comes from."""

    HIRED_TOO_LATE = "hired_too_late"
    PAY_SET_ELSEWHERE = "pay_set_elsewhere"
    RAISED_RECENTLY = "raised_recently"
    HIRED_DURING_YEAR = "hired_during_year"
    PAY_CHANGED_DURING_YEAR = "pay_changed_during_year"
    LEAVE_COUNTED = "leave_counted"
    LEAVE_NEUTRAL = "leave_neutral"
    LUMP_SUM = "lump_sum"
    SPLIT_SHORTFALL = "split_shortfall"
    RULES_ONLY = "rules_only"
    RANGE_TOO_FEW = "range_too_few"  # the policy's range: too few decisions of this cycle to measure one
    RANGE_NOT_HELD = "range_not_held"  # the policy's range: the measured one held too few decisions
    RANGE_NOT_HELD_FOR_RATING = "range_not_held_for_rating"
    RANGE_MEASURED = "range_measured"
    RANGE_MEASURED_TOGETHER = "range_measured_together"  # of all ratings, as this one has too few


class AbstainCode(StrEnum):
    """Why the advisor gives no number."""

    UNVERIFIED_DATA = "unverified_data"
    RATING_FROZEN = "rating_frozen"
    RATING_MISSING = "rating_missing"
    TOO_FEW_COMPARABLE = "too_few_comparable"
    OUT_OF_DISTRIBUTION = "out_of_distribution"
    ABOVE_MAXIMUM = "above_maximum"  # more than anyone may decide


class ModelOff(StrEnum):
    """Why no model was used."""

    SWITCHED_OFF = "switched_off"
    NO_MODEL = "no_model"
    NOT_APPROVED = "not_approved"


class ConfidenceCode(StrEnum):
    """What can be said of how sure a figure is."""

    TRACK_RECORD = "track_record"
    POLICY = "policy"
    ABSTAINED = "abstained"
    FIXED = "fixed"


class WhatIfCode(StrEnum):
    """The one thing that would be another."""

    FURTHER_SKILL = "further_skill"
    FURTHER_STRATEGIC_SKILL = "further_strategic_skill"
    NEXT_RATING = "next_rating"
    PATH = "path"  # the fewest further badges to the next half point


@dataclass(frozen=True)
class Facts:
    """The typed values that a text names; those that its code needs are set, the others are not stored."""

    SPARSE: ClassVar[bool] = True

    rating: Decimal | None = None
    rating_label: str = ""  # the suite's own word for it
    compa_ratio: Decimal | None = None
    months: int | None = None
    least_months: int | None = None
    days: int | None = None
    hours: Decimal | None = None
    points: Decimal | None = None
    share: Decimal | None = None  # 0 to 1: of the year, or of decisions that a range held
    level: Decimal | None = None  # 0 to 1: share that a range promises
    on: date | None = None
    limit: date | None = None
    people: int | None = None  # or decisions
    year: int | None = None
    badges: int | None = None
    country: str = ""
    problem: str = ""  # code of a data problem
    feature: str = ""  # name of a model's input


NO_FACTS = Facts()


@dataclass(frozen=True)
class Guideline:
    """What policy alone says, in points of pay: hard minimum and maximum, soft low and high, default."""

    minimum: Decimal
    low: Decimal
    default: Decimal
    high: Decimal
    maximum: Decimal


@dataclass(frozen=True)
class BadgePoints:
    """A badge that counts, and the tenths of a point that it brings."""

    award_id: str
    name: str
    issuer: str
    issued_on: date
    points: Decimal


@dataclass(frozen=True)
class LedgerLine:
    """One step. The points of all lines sum to the percent, the money of all lines to the amount."""

    code: LineCode
    points: Decimal
    money: Money
    badges: tuple[BadgePoints, ...] = ()


@dataclass(frozen=True)
class Reason:
    """One group of reasons, in points of pay and money a year against the baseline."""

    group: Group
    code: ReasonCode
    points: Decimal
    money: Money
    facts: Facts = NO_FACTS
    badges: tuple[BadgePoints, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """Where the reasons start: the typical raise of a named population, before new skills."""

    population: str
    points: Decimal
    money: Money
    people: int


@dataclass(frozen=True)
class Note:
    """One thing said beside the figure."""

    code: NoteCode
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Abstention:
    """Why there is no number."""

    code: AbstainCode
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Confidence:
    """How sure the figure is: the model's track record with such cases, or why there is none."""

    code: ConfidenceCode
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Recommendation:
    """What the advisor recommends for one person.

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
    confidence: Confidence
    notes: tuple[Note, ...] = ()
    abstention: Abstention | None = None
    model_off: ModelOff | None = None
    model_hash: str | None = None
    policy_hash: str = ""
    snapshot_hash: str = ""

    @property
    def abstain_code(self) -> AbstainCode | None:
        return None if self.abstention is None else self.abstention.code

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
    """What the rules would say if one thing were another; never an effect, never a promise."""

    code: WhatIfCode
    percent: Decimal
    change: Decimal
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Peer:
    """A comparable person, pseudonymous: no id, no name, rounded figures."""

    compa_ratio: Decimal | None
    rating: Decimal | None
    rating_label: str
    percent: Decimal | None


@dataclass(frozen=True)
class Peers:
    """Nearest comparable people, or none when there are fewer than ``least``."""

    people: int
    least: int
    nearest: tuple[Peer, ...] = ()
    position_now: int | None = None  # how many of ``people`` are paid less, in their range, now
    position_after: int | None = None  # and after the recommended raise
