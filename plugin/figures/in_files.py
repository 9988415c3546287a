"""Figures and days as other people's files hold them: what a column writes elsewhere says which of two forms it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from plugin.errors import InvalidInput
from plugin.figures import marks, reading
from plugin.figures.marks import COMMA, EITHER, POINT
from plugin.figures.reading import SHARE, Kind
from plugin.texts import _

FIRST_OPEN_YEAR = 2199  # the usual ends that mean no end: 2199-12-31, 9999-01-01, 9999-12-31
LAST_YEAR = 9999
MOST_PLACES = 10  # decimals of a figure that another system divided
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_DIGITS = re.compile(r"[0-9][0-9.,'\u2019 ]*")
_BRACKETS = re.compile(r"\((?P<inside>[^()]+)\)")
_DATE = re.compile(r"([0-9]{1,4})([./-] ?)([0-9]{1,2})\2([0-9]{1,4})")
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MIDNIGHT = re.compile(r"[ T](?:00?:00(?::00(?:[.,]0+)?)?Z?|12:00(?::00)? AM)")
_NO_DAY = re.compile(r"0{8}|0000[./-]00[./-]00|00[./-]00[./-]0000")
_MONTH_LOCALES = ("en", "de")


@dataclass(frozen=True)
class Form:
    """How a column writes figures (a locale, POINT, COMMA or EITHER) and days in digits (orders, and the locale of months)."""

    figures: str = EITHER
    orders: tuple[str, ...] = (DAY_FIRST, MONTH_FIRST)
    months: tuple[str, ...] = _MONTH_LOCALES


UNKNOWN = Form()


class OutOfRange(InvalidInput):
    """A figure that is read and beyond its bounds."""

    code = "range"


@dataclass
class Evidence:
    """What a column's cells prove: numbers of figures with one form only, and of days with one order only."""

    point: int = 0
    comma: int = 0
    orders: dict[str, int] = field(default_factory=lambda: {DAY_FIRST: 0, MONTH_FIRST: 0})

    def see_figure(self, text: str) -> None:
        found = _DIGITS.search(marks.strip_marks(text[: reading.LONGEST]))
        if found is None:
            return
        digits = found[0].strip()
        as_point, as_comma = reading.parts_in(digits, POINT), reading.parts_in(digits, COMMA)
        self.point += bool(as_point and not as_comma)
        self.comma += bool(as_comma and not as_point)

    def see_day(self, text: str) -> None:
        found = _DATE.fullmatch(_without_midnight(marks.strip_marks(text[: reading.LONGEST])))
        if found is None or len(found[4]) != 4 or len(found[1]) > 2:
            return
        first, second = int(found[1]), int(found[3])
        self.orders[DAY_FIRST] += first > 12 >= second
        self.orders[MONTH_FIRST] += second > 12 >= first

    def add(self, other: Evidence) -> None:
        self.point += other.point
        self.comma += other.comma
        for order, count in other.orders.items():
            self.orders[order] += count

    @property
    def figures(self) -> str | None:
        """None where nothing or both are proven."""
        if bool(self.point) == bool(self.comma):
            return None
        return POINT if self.point else COMMA

    @property
    def order(self) -> str | None:
        first, second = self.orders[DAY_FIRST], self.orders[MONTH_FIRST]
        if bool(first) == bool(second):
            return None
        return DAY_FIRST if first else MONTH_FIRST


def form_of(locale: str) -> Form:
    """The form of a declared locale."""
    return Form(locale, marks.of(locale).orders, (locale, *_MONTH_LOCALES))


def figure(text: str, kind: Kind, form: Form, *, name: str, low: int, high: int) -> Decimal | None:
    """Within bounds; brackets and a minus at the end are a minus. None where the cell is empty. InvalidInput names ``name``."""
    plain = _signed(marks.strip_marks(text))
    hundredth = kind is SHARE and plain.endswith(SHARE.units)
    likely = Decimal(high * 100 if hundredth else high)
    wide = replace(kind, places=MOST_PLACES, most=Decimal(10**14), likely=likely)
    value = reading.read_kind(wide, plain, form.figures, field=name)
    if value is None:
        return None
    value = value / 100 if hundredth else value
    if not low <= value <= high:
        said = _("Enter a number from %(low)s to %(high)s.", low=low, high=high)
        raise OutOfRange(f"{name}: {said}", fields={name: said})
    return value


def _signed(text: str) -> str:
    if found := _BRACKETS.fullmatch(text):
        return f"-{found['inside'].strip()}"
    if len(text) > 1 and text[-1] in "-\u2212" and text[-2].isdigit():
        return f"-{text[:-1]}"
    return text


def day(text: str, form: Form, *, name: str) -> date | None:
    """A day from 1900 to 9999, at midnight where a time stands beside it; None where the cell is empty or all zeros."""
    plain = _without_midnight(marks.strip_marks(text[: reading.LONGEST + 1]))
    if plain in reading.NOTHING or _NO_DAY.fullmatch(plain):
        return None
    found = list(dict.fromkeys(_days(plain, form)))
    if len(found) == 2:
        raise reading.wrong(name, reading.double(plain, found[0], found[1]))
    if not found:
        raise reading.wrong(name, _("Enter a date, for example 2026-12-31."))
    return found[0]


def _days(text: str, form: Form) -> list[date]:
    if packed := _PACKED.fullmatch(text):
        return reading.day_of(packed[1], packed[2], packed[3], LAST_YEAR)
    if digits := _DATE.fullmatch(text):
        parts = (digits[1], digits[3], digits[4])
        if len(parts[0]) == 4:
            return reading.day_of(*parts, LAST_YEAR)
        orders = (DAY_FIRST,) if digits[2].strip() == "." else form.orders
        named = [dict(zip(order, parts, strict=True)) for order in orders]
        return [found for one in named for found in reading.day_of(one["y"], one["m"], one["d"], LAST_YEAR)]
    return [found for locale in form.months for found in reading.with_month(text.replace("-", " "), locale)][
        :1
    ]


def _without_midnight(text: str) -> str:
    return _MIDNIGHT.sub("", text) if ":" in text else text
