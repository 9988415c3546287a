"""Writes a figure with all that it holds, as its field takes it: for the field, for what was set and for what was understood."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, format_percent

from plugin.domain import Money
from plugin.figures import marks
from plugin.figures.marks import PLAIN
from plugin.figures.writing import LETTER_BEFORE_FIGURE, MINUS, NARROW


def number(value: Decimal | int, locale: str) -> str:
    """Grouped where the locale groups; the plain form for files."""
    if locale in PLAIN:
        return f"{_bare(Decimal(value)):f}"
    return _signed(format_decimal(value, locale=marks.parsed(locale), decimal_quantization=False))


def points(value: Decimal, locale: str) -> str:
    """At least one decimal, as points and percentages are shown everywhere: 3.0, 3.25."""
    shown = _bare(value)
    exponent = shown.as_tuple().exponent
    return number(shown, locale) if exponent != 0 else f"{number(shown, locale)}{marks.of(locale).decimal}0"


def percent(value: Decimal, locale: str) -> str:
    """3.0%, 3.25%."""
    pattern = (
        marks.parsed(locale).percent_formats[None].pattern.replace("#0", "#0.0#####").replace("\xa0", NARROW)
    )
    return _signed(
        format_percent(value / 100, pattern, locale=marks.parsed(locale), decimal_quantization=False)
    )


def share(part: Decimal, locale: str) -> str:
    """A part of 1: 50%, 62.5%."""
    pattern = (
        marks.parsed(locale).percent_formats[None].pattern.replace("#0", "#0.######").replace("\xa0", NARROW)
    )
    return _signed(format_percent(part, pattern, locale=marks.parsed(locale), decimal_quantization=False))


def money(amount: Money, locale: str) -> str:
    """Whole units without decimals, parts of a unit with all of them: €70,000, €70,000.50."""
    found = marks.parsed(locale)
    if amount.amount != amount.amount.to_integral_value():
        return _signed(
            format_currency(amount.amount, amount.currency, locale=found, decimal_quantization=False)
        )
    pattern = found.currency_formats["standard"].pattern.replace("0.00", "0")
    return _signed(
        format_currency(amount.amount, amount.currency, pattern, locale=found, currency_digits=False)
    )


def _bare(value: Decimal) -> Decimal:
    """Without zeros at the end and without an exponent."""
    return Decimal(f"{value.normalize():f}")


def _signed(text: str) -> str:
    """With the sign for minus that pages show, and a code of letters standing off."""
    return LETTER_BEFORE_FIGURE.sub("\xa0", text.replace("-", MINUS))
