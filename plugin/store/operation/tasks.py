"""Long work that somebody asked for on a page: queued, leased to a worker, with its progress and its result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import JsonObject, TaskState
from plugin.errors import NotFound
from plugin.store.database import Tx, insert
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Held, Lease
from plugin.store.operation.queues import Queue
from plugin.store.tables import task
from plugin.texts import N_, _

OPEN = (TaskState.QUEUED, TaskState.RUNNING)


@dataclass(frozen=True)
class Task:
    """``progress`` says in words what is being done."""

    id: int
    kind: str
    subject: str
    arguments: JsonObject
    state: TaskState
    progress: str
    result: JsonObject | None
    code: str | None
    message: str | None
    remedy: str | None
    attempts: int
    requested_by: str | None
    requested_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Waiting or under way."""
        return self.state in OPEN


QUEUE = Queue(
    task,
    Task,
    waiting=TaskState.QUEUED,
    held=TaskState.RUNNING,
    set_aside=TaskState.FAILED,
    most_attempts=3,
    most_losses=3,
    remedy=N_("correct what the message says, then start the task again"),
    started="started_at",
)


def request(tx: Tx, kind: str, subject: str, arguments: JsonObject, at: datetime, by: str) -> int:
    """The id of a queued task; that of the open one when the same work waits or is under way already."""
    same = sa.and_(task.c.kind == kind, task.c.subject == subject, task.c.state.in_(OPEN))
    for row in tx.execute(sa.select(task.c.id, task.c.arguments).where(same).order_by(task.c.id)):
        if row.arguments == arguments:
            return int(row.id)
    values = {"kind": kind, "subject": subject, "arguments": arguments, "requested_by": by}
    return insert(
        tx, task, **values, state=TaskState.QUEUED, progress="", attempts=0, requested_at=at, due_at=at
    )


def claim(tx: Tx, at: datetime, task_id: int | None = None, *, kind: str | None = None) -> Held[Task] | None:
    """The oldest queued task (or that one, or of that kind), leased to the caller."""
    wanted = [] if task_id is None else [task.c.id == task_id]
    wanted += [] if kind is None else [task.c.kind == kind]
    return leased_work.claim(tx, at, QUEUE, *wanted)


def say(tx: Tx, at: datetime, lease: Lease, words: str) -> None:
    """Notes how far the work is and keeps the lease."""
    leased_work.extend(tx, at, lease, progress=words[:200])


def get(tx: Tx, task_id: int) -> Task:
    """NotFound when there is none."""
    found = queues.find(tx, QUEUE, task_id)
    if found is None:
        raise NotFound(
            _("the task doesn't exist"), remedy=_("results are kept for 30 days; start the task again")
        )
    return found


def newest(tx: Tx, *, kind: str | None = None, subject: str | None = None, limit: int = 10) -> list[Task]:
    """Newest first."""
    return queues.page(tx, QUEUE, limit=limit, kind=kind, subject=subject)


def prune(tx: Tx, before: datetime) -> int:
    """Deletes what ended before ``before``; the number of rows."""
    return leased_work.prune(tx, QUEUE, before, TaskState.DONE, TaskState.FAILED)
