"""What the page shows of a file before it is applied, and no more: it can be kept beside the file and read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, cast

from plugin.connectors.csv_folder import preview
from plugin.connectors.csv_folder.columns import BadCell
from plugin.connectors.csv_folder.headings import Meaning, Source
from plugin.connectors.csv_folder.preview import ColumnLook, Look
from plugin.domain import FileEffect, JsonObject, Stream
from plugin.errors import ConfigError
from plugin.services.sources.file_effects import Effects
from plugin.texts import retold, stored

FIRST, CHANGED, JUMPS, WAITING, REJECTED = ROWS = ("first", "changed", "jumps", "waiting", "rejected")
SHOWN = 10  # rows of each of them
FAULTS_SHOWN = 20
_COLUMNS_SHOWN = 4
_LONGEST_ROW, _LONGEST_CELL = 400, 200
_STRONGEST = (FileEffect.REJECTED, FileEffect.NEW, FileEffect.CHANGED, FileEffect.UNCHANGED)


@dataclass(frozen=True)
class Line:
    """One row: its text, what each kind of record reads in it, and what is wrong by column ("" for all of it). ``jumps``: whether a
    figure moves very far."""

    number: int
    text: str
    cells: Mapping[str, Mapping[str, str]]
    faults: tuple[tuple[str, str], ...]
    effect: FileEffect | None
    jumps: bool


@dataclass(frozen=True)
class Fault:
    """A reason why ``number`` cells or rows are rejected, with a few of the values and lines."""

    column: str
    message: str
    values: tuple[str, ...]
    lines: tuple[int, ...]
    number: int


@dataclass(frozen=True)
class Kind:
    """The effects on one kind of record, in figures. ``columns``: those that change most often; ``reasons``: how many rows wait, by
    why."""

    stream: Stream
    today: int
    afterwards: int
    new: int
    changed: int
    unchanged: int
    gone: int
    usable: int
    rejected: int
    repeated: int
    jumps: int
    held: int
    twins: int
    withdraws: bool
    is_headcount_held: bool
    columns: tuple[tuple[str, int], ...]
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Preview:
    """``kinds`` is empty while a column needs an answer. ``at``: when it was read and compared, None for just now."""

    sha256: str
    encoding: str
    delimiter: str
    header_line: int
    headings: int
    streams: tuple[Stream, ...]
    columns: tuple[ColumnLook, ...]
    missing: tuple[str, ...]
    read: int
    is_cut: bool
    point: int
    comma: int
    day_first: int
    month_first: int
    kinds: tuple[Kind, ...]
    cells: tuple[Fault, ...]
    bad: tuple[Fault, ...]
    lines: Mapping[str, tuple[Line, ...]]
    at: datetime | None = field(default=None)

    @property
    def open_columns(self) -> list[ColumnLook]:
        return [one for one in self.columns if one.is_open]

    @property
    def is_ready(self) -> bool:
        return bool(self.streams) and not self.open_columns


def of(seen: Look, effects: Sequence[Effects] = (), at: datetime | None = None) -> Preview:
    found = [seen.faults(one) for one in seen.streams] if seen.is_ready else []
    return Preview(
        seen.table.sha256,
        seen.table.encoding,
        seen.table.delimiter,
        seen.table.header_line,
        len(seen.table.headings),
        seen.streams,
        tuple(seen.columns),
        seen.missing,
        len(seen.lines),
        seen.is_cut,
        seen.point,
        seen.comma,
        seen.day_first,
        seen.month_first,
        tuple(_kind(one) for one in effects),
        _faults(fault for cells, _rows in found for fault in cells),
        _faults(fault for _cells, rows in found for fault in rows),
        _lines(seen, effects),
        at,
    )


def _kind(one: Effects) -> Kind:
    return Kind(
        one.stream,
        one.today,
        one.afterwards,
        one.new,
        one.changed,
        one.unchanged,
        one.gone,
        one.usable,
        one.rejected,
        one.repeated,
        len(one.jumps),
        one.held,
        one.twins,
        one.withdraws,
        one.is_headcount_held,
        tuple(one.columns.most_common(_COLUMNS_SHOWN)),
        dict(one.reasons),
    )


def _faults(found: Iterable[preview.Fault]) -> tuple[Fault, ...]:
    """A cell that two kinds of record need is rejected once."""
    return tuple(
        Fault(
            one.column,
            one.message,
            tuple(value[:_LONGEST_CELL] for value in one.values[:3]),
            one.lines[:5],
            len(one.lines),
        )
        for one in list(dict.fromkeys(found))[:FAULTS_SHOWN]
    )


def _lines(seen: Look, effects: Sequence[Effects]) -> dict[str, tuple[Line, ...]]:
    """Ten rows of each sort, each with the strongest of what it would do."""
    if not effects:
        return {FIRST: tuple(_line(line, None, jumps=False) for line in seen.lines[:SHOWN])}
    jumping = {jump.line for one in effects for jump in one.jumps}
    waiting = {number for one in effects for number in one.waiting}
    found: dict[str, list[Line]] = {sort: [] for sort in ROWS}
    for line in seen.lines:
        number = line.row.line
        does, jumps = _strongest(effects, number), number in jumping
        sorts = {
            FIRST: True,
            CHANGED: does in (FileEffect.CHANGED, FileEffect.NEW),
            JUMPS: jumps,
            WAITING: number in waiting,
            REJECTED: does is FileEffect.REJECTED,
        }
        for sort in (sort for sort, is_one in sorts.items() if is_one and len(found[sort]) < SHOWN):
            found[sort].append(_line(line, does, jumps=jumps))
    return {sort: tuple(lines) for sort, lines in found.items()}


def _strongest(effects: Sequence[Effects], number: int) -> FileEffect:
    found = {one.by_line[number] for one in effects}
    return next((one for one in _STRONGEST if one in found), FileEffect.REPEATED)


def _line(line: preview.Line, does: FileEffect | None, *, jumps: bool) -> Line:
    cells = {
        stream.value: {name: str(text)[:_LONGEST_CELL] for name, text in read.cells.items()}
        for stream, read in line.reads.items()
    }
    return Line(line.row.line, line.row.text[:_LONGEST_ROW], cells, tuple(faults_of(line)), does, jumps)


def faults_of(line: preview.Line) -> list[tuple[str, str]]:
    """Column and message of what is wrong in a row; once, though two kinds of record need the cell."""
    found = [
        (one.column if isinstance(one, BadCell) else "", str(one))
        for read in line.reads.values()
        for one in (*read.bad, *([read.refused] if read.refused else []))
    ]
    return list(dict.fromkeys(found))


# --- kept beside the file -------------------------------------------------------------------------------------------


def to_json(one: Preview | ConfigError) -> JsonObject:
    """Messages as they are said again to whoever reads them."""
    if isinstance(one, ConfigError):
        problem = {"problem": str(one), "code": one.code, "remedy": one.remedy}
        return cast("JsonObject", _plain(problem))
    at = None if one.at is None else one.at.isoformat()
    return cast("JsonObject", _plain({**asdict(one), "at": at}))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return stored(value) if isinstance(value, str) else value


def from_json(held: Mapping[str, Any]) -> Preview | ConfigError:
    """LookupError, TypeError or ValueError for what another version kept."""
    said = _said(held)
    if "problem" in said:
        return ConfigError(said["problem"], code=said["code"], remedy=said["remedy"])
    return Preview(
        **{
            **said,
            "streams": tuple(Stream(one) for one in said["streams"]),
            "columns": tuple(_column(one) for one in said["columns"]),
            "missing": tuple(said["missing"]),
            "kinds": tuple(
                Kind(**{**one, "stream": Stream(one["stream"]), "columns": tuple(map(tuple, one["columns"]))})
                for one in said["kinds"]
            ),
            "cells": tuple(_fault(one) for one in said["cells"]),
            "bad": tuple(_fault(one) for one in said["bad"]),
            "lines": {sort: tuple(_kept_line(one) for one in lines) for sort, lines in said["lines"].items()},
            "at": datetime.fromisoformat(said["at"]) if said["at"] else None,
        }
    )


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _said(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_said(one) for one in value]
    return retold(value) if isinstance(value, str) else value


def _column(held: Mapping[str, Any]) -> ColumnLook:
    meaning = held["meaning"]
    source = Source(meaning["source"]) if meaning["source"] else None
    rivals = tuple(meaning["rivals"])
    return ColumnLook(**{**held, "meaning": Meaning(**{**meaning, "source": source, "rivals": rivals})})


def _fault(held: Mapping[str, Any]) -> Fault:
    return Fault(**{**held, "values": tuple(held["values"]), "lines": tuple(held["lines"])})


def _kept_line(held: Mapping[str, Any]) -> Line:
    effect = FileEffect(held["effect"]) if held["effect"] else None
    return Line(**{**held, "effect": effect, "faults": tuple(map(tuple, held["faults"]))})
