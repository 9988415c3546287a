"""Long work that somebody asked for on a page: queued, leased to a worker, with its progress and its result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from plugin.domain import JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import task

LEASE = timedelta(minutes=20)  # longer than any step between two signs of progress
MOST_ATTEMPTS = 3
OPEN = ("queued", "running")


@dataclass(frozen=True)
class Task:
    """States: queued, running, done, failed. ``progress`` says in words what is being done."""

    id: int
    kind: str
    subject: str
    arguments: JsonObject
    state: str
    progress: str
    result: JsonObject | None
    code: str | None
    message: str | None
    remedy: str | None
    attempts: int
    requested_by: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    leased_until: datetime | None
    lease_token: str | None

    @property
    def is_open(self) -> bool:
        """Waiting or under way."""
        return self.state in OPEN


def request(tx: Tx, kind: str, subject: str, arguments: JsonObject, at: datetime, by: str) -> int:
    """The id of a queued task; that of the open one when the same work waits or is under way already."""
    same = sa.and_(task.c.kind == kind, task.c.subject == subject, task.c.state.in_(OPEN))
    for row in tx.execute(sa.select(task.c.id, task.c.arguments).where(same).order_by(task.c.id)):
        if row.arguments == arguments:
            return int(row.id)
    values = {"kind": kind, "subject": subject, "arguments": arguments, "requested_by": by}
    return insert(tx, task, **values, state="queued", progress="", attempts=0, requested_at=at)


def claim(tx: Tx, at: datetime) -> Task | None:
    """The oldest queued task, leased to the caller."""
    query = sa.select(task.c.id).where(task.c.state == "queued").order_by(task.c.id).limit(1)
    if tx.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    found = tx.execute(query).scalar()
    if found is None:
        return None
    leased = {"lease_token": uuid4().hex, "leased_until": at + LEASE, "started_at": at}
    mine = sa.and_(task.c.id == found, task.c.state == "queued")
    changed = tx.execute(
        task.update().where(mine).values(state="running", attempts=task.c.attempts + 1, **leased)
    )
    return get(tx, int(found)) if changed.rowcount == 1 else None


def _mine(held: Task) -> sa.ColumnElement[bool]:
    return sa.and_(task.c.id == held.id, task.c.lease_token == held.lease_token, task.c.state == "running")


def say(tx: Tx, at: datetime, held: Task, words: str) -> None:
    """Notes how far the work is and keeps the lease; Conflict when another worker has taken it over."""
    values = {"progress": words[:200], "leased_until": at + LEASE}
    if tx.execute(task.update().where(_mine(held)).values(**values)).rowcount != 1:
        raise Conflict("this work was taken over by another worker")


def finish(tx: Tx, at: datetime, held: Task, result: JsonObject) -> None:
    """Conflict when another worker has taken it over."""
    ended = {"state": "done", "result": result, "finished_at": at, "leased_until": None, "lease_token": None}
    if tx.execute(task.update().where(_mine(held)).values(**ended)).rowcount != 1:
        raise Conflict("this work was taken over by another worker")


def fail(tx: Tx, at: datetime, held: Task, *, code: str, message: str, remedy: str) -> None:
    """Ends the task with the reason; nothing happens when another worker has taken it over."""
    ended = {"state": "failed", "finished_at": at, "leased_until": None, "lease_token": None}
    said = {"code": code, "message": message, "remedy": remedy}
    tx.execute(task.update().where(_mine(held)).values(**ended, **said))


def free_stuck(tx: Tx, at: datetime) -> int:
    """Work of dead workers is queued again, or given up after MOST_ATTEMPTS; the number of tasks."""
    stuck = sa.and_(task.c.state == "running", task.c.leased_until < at)
    free = {"leased_until": None, "lease_token": None}
    given_up = {
        "state": "failed",
        "finished_at": at,
        "code": "worker_lost",
        "message": "the worker was lost several times in the middle of this work",
        "remedy": "look at the log of the worker, then ask for it again",
    }
    often = sa.and_(stuck, task.c.attempts >= MOST_ATTEMPTS)
    ended = tx.execute(task.update().where(often).values(**free, **given_up)).rowcount
    return ended + tx.execute(task.update().where(stuck).values(**free, state="queued")).rowcount


def get(tx: Tx, task_id: int) -> Task:
    """NotFound when there is none."""
    row = tx.execute(sa.select(task).where(task.c.id == task_id)).first()
    if row is None:
        raise NotFound("no such task", remedy="results are kept for 30 days; ask for the work again")
    return Task(*row)


def newest(tx: Tx, *, kind: str | None = None, subject: str | None = None, limit: int = 10) -> list[Task]:
    """Newest first."""
    query = sa.select(task).order_by(task.c.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(task.c.kind == kind)
    if subject is not None:
        query = query.where(task.c.subject == subject)
    return [Task(*row) for row in tx.execute(query)]


def prune(tx: Tx, before: datetime) -> int:
    """Deletes what ended before ``before``; the number of rows."""
    return tx.execute(task.delete().where(task.c.finished_at < before)).rowcount
