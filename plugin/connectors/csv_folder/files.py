"""Finds a connection's files: below the installation's files root, or among those that people dropped on its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from plugin.connectors.base import Context
from plugin.connectors.csv_folder import headings, table, workbook
from plugin.connectors.csv_folder.cells import zone_of
from plugin.connectors.csv_folder.headings import Places
from plugin.connectors.csv_folder.reading import Reader, reader
from plugin.connectors.csv_folder.records import FILES
from plugin.connectors.csv_folder.table import DELIMITERS, Reading, Table
from plugin.domain import Stream
from plugin.errors import ConfigError
from plugin.texts import _

SUFFIXES = (".csv", ".xlsx")
AUTO = "auto"
READING = ("encoding", "delimiter", "header_line", "locale", "columns", "max_megabytes", "time_zone")
_ALONE = (Stream.LEARNING, Stream.BADGES, Stream.PAY_RANGES, Stream.LEAVES)


@dataclass(frozen=True)
class How:
    """What a connection's settings say of its files."""

    reading: Reading
    locale: str
    answers: dict[str, str]
    max_bytes: int
    time_zone: str


def how_of(ctx: Context) -> How:
    return how_from(ctx.settings)


def how_from(said: Mapping[str, Any]) -> How:
    """From checked settings."""
    delimiter = DELIMITERS.get(said["delimiter"], "")
    return How(
        Reading(said["encoding"], delimiter, said["header_line"] or 0),
        "" if said["locale"] == AUTO else said["locale"],
        dict(said["columns"] or {}),
        said["max_megabytes"] * 1024 * 1024,
        said["time_zone"],
    )


def is_remote(ctx: Context) -> bool:
    """Whether the files lie on an SFTP server."""
    return bool(ctx.settings["host"])


def is_own(ctx: Context) -> bool:
    """Whether the files are those that people drop, since neither a folder nor a server is named."""
    return not ctx.settings["folder"] and not is_remote(ctx)


def folder_of(ctx: Context) -> Path:
    """The connection's folder, proven to lie below the files root, links included."""
    if is_own(ctx):
        if ctx.own is None or not ctx.own.is_dir():
            raise ConfigError(
                _("no file has been dropped yet"),
                code="no_folder",
                remedy=_("Drop a file on the connection's page “Files”, or name a folder in the settings."),
            )
        return ctx.own
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


def present(folder: Path) -> list[Path]:
    """The files in a folder that bear a stream's name, one per stream."""
    found = ([folder / f"{stream.value}{suffix}" for suffix in SUFFIXES] for stream in FILES)
    return [path for paths in found for path in paths if path.exists()]


def of_stream(ctx: Context, stream: Stream) -> list[Path]:
    """The files that hold a stream: by name in a folder; dropped ones also by their columns."""
    paths = present(folder_of(ctx))
    return [path for path in paths if path.stem == stream.value or (is_own(ctx) and feeds(ctx, path, stream))]


def feeds(ctx: Context, path: Path, stream: Stream) -> bool:
    """Whether every column that the stream needs is in the file."""
    how = how_of(ctx)
    return stream in streams_in(opened(path, how, FILES), how)


def streams_in(found: Table, how: How) -> list[Stream]:
    """The kinds of record whose columns are all there. A file about a person's learning or badges holds nothing else."""
    whole: list[Stream] = [
        stream
        for stream in FILES
        if not headings.missing_of(headings.meanings(found.headings, stream, how.answers), stream)
    ]
    alone = [one for one in whole if one in _ALONE]
    return alone[:1] if alone and Stream.PEOPLE not in whole else [one for one in whole if one not in alone]


def opened(path: Path, how: How, streams: Iterable[Stream]) -> Table:
    """The table in a file; ConfigError when it is no plain file or cannot be read."""
    if path.is_symlink() or not path.is_file():
        raise ConfigError(
            _("%(path)s must be a regular file", path=path.name),
            code="no_file",
            remedy=_("replace it with the file itself"),
        )
    known = partial(_known, tuple(streams), how.answers)
    try:
        with path.open("rb") as stream:
            begins = stream.read(4)
        if begins == workbook.OLD_EXCEL:
            raise workbook.refuse_old(path)
        look = workbook.look_over if begins == workbook.ZIP else table.look_over
        return cast("Table", look(path, how.reading, max_bytes=how.max_bytes, known=known))
    except OSError as error:
        raise ConfigError(
            _("%(path)s can't be read", path=path.name), code="no_file", remedy=_("check its permissions")
        ) from error


def unpacked_bytes(path: Path) -> int:
    """How much there is to read in a file, whether it is packed or not."""
    with path.open("rb") as stream:
        is_packed = stream.read(4) == workbook.ZIP
    return workbook.unpacked_bytes(path) if is_packed else path.stat().st_size


def _known(streams: tuple[Stream, ...], answers: dict[str, str], cells: Sequence[str]) -> int:
    return headings.known(cells, streams, answers)


def reader_of(path: Path, how: How, stream: Stream) -> Reader:
    """A reader of one stream's rows in a file; ConfigError as ``opened``, or when a needed column is missing."""
    found = opened(path, how, [stream])
    return reader_in(found, path.name, how, stream)


def reader_in(found: Table, name: str, how: How, stream: Stream) -> Reader:
    at: Places = headings.places(name, found.headings, stream, how.answers)
    return reader(name, found, FILES[stream], at, zone_of(how.time_zone), how.locale)
