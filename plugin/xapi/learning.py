"""Turns statements into the few facts that a personnel decision may rest on, leaving out what was voided or only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from plugin.xapi import cmi5, formats
from plugin.xapi.people import Identifier, identifiers
from plugin.xapi.shape import activity_ids, extension, member, text_of
from plugin.xapi.statement import VOIDED

_ADL = "http://adlnet.gov/expapi/verbs/"
_W3ID = "https://w3id.org/xapi/adl/verbs/"
_BADGE = ("https://openbadgespec.org/xapi/", "http://specification.openbadges.org/xapi/")
_BADGE_POINTERS = tuple(f"{base}extensions/badgeassertion{end}" for base in _BADGE for end in ("", ".json"))


class Outcome(StrEnum):
    """What a statement says happened; only these verbs are read, the others are no learning outcome."""

    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    TERMINATED = "terminated"
    ABANDONED = "abandoned"
    EARNED_BADGE = "earned_badge"


_OUTCOMES = {
    **{
        _ADL + name: Outcome(name)
        for name in ("completed", "passed", "failed", "terminated", "waived", "abandoned")
    },
    **{
        _W3ID + name: Outcome(name)
        for name in ("completed", "passed", "failed", "terminated", "waived", "abandoned")
    },
    **{f"{base}verbs/earned{end}": Outcome.EARNED_BADGE for base in _BADGE for end in ("", ".json")},
}
_ACHIEVED = frozenset((Outcome.COMPLETED, Outcome.PASSED))


@dataclass(frozen=True)
class Score:
    """A score as sent; ``scaled`` from -1 to 1."""

    scaled: Decimal | None = None
    raw: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None


@dataclass(frozen=True)
class LearningFact:
    """One outcome of one person.

    ``seconds`` is the statement's own duration, not yet counted once or capped (see hours.py). ``in_cmi5_session`` is true
    for cmi5 allowed statements too, ``cmi5_defined`` only with the cmi5 category. ``has_merit``: it shows an achievement that
    a catalogue may reward; false outside a Normal launch (``in_merit_launch``) and where the result contradicts the verb. ``badge_url``
    points to an assertion that must be fetched and verified before it means anything.
    """

    statement_id: str | None
    identifiers: tuple[Identifier, ...]
    outcome: Outcome
    activity_id: str
    title: str
    at: datetime
    score: Score | None
    seconds: Decimal | None
    registration: str | None
    session_id: str | None
    cmi5_defined: bool
    in_merit_launch: bool
    has_merit: bool
    parents: tuple[str, ...] = ()
    badge_url: str | None = None

    @property
    def in_cmi5_session(self) -> bool:
        """Whether a launch session covers this statement, so that its own duration is already in the session's."""
        return self.cmi5_defined or self.session_id is not None


def voids(statement: dict[str, object]) -> str | None:
    """The id of the statement that this valid statement voids (lower case), else None.

    Whether the sender may void it is the caller's decision: only the credential that sent the first one should.
    """
    if text_of(member(statement, "verb"), "id") != VOIDED:
        return None
    target = text_of(member(statement, "object"), "id")
    return target.lower() if target else None


def without_voided(statements: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The statements that still stand: neither voided by one of the others nor voiding. Voiding cannot be voided, so order is free."""
    kept = list(statements)
    gone = {target for one in kept if (target := voids(one))}
    return [one for one in kept if voids(one) is None and (text_of(one, "id") or "").lower() not in gone]


def fact(
    statement: dict[str, object],
    *,
    received_at: datetime,
    languages: Sequence[str] = ("en",),
    mode: str | None = None,
) -> LearningFact | None:
    """The fact in a valid statement; None when its verb is no outcome, its actor a group, or its object neither activity nor badge.

    ``received_at`` (aware) stands in for a timestamp that is not there. ``languages`` are wanted for the title, best first.
    ``mode`` is the cmi5 launch mode of its session (cmi5.launch_modes).
    """
    outcome = _OUTCOMES.get(text_of(member(statement, "verb"), "id") or "")
    who = identifiers(statement.get("actor"))
    target = member(statement, "object")
    activity_id = text_of(target, "id")
    if (
        outcome is None
        or not who
        or activity_id is None
        or target.get("objectType", "Activity") != "Activity"
    ):
        return None
    time = text_of(statement, "timestamp")
    registration = text_of(member(statement, "context"), "registration")
    result = member(statement, "result")
    return LearningFact(
        statement_id=text_of(statement, "id"),
        identifiers=who,
        outcome=outcome,
        activity_id=activity_id,
        title=title(target, languages),
        at=formats.moment(time) if time else received_at,
        score=_score(result),
        seconds=_seconds(result),
        registration=registration.lower() if registration else None,
        session_id=cmi5.session_id(statement),
        cmi5_defined=cmi5.is_defined(statement),
        in_merit_launch=cmi5.gives_merit(mode),
        has_merit=_has_merit(outcome, result) and cmi5.gives_merit(mode) and not _is_question(target),
        parents=activity_ids(statement, "parent"),
        badge_url=_badge_url(statement) if outcome is Outcome.EARNED_BADGE else None,
    )


_QUESTIONS = (  # an activity that only has the marks of an interaction counts as one too, unless its type says what else it is
    "http://adlnet.gov/expapi/activities/cmi.interaction",
    "http://adlnet.gov/expapi/activities/question",
    "http://activitystrea.ms/schema/1.0/question",
)


def facts(
    statements: Iterable[dict[str, object]], *, received_at: datetime, languages: Sequence[str] = ("en",)
) -> list[LearningFact]:
    """The facts of many valid statements of one company: voided ones left out, launch modes looked up among them."""
    standing = without_voided(statements)
    modes = cmi5.launch_modes(standing)
    read = (
        fact(one, received_at=received_at, languages=languages, mode=modes.get(cmi5.session_id(one) or ""))
        for one in standing
    )
    return [one for one in read if one is not None]


def title(activity: dict[str, object], languages: Sequence[str] = ("en",)) -> str:
    """The activity's name: the first wanted language, as a prefix too (``de`` finds ``de-AT``), else any by tag order, else its id."""
    names = member(member(activity, "definition"), "name")
    texts = {
        tag.lower(): text for tag, text in sorted(names.items()) if isinstance(text, str) and text.strip()
    }
    for wanted in (*(language.lower() for language in languages), "und"):
        base = wanted.split("-", maxsplit=1)[0]
        for matches in (
            wanted.__eq__,
            base.__eq__,
            lambda tag, base=base: tag.split("-", maxsplit=1)[0] == base,
        ):
            for tag, text in texts.items():
                if matches(tag):
                    return text
    return next(iter(texts.values()), text_of(activity, "id") or "")


def _score(result: dict[str, object]) -> Score | None:
    score = member(result, "score")
    if not score:
        return None
    return Score(**{key: cmi5.number(score.get(key)) for key in ("scaled", "raw", "min", "max")})


def _seconds(result: dict[str, object]) -> Decimal | None:
    duration = text_of(result, "duration")
    return formats.duration_seconds(duration) if duration else None


def _has_merit(outcome: Outcome, result: dict[str, object]) -> bool:
    """A "completed" that says completion false, or either that says success false, proves nothing; nor does a waiver."""
    contradicted = result.get("success") is False or (
        outcome is Outcome.COMPLETED and result.get("completion") is False
    )
    return outcome in _ACHIEVED and not contradicted


def _is_question(activity: dict[str, object]) -> bool:
    """A question inside a test (Data 2.4.4.1, ADL's vocabulary): to pass it is no training."""
    definition = member(activity, "definition")
    kind = text_of(definition, "type")
    return kind in _QUESTIONS or (kind is None and "interactionType" in definition)


def _badge_url(statement: dict[str, object]) -> str | None:
    """``result.extensions.<badgeassertion>.@id``: an exploratory draft of Open Badges, so a pointer and never the proof."""
    for key in _BADGE_POINTERS:
        value = extension(statement, "result", key)
        pointer = value.get("@id") if isinstance(value, dict) else value
        if isinstance(pointer, str):
            return pointer
    return None
