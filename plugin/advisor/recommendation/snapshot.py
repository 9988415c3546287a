"""The frozen data of one cycle: what was known of everybody on one day, hashed, so that any figure can be recomputed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from plugin.advisor.recommendation import codec
from plugin.domain import BadgeKind, BadgeVerdict, Json, Money
from plugin.errors import InvalidInput, Tampered
from plugin.texts import _

KINDS_THAT_COUNT = (
    BadgeKind.SKILL,
    BadgeKind.KNOWLEDGE,
)  # a performance badge repeats the rating, membership and contribution are no skill


@dataclass(frozen=True)
class SkillEvidence:
    """One badge award (or record) that shows a skill. All dates are days; ``verdict`` is that of the badge verification."""

    badge_award_id: str
    name: str  # of the badge
    skill: str  # normalised name of the skill; "pay a skill once" is by this name
    kind: str  # a BadgeKind
    issued_on: date
    issuer: str
    programme: str = ""  # skill development recognition, certificate programme, specialization, ...
    level: str = ""  # foundational, intermediate, advanced, expert; "" when not stated
    strategic: bool = False
    scarcity: Decimal | None = None  # 0 (plentiful) to 1 (very scarce)
    scarcity_on: date | None = None  # day on which the scarcity was measured
    scarcity_source: str = ""
    expires_on: date | None = None
    hours: Decimal | None = None
    verdict: BadgeVerdict = BadgeVerdict.VALID

    def __post_init__(self) -> None:
        if self.scarcity is not None and not 0 <= self.scarcity <= 1:
            raise InvalidInput(
                _(
                    "The scarcity of %(skill)s must be from 0 to 1, not %(value)s.",
                    skill=self.skill,
                    value=self.scarcity,
                )
            )


@dataclass(frozen=True)
class LeavePeriod:
    """A leave. ``protected`` (parental, sick, care) never lowers a raise unless the policy says so; ``paid`` is for reports."""

    kind: str
    started_on: date
    ended_on: date | None = None
    protected: bool = True


@dataclass(frozen=True)
class EmployeeRow:
    """What the advisor may know of one person. Pay is gross per year at full time; ``fte`` 0 < fte <= 1.

    Sex, age, family, nationality, postcode and the like have no field here on purpose.
    """

    person_id: int
    annual: Money
    fte: Decimal = Decimal(1)
    job_family: str = ""
    level: str = ""
    country: str = ""
    org_unit: str = ""
    hired_on: date | None = None
    range_minimum: Money | None = None
    range_midpoint: Money | None = None
    range_maximum: Money | None = None
    rating: Decimal | None = None  # 1 (lowest) to 5
    previous_rating: Decimal | None = None
    rating_label: str = ""
    last_pay_change_on: date | None = None
    new_evidence: tuple[SkillEvidence, ...] = ()  # issued since the last pay change
    skills_held: tuple[str, ...] = ()  # every valid skill, old ones too: for peers
    learning_hours: Decimal = Decimal(0)  # of the last 12 months, each hour once
    leaves: tuple[LeavePeriod, ...] = ()
    data_problems: tuple[str, ...] = ()  # e.g. pay_unverified, identity_unconfirmed: the advisor abstains
    paid_in: Money | None = (
        None  # ``annual`` as it is paid, where that is another currency than the snapshot's
    )

    def __post_init__(self) -> None:
        if not 0 < self.fte <= 1:
            raise InvalidInput(
                _("The FTE of employee no. %(id)s must be above 0 and at most 1.", id=self.person_id)
            )
        if self.annual.amount <= 0:
            raise InvalidInput(_("The pay of employee no. %(id)s must be above 0.", id=self.person_id))
        if self.rating is not None and not 1 <= self.rating <= 5:
            raise InvalidInput(_("The rating of employee no. %(id)s must be from 1 to 5.", id=self.person_id))
        self._check_range()

    def _check_range(self) -> None:
        ends = (self.range_minimum, self.range_midpoint, self.range_maximum)
        given = [end for end in ends if end is not None]
        if given and len(given) != 3:
            raise InvalidInput(_("The pay range of employee no. %(id)s is incomplete.", id=self.person_id))
        if any(end.currency != self.annual.currency for end in given):
            raise InvalidInput(
                _(
                    "The pay range of employee no. %(id)s has another currency than the pay.",
                    id=self.person_id,
                )
            )
        if given and not 0 < given[0].amount < given[1].amount < given[2].amount:
            raise InvalidInput(
                _(
                    "The pay range of employee no. %(id)s must rise from minimum to maximum.",
                    id=self.person_id,
                )
            )

    @property
    def compa_ratio(self) -> Decimal | None:
        """Full-time annual pay / range midpoint; None without a range."""
        return None if self.range_midpoint is None else self.annual.amount / self.range_midpoint.amount

    @property
    def range_penetration(self) -> Decimal | None:
        """(pay - minimum) / (maximum - minimum): below 0 or above 1 when out of range; None without a range."""
        if self.range_minimum is None or self.range_maximum is None:
            return None
        low, high = self.range_minimum.amount, self.range_maximum.amount
        return (self.annual.amount - low) / (high - low)

    @property
    def paid(self) -> Money:
        """What is paid a year: full-time pay times ``fte``, unrounded."""
        return Money(self.annual.amount * self.fte, self.annual.currency)

    def months_since_raise(self, as_of: date) -> int | None:
        """Whole months since the last pay change, else since hiring; None when neither is known."""
        since = self.last_pay_change_on or self.hired_on
        return None if since is None else months_between(since, as_of)


def months_between(start: date, end: date) -> int:
    """Whole months from ``start`` to ``end``, never below 0."""
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return max(months, 0)


@dataclass(frozen=True)
class Snapshot:
    """Everybody's rows as of one day, in one currency (frozen rates were applied before), sorted by person."""

    as_of: date
    currency: str
    rows: tuple[EmployeeRow, ...]
    typical_label: str = field(default="this company")  # machine text  # how texts name the population

    def __post_init__(self) -> None:
        ids = [row.person_id for row in self.rows]
        if any(b <= a for a, b in pairwise(ids)):
            raise InvalidInput(
                "rows of a snapshot are sorted by person and hold each person once"
            )  # machine text
        if any(row.annual.currency != self.currency for row in self.rows):
            raise InvalidInput(f"a row is not in {self.currency}")  # machine text

    @cached_property
    def hash(self) -> str:
        """SHA-256 of ``to_json``, row by row, so that a whole firm needs no second copy in memory."""
        digest = hashlib.sha256()
        for part in parts(self):
            digest.update(part)
        return digest.hexdigest()

    @cached_property
    def _index(self) -> dict[int, int]:
        return {row.person_id: i for i, row in enumerate(self.rows)}

    def position(self, person_id: int) -> int:
        """Index of a person in ``rows``; InvalidInput when not in the snapshot."""
        try:
            return self._index[person_id]
        except KeyError as error:
            raise InvalidInput(_("Employee no. %(id)s is not in the snapshot.", id=person_id)) from error

    def row(self, person_id: int) -> EmployeeRow:
        """The person's row; InvalidInput when not in the snapshot."""
        return self.rows[self.position(person_id)]


def snapshot(
    as_of: date,
    currency: str,
    rows: Iterable[EmployeeRow],
    *,
    typical_label: str = "this company",  # machine text
) -> Snapshot:
    """A snapshot of ``rows`` in any order."""
    return Snapshot(as_of, currency, tuple(sorted(rows, key=lambda row: row.person_id)), typical_label)


def to_json(value: Snapshot) -> bytes:
    """Canonical JSON bytes; their SHA-256 is ``value.hash``."""
    return b"".join(parts(value))


def parts(value: Snapshot) -> Iterator[bytes]:
    """The canonical JSON of the whole value in pieces: the same bytes as ``codec.to_bytes``."""
    head = codec.to_bytes({"as_of": value.as_of, "currency": value.currency})
    yield head[:-1] + b',"rows":['
    for i, row in enumerate(value.rows):
        yield (b"," if i else b"") + codec.to_bytes(row)
    yield b"]," + codec.to_bytes({"typical_label": value.typical_label})[1:]


def from_json(data: bytes, *, expected_hash: str | None = None) -> Snapshot:
    """The snapshot back; Tampered when the bytes are not those of ``expected_hash``."""
    digest = hashlib.sha256(data).hexdigest()
    if expected_hash is not None and digest != expected_hash:
        raise Tampered(
            _("The stored snapshot does not match its hash."), remedy=_("Restore it from a backup.")
        )
    found: Json = json.loads(data)
    return codec.from_json(Snapshot, found)
