"""Reads what the first engine stored, with labels and sentences in it, and says what it promised beside its texts.

The sentences below are frozen: they find the code and the values in a stored text, and are never shown. They stay as they are
for as long as a cycle of that time is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TypeVar

from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.values import (
    NO_FACTS,
    AbstainCode,
    Abstention,
    BadgePoints,
    Baseline,
    Confidence,
    ConfidenceCode,
    Facts,
    Group,
    Guideline,
    LedgerLine,
    LineCode,
    ModelOff,
    Note,
    NoteCode,
    Peer,
    Peers,
    Reason,
    ReasonCode,
    Recommendation,
    WhatIf,
    WhatIfCode,
)
from plugin.domain import Json, Money, RangeKind, RecommendationStatus
from plugin.errors import InvalidInput

Code = TypeVar("Code", bound=StrEnum)

NO_CONFIDENCE = Confidence(ConfidenceCode.POLICY)
# code -> the sentences in which the engine said it; what stands in braces is a field of Facts
REASONS = {
    ReasonCode.NO_RATING: ("The rating (None) speaks for",),
    ReasonCode.RATING: ("The rating ({rating_label}) speaks for",),
    ReasonCode.NEW_SKILLS: ("New and verified since the last raise: ",),
    ReasonCode.NO_NEW_SKILL: ("No new verified skill",),
    ReasonCode.PAY_POSITION: ("Pay is {compa_ratio}% of the range midpoint",),
    ReasonCode.NO_PAY_RANGE: ("There is no pay range for this job",),
    ReasonCode.LAST_RAISE: ("The last raise was {months} months ago",),
    ReasonCode.NO_RAISE_DATE: ("The day of the last raise is not known",),
    ReasonCode.LEARNING: ("{hours} learning hours in the last 12 months",),
    ReasonCode.SMALL_FACTORS: ("Things of less than 0.1 point each",),
    ReasonCode.RANGE_MINIMUM: ("Pay is first brought up to the minimum",),
    ReasonCode.ADJUSTMENT: ("HR adjusts this pay to the market",),
    ReasonCode.PRORATION: ("The guideline counts for the part of the year",),
    ReasonCode.LIMITS: ("The suggestion is held within the limits",),
    ReasonCode.RANGE_MAXIMUM: ("Base pay reaches the maximum of its range",),
    ReasonCode.BUDGET: ("The suggestion is fitted to the budget",),
    ReasonCode.FIXED: ("HR fixed this raise",),
    ReasonCode.POLICY: ("What the policy says for this job",),
}
NOTES = {
    NoteCode.HIRED_TOO_LATE: ("Hired on {on}, after {limit}: not in this cycle.",),
    NoteCode.PAY_SET_ELSEWHERE: ("Pay in {country} is set elsewhere",),
    NoteCode.RAISED_RECENTLY: ("Last raise {months} months ago, fewer than {least_months}:",),
    NoteCode.HIRED_DURING_YEAR: ("Hired on {on}: {share}% of the raise.",),
    NoteCode.PAY_CHANGED_DURING_YEAR: ("Pay changed on {on}: {share}% of the raise.",),
    NoteCode.LEAVE_COUNTED: ("{days} days of leave count under this policy: {share}% of the raise.",),
    NoteCode.LEAVE_NEUTRAL: ("Time on leave does not lower this raise.",),
    NoteCode.LUMP_SUM: ("{points} points are paid once because",),
    NoteCode.RULES_ONLY: ("The rules alone raise this pay by {points} points",),
    NoteCode.RANGE_TOO_FEW: ("The range is that of the policy: fewer than {people} decisions",),
    NoteCode.RANGE_NOT_HELD_FOR_RATING: (
        "The range is that of the policy: for this rating the measured range held {share}% of {people} decisions",
    ),
    NoteCode.RANGE_NOT_HELD: (
        "The range is that of the policy: the measured range held in {share}% of cases instead of {level}%",
    ),
    NoteCode.RANGE_MEASURED: (
        "The range was measured: for this rating it held {share}% of {people} decisions",
    ),
    NoteCode.RANGE_MEASURED_TOGETHER: ("The range was measured: it held {share}% of {people} decisions",),
}
ABSTENTIONS = {
    AbstainCode.UNVERIFIED_DATA: ("No suggestion: the data of this person is not verified ({problem}).",),
    AbstainCode.TOO_FEW_COMPARABLE: ("No suggestion: too few comparable people ({people}).",),
    AbstainCode.OUT_OF_DISTRIBUTION: ("No suggestion: {feature} lies outside",),
}
CONFIDENCES = {
    ConfidenceCode.TRACK_RECORD: (
        "In 8 of 10 of {people} similar cases of {year} the final raise was within {points} points",
    ),
    ConfidenceCode.POLICY: ("This is what the policy says",),
    ConfidenceCode.ABSTAINED: ("The advisor gives no number here",),
    ConfidenceCode.FIXED: ("HR fixed this raise",),
}
WHAT_IFS = {
    WhatIfCode.NEXT_RATING: ("If the next rating were {rating}, the suggestion",),
    WhatIfCode.PATH: (
        "{badges} further verified skill badges would",
        "One further verified skill badge would",
    ),
}
MODEL_OFF = {
    ModelOff.SWITCHED_OFF: ("The model is switched off by the kill switch",),
    ModelOff.NO_MODEL: ("No model is in use",),
    ModelOff.NOT_APPROVED: ("",),  # the verdict on that model
}
BASELINE = "Typical raise in {population}: {people} people in this cycle, before new skills"
PEERS_LEAST = "at least {people} are needed"
FEATURE_NAMES = {
    "performance rating": "rating",
    "change of rating since the period before": "rating_change",
    "pay against the midpoint of its range": "compa_ratio",
    "place between range minimum and maximum": "range_penetration",
    "months since the last raise": "months_since_raise",
    "new skill badges": "new_skill_badges",
    "new knowledge badges": "new_knowledge_badges",
    "new strategic skills": "new_strategic_skills",
    "scarcity of the new skills, summed": "new_scarcity",
    "learning hours of the last 12 months": "learning_hours",
}


def _hundredth(text: str) -> Decimal:
    return Decimal(text) / 100


READERS: Mapping[str, Callable[[str], object]] = {
    "rating": Decimal,
    "compa_ratio": _hundredth,
    "share": _hundredth,
    "level": _hundredth,
    "hours": Decimal,
    "points": Decimal,
    "on": date.fromisoformat,
    "limit": date.fromisoformat,
    "problem": lambda text: text.replace(" ", "_"),
    "feature": lambda text: FEATURE_NAMES.get(text, text),
    **dict.fromkeys(("months", "least_months", "days", "people", "year", "badges"), int),
}


# --- as it was stored -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Evidence:
    kind: str
    ref: str
    text: str
    on: date | None = None
    points: Decimal | None = None


@dataclass(frozen=True)
class _LedgerLine:
    code: LineCode
    label: str
    points: Decimal
    money: Money
    evidence: tuple[_Evidence, ...] = ()


@dataclass(frozen=True)
class _Reason:
    group: Group
    label: str
    points: Decimal
    money: Money
    sentence: str
    evidence: tuple[_Evidence, ...] = ()


@dataclass(frozen=True)
class _Baseline:
    label: str
    points: Decimal
    money: Money
    people: int


@dataclass(frozen=True)
class _Recommendation:
    person_id: int
    status: RecommendationStatus
    percent: Decimal | None
    amount: Money | None
    low: Decimal
    high: Decimal
    interval_kind: RangeKind
    guideline: Guideline
    ledger: tuple[_LedgerLine, ...]
    baseline: _Baseline | None
    reasons: tuple[_Reason, ...]
    lump_points: Decimal
    lump_sum: Money
    confidence: str
    notes: tuple[str, ...]
    abstain_code: AbstainCode | None
    abstain_sentence: str | None
    switched_off: str | None
    model_hash: str | None
    policy_hash: str
    snapshot_hash: str


@dataclass(frozen=True)
class _WhatIf:
    code: WhatIfCode
    sentence: str
    percent: Decimal
    change: Decimal
    note: str


@dataclass(frozen=True)
class _Peer:
    label: str
    compa_ratio: Decimal | None
    rating_label: str
    percent: Decimal | None


@dataclass(frozen=True)
class _Peers:
    sentence: str
    people: int
    nearest: tuple[_Peer, ...]
    position_now: int | None
    position_after: int | None


# --- read as today's values -----------------------------------------------------------------------------------------


def recommendation(value: Json) -> Recommendation:
    """InvalidInput when it is not what the engine stored."""
    old = codec.from_json(_Recommendation, value)
    return Recommendation(
        person_id=old.person_id,
        status=old.status,
        percent=old.percent,
        amount=old.amount,
        low=old.low,
        high=old.high,
        interval_kind=old.interval_kind,
        guideline=old.guideline,
        ledger=tuple(LedgerLine(x.code, x.points, x.money, _badges(x.evidence)) for x in old.ledger),
        baseline=None if old.baseline is None else _baseline(old.baseline),
        reasons=tuple(_reason(one) for one in old.reasons),
        lump_points=old.lump_points,
        lump_sum=old.lump_sum,
        confidence=Confidence(*_found(CONFIDENCES, old.confidence)),
        notes=tuple(Note(*_found(NOTES, one)) for one in old.notes),
        abstention=_abstention(old),
        model_off=None if old.switched_off is None else _found(MODEL_OFF, old.switched_off)[0],
        model_hash=old.model_hash,
        policy_hash=old.policy_hash,
        snapshot_hash=old.snapshot_hash,
    )


def peers(value: Json) -> Peers:
    """As ``recommendation``. How many are needed is known where there were too few."""
    old = codec.from_json(_Peers, value)
    least = _values(PEERS_LEAST, old.sentence)
    nearest = (Peer(one.compa_ratio, *_rating(one.rating_label), one.percent) for one in old.nearest)
    return Peers(
        old.people, int(least["people"]) if least else 5, tuple(nearest), old.position_now, old.position_after
    )


def what_if(value: Json) -> WhatIf:
    """As ``recommendation``."""
    old = codec.from_json(_WhatIf, value)
    facts = _found(WHAT_IFS, old.sentence)[1] if old.code in WHAT_IFS else NO_FACTS
    if old.code is WhatIfCode.PATH and facts.badges is None:
        facts = Facts(badges=1)
    return WhatIf(old.code, old.percent, old.change, facts)


def _badges(evidence: Iterable[_Evidence]) -> tuple[BadgePoints, ...]:
    """``text`` was the badge's name and its issuer."""
    found = []
    for one in evidence:
        if one.kind == "badge" and one.on is not None and one.points is not None:
            name, _, issuer = one.text.rpartition(", ")
            found.append(BadgePoints(one.ref, name, issuer, one.on, one.points))
    return tuple(found)


def _baseline(old: _Baseline) -> Baseline:
    return Baseline(_values(BASELINE, old.label)["population"], old.points, old.money, old.people)


def _reason(old: _Reason) -> Reason:
    code, facts = _found(REASONS, old.sentence)
    if code is ReasonCode.RATING:
        score, label = _rating(facts.rating_label)
        facts = Facts(rating=score, rating_label=label)
    if code is ReasonCode.LAST_RAISE:
        facts = Facts(months=facts.months, on=next((one.on for one in old.evidence), None))
    return Reason(old.group, code, old.points, old.money, facts, _badges(old.evidence))


def _rating(text: str) -> tuple[Decimal | None, str]:
    """The engine wrote the suite's word where there was one, else the number."""
    is_number = re.fullmatch(r"\d(\.\d+)?", text) is not None
    return (Decimal(text), "") if is_number else (None, text)


def _abstention(old: _Recommendation) -> Abstention | None:
    if old.abstain_code is None:
        return None
    sentences = ABSTENTIONS.get(old.abstain_code, ())
    values = next((found for one in sentences if (found := _values(one, old.abstain_sentence or ""))), {})
    return Abstention(old.abstain_code, _facts(values))


def _found(texts: Mapping[Code, tuple[str, ...]], text: str) -> tuple[Code, Facts]:
    """The first code one of whose sentences begins ``text``. A text that no sentence begins is of another engine."""
    for code, sentences in texts.items():
        for sentence in sentences:
            match = _pattern(sentence).match(text)
            if match:
                return code, _facts(match.groupdict())
    raise InvalidInput(f"a text of a stored recommendation is none of engine 1: {text!r}")


def _values(sentence: str, text: str) -> dict[str, str]:
    match = _pattern(sentence).search(text)
    return match.groupdict() if match else {}


def _facts(values: Mapping[str, str]) -> Facts:
    given = {name: READERS.get(name, str)(text) for name, text in values.items()}
    return Facts(**given)  # type: ignore[arg-type]


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(sentence)))


# --- what it promised -----------------------------------------------------------------------------------------------

NOT_EXACT = ("compa_ratio", "share", "level", "hours", "rating", "rating_label")  # rounded in its sentences


def promise(made: Recommendation, others: Peers | None, guesses: Iterable[WhatIf]) -> Json:
    """What the engine's documents say beside their texts: codes, figures, points, badges and their order. Equal for what is
    read of a stored document and for what a later engine computes of the same inputs."""
    known = (
        None if others is None else (others.people, [_seen(one) for one in others.nearest], _places(others))
    )
    return codec.to_json(
        {
            "recommendation": replace(made, confidence=NO_CONFIDENCE, notes=(), abstention=None, reasons=()),
            "reasons": [
                (one.code, one.points, one.money, one.badges, _exact(one.facts), _rating_text(one.facts))
                for one in made.reasons
            ],
            "notes": [(one.code, _exact(one.facts)) for one in made.notes],
            "confidence": (made.confidence.code, made.confidence.facts),
            "abstention": None if made.abstention is None else (made.abstention.code, made.abstention.facts),
            "peers": known,
            "what_ifs": list(guesses),
        }
    )


def _exact(facts: Facts) -> Facts:
    """Without what the engine said rounded, or not at all. The row itself, compared beside, has all of it."""
    kept = {name: getattr(NO_FACTS, name) for name in NOT_EXACT}
    return replace(facts, **kept, people=None if facts.share is not None else facts.people)


def _rating_text(facts: Facts) -> str:
    return facts.rating_label or ("" if facts.rating is None else str(facts.rating))


def _seen(one: Peer) -> Json:
    label = one.rating_label or ("" if one.rating is None else str(one.rating))
    return [codec.to_json(one.compa_ratio), label, codec.to_json(one.percent)]


def _places(others: Peers) -> Json:
    return [others.position_now, others.position_after]
