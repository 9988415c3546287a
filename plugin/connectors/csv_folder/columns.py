"""Turns the cells of other people's files into our own plain form, one kind of column at a time; a cell that cannot be read says why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from plugin.errors import InvalidInput, SkipRecord
from plugin.figures import in_files
from plugin.figures.in_files import Form
from plugin.figures.marks import POINT
from plugin.figures.reading import AMOUNT, HOURS, NUMBER, PERCENT, SHARE, Kind, amount_in
from plugin.texts import _

LONGEST_CELL = 2_000
LONGEST_CREDENTIAL = 60_000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SPREADSHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|NV|BEZUG!|WERT!|ZAHL!)")
_MADE_ID = re.compile(r"=.*|'.*|[0-9]+([.,][0-9]+)?E[+-][0-9]+|[0-9]+[.,]0+", re.IGNORECASE | re.DOTALL)
_MAILBOX = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
_CURRENCY_SIGNS = {"€": "EUR"}  # the other signs stand for several currencies
_YES = frozenset(
    [
        "y",
        "yes",
        "true",
        "t",
        "1",
        "x",
        "j",
        "ja",
        "wahr",
        "oui",
        "vrai",
        "si",
        "sí",
        "sì",
        "sim",
        "tak",
        "verdadero",
        "vero",
        "да",
        "✓",
        "✔",
        "☑",
    ]
)
_NO = frozenset(
    [
        "n",
        "no",
        "false",
        "f",
        "0",
        "nein",
        "falsch",
        "non",
        "faux",
        "não",
        "nie",
        "falso",
        "нет",
        "✗",
        "✘",
        "☐",
    ]
)


class ColumnKind(StrEnum):
    """What the cells of one of our columns are."""

    ID = "id"
    TEXT = "text"
    LONG = "long"
    EMAILS = "emails"
    DAY = "day"
    END = "end"  # a day after which something no longer holds; the usual ends that mean none are empty
    MOMENT = "moment"
    AMOUNT = "amount"
    PERCENT = "percent"
    SCORE_PERCENT = "score_percent"
    HOURS = "hours"
    SHARE = "share"
    SCORE = "score"
    SEQUENCE = "sequence"
    CURRENCY = "currency"
    FLAG = "flag"


@dataclass(frozen=True)
class Range:
    """Of a figure, with the bounds that it must keep."""

    kind: Kind
    low: int
    high: int


FIGURES: Mapping[ColumnKind, Range] = {
    ColumnKind.AMOUNT: Range(AMOUNT, 0, 10**12),
    ColumnKind.PERCENT: Range(PERCENT, -100, 1000),
    ColumnKind.SCORE_PERCENT: Range(PERCENT, -100, 100),
    ColumnKind.HOURS: Range(HOURS, 0, 10_000),
    ColumnKind.SHARE: Range(SHARE, 0, 2),
    ColumnKind.SCORE: Range(NUMBER, 1, 5),
    ColumnKind.SEQUENCE: Range(NUMBER, 0, 10**6),
}
DAYS = (ColumnKind.DAY, ColumnKind.END, ColumnKind.MOMENT)


class Exact(str):
    """A cell that its file keeps as a number, in our plain form: no mark of it means two things."""


NO_VALUE = "\ufffc"  # a formula of a workbook whose value was never stored


class BadCell(SkipRecord):
    """One cell that cannot be used. ``column`` is its name among ours."""

    def __init__(self, message: str, column: str, code: str, remedy: str = "") -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.column = column


def plain(column: str, kind: ColumnKind, text: str, form: Form, currency: str = "") -> str:
    """The cell in the form that ``Cells`` reads, "" where it says nothing. BadCell when it cannot be read."""
    found = _whole(column, kind, text)
    if not found or found == "-":
        return ""
    if isinstance(text, Exact):
        return _exact(column, kind, text)
    try:
        return _READERS[kind](column, kind, found, form, currency)
    except InvalidInput as error:
        code = error.code if error.code == "range" else "date" if kind in DAYS else "number"
        said = _("%(column)s: %(problem)s", column=column, problem=error.fields[column])
        raise BadCell(said, column, code) from error


def _whole(column: str, kind: ColumnKind, text: str) -> str:
    """Trimmed, invisible characters included; control characters and what a spreadsheet could not compute are refused."""
    found = _trimmed(text)
    is_usual = found.isascii() and found.isprintable() and len(found) <= LONGEST_CELL
    if is_usual and found[:1] != "#" and (found[:1] != "=" or kind is ColumnKind.ID):
        return found
    if "\ufffd" in found:
        raise BadCell(
            _("%(column)s contains a character that can't be read in the file's encoding", column=column),
            column,
            "encoding",
        )
    longest = LONGEST_CREDENTIAL if kind is ColumnKind.LONG else LONGEST_CELL
    if len(found) > longest:
        raise BadCell(
            _("%(column)s has more than %(longest)s characters", column=column, longest=longest),
            column,
            "too_long",
        )
    if _CONTROL.search(found):
        raise BadCell(_("%(column)s contains control characters", column=column), column, "control_sign")
    if found == NO_VALUE:
        raise BadCell(
            _(
                "%(column)s is a formula whose value the workbook doesn't hold; open and save it once",
                column=column,
            ),
            column,
            "formula",
        )
    if _SPREADSHEET_ERROR.fullmatch(found):
        raise BadCell(_("%(column)s is an error value of a spreadsheet", column=column), column, "formula")
    if kind is not ColumnKind.ID and unicodedata.normalize("NFKC", found).startswith("="):
        raise BadCell(
            _("%(column)s is a spreadsheet formula; export its value", column=column), column, "formula"
        )
    return found


def _trimmed(text: str) -> str:
    if text.isascii():
        return text.strip()
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def visible(text: str) -> str:
    """Without the characters that nobody sees, for what must equal another text: ids and addresses."""
    if text.isascii():
        return text.strip()
    return _trimmed("".join(one for one in text if unicodedata.category(one) != "Cf"))


def _exact(column: str, kind: ColumnKind, text: str) -> str:
    """A number of a workbook, where one belongs; elsewhere its digits are the text."""
    if kind in FIGURES:
        form = Form(POINT)
        found = text if text.endswith("%") else figure_text(Decimal(text))
        return _figure(column, kind, found, form, "")
    if kind is ColumnKind.FLAG:
        return _flag(column, kind, text, in_files.UNKNOWN, "")
    if kind in DAYS or kind in (ColumnKind.CURRENCY, ColumnKind.EMAILS):
        raise BadCell(_("%(column)s is a number in the workbook", column=column), column, "number")
    return text


# --- one reader per kind --------------------------------------------------------------------------------------------


def _id(column: str, _kind: ColumnKind, text: str, _form: Form, _currency: str) -> str:
    found = visible(text)
    if _MADE_ID.fullmatch(unicodedata.normalize("NFKC", found)):
        raise BadCell(
            _(
                "%(column)s was changed by a spreadsheet; format the column as text there and export again",
                column=column,
            ),
            column,
            "spreadsheet_id",
        )
    return found


def _text(_column: str, _kind: ColumnKind, text: str, _form: Form, _currency: str) -> str:
    return text


def _emails(column: str, _kind: ColumnKind, text: str, _form: Form, _currency: str) -> str:
    """Addresses parted by | where there are several; each perhaps with a name before it in angle brackets."""
    found: list[str] = []
    for part in re.split(r"[;|\n]", visible(text)):
        named = _MAILBOX.fullmatch(part)
        found += [named[1]] if named else [one.strip() for one in part.split(",")]
    addresses = [re.sub(r"^mailto:", "", one, flags=re.IGNORECASE) for one in found if one]
    if any(
        one.count("@") != 1 or re.search(r"[\s<>()\"]", one) or "@" in (one[0], one[-1]) for one in addresses
    ):
        raise BadCell(_("%(column)s must be an email address", column=column), column, "email")
    return "|".join(dict.fromkeys(addresses))


def _day(column: str, kind: ColumnKind, text: str, form: Form, _currency: str) -> str:
    found = in_files.day(text, form, name=column)
    if found is not None and found.year >= in_files.FIRST_OPEN_YEAR:
        if kind is ColumnKind.END:
            return ""
        raise BadCell(_("%(column)s is a date that means “no end”", column=column), column, "date")
    return "" if found is None else found.isoformat()


def _moment(column: str, _kind: ColumnKind, text: str, form: Form, _currency: str) -> str:
    """ISO 8601 as it stands; a day in another form is written so, with its time where there is one."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        head, _blank, time = text.partition(" ")
        found = in_files.day(head, form, name=column)
        if found is None:
            return ""
        return f"{found.isoformat()}T{time.strip()}" if time else found.isoformat()
    return text


def _figure(column: str, kind: ColumnKind, text: str, form: Form, currency: str) -> str:
    """Exact, never with three decimals alone, so that it is read back as it was meant."""
    here = FIGURES[kind]
    read = amount_in(currency, form.figures) if kind is ColumnKind.AMOUNT and currency else here.kind
    value = in_files.figure(text, read, form, name=column, low=here.low, high=here.high)
    if kind is ColumnKind.SHARE and value == 0:
        raise BadCell(_("%(column)s must be above 0", column=column), column, "range")
    return "" if value is None else figure_text(value)


def figure_text(value: Decimal) -> str:
    shown = f"{value.normalize():f}"
    return f"{shown}0" if len(shown.partition(".")[2]) == 3 else shown


def _currency(column: str, _kind: ColumnKind, text: str, _form: Form, _other: str) -> str:
    found = _CURRENCY_SIGNS.get(text, text.upper())
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise BadCell(
            _("%(column)s must be a three-letter currency code, e.g. EUR", column=column), column, "currency"
        )
    return found


def _flag(column: str, _kind: ColumnKind, text: str, _form: Form, _currency: str) -> str:
    word = text.casefold()
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    raise BadCell(_("%(column)s must be yes or no", column=column), column, "flag")


_READERS: Mapping[ColumnKind, Callable[[str, ColumnKind, str, Form, str], str]] = {
    ColumnKind.ID: _id,
    ColumnKind.TEXT: _text,
    ColumnKind.LONG: _text,
    ColumnKind.EMAILS: _emails,
    ColumnKind.DAY: _day,
    ColumnKind.END: _day,
    ColumnKind.MOMENT: _moment,
    ColumnKind.CURRENCY: _currency,
    ColumnKind.FLAG: _flag,
    **dict.fromkeys(FIGURES, _figure),
}
