"""Reads people, ratings, pay, ranges, raises, leaves, learning and badges from files in a folder, each row on its own merits.

The cursor is the file's SHA-256, with the line while a run is under way: an unchanged file costs one pass of hashing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

from plugin.connectors.base import Change, Context, Field, Page, Probe, Reject, Slice
from plugin.connectors.csv_folder import encodings, files, remote
from plugin.connectors.csv_folder.cells import Cells, zone_of
from plugin.connectors.csv_folder.reading import Read, Reader
from plugin.connectors.csv_folder.records import FILES
from plugin.connectors.csv_folder.table import Row
from plugin.connectors.probes import attempt, not_tested
from plugin.domain import JsonObject, Record, Stream
from plugin.domain.ids import known_id
from plugin.errors import AdvisorError
from plugin.http_client import Response
from plugin.texts import _, counted, joined, ngettext

_CHANGES_PER_PAGE = 1000
_ROWS_LOOKED_AT = 1000
_LARGEST_TESTED = 20 * 2**20


class CsvFolder:
    """One file per stream, ``<stream>.csv`` or ``.xlsx``, of a folder or an SFTP server; files that are not there are no error."""

    def check(self, ctx: Context) -> list[Probe]:
        if files.is_remote(ctx):
            return self._check_remote(ctx)
        probe, folder = attempt("folder", _("Find the folder"), lambda: files.folder_of(ctx))
        if folder is None:
            return [probe, not_tested("files", _("Read the files"))]
        present = files.present(folder)
        if not present and files.is_own(ctx):
            detail = "none is waiting; a dropped file is deleted when it has been read"
            return [probe, Probe("files", "Read the files", ok=True, detail=detail)]
        if not present:
            names = ", ".join(f"{stream.value}.csv" for stream in FILES)
            return [
                probe,
                Probe(
                    "files",
                    _("Read the files"),
                    ok=False,
                    detail=_("the folder has no file that we read"),
                    remedy=_("put at least one of these files into it: %(names)s", names=names),
                ),
            ]
        found = [(Stream(path.stem), path) for path in present]
        return [probe, self._check_zone(ctx), *(self._check_file(ctx, *one) for one in found)]

    def _check_remote(self, ctx: Context) -> list[Probe]:
        with ExitStack() as stack:
            probe, found = attempt(
                "server",
                _("Sign in to the server and list its directory"),
                lambda: stack.enter_context(remote.some(ctx, _LARGEST_TESTED)),
            )
            if found is None:
                return [probe, not_tested("files", _("Read the files"))]
            copies, large = found
            if not copies and not large:
                none = _("the directory has no file that we read")
                remedy = _("put in files such as people.csv or people_2026-11-30.csv, or set “File names”")
                return [probe, Probe("files", _("Read the files"), ok=False, detail=none, remedy=remedy)]
            read = [self._check_file(ctx, *one) for one in copies]
        unread = [
            Probe(
                stream.value,
                _("Read %(name)s", name=one.name),
                ok=True,
                detail=_("%(size)s MB; too large to be read in a test", size=counted(one.size >> 20)),
            )
            for stream, one in large
        ]
        return [probe, self._check_zone(ctx), *read, *unread]

    def _check_zone(self, ctx: Context) -> Probe:
        zone = attempt("time_zone", _("Read the time zone"), lambda: zone_of(ctx.settings["time_zone"]))
        return zone[0]

    def discover(self, ctx: Context) -> list[Field]:
        if files.is_remote(ctx):
            with remote.some(ctx, _LARGEST_TESTED) as (copies, _large):
                return [one for stream, path in copies for one in self._fields(ctx, stream, path)]
        present = files.present(files.folder_of(ctx))
        return [one for path in present for one in self._fields(ctx, Stream(path.stem), path)]

    def _fields(self, ctx: Context, stream: Stream, path: Path) -> Iterator[Field]:
        reader = files.reader_of(path, files.how_of(ctx), stream)
        rows = [reader.places.cells(row.cells) for row, _other in _first(reader) if not row.fault]
        counts = Counter(name for row in rows for name in row)
        for name in FILES[stream].columns:
            yield Field(stream.value, name, counts[name] / len(rows) if rows else None)

    def classify(self, response: Response) -> AdvisorError | None:  # noqa: ARG002
        """Nothing is called over HTTP."""
        return None

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        if files.is_remote(ctx):
            yield Slice(stream.value, cursors.get(stream.value))
            return
        for path in files.of_stream(ctx, stream):
            yield Slice(path.name, cursors.get(path.name))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        """Pages of a changed file. A file declared complete is read each time, since what is missing from it counts only when a
        second complete listing says the same; ``snapshot_complete`` when it was read whole and no row was refused."""
        if files.is_remote(ctx):
            yield from self._read_remote(ctx, stream, part.cursor or "")
        else:
            yield from self._pages(ctx, stream, files.folder_of(ctx) / part.key, part.cursor or "")

    def _read_remote(self, ctx: Context, stream: Stream, cursor: str) -> Iterator[Page]:
        """A cursor has the server's stamp of the file behind ours: an unchanged file is not fetched again."""
        mine, _blank, stamp = cursor.rpartition(" ")
        is_whole = bool(mine) and ":" not in mine and not ctx.settings["complete"]
        with remote.fetched(ctx, stream, unless=stamp if is_whole else "") as copy:
            if copy is not None:
                pages = self._pages(ctx, stream, copy.path, mine)
                yield from (replace(page, cursor=f"{page.cursor} {copy.stamp}") for page in pages)

    def _pages(self, ctx: Context, stream: Stream, path: Path, cursor: str) -> Iterator[Page]:
        how = files.how_of(ctx)
        table = files.opened(path, how, FILES if files.is_own(ctx) else [stream])
        known, _other, line = cursor.partition(":")
        same = known == table.sha256
        complete = bool(ctx.settings["complete"])
        if same and not line and not complete:
            return
        start = (known_id(line) or 0) if same else 0
        reader = files.reader_in(table, path.name, how, stream)
        changes: list[Change] = []
        refused, anew = False, not start
        for at, found in reader.changes(start):
            refused = refused or any(isinstance(one, Reject) and not one.cell for one in found)
            changes += found
            if len(changes) >= _CHANGES_PER_PAGE:
                yield Page(changes, f"{table.sha256}:{at}", anew=anew)
                changes, anew = [], False
        yield Page(changes, table.sha256, snapshot_complete=complete and not start and not refused, anew=anew)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        row = cast("dict[str, str]", raw)
        kind = FILES[stream]
        return kind.make(Cells(row), kind.key_of(row), zone_of(ctx.settings["time_zone"]))

    def _check_file(self, ctx: Context, stream: Stream, path: Path) -> Probe:
        label = _("Read %(name)s", name=path.name)
        how = files.how_of(ctx)
        probe, reader = attempt(stream.value, label, lambda: files.reader_of(path, how, stream))
        if reader is None:
            return probe
        bad = [read for _row, read in _first(reader) if read.refused or read.bad]
        table = reader.table
        unread = [
            one for place, one in enumerate(table.headings) if place not in reader.places.by_column.values()
        ]
        said = [encodings.LABELS.get(table.encoding, table.encoding)]
        if table.delimiter:
            said.append(_("separator: %(sign)s", sign=table.delimiter.replace("\t", "TAB")))
        if unread:
            said.append(_("columns not read: %(names)s", names=", ".join(unread)))
        if bad:
            said.append(_unreadable(bad))
        remedy = _("correct these rows") if bad else ""
        return Probe(stream.value, label, ok=not bad, detail=joined("; ", *said), remedy=remedy)


CONNECTOR = CsvFolder()


def _unreadable(bad: list[Read]) -> str:
    first = bad[0]
    return ngettext(
        "%(num)s of the first rows has a cell that can't be read: line %(line)s: %(problem)s",
        "%(num)s of the first rows have cells that can't be read, such as line %(line)s: %(problem)s",
        len(bad),
        line=first.row.line,
        problem=first.refused or first.bad[0],
    )


def _first(reader: Reader) -> Iterator[tuple[Row, Read]]:
    for count, row in enumerate(reader.table.rows()):
        if count >= _ROWS_LOOKED_AT:
            return
        yield row, reader.read(row)
