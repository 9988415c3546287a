"""Long work that a page asks for and a worker does: training, fairness reports, dry runs, comparisons; with progress and result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from plugin.domain import JsonObject, TaskState
from plugin.errors import AdvisorError, Conflict, InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.operation import topics
from plugin.services.operation.processes import is_worker_alive
from plugin.store.operation import audits, leased_work, tasks
from plugin.store.operation.leased_work import Held, LeaseLost, Reason
from plugin.store.operation.tasks import Task
from plugin.texts import _

KEEP = timedelta(days=30)  # results of dry runs name people: they are not kept longer
Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Here:
    """Work as a page would ask for it, and who does it."""

    actor: Actor
    kind: str
    subject: str
    arguments: JsonObject


@dataclass(frozen=True)
class Waiting:
    """A task as its page shows it. ``is_worker_alive`` False: nobody will do it before a worker is started."""

    task: Task
    is_worker_alive: bool


def request(core: Core, actor: Actor, kind: str, subject: str, arguments: JsonObject) -> int:
    """The id of a queued task (the same one while the same work waits). InvalidInput for an unknown kind."""
    if kind not in topics.kinds():
        raise InvalidInput(_("unknown kind of work: %(kind)s", kind=kind), fields={"kind": _("is unknown")})
    now = core.clock()
    with core.database.transaction() as tx:
        task_id = tasks.request(tx, kind, subject, arguments, now, actor.name)
        audits.append(tx, now, actor.name, f"task.{kind}", subject, {"task": task_id})
    return task_id


def do_here(core: Core, work: Here, do: Callable[[Say], T], result: Callable[[T], JsonObject]) -> T:
    """Work that somebody does at once, in the shell: pages show it like that of a worker. Conflict while the same is in progress."""
    now = core.clock()
    with core.database.transaction() as tx:
        task_id = tasks.request(tx, work.kind, work.subject, work.arguments, now, work.actor.name)
        held = tasks.claim(tx, now, task_id)
    if held is None:
        raise Conflict(_("this work is already in progress"), remedy=_("wait until it has ended"))
    done: list[T] = []
    with leased_work.guarded(core.database, core.clock, held.lease, partial(_fail, core, held)):
        try:
            done.append(do(partial(_say, core, held)))
        except LeaseLost:
            raise
        except AdvisorError as error:
            _refuse(core, held, error)
            raise
        with core.database.transaction() as tx:
            leased_work.end(tx, core.clock(), held.lease, TaskState.DONE, result=result(done[0]))
    if not done:
        raise Conflict(_("a worker has taken this work over"), remedy=_("wait until it has ended"))
    return done[0]


def perform_next(core: Core, kind: str | None = None) -> bool:
    """Does the oldest queued task, of one kind when given; False when there was none.

    What our own errors say is kept as the task's message.
    """
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock(), kind=kind)
    if held is None:
        return False
    with leased_work.guarded(core.database, core.clock, held.lease, partial(_fail, core, held)):
        _perform(core, held)
    return True


def _perform(core: Core, held: Held[Task]) -> None:
    task = held.row
    say = partial(_say, core, held)
    try:
        result = topics.kinds()[task.kind](core, Actor(task.requested_by or "unknown"), task.arguments, say)
    except LeaseLost:
        raise
    except AdvisorError as error:
        _refuse(core, held, error)
        return
    with core.database.transaction() as tx:
        leased_work.end(tx, core.clock(), held.lease, TaskState.DONE, result=result)


def _say(core: Core, held: Held[Task], words: str) -> None:
    with core.database.transaction() as tx:
        tasks.say(tx, core.clock(), held.lease, words)


def _refuse(core: Core, held: Held[Task], error: AdvisorError) -> None:
    _fail(core, held, Reason(error.code or "refused", str(error), error.remedy or None))


def _fail(core: Core, held: Held[Task], reason: Reason) -> None:
    with core.database.transaction() as tx:
        leased_work.set_aside(tx, core.clock(), held.lease, reason)


def waiting(core: Core, task_id: int) -> Waiting:
    """NotFound when there is none, or its result is too old to be kept."""
    with core.database.reading() as tx:
        found = tasks.get(tx, task_id)
    return Waiting(found, is_worker_alive(core))


def newest(core: Core, kind: str | None = None, subject: str | None = None, limit: int = 10) -> list[Task]:
    """Newest first; of one kind and subject when given."""
    with core.database.reading() as tx:
        return tasks.newest(tx, kind=kind, subject=subject, limit=limit)


def last_done(core: Core, kind: str, subject: str) -> Task | None:
    """The newest one with a result."""
    return next((one for one in newest(core, kind, subject) if one.state == TaskState.DONE), None)


def free_stuck(core: Core) -> int:
    """Queues the work of lost workers again, or sets it aside; the number of tasks."""
    with core.database.transaction() as tx:
        swept = leased_work.sweep(tx, core.clock(), tasks.QUEUE)
    return swept.again + swept.set_aside


def prune(core: Core) -> int:
    """Deletes results older than KEEP; the number of tasks."""
    with core.database.transaction() as tx:
        return tasks.prune(tx, core.clock() - KEEP)
