"""Sync runs as leased work: requested once, one at a time per connection, resumable after a crash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from plugin.domain import ConnectionState, InboxState, JsonObject, RunState, RunTrigger
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx, insert
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Held
from plugin.store.operation.queues import Queue
from plugin.store.tables import call_log, connection, inbox, rejected_row, run
from plugin.texts import N_, _


@dataclass(frozen=True)
class Run:
    """``counts``: read, new, changed, unchanged, retracted, rejected (rows), cells (left out of rows that are used), applied,
    waiting, unusable (records that could not be applied)."""

    id: int
    connection_id: int
    trigger: RunTrigger
    streams: list[str] | None
    state: RunState
    counts: JsonObject
    code: str | None
    message: str | None
    remedy: str | None
    requested_by: str | None
    requested_at: datetime
    due_at: datetime
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None


QUEUE = Queue(
    run,
    Run,
    waiting=RunState.QUEUED,
    held=RunState.RUNNING,
    set_aside=RunState.FAILED,
    most_attempts=8,
    most_losses=3,
    remedy=N_("correct what the message says, then run it again; the run resumes where it stopped"),
    started="started_at",
    lane="connection_id",
    most_per_lane=1,
)


def request(
    tx: Tx,
    at: datetime,
    connection_id: int,
    *,
    trigger: RunTrigger,
    by: str,
    streams: list[str] | None = None,
) -> int:
    """The id of a queued run that will do it: the waiting one when there is one for the same streams."""
    waiting = sa.and_(
        run.c.connection_id == connection_id, run.c.state == RunState.QUEUED, run.c.attempts == 0
    )
    for row in tx.execute(sa.select(run.c.id, run.c.streams).where(waiting)):
        if row.streams is None or (streams is not None and set(streams) <= set(row.streams)):
            return int(row.id)
    values = {
        "connection_id": connection_id,
        "trigger": trigger,
        "streams": streams,
        "state": RunState.QUEUED,
        "counts": {},
    }
    return insert(tx, run, **values, requested_by=by, requested_at=at, due_at=at, attempts=0)


def claim(tx: Tx, at: datetime, *, run_id: int | None = None) -> Held[Run] | None:
    """The run that is due longest (or that one) whose connection is active and has no other run under way."""
    active = sa.select(connection.c.id).where(connection.c.state == ConnectionState.ACTIVE)
    wanted = [] if run_id is None else [run.c.id == run_id]
    return leased_work.claim(tx, at, QUEUE, run.c.connection_id.in_(active), *wanted)


def get(tx: Tx, run_id: int) -> Run:
    found = queues.find(tx, QUEUE, run_id)
    if found is None:
        raise NotFound(_("run %(run_id)s doesn't exist", run_id=run_id))
    return found


def is_open(tx: Tx, connection_id: int) -> bool:
    """Whether a run waits or is under way."""
    states = (RunState.QUEUED, RunState.RUNNING)
    query = sa.select(run.c.id).where(run.c.connection_id == connection_id, run.c.state.in_(states))
    return tx.execute(query.limit(1)).first() is not None


def page(
    tx: Tx, *, connection_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Run]:
    """Newest first."""
    return queues.page(tx, QUEUE, before=before, limit=limit, connection_id=connection_id)


def due_connections(tx: Tx, at: datetime) -> list[int]:
    """Active connections with a schedule whose last run was asked for at least that long ago."""
    last = (
        sa.select(run.c.connection_id, sa.func.max(run.c.requested_at).label("at"))
        .group_by(run.c.connection_id)
        .subquery()
    )
    query = sa.select(connection.c.id, connection.c.every_minutes, last.c.at).outerjoin(
        last, last.c.connection_id == connection.c.id
    )
    query = query.where(connection.c.state == ConnectionState.ACTIVE, connection.c.every_minutes.is_not(None))
    return [
        row.id
        for row in tx.execute(query)
        if row.at is None or row.at <= at - timedelta(minutes=row.every_minutes)
    ]


# --- what a run leaves to read --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewRejection:
    connection_id: int
    run_id: int | None
    stream: str
    place: str
    code: str
    message: str
    at: datetime
    slice_key: str | None = None
    record: str | None = None


@dataclass(frozen=True)
class Rejection:
    id: int
    connection_id: int
    run_id: int | None
    stream: str
    place: str
    code: str
    message: str
    at: datetime


def reject(tx: Tx, rows: Sequence[NewRejection]) -> None:
    if rows:
        tx.execute(rejected_row.insert(), [asdict(row) for row in rows])


def read_since(
    tx: Tx, at: datetime, connection_id: int, stream: str, run_id: int | None, keys: Collection[str]
) -> None:
    """What other runs could not read of these records is read now, or was told again by this run."""
    for part in parts({record_of(key) for key in keys}):
        _settle(tx, at, connection_id, stream, run_id, rejected_row.c.record.in_(part))


def told_anew(tx: Tx, at: datetime, connection_id: int, stream: str, run_id: int, slice_key: str) -> None:
    """A run begins to read the slice from its start: what other runs could not read and had no key comes again, if it is there."""
    same = sa.or_(rejected_row.c.slice_key == slice_key, rejected_row.c.slice_key.is_(None))
    _settle(tx, at, connection_id, stream, run_id, sa.and_(rejected_row.c.record.is_(None), same))


def gone(
    tx: Tx, at: datetime, connection_id: int, stream: str, run_id: int, present: Collection[str]
) -> None:
    """What could not be read and had no key no longer counts when what it stood in is not there any more."""
    c = rejected_row.c
    of_stream = [c.connection_id == connection_id, c.stream == stream, c.read_at.is_(None)]
    found = tx.execute(sa.select(c.slice_key).where(c.record.is_(None), *of_stream).distinct()).scalars()
    for slice_key in {one for one in found if one is not None} - set(present):
        told_anew(tx, at, connection_id, stream, run_id, slice_key)


def _settle(
    tx: Tx, at: datetime, connection_id: int, stream: str, run_id: int | None, which: sa.ColumnElement[bool]
) -> None:
    c = rejected_row.c
    of_stream = [c.connection_id == connection_id, c.stream == stream, c.read_at.is_(None)]
    others = c.run_id.is_distinct_from(run_id)
    tx.execute(rejected_row.update().where(which, others, *of_stream).values(read_at=at))


def record_of(key: str) -> str:
    """What is kept of a record's key: enough to know it again, nothing that names a person."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def rejections(
    tx: Tx, *, connection_id: int, run_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Rejection]:
    query = (
        sa.select(*(rejected_row.c[one.name] for one in fields(Rejection)))
        .where(rejected_row.c.connection_id == connection_id)
        .order_by(rejected_row.c.id.desc())
        .limit(limit)
    )
    if run_id is not None:
        query = query.where(rejected_row.c.run_id == run_id)
    if before is not None:
        query = query.where(rejected_row.c.id < before)
    return [Rejection(*row) for row in tx.execute(query)]


@dataclass(frozen=True)
class Unread:
    """How many rows and cells of one stream a run could not read."""

    connection_id: int
    run_id: int
    at: datetime
    stream: str
    number: int


def unread(tx: Tx, connection_ids: Sequence[int] | None = None) -> list[Unread]:
    """What runs of those connections (None: of all) could not read, by run and stream: until the same record was read, or what
    it stood in was read from its start. A file that stays as it is, is not read again."""
    bad = rejected_row.c
    which = [] if connection_ids is None else [bad.connection_id.in_(connection_ids)]
    query = (
        sa.select(bad.connection_id, run.c.id, run.c.requested_at, bad.stream, sa.func.count())
        .join_from(rejected_row, run, run.c.id == bad.run_id)
        .where(bad.read_at.is_(None), *which)
        .group_by(bad.connection_id, run.c.id, run.c.requested_at, bad.stream)
        .order_by(bad.connection_id, run.c.id, bad.stream)
    )
    return [Unread(*row) for row in tx.execute(query)]


@dataclass(frozen=True)
class Commonest:
    """The reason that most of what a run could not use has in common: one of its sentences, and how often."""

    message: str
    number: int


def commonest(tx: Tx, run_id: int) -> Commonest | None:
    """Over rows and cells that could not be read, and records that could not be applied; None when there are none."""
    in_rows = sa.select(rejected_row.c.code, rejected_row.c.message).where(rejected_row.c.run_id == run_id)
    applied = sa.and_(inbox.c.run_id == run_id, inbox.c.state == InboxState.REJECTED)
    in_records = sa.select(inbox.c.code, inbox.c.message).where(applied)
    both = sa.union_all(in_rows, in_records).subquery()
    number = sa.func.count().label("number")
    query = sa.select(sa.func.min(both.c.message).label("message"), number).group_by(both.c.code)
    row = tx.execute(query.order_by(number.desc(), both.c.code).limit(1)).first()
    return Commonest(row.message or "", row.number) if row else None


@dataclass(frozen=True, slots=True)
class NewCall:
    connection_id: int
    run_id: int | None
    at: datetime
    method: str
    path: str
    status: int | None
    milliseconds: int
    request_bytes: int
    response_bytes: int
    code: str | None


@dataclass(frozen=True)
class Call:
    id: int
    connection_id: int
    run_id: int | None
    at: datetime
    method: str
    path: str
    status: int | None
    milliseconds: int
    request_bytes: int
    response_bytes: int
    code: str | None


def log_call(tx: Tx, row: NewCall) -> None:
    tx.execute(call_log.insert(), asdict(row))


def calls(
    tx: Tx, *, connection_id: int, run_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Call]:
    query = (
        sa.select(call_log)
        .where(call_log.c.connection_id == connection_id)
        .order_by(call_log.c.id.desc())
        .limit(limit)
    )
    if run_id is not None:
        query = query.where(call_log.c.run_id == run_id)
    if before is not None:
        query = query.where(call_log.c.id < before)
    return [Call(**row) for row in tx.execute(query).mappings()]
