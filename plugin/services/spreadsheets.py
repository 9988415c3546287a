"""Cells that no spreadsheet takes for a formula: the one rule for every CSV that leaves."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def cell(value: object) -> str:
    """As text, with an apostrophe in front where a spreadsheet would begin to compute; a plain number stays a number.

    OWASP's list (= + - @, tab, return), also behind blanks and in full-width forms.
    """
    text = "" if value is None else str(value)
    first = unicodedata.normalize("NFKC", text).lstrip()[:1]
    is_risky = first in ("=", "+", "-", "@") or text[:1] in ("\t", "\r", "\n")
    return f"'{text}" if is_risky and not _NUMBER.fullmatch(text) else text
