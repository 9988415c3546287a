"""How each locale marks decimals, thousands, currencies and days; the one use of Babel's data for reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.dates import get_date_format
from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
)

FILE = ""  # no reader's locale: the plain form of the API, the shell and what we store
POINT = "."  # a column of a file whose own evidence is a decimal point
COMMA = ","  # a column of a file whose own evidence is a decimal comma
EITHER = "?"  # a column of a file without evidence: only what means one thing is read
IN_FILES = (POINT, COMMA, EITHER)
PLAIN = (FILE, *IN_FILES)
APOSTROPHES = ("'", "\u2019")
_WIDTHS = ("wide", "abbreviated")
_SETTINGS = ("format", "stand-alone")


@dataclass(frozen=True)
class Marks:
    """``groups`` are what may part thousands, one kind in a number; ``orders`` those of day, month and year in digits."""

    decimal: str
    groups: tuple[str, ...]
    orders: tuple[str, ...]


@lru_cache(64)
def of(locale: str) -> Marks:
    if locale == FILE:
        return Marks(".", (" ",), ())
    if locale in IN_FILES:
        other = POINT if locale == COMMA else COMMA
        return Marks(POINT if locale == EITHER else locale, (other, " ", *APOSTROPHES), ())
    found = parsed(locale)
    group = _blank(get_group_symbol(found))
    groups = APOSTROPHES if group in APOSTROPHES else (group,)
    return Marks(get_decimal_symbol(found), tuple(dict.fromkeys((*groups, " "))), _orders(locale, found))


def _orders(locale: str, found: Locale) -> tuple[str, ...]:
    """English without a country is read on both sides of the Atlantic."""
    pattern = get_date_format("short", found).pattern.lower()
    order = "".join(sorted("dmy", key=pattern.index))
    return ("mdy", "dmy") if locale == "en" else (order,)


@lru_cache(256)
def currency_signs(currency: str, locale: str) -> tuple[str, ...]:
    """What stands beside an amount in ``currency`` where people of the locale, or English pages, write it."""
    locales = ("en",) if locale in PLAIN else ("en", locale)
    return tuple({currency, *(strip_marks(get_currency_symbol(currency, parsed(one))) for one in locales)})


def places_of(currency: str) -> int:
    """Decimal places of the currency's smallest unit."""
    return get_currency_precision(currency)


@lru_cache(64)
def months(locale: str) -> dict[str, int]:
    """Number of each month by its names in the locale and in English, in lower case and without a point."""
    return {
        strip_marks(name).casefold().rstrip("."): number
        for one in ("en", locale)
        for setting in _SETTINGS
        for width in _WIDTHS
        for number, name in parsed(one).months[setting][width].items()
    }


def strip_marks(text: str) -> str:
    """Without marks of direction, every blank of typesetting as a plain one, trimmed."""
    return "".join(_blank(sign) for sign in text if sign not in _DIRECTION).strip()


_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANKS = frozenset("\u00a0\u2007\u2009\u202f")


def _blank(sign: str) -> str:
    return " " if sign in _BLANKS else sign


@lru_cache(64)
def parsed(locale: str) -> Locale:
    return Locale.parse(locale.replace("-", "_"))
