"""Sync runs as leased work: requested once, one at a time per connection, resumable after a crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from plugin.domain import ConnectionState, InboxState, JsonObject, RunState, RunTrigger
from plugin.errors import NotFound
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


def rejections(
    tx: Tx, *, connection_id: int, run_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Rejection]:
    query = (
        sa.select(rejected_row)
        .where(rejected_row.c.connection_id == connection_id)
        .order_by(rejected_row.c.id.desc())
        .limit(limit)
    )
    if run_id is not None:
        query = query.where(rejected_row.c.run_id == run_id)
    if before is not None:
        query = query.where(rejected_row.c.id < before)
    return [Rejection(**row) for row in tx.execute(query).mappings()]


@dataclass(frozen=True)
class Unread:
    """How many rows and cells of one stream a run could not read."""

    connection_id: int
    run_id: int
    at: datetime
    stream: str
    number: int


def unread(tx: Tx, connection_ids: Sequence[int] | None = None) -> list[Unread]:
    """Of each stream of those connections (None: of all) what the newest run with such rows could not read.

    Until a later run has taken something of the stream: a file that stays as it is, is not read again.
    """
    bad = rejected_row.c
    newest = sa.select(bad.connection_id, bad.stream, sa.func.max(bad.run_id).label("run_id"))
    if connection_ids is not None:
        newest = newest.where(bad.connection_id.in_(connection_ids))
    last = newest.group_by(bad.connection_id, bad.stream).subquery()
    of_last = [bad[name] == last.c[name] for name in ("connection_id", "stream", "run_id")]
    of_stream = sa.and_(inbox.c.connection_id == last.c.connection_id, inbox.c.stream == last.c.stream)
    read_since = sa.select(inbox.c.id).where(of_stream, inbox.c.run_id > last.c.run_id).exists()
    query = (
        sa.select(bad.connection_id, run.c.id, run.c.requested_at, bad.stream, sa.func.count())
        .join_from(rejected_row, last, sa.and_(*of_last))
        .join(run, run.c.id == bad.run_id)
        .where(~read_since)
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
