"""Files that people drop on a connection's page: kept aside until somebody applies them, then read by the ordinary run."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import cast

from plugin import manifest
from plugin.connectors.csv_folder import files, preview
from plugin.connectors.csv_folder.files import SUFFIXES, How
from plugin.connectors.csv_folder.preview import Line, Look, Told
from plugin.connectors.csv_folder.remote import COPIES
from plugin.domain import Json, JsonObject, RunTrigger
from plugin.domain.ids import known_id
from plugin.errors import ConfigError, InvalidInput, NotFound
from plugin.services.core import Actor, Core
from plugin.services.sources import connection_opening, connection_setup, file_preview
from plugin.services.sources.file_preview import Preview
from plugin.store.operation import audits
from plugin.store.sources import applied_files, connections, runs
from plugin.texts import _

CONNECTOR = "csv_folder"
KEPT = timedelta(minutes=30)
LARGEST = 32 * 2**20
MOST_WAITING = 20
ANSWERS = (
    "encoding",
    "delimiter",
    "header_line",
    "locale",
)  # settings that a preview may set beside the columns
_WAITING = "waiting"
_FACTS, _PREVIEW = "facts.json", "preview.json"


@dataclass(frozen=True)
class Dropped:
    """One file that waits. ``answers`` are settings that differ from the connection's, ``columns`` among them."""

    token: str
    name: str
    size: int
    by: str
    at: datetime
    answers: JsonObject = field(default_factory=dict)

    @property
    def expires_at(self) -> datetime:
        return self.at + KEPT


def drop(core: Core, actor: Actor, connection_id: int, name: str, data: bytes) -> Dropped:
    """Keeps a file for 30 minutes. InvalidInput names what is wrong with it."""
    _need_own(core, connection_id)
    suffix = PurePath(name).suffix.lower()
    wrong = ""
    if suffix not in SUFFIXES and suffix not in (".txt", ".tsv", ".xlsm"):
        wrong = _("Choose a CSV or Excel file (.csv, .txt, .tsv or .xlsx).")
    elif not data:
        wrong = _("The file is empty. Choose another one.")
    elif len(data) > LARGEST:
        wrong = _("The file is larger than %(megabytes)s MB. Split it.", megabytes=LARGEST // 2**20)
    waiting_now = waiting(core, connection_id)
    if len(waiting_now) >= MOST_WAITING:
        wrong = _("Apply or discard a waiting file first.")
    if wrong:
        raise InvalidInput(wrong, fields={"file": wrong})
    kept = Dropped(secrets.token_urlsafe(12), PurePath(name).name[:200], len(data), actor.name, core.clock())
    folder = _folder(core, connection_id) / kept.token
    folder.mkdir(parents=True, mode=0o700)
    (folder / f"data{'.xlsx' if suffix in ('.xlsx', '.xlsm') else '.csv'}").write_bytes(data)
    _store(folder, kept)
    return kept


def waiting(core: Core, connection_id: int) -> list[Dropped]:
    """Files that wait, oldest first; what waited too long is gone."""
    found: list[Dropped] = []
    for folder in sorted(_folder(core, connection_id).glob("*")):
        one = _read(folder)
        if one is None or core.clock() >= one.expires_at:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            found.append(one)
    return sorted(found, key=lambda one: one.at)


def prune(core: Core) -> int:
    """Deletes what waited too long on any connection, and what lost runs left; how many files are left waiting."""
    root = connection_opening.own_folder(core, 0).parent
    ids = list(filter(None, (known_id(folder.name) for folder in root.glob("*"))))
    for connection_id in ids:
        forget(core, connection_id)
        _forget_copies(root / str(connection_id) / COPIES)
    return sum(len(waiting(core, connection_id)) for connection_id in ids)


def get(core: Core, connection_id: int, token: str) -> Dropped:
    """NotFound when it was applied, discarded or waited too long."""
    for one in waiting(core, connection_id):
        if secrets.compare_digest(one.token.encode(), token.encode()):
            return one
    raise NotFound(_("This file is no longer waiting. Drop it again."))


def discard(core: Core, connection_id: int, token: str) -> None:
    shutil.rmtree(_folder(core, connection_id) / get(core, connection_id, token).token, ignore_errors=True)


def answer(core: Core, connection_id: int, token: str, answers: Mapping[str, Json]) -> Dropped:
    """Reads the file differently from now on. InvalidInput names a setting that is wrong."""
    kept = get(core, connection_id, token)
    shown = connection_setup.shown(core, connection_id)
    named = {name: answers[name] for name in (*ANSWERS, "columns") if name in answers}
    connection_opening.context(core, CONNECTOR, {**shown.connection.settings, **named})
    changed = replace(kept, answers=cast("JsonObject", {**kept.answers, **named}))
    folder = _folder(core, connection_id) / kept.token
    _store(folder, changed)
    (folder / _PREVIEW).unlink(missing_ok=True)
    return changed


def path_of(core: Core, connection_id: int, kept: Dropped) -> Path:
    folder = _folder(core, connection_id) / kept.token
    return next(path for suffix in SUFFIXES if (path := folder / f"data{suffix}").exists())


def how_of(core: Core, connection_id: int, answers: Mapping[str, Json]) -> How:
    """How the connection reads, with the answers given for one file."""
    settings = connection_setup.shown(core, connection_id).connection.settings
    declared = manifest.manifest_of(CONNECTOR)
    wanted = {name: value for name, value in {**settings, **answers}.items() if name in files.READING}
    return files.how_from(manifest.load_settings(declared, wanted))


def look(core: Core, connection_id: int, kept: Dropped, told: Told | None = None) -> Look:
    """ConfigError when it cannot be opened."""
    how, path = how_of(core, connection_id, kept.answers), path_of(core, connection_id, kept)
    return preview.look(path, kept.name, how, *([told] if told else []))


def faulty(core: Core, connection_id: int, kept: Dropped) -> tuple[Look, Iterator[Line]]:
    """The headings, and the rows with something rejected as they are read. ConfigError when it cannot be opened."""
    how = how_of(core, connection_id, kept.answers)
    return preview.faulty(path_of(core, connection_id, kept), kept.name, how)


# --- what was read of a large file ----------------------------------------------------------------------------------


def mark_of(core: Core, connection_id: int, kept: Dropped) -> str:
    """Changes with whatever decides how the file is read and compared."""
    settings = {**connection_setup.shown(core, connection_id).connection.settings, **kept.answers}
    deciding = {name: settings.get(name) for name in (*files.READING, "complete")}
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:16]


def keep_preview(
    core: Core, connection_id: int, kept: Dropped, mark: str, made: Preview | ConfigError
) -> None:
    """Beside the file, and gone with it. NotFound when the file is gone already."""
    folder = _folder(core, connection_id) / get(core, connection_id, kept.token).token
    _write(folder / _PREVIEW, {"mark": mark, "preview": file_preview.to_json(made)})


def kept_preview(core: Core, connection_id: int, kept: Dropped) -> Preview | None:
    """None before it was read as it is to be read now; ConfigError when it could not be opened then."""
    try:
        path = _folder(core, connection_id) / kept.token / _PREVIEW
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["mark"] != mark_of(core, connection_id, kept):
            return None
        made = file_preview.from_json(found["preview"])
    except (OSError, ValueError, TypeError, LookupError):
        return None
    if isinstance(made, ConfigError):
        raise made
    return made


def apply(core: Core, actor: Actor, connection_id: int, token: str) -> int:
    """Puts the file into the connection's folder, keeps the answers as settings, and asks for a run, whose id this is.

    InvalidInput while a column needs an answer.
    """
    kept = get(core, connection_id, token)
    seen = kept_preview(core, connection_id, kept) or _heads(core, connection_id, kept)
    if not seen.is_ready:
        named = ", ".join(one.heading for one in seen.open_columns) or ", ".join(seen.missing)
        raise InvalidInput(
            _("Say first what these columns mean: %(columns)s.", columns=named), fields={"columns": named}
        )
    source, own = path_of(core, connection_id, kept), connection_opening.own_folder(core, connection_id)
    target = own / f"{seen.streams[0].value}{source.suffix}"
    now = core.clock()
    with _locked(own), core.database.transaction() as tx:
        found = connections.get(tx, connection_id)
        settings = {**found.settings, **kept.answers}
        if settings != found.settings:
            connections.change(tx, now, connection_id, found.version, settings=settings)
        connections.forget_cursors(tx, connection_id)
        run_id = runs.request(tx, now, connection_id, trigger=RunTrigger.PERSON, by=actor.name)
        applied_files.add(tx, now, connection_id, run_id, kept.name, actor.name)
        detail: JsonObject = {
            "file": kept.name,
            "sha256": seen.sha256,
            "run": run_id,
            "changed": list[Json](
                sorted(name for name, value in kept.answers.items() if found.settings.get(name) != value)
            ),
        }
        audits.append(tx, now, actor.name, "file.apply", f"connection:{connection_id}", detail)
        for suffix in SUFFIXES:
            (own / f"{seen.streams[0].value}{suffix}").unlink(missing_ok=True)
        source.replace(target)
    shutil.rmtree(source.parent, ignore_errors=True)
    return run_id


def _heads(core: Core, connection_id: int, kept: Dropped) -> Preview:
    how = how_of(core, connection_id, kept.answers)
    return file_preview.of(preview.heads(path_of(core, connection_id, kept), kept.name, how))


def forget(core: Core, connection_id: int) -> None:
    """Deletes applied files that no run is going to read: what they said is in the records, and erased with them."""
    own = connection_opening.own_folder(core, connection_id)
    if not own.is_dir():
        return
    with _locked(own):
        with core.database.reading() as tx:
            is_waiting = runs.is_open(tx, connection_id)
        if not is_waiting:
            for path in files.present(own):
                path.unlink(missing_ok=True)


def _forget_copies(folder: Path) -> None:
    """Copies from a server whose run was lost; a day is longer than any run."""
    for one in folder.glob("*"):
        if time.time() - one.stat().st_mtime > 86_400:
            shutil.rmtree(one, ignore_errors=True)


@contextmanager
def _locked(own: Path) -> Iterator[None]:
    """So that no file is deleted between its arrival and the run that is asked for it."""
    folder = os.open(own, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def in_use(core: Core, connection_id: int) -> list[Path]:
    """The applied files that a run is still to read, by kind of record."""
    own = connection_opening.own_folder(core, connection_id)
    return files.present(own) if own.is_dir() else []


def _need_own(core: Core, connection_id: int) -> None:
    shown = connection_setup.shown(core, connection_id)
    if shown.connection.connector != CONNECTOR:
        raise NotFound(_("This connection reads no files."))
    if not takes_files(shown.connection.settings):
        raise ConfigError(
            _("This connection reads its folder or server; files can't be dropped on it."),
            code="folder",
            remedy=_("Put the file there, or add a connection without a folder and server."),
        )


def takes_files(settings: Mapping[str, Json]) -> bool:
    """Whether people drop its files, since it names neither a folder nor a server."""
    return not settings.get("folder") and not settings.get("host")


def _folder(core: Core, connection_id: int) -> Path:
    return connection_opening.own_folder(core, connection_id) / _WAITING


def _store(folder: Path, kept: Dropped) -> None:
    _write(folder / _FACTS, {**asdict(kept), "at": kept.at.isoformat()})


def _write(path: Path, held: Mapping[str, Json]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(held), encoding="utf-8")
    part.replace(path)


def _read(folder: Path) -> Dropped | None:
    try:
        found = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return Dropped(**{**found, "at": datetime.fromisoformat(found["at"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
