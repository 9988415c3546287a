"""Which of our columns a heading means: our own name, a person's remembered answer, or one of the usual names in English and German."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from plugin.connectors.csv_folder.records import FILES
from plugin.domain import Stream
from plugin.errors import ConfigError
from plugin.texts import N_, _

UNUSED = "-"  # a person's answer: this column means nothing to us
FIRST_NAME, LAST_NAME = "first_name", "last_name"
_PARTS_OF_NAME = (FIRST_NAME, LAST_NAME)
_NUMBERS = (
    "employee number", "employee no", "emp no", "employee id", "emp id", "staff id", "staff number", "worker id", "payroll number",
    "personnel number", "pers no", "Personalnummer", "Personal-Nr", "Pers.Nr", "PersNr", "PNr", "Mitarbeiternummer", "Mitarbeiter-Nr",
    "MA-Nr", "PERNR", "EMPLID",
)  # fmt: skip
_NAMES: Mapping[str, tuple[str, ...]] = {
    "person_id": ("id", "person", "user id", "Mitarbeiter-ID", "Personen-ID", "Personal-ID"),
    "employee_number": _NUMBERS,
    "name": ("full name", "employee name", "display name", "Mitarbeiter", "Mitarbeitername", "vollständiger Name", "Vor- und Nachname"),
    FIRST_NAME: ("first name", "given name", "forename", "Vorname", "Rufname"),
    LAST_NAME: ("last name", "surname", "family name", "Nachname", "Familienname", "Zuname"),
    "email": ("e-mail", "mail", "email address", "e-mail address", "work email", "E-Mail-Adresse", "Mailadresse", "E-Mail geschäftlich"),
    "manager_id": (
        "manager", "manager number", "manager employee id", "supervisor", "supervisor id", "reports to", "line manager", "Vorgesetzter",
        "Vorgesetzte", "Vorgesetzte/r", "Vorgesetzten-Nr", "Vorgesetztennummer", "Führungskraft", "Personalnummer Vorgesetzter",
    ),
    "job_title": ("job", "title", "position", "role", "Stelle", "Stellenbezeichnung", "Tätigkeit", "Funktion", "Berufsbezeichnung"),
    "job_family": ("family", "job group", "function", "Jobfamilie", "Berufsgruppe", "Funktionsbereich"),
    "level": ("grade", "job level", "pay grade", "band", "Stufe", "Entgeltgruppe", "Tarifgruppe", "Gehaltsstufe", "Gehaltsgruppe", "Karrierestufe"),
    "org_unit": (
        "department", "unit", "team", "org unit", "organisation unit", "organizational unit", "Abteilung", "Bereich", "Organisationseinheit", "OE",
    ),
    "country": ("country code", "location country", "Land", "Länderkürzel", "Landesschlüssel"),
    "hired_on": ("hire date", "date hired", "start date", "joined", "date of joining", "Eintritt", "Eintrittsdatum", "eingestellt am"),
    "left_on": ("leave date", "termination date", "end date", "exit date", "last day", "Austritt", "Austrittsdatum", "ausgeschieden am"),
    "fte": ("FTE %", "working time", "employment rate", "Beschäftigungsgrad", "Arbeitszeitanteil", "Teilzeitgrad", "BG"),
    "effective_on": ("effective date", "valid from", "from date", "last pay change", "pay effective date", "gültig ab", "Beginn", "ab Datum"),
    "annual": (
        "annual pay", "annual salary", "base salary", "annual base pay", "yearly salary", "salary per year", "Jahresgehalt", "Jahresentgelt",
        "Jahresgrundgehalt", "Bruttojahresgehalt",
    ),
    "currency": ("currency code", "Währung", "Whg", "Waehrung"),
    "sequence": ("seq", "effseq", "effective sequence", "lfd. Nr", "laufende Nummer", "Folgenummer"),
    "period_ended_on": ("period end", "review date", "rating date", "period ended", "Periodenende", "Beurteilungsdatum", "Zeitraum bis"),
    "score": ("rating", "performance rating", "overall rating", "Note", "Bewertung", "Beurteilung", "Leistungsbewertung"),
    "label": ("rating label", "rating text", "Bewertungstext"),
    "minimum": ("min", "range minimum", "Mindestwert", "von Betrag"),
    "midpoint": ("mid", "range midpoint", "Mittelwert", "Mitte"),
    "maximum": ("max", "range maximum", "Höchstwert", "bis Betrag"),
    "percent": ("percentage", "raise", "increase", "raise percent", "increase %", "Erhöhung", "Erhöhung %", "Prozent"),
    "kind": ("leave type", "absence type", "type", "Abwesenheitsart", "Art"),
    "started_on": ("start", "start date", "from", "absence start", "Beginn", "von"),
    "ended_on": ("end", "end date", "to", "until", "absence end", "Ende", "bis"),
    "protected": ("protected leave", "geschützt"),
    "activity_id": ("activity", "course", "course id", "course url", "Kurs", "Kurs-ID"),
    "title": ("course title", "course name", "Kurstitel", "Kursname"),
    "outcome": ("status", "result", "completion status", "Ergebnis"),
    "occurred_at": ("completed at", "completed on", "completion date", "date", "abgeschlossen am", "Datum"),
    "record_id": ("record", "transcript id", "Datensatz-ID"),
    "hours": ("duration hours", "learning hours", "credit hours", "Stunden", "Lernstunden"),
    "score_percent": ("score %", "score", "Punkte %"),
    "badge_class_id": ("badge class", "badge url"),
    "badge_name": ("badge", "badge title", "Badge-Name"),
    "issuer_id": ("issuer", "issuer url", "Aussteller"),
    "issuer_name": ("issuer title", "Aussteller-Name"),
    "issued_on": ("issued", "issue date", "date issued", "ausgestellt am"),
    "expires_on": ("expires", "expiry date", "expiration date", "valid until", "gültig bis", "läuft ab am"),
    "revoked": ("withdrawn", "widerrufen"),
    "badge_id": ("award id", "assertion id"),
}  # fmt: skip


class Source(StrEnum):
    """Why a heading means what it means."""

    OURS = "ours"
    REMEMBERED = "remembered"
    USUAL = "usual"


SOURCE_WORDS = {
    Source.REMEMBERED: N_("Remembered"),
    Source.OURS: N_("Certain"),
    Source.USUAL: N_("Usual name"),
}


@dataclass(frozen=True)
class Meaning:
    """One heading: our column, "" where it means nothing to us. ``rivals``: other headings with the same meaning."""

    heading: str
    column: str
    source: Source | None
    rivals: tuple[str, ...] = ()


def squashed(heading: str) -> str:
    """Letters and digits only, so that Pers.-Nr. and persnr are one."""
    return "".join(one for one in unicodedata.normalize("NFKC", heading).casefold() if one.isalnum())


@lru_cache(32)
def _usual(stream: Stream) -> Mapping[str, str]:
    """Our column by squashed heading; our own names win."""
    columns = [*FILES[stream].columns, *(_PARTS_OF_NAME if stream is Stream.PEOPLE else ())]
    found = {squashed(name): column for column in reversed(columns) for name in _NAMES.get(column, ())}
    if "employee_number" not in columns and "person_id" in columns:
        found |= {squashed(name): "person_id" for name in _NUMBERS}
    return found | {squashed(column): column for column in columns}


def known(headings: Sequence[str], streams: Iterable[Stream], answers: Mapping[str, str]) -> int:
    """How many of a line's cells are headings of ours, in the kind of file that fits best."""
    said = {squashed(one) for one in answers}
    return max(
        sum(squashed(one) in _usual(stream) or squashed(one) in said for one in headings if one)
        for stream in streams
    )


def meanings(headings: Sequence[str], stream: Stream, answers: Mapping[str, str]) -> list[Meaning]:
    """One per heading, in order. Of two headings with one meaning our own name wins, then the answer; else both are left open."""
    found = [_meaning(heading, stream, answers) for heading in headings]
    return [_alone(one, found) for one in found]


def _meaning(heading: str, stream: Stream, answers: Mapping[str, str]) -> Meaning:
    short = squashed(heading)
    answered = next((column for name, column in answers.items() if squashed(name) == short), None)
    columns = (*FILES[stream].columns, *_PARTS_OF_NAME)
    if answered is not None and (answered == UNUSED or answered in columns):
        return Meaning(heading, "" if answered == UNUSED else answered, Source.REMEMBERED)
    column = _usual(stream).get(short, "")
    own = column and short == squashed(column)
    return Meaning(heading, column, (Source.OURS if own else Source.USUAL) if column else None)


def _alone(one: Meaning, found: Sequence[Meaning]) -> Meaning:
    order = list(Source)
    if one.source is None or not one.column:
        return one
    same = [other for other in found if other.column == one.column and other is not one and other.source]
    stronger = {Source.REMEMBERED: 0, Source.OURS: 1, Source.USUAL: 2}
    mine = stronger[one.source]
    best = min((stronger[other.source] for other in same if other.source in order), default=mine + 1)
    if best < mine:
        return Meaning(one.heading, "", None)
    if best == mine:
        return Meaning(one.heading, one.column, one.source, tuple(other.heading for other in same))
    return one


@dataclass(frozen=True)
class Places:
    """Where each of our columns stands in a row; ``parts``: first and last name where the file has no whole name."""

    by_column: Mapping[str, int]
    parts: tuple[int, ...] = ()

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        found = {column: row[place] for column, place in self.by_column.items() if row[place]}
        if self.parts and (whole := " ".join(row[place] for place in self.parts if row[place])):
            found["name"] = whole
        return found


def places(name: str, headings: Sequence[str], stream: Stream, answers: Mapping[str, str]) -> Places:
    """ConfigError when a required column is missing, or two columns mean the same."""
    found = meanings(headings, stream, answers)
    doubled = next((one for one in found if one.rivals), None)
    if doubled:
        raise ConfigError(
            _(
                "%(name)s has two columns for %(column)s: %(headings)s",
                name=name,
                column=doubled.column,
                headings=", ".join((doubled.heading, *doubled.rivals)),
            ),
            code="header",
            remedy=_("Say in the connection's setting “Columns” which of them is meant."),
        )
    missing = missing_of(found, stream)
    if missing:
        raise ConfigError(
            _("%(path)s needs the column %(missing)s", path=name, missing=", ".join(missing)),
            code="header",
            remedy=_(
                "Say in the connection's setting “Columns” which heading it has, or see docs/reference/csv-files.md."
            ),
        )
    at = {one.column: place for place, one in enumerate(found) if one.column}
    if stream is Stream.PEOPLE and "person_id" not in at:
        at["person_id"] = at["employee_number"]
    parts = () if "name" in at else tuple(at[part] for part in _PARTS_OF_NAME if part in at)
    return Places({column: place for column, place in at.items() if column not in _PARTS_OF_NAME}, parts)


def missing_of(found: Sequence[Meaning], stream: Stream) -> list[str]:
    """Required columns that no heading means. Employee numbers serve as ids, and a last name as the name, where there is nothing else."""
    have = {one.column for one in found}
    stands_in = {"person_id": "employee_number", "name": LAST_NAME} if stream is Stream.PEOPLE else {}
    return [one for one in FILES[stream].required if one not in have and stands_in.get(one) not in have]
