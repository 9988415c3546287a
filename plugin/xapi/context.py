"""The rules for the circumstances of a statement, with the two properties that IEEE 9274.1.1 (2.0) added (Data 2.4.6)."""

from __future__ import annotations

from collections.abc import Callable

from plugin.xapi.activities import check_activity
from plugin.xapi.actors import check_actor, check_agent, check_group
from plugin.xapi.fields import (
    check_extensions,
    check_iri,
    check_language,
    check_reference,
    check_text,
    check_uuid,
)
from plugin.xapi.problem import Problem, Report, check_keys, missing, wrong_type

_KEYS_1_0 = frozenset(
    (
        "registration",
        "instructor",
        "team",
        "contextActivities",
        "revision",
        "platform",
        "language",
        "statement",
        "extensions",
    )
)
KEYS_ADDED_BY_2_0 = frozenset(("contextAgents", "contextGroups"))
_KEYS_2_0 = _KEYS_1_0 | KEYS_ADDED_BY_2_0
_RELATIONS = frozenset(("parent", "grouping", "category", "other"))

Check = Callable[[object, str, Report], None]

_CHECKS: dict[str, Check] = {
    "registration": check_uuid,
    "instructor": check_actor,
    "team": check_group,
    "language": check_language,
    "statement": check_reference,
}


def check_context(value: object, about_activity: bool, second: bool, path: str, report: Report) -> None:
    """``about_activity``: the statement's object is an activity. ``second``: judge by 2.0, else by 1.0.x."""
    if not isinstance(value, dict):
        wrong_type(report, path, "a context object")
        return
    check_keys(value, _KEYS_2_0 if second else _KEYS_1_0, path, report)
    for key, check in _CHECKS.items():
        if key in value:
            check(value[key], f"{path}.{key}", report)
    for key in ("revision", "platform"):
        check_text(value, key, path, report)
        if key in value and not about_activity:
            report.append(
                Problem(
                    "only_with_activity", f"{path}.{key}", "may only stand when the object is an activity"
                )
            )
    if "contextActivities" in value:
        _check_activities(value["contextActivities"], f"{path}.contextActivities", report)
    if second:
        _check_related(value, path, report)
    check_extensions(value, path, report)


def _check_activities(value: object, path: str, report: Report) -> None:
    """Each relation holds a list of activities, or a single one as in xAPI 0.95."""
    if not isinstance(value, dict):
        wrong_type(report, path, "an object")
        return
    check_keys(value, _RELATIONS, path, report)
    for key, activities in value.items():
        here = f"{path}.{key}"
        if isinstance(activities, list):
            for index, one in enumerate(activities):
                check_activity(one, f"{here}[{index}]", report)
        else:
            check_activity(activities, here, report)


def _check_related(value: dict[str, object], path: str, report: Report) -> None:
    if "contextAgents" in value:
        _check_related_list(value["contextAgents"], ("agent", check_agent), f"{path}.contextAgents", report)
    if "contextGroups" in value:
        _check_related_list(value["contextGroups"], ("group", check_group), f"{path}.contextGroups", report)


def _check_related_list(value: object, member: tuple[str, Check], path: str, report: Report) -> None:
    """``member`` is the name of the related thing, ``agent`` or ``group``, and its check."""
    if not isinstance(value, list):
        wrong_type(report, path, "a list")
        return
    for index, one in enumerate(value):
        here = f"{path}[{index}]"
        if isinstance(one, dict):
            _check_relation(one, member, here, report)
        else:
            wrong_type(report, here, "an object")


def _check_relation(value: dict[str, object], member: tuple[str, Check], path: str, report: Report) -> None:
    name, check = member
    kind = "contextAgent" if name == "agent" else "contextGroup"
    check_keys(value, frozenset(("objectType", name, "relevantTypes")), path, report)
    if value.get("objectType") != kind:
        report.append(Problem("object_type", f"{path}.objectType", f"must be {kind}"))
    if name in value:
        check(value[name], f"{path}.{name}", report)
    else:
        missing(report, f"{path}.{name}")
    if "relevantTypes" in value:
        _check_types(value["relevantTypes"], f"{path}.relevantTypes", report)


def _check_types(value: object, path: str, report: Report) -> None:
    if not isinstance(value, list):
        wrong_type(report, path, "a list of IRIs")
        return
    if not value:
        report.append(Problem("empty", path, "must not be empty when it is there"))
    for index, iri in enumerate(value):
        check_iri(iri, f"{path}[{index}]", report)
