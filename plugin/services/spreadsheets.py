"""Cells that no spreadsheet takes for a formula: the one rule for every CSV that leaves."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_PARTS = re.compile(r"([;|\t\r\n\v\f\x85\u2028\u2029]+)")


def cell(value: object) -> str:
    """As text, with an apostrophe in front where a spreadsheet would begin to compute; a plain number stays a number.

    OWASP's list (= + - @, tab, return), also behind blanks and quotes and in full-width forms. Where commas are no separators,
    a spreadsheet splits our line at semicolons, tabs and line ends instead, and quotes do not hold it back: what follows each
    of them is looked at like a cell of its own.
    """
    text = "" if value is None else str(value)
    if _NUMBER.fullmatch(text):
        return text
    safe = "".join(part if at % 2 else _safe(part) for at, part in enumerate(_PARTS.split(text)))
    return f"'{safe}" if text[:1] in ("\t", "\r", "\n") else safe


def _safe(part: str) -> str:
    first = unicodedata.normalize("NFKC", part).lstrip(" \u00a0\"'")[:1]
    return f"'{part}" if first in ("=", "+", "-", "@") else part
