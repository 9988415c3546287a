"""The columns of files, how sure their meaning is, and what rows would do, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from plugin.connectors.csv_folder.columns import DAYS, ColumnKind
from plugin.connectors.csv_folder.headings import SOURCE_WORDS
from plugin.connectors.csv_folder.preview import ColumnLook
from plugin.connectors.csv_folder.records import FILES
from plugin.domain import FileEffect, Outcome, Stream, said
from plugin.figures import exact, writing
from plugin.figures.marks import FILE
from plugin.figures.reading import read_date, read_number
from plugin.services.sources import file_people
from plugin.services.sources.file_preview import Kind, Line
from plugin.texts import N_, _, locale, ngettext
from plugin.web.admin.words import Sign
from plugin.web.formats import moment

COLUMNS: Mapping[str, str] = {
    "person_id": N_("Employee ID"),
    "employee_number": N_("Employee number"),
    "name": N_("Name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("Email address"),
    "manager_id": N_("Manager’s ID"),
    "job_title": N_("Job title"),
    "job_family": N_("Job family"),
    "level": N_("Level"),
    "org_unit": N_("Unit"),
    "country": N_("Country"),
    "hired_on": N_("Hire date"),
    "left_on": N_("Last day"),
    "fte": N_("FTE"),
    "effective_on": N_("Effective from"),
    "annual": N_("Annual pay"),
    "currency": N_("Currency"),
    "sequence": N_("Sequence"),
    "period_ended_on": N_("End of period"),
    "score": N_("Rating"),
    "label": N_("Rating in words"),
    "minimum": N_("Minimum"),
    "midpoint": N_("Midpoint"),
    "maximum": N_("Maximum"),
    "percent": N_("Percent"),
    "kind": N_("Type of leave"),
    "started_on": N_("First day"),
    "ended_on": N_("Last day of leave"),
    "protected": N_("Protected leave"),
    "activity_id": N_("Course"),
    "title": N_("Course title"),
    "outcome": N_("Result"),
    "occurred_at": N_("Completed on"),
    "record_id": N_("Record ID"),
    "hours": N_("Hours"),
    "score_percent": N_("Score in percent"),
    "badge_class_id": N_("Badge class"),
    "badge_name": N_("Badge"),
    "issuer_id": N_("Issuer"),
    "issuer_name": N_("Issuer’s name"),
    "issued_on": N_("Issued on"),
    "expires_on": N_("Expires on"),
    "revoked": N_("Revoked"),
    "badge_id": N_("Award ID"),
    "credential": N_("Credential"),
    "tags": N_("Tags"),
}
TONES: Mapping[FileEffect, str] = {
    FileEffect.NEW: "submitted",
    FileEffect.CHANGED: "submitted",
    FileEffect.UNCHANGED: "ok",
    FileEffect.REPEATED: "na",
    FileEffect.REJECTED: "bad",
}
DELIMITERS: Mapping[str, str] = {
    ",": N_("Comma"),
    ";": N_("Semicolon"),
    "\t": N_("Tab"),
    "|": N_("Vertical bar"),
}


def column(name: str) -> str:
    return _(COLUMNS[name]) if name in COLUMNS else name


def effect(found: FileEffect) -> Sign:
    return TONES[found], said(found)


def waiting(found: Kind) -> list[str]:
    """Why rows are nobody's yet, and who may be on record already, in figures."""
    numbers, addresses, outside, ambiguous, shared = (found.reasons.get(why, 0) for why in file_people.WHY)
    said = {
        ngettext(
            "%(num)s row names an employee number that no one has.",
            "%(num)s rows name employee numbers that no one has.",
            numbers,
        ): numbers,
        ngettext(
            "%(num)s row names an email address or account that no one has.",
            "%(num)s rows name email addresses or accounts that no one has.",
            addresses,
        ): addresses,
        ngettext(
            "%(num)s row names an identifier that no one held on its day.",
            "%(num)s rows name identifiers that no one held on their day.",
            outside,
        ): outside,
        ngettext(
            "%(num)s row names several employees; HR is asked whose it is.",
            "%(num)s rows name several employees; HR is asked whose they are.",
            ambiguous,
        ): ambiguous,
        ngettext(
            "%(num)s row names an identifier that HR has called shared.",
            "%(num)s rows name identifiers that HR has called shared.",
            shared,
        ): shared,
        ngettext(
            "%(num)s new employee has the number or address of an employee of another connection. Both records stay until HR merges them.",
            "%(num)s new employees have the number or address of an employee of another connection. Both records stay until HR merges them.",
            found.twins,
        ): found.twins,
    }
    return [text for text, number in said.items() if number]


def sure(one: ColumnLook) -> tuple[str, str, str]:
    """Class, word and evidence of a column's meaning."""
    meaning = one.meaning
    if meaning.rivals:
        named = ", ".join(meaning.rivals)
        return "reason", _("Your answer"), _("Means the same as: %(names)s. Choose one.", names=named)
    if not meaning.column:
        return "na", _("Ignored"), _("Never stored.")
    counted = ngettext("%(num)s value", "%(num)s values", one.filled)
    if one.bad:
        counted = _("%(values)s, %(bad)s rejected", values=counted, bad=one.bad)
    assert meaning.source is not None
    return ("reason" if one.bad and one.bad == one.filled else "ok"), _(SOURCE_WORDS[meaning.source]), counted


def value(name: str, kind: ColumnKind, text: str) -> str:
    """A plain cell as pages write it."""
    if name == "outcome" and text.lower() in list(Outcome):
        return said(Outcome(text.lower()))
    if kind is ColumnKind.MOMENT and (at := _moment(text)):
        return moment(at)
    if kind in DAYS and kind is not ColumnKind.MOMENT:
        day = read_date(text)
        return writing.day(day) if day else text
    if kind in (ColumnKind.AMOUNT, ColumnKind.HOURS, ColumnKind.SHARE, ColumnKind.SCORE):
        found = read_number(text, FILE, field=name)
        return text if found is None else exact.number(found, locale())
    if kind is ColumnKind.FLAG:
        return _("yes") if text == "yes" else _("no")
    return text.replace("|", ", ") if kind is ColumnKind.EMAILS else text


def _moment(text: str) -> datetime | None:
    """A time with its zone; one without could be several moments."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def head(line: Line, stream: Stream) -> str:
    """Who or what a row is about."""
    cells = line.cells[stream]
    named = next(
        (cells[one] for one in ("name", "title", "badge_name", "person_id", "email") if cells.get(one)), ""
    )
    if stream is Stream.PAY_RANGES:
        named = " ".join(cells.get(one, "") for one in ("job_family", "level", "country"))
    return str(named)


def rest(line: Line, streams: Sequence[Stream]) -> list[tuple[str, str]]:
    """The other columns with their values."""
    first = head(line, streams[0])
    found = {
        name: value(name, FILES[stream].kinds[name], str(text))
        for stream in streams
        for name, text in line.cells[stream].items()
        if text != first and name not in ("credential", "person_id")
    }
    return [(column(name), text) for name, text in found.items()]


def named(name: str, message: str) -> str:
    """A message with the column as people call it."""
    return message.replace(name, column(name), 1) if name and message.startswith(name) else message


def faults(found: Iterable[tuple[str, str]]) -> list[str]:
    """Why cells of a row, or all of it, are rejected."""
    return list(dict.fromkeys(named(name, message) for name, message in found))
