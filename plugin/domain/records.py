"""One shape per stream, whatever the source: a connector's mapping makes them, the kernel stores them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from plugin.domain.money import Money
from plugin.domain.people import Identifier


class Outcome(StrEnum):
    """What a learning record says happened."""

    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    PROGRESSED = "progressed"
    ENDED = "ended"  # a session ended (cmi5 terminated, abandoned)
    EARNED = "earned"  # a badge was earned: a pointer, never proof


@dataclass(frozen=True)
class PersonRecord:
    """A person as the HR suite knows them. ``source_id`` is the suite's id, ``manager_source_id`` that of the manager."""

    source_id: str
    display_name: str
    emails: tuple[str, ...] = ()
    employee_number: str | None = None
    manager_source_id: str | None = None
    job_title: str | None = None
    job_family: str | None = None
    level: str | None = None
    org_unit: str | None = None
    country: str | None = None
    hired_on: date | None = None
    left_on: date | None = None
    fte: Decimal = Decimal(1)
    other_ids: tuple[Identifier, ...] = ()


@dataclass(frozen=True)
class PayRecord:
    """Base pay of a person from a day on. ``annual`` is gross per year at full time."""

    source_id: str
    person_source_id: str
    effective_on: date
    annual: Money


@dataclass(frozen=True)
class PayRangeRecord:
    """The company's pay range of a job family and level, gross per year at full time."""

    source_id: str
    job_family: str
    level: str
    country: str
    effective_on: date
    minimum: Money
    midpoint: Money
    maximum: Money


@dataclass(frozen=True)
class RatingRecord:
    """A performance rating, 1 (lowest) to 5 (highest), for the period that ends on ``period_ended_on``."""

    source_id: str
    person_source_id: str
    period_ended_on: date
    score: Decimal
    label: str | None = None


@dataclass(frozen=True)
class RaiseRecord:
    """A past change of base pay, in percent of the pay before it. A training label only, never a feature."""

    source_id: str
    person_source_id: str
    effective_on: date
    percent: Decimal


class LeaveKind(StrEnum):
    """All that is kept of why somebody was away. Holidays are no leave here and are never read."""

    PARENTAL = "parental"
    CARE = "care"
    SICK = "sick"
    UNPAID = "unpaid"
    OTHER = "other"

    @property
    def is_protected(self) -> bool:
        """By law, in most countries."""
        return self in (LeaveKind.PARENTAL, LeaveKind.CARE, LeaveKind.SICK)


@dataclass(frozen=True)
class LeaveRecord:
    """Approved time away from work, both days included; ``ended_on`` None = it lasts."""

    source_id: str
    person_source_id: str
    kind: LeaveKind
    started_on: date
    ended_on: date | None
    protected: bool


@dataclass(frozen=True)
class LearningRecord:
    """One piece of learning of one learner. ``hours`` counts each hour once (see plugin.xapi.learning)."""

    source_id: str
    learner: tuple[Identifier, ...]
    activity_id: str
    title: str
    outcome: Outcome
    occurred_at: datetime
    hours: Decimal | None = None
    score_scaled: Decimal | None = None


@dataclass(frozen=True)
class BadgeRecord:
    """One badge award as a source reports it; unverified until the badges package has judged it.

    ``credential`` is the evidence itself (assertion JSON, JWS, URL), kept as received for verification.
    """

    source_id: str
    recipient: tuple[Identifier, ...]
    badge_class_id: str
    badge_name: str
    issuer_id: str
    issuer_name: str
    issued_on: date
    expires_on: date | None = None
    revoked: bool = False
    credential: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkillRecord:
    """A skill that a person is said to hold, by the HR suite."""

    source_id: str
    person_source_id: str
    skill: str
    proficiency: Decimal | None = None  # 0 to 1
    evaluated_on: date | None = None


Record: TypeAlias = (
    PersonRecord
    | PayRecord
    | PayRangeRecord
    | RatingRecord
    | RaiseRecord
    | LeaveRecord
    | LearningRecord
    | BadgeRecord
    | SkillRecord
)


class Stream(StrEnum):
    """The kinds of record that connectors read; each has exactly one record shape."""

    PEOPLE = "people"
    PAY = "pay"
    PAY_RANGES = "pay_ranges"
    RATINGS = "ratings"
    RAISES = "raises"
    LEAVES = "leaves"
    LEARNING = "learning"
    BADGES = "badges"
    SKILLS = "skills"


class Sink(StrEnum):
    """The kinds of thing that connectors write to the HR suite."""

    SKILLS = "skills"
    TRAINING = "training"
    RAISES = "raises"
