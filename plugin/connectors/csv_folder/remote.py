"""Which file of an SFTP directory holds a kind of record, and a copy of it that is gone again when it has been read."""

from __future__ import annotations

import fnmatch
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.connectors.base import Context
from plugin.connectors.csv_folder import sftp
from plugin.connectors.csv_folder.records import FILES
from plugin.connectors.csv_folder.sftp import Remote, Session
from plugin.domain import Stream
from plugin.errors import ConfigError
from plugin.texts import _

COPIES = "fetched"  # below the connection's own folder
_UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", "~")
_OURS = re.compile(
    r"(?P<stream>[a-z_]+?)(?:[-_ .]?[0-9][-_ .0-9A-Za-z]*)?\.(?:csv|xlsx|txt|tsv)", re.IGNORECASE
)
_SAFE = re.compile(r"[\w][\w .,()+@=-]{0,150}")


@dataclass(frozen=True)
class Copy:
    """A whole file of the server on this machine. ``stamp`` changes when another file or another content is there."""

    path: Path
    stamp: str


@contextmanager
def fetched(ctx: Context, stream: Stream, *, unless: str = "") -> Iterator[Copy | None]:
    """The newest file of a kind of record, for as long as the block lasts; None when there is none or its stamp is ``unless``."""
    with sftp.connected(sftp.server_of(ctx.settings)) as session:
        file = files_by_stream(session, ctx.settings).get(stream)
        if file is None or stamp_of(file) == unless:
            yield None
            return
        folder = _folder(ctx)
        try:
            path = folder / file.name
            session.fetch(file, path, ctx.settings["max_megabytes"] * 2**20)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    try:
        yield Copy(path, stamp_of(file))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files_by_stream(session: Session, settings: Mapping[str, Any]) -> dict[Stream, Remote]:
    """The newest file of each kind of record in the directory. ConfigError for a name that no kind has."""
    named = _patterns(settings["names"] or {})
    found = [one for one in session.files(settings["directory"] or "") if _is_usable(one)]
    fitting = {stream: [one for one in found if _fits(one.name, stream, named)] for stream in FILES}
    return {stream: max(some, key=_age) for stream, some in fitting.items() if some}


def _age(file: Remote) -> tuple[int, str]:
    return file.changed_at, file.name


def _patterns(names: Mapping[str, str]) -> dict[Stream, str]:
    known = {stream.value: stream for stream in FILES}
    wrong = sorted(set(names) - set(known))
    if wrong:
        raise ConfigError(
            _("unknown kind of record: %(names)s", names=", ".join(wrong)),
            code="names",
            remedy=_("Begin each line of “File names” with one of: %(kinds)s.", kinds=", ".join(known)),
        )
    return {known[name]: pattern for name, pattern in names.items()}


def _fits(name: str, stream: Stream, named: Mapping[Stream, str]) -> bool:
    """By the pattern that is set, else by our own name, a day or number behind it: people.csv, people_2026-11-30.csv."""
    if stream in named:
        return fnmatch.fnmatchcase(name.casefold(), named[stream].casefold())
    found = _OURS.fullmatch(name)
    return found is not None and found["stream"].casefold() == stream.value


def _is_usable(file: Remote) -> bool:
    """A plain, finished file whose name leads nowhere else."""
    return (
        file.is_plain and bool(_SAFE.fullmatch(file.name)) and not file.name.casefold().endswith(_UNFINISHED)
    )


def stamp_of(file: Remote) -> str:
    return f"{hashlib.sha256(file.name.encode()).hexdigest()[:12]}-{file.stamp}"


def _folder(ctx: Context) -> Path:
    """A new folder that only we may open."""
    if ctx.own is None:
        return Path(tempfile.mkdtemp(prefix="raise-advisor-"))
    parent = ctx.own / COPIES
    parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent))


@contextmanager
def some(
    ctx: Context, most: int
) -> Iterator[tuple[Sequence[tuple[Stream, Path]], Sequence[tuple[Stream, Remote]]]]:
    """For a test of the connection: the newest files of up to ``most`` bytes, and those that are larger."""
    folder = _folder(ctx)
    try:
        with sftp.connected(sftp.server_of(ctx.settings)) as session:
            found = files_by_stream(session, ctx.settings)
            small = {stream: one for stream, one in found.items() if one.size <= most}
            copies = list(_copies(session, folder, small.items()))
        yield copies, [(stream, one) for stream, one in found.items() if one.size > most]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copies(
    session: Session, folder: Path, files: Iterable[tuple[Stream, Remote]]
) -> Iterator[tuple[Stream, Path]]:
    for stream, one in files:
        target = folder / stream.value / one.name
        target.parent.mkdir()
        session.fetch(one, target, one.size)
        yield stream, target
