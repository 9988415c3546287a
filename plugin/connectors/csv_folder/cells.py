"""Reads the cells of a row that is in our own plain form already: what ``columns`` made of a file, and what the inbox kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from plugin.connectors.csv_folder.columns import BadCell
from plugin.domain import Identifier, IdentifierKind, Money, aware, identifier
from plugin.errors import InvalidInput, SkipRecord
from plugin.figures.in_files import MOST_PLACES
from plugin.figures.reading import AMOUNT, NUMBER, Kind, read_date, read_kind
from plugin.texts import _

_YES = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


@dataclass(frozen=True)
class Cells:
    """The cells of one row by column; absent and empty are the same. Every method raises SkipRecord naming its column."""

    row: Mapping[str, str]

    def text(self, name: str) -> str:
        """A text that is there."""
        found = self.maybe_text(name)
        if found is None:
            raise _empty(name)
        return found

    def maybe_text(self, name: str) -> str | None:
        found = self.row.get(name)
        return None if not found or found == "-" else found

    def number(self, name: str, low: int, high: int, kind: Kind = NUMBER) -> Decimal:
        found = self.maybe_number(name, low, high, kind)
        if found is None:
            raise _empty(name)
        return found

    def maybe_number(self, name: str, low: int, high: int, kind: Kind = NUMBER) -> Decimal | None:
        """Within bounds, with as many decimals as other systems write; what is kept of them is the store's to say."""
        text = self.row.get(name)
        if not text:
            return None
        try:
            value = read_kind(replace(kind, places=MOST_PLACES, units=()), text, field=name)
        except InvalidInput as error:
            raise _bad(name, error.fields[name], "number") from error
        if value is None:
            return None
        if not low <= value <= high:
            raise _bad(name, _("Enter a number from %(low)s to %(high)s.", low=low, high=high), "range")
        return value

    def day(self, name: str) -> date:
        found = self.maybe_day(name)
        if found is None:
            raise _empty(name)
        return found

    def maybe_day(self, name: str) -> date | None:
        """A date as 2026-03-31, from 1900 to 2199."""
        try:
            return read_date(self.row.get(name, ""), field=name)
        except InvalidInput as error:
            raise _bad(name, error.fields[name], "date") from error

    def moment(self, name: str, zone: ZoneInfo) -> datetime:
        """An ISO 8601 time in UTC; ``zone`` holds where the cell names none."""
        found = self.text(name)
        try:
            value = datetime.fromisoformat(found)
            utc = aware(value if value.tzinfo else value.replace(tzinfo=zone))
        except (ValueError, OverflowError) as error:
            raise _bad(name, _("Enter a time, for example 2026-03-31T14:00:00+02:00."), "time") from error
        if not 1900 <= utc.year < 2200:
            raise _bad(name, _("Enter a time from 1900 on."), "time")
        return utc

    def money(self, name: str, currency: str) -> Money:
        return Money(self.number(name, 0, 10**12, AMOUNT), currency)

    def currency(self, name: str) -> str:
        found = self.text(name)
        if not re.fullmatch(r"[A-Z]{3}", found):
            raise _bad(name, _("must be a three-letter currency code, e.g. EUR"), "currency")
        return found

    def flag(self, name: str) -> bool:
        """yes, true, 1 or no, false, 0; empty is no."""
        found = self.row.get(name, "no").lower()
        if found not in _YES:
            raise _bad(name, _("must be yes or no"), "flag")
        return _YES[found]

    def emails(self, name: str) -> tuple[str, ...]:
        """Addresses, parted by | where there are several."""
        found = [part.strip() for part in (self.maybe_text(name) or "").split("|") if part.strip()]
        if any(part.count("@") != 1 or " " in part or part[0] == "@" or part[-1] == "@" for part in found):
            raise _bad(name, _("must be an email address"), "email")
        return tuple(found)

    def person(self) -> tuple[Identifier, ...]:
        """By whom a learning record or badge is matched: e-mail, employee number, or both."""
        names = [identifier(IdentifierKind.EMAIL, address) for address in self.emails("email")]
        if number := self.maybe_text("employee_number"):
            names.append(identifier(IdentifierKind.EMPLOYEE_NUMBER, number))
        if not names:
            raise SkipRecord(_("email and employee_number are both empty"), code="missing")
        return tuple(names)


def _empty(name: str) -> BadCell:
    return BadCell(_("%(column)s is empty", column=name), name, "missing")


def _bad(name: str, said: str, code: str) -> BadCell:
    return BadCell(_("%(column)s: %(problem)s", column=name, problem=said), name, code)


def zone_of(name: str) -> ZoneInfo:
    """InvalidInput when there is no such time zone."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("“%(name)s” must be a time zone", name=name),
            fields={"time_zone": _("must look like Europe/Berlin")},
        ) from error
