"""Reads people, ratings, pay, ranges, raises, leaves, learning and badges from CSV files in a folder, each row on its own merits.

The cursor is the file's SHA-256, with the line while a run is under way: an unchanged file costs one pass of hashing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from plugin.connectors.base import Change, Context, Field, Page, Probe, Reject, Slice, Upsert
from plugin.connectors.csv_folder.cells import Cells, zone_of
from plugin.connectors.csv_folder.records import FILES, FileKind
from plugin.connectors.csv_folder.table import Row, Table, look_over
from plugin.connectors.probes import attempt, not_tested
from plugin.domain import JsonObject, Record, Stream
from plugin.errors import AdvisorError, ConfigError, InvalidInput, SkipRecord
from plugin.http_client import Response
from plugin.texts import _

_ROWS_PER_PAGE = 1000
_KEYS_REMEMBERED = 500_000
_ROWS_LOOKED_AT = 1000


class CsvFolder:
    """One file per stream, ``<stream>.csv``; files that are not there are no error."""

    def check(self, ctx: Context) -> list[Probe]:
        probe, folder = attempt("folder", "Find the folder", lambda: _folder(ctx))
        if folder is None:
            return [probe, not_tested("files", "Read the files")]
        present = [stream for stream in FILES if _path(folder, stream).exists()]
        if not present:
            names = ", ".join(f"{stream.value}.csv" for stream in FILES)
            return [
                probe,
                Probe("files", "Read the files", ok=False, detail="none is there", remedy=f"put in: {names}"),
            ]
        zone, _other = attempt("time_zone", "Know the time zone", lambda: zone_of(ctx.settings["time_zone"]))
        return [probe, zone, *(self._check_file(ctx, stream) for stream in present)]

    def discover(self, ctx: Context) -> list[Field]:
        found: list[Field] = []
        folder = _folder(ctx)
        for stream in (one for one in FILES if _path(folder, one).exists()):
            rows = _first_rows(_table(ctx, stream))
            counts = Counter(name for row in rows for name in row.cells)
            found += [
                Field(stream.value, name, counts[name] / len(rows) if rows else None)
                for name in FILES[stream].columns
            ]
        return found

    def classify(self, response: Response) -> AdvisorError | None:  # noqa: ARG002
        """Nothing is called over HTTP."""
        return None

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        name = f"{stream.value}.csv"
        if _path(_folder(ctx), stream).exists():
            yield Slice(name, cursors.get(name))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        """Pages of a changed file. A file declared complete is read each time, since what is missing from it counts only when a
        second complete listing says the same; ``snapshot_complete`` when it was read whole and no row was refused."""
        table = _table(ctx, stream)
        known, _other, line = (part.cursor or "").partition(":")
        same = known == table.sha256
        complete = bool(ctx.settings["complete"])
        if same and not line and not complete:
            return
        start = int(line) if same and line.isdigit() else 1
        rows = _Rows(ctx, stream, start)
        changes: list[Change] = []
        for row in table.rows(start):
            changes.append(rows.change(row))
            if len(changes) == _ROWS_PER_PAGE:
                yield Page(changes, f"{table.sha256}:{row.line}")
                changes = []
        whole = complete and start == 1 and not rows.refused
        yield Page(changes, table.sha256, snapshot_complete=whole)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        row = cast("dict[str, str]", raw)
        kind = FILES[stream]
        return kind.make(Cells(row), kind.key_of(row), zone_of(ctx.settings["time_zone"]))

    def _check_file(self, ctx: Context, stream: Stream) -> Probe:
        label = f"Read {stream.value}.csv"
        probe, table = attempt(stream.value, label, lambda: _table(ctx, stream))
        if table is None:
            return probe
        rows = _Rows(ctx, stream, 1)
        bad = [one for one in map(rows.change, _first_rows(table)) if isinstance(one, Reject)]
        unread = [name for name in table.columns if name not in FILES[stream].columns]
        detail = f"{table.encoding}, columns parted by {table.delimiter!r}"
        detail += f"; not read: {', '.join(unread)}" if unread else ""
        if bad:
            detail += f"; {len(bad)} of the first rows are refused, such as {bad[0].place}: {bad[0].message}"
        return Probe(
            stream.value, label, ok=not bad, detail=detail, remedy="correct these rows" if bad else ""
        )


CONNECTOR = CsvFolder()


class _Rows:
    """Turns rows into changes, and remembers the keys of a file to notice one that comes twice."""

    def __init__(self, ctx: Context, stream: Stream, start: int) -> None:
        self._kind: FileKind = FILES[stream]
        self._zone = zone_of(ctx.settings["time_zone"])
        self._name = f"{stream.value}.csv"
        self._keys: set[int] = set()
        self.refused = 0
        self._start = start

    def change(self, row: Row) -> Upsert | Reject:
        try:
            return self._upsert(row)
        except (SkipRecord, InvalidInput) as error:
            self.refused += 1
            return Reject(f"{self._name} line {row.line}", error.code, str(error))

    def _upsert(self, row: Row) -> Upsert:
        if row.fault:
            raise SkipRecord(row.fault[1], code=row.fault[0])
        cells = {name: row.cells[name] for name in self._kind.columns if name in row.cells}
        key = self._kind.key_of(cells)
        if hash(key) in self._keys:
            raise SkipRecord(_("an earlier row of this file has the same key"), code="twice")
        self._kind.make(Cells(cells), key, self._zone)
        if len(self._keys) < _KEYS_REMEMBERED:
            self._keys.add(hash(key))
        return Upsert(key, dict(cells))


def _folder(ctx: Context) -> Path:
    """The connection's folder, proven to lie below the files root, links included."""
    if ctx.files is None:
        raise ConfigError(
            _("this installation has no files root"), code="no_files", remedy=_("set ADVISOR_FILES_ROOT")
        )
    root = ctx.files.resolve()
    folder = (root / str(ctx.settings["folder"])).resolve()
    if not folder.is_relative_to(root):
        raise ConfigError(
            _("the folder is outside the files root"),
            code="outside",
            remedy=_("choose a folder inside the files root"),
        )
    if not folder.is_dir():
        raise ConfigError(
            _("the folder doesn't exist"), code="no_folder", remedy=_("create it inside the files root")
        )
    return folder


def _path(folder: Path, stream: Stream) -> Path:
    return folder / f"{stream.value}.csv"


def _table(ctx: Context, stream: Stream) -> Table:
    """The stream's file; ConfigError when it is no plain file, unreadable, or lacks a required column."""
    folder = _folder(ctx)
    path = _path(folder, stream)
    if path.is_symlink() or not path.is_file():
        raise ConfigError(
            _("%(path)s must be a regular file", path=path.name),
            code="no_file",
            remedy=_("replace it with the file itself"),
        )
    try:
        limit = ctx.settings["max_megabytes"] * 1024 * 1024
        table = look_over(path, encoding=ctx.settings["encoding"], max_bytes=limit)
    except OSError as error:
        raise ConfigError(
            _("%(path)s can't be read", path=path.name), code="no_file", remedy=_("check its permissions")
        ) from error
    missing = [name for name in FILES[stream].required if name not in table.columns]
    if missing:
        raise ConfigError(
            _("%(path)s needs the column %(missing)s", path=path.name, missing=", ".join(missing)),
            code="header",
            remedy=_("see docs/reference/csv-files.md"),
        )
    return table


def _first_rows(table: Table) -> list[Row]:
    rows = table.rows()
    return [row for row, _other in zip(rows, range(_ROWS_LOOKED_AT), strict=False)]
