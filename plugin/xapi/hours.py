"""Counts learning time once: the same hour is often reported by completed, passed and terminated together, and by a course and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from plugin.xapi.learning import LearningFact, Outcome

SESSION_CAP = timedelta(hours=8)

_ENDS_SESSION = frozenset((Outcome.TERMINATED, Outcome.ABANDONED))
_PLAIN = frozenset((Outcome.COMPLETED, Outcome.PASSED))

Owner = Callable[[LearningFact], str]


@dataclass(frozen=True)
class CountedTime:
    """Time that counts. ``seconds`` is at most the cap; ``reported_seconds`` is what was sent; the other statements of the
    same session or activity are named by ``statement_ids`` too, so that an auditor sees what was not added twice."""

    owner: str
    activity_id: str
    registration: str | None
    session_id: str | None
    at: datetime
    seconds: Decimal
    reported_seconds: Decimal
    statement_ids: tuple[str, ...]


def first_identifier(fact: LearningFact) -> str:
    """The owner where no HR record is known: kind and value of the actor's identifier."""
    one = fact.identifiers[0]
    return f"{one.kind}:{one.value}"


def counted_time(
    facts: Iterable[LearningFact], *, cap: timedelta = SESSION_CAP, owner: Owner = first_identifier
) -> list[CountedTime]:
    """Each hour once, per ``owner`` (give the employee's id, so that two accounts of one person do not count twice).

    cmi5 sessions: only terminated and abandoned count, once per (owner, registration, session). Plain xAPI: completed and
    passed, once per (owner, activity, registration); the longest duration stands, because both describe the same stay. A
    plain record is left out when its parent activity, or a cmi5 session of the same activity and registration, was counted
    for this owner. Everything else (failed, progress, cmi5 allowed) adds no time. No count exceeds ``cap``: eight hours by
    default, a working day, because a browser tab left open reports the whole week-end.

    Limits: without a registration a repeated course counts once for ever, since nothing tells a second visit from a second
    delivery; activities that name each other as parent count not at all.
    """
    groups: dict[tuple[str | None, ...], list[LearningFact]] = {}
    for fact in facts:
        if key := _group_of(fact, owner(fact)):
            groups.setdefault(key, []).append(fact)
    counted = [_longest(key[0] or "", group, cap) for key, group in groups.items()]
    covered = {(one.owner, one.registration, one.activity_id) for one in counted}
    in_session = {(one.owner, one.registration, one.activity_id) for one in counted if one.session_id}
    return [
        time
        for time, group in zip(counted, groups.values(), strict=True)
        if time.session_id or not _is_inside(time, group, covered, in_session)
    ]


def _group_of(fact: LearningFact, owner: str) -> tuple[str | None, ...] | None:
    """What this fact's time is counted under; None when it adds none. A Browse or Review session is no learning time."""
    if not fact.seconds:
        return None
    if fact.cmi5_defined:
        if fact.outcome not in _ENDS_SESSION or not fact.in_merit_launch:
            return None
        session = fact.session_id or fact.statement_id
        return owner, fact.registration, None, session
    if fact.in_cmi5_session or fact.outcome not in _PLAIN:
        return None
    return owner, fact.registration, fact.activity_id, None


def _longest(owner: str, group: list[LearningFact], cap: timedelta) -> CountedTime:
    best = max(group, key=lambda fact: (fact.seconds or Decimal(0), -fact.at.timestamp()))
    reported = best.seconds or Decimal(0)
    return CountedTime(
        owner=owner,
        activity_id=best.activity_id,
        registration=best.registration,
        session_id=(best.session_id or best.statement_id) if best.cmi5_defined else None,
        at=best.at,
        seconds=min(reported, Decimal(int(cap.total_seconds()))),
        reported_seconds=reported,
        statement_ids=tuple(sorted(fact.statement_id for fact in group if fact.statement_id)),
    )


def _is_inside(
    time: CountedTime,
    group: list[LearningFact],
    covered: set[tuple[str, str | None, str]],
    in_session: set[tuple[str, str | None, str]],
) -> bool:
    """Whether a longer record already holds this time. An activity is never its own parent."""
    parents = {parent for fact in group for parent in fact.parents} - {time.activity_id}
    return (time.owner, time.registration, time.activity_id) in in_session or any(
        (time.owner, time.registration, parent) in covered for parent in parents
    )


def hours_by_year(counted: Iterable[CountedTime]) -> dict[tuple[str, int], Decimal]:
    """Hours per (owner, UTC calendar year of the statement), unrounded."""
    hours: dict[tuple[str, int], Decimal] = {}
    for time in counted:
        key = (time.owner, time.at.astimezone(UTC).year)
        hours[key] = hours.get(key, Decimal(0)) + time.seconds / 3600
    return hours
