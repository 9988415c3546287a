"""How money, percent, numbers, dates and times are written in the reader's locale, so that one figure never looks two ways."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from plugin.domain import Money, one_decimal
from plugin.texts import _, keep, locale, retellable, written_by

MINUS = "\u2212"
CENT = Decimal("0.01")
NONE = "–"
NARROW = "\u202f"
LETTER_BEFORE_FIGURE = re.compile(r"(?<=[A-Za-z])(?=\d)")
# English is written the same for readers on both sides of the Atlantic, and says the day before the month.
_DAY = {"en": "d MMMM y"}  # machine text
_SHORT_DAY = {"en": "d MMM y"}  # machine text
_TIME = "HH:mm"
_NOW = timedelta(seconds=5)
keep(
    "money",
    Money,
    lambda money: [str(money.amount), money.currency],
    lambda kept: Money(Decimal(kept[0]), kept[1]),
)


@cache
def _spoken(name: str) -> Locale:
    return Locale.parse(name)


def _reader() -> Locale:
    return _spoken(locale())


@cache
def _money_pattern(name: str) -> NumberPattern:
    """The locale's own order of sign and number, in whole units."""
    pattern = _spoken(name).currency_formats["standard"].pattern
    return parse_pattern(pattern.replace("0.00", "0"))


@cache
def _percent_pattern(name: str) -> NumberPattern:
    pattern = _spoken(name).percent_formats[None].pattern.replace("\xa0", NARROW)
    return parse_pattern(pattern.replace("#0", "#0.0"))


@cache
def _whole_percent_pattern(name: str) -> NumberPattern:
    pattern = _spoken(name).percent_formats[None].pattern.replace("\xa0", NARROW)
    return parse_pattern(pattern)


@cache
def _decimals(digits: int, *, signed: bool) -> NumberPattern:
    body = "#,##0" + ("." + "0" * digits if digits else "")
    return parse_pattern(f"+{body};-{body}" if signed else body)


def _written(pattern: NumberPattern, value: Decimal, currency: str | None = None) -> str:
    text: str = pattern.apply(value, _reader(), currency=currency, currency_digits=False)
    return text.replace("-", MINUS)


@retellable
def money(amount: Money) -> str:
    """Whole units of the currency: €68,400; −€120 below zero; a code of letters stands off: CHF 900."""
    text = _written(_money_pattern(locale()), amount.rounded().amount + 0, amount.currency)
    return LETTER_BEFORE_FIGURE.sub("\xa0", text)


@retellable
def cents(amount: Money) -> str:
    """With parts of a unit, as on a payslip: €68,400.00."""
    text: str = (
        _reader()
        .currency_formats["standard"]
        .apply(amount.rounded(CENT).amount + 0, _reader(), currency=amount.currency, currency_digits=False)
    )
    return LETTER_BEFORE_FIGURE.sub("\xa0", text.replace("-", MINUS))


@retellable
def percent(points: Decimal | None) -> str:
    """One decimal: 4.3%; – when there is none."""
    return NONE if points is None else _written(_percent_pattern(locale()), (one_decimal(points) + 0) / 100)


@retellable
def number(points: Decimal) -> str:
    """One decimal without a percent sign."""
    return _written(_decimals(1, signed=False), one_decimal(points) + 0)


@retellable
def share(part: Decimal | None) -> str:
    """A part of 1 in whole per cent: 59%; – when there is none."""
    if part is None:
        return NONE
    pattern = _spoken(locale()).percent_formats[None].pattern.replace("\xa0", NARROW)
    return _written(parse_pattern(pattern), part)


@retellable
def two_decimals(value: Decimal | float) -> str:
    """A ratio such as pay over midpoint: 0.97."""
    exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return _written(_decimals(2, signed=False), exact + 0)


@retellable
def decimals(value: float, digits: int, *, is_signed: bool = False) -> str:
    """A measured figure: 0.812 with three digits; signed +0.12, −0.38, 0.00."""
    exact = Decimal(f"{value:.{digits}f}")
    return _written(_decimals(digits, signed=is_signed and bool(exact)), exact + 0)


@retellable
def whole_percent(share: float) -> str:
    """A share of 1 without decimals: 81%."""
    return _written(_whole_percent_pattern(locale()), Decimal(f"{share * 100:.0f}") / 100 + 0)


@retellable
def signed(points: Decimal) -> str:
    """With its sign, as contributions are shown: +0.6, −0.5, 0.0."""
    shown = one_decimal(points)
    return _written(_decimals(1, signed=bool(shown)), shown + 0)


@retellable
def hours(value: Decimal | int | float) -> str:
    """Hours without a decimal that says nothing: 12, 7.5."""
    shown = one_decimal(Decimal(str(value)))
    return _written(_decimals(0 if shown == shown.to_integral_value() else 1, signed=False), shown + 0)


@retellable
def day(value: date | None) -> str:
    """1 April 2027; – when there is none."""
    if value is None:
        return NONE
    return format_date(value, _DAY.get(locale(), "long"), locale=_reader())


@retellable
def short_day(value: date | None) -> str:
    """1 Apr 2027, for tables; – when there is none."""
    if value is None:
        return NONE
    return format_date(value, _SHORT_DAY.get(locale(), "medium"), locale=_reader())


@retellable
def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """In ``zone``: 1 April 2027, 14:05; – when there is none."""
    if value is None:
        return NONE
    local = value.astimezone(zone)
    return _("%(day)s, %(time)s", day=day(local.date()), time=_clock(local))


@retellable
def short_moment(value: datetime, zone: ZoneInfo) -> str:
    """In ``zone``, for tables: 1 Apr 2027, 14:05."""
    local = value.astimezone(zone)
    return _("%(day)s, %(time)s", day=short_day(local.date()), time=_clock(local))


def _clock(local: datetime) -> str:
    return format_time(local.time(), _TIME, locale=_reader())


@retellable
def length(gap: timedelta) -> str:
    """About how long, in its largest unit: 12 min, 3 hr, 2 days."""
    return format_timedelta(abs(gap), threshold=1, format="short", locale=_reader())


@retellable
def ago(gap: timedelta) -> str:
    """How far from now: 12 minutes ago, in 3 hours, just now."""
    if abs(gap) < _NOW:
        return _("just now")
    return format_timedelta(gap, threshold=1, add_direction=True, locale=_reader())


@retellable
def each(*names: str) -> str:
    """A, B and C."""
    return format_list(names, "standard", locale=_reader())


@retellable
def either(*names: str) -> str:
    """A, B or C."""
    return format_list(names, "or", locale=_reader())


def _exact(value: Decimal | float) -> str:
    """With all that it holds."""
    return format_decimal(value, locale=_reader(), decimal_quantization=False).replace("-", MINUS)


# What a caller gives to a message as it is:
written_by(Decimal, _exact)
written_by(float, _exact)
written_by(date, day)
written_by(Money, money)
