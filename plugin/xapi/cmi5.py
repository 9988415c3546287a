"""The cmi5 profile on top of xAPI: which statements of a launched course unit count, and which break its rules (AICC cmi5, sections 8 to 10)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

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
BY_LMS = frozenset(("launched", "abandoned", "waived", "satisfied"))
WITHOUT_MERIT = frozenset(("launched", "initialized", "terminated", "abandoned"))
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
    check_mastery(statement, name, mastery_score, report)
    _check_extensions(statement, name, report)
    if not gives_merit(mode or launch_mode(statement)) and name not in WITHOUT_MERIT:
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
    scaled = number(score.get("scaled"))
    if scaled is not None and not 0 <= scaled <= 1:
        report.append(Problem("cmi5_score", "result.score.scaled", "must lie between 0 and 1"))
    if "raw" in score and not ("min" in score and "max" in score):
        report.append(Problem("cmi5_score", "result.score.raw", "needs min and max beside it"))


def check_mastery(statement: dict[str, object], name: str, mastery: Decimal | None, report: Report) -> None:
    """A scaled score decides between passed and failed (9.3.4, 9.3.5)."""
    needed = mastery if mastery is not None else number(extension(statement, "context", MASTERY_SCORE))
    scaled = number(member(member(statement, "result"), "score").get("scaled"))
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
    needed = number(mastery)
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


def number(value: object) -> Decimal | None:
    """A JSON number as a decimal (a string in a double's shortest form, so 0.8 stays 0.8), else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Decimal(repr(value))
