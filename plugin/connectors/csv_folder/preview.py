"""How a file is understood, with the evidence, before anything of it is stored: for the page and the command that show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from plugin.connectors.csv_folder import encodings, files, headings
from plugin.connectors.csv_folder.columns import DAYS, FIGURES, BadCell
from plugin.connectors.csv_folder.files import How
from plugin.connectors.csv_folder.headings import UNUSED, Meaning, Source
from plugin.connectors.csv_folder.reading import Read, Reader
from plugin.connectors.csv_folder.records import FILES
from plugin.connectors.csv_folder.table import Row, Table
from plugin.domain import Stream
from plugin.errors import InvalidInput, SkipRecord
from plugin.figures.in_files import DAY_FIRST, MONTH_FIRST
from plugin.figures.marks import COMMA, POINT

_SAMPLES = 3
_FIGURE = re.compile(r"[0-9][0-9.,]*")
_Reason: TypeAlias = tuple[str, str]  # column, and the message without its figures
_Seen: TypeAlias = tuple[str, str, int]  # message, value, line
MOST_ROWS = 50_000  # that a preview reads; a run reads all
TOLD_EACH = 1_000
Told: TypeAlias = Callable[[int], object]


def _untold(_number: int) -> None:
    pass


@dataclass(frozen=True)
class ColumnLook:
    """One heading with what it means. ``filled`` and ``bad`` count cells; ``first`` is the first filled one."""

    heading: str
    place: int
    meaning: Meaning
    first: str
    filled: int
    bad: int

    @property
    def is_open(self) -> bool:
        """Whether a person must say what is meant."""
        return bool(self.meaning.rivals)


@dataclass(frozen=True)
class Fault:
    """Cells or rows that are rejected for one reason. ``column`` "" for whole rows; a few of the ``values``, all ``lines``."""

    column: str
    message: str
    values: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """One row of the file with what each kind of record reads in it."""

    row: Row
    reads: Mapping[Stream, Read]

    @property
    def is_faulty(self) -> bool:
        return any(one.refused or one.bad for one in self.reads.values())


@dataclass
class Look:
    """A file as it would be read. ``missing``: by kind of record the columns that it still lacks, of the kind that fits best."""

    name: str
    table: Table
    streams: tuple[Stream, ...]
    columns: list[ColumnLook]
    lines: list[Line] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    is_cut: bool = False
    point: int = 0
    comma: int = 0
    day_first: int = 0
    month_first: int = 0

    @property
    def open_columns(self) -> list[ColumnLook]:
        return [one for one in self.columns if one.is_open]

    @property
    def is_ready(self) -> bool:
        return bool(self.streams) and not self.open_columns

    def faults(self, stream: Stream) -> tuple[list[Fault], list[Fault]]:
        """Rejected cells and rejected rows, the most frequent first; what differs in figures alone is one reason."""
        cells: dict[_Reason, list[_Seen]] = {}
        rows: dict[_Reason, list[_Seen]] = {}
        for line in self.lines:
            read = line.reads.get(stream)
            for bad in read.bad if read else ():
                self._add(rows if read and read.refused else cells, line.row, stream, bad)
            if read and read.refused:
                self._add(rows, line.row, stream, read.refused)
        return _grouped(cells), _grouped(rows)

    readers: dict[Stream, Reader] = field(default_factory=dict)

    def _add(
        self,
        found: dict[_Reason, list[_Seen]],
        row: Row,
        stream: Stream,
        error: SkipRecord | InvalidInput,
    ) -> None:
        column, said = error.column if isinstance(error, BadCell) else "", str(error)
        place = self.readers[stream].places.by_column.get(column)
        value = row.cells[place] if place is not None and row.cells else ""
        shape = _FIGURE.sub("0", said.replace(value, "0") if value else said)
        found.setdefault((column, shape), []).append((said, value, row.line))


def _grouped(found: Mapping[_Reason, Sequence[_Seen]]) -> list[Fault]:
    made = [
        Fault(
            column,
            group[0][0],
            tuple(dict.fromkeys(value for _said, value, _line in group if value)),
            tuple(dict.fromkeys(line for _said, _value, line in group)),
        )
        for (column, _shape), group in found.items()
    ]
    return sorted(made, key=lambda one: (-len(one.lines), one.column))


def look(path: Path, name: str, how: How, told: Told = _untold) -> Look:
    """Reads a file without storing anything; ``told`` hears how many rows are read. ConfigError when it cannot be opened: the message
    says where, the remedy what to do."""
    made = heads(path, name, how)
    if made.is_ready:
        for line in _read(made, how):
            if len(made.lines) >= MOST_ROWS:
                made.is_cut = True
                break
            made.lines.append(line)
            if len(made.lines) % TOLD_EACH == 0:
                told(len(made.lines))
        _see_forms(made)
    else:
        made.lines = [Line(row, {}) for row, _n in zip(made.table.rows(), range(10), strict=False)]
    made.columns = [_column(made, one.place, one.meaning) for one in made.columns]
    return made


def heads(path: Path, name: str, how: How) -> Look:
    """What the headings mean, without any row. ConfigError as ``look``."""
    table = files.opened(path, how, FILES)
    streams = tuple(files.streams_in(table, how)) or ()
    best = streams[0] if streams else _nearest(table, how)
    found = headings.meanings(table.headings, best, how.answers)
    for other in streams[1:]:
        found = [
            one if one.column or one.source is Source.REMEMBERED else also
            for one, also in zip(found, headings.meanings(table.headings, other, how.answers), strict=True)
        ]
    made = Look(name, table, streams, [])
    made.missing = () if streams else tuple(headings.missing_of(found, best))
    made.columns = [_column(made, place, one) for place, one in enumerate(found)]
    return made


def faulty(path: Path, name: str, how: How) -> tuple[Look, Iterator[Line]]:
    """The headings, and the rows with something rejected as they are read. ConfigError as ``look``."""
    made = heads(path, name, how)
    lines = islice(_read(made, how), MOST_ROWS) if made.is_ready else iter(())
    return made, (line for line in lines if line.is_faulty)


def counted(path: Path, how: How, told: Told) -> int:
    """How many rows ``look`` reads; ``told`` hears how far it is. ConfigError as ``look``."""
    number = 0
    for number, _row in enumerate(islice(files.opened(path, how, FILES).rows(), MOST_ROWS), start=1):
        if number % TOLD_EACH == 0:
            told(number)
    return number


def _nearest(table: Table, how: How) -> Stream:
    """The kind of record that the file most likely holds."""
    return max(
        FILES, key=lambda one: headings.known(table.headings, [one], how.answers) / len(FILES[one].required)
    )


def _read(made: Look, how: How) -> Iterator[Line]:
    made.readers = {one: files.reader_in(made.table, made.name, how, one) for one in made.streams}
    for row in made.table.rows():
        yield Line(row, {stream: reader.read(row) for stream, reader in made.readers.items()})


def _see_forms(made: Look) -> None:
    """How figures and days are written."""
    for reader in made.readers.values():
        for column, form in reader.forms.by_column.items():
            kind = reader.kind.kinds[column]
            if kind in FIGURES:
                made.point += form.figures == POINT
                made.comma += form.figures == COMMA
            elif kind in DAYS:
                made.day_first += form.orders == (DAY_FIRST,)
                made.month_first += form.orders == (MONTH_FIRST,)


def _column(made: Look, place: int, meaning: Meaning) -> ColumnLook:
    cells = [line.row.cells[place] for line in made.lines if line.row.cells and line.row.cells[place]]
    bad = sum(
        one.column == meaning.column
        for line in made.lines
        for read in line.reads.values()
        for one in (*read.bad, *([read.refused] if isinstance(read.refused, BadCell) else []))
    )
    return ColumnLook(
        meaning.heading, place, meaning, cells[0] if cells else "", len(cells), bad if meaning.column else 0
    )


def choices(streams: Sequence[Stream]) -> list[str]:
    """The columns that a heading may mean, without an order of their own."""
    chosen = streams or tuple(FILES)
    extra = [headings.FIRST_NAME, headings.LAST_NAME] if Stream.PEOPLE in chosen or not streams else []
    return sorted({column for stream in chosen for column in FILES[stream].columns} | set(extra))


def samples(path: Path) -> list[tuple[str, str, list[str]]]:
    """For a file whose encoding nothing proves: encoding, its label, and how the first lines that differ read in it."""
    sample = encodings.look_at(path).sample
    lines = [one.rstrip(b"\r")[:160] for one in sample.split(b"\n") if not one.isascii()][:_SAMPLES]
    return [
        (name, encodings.LABELS[name], [one.decode(name, errors="replace") for one in lines])
        for name in encodings.candidates(sample)
    ]


__all__ = [
    "MOST_ROWS",
    "UNUSED",
    "ColumnLook",
    "Fault",
    "Line",
    "Look",
    "choices",
    "counted",
    "faulty",
    "heads",
    "look",
    "samples",
]
