"""Turns the rows of a table into changes: a bad cell that is not needed costs the cell, a bad key the row, nothing the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

from plugin.connectors.base import Change, Reject, Upsert
from plugin.connectors.csv_folder import columns
from plugin.connectors.csv_folder.cells import Cells
from plugin.connectors.csv_folder.columns import DAYS, FIGURES, BadCell, ColumnKind, Exact
from plugin.connectors.csv_folder.forms import Forms, forms_of
from plugin.connectors.csv_folder.headings import Places
from plugin.connectors.csv_folder.records import FileKind
from plugin.connectors.csv_folder.table import Row, Table
from plugin.domain import JsonObject, Record
from plugin.errors import InvalidInput, SkipRecord
from plugin.figures import in_files
from plugin.figures.in_files import Evidence
from plugin.texts import _, joined

_KEYS_REMEMBERED = 500_000
_CELLS_REMEMBERED = 20_000  # of columns whose values repeat: figures, days, flags
_REPEATING = frozenset({*FIGURES, *DAYS, ColumnKind.CURRENCY, ColumnKind.FLAG})


@dataclass(frozen=True)
class Read:
    """One row as it was understood: its plain cells, None when the row is refused or another stands for it."""

    row: Row
    key: str | None
    cells: Mapping[str, str]
    bad: tuple[BadCell, ...] = ()
    refused: SkipRecord | InvalidInput | None = None


@dataclass
class Reader:
    """Reads the rows of one table as one kind of record. ``forms`` None: found in the file, in one pass over it."""

    name: str
    table: Table
    kind: FileKind
    places: Places
    zone: ZoneInfo
    forms: Forms
    sequences: Mapping[int, int] = field(default_factory=dict)
    _seen: dict[int, int] = field(default_factory=dict)
    _known: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def changes(self, after_line: int = 0) -> Iterator[tuple[int, list[Change]]]:
        """Line by line what it changes; nothing for a row that another replaces."""
        for row in self.table.rows(after_line):
            yield row.line, self.change(self.read(row))

    def change(self, read: Read) -> list[Change]:
        place = _("%(file)s line %(line)s", file=self.name, line=read.row.line)
        if read.refused is not None:
            said = joined("; ", *dict.fromkeys(str(one) for one in (read.refused, *read.bad)))
            return [Reject(place, read.refused.code, said)]
        if read.key is None:
            return []
        cells = [Reject(place, one.code, str(one), cell=one.column, key=read.key) for one in read.bad]
        return [*cells, Upsert(read.key, dict(read.cells), kept=self.kept(read))]

    def kept(self, read: Read) -> tuple[str, ...]:
        """The columns of which the row says nothing, so that what is on record stays: bad cells, and what the file has no column for."""
        return (*(one.column for one in read.bad), *self._absent)

    @cached_property
    def _absent(self) -> tuple[str, ...]:
        """What names a row is never taken from another one."""
        named = {*self.kind.required, "sequence", *(column for names in self.kind.key for column in names)}
        return tuple(
            one for one in self.kind.columns if one not in named and one not in self.places.by_column
        )

    def record(self, key: str, cells: JsonObject) -> Record:
        """What a row says once what is on record of it was added; SkipRecord or InvalidInput where the two contradict each other."""
        return self.kind.make(Cells(cast("Mapping[str, str]", cells)), key, self.zone)

    def read(self, row: Row) -> Read:
        if row.fault:
            return Read(row, None, {}, refused=SkipRecord(row.fault[1], code=row.fault[0]))
        bad: list[BadCell] = []
        try:
            return self._read(row, self.places.cells(row.cells), bad)
        except (SkipRecord, InvalidInput) as error:
            return Read(row, None, {}, tuple(bad), refused=error)

    def _read(self, row: Row, found: Mapping[str, str], bad: list[BadCell]) -> Read:
        """All that is wrong with the row is found at once: what it lacks is raised, and the rest is in ``bad``."""
        needed = {*self.kind.required, *self.kind.key_columns(found)}
        cells = self._plain(found, needed, bad)
        key = self.kind.key_of(cells)
        sequence = cells.pop("sequence", "")
        self._make(cells, key, needed, bad)
        if self._is_replaced(key, sequence, cells):
            return Read(row, None, cells)
        return Read(row, key, cells, tuple(bad))

    def _plain(self, found: Mapping[str, str], needed: set[str], bad: list[BadCell]) -> dict[str, str]:
        cells: dict[str, str] = {}
        fatal: BadCell | None = None
        for column, kind in self.kind.kinds.items():
            if not (text := found.get(column)):
                continue
            try:
                currency = self._currency(found) if kind is ColumnKind.AMOUNT else ""
                if plain := self._cell(column, kind, text, currency):
                    cells[column] = plain
            except BadCell as error:
                if error.column not in {one.column for one in bad}:  # an amount fails with its currency
                    bad.append(error)
                    fatal = fatal or (error if column in needed else None)
        if fatal:
            bad.remove(fatal)
            raise fatal
        return cells

    def _cell(self, column: str, kind: ColumnKind, text: str, currency: str) -> str:
        if kind not in _REPEATING or isinstance(text, Exact):
            return columns.plain(column, kind, text, self.forms.of(column), currency)
        place = (column, text, currency)
        if place not in self._known:
            if len(self._known) >= _CELLS_REMEMBERED:
                self._known.clear()
            self._known[place] = columns.plain(column, kind, text, self.forms.of(column), currency)
        return self._known[place]

    def _currency(self, found: Mapping[str, str]) -> str:
        return columns.plain("currency", ColumnKind.CURRENCY, found.get("currency", ""), in_files.UNKNOWN)

    def _make(self, cells: dict[str, str], key: str, needed: set[str], bad: list[BadCell]) -> None:
        """Tries the record, and leaves out what contradicts a cell that is needed."""
        try:
            self.kind.make(Cells(cells), key, self.zone)
        except BadCell as error:
            if error.column in needed or error.column not in cells:
                raise
            bad.append(error)
            del cells[error.column]
            self._make(cells, key, needed, bad)

    def _is_replaced(self, key: str, sequence: str, cells: Mapping[str, str]) -> bool:
        """Whether another row stands for this one: a later of the same day, or the very same once more."""
        mark, content = hash(key), hash(tuple(sorted(cells.items())))
        if mark in self.sequences and _whole(sequence) < self.sequences[mark]:
            return True
        if mark not in self._seen:
            if len(self._seen) < _KEYS_REMEMBERED:
                self._seen[mark] = content
            return False
        if self._seen[mark] == content:
            return True
        raise SkipRecord(_("an earlier row of this file has the same key"), code="twice")


def _whole(sequence: str) -> int:
    return int(sequence.partition(".")[0]) if sequence else 0


def reader(name: str, table: Table, kind: FileKind, at: Places, zone: ZoneInfo, locale: str = "") -> Reader:
    """A reader with the forms of a declared locale, else with those that the file itself proves."""
    if locale:
        forms = Forms(default=in_files.form_of(locale))
    else:
        forms = forms_of(*_evidence(table, kind, at), table.delimiter)
    made = Reader(name, table, kind, at, zone, forms)
    return (
        made
        if "sequence" not in at.by_column
        else Reader(name, table, kind, at, zone, forms, _sequences(made))
    )


def _evidence(
    table: Table, kind: FileKind, at: Places
) -> tuple[dict[str, Evidence], Mapping[str, ColumnKind]]:
    figures = [one for one in at.by_column if kind.kinds[one] in FIGURES]
    days = [one for one in at.by_column if kind.kinds[one] in DAYS]
    found: dict[str, Evidence] = defaultdict(Evidence)
    if figures or days:
        for row in table.rows():
            if row.fault:
                continue
            for column in figures:
                found[column].see_figure(row.cells[at.by_column[column]])
            for column in days:
                found[column].see_day(row.cells[at.by_column[column]])
    return found, kind.kinds


def _sequences(reader: Reader) -> dict[int, int]:
    """The highest sequence of each key."""
    found: dict[int, int] = {}
    for row in reader.table.rows():
        if row.fault:
            continue
        try:
            cells = reader.places.cells(row.cells)
            names = reader.kind.key_columns(cells)
            plain = {
                one: columns.plain(one, reader.kind.kinds[one], cells[one], reader.forms.of(one))
                for one in names
            }
            text = columns.plain(
                "sequence", ColumnKind.SEQUENCE, cells.get("sequence", ""), reader.forms.of("sequence")
            )
            mark = hash(reader.kind.key_of(plain))
            found[mark] = max(found.get(mark, 0), _whole(text))
        except (SkipRecord, InvalidInput):
            continue
    return found
