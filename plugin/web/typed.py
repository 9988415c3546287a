"""Figures and days of a form in the locale of the page they stand on: as they were typed, and as a field shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from flask import request

from plugin.domain import Money
from plugin.figures import exact, reading
from plugin.texts import locale

RATE = replace(reading.NUMBER, likely=Decimal(0))  # of two readings none is likelier


def amount(name: str, currency: str) -> Money | None:
    """None for an empty field, as in all of these; InvalidInput says what to enter."""
    found = reading.read_amount(request.form.get(name, ""), locale(), field=name, currency=currency)
    return None if found is None else Money(found, currency)


def percent(name: str) -> Decimal | None:
    return reading.read_percent(request.form.get(name, ""), locale(), field=name)


def rate_of(text: str, name: str) -> Decimal | None:
    """For a field that holds several."""
    return reading.read_kind(RATE, text, locale(), field=name)


def whole(name: str) -> int | None:
    return reading.read_integer(request.form.get(name, ""), locale(), field=name)


def day(name: str) -> date | None:
    return reading.read_date(request.form.get(name, ""), locale(), field=name)


def exact_number(value: Decimal | None) -> str:
    """For a field: all decimals; empty when there is none."""
    return "" if value is None else exact.number(value, locale())


def exact_points(value: Decimal | None) -> str:
    """For a field of percent: at least one decimal."""
    return "" if value is None else exact.points(value, locale())


def exact_percent(value: Decimal) -> str:
    """What was set, beside its field."""
    return exact.percent(value, locale())


def exact_money(value: Money) -> str:
    """What was set, beside its field."""
    return exact.money(value, locale())


def example(plain: str) -> str:
    """A figure to show beside a field, as the reader types it."""
    return exact.number(Decimal(plain), locale())


def rates(by_currency: Mapping[str, str]) -> str:
    """USD=0.92; GBP=1.17, for a field that holds several; each rate is given in plain form."""
    return "; ".join(f"{code}={example(rate)}" for code, rate in by_currency.items())


FILTERS = {
    "example": example,
    "rates": rates,
    "exact_number": exact_number,
    "exact_points": exact_points,
    "exact_pct": exact_percent,
    "exact_money": exact_money,
}
