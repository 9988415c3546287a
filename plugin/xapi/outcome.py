"""The rules for what came of it and what proves it: result, score and attachments (Data 2.4.5 and 2.4.11)."""

from __future__ import annotations

import math

from plugin.xapi import formats
from plugin.xapi.fields import check_extensions, check_format, check_iri, check_language_map, check_text
from plugin.xapi.problem import Problem, Report, check_keys, missing, wrong_type

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"

_RESULT_KEYS = frozenset(("score", "success", "completion", "response", "duration", "extensions"))
_SCORE_KEYS = frozenset(("scaled", "raw", "min", "max"))
_ATTACHMENT_KEYS = frozenset(
    ("usageType", "display", "description", "contentType", "length", "sha2", "fileUrl")
)
_ATTACHMENT_REQUIRED = ("usageType", "display", "contentType", "length", "sha2")
_DURATION_RULE = (
    "duration_invalid",
    "must be an ISO 8601 duration (weeks stand alone, a fraction only at the end)",
)
_SHA2_RULE = ("sha2_invalid", "must be a SHA-2 hash in hexadecimal digits")
_MEDIA_RULE = ("media_type_invalid", "must be an Internet media type")


def check_result(value: object, path: str, report: Report) -> None:
    """The result of a statement: real booleans, a duration, a score that fits its own bounds."""
    if not isinstance(value, dict):
        wrong_type(report, path, "a result object")
        return
    check_keys(value, _RESULT_KEYS, path, report)
    for key in ("success", "completion"):
        if key in value and not isinstance(value[key], bool):
            wrong_type(report, f"{path}.{key}", "true or false")
    check_text(value, "response", path, report)
    if "duration" in value:
        check_format(value["duration"], formats.is_duration, _DURATION_RULE, f"{path}.duration", report)
    if "score" in value:
        _check_score(value["score"], f"{path}.score", report)
    check_extensions(value, path, report)


def _check_score(value: object, path: str, report: Report) -> None:
    if not isinstance(value, dict):
        wrong_type(report, path, "a score object")
        return
    check_keys(value, _SCORE_KEYS, path, report)
    numbers: dict[str, int | float] = {}
    for key, number in value.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not _is_finite(number):
            wrong_type(report, f"{path}.{key}", "a number")
        else:
            numbers[key] = number
    _check_bounds(numbers, path, report)


def _is_finite(number: float) -> bool:
    """Whole numbers beyond a double's range are refused too: no other system could keep them."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _check_bounds(numbers: dict[str, int | float], path: str, report: Report) -> None:
    scaled, raw, low, high = (numbers.get(key) for key in ("scaled", "raw", "min", "max"))
    if scaled is not None and not -1 <= scaled <= 1:
        report.append(Problem("score_range", f"{path}.scaled", "must lie between -1 and 1"))
    if low is not None and high is not None and low >= high:
        report.append(Problem("score_range", f"{path}.min", "must be less than max"))
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        report.append(Problem("score_range", f"{path}.raw", "must lie between min and max"))


def check_attachments(value: object, path: str, report: Report) -> None:
    """The headers of attachments; their bytes travel elsewhere and are not judged here."""
    if not isinstance(value, list):
        wrong_type(report, path, "a list of attachments")
        return
    for index, one in enumerate(value):
        _check_attachment(one, f"{path}[{index}]", report)


def _check_attachment(value: object, path: str, report: Report) -> None:
    if not isinstance(value, dict):
        wrong_type(report, path, "an attachment object")
        return
    check_keys(value, _ATTACHMENT_KEYS, path, report)
    for key in _ATTACHMENT_REQUIRED:
        if key not in value:
            missing(report, f"{path}.{key}")
    for key in ("usageType", "fileUrl"):
        if key in value:
            check_iri(value[key], f"{path}.{key}", report)
    for key in ("display", "description"):
        if key in value:
            check_language_map(value[key], f"{path}.{key}", report)
    if "sha2" in value:
        check_format(value["sha2"], formats.is_sha2, _SHA2_RULE, f"{path}.sha2", report)
    _check_content(value, path, report)


def _check_content(value: dict[str, object], path: str, report: Report) -> None:
    if "contentType" in value:
        check_format(value["contentType"], formats.is_media_type, _MEDIA_RULE, f"{path}.contentType", report)
        if value.get("usageType") == SIGNATURE_USAGE and value["contentType"] != "application/octet-stream":
            rule = "of a signature must be application/octet-stream"
            report.append(Problem("signature_media_type", f"{path}.contentType", rule))
    length = value.get("length", 0)
    whole = isinstance(length, int) or (isinstance(length, float) and length.is_integer())
    if isinstance(length, bool) or not isinstance(length, (int, float)) or not whole:
        wrong_type(report, f"{path}.length", "a whole number")
    elif length < 0:
        report.append(Problem("length_negative", f"{path}.length", "must not be negative"))
