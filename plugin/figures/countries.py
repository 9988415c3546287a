"""Which currencies a country pays in, by Unicode's tables (CLDR, through Babel)."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.numbers import get_territory_currencies

SPOKEN = ("en", "de", "fr", "es", "it")  # languages in which a suite may name a country


@cache
def _codes() -> dict[str, str]:
    """Codes and names in lower case -> code of two letters."""
    found: dict[str, str] = {}
    for language in reversed(SPOKEN):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found[str(name).casefold()] = code
                found[code.casefold()] = code
    return found


@cache
def currencies_of(country: str) -> frozenset[str]:
    """Legal tender of a country by code or name; nothing for a country that is not known, of which nothing can be said."""
    code = _codes().get(country.strip().casefold())
    return frozenset(get_territory_currencies(code)) if code else frozenset()


def code_of(country: str) -> str:
    """The two letters of a country, '' when it is not known."""
    return _codes().get(country.strip().casefold(), "")
