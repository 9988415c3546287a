"""Reads JSON so that two readers cannot see two different badges in the same bytes."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from plugin.badges.codes import BadgeProblem
from plugin.texts import _

JsonObject = dict[str, Any]


def _pairs(pairs: list[tuple[str, Any]]) -> JsonObject:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadgeProblem("duplicate_keys", _("The field is “%(name)s”.", name=twice))
    return result


def _constant(word: str) -> NoReturn:
    raise BadgeProblem("unreadable", _("%(word)s is not JSON.", word=word))


_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def _depth_of(text: str) -> int:
    """Deepest bracket outside strings."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def loads(raw: bytes | str, *, max_bytes: int, max_depth: int = 40) -> Any:
    """Parses one JSON value.

    Raises BadgeProblem: too_large (bytes, depth or a number of more than 40 digits), duplicate_keys, unreadable
    (no JSON, not UTF-8, NaN, lone surrogates).
    """
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise BadgeProblem(
            "too_large", _("It has %(size)s bytes; %(most)s are allowed.", size=size, most=max_bytes)
        )
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadgeProblem("unreadable", _("The text is not UTF-8.")) from error
    if text.count("[") + text.count("{") > max_depth and _depth_of(text) > max_depth:
        raise BadgeProblem("too_large", _("It is nested more than %(most)s levels deep.", most=max_depth))
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except (ValueError, RecursionError) as error:
        raise BadgeProblem("unreadable", _("It is not JSON.")) from error
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _integer(digits: str) -> int:
    if len(digits) > 40:
        raise BadgeProblem("too_large", _("A number has more than 40 digits."))
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise BadgeProblem("too_large", _("A number is out of range."))
    return value


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadgeProblem("unreadable", _("It contains half a character (a lone surrogate).")) from error


def load_object(raw: bytes | str, *, max_bytes: int, max_depth: int = 40) -> JsonObject:
    """Like ``loads``, for input that must be one JSON object."""
    value = loads(raw, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(value, dict):
        raise BadgeProblem("unreadable", _("It is not a JSON object."))
    return value
