"""Reads JSON from strangers: bounded in size and depth, and strict where json.loads would quietly pick one of two truths."""

from __future__ import annotations

import json
import math
import re

from plugin.xapi.problem import InvalidStatement, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64

_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> object:
    """The JSON value in these UTF-8 bytes: a statement, or a list of them.

    Raises InvalidStatement with code ``too_large``, ``too_deep``, ``not_utf8``, ``not_json``, ``duplicate_key`` (the standard
    lets each property stand once), ``number_range`` (beyond a double, NaN) or ``text_invalid`` (half of a surrogate pair).
    """
    if len(raw) > max_bytes:
        raise _refusal("too_large", f"is larger than {max_bytes} bytes")
    if raw.count(b"{") + raw.count(b"[") > max_depth and _depth(raw) > max_depth:
        raise _refusal("too_deep", f"is nested deeper than {max_depth} levels")
    try:
        value: object = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as cause:
        raise _refusal("not_utf8", "is not UTF-8") from cause
    except json.JSONDecodeError as cause:
        raise _refusal("not_json", "is not JSON") from cause
    except ValueError as cause:  # Python's own limit on the digits of a whole number
        raise _refusal("number_range", "holds a number of too many digits") from cause
    if b"\\u" in raw:
        _refuse_surrogates(value)
    return value


def _refusal(code: str, message: str) -> InvalidStatement:
    return InvalidStatement(Problem(code, "", message))


def _depth(raw: bytes) -> int:
    """The deepest nesting, read in one pass without building anything."""
    deepest = depth = 0
    for match in _STRUCTURE.finditer(raw):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"}", b"]"):
            depth -= 1
    return deepest


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, unless a key stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refusal("duplicate_key", "uses a property twice in one object")
    return found


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _refusal("number_range", "holds a number beyond a double's range")
    return number


def _constant(_: str) -> float:
    raise _refusal("number_range", "holds NaN or an infinity")


def _refuse_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as cause:
        raise _refusal("text_invalid", "holds half of a surrogate pair") from cause


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_constant)
