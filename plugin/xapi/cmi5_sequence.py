"""The cmi5 rules that only show in a sequence: what a session and a registration may hold, in which order (section 9.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from plugin.xapi import formats
from plugin.xapi.cmi5 import (
    BY_LMS,
    MASTERY_SCORE,
    WITHOUT_MERIT,
    check_mastery,
    gives_merit,
    is_defined,
    launch_mode,
    number,
    session_id,
    verb,
)
from plugin.xapi.people import actor_key
from plugin.xapi.problem import Problem, Report
from plugin.xapi.shape import extension, member, text_of


@dataclass(frozen=True)
class SequenceProblem:
    """A rule that a statement breaks because of others in its session or registration. ``statement_id`` names the later one."""

    statement_id: str
    problem: Problem


@dataclass
class _Seen:
    """What came before in one registration of one unit (``unit``) and in one session (``session``)."""

    unit: dict[object, set[str]] = field(default_factory=dict)
    session: dict[str, list[str]] = field(default_factory=dict)


def sequence_problems(statements: Iterable[dict[str, object]]) -> list[SequenceProblem]:
    """The ordering rules of section 9.3 over the statements of one or many registrations, each valid for itself.

    The order is that of ``timestamp``, so deliveries may arrive out of order. The launch mode and mastery score of a session
    come from its "launched" statement. Raises InvalidInput when a statement has an unreadable timestamp.
    """
    ordered = sorted((one for one in statements if session_id(one)), key=_time)
    launched = {session_id(one): one for one in ordered if is_defined(one) and verb(one) == "launched"}
    seen = _Seen()
    found: list[SequenceProblem] = []
    for statement in ordered:
        broken = _broken_rules(statement, launched.get(session_id(statement)), seen)
        found.extend(SequenceProblem(text_of(statement, "id") or "", problem) for problem in broken)
    return found


def _time(statement: dict[str, object]) -> tuple[datetime, int]:
    """Order of events; at one and the same time initialized comes first and terminated last."""
    rank = {"launched": 0, "initialized": 1, "terminated": 3, "abandoned": 4}
    return formats.moment(text_of(statement, "timestamp") or ""), rank.get(verb(statement) or "", 2)


def _broken_rules(
    statement: dict[str, object], launch: dict[str, object] | None, seen: _Seen
) -> Iterator[Problem]:
    session = session_id(statement) or ""
    before = seen.session.setdefault(session, [])
    defined = is_defined(statement)
    name = verb(statement) if defined else None
    yield from _session_rules(name, before)
    if name is not None:
        yield from _unit_rules(name, seen.unit.setdefault(_unit_key(statement), set()))
        yield from _launch_rules(statement, name, launch)
    before.append(name or "allowed")


def _session_rules(name: str | None, before: list[str]) -> Iterator[Problem]:
    """``name`` is None for a cmi5 allowed statement."""
    if name not in (None, "satisfied") and name in before:
        yield Problem("cmi5_twice", "verb.id", "stands twice in one session")
    if (name == "passed" and "failed" in before) or (name == "failed" and "passed" in before):
        yield Problem(
            "cmi5_passed_and_failed", "verb.id", "passed and failed exclude each other in one session"
        )
    if name not in BY_LMS:
        if "initialized" not in before and name != "initialized":
            yield Problem("cmi5_before_initialized", "timestamp", "comes before initialized")
        if "terminated" in before and name != "terminated":
            yield Problem("cmi5_after_terminated", "timestamp", "comes after terminated")
    if "abandoned" in before and name not in ("abandoned", "satisfied"):
        yield Problem("cmi5_after_abandoned", "timestamp", "comes after abandoned")


def _unit_rules(name: str, earlier: set[str]) -> Iterator[Problem]:
    """At most one completed, passed and waived per registration and unit; failed never after passed."""
    if name in ("completed", "passed", "waived") and name in earlier:
        yield Problem("cmi5_once_per_registration", "verb.id", f"{name} stands twice in one registration")
    if name == "failed" and "passed" in earlier:
        yield Problem("cmi5_failed_after_passed", "verb.id", "failed must not follow passed")
    earlier.add(name)


def _launch_rules(
    statement: dict[str, object], name: str, launch: dict[str, object] | None
) -> Iterator[Problem]:
    if launch is None or name in BY_LMS:
        return
    if not gives_merit(launch_mode(launch)) and name not in WITHOUT_MERIT:
        yield Problem("cmi5_no_merit", "verb.id", "must not be sent in a Browse or Review launch")
    report: Report = []
    check_mastery(statement, name, number(extension(launch, "context", MASTERY_SCORE)), report)
    yield from report


def _unit_key(statement: dict[str, object]) -> tuple[object, ...]:
    registration = text_of(member(statement, "context"), "registration") or ""
    return actor_key(statement), registration.lower(), text_of(member(statement, "object"), "id")
