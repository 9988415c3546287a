"""Judges whole statements by hand-written checks, because history comes by the million and models of a schema library take over ten times as long (benchmarks/conformance_xapi.py)."""

from __future__ import annotations

import re

from plugin.errors import InvalidInput
from plugin.texts import _
from plugin.xapi.activities import check_activity
from plugin.xapi.actors import check_actor, check_agent, check_authority, check_group
from plugin.xapi.context import KEYS_ADDED_BY_2_0, check_context
from plugin.xapi.fields import check_iri, check_language_map, check_reference, check_time, check_uuid
from plugin.xapi.outcome import check_attachments, check_result
from plugin.xapi.problem import InvalidStatement, Problem, Report, check_keys, missing, wrong_type
from plugin.xapi.reading import parse

__all__ = ["VOIDED", "InvalidStatement", "Problem", "parse", "problems", "validate", "version_of"]

VOIDED = "http://adlnet.gov/expapi/verbs/voided"

_SUB_KEYS = frozenset(
    ("actor", "verb", "object", "result", "context", "timestamp", "attachments", "objectType")
)
_KEYS = (_SUB_KEYS - {"objectType"}) | {"id", "stored", "authority", "version"}
_VERB_KEYS = frozenset(("id", "display"))
_VERSION = re.compile(r"([12])\.0(?:\.[0-9]+(?:[A-Za-z-][0-9A-Za-z-]*)?)?", re.ASCII)


def validate(statement: object, *, version: str = "1.0.3") -> None:
    """Raises InvalidStatement for the first broken rule of xAPI ``version`` (1.0.x, 2.0.x, or ``auto``: see version_of)."""
    found = problems(statement, version=version)
    if found:
        raise InvalidStatement(found[0])


def problems(statement: object, *, version: str = "1.0.3") -> list[Problem]:
    """All broken rules, in the order of the checks; empty when the statement is valid.

    ``statement`` is what ``parse`` or json.loads gives. Raises InvalidInput when ``version`` is none that we know.
    """
    second = _is_second(version_of(statement) if version == "auto" else version)
    report: Report = []
    if not isinstance(statement, dict):
        wrong_type(report, "", "a statement object")
        return report
    check_keys(statement, _KEYS, "", report)
    if "id" in statement:
        check_uuid(statement["id"], "id", report)
    _check_body(statement, second, "", report)
    if "stored" in statement:
        check_time(statement["stored"], "stored", report)
    if "authority" in statement:
        check_authority(statement["authority"], "authority", report)
    if "version" in statement:
        _check_version(statement["version"], second, report)
    return report


def version_of(statement: object) -> str:
    """``2.0.0`` when the statement says so itself or uses a property that only 2.0 has, else ``1.0.3``.

    For files, where no X-Experience-API-Version header tells. A statement that names version 1.0.x is judged by 1.0.3.
    """
    if not isinstance(statement, dict):
        return "1.0.3"
    named = statement.get("version")
    if isinstance(named, str):
        return "2.0.0" if named.startswith("2.0") else "1.0.3"
    inner = statement.get("object")
    contexts = (statement.get("context"), inner.get("context") if isinstance(inner, dict) else None)
    added = any(isinstance(one, dict) and not KEYS_ADDED_BY_2_0.isdisjoint(one) for one in contexts)
    return "2.0.0" if added else "1.0.3"


def _is_second(version: str) -> bool:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise InvalidInput(
            _("the xAPI version must be 1.0.x or 2.0.x"),
            remedy=_("send X-Experience-API-Version: 1.0.3 or 2.0.0"),
        )
    return match[1] == "2"


def _check_version(value: object, second: bool, report: Report) -> None:
    """1.0.x always; 2.0.x only under 2.0. A bare 1.0 passes, as the conformance suite wants."""
    if not isinstance(value, str):
        wrong_type(report, "version", "text")
        return
    match = _VERSION.fullmatch(value)
    if match is None or (match[1] == "2" and not second):
        report.append(
            Problem("version_unknown", "version", "must be 1.0.x" + (" or 2.0.x" if second else ""))
        )


def _check_body(value: dict[str, object], second: bool, path: str, report: Report) -> None:
    """What statements and substatements share; ``path`` ends with a dot for a substatement."""
    if "actor" in value:
        check_actor(value["actor"], f"{path}actor", report)
    else:
        missing(report, f"{path}actor")
    _check_verb(value, path, report)
    kind = _check_object(value, second, path, report)
    if "result" in value:
        check_result(value["result"], f"{path}result", report)
    if "context" in value:
        check_context(value["context"], kind == "Activity", second, f"{path}context", report)
    if "timestamp" in value:
        check_time(value["timestamp"], f"{path}timestamp", report)
    if "attachments" in value:
        check_attachments(value["attachments"], f"{path}attachments", report)


def _check_verb(value: dict[str, object], path: str, report: Report) -> None:
    if "verb" not in value:
        missing(report, f"{path}verb")
        return
    verb = value["verb"]
    if not isinstance(verb, dict):
        wrong_type(report, f"{path}verb", "a verb object")
        return
    check_keys(verb, _VERB_KEYS, f"{path}verb", report)
    if "id" in verb:
        check_iri(verb["id"], f"{path}verb.id", report)
    else:
        missing(report, f"{path}verb.id")
    if "display" in verb:
        check_language_map(verb["display"], f"{path}verb.display", report)
    _check_voiding(verb, value.get("object"), path, report)


def _check_voiding(verb: dict[str, object], target: object, path: str, report: Report) -> None:
    if verb.get("id") == VOIDED and isinstance(target, dict) and target.get("objectType") != "StatementRef":
        report.append(
            Problem("voiding_target", f"{path}object", "of a voiding statement must be a StatementRef")
        )


def _check_object(value: dict[str, object], second: bool, path: str, report: Report) -> object:
    """Checks the object by its type and answers that type, Activity where nothing is said."""
    here = f"{path}object"
    if "object" not in value:
        missing(report, here)
        return None
    target = value["object"]
    if not isinstance(target, dict):
        wrong_type(report, here, "an object")
        return None
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        check_activity(target, here, report)
    elif kind == "StatementRef":
        check_reference(target, here, report)
    elif kind == "Agent":
        check_agent(target, here, report)
    elif kind == "Group":
        check_group(target, here, report)
    elif kind == "SubStatement" and not path:
        check_keys(target, _SUB_KEYS, here, report)
        _check_body(target, second, f"{here}.", report)
    else:
        rule = "must not be nested" if kind == "SubStatement" else "must be one of the five object types"
        report.append(Problem("object_type", f"{here}.objectType", rule))
    return kind
