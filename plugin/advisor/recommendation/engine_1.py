"""Reads what the first engine stored, with labels and sentences in it, and says what it promised beside its texts.

The sentences below are frozen: they find the code and the values in a stored text, and are never shown. They stay as they are
for as long as a cycle of that time is kept.
"""  # machine text

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
from plugin.advisor.recommendation.engine_1_sentences import (
    ABSTENTIONS,
    BASELINE,
    CONFIDENCES,
    FEATURE_NAMES,
    MODEL_OFF,
    NOTES,
    PEERS_LEAST,
    REASONS,
    WHAT_IFS,
)
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
    Note,
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
