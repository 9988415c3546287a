"""Reads the first sheet with a table of an XLSX workbook: stored values, never formulas; limits against what unpacks too large."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from plugin.connectors.csv_folder import encodings
from plugin.connectors.csv_folder.columns import NO_VALUE, Exact
from plugin.connectors.csv_folder.table import (
    Reading,
    Row,
    changing,
    need_headings,
    need_size,
    stamp,
)
from plugin.errors import ConfigError
from plugin.texts import _

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MOST_UNPACKED = 2 * 2**30
MOST_RATIO = 200  # unpacked to packed; honest sheets stay below 60
MOST_PARTS = 5_000
MOST_COLUMNS = 500
MOST_SHEETS = 100
MOST_CELLS_KEPT = 1_000_000
_FORMULA = re.compile(rb"<f[ >/]")
_PIECE = 1 << 20
_CELLS = ("xl/worksheets/", "xl/sharedStrings")
_LINES_BEFORE_HEADER = 20
_PADDED = re.compile(r"0+")
_LONGEST_EXACT = 15  # digits that a spreadsheet keeps of a number


@dataclass(frozen=True)
class Workbook:
    """A sheet as a table."""

    path: Path
    sha256: str
    header_line: int
    headings: tuple[str, ...]
    sheet: str
    stamp: tuple[int, int]
    has_formulas: bool
    encoding: str = "XLSX"
    delimiter: str = ""
    _kept: list[Row] = field(default_factory=list, compare=False, repr=False)

    def rows(self, after_line: int = 0) -> Iterator[Row]:
        """A sheet of usual size is unpacked once, though it is looked through several times."""
        rows = self._kept or self._read()
        yield from (row for row in rows if row.line > after_line)
        if stamp(self.path) != self.stamp:
            raise changing(self.path)

    def _read(self) -> Iterator[Row]:
        kept: list[Row] = []
        for line, cells in _lines(self.path, self.sheet, has_formulas=self.has_formulas):
            if line <= self.header_line or not any(cells):
                continue
            row = self._row(line, cells)
            if row.cells != self.headings:
                if len(kept) * len(self.headings) < MOST_CELLS_KEPT:
                    kept.append(row)
                yield row
        if len(kept) * len(self.headings) < MOST_CELLS_KEPT:
            self._kept.extend(kept)

    def _row(self, line: int, cells: tuple[str, ...]) -> Row:
        width = len(self.headings)
        while len(cells) > width and not cells[-1]:  # a sheet is as wide as its widest row
            cells = cells[:-1]
        text = "; ".join(cells)
        if any(cells[width:]):
            said = _("%(cells)s cells where the header has %(columns)s", cells=len(cells), columns=width)
            return Row(line, (), ("columns", said), text)
        return Row(line, (*cells[:width], *[""] * (width - len(cells))), None, text)


def look_over(
    path: Path, reading: Reading, *, max_bytes: int, known: Callable[[Sequence[str]], int]
) -> Workbook:
    """The table in a workbook. ConfigError when it is damaged, protected, too large, or has no sheet with a table."""
    before = stamp(path)
    need_size(path, before[0], max_bytes)
    has_formulas = _need_sane(path)
    sheet, line, headings = _header(path, reading, known)
    if stamp(path) != before:
        raise changing(path)
    need_headings(path.name, headings)
    return Workbook(path, encodings.look_at(path).sha256, line, headings, sheet, before, has_formulas)


def unpacked_bytes(path: Path) -> int:
    """Of the cells; the packed size of what is no workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist() if part.filename.startswith(_CELLS))
    except zipfile.BadZipFile:
        return path.stat().st_size


def _need_sane(path: Path) -> bool:
    """Whether any sheet has a formula. ConfigError for what no honest workbook is."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path) from error
    size = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if len(parts) > MOST_PARTS or size > MOST_UNPACKED or (size > 2**20 and size / packed > MOST_RATIO):
        raise ConfigError(
            _("%(path)s unpacks to more than a workbook may", path=path.name),
            code="too_large",
            remedy=_("Export the sheet as CSV."),
        )
    sheets = [part.filename for part in parts if part.filename.startswith("xl/worksheets/")]
    return any(_holds_formula(path, name) for name in sheets)


def _holds_formula(path: Path, name: str) -> bool:
    with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
        before = b""
        while piece := stream.read(_PIECE):
            if _FORMULA.search(before + piece):
                return True
            before = piece[-2:]
    return False


def _header(
    path: Path, reading: Reading, known: Callable[[Sequence[str]], int]
) -> tuple[str, int, tuple[str, ...]]:
    best: tuple[int, int, int, str, tuple[str, ...]] | None = None
    for sheet in _sheets(path):
        for line, cells in _lines(path, sheet, has_formulas=False):
            if line > (reading.header_line or _LINES_BEFORE_HEADER):
                break
            if not any(cells) or (reading.header_line and line != reading.header_line):
                continue
            found = (known(cells), sum(map(bool, cells)), -line, sheet, _cut(cells))
            if best is None or found[:2] > best[:2]:
                best = found
    return (best[3], -best[2], best[4]) if best else ("", 1, ())


def _cut(cells: tuple[str, ...]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return tuple(str(cell) for cell in cells)


def _sheets(path: Path) -> list[str]:
    book = _opened(path)
    try:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"][:MOST_SHEETS]
    finally:
        book.close()


def _lines(path: Path, sheet: str, *, has_formulas: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line numbers and cells of a sheet. A formula without a stored value is NO_VALUE."""
    values = _opened(path)
    formulas = _opened(path, is_values=False) if has_formulas else values
    try:
        rows = values[sheet].iter_rows(max_col=MOST_COLUMNS)
        if not has_formulas:
            for line, cells in enumerate(rows, start=1):
                yield line, tuple(_text(cell, None) for cell in cells)
            return
        pairs = zip(rows, formulas[sheet].iter_rows(max_col=MOST_COLUMNS), strict=False)
        for line, (cells, written) in enumerate(pairs, start=1):
            yield line, tuple(_text(cell, formula) for cell, formula in zip(cells, written, strict=False))
    except (ValueError, KeyError, SyntaxError, OSError, zipfile.BadZipFile) as error:
        raise _damaged(path) from error
    finally:
        values.close()
        formulas.close()


def _opened(path: Path, *, is_values: bool = True) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that we do not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=is_values, keep_links=False)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        SyntaxError,
        OSError,
        TypeError,
    ) as error:
        raise _damaged(path) from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a workbook says of its own size need not be true
    return book


def _text(cell: Any, formula: Any) -> str:
    value = cell.value
    if value is None:
        return NO_VALUE if getattr(formula, "data_type", "") == "f" else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""))
    return str(value).strip()


def _number(value: float, shown_as: str) -> str:
    """As it is stored; a number that only zeros format is padded as its cell shows it."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return "#NUM!"
    if "%" in shown_as:
        return Exact(f"{(exact * 100).normalize():f}%")
    digits = f"{exact.normalize():f}"
    if _PADDED.fullmatch(shown_as) and digits.isdigit():
        return Exact(digits.zfill(len(shown_as)))
    if digits.isdigit() and len(digits) > _LONGEST_EXACT:
        return f"{exact:E}"  # more digits than the spreadsheet kept
    return Exact(digits)


def _damaged(path: Path) -> ConfigError:
    return ConfigError(
        _("%(path)s can't be opened as a workbook", path=path.name),
        code="no_file",
        remedy=_("Save it as .xlsx without a password, or export it as CSV."),
    )


def refuse_old(path: Path) -> ConfigError:
    return ConfigError(
        _("%(path)s is an old or protected Excel file", path=path.name),
        code="no_file",
        remedy=_("Save it as .xlsx without a password, or export it as CSV."),
    )
