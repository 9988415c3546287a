"""The rules that many places of a statement share: IRIs, UUIDs, language maps, extensions, statement references."""

from __future__ import annotations

from collections.abc import Callable

from plugin.xapi import formats
from plugin.xapi.problem import Problem, Report, at, check_keys, missing, wrong_type

_REFERENCE_KEYS = frozenset(("objectType", "id"))


def check_text(value: dict[str, object], key: str, path: str, report: Report) -> None:
    """The property, when there, is text of any form."""
    if key in value and not isinstance(value[key], str):
        wrong_type(report, f"{path}.{key}", "text")


def check_format(
    value: object, holds: Callable[[str], bool], problem: tuple[str, str], path: str, report: Report
) -> None:
    """The value is text for which ``holds`` is true; ``problem`` is the code and the rule to report otherwise."""
    if not isinstance(value, str):
        wrong_type(report, path, "text")
    elif not holds(value):
        report.append(Problem(problem[0], path, problem[1]))


def check_iri(value: object, path: str, report: Report) -> None:
    """The value is an absolute IRI."""
    check_format(value, formats.is_iri, ("iri_invalid", "must be an absolute IRI"), path, report)


def check_uuid(value: object, path: str, report: Report) -> None:
    """The value is a UUID in standard string form."""
    check_format(
        value, formats.is_uuid, ("uuid_invalid", "must be a UUID in standard string form"), path, report
    )


def check_time(value: object, path: str, report: Report) -> None:
    """The value is an RFC 3339 time with a known zone."""
    rule = ("timestamp_invalid", "must be an RFC 3339 time with its zone, and not -00:00")
    check_format(value, formats.is_timestamp, rule, path, report)


def check_language(value: object, path: str, report: Report) -> None:
    """The value is an RFC 5646 language tag."""
    check_format(
        value, formats.is_language, ("language_invalid", "must be an RFC 5646 language tag"), path, report
    )


def check_language_map(value: object, path: str, report: Report) -> None:
    """A map from language tags to texts (Data 4.2); it may be empty, the standard only advises against that."""
    if not isinstance(value, dict):
        wrong_type(report, path, "a language map")
        return
    for tag, text in value.items():
        if not isinstance(tag, str) or not formats.is_language(tag):
            report.append(
                Problem("language_invalid", at(path, tag), "its key must be an RFC 5646 language tag")
            )
        if not isinstance(text, str):
            wrong_type(report, at(path, tag), "text")


def check_extensions(value: dict[str, object], path: str, report: Report) -> None:
    """``extensions``, when there, is a map from IRIs to anything at all, null included (Data 4.1)."""
    if "extensions" not in value:
        return
    extensions = value["extensions"]
    if not isinstance(extensions, dict):
        wrong_type(report, f"{path}.extensions", "an object")
        return
    for key in extensions:
        if not isinstance(key, str) or not formats.is_iri(key):
            report.append(
                Problem("extension_key", at(f"{path}.extensions", key), "its key must be an absolute IRI")
            )


def check_reference(value: object, path: str, report: Report) -> None:
    """A StatementRef: its type and the UUID of a statement, nothing else (Data 2.4.4.3)."""
    if not isinstance(value, dict):
        wrong_type(report, path, "a statement reference")
        return
    check_keys(value, _REFERENCE_KEYS, path, report)
    if value.get("objectType") != "StatementRef":
        report.append(Problem("object_type", f"{path}.objectType", "must be StatementRef"))
    if "id" in value:
        check_uuid(value["id"], f"{path}.id", report)
    else:
        missing(report, f"{path}.id")
