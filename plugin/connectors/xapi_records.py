"""Turns a valid xAPI statement into a record of ours: the same whether it was pulled from a store or pushed to us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from plugin.domain import (
    BadgeRecord,
    Identifier,
    IdentifierKind,
    JsonObject,
    LearningRecord,
    Outcome,
    Stream,
    aware,
    identifier,
)
from plugin.domain.web_addresses import authority_of, origin_of
from plugin.errors import InvalidInput, NothingToTake, SkipRecord
from plugin.texts import _
from plugin.xapi import learning
from plugin.xapi.formats import moment

_LONGEST_ID = 1000  # what the store has room for; PostgreSQL refuses the whole batch for a longer one
_DAY_OF_LEARNING = Decimal(8)  # hours; a browser tab left open reports the whole week-end
_OUTCOMES = {
    learning.Outcome.COMPLETED: Outcome.COMPLETED,
    learning.Outcome.PASSED: Outcome.PASSED,
    learning.Outcome.FAILED: Outcome.FAILED,
    learning.Outcome.TERMINATED: Outcome.ENDED,
    learning.Outcome.ABANDONED: Outcome.ENDED,
}


def stream_of(statement: JsonObject, now: datetime) -> Stream | None:
    """Which stream a valid statement belongs to; None when it is about no outcome of one person. InvalidInput for a wild time."""
    fact = learning.fact(cast("dict[str, object]", statement), received_at=now)
    if fact is None:
        return None
    return Stream.BADGES if fact.outcome is learning.Outcome.EARNED_BADGE else Stream.LEARNING


def record_of(
    statement: JsonObject, stream: Stream, *, now: datetime, languages: Sequence[str] = ("en",)
) -> LearningRecord | BadgeRecord:
    """The record in a valid statement; SkipRecord with a code when there is none for ``stream``.

    ``now`` stands in for a statement without any time. Hours are the statement's own: where completed, passed and their parent
    course report the same hours, plugin.xapi.hours counts them once over the stored statements.
    """
    stored = statement.get("stored")
    try:
        received = moment(stored) if isinstance(stored, str) else now
        fact = learning.fact(cast("dict[str, object]", statement), received_at=received, languages=languages)
        people = _people(fact) if fact else ()
    except InvalidInput as error:
        raise SkipRecord(str(error), code="unreadable") from error
    if fact is None or not fact.statement_id:
        raise NothingToTake(_("the statement doesn't describe an outcome of one person"))
    if max(len(fact.activity_id), len(fact.badge_url or "")) > _LONGEST_ID:
        raise SkipRecord(
            _("ids in a statement can have at most %(longest_id)s characters", longest_id=_LONGEST_ID),
            code="id_too_long",
        )
    if stream is Stream.BADGES:
        return _badge(fact, people)
    return _learning(fact, people)


def _people(fact: learning.LearningFact) -> tuple[Identifier, ...]:
    return tuple(identifier(IdentifierKind(one.kind), one.value) for one in fact.identifiers)


def _learning(fact: learning.LearningFact, people: tuple[Identifier, ...]) -> LearningRecord:
    if fact.outcome not in _OUTCOMES:
        raise NothingToTake(_("%(outcome)s is not a learning outcome", outcome=fact.outcome.value))
    outcome = _OUTCOMES[fact.outcome]
    achieved = outcome in (Outcome.COMPLETED, Outcome.PASSED)
    return LearningRecord(
        source_id=str(fact.statement_id).lower(),
        learner=people,
        activity_id=fact.activity_id,
        title=fact.title,
        outcome=Outcome.PROGRESSED if achieved and not fact.has_merit else outcome,
        occurred_at=aware(fact.at),
        hours=_hours(fact, outcome),
        score_scaled=fact.score.scaled if fact.score else None,
    )


def _hours(fact: learning.LearningFact, outcome: Outcome) -> Decimal | None:
    """Of a cmi5 session only its end carries the time (cmi5 9.5.4.1); hours that several statements share are counted later."""
    if fact.seconds is None or (fact.in_cmi5_session and outcome is not Outcome.ENDED):
        return None
    return min(fact.seconds / 3600, _DAY_OF_LEARNING).quantize(Decimal("0.01"))


def _badge(fact: learning.LearningFact, people: tuple[Identifier, ...]) -> BadgeRecord:
    if not fact.badge_url:
        raise SkipRecord(_("the statement must name a badge assertion"), code="no_assertion")
    return BadgeRecord(
        source_id=str(fact.statement_id).lower(),
        recipient=people,
        badge_class_id=fact.activity_id,
        badge_name=fact.title[:500],
        issuer_id=origin_of(fact.badge_url),
        issuer_name=authority_of(fact.badge_url),
        issued_on=aware(fact.at).date(),
        credential=fact.badge_url,
    )
