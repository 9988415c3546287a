"""The rules of form of Open Badges 3.0 and CLR 2.0, read from the expanded form only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.expanded import Node
from plugin.badges.reading.times import parse_time
from plugin.figures import writing
from plugin.texts import _

BADGE, CLR, ENDORSEMENT, OTHER = "badge", "clr", "endorsement", "credential"
RESULT_STATUSES = frozenset(
    {"Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew"}
)  # fmt: skip


def kind_of(root: Node) -> str:
    """badge, clr, endorsement, or credential for a signed document that awards nothing.

    Raises invalid_structure when the subject awards an achievement and the credential does not say so.
    """
    if vocabulary.VERIFIABLE_PRESENTATION in root.types:
        raise BadgeProblem("not_a_credential", _("It is a presentation."))
    for kind, types in (
        (BADGE, vocabulary.BADGE_TYPES),
        (CLR, {vocabulary.CLR_TYPE}),
        (ENDORSEMENT, {vocabulary.ENDORSEMENT_TYPE}),
    ):
        if root.types & types:
            return kind
    for subject in root.nodes(vocabulary.SUBJECT):
        if subject.types & {vocabulary.ACHIEVEMENT_SUBJECT, vocabulary.CLR_SUBJECT} or subject.values(
            vocabulary.ACHIEVEMENT
        ):
            raise BadgeProblem("invalid_structure", _("The type OpenBadgeCredential is missing."))
    return OTHER


def check_structure(root: Node, kind: str) -> None:
    """Raises BadgeProblem invalid_structure with the first rule that the credential breaks."""
    for broken in _broken(root, kind):
        raise BadgeProblem("invalid_structure", broken)


def _broken(root: Node, kind: str) -> Iterator[str]:
    subjects = root.nodes(vocabulary.SUBJECT)
    if not subjects:
        yield "credentialSubject is missing"
    if kind == OTHER:
        return
    if not root.id:
        yield "id is missing"
    if not root.texts(vocabulary.VALID_FROM):
        yield "validFrom is missing"
    if len(subjects) > 1:
        yield "more than one credentialSubject"
    if kind == BADGE:
        yield from _broken_badge(subjects[0] if subjects else Node({}))
    elif kind == ENDORSEMENT and not (subjects and subjects[0].id):
        yield "the endorsement does not say what it endorses"
    elif kind == CLR and not (subjects and vocabulary.CLR_SUBJECT in subjects[0].types):
        yield "type ClrSubject is missing in credentialSubject"


def _broken_badge(subject: Node) -> Iterator[str]:
    if vocabulary.ACHIEVEMENT_SUBJECT not in subject.types:
        yield "type AchievementSubject is missing in credentialSubject"
    achievements = subject.nodes(vocabulary.ACHIEVEMENT)
    if len(achievements) != 1:
        yield "credentialSubject needs exactly one achievement"
        return
    achievement = achievements[0]
    if not achievement.id:
        yield "achievement has no id"
    if vocabulary.ACHIEVEMENT_TYPE not in achievement.types:
        yield "type Achievement is missing in achievement"
    for name, term in (("name", vocabulary.NAME), ("description", vocabulary.DESCRIPTION)):
        if not achievement.text(term).strip():
            yield f"achievement has no {name}"
    criteria = achievement.nodes(vocabulary.CRITERIA)
    if not any(node.id or node.text(vocabulary.NARRATIVE) for node in criteria):
        yield "criteria in achievement needs an id or a narrative"
    for alignment in achievement.nodes(vocabulary.ALIGNMENT):
        if not (alignment.text(vocabulary.TARGET_NAME) and alignment.text(vocabulary.TARGET_URL)):
            yield "an alignment needs targetName and targetUrl"
    yield from _broken_results(subject, achievement)


def _broken_results(subject: Node, achievement: Node) -> Iterator[str]:
    status_descriptions = {
        node.id
        for node in achievement.nodes(vocabulary.RESULT_DESCRIPTION)
        if "Status" in node.texts(vocabulary.RESULT_TYPE)
    }
    for result in subject.nodes(vocabulary.RESULT):
        statuses = result.texts(vocabulary.RESULT_STATUS)
        if set(result.texts(vocabulary.RESULT_DESCRIPTION)) & status_descriptions and not statuses:
            yield "a result of type Status has no status"
        if len(statuses) > 1 or set(statuses) - RESULT_STATUSES:
            yield f"result status {', '.join(statuses)[:60]!r}"


def dates(root: Node) -> tuple[datetime | None, datetime | None]:
    """Latest start and earliest end that the credential states. Raises BadgeProblem invalid_date."""
    starts = [parse_time(text) for text in root.texts(vocabulary.VALID_FROM)]
    ends = [parse_time(text) for text in root.texts(vocabulary.VALID_UNTIL)]
    return max(starts, default=None), min(ends, default=None)


def check_dates(starts: datetime | None, ends: datetime | None, now: datetime) -> None:
    """Raises not_yet_valid, expires_before_issued or expired."""
    if starts and starts > now:
        raise BadgeProblem("not_yet_valid", _("The date is %(day)s.", day=writing.day(starts.date())))
    if starts and ends and ends < starts:
        raise BadgeProblem("expires_before_issued", _("The date is %(day)s.", day=writing.day(ends.date())))
    if ends and ends < now:
        raise BadgeProblem("expired", _("The date is %(day)s.", day=writing.day(ends.date())))
