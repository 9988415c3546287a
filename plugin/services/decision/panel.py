"""One person's recommendation as it is shown: row, reasons, steps, badges, charts, file and shell are all drawn from this value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

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
    """The texts are in the language of the reader it was made for. ``start`` + ``reasons`` = ``percent`` and ``amount``, and so do
    the ``steps`` (where there is no number they add up to what the budget plans); ``chips`` are the badges of both."""

    status: RecommendationStatus
    rating: str
    percent: Decimal | None
    amount: Money | None
    low: Decimal
    high: Decimal
    policy: Decimal  # what policy and skills alone give, within their usual range
    policy_low: Decimal
    policy_high: Decimal
    reserved: Decimal  # of the percent: points from pools of their own
    lump_sum: Money
    summary: str
    start: Step | None
    reasons: tuple[Step, ...]
    steps: tuple[Step, ...]
    chips: tuple[Chip, ...]
    no_points: tuple[Chip, ...]
    notes: tuple[str, ...]
    confidence: str
    model_off: str
    peers: Comparison
    guesses: tuple[Guess, ...]

    @property
    def guess_note(self) -> str:
        return wording.what_if_note()


def of(recommended: PersonRecommendation) -> Panel:
    """For the reader of now; nothing of it is stored."""
    made = recommended.recommendation
    chips = _chips(made)
    return Panel(
        status=made.status,
        rating=rating(recommended.row),
        percent=made.percent,
        amount=made.amount,
        low=made.low,
        high=made.high,
        policy=made.guideline.default,
        policy_low=made.guideline.low,
        policy_high=made.guideline.high,
        reserved=made.reserved,
        lump_sum=made.lump_sum,
        summary=summary.words(summary.of(made)),
        start=_start(made),
        reasons=tuple(_reason(one) for one in shown.reasons(made)),
        steps=tuple(_step(line, made.status) for line in made.ledger),
        chips=chips,
        no_points=_without_points(recommended.row, chips),
        notes=tuple(wording.note(one) for one in made.notes),
        confidence=wording.confidence(made.confidence),
        model_off="" if made.model_off is None else wording.model_off(made.model_off),
        peers=_comparison(recommended.row, recommended.peers),
        guesses=tuple(Guess(wording.what_if(one), one.percent) for one in recommended.what_ifs),
    )


def rating(row: EmployeeRow) -> str:
    """4 (Exceeds), on every page and in every file."""
    return wording.rating(row.rating, row.rating_label)


def _start(made: Recommendation) -> Step | None:
    if made.percent is None or made.baseline is None:
        return None
    base = made.baseline
    return Step(wording.typical_raise(), wording.baseline(base), base.points, base.money)


def _reason(one: Reason) -> Step:
    chips = tuple(_chip(badge) for badge in one.badges)
    return Step(wording.reason_label(one), wording.reason(one), one.points, one.money, chips)


def _step(line: LedgerLine, status: RecommendationStatus) -> Step:
    chips = tuple(_chip(badge) for badge in line.badges)
    return Step(wording.line_label(line.code, status), "", line.points, line.money, chips)


def _chip(badge: BadgePoints) -> Chip:
    return Chip(badge.award_id, badge.name, badge.points)


def _chips(made: Recommendation) -> tuple[Chip, ...]:
    """The badges of the step that they pay for; nothing where there is no such step."""
    return tuple(
        _chip(badge) for line in made.ledger if line.code is LineCode.SKILLS for badge in line.badges
    )


def _without_points(row: EmployeeRow, chips: tuple[Chip, ...]) -> tuple[Chip, ...]:
    """The other badges since the last raise, each once."""
    counted = {chip.award_id for chip in chips}
    others = {piece.badge_award_id: piece.name for piece in row.new_evidence}
    return tuple(Chip(award_id, name, None) for award_id, name in others.items() if award_id not in counted)


def _comparison(row: EmployeeRow, peers: Peers | None) -> Comparison:
    if peers is None or not peers.nearest:
        people, least = (0, LEAST_DOTS) if peers is None else (peers.people, peers.least)
        return Comparison(wording.too_few_peers(people, least), ())
    dots = tuple(peer.compa_ratio for peer in peers.nearest if peer.compa_ratio is not None)
    if len(dots) < LEAST_DOTS or row.compa_ratio is None:
        return Comparison(wording.peers_without_range(peers.people), ())
    return Comparison(wording.peers(len(dots), peers.people), dots)
