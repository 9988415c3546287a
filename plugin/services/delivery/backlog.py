"""What is on its way out, for people: rows of the outbox with their attempts, replays and holds; and housekeeping."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain import OutboxKind, OutboxState
from plugin.services.core import Actor, Core
from plugin.store.delivery import endpoints, holds, outbox
from plugin.store.delivery.endpoints import Attempt, LoggedAttempt
from plugin.store.delivery.holds import Hold
from plugin.store.delivery.outbox import Entry
from plugin.store.operation import audits, leased_work

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Detail:
    """A row of the outbox with its attempts, oldest first."""

    entry: Entry
    attempts: tuple[Attempt, ...]


def detail(core: Core, entry_id: int) -> Detail:
    """NotFound when there is no such row."""
    with core.database.reading() as tx:
        return Detail(outbox.get(tx, entry_id), tuple(endpoints.attempts(tx, entry_id)))


def get(core: Core, entry_id: int) -> Entry:
    """NotFound when there is no such row."""
    with core.database.reading() as tx:
        return outbox.get(tx, entry_id)


def attempts(core: Core, entry_id: int, *, after: int = 0, limit: int = 50) -> list[LoggedAttempt]:
    """Of one row, oldest first. NotFound when there is no such row."""
    with core.database.reading() as tx:
        outbox.get(tx, entry_id)
        return endpoints.attempts(tx, entry_id, after=after, limit=limit)


def page(
    core: Core,
    *,
    kind: OutboxKind = OutboxKind.WEBHOOK,
    target_id: int | None = None,
    state: OutboxState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Rows of the outbox, newest first. ``state`` dead is the dead-letter list; ``before`` is the last id of the page before."""
    with core.database.reading() as tx:
        return outbox.page(tx, kind=kind, target_id=target_id, state=state, before=before, limit=limit)


@dataclass(frozen=True)
class Backlog:
    """How the queue does: rows per state, since when the oldest queued row waits, and what holds. ``for_release``: rows of
    employees of whom a value is held."""

    counts: dict[OutboxState, int]
    oldest_at: datetime | None
    holds: tuple[Hold, ...]
    for_release: int


def summary(core: Core, kind: OutboxKind = OutboxKind.WEBHOOK) -> Backlog:
    with core.database.reading() as tx:
        held = tuple(one for one in holds.current(tx, core.clock()) if one.kind == kind)
        waiting = outbox.number_waiting_for_release(tx, kind)
        return Backlog(outbox.counts(tx, kind), outbox.oldest_due_at(tx, kind), held, waiting)


def waiting_for_release(core: Core, entries: Sequence[Entry]) -> frozenset[int]:
    """Which of these rows wait until HR has released a value of their employee."""
    due = [one.id for one in entries if one.state == OutboxState.DUE]
    if not due:
        return frozenset()
    with core.database.reading() as tx:
        return outbox.waiting_for_release(tx, due)


def replay(core: Core, actor: Actor, entry_id: int) -> str:
    """Queues a dead row, or a delivered webhook, again; its new state (``superseded`` when a newer write exists)."""
    now = core.clock()
    with core.database.transaction() as tx:
        state = outbox.replay(tx, now, entry_id)
        audits.append(tx, now, actor.name, "outbox.replay", f"outbox:{entry_id}", {"state": state})
    return state


def replay_all(
    core: Core, actor: Actor, *, kind: OutboxKind = OutboxKind.WEBHOOK, target_id: int | None = None
) -> int:
    """Queues the dead-letter list again, in portions; the number of rows that are due now."""
    after, again = 0, 0
    while True:
        with core.database.transaction() as tx:
            ids = outbox.dead_ids(tx, kind=kind, target_id=target_id, after=after)
            states = [outbox.replay(tx, core.clock(), entry_id) for entry_id in ids]
            if ids:
                subject = "outbox" if target_id is None else f"{kind}:{target_id}"
                audits.append(tx, core.clock(), actor.name, "outbox.replay_all", subject, {"rows": len(ids)})
        if not ids:
            return again
        after, again = ids[-1], again + states.count(OutboxState.DUE)


def release_hold(core: Core, actor: Actor, kind: OutboxKind, target_id: int) -> bool:
    """Goes on with a target that is held; False when it was not."""
    now = core.clock()
    with core.database.transaction() as tx:
        was_held = holds.release(tx, kind, target_id)
        if was_held:
            audits.append(tx, now, actor.name, "outbox.release", f"{kind}:{target_id}")
    return was_held


# --- housekeeping ---------------------------------------------------------------------------------------------------


def free_stuck(core: Core) -> int:
    """Gives rows of lost workers back to the queue; their number. For webhooks and writes alike."""
    now = core.clock()
    with core.database.transaction() as tx:
        swept = [leased_work.sweep(tx, now, queue) for queue in outbox.QUEUES.values()]
        holds.prune(tx, now)
    if dead := sum(one.set_aside for one in swept):
        _LOG.warning("%d outbox rows lost one worker after the other and are dead", dead)
    return sum(one.again + one.set_aside for one in swept)


def prune(core: Core, *, keep: timedelta = timedelta(days=90)) -> int:
    """Deletes delivered rows and attempts older than ``keep``; the number of rows. Dead rows stay."""
    before = core.clock() - keep
    with core.database.transaction() as tx:
        endpoints.prune_attempts(tx, before)
        return outbox.prune(tx, before)
