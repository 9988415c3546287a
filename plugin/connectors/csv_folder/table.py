"""Reads one CSV file of unknown make row by row, so that a damaged row costs that row and never the file."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from plugin.errors import ConfigError, RetryLater
from plugin.texts import _

LONGEST_LINE = 65_536  # characters
_JOINED_LINES = 20  # how far a quoted line break may reach
_DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Row:
    """Cells by column, or the reason why there are none. ``line`` is the row's first line in the file, from 1."""

    line: int
    cells: dict[str, str]
    fault: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """A file that was looked over once: its fingerprint, encoding, delimiter and columns."""

    path: Path
    sha256: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    stamp: tuple[int, int]

    def rows(self, after_line: int = 1) -> Iterator[Row]:
        """The rows that begin after ``after_line``. RetryLater when the file changed under way."""
        with _open(self.path, self.encoding) as stream:
            yield from (row for row in self._rows(stream) if row.line > after_line)
        if _stamp(self.path) != self.stamp:
            raise _changing(self.path)

    def _rows(self, stream: TextIO) -> Iterator[Row]:
        lines = _Lines(stream)
        lines.next()  # the header
        while (text := lines.next()) is not None:
            start = lines.number
            if not text.strip():
                continue
            if len(text) > LONGEST_LINE:
                yield Row(start, {}, ("too_long", f"the line has more than {LONGEST_LINE} signs"))
                continue
            yield self._row(start, lines.joined(text, self.delimiter))

    def _row(self, line: int, text: str) -> Row:
        if "\ufffd" in text:
            return Row(line, {}, ("encoding", f"a sign cannot be read as {self.encoding}"))
        try:
            cells = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except (csv.Error, StopIteration):
            return Row(line, {}, ("quotes", "a quoted cell is not closed as CSV wants it"))
        if len(cells) != len(self.columns):
            counted = f"{len(cells)} cells where the header has {len(self.columns)}"
            return Row(line, {}, ("columns", counted))
        return Row(
            line, {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True) if cell.strip()}
        )


def look_over(path: Path, *, encoding: str, max_bytes: int) -> Table:
    """The table in a file. ConfigError when it is too large, empty or without a usable header; RetryLater while it is written."""
    before = _stamp(path)
    if before[0] > max_bytes:
        raise ConfigError(
            _(
                "%(path)s is larger than the limit of %(max_bytes)s bytes",
                path=path.name,
                max_bytes=max_bytes,
            ),
            code="too_large",
            remedy=_("split the file into smaller ones"),
        )
    sha256, found = _fingerprint(path)
    used = found if encoding == "auto" or found in ("utf-8-sig", "utf-16") else encoding
    with _open(path, used) as stream:
        header = _Lines(stream).next() or ""
    if _stamp(path) != before:
        raise _changing(path)
    delimiter = max(_DELIMITERS, key=header.count)
    return Table(path, sha256, used, delimiter, _columns(path.name, header, delimiter), before)


class _Lines:
    """Lines of a stream with their number; one that is too long is cut, its rest thrown away."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ahead: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        self.number += 1
        return self._ahead.pop(0) if self._ahead else self._read()

    def joined(self, text: str, delimiter: str) -> str:
        """``text`` with the following lines that its open quote reaches to; alone when no closing one is near."""
        if not _is_open(text, delimiter):
            return text
        while len(self._ahead) < _JOINED_LINES and (line := self._read()) is not None:
            self._ahead.append(line)
        whole = text
        for count, line in enumerate(self._ahead, start=1):
            whole += "\n" + line
            if not _is_open(whole, delimiter) and len(whole) <= LONGEST_LINE:
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


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a quoted cell begins in ``text`` and does not end in it."""
    return text.count('"') % 2 == 1 and (text.startswith('"') or f'{delimiter}"' in text)


def _fingerprint(path: Path) -> tuple[str, str]:
    """SHA-256 and encoding, in one pass: by its mark, else UTF-8 if all of it is, else Windows-1252."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    marked, is_utf8, first = "", True, True
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            if first:
                marked = next((name for mark, name in _MARKS if chunk.startswith(mark)), "")
                first = False
            is_utf8 = is_utf8 and not marked and _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    return digest.hexdigest(), marked or ("utf-8" if is_utf8 else "cp1252")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _columns(name: str, header: str, delimiter: str) -> tuple[str, ...]:
    cells = next(csv.reader([header], delimiter=delimiter), [])
    columns = tuple(cell.strip().lower().replace(" ", "_") for cell in cells)
    if not any(columns):
        raise ConfigError(
            _("%(name)s needs a header in its first line", name=name),
            code="header",
            remedy=_("see docs/reference/csv-files.md"),
        )
    twice = sorted({one for one in columns if one and columns.count(one) > 1})
    if twice:
        raise ConfigError(
            _("%(name)s has the column %(twice)s twice", name=name, twice=", ".join(twice)),
            code="header",
            remedy=_("keep one of the columns"),
        )
    return columns


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, errors="replace", newline=None)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _changing(path: Path) -> RetryLater:
    return RetryLater(
        _("%(path)s is still being written", path=path.name),
        code="changing",
        wait=60,
        remedy=_("write it under another name, such as x.part, and rename it when complete"),
    )
