"""Reads one CSV file of unknown make row by row, so that a damaged row costs that row and never the file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from plugin.connectors.csv_folder import encodings
from plugin.errors import ConfigError, RetryLater
from plugin.texts import _

LONGEST_LINE = 65_536  # characters
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_JOINED_LINES = 20  # how far a quoted line break may reach
_LINES_BEFORE_HEADER = 20
_LINES_LOOKED_AT = 40


@dataclass(frozen=True)
class Reading:
    """How a person wants a file to be read; what is left open is found in the file. ``header_line`` counts from 1."""

    encoding: str = encodings.AUTO
    delimiter: str = ""
    header_line: int = 0


@dataclass(frozen=True)
class Row:
    """Trimmed cells in the order of the headings, or the reason why there are none. ``line``: where it begins, from 1."""

    line: int
    cells: tuple[str, ...]
    fault: tuple[str, str] | None = None
    text: str = ""


class Table(Protocol):
    """A file that was looked over once. ``declared``: the delimiter stands in the file (``sep=``) or in the settings."""

    @property
    def sha256(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def header_line(self) -> int: ...
    @property
    def headings(self) -> tuple[str, ...]: ...

    def rows(self, after_line: int = 0) -> Iterator[Row]:
        """The rows that begin after ``after_line``. RetryLater when the file changed under way."""
        ...


@dataclass(frozen=True)
class CsvTable:
    """A text with one row a line."""

    path: Path
    sha256: str
    encoding: str
    delimiter: str
    header_line: int
    headings: tuple[str, ...]
    stamp: tuple[int, int]

    def rows(self, after_line: int = 0) -> Iterator[Row]:
        with _open(self.path, self.encoding) as stream:
            yield from (row for row in self._rows(stream) if row.line > max(after_line, self.header_line))
        if stamp(self.path) != self.stamp:
            raise changing(self.path)

    def _rows(self, stream: TextIO) -> Iterator[Row]:
        lines = _Lines(stream)
        while (text := lines.next()) is not None:
            start = lines.number
            if not text.strip():
                continue
            if len(text) > LONGEST_LINE:
                said = _("the line has more than %(longest)s characters", longest=LONGEST_LINE)
                yield Row(start, (), ("too_long", said), text[:200])
                continue
            row = self._row(start, lines.joined(text, self.delimiter))
            if row.cells != self.headings:  # a report repeats its header on each page
                yield row

    def _row(self, line: int, text: str) -> Row:
        try:
            cells = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except (csv.Error, StopIteration):
            return Row(line, (), ("quotes", _("a quoted cell is not closed as CSV requires")), text)
        return row_of(line, cells, self.headings, text)


def row_of(line: int, cells: Sequence[str], headings: tuple[str, ...], text: str) -> Row:
    """Missing cells at the end are empty, and so may be those beyond the header."""
    trimmed = tuple(cell.strip() for cell in cells)
    if any(trimmed[len(headings) :]):
        said = _("%(cells)s cells where the header has %(columns)s", cells=len(cells), columns=len(headings))
        return Row(line, (), ("columns", said), text)
    return Row(line, (*trimmed[: len(headings)], *[""] * (len(headings) - len(trimmed))), None, text)


def look_over(
    path: Path, reading: Reading, *, max_bytes: int, known: Callable[[Sequence[str]], int]
) -> CsvTable:
    """The table in a file; ``known`` counts the headings of a line that mean something to us.

    ConfigError when it is too large, empty, without a usable header or in an unknown encoding; RetryLater while it is written.
    """
    before = stamp(path)
    need_size(path, before[0], max_bytes)
    found = encodings.look_at(path)
    encoding = encodings.chosen(path.name, found, reading.encoding)
    with _open(path, encoding) as stream:
        delimiter, line, headings = _header(stream, reading, known)
    if stamp(path) != before:
        raise changing(path)
    need_headings(path.name, headings)
    return CsvTable(path, found.sha256, encoding, delimiter, line, headings, before)


def need_size(path: Path, size: int, most: int) -> None:
    if size > most:
        raise ConfigError(
            _("%(path)s is larger than the limit of %(max_bytes)s bytes", path=path.name, max_bytes=most),
            code="too_large",
            remedy=_("split the file into smaller ones"),
        )


def need_headings(name: str, headings: tuple[str, ...]) -> None:
    if not any(headings):
        raise ConfigError(
            _("%(name)s needs a line with column headings", name=name),
            code="header",
            remedy=_("see docs/reference/csv-files.md"),
        )
    twice = sorted(
        one for one, count in Counter(one.casefold() for one in headings if one).items() if count > 1
    )
    if twice:
        raise ConfigError(
            _("%(name)s has the column %(twice)s twice", name=name, twice=", ".join(twice)),
            code="header",
            remedy=_("keep one of the columns"),
        )


# --- the header -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Candidate:
    line: int
    delimiter: str
    cells: tuple[str, ...]


def _header(
    stream: TextIO, reading: Reading, known: Callable[[Sequence[str]], int]
) -> tuple[str, int, tuple[str, ...]]:
    """Delimiter, line and headings: of the first lines the one that has most of our headings, else the first of a table."""
    lines = _Lines(stream)
    texts: list[tuple[int, str]] = []
    while len(texts) < _LINES_LOOKED_AT and (text := lines.next()) is not None:
        texts.append((lines.number, lines.joined(text, *DELIMITERS.values())))
    declared = reading.delimiter
    if texts and (said := texts[0][1].strip()).lower().startswith("sep=") and len(said) <= 5:
        declared = declared or (said[4:] or "\t")
        texts = texts[1:]
    marks = [declared] if declared else list(DELIMITERS.values())
    wanted = [one for one in texts if not reading.header_line or one[0] == reading.header_line]
    found = [
        _Candidate(line, mark, cells)
        for line, text in wanted[:_LINES_BEFORE_HEADER]
        for mark in marks
        if any(cells := cells_of(text, mark))
    ]
    if not found:
        return declared or ",", reading.header_line or 1, ()
    best = max(found, key=lambda one: (known(one.cells), len(one.cells), -one.line))
    if not known(best.cells) and not reading.header_line:
        best = _first_of_table(found, texts)
    return best.delimiter, best.line, best.cells


def _first_of_table(found: Sequence[_Candidate], texts: Sequence[tuple[int, str]]) -> _Candidate:
    """With the delimiter that gives most lines the same number of cells, the first such line."""
    usual: dict[str, tuple[int, int]] = {}
    for mark in {one.delimiter for one in found}:
        counts = Counter(len(cells_of(text, mark)) for _line, text in texts if text.strip())
        width, lines = max(counts.items(), key=lambda one: (one[0] > 1, one[1]))
        usual[mark] = (lines if width > 1 else 0, width)
    mark = max(usual, key=lambda one: usual[one])
    fits = [one for one in found if one.delimiter == mark and len(one.cells) == usual[mark][1]]
    return fits[0] if fits else found[0]


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    try:
        cells = [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return ()
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


# --- lines ----------------------------------------------------------------------------------------------------------


class _Lines:
    """Lines of a stream with their number; one that is too long is cut, its rest thrown away."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ahead: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        self.number += 1
        return self._ahead.pop(0) if self._ahead else self._read()

    def joined(self, text: str, *delimiters: str) -> str:
        """``text`` with the following lines that its open quote reaches to; alone when no closing one is near."""
        if not _is_open(text, delimiters):
            return text
        while len(self._ahead) < _JOINED_LINES and (line := self._read()) is not None:
            self._ahead.append(line)
        whole = text
        for count, line in enumerate(self._ahead, start=1):
            whole += "\n" + line
            if not _is_open(whole, delimiters) and len(whole) <= LONGEST_LINE:
                del self._ahead[:count]
                self.number += count
                return whole
        return text

    def _read(self) -> str | None:
        line = self._stream.readline(LONGEST_LINE + 2)
        if not line:
            return None
        rest = line
        while not rest.endswith("\n") and (rest := self._stream.readline(LONGEST_LINE)):
            pass
        return line.rstrip("\n")


def _is_open(text: str, delimiters: Sequence[str]) -> bool:
    """Whether a quoted cell begins in ``text`` and does not end in it."""
    begins = text.startswith('"') or any(f'{one}"' in text for one in delimiters)
    return begins and text.count('"') % 2 == 1


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors="replace", newline=None)


def stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def changing(path: Path) -> RetryLater:
    return RetryLater(
        _("%(path)s is still being written", path=path.name),
        code="changing",
        wait=60,
        remedy=_("write it under another name, such as x.part, and rename it when complete"),
    )
