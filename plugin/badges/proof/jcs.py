"""Writes JSON in its one canonical form (RFC 8785), which eddsa-jcs-2022 proofs sign instead of the graph."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.texts import _


def canonical_json(value: Any) -> bytes:
    """UTF-8 bytes of the canonical form. Raises BadgeProblem unreadable for text that is not Unicode."""
    try:
        return _text(value).encode()
    except UnicodeEncodeError as error:
        raise BadgeProblem("unreadable", _("It contains half a character (a lone surrogate).")) from error


def _text(value: Any) -> str:
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_string(key)}:{_text(inner)}" for key, inner in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(inner) for inner in value) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _number(float(value))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """As ECMAScript writes a number: shortest digits, exponent only below 1e-6 and from 1e21."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    figures, point = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign else ""
    if 0 < point <= 21:
        whole = figures[:point].ljust(point, "0")
        return minus + whole + (f".{figures[point:]}" if figures[point:] else "")
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{figures}"
    mantissa = figures[0] + (f".{figures[1:]}" if figures[1:] else "")
    return f"{minus}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
