"""The field's own terms as frozen values, so that every layer speaks of the same things; no input or output here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias

from plugin.errors import InvalidInput

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


# --- time -----------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Gives the present time; injected everywhere so that any day can be replayed."""

    def __call__(self) -> datetime: ...


def utc_now() -> datetime:
    """The real clock, aware UTC."""
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """The same moment in UTC; InvalidInput when it has no zone."""
    if moment.tzinfo is None:
        raise InvalidInput(
            f"time {moment.isoformat()} has no zone", remedy="give it with an offset, e.g. +00:00"
        )
    return moment.astimezone(UTC)


# --- money ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency (ISO 4217 code), never a float. Arithmetic between currencies raises InvalidInput."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InvalidInput(f"amount {self.amount!r} is not a finite decimal number")
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isupper()):
            raise InvalidInput(
                f"currency {self.currency!r} is not a code of three capital letters (ISO 4217)"
            )

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def percent(self, points: Decimal) -> Money:
        """``points`` per cent of this amount, unrounded."""
        return Money(self.amount * points / 100, self.currency)

    def rounded(self, unit: Decimal = Decimal(1)) -> Money:
        """To the nearest ``unit`` of the currency, halves up: the one rounding, at the edge."""
        return Money((self.amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit, self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise InvalidInput(
                f"cannot combine {self.currency} with {other.currency}", remedy="convert at the cycle's rate"
            )
        return other.amount


def one_decimal(points: Decimal) -> Decimal:
    """Points of pay as shown: one decimal, halves up."""
    return points.quantize(Decimal("0.1"), ROUND_HALF_UP)


# --- content hashes -------------------------------------------------------------------------------------------------


def canonical_json(value: Json) -> bytes:
    """One byte form for equal values: sorted keys, no blanks, UTF-8. NaN and infinity raise ValueError."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def content_hash(value: Json) -> str:
    """SHA-256 of the canonical form, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


# --- people and access ----------------------------------------------------------------------------------------------


class Role(StrEnum):
    """What an account may do. An account may hold several."""

    MANAGER = "manager"
    HR_ADMIN = "hr_admin"
    ANALYST = "analyst"
    OPERATOR = "operator"


class IdentifierKind(StrEnum):
    """How the outside names a person."""

    EMAIL = "email"
    EMAIL_SHA1 = "email_sha1"
    EMPLOYEE_NUMBER = "employee_number"
    ACCOUNT = "account"  # homePage|name of an xAPI account
    OPENID = "openid"
    SUITE_ID = "suite_id"  # id in the HR suite


@dataclass(frozen=True)
class Identifier:
    """One name of a person in the outside world; ``value`` is normalised by ``identifier``."""

    kind: IdentifierKind
    value: str


def identifier(kind: IdentifierKind, value: str) -> Identifier:
    """Normalised: trimmed, e-mail and hashes lower-cased. InvalidInput when nothing is left."""
    text = value.strip()
    if kind in (IdentifierKind.EMAIL, IdentifierKind.EMAIL_SHA1):
        text = text.lower().removeprefix("mailto:")
    if not text:
        raise InvalidInput(f"empty {kind.value}", fields={kind.value: "is empty"})
    return Identifier(kind, text)


def email_sha1(email: str) -> Identifier:
    """The xAPI ``mbox_sha1sum`` form of an address (SHA-1 of the mailto IRI, xAPI-Data 2.4.2.3)."""
    digest = hashlib.sha1(f"mailto:{email.strip().lower()}".encode(), usedforsecurity=False).hexdigest()
    return Identifier(IdentifierKind.EMAIL_SHA1, digest)


# --- records that come in -------------------------------------------------------------------------------------------
# One shape per stream, whatever the source. A connector's mapping makes them, the kernel stores them.


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


# --- rounding to a total --------------------------------------------------------------------------------------------


def largest_remainder(
    parts: Sequence[Decimal], total: Decimal, step: Decimal = Decimal("0.1")
) -> list[Decimal]:
    """``parts`` rounded to ``step`` so that they sum to ``total`` exactly (Hamilton's method).

    ``total`` must be a multiple of ``step`` and within ``len(parts)`` steps of the parts' sum; InvalidInput otherwise.
    Ties go to the earlier part.
    """
    floors = [(part / step).to_integral_value(rounding="ROUND_FLOOR") for part in parts]
    missing = int(total / step - sum(floors, Decimal(0)))
    if total % step != 0 or not 0 <= missing <= len(parts):
        raise InvalidInput(
            f"parts that sum to {sum(parts, Decimal(0))} cannot be rounded to {total} in steps of {step}"
        )
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i] / step, i))
    chosen = set(order[:missing])
    return [(floor + (1 if i in chosen else 0)) * step for i, floor in enumerate(floors)]


def total_money(amounts: Iterable[Money], currency: str) -> Money:
    """The sum in ``currency``; zero of it for none."""
    total = Money(Decimal(0), currency)
    for amount in amounts:
        total = total + amount
    return total
