"""Sync runs as a small queue: requested once, claimed by one worker under a lease, resumable after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from plugin.domain import JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import call_log, connection, rejected_row, run

LEASE = timedelta(minutes=5)
OPEN = ("queued", "running")


@dataclass(frozen=True)
class Run:
    """``counts``: read, new, changed, unchanged, retracted, rejected, applied, waiting."""

    id: int
    connection_id: int
    trigger: str
    streams: list[str] | None
    state: str
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
    leased_until: datetime | None
    lease_token: str | None


def request(
    tx: Tx, at: datetime, connection_id: int, *, trigger: str, by: str, streams: list[str] | None = None
) -> int:
    """The id of a queued run that will do it: the waiting one when there is one for the same streams."""
    waiting = sa.and_(run.c.connection_id == connection_id, run.c.state == "queued", run.c.attempts == 0)
    for row in tx.execute(sa.select(run.c.id, run.c.streams).where(waiting)):
        if row.streams is None or (streams is not None and set(streams) <= set(row.streams)):
            return int(row.id)
    values = {
        "connection_id": connection_id,
        "trigger": trigger,
        "streams": streams,
        "state": "queued",
        "counts": {},
    }
    return insert(tx, run, **values, requested_by=by, requested_at=at, due_at=at, attempts=0)


def claim(tx: Tx, at: datetime, *, run_id: int | None = None) -> Run | None:
    """The oldest due run whose connection is active and has no other run under way, leased to the caller."""
    busy = sa.select(run.c.connection_id).where(run.c.state == "running")
    due = sa.and_(
        run.c.state == "queued",
        run.c.due_at <= at,
        connection.c.state == "active",
        run.c.connection_id.not_in(busy),
    )
    query = sa.select(run.c.id, run.c.connection_id).join(connection, connection.c.id == run.c.connection_id)
    query = (
        query.where(due if run_id is None else sa.and_(due, run.c.id == run_id))
        .order_by(run.c.due_at, run.c.id)
        .limit(1)
    )
    if tx.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=run)
    found = tx.execute(query).first()
    if found is None or not _sole(tx, found.connection_id):
        return None
    lease = {
        "lease_token": uuid4().hex,
        "leased_until": at + LEASE,
        "attempts": run.c.attempts + 1,
        "started_at": at,
    }
    tx.execute(run.update().where(run.c.id == found.id).values(state="running", **lease))
    return get(tx, found.id)


def _sole(tx: Tx, connection_id: int) -> bool:
    """On PostgreSQL two workers may see no busy run at once: the row lock of the connection decides."""
    if tx.dialect.name != "postgresql":
        return True
    locked = (
        sa.select(connection.c.id).where(connection.c.id == connection_id).with_for_update(skip_locked=True)
    )
    if tx.execute(locked).first() is None:
        return False
    running = sa.and_(run.c.connection_id == connection_id, run.c.state == "running")
    return tx.execute(sa.select(run.c.id).where(running)).first() is None


def extend(tx: Tx, at: datetime, held: Run, counts: JsonObject) -> None:
    """Keeps the lease and stores the counts; Conflict when another worker has taken the run over."""
    mine = sa.and_(run.c.id == held.id, run.c.lease_token == held.lease_token, run.c.state == "running")
    if tx.execute(run.update().where(mine).values(leased_until=at + LEASE, counts=counts)).rowcount != 1:
        raise Conflict("this run was taken over by another worker")


def finish(
    tx: Tx,
    at: datetime,
    held: Run,
    state: str,
    *,
    code: str | None = None,
    message: str | None = None,
    remedy: str | None = None,
) -> None:
    mine = sa.and_(run.c.id == held.id, run.c.lease_token == held.lease_token)
    ended = {"state": state, "finished_at": at, "leased_until": None, "lease_token": None}
    tx.execute(run.update().where(mine).values(**ended, code=code, message=message, remedy=remedy))


def postpone(tx: Tx, held: Run, due_at: datetime, *, code: str, message: str) -> None:
    """Back into the queue, shown as retrying."""
    mine = sa.and_(run.c.id == held.id, run.c.lease_token == held.lease_token)
    freed = {"state": "queued", "due_at": due_at, "leased_until": None, "lease_token": None}
    tx.execute(run.update().where(mine).values(**freed, code=code, message=message))


def free_stuck(tx: Tx, at: datetime) -> int:
    """Runs of workers that died go back into the queue; they resume at their cursor."""
    stuck = sa.and_(run.c.state == "running", run.c.leased_until < at)
    freed = {"state": "queued", "due_at": at, "leased_until": None, "lease_token": None}
    return tx.execute(run.update().where(stuck).values(**freed)).rowcount


def get(tx: Tx, run_id: int) -> Run:
    row = tx.execute(sa.select(run).where(run.c.id == run_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no run {run_id}")
    return Run(**row)


def page(
    tx: Tx, *, connection_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Run]:
    """Newest first."""
    query = sa.select(run).order_by(run.c.id.desc()).limit(limit)
    if connection_id is not None:
        query = query.where(run.c.connection_id == connection_id)
    if before is not None:
        query = query.where(run.c.id < before)
    return [Run(**row) for row in tx.execute(query).mappings()]


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
    query = query.where(connection.c.state == "active", connection.c.every_minutes.is_not(None))
    return [
        row.id
        for row in tx.execute(query)
        if row.at is None or row.at <= at - timedelta(minutes=row.every_minutes)
    ]


# --- what a run leaves to read --------------------------------------------------------------------------------------


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


def reject(tx: Tx, rows: list[dict[str, object]]) -> None:
    if rows:
        tx.execute(rejected_row.insert(), rows)


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


def log_calls(tx: Tx, rows: list[dict[str, object]]) -> None:
    if rows:
        tx.execute(call_log.insert(), rows)


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
