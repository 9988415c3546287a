"""One person's recommendation as it is shown: row, reasons, steps, badges, charts, file and shell are all drawn from this value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from plugin.advisor.recommendation import shown, summary, wording
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import (
    BadgePoints,
    LedgerLine,
    LineCode,
    Peers,
    Reason,
    Recommendation,
)
from plugin.domain import Money, RecommendationStatus
from plugin.services.decision.recommendation import PersonRecommendation

LEAST_DOTS = 5  # fewer would show single people


@dataclass(frozen=True)
class Chip:
    """A new badge; ``points`` None: it brings none, because its skill counts already, was paid before or is not verified."""

    award_id: str
    name: str
    points: Decimal | None


@dataclass(frozen=True)
class Step:
    """A row of the reasons or of the steps: what it is called, why, and what it brings."""

    label: str
    sentence: str
    points: Decimal
    money: Money
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True)
class Guess:
    """What the recommendation would be if one thing were another."""

    sentence: str
    percent: Decimal


@dataclass(frozen=True)
class Comparison:
    """Comparable people: the sentence counts the dots."""

    sentence: str
    dots: tuple[Decimal, ...]  # compa-ratios; empty = none may be shown


@dataclass(frozen=True)
class Panel:
    """The texts are in the language of the reader of now, and what a page does not ask for is not made.

    ``start`` + ``reasons`` = ``percent`` and ``amount``, and so do the ``steps`` (where there is no number they add up to what the
    budget plans); ``chips`` are the badges of both.
    """

    recommended: PersonRecommendation

    @property
    def made(self) -> Recommendation:
        return self.recommended.recommendation

    @property
    def status(self) -> RecommendationStatus:
        return self.made.status

    @property
    def rating(self) -> str:
        return rating(self.recommended.row)

    @property
    def percent(self) -> Decimal | None:
        return self.made.percent

    @property
    def amount(self) -> Money | None:
        return self.made.amount

    @property
    def low(self) -> Decimal:
        return self.made.low

    @property
    def high(self) -> Decimal:
        return self.made.high

    @property
    def policy(self) -> Decimal:
        """What policy and skills alone give, within their usual range."""
        return self.made.guideline.default

    @property
    def policy_low(self) -> Decimal:
        return self.made.guideline.low

    @property
    def policy_high(self) -> Decimal:
        return self.made.guideline.high

    @property
    def reserved(self) -> Decimal:
        """Of the percent: points from pools of their own."""
        return self.made.reserved

    @property
    def lump_sum(self) -> Money:
        return self.made.lump_sum

    @property
    def summary(self) -> str:
        return summary.words(summary.of(self.made))

    @cached_property
    def start(self) -> Step | None:
        base = self.made.baseline
        if self.made.percent is None or base is None:
            return None
        return Step(wording.typical_raise(), wording.baseline(base), base.points, base.money)

    @cached_property
    def reasons(self) -> tuple[Step, ...]:
        return tuple(_reason(one) for one in shown.reasons(self.made))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(_step(line, self.made.status) for line in self.made.ledger)

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """The badges of the step that they pay for; nothing where there is no such step."""
        paid = (line for line in self.made.ledger if line.code is LineCode.SKILLS)
        return tuple(_chip(badge) for line in paid for badge in line.badges)

    @cached_property
    def no_points(self) -> tuple[Chip, ...]:
        """The other badges since the last raise, each once."""
        counted = {chip.award_id for chip in self.chips}
        others = {piece.badge_award_id: piece.name for piece in self.recommended.row.new_evidence}
        return tuple(
            Chip(award_id, name, None) for award_id, name in others.items() if award_id not in counted
        )

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(wording.note(one) for one in self.made.notes)

    @property
    def confidence(self) -> str:
        return wording.confidence(self.made.confidence)

    @property
    def model_off(self) -> str:
        return "" if self.made.model_off is None else wording.model_off(self.made.model_off)

    @cached_property
    def peers(self) -> Comparison:
        return _comparison(self.recommended.row, self.recommended.peers)

    @cached_property
    def guesses(self) -> tuple[Guess, ...]:
        return tuple(Guess(wording.what_if(one), one.percent) for one in self.recommended.what_ifs)

    @property
    def guess_note(self) -> str:
        return wording.what_if_note()


def rating(row: EmployeeRow) -> str:
    """4 (Exceeds), on every page and in every file."""
    return wording.rating(row.rating, row.rating_label)


def _reason(one: Reason) -> Step:
    chips = tuple(_chip(badge) for badge in one.badges)
    return Step(wording.reason_label(one), wording.reason(one), one.points, one.money, chips)


def _step(line: LedgerLine, status: RecommendationStatus) -> Step:
    chips = tuple(_chip(badge) for badge in line.badges)
    return Step(wording.line_label(line.code, status), "", line.points, line.money, chips)


def _chip(badge: BadgePoints) -> Chip:
    return Chip(badge.award_id, badge.name, badge.points)


def _comparison(row: EmployeeRow, peers: Peers | None) -> Comparison:
    if peers is None or not peers.nearest:
        people, least = (0, LEAST_DOTS) if peers is None else (peers.people, peers.least)
        return Comparison(wording.too_few_peers(people, least), ())
    dots = tuple(peer.compa_ratio for peer in peers.nearest if peer.compa_ratio is not None)
    if len(dots) < LEAST_DOTS or row.compa_ratio is None:
        return Comparison(wording.peers_without_range(peers.people), ())
    return Comparison(wording.peers(len(dots), peers.people), dots)
