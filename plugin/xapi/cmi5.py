"""The cmi5 profile on top of xAPI: which statements of a launched course unit count, and which break its rules (AICC cmi5, sections 8 to 10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from plugin.xapi import formats
from plugin.xapi.people import actor_key
from plugin.xapi.problem import Problem, Report
from plugin.xapi.shape import activity_ids, extension, member, text_of

CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON_CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/moveon"
_CONTEXT = "https://w3id.org/xapi/cmi5/context/extensions/"
SESSION = _CONTEXT + "sessionid"
MASTERY_SCORE = _CONTEXT + "masteryscore"
LAUNCH_MODE = _CONTEXT + "launchmode"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
NORMAL, BROWSE, REVIEW = "Normal", "Browse", "Review"

_ADL = "http://adlnet.gov/expapi/verbs/"
_W3ID = "https://w3id.org/xapi/adl/verbs/"
VERBS: dict[str, str] = {
    **{
        _ADL + verb: verb
        for verb in ("launched", "initialized", "completed", "passed", "failed", "terminated")
    },
    **{_W3ID + verb: verb for verb in ("abandoned", "waived", "satisfied")},
}
_NEED_DURATION = frozenset(("completed", "passed", "failed", "terminated", "abandoned"))
_SUCCESS = {"passed": True, "waived": True, "failed": False}
_COMPLETION = {"completed": True, "waived": True}
_BY_LMS = frozenset(("launched", "abandoned", "waived", "satisfied"))
_WITHOUT_MERIT = frozenset(("launched", "initialized", "terminated", "abandoned"))
_LAUNCH_EXTENSIONS = ("launchmode", "launchurl", "moveon")


def is_defined(statement: dict[str, object]) -> bool:
    """Whether this is a "cmi5 defined" statement: it carries the cmi5 category."""
    return CATEGORY in activity_ids(statement, "category")


def verb(statement: dict[str, object]) -> str | None:
    """The short name of a verb that cmi5 defines, else None."""
    return VERBS.get(text_of(member(statement, "verb"), "id") or "")


def session_id(statement: dict[str, object]) -> str | None:
    """The launch session that a cmi5 defined or cmi5 allowed statement belongs to."""
    value = extension(statement, "context", SESSION)
    return value if isinstance(value, str) and value else None


def launch_mode(statement: dict[str, object]) -> str | None:
    """The mode that a "launched" statement states, else None."""
    value = extension(statement, "context", LAUNCH_MODE)
    return value if isinstance(value, str) else None


def launch_modes(statements: Iterable[dict[str, object]]) -> dict[str, str]:
    """Session id to launch mode, from the "launched" statements."""
    return {
        session: mode
        for one in statements
        if verb(one) == "launched" and (session := session_id(one)) and (mode := launch_mode(one))
    }


def gives_merit(mode: str | None) -> bool:
    """Only a Normal launch gives a record of merit; a session whose launch was never seen is taken as Normal."""
    return mode is None or mode == NORMAL


def cmi5_problems(
    statement: dict[str, object], *, mastery_score: Decimal | None = None, mode: str | None = None
) -> list[Problem]:
    """The cmi5 rules that one valid xAPI statement breaks; none when it is not cmi5 defined.

    ``mastery_score`` (0 to 1) and ``mode`` come from the launch data or the session's "launched" statement; what the
    statement itself states is used where they are None.
    """
    report: Report = []
    if not is_defined(statement):
        return report
    name = verb(statement)
    if name is None:
        report.append(
            Problem(
                "cmi5_verb", "verb.id", "must be one of the nine cmi5 verbs, or leave the cmi5 category out"
            )
        )
        return report
    _check_frame(statement, report)
    _check_result(statement, name, report)
    _check_mastery(statement, name, mastery_score, report)
    _check_extensions(statement, name, report)
    if not gives_merit(mode or launch_mode(statement)) and name not in _WITHOUT_MERIT:
        report.append(Problem("cmi5_no_merit", "verb.id", "must not be sent in a Browse or Review launch"))
    return report


def _check_frame(statement: dict[str, object], report: Report) -> None:
    """Who, what, when and in which launch: sections 9.1, 9.2, 9.4, 9.6 and 9.7."""
    actor = member(statement, "actor")
    if actor.get("objectType", "Agent") != "Agent" or "account" not in actor:
        report.append(Problem("cmi5_actor", "actor", "must be an agent identified by an account"))
    if member(statement, "object").get("objectType", "Activity") != "Activity":
        report.append(Problem("cmi5_object", "object", "must be an activity"))
    for path, there in (
        ("id", "id" in statement),
        ("context.registration", "registration" in member(statement, "context")),
        ("context.extensions.sessionid", session_id(statement) is not None),
        ("context.contextActivities.grouping", bool(activity_ids(statement, "grouping"))),
        ("timestamp", "timestamp" in statement),
    ):
        if not there:
            report.append(Problem("cmi5_missing", path, "is required in cmi5 defined statements"))
    time = statement.get("timestamp")
    if isinstance(time, str) and not time.endswith(("Z", "+00:00")):
        report.append(Problem("cmi5_timestamp", "timestamp", "must be in UTC"))


def _check_result(statement: dict[str, object], name: str, report: Report) -> None:
    """Section 9.5 and the moveOn category of 9.6.2.2."""
    result = member(statement, "result")
    if name in _NEED_DURATION and "duration" not in result:
        report.append(Problem("cmi5_duration", "result.duration", f"is required with {name}"))
    for key, wanted in (("success", _SUCCESS.get(name)), ("completion", _COMPLETION.get(name))):
        if wanted is None and key in result:
            report.append(Problem(f"cmi5_{key}", f"result.{key}", f"must not stand with {name}"))
        elif wanted is not None and result.get(key) is not wanted:
            report.append(
                Problem(f"cmi5_{key}", f"result.{key}", f"must be {str(wanted).lower()} with {name}")
            )
    _check_score(member(result, "score"), "score" in result, name, report)
    satisfies = "success" in result or "completion" in result
    if satisfies != (MOVE_ON_CATEGORY in activity_ids(statement, "category")):
        rule = "must hold the moveon category exactly when success or completion is there"
        report.append(Problem("cmi5_moveon", "context.contextActivities.category", rule))


def _check_score(score: dict[str, object], there: bool, name: str, report: Report) -> None:
    if not there:
        return
    if name not in ("passed", "failed"):
        report.append(Problem("cmi5_score", "result.score", f"must not stand with {name}"))
    scaled = _number(score.get("scaled"))
    if scaled is not None and not 0 <= scaled <= 1:
        report.append(Problem("cmi5_score", "result.score.scaled", "must lie between 0 and 1"))
    if "raw" in score and not ("min" in score and "max" in score):
        report.append(Problem("cmi5_score", "result.score.raw", "needs min and max beside it"))


def _check_mastery(statement: dict[str, object], name: str, mastery: Decimal | None, report: Report) -> None:
    """A scaled score decides between passed and failed (9.3.4, 9.3.5)."""
    needed = mastery if mastery is not None else _number(extension(statement, "context", MASTERY_SCORE))
    scaled = _number(member(member(statement, "result"), "score").get("scaled"))
    if needed is None or scaled is None:
        return
    if name == "passed" and scaled < needed:
        report.append(
            Problem("cmi5_mastery", "result.score.scaled", "of passed must reach the mastery score")
        )
    if name == "failed" and scaled >= needed:
        report.append(
            Problem("cmi5_mastery", "result.score.scaled", "of failed must be below the mastery score")
        )


def _check_extensions(statement: dict[str, object], name: str, report: Report) -> None:
    """Section 9.5.5 and 9.6.3."""
    if name == "waived" and not isinstance(extension(statement, "result", REASON), str):
        report.append(Problem("cmi5_reason", "result.extensions.reason", "is required with waived"))
    progress = extension(statement, "result", PROGRESS)
    whole = isinstance(progress, int) and not isinstance(progress, bool) and 0 <= progress <= 100
    if progress is not None and not whole:
        report.append(
            Problem("cmi5_progress", "result.extensions.progress", "must be a whole number from 0 to 100")
        )
    mastery = extension(statement, "context", MASTERY_SCORE)
    needed = _number(mastery)
    if mastery is not None and (needed is None or not 0 <= needed <= 1):
        report.append(Problem("cmi5_mastery", "context.extensions.masteryscore", "must lie between 0 and 1"))
    if name == "launched":
        for key in _LAUNCH_EXTENSIONS:
            if not isinstance(extension(statement, "context", _CONTEXT + key), str):
                report.append(
                    Problem("cmi5_missing", f"context.extensions.{key}", "is required with launched")
                )
        if launch_mode(statement) not in (NORMAL, BROWSE, REVIEW, None):
            report.append(
                Problem("cmi5_mode", "context.extensions.launchmode", "must be Normal, Browse or Review")
            )


def _number(value: object) -> Decimal | None:
    """A JSON number as a decimal (a string in a double's shortest form, so 0.8 stays 0.8), else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Decimal(repr(value))


# --- rules over several statements -----------------------------------------------------------------------------------


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
        launch = launched.get(session_id(statement))
        for problem in _broken_rules(statement, launch, seen):
            found.append(SequenceProblem(text_of(statement, "id") or "", problem))
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
    if name not in _BY_LMS:
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
    if launch is None or name in _BY_LMS:
        return
    if not gives_merit(launch_mode(launch)) and name not in _WITHOUT_MERIT:
        yield Problem("cmi5_no_merit", "verb.id", "must not be sent in a Browse or Review launch")
    report: Report = []
    _check_mastery(statement, name, _number(extension(launch, "context", MASTERY_SCORE)), report)
    yield from report


def _unit_key(statement: dict[str, object]) -> tuple[object, ...]:
    registration = text_of(member(statement, "context"), "registration") or ""
    return actor_key(statement), registration.lower(), text_of(member(statement, "object"), "id")
