"""Reads people, ratings, pay, ranges, raises, leaves, learning and badges from files in a folder, each row on its own merits.

The cursor is the file's SHA-256, with the line while a run is under way: an unchanged file costs one pass of hashing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from plugin.connectors.base import Change, Context, Field, Page, Probe, Reject, Slice
from plugin.connectors.csv_folder import encodings, files
from plugin.connectors.csv_folder.cells import Cells, zone_of
from plugin.connectors.csv_folder.reading import Read, Reader
from plugin.connectors.csv_folder.records import FILES
from plugin.connectors.csv_folder.table import Row
from plugin.connectors.probes import attempt, not_tested
from plugin.domain import JsonObject, Record, Stream
from plugin.domain.ids import known_id
from plugin.errors import AdvisorError
from plugin.http_client import Response

_CHANGES_PER_PAGE = 1000
_ROWS_LOOKED_AT = 1000


class CsvFolder:
    """One file per stream, ``<stream>.csv`` or ``.xlsx``; files that are not there are no error."""

    def check(self, ctx: Context) -> list[Probe]:
        probe, folder = attempt("folder", "Find the folder", lambda: files.folder_of(ctx))
        if folder is None:
            return [probe, not_tested("files", "Read the files")]
        present = files.present(folder)
        if not present:
            names = ", ".join(f"{stream.value}.csv" for stream in FILES)
            return [
                probe,
                Probe("files", "Read the files", ok=False, detail="none is there", remedy=f"put in: {names}"),
            ]
        zone, _other = attempt("time_zone", "Know the time zone", lambda: zone_of(ctx.settings["time_zone"]))
        return [probe, zone, *(self._check_file(ctx, path) for path in present)]

    def discover(self, ctx: Context) -> list[Field]:
        found: list[Field] = []
        how = files.how_of(ctx)
        for path in files.present(files.folder_of(ctx)):
            stream = Stream(path.stem)
            reader = files.reader_of(path, how, stream)
            rows = [reader.places.cells(row.cells) for row, _other in _first(reader) if not row.fault]
            counts = Counter(name for row in rows for name in row)
            found += [
                Field(stream.value, name, counts[name] / len(rows) if rows else None)
                for name in FILES[stream].columns
            ]
        return found

    def classify(self, response: Response) -> AdvisorError | None:  # noqa: ARG002
        """Nothing is called over HTTP."""
        return None

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        for path in files.of_stream(ctx, stream):
            yield Slice(path.name, cursors.get(path.name))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        """Pages of a changed file. A file declared complete is read each time, since what is missing from it counts only when a
        second complete listing says the same; ``snapshot_complete`` when it was read whole and no row was refused."""
        how = files.how_of(ctx)
        path = files.folder_of(ctx) / part.key
        table = files.opened(path, how, FILES if files.is_own(ctx) else [stream])
        known, _other, line = (part.cursor or "").partition(":")
        same = known == table.sha256
        complete = bool(ctx.settings["complete"])
        if same and not line and not complete:
            return
        start = (known_id(line) or 0) if same else 0
        reader = files.reader_in(table, path.name, how, stream)
        changes: list[Change] = []
        refused = False
        for at, found in reader.changes(start):
            refused = refused or any(isinstance(one, Reject) and not one.cell for one in found)
            changes += found
            if len(changes) >= _CHANGES_PER_PAGE:
                yield Page(changes, f"{table.sha256}:{at}")
                changes = []
        yield Page(changes, table.sha256, snapshot_complete=complete and not start and not refused)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        row = cast("dict[str, str]", raw)
        kind = FILES[stream]
        return kind.make(Cells(row), kind.key_of(row), zone_of(ctx.settings["time_zone"]))

    def _check_file(self, ctx: Context, path: Path) -> Probe:
        label = f"Read {path.name}"
        how, stream = files.how_of(ctx), Stream(path.stem)
        probe, reader = attempt(stream.value, label, lambda: files.reader_of(path, how, stream))
        if reader is None:
            return probe
        bad = [read for _row, read in _first(reader) if read.refused or read.bad]
        table = reader.table
        unread = [
            one for place, one in enumerate(table.headings) if place not in reader.places.by_column.values()
        ]
        detail = encodings.LABELS.get(table.encoding, table.encoding)
        detail += f", columns parted by {table.delimiter!r}" if table.delimiter else ""
        detail += f"; not read: {', '.join(unread)}" if unread else ""
        if bad:
            detail += (
                f"; {len(bad)} of the first rows have cells that cannot be read, such as {_said(bad[0])}"
            )
        return Probe(
            stream.value, label, ok=not bad, detail=detail, remedy="correct these rows" if bad else ""
        )


CONNECTOR = CsvFolder()


def _said(read: Read) -> str:
    first = read.refused or read.bad[0]
    return f"line {read.row.line}: {first}"


def _first(reader: Reader) -> Iterator[tuple[Row, Read]]:
    for count, row in enumerate(reader.table.rows()):
        if count >= _ROWS_LOOKED_AT:
            return
        yield row, reader.read(row)
