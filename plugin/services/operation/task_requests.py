"""Long work that a page asks for and a worker does: training, fairness reports, dry runs, comparisons; with progress and result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from plugin.domain import JsonObject
from plugin.errors import AdvisorError, InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.operation import task_kinds
from plugin.services.operation.processes import alive
from plugin.store.operation import audits, tasks
from plugin.store.operation.tasks import Task

KEEP = timedelta(days=30)  # results of dry runs name people: they are not kept longer
Say = Callable[[str], None]


@dataclass(frozen=True)
class Waiting:
    """A task as its page shows it. ``is_worker_alive`` False: nobody will do it before a worker is started."""

    task: Task
    is_worker_alive: bool


def request(core: Core, actor: Actor, kind: str, subject: str, arguments: JsonObject) -> int:
    """The id of a queued task (the same one while the same work waits). InvalidInput for an unknown kind."""
    if kind not in task_kinds.KINDS:
        raise InvalidInput(f"{kind} is no kind of work", fields={"kind": "is unknown"})
    now = core.clock()
    with core.database.transaction() as tx:
        task_id = tasks.request(tx, kind, subject, arguments, now, actor.name)
        audits.append(tx, now, actor.name, f"task.{kind}", subject, {"task": task_id})
    return task_id


def perform_next(core: Core) -> bool:
    """Does the oldest queued task; False when there was none.

    What our own errors say is kept as the task's message. Anything else is kept as "broke on our side" and raised again,
    for the worker's log.
    """
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
    if held is None:
        return False

    def say(words: str) -> None:
        with core.database.transaction() as tx:
            tasks.say(tx, core.clock(), held, words)

    try:
        result = task_kinds.KINDS[held.kind](core, Actor(held.requested_by or "unknown"), held.arguments, say)
    except AdvisorError as error:
        _fail(core, held, error.code or "refused", str(error), error.remedy)
        return True
    except Exception:
        _fail(core, held, "broken", "something broke on our side", "look at the worker's log, then ask again")
        raise
    with core.database.transaction() as tx:
        tasks.finish(tx, core.clock(), held, result)
    return True


def _fail(core: Core, held: Task, code: str, message: str, remedy: str) -> None:
    with core.database.transaction() as tx:
        tasks.fail(tx, core.clock(), held, code=code, message=message, remedy=remedy)


def waiting(core: Core, task_id: int) -> Waiting:
    """NotFound when there is none, or its result is too old to be kept."""
    with core.database.reading() as tx:
        found = tasks.get(tx, task_id)
    return Waiting(found, any(beat.kind == "worker" for beat in alive(core)))


def newest(core: Core, kind: str | None = None, subject: str | None = None, limit: int = 10) -> list[Task]:
    """Newest first; of one kind and subject when given."""
    with core.database.reading() as tx:
        return tasks.newest(tx, kind=kind, subject=subject, limit=limit)


def last_done(core: Core, kind: str, subject: str) -> Task | None:
    """The newest one with a result."""
    return next((one for one in newest(core, kind, subject) if one.state == "done"), None)


def free_stuck(core: Core) -> int:
    """Queues the work of lost workers again; the number of tasks."""
    with core.database.transaction() as tx:
        return tasks.free_stuck(tx, core.clock())


def prune(core: Core) -> int:
    """Deletes results older than KEEP; the number of tasks."""
    with core.database.transaction() as tx:
        return tasks.prune(tx, core.clock() - KEEP)
