"""Asking for sync runs and reading what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.domain import RunTrigger
from plugin.errors import Unfit
from plugin.manifest import Manifest, manifest_of
from plugin.services.core import SYSTEM, Actor, Core
from plugin.store.operation import audits, leased_work
from plugin.store.sources import connections, runs
from plugin.store.sources.runs import Call, Rejection, Run, Unread
from plugin.texts import _


def request_run(
    core: Core,
    actor: Actor,
    connection_id: int,
    streams: Sequence[str] | None = None,
    trigger: RunTrigger = RunTrigger.PERSON,
) -> int:
    """The id of a queued run; the same one when it is waiting already. Unfit for a stream that is not read."""
    now = core.clock()
    with core.database.transaction() as tx:
        found = connections.get(tx, connection_id)
        _require_streams(manifest_of(found.connector), streams)
        asked = sorted(streams) if streams else None
        run_id = runs.request(tx, now, connection_id, trigger=trigger, by=actor.name, streams=asked)
        if actor != SYSTEM:
            audits.append(
                tx,
                now,
                actor.name,
                "run.request",
                f"connection:{connection_id}",
                {"run": run_id, "trigger": trigger},
            )
    return run_id


def _require_streams(declared: Manifest, streams: Sequence[str] | None) -> None:
    """Unfit when a stream is asked for that the connector does not read."""
    known = {one.stream.value for one in declared.streams}
    for stream in streams or ():
        if stream not in known:
            raise Unfit(
                _("%(title)s can't read %(kind)s", title=declared.title, kind=stream),
                code="unsupported",
                fields={"streams": _("this connector can't read %(kind)s", kind=stream)},
                remedy=_("choose one of %(known)s", known=", ".join(sorted(known)) or "nothing"),
            )


def request_due(core: Core) -> int:
    """Queues a run for every connection whose schedule is due; their number."""
    now = core.clock()
    with core.database.transaction() as tx:
        due = runs.due_connections(tx, now)
        for connection_id in due:
            runs.request(tx, now, connection_id, trigger=RunTrigger.SCHEDULE, by=SYSTEM.name)
    return len(due)


def free_stuck(core: Core) -> int:
    """Puts runs of dead workers back into the queue, or sets them aside; their number."""
    now = core.clock()
    with core.database.transaction() as tx:
        swept = leased_work.sweep(tx, now, runs.QUEUE)
    return swept.again + swept.set_aside


def get(core: Core, run_id: int) -> Run:
    with core.database.reading() as tx:
        return runs.get(tx, run_id)


def page(
    core: Core, *, connection_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Run]:
    """Newest first; ``before`` is the id of the last run of the page before."""
    with core.database.reading() as tx:
        return runs.page(tx, connection_id=connection_id, before=before, limit=limit)


def rejections(
    core: Core, connection_id: int, *, run_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Rejection]:
    """Rows that could not be read, with place and reason; newest first."""
    with core.database.reading() as tx:
        return runs.rejections(tx, connection_id=connection_id, run_id=run_id, before=before, limit=limit)


def unread(core: Core, *, connection_id: int | None = None) -> list[Unread]:
    """Of each connection (or that one) the rows and cells that were not read, by run and stream; see ``rejections``."""
    with core.database.reading() as tx:
        return runs.unread(tx, None if connection_id is None else [connection_id])


def calls(
    core: Core, connection_id: int, *, run_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Call]:
    """The redacted call log; newest first."""
    with core.database.reading() as tx:
        return runs.calls(tx, connection_id=connection_id, run_id=run_id, before=before, limit=limit)
