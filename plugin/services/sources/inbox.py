"""Takes changes into the inbox: the one door for pulls, pushes and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from plugin.connectors.base import Change, Reject, Rename, Retract, Upsert
from plugin.domain import InboxKind, Json, JsonObject, Stream, content_hash, plain_text
from plugin.services.core import Core
from plugin.services.sources import attributing
from plugin.store.database import Tx
from plugin.store.people import persons
from plugin.store.sources import intake, on_record, runs
from plugin.store.sources.runs import NewRejection
from plugin.texts import _

Counts = dict[str, int]


def accept(core: Core, connection_id: int, stream: Stream, changes: Sequence[Change]) -> Counts:
    """Stores changes that were pushed to us, in one transaction; counts as in ``take``."""
    with core.database.transaction() as tx:
        return take(tx, core.clock(), connection_id, stream, changes, run_id=None)


def take(
    tx: Tx,
    at: datetime,
    connection_id: int,
    stream: Stream,
    changes: Sequence[Change],
    *,
    run_id: int | None,
    slice_key: str | None = None,
    keeps: bool = False,
) -> Counts:
    """Stores changes in the caller's transaction. Counts: read, new, changed, unchanged, retracted, rejected, and cells: values
    that could not be used in rows that are. ``keeps``: the run can be undone."""
    checked = [_checked(change) for change in changes]
    for change in checked:
        if isinstance(change, Rename):
            _rename(tx, connection_id, stream, change, at)
    checked = _completed(tx, connection_id, stream, checked)
    arrivals = [_arrival(change) for change in checked if isinstance(change, Upsert | Retract)]
    rejected = [change for change in checked if isinstance(change, Reject)]
    keys = {one.remote_key for one in arrivals} | {one.key for one in rejected if one.key}
    runs.read_since(tx, at, connection_id, stream.value, run_id, keys)
    new = [_rejection(change, at, connection_id, stream, run_id) for change in rejected]
    runs.reject(tx, [replace(one, slice_key=slice_key) for one in new])
    counts = intake.accept(tx, at, connection_id, stream.value, arrivals, run_id, keeps=keeps)
    cells = sum(bool(change.cell) for change in rejected)
    return {"read": len(changes) - cells, **counts, "rejected": len(rejected) - cells, "cells": cells}


def _completed(tx: Tx, connection_id: int, stream: Stream, changes: Sequence[Change]) -> list[Change]:
    """What a record could not say of itself stays as it is on record."""
    lacking = [one.remote_key for one in changes if isinstance(one, Upsert) and one.kept]
    if not lacking:
        return list(changes)
    known = on_record.raws(tx, connection_id, stream.value, lacking)
    return [_with_kept(one, known) if isinstance(one, Upsert) and one.kept else one for one in changes]


def _with_kept(change: Upsert, known: Mapping[str, JsonObject]) -> Upsert:
    old = known.get(change.remote_key, {})
    kept = {name: old[name] for name in change.kept if name in old}
    return replace(change, raw={**kept, **change.raw})


def _rename(tx: Tx, connection_id: int, stream: Stream, change: Rename, at: datetime) -> None:
    """The row goes on under its new key, and so does a person: one that came in under both is left as it is."""
    if intake.rename(tx, connection_id, stream.value, change.remote_key, change.new_key) and (
        stream is Stream.PEOPLE
    ):
        renamed = persons.rename(tx, at, connection_id, change.remote_key, change.new_key)
        attributing.reconsider(tx, at, renamed)


LONGEST_KEY = 500


def _checked(change: Change) -> Change:
    """What no database can hold is set aside here, so that it cannot stop the rows beside it."""
    if isinstance(change, Reject):
        return change
    if isinstance(change, Rename):
        checked = _checked(Retract(change.new_key, "renamed"))
        return checked if isinstance(checked, Reject) else change
    if len(change.remote_key) > LONGEST_KEY or not plain_text.is_plain(change.remote_key):
        return Reject(
            _("record %(key)s", key=repr(change.remote_key[:60])),
            "unstorable",
            _(
                "its id must have at most %(longest_key)s storable characters",
                longest_key=LONGEST_KEY,
            ),
            key=change.remote_key,
        )
    if isinstance(change, Upsert) and not plain_text.is_plain(change.raw):
        return Reject(
            _("record %(key)s", key=change.remote_key),
            "unstorable",
            _("it contains a character that can't be stored (NUL or an unpaired surrogate)"),
            key=change.remote_key,
        )
    return change


def _arrival(change: Upsert | Retract) -> intake.Arrival:
    if isinstance(change, Retract):
        raw: dict[str, Json] = {"reason": change.reason}
        return intake.Arrival(change.remote_key, InboxKind.RETRACT, raw, content_hash(raw))
    return intake.Arrival(
        change.remote_key, InboxKind.UPSERT, change.raw, content_hash(change.raw), change.version
    )


def _rejection(
    change: Reject, at: datetime, connection_id: int, stream: Stream, run_id: int | None
) -> NewRejection:
    place = change.place
    if change.cell:
        place = _("%(place)s, %(cell)s", place=place, cell=change.cell)
    record = runs.record_of(change.key) if change.key else None
    return NewRejection(
        connection_id, run_id, stream.value, place, change.code, change.message, at, record=record
    )
