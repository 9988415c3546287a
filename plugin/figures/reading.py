"""Reads the figures and dates that people type and files hold; what could mean two things is refused with both named."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from plugin.errors import InvalidInput
from plugin.figures import exact, marks
from plugin.figures.marks import COMMA, EITHER, FILE, PLAIN, POINT
from plugin.texts import N_, _, ngettext

LONGEST = 60  # characters; a longer text is no figure and is not worked on
NOTHING = ("", "\u2013")  # pages show a dash where there is no figure
_SIGNS = {"-": -1, "\u2212": -1, "+": 1, "": 1}
_SCRIPTS = ("\u0660", "\u06f0")  # zeros of the Arabic and the Persian digits
_LONE = re.compile(r"([1-9][0-9]{0,2})([.,])([0-9]{3})")  # 1,500: a thousand and more, or three decimals
_ONE_MARK = re.compile(r"([0-9]*)[.,]([0-9]+)")
_PLAIN = re.compile(r"[0-9.,'\u2019 ]+")
_ARABIC = tuple(re.compile(f"[{zero}-{chr(ord(zero) + 9)}\u066b\u066c ]+") for zero in ("0", *_SCRIPTS))
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DIGITS = re.compile(r"([0-9]+)([./-] ?)([0-9]+)\2([0-9]+)")
_CURRENCY = re.compile(r"[A-Za-z]{3}|[\u20a0-\u20cf$£¥]")


@dataclass(frozen=True)
class Kind:
    """``asks`` is the sentence to a person, ``places`` the decimals that are kept, ``most`` the largest size.

    ``is_large``: thousands are usual here, so that 1,500 may mean either; elsewhere a lone mark is a decimal mark.
    ``likely``: of two readings, one beyond it is not meant; ``most`` where it is None.
    """

    asks: str
    example: Decimal
    places: int
    most: Decimal
    is_large: bool = False
    units: tuple[str, ...] = ()
    likely: Decimal | None = None

    @property
    def bound(self) -> Decimal:
        return self.most if self.likely is None else self.likely


AMOUNT = Kind(
    N_("Enter an amount, for example %(example)s."), Decimal(70_000), 4, Decimal(10**14), is_large=True
)
PERCENT = Kind(
    N_("Enter a percentage, for example %(example)s%%."),
    Decimal("3.5"),
    6,
    Decimal(1000),
    units=("%", "\u066a"),
)
POINTS = Kind(N_("Enter a number of points, for example %(example)s."), Decimal("0.5"), 6, Decimal(1000))
HOURS = Kind(N_("Enter hours, for example %(example)s."), Decimal("12.5"), 4, Decimal(100_000))
SHARE = Kind(
    N_("Enter a share from 0 to 1, for example %(example)s."),
    Decimal("0.8"),
    10,
    Decimal(2),
    units=("%", "\u066a"),
)
NUMBER = Kind(N_("Enter a number, for example %(example)s."), Decimal("0.92"), 10, Decimal(10**9))
INTEGER = Kind(
    N_("Enter a whole number, for example %(example)s."), Decimal(12), 0, Decimal(10**15), is_large=True
)


def read_amount(
    text: str, locale: str = FILE, *, field: str = "amount", currency: str | None = None
) -> Decimal | None:
    """Money in ``currency``, whose sign or code may stand beside it; None for an empty text, as in all of these."""
    kind = AMOUNT if currency is None else amount_in(currency, locale)
    return _Reader(kind, locale, field, currency).read(text)


def amount_in(currency: str, locale: str = FILE) -> Kind:
    """The kind of an amount in one currency: its signs and its decimals."""
    smallest = marks.places_of(currency)
    return replace(
        AMOUNT,
        units=marks.currency_signs(currency, locale),
        places=AMOUNT.places if locale in PLAIN else smallest,
        is_large=smallest < 3,  # in 1.500 KWD the three decimals are usual
    )


def read_percent(text: str, locale: str = FILE, *, field: str = "percent") -> Decimal | None:
    """A percentage, with its sign or without."""
    return _Reader(PERCENT, locale, field).read(text)


def read_points(text: str, locale: str = FILE, *, field: str = "points") -> Decimal | None:
    """Points of pay, to a millionth."""
    return _Reader(POINTS, locale, field).read(text)


def read_hours(text: str, locale: str = FILE, *, field: str = "hours") -> Decimal | None:
    return _Reader(HOURS, locale, field).read(text)


def read_share(text: str, locale: str = FILE, *, field: str = "share") -> Decimal | None:
    """0.8, or 80% with the sign; up to 2, since a working time may exceed full time."""
    plain = marks.strip_marks(text)
    if not plain.endswith(SHARE.units):
        return _Reader(SHARE, locale, field).read(text)
    found = _Reader(replace(SHARE, most=SHARE.most * 100), locale, field).read(text)
    return None if found is None else found / 100


def read_number(text: str, locale: str = FILE, *, field: str = "number") -> Decimal | None:
    return _Reader(NUMBER, locale, field).read(text)


def read_integer(text: str, locale: str = FILE, *, field: str = "number") -> int | None:
    found = _Reader(INTEGER, locale, field).read(text)
    return None if found is None else int(found)


def read_kind(kind: Kind, text: str, locale: str = FILE, *, field: str) -> Decimal | None:
    return _Reader(kind, locale, field).read(text)


# --- numbers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reader:
    kind: Kind
    locale: str
    field: str
    currency: str | None = None

    def read(self, text: str) -> Decimal | None:
        plain = marks.strip_marks(text[: LONGEST + 1])
        if plain in NOTHING:
            return None
        if len(text) > LONGEST:
            raise self._asked()
        sign, digits = self._parts(plain)
        whole, part = self._split(digits, plain)
        if len(part.rstrip("0")) > self.kind.places:
            raise self._places()
        value = Decimal(f"{whole or 0}.{part}" if part else whole)
        if value > self.kind.most:
            raise self._wrong(_("Enter at most %(most)s.", most=self._text(self.kind.most)))
        return value * sign + 0

    def _parts(self, plain: str) -> tuple[int, str]:
        """The sign, and the digits with their marks in ASCII, without the unit beside them."""
        found = _frame(self.kind.units).fullmatch(plain)
        if found is None or (found["front"] and found["behind"]) or (found["sign"] and found["inner"]):
            other = self.currency if _CURRENCY.search(plain) and re.search(r"\d", plain) else None
            raise (
                self._wrong(_("Enter the amount in %(currency)s.", currency=other))
                if other
                else self._asked()
            )
        return _SIGNS[found["sign"] or found["inner"] or ""], self._ascii(found["digits"])

    def _ascii(self, digits: str) -> str:
        """Arabic digits come with Arabic marks, so that their commas mean one thing; digits of two scripts are a slip."""
        if _PLAIN.fullmatch(digits):
            return digits
        if self.locale == FILE or not any(one.fullmatch(digits) for one in _ARABIC):
            raise self._asked()
        here = marks.of(self.locale)
        table = {ord("\u066b"): here.decimal, ord("\u066c"): here.groups[0]}
        return _western(digits).translate(table)

    def _split(self, digits: str, shown: str) -> tuple[str, str]:
        """The digits before and after the decimal mark."""
        if self.locale == EITHER:
            return self._agreed(digits, shown)
        here = marks.of(self.locale)
        found = _number(here.decimal, here.groups).fullmatch(digits)
        lone = _LONE.fullmatch(digits)
        if lone and self._is_double(lone, is_decimal=lone[2] == here.decimal, is_known=found is not None):
            raise self._double(lone, shown)
        if found is not None:
            return re.sub(r"\D", "", found["whole"]), found["part"] or ""
        other = _ONE_MARK.fullmatch(digits)
        if lone or other is None or (self.kind.is_large and self.locale not in PLAIN):
            raise self._asked()
        return other[1], other[2]

    def _agreed(self, digits: str, shown: str) -> tuple[str, str]:
        """As both forms read it, or as the only one that gives a likely figure."""
        found = {
            Decimal(f"{whole}.{part or 0}"): (whole, part)
            for form in (POINT, COMMA)
            for whole, part in parts_in(digits, form)
        }
        likely = [value for value in found if value <= self.kind.bound] or list(found)
        if len(likely) > 1:
            raise self._wrong(double(shown, *(self._text(value) for value in sorted(likely, reverse=True))))
        if not likely:
            raise self._asked()
        return found[likely[0]]

    def _is_double(self, lone: re.Match[str], *, is_decimal: bool, is_known: bool) -> bool:
        """Whether both readings are likely: the locale's own form decides where it gives a likely figure."""
        if is_decimal:
            return self.kind.is_large
        return not is_known or int(lone[1] + lone[3]) > self.kind.bound

    # --- sentences ---

    def _text(self, value: Decimal) -> str:
        return exact.number(value, self.locale)

    def _asked(self) -> InvalidInput:
        return self._wrong(_(self.kind.asks, example=self._text(self.kind.example)))

    def _places(self) -> InvalidInput:
        if self.kind.places == 0:
            return self._asked()
        example = self._text(self.kind.example)
        sentence = ngettext(
            "Enter at most %(num)s decimal place, for example %(example)s.",
            "Enter at most %(num)s decimal places, for example %(example)s.",
            self.kind.places,
            example=example,
        )
        return self._wrong(sentence)

    def _double(self, lone: re.Match[str], shown: str) -> InvalidInput:
        return self._wrong(
            double(shown, *(self._text(Decimal(lone[1] + mark + lone[3])) for mark in ("", ".")))
        )

    def _wrong(self, sentence: str) -> InvalidInput:
        return wrong(self.field, sentence)


def wrong(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(f"{field}: {sentence}", fields={field: sentence})


def double(shown: str, first: object, second: object) -> str:
    return _(
        "%(text)s could mean %(first)s or %(second)s. Enter the one you mean.",
        text=shown,
        first=first,
        second=second,
    )


def parts_in(digits: str, form: str) -> list[tuple[str, str]]:
    """The digits before and after the decimal mark as a form of files writes it, if it can be read so."""
    here = marks.of(form)
    found = _number(here.decimal, here.groups).fullmatch(digits)
    return [(re.sub(r"\D", "", found["whole"]), found["part"] or "")] if found else []


@lru_cache(256)
def _frame(units: tuple[str, ...]) -> re.Pattern[str]:
    unit = "|".join(re.escape(one) for one in sorted(units, key=len, reverse=True)) or "(?!)"
    sign = "[-+\u2212]"
    return re.compile(
        f"(?P<sign>{sign})?(?:(?P<front>{unit}) ?)?(?P<inner>{sign})?"
        r"(?P<digits>[0-9.,\u066b\u0660-\u0669\u06f0-\u06f9](?:[0-9.,'\u2019\u0660-\u0669\u06f0-\u06f9\u066b\u066c ]*[0-9\u0660-\u0669\u06f0-\u06f9])?)"
        f"(?: ?(?P<behind>{unit}))?",
        re.IGNORECASE,
    )


@lru_cache(64)
def _number(decimal: str, groups: tuple[str, ...]) -> re.Pattern[str]:
    """Whole digits or right groups of one mark, then perhaps a decimal mark and digits."""
    grouped = "".join(f"|[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+" for mark in groups)
    return re.compile(f"(?P<whole>[0-9]+{grouped})(?:{re.escape(decimal)}(?P<part>[0-9]+))?")


# --- dates ----------------------------------------------------------------------------------------------------------


def read_date(text: str, locale: str = FILE, *, field: str = "date") -> date | None:
    """2026-12-31 everywhere; on pages also the locale's order of digits, or with the month's name. 1900 to 2199."""
    plain = marks.strip_marks(text[: LONGEST + 1])
    if plain in NOTHING:
        return None
    found = _days(_western(plain), locale) if len(text) <= LONGEST else []
    if len(found) == 2:
        raise wrong(field, double(plain, *found))
    if not found:
        raise wrong(field, _("Enter a date, for example 2026-12-31."))
    return found[0]


def _days(text: str, locale: str) -> list[date]:
    """Every day that the text may mean, once."""
    if iso := _ISO.fullmatch(text):
        return day_of(iso[1], iso[2], iso[3])
    if locale == FILE:
        return []
    if digits := _DIGITS.fullmatch(text):
        parts = (digits[1], digits[3], digits[4])
        named = [dict(zip(order, parts, strict=True)) for order in marks.of(locale).orders]
        found = [day for one in named for day in day_of(one["y"], one["m"], one["d"])]
        return list(dict.fromkeys(found))
    return with_month(text, locale)


def with_month(text: str, locale: str) -> list[date]:
    """The day of a text that names its month, in the locale or in English."""
    words = [part for part in re.split(r"[ .,]+", text) if part]
    numbers = [part for part in words if re.fullmatch(r"[0-9]+", part)]
    name = " ".join(part for part in words if part not in numbers)
    month = marks.months(locale).get(name.casefold())
    if month is None or len(numbers) != 2:
        return []
    year, day = numbers if len(numbers[0]) == 4 else reversed(numbers)
    return day_of(year, str(month), day)


def day_of(year: str, month: str, day: str, latest: int = 2199) -> list[date]:
    """Years have four digits, since 01.02.03 could mean anything."""
    if len(year) != 4 or not 1900 <= int(year) <= latest or len(month) > 2 or len(day) > 2:
        return []
    try:
        return [date(int(year), int(month), int(day))]
    except ValueError:
        return []


def _western(text: str) -> str:
    """Arabic and Persian digits in ASCII."""
    return text.translate({ord(zero) + i: str(i) for zero in _SCRIPTS for i in range(10)})
