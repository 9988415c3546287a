"""Deliveries to webhook endpoints as use cases: take one, say what became of it, list, replay. Sending itself is in plugin.webhooks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain import EndpointState, OutboxKind, OutboxState, canonical_json
from plugin.services.core import Actor, Core
from plugin.services.delivery import retry_schedule
from plugin.store.database import Tx
from plugin.store.delivery import endpoints, holds, outbox
from plugin.store.delivery.endpoints import Attempt, LoggedAttempt
from plugin.store.delivery.holds import Hold
from plugin.store.delivery.outbox import Claim, Entry
from plugin.store.operation import audits, leased_work
from plugin.store.operation.leased_work import Reason
from plugin.texts import _
from plugin.vault import Secret

DISABLE_AFTER = timedelta(days=5)  # of nothing but failures
_QUIET = timedelta(
    days=2
)  # longer than the longest delay: a failure after such a silence begins a new series
_THROTTLE_SECONDS = {
    429: 60.0,
    502: 15.0,
    504: 15.0,
}  # pause of the whole endpoint when it names no time itself
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """One claimed row with all that sending it takes. ``body`` is the same at every attempt."""

    claim: Claim
    url: str
    networks: tuple[str, ...]
    secrets: tuple[Secret, ...]
    body: bytes

    @property
    def message_id(self) -> str:
        """Stable over retries and equal at all endpoints: the receiver's key against duplicates."""
        return self.claim.entry.op_id


@dataclass(frozen=True)
class Answer:
    """What one attempt brought. ``status`` None: none came, ``code`` says why. ``wait``: seconds of a Retry-After."""

    status: int | None
    milliseconds: int
    code: str
    message: str = ""
    wait: float | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def claim_next(core: Core, *, fair_share: int | None = None) -> Delivery | None:
    """The next due delivery, leased to us; None when nothing is due.

    An endpoint that has ``fair_share`` rows out already comes after all others, so that a slow one cannot take every thread
    while somebody else waits.
    """
    now = core.clock()
    with core.database.reading() as tx:
        if not outbox.has_due(tx, now, OutboxKind.WEBHOOK):
            return None
    with core.database.transaction() as tx:
        claims = outbox.claim(tx, now, OutboxKind.WEBHOOK, per_target=fair_share)
        if not claims and fair_share is not None:
            claims = outbox.claim(tx, now, OutboxKind.WEBHOOK)
        return _delivery(core, tx, claims[0], now) if claims else None


def _delivery(core: Core, tx: Tx, held: Claim, now: datetime) -> Delivery:
    endpoint = endpoints.get(tx, held.entry.target_id)
    stored = endpoints.secrets(tx, endpoint.id)
    sealed = [stored.current]
    if stored.old is not None and stored.old_until is not None and stored.old_until > now:
        sealed.append(stored.old)
    return Delivery(
        held,
        endpoint.url,
        endpoint.allowed_networks,
        tuple(core.vault.open(text) for text in sealed),
        canonical_json(held.entry.payload),
    )


def settle(core: Core, delivery: Delivery, answer: Answer) -> None:
    """Marks the row by the answer: done, due again, or dead. LeaseLost: another worker has the row then.

    410 disables the endpoint, as do five days of nothing but failures; 429, 502, 504 and Retry-After pause all of it.
    """
    now, entry = core.clock(), delivery.claim.entry
    with core.database.transaction() as tx:
        if answer.is_success:
            outbox.done(tx, now, delivery.claim)
            endpoints.note_success(tx, entry.target_id)
        else:
            _failed(tx, now, delivery.claim, answer)
        endpoints.add_attempt(
            tx,
            entry.id,
            Attempt(now, answer.status, answer.milliseconds, answer.code, answer.message or None),
        )


def _failed(tx: Tx, now: datetime, held: Claim, answer: Answer) -> None:
    entry = held.entry
    said = Reason(answer.code, answer.message)
    if answer.status == 410:
        leased_work.set_aside(tx, now, held.lease, said)
    else:
        due_at = retry_schedule.next_due(now, entry.attempts, wait=answer.wait)
        outbox.retry(tx, now, held, due_at, said)
    since = endpoints.note_failure(tx, entry.target_id, now, quiet=_QUIET)
    _throttle(tx, now, entry.target_id, answer)
    if answer.status == 410:
        _disable(tx, now, entry.target_id, _("the endpoint responded 410 Gone and wants no more deliveries"))
    elif now - since >= DISABLE_AFTER:
        _disable(
            tx,
            now,
            entry.target_id,
            _("all deliveries have failed since %(since)s UTC", since=f"{since:%Y-%m-%d %H:%M}"),
        )


def _throttle(tx: Tx, now: datetime, endpoint_id: int, answer: Answer) -> None:
    seconds = answer.wait if answer.wait is not None else _THROTTLE_SECONDS.get(answer.status or 0)
    if not seconds:
        return
    until = now + timedelta(seconds=min(seconds, retry_schedule.LONGEST_WAIT_SECONDS))
    said = answer.message or _("the endpoint asked for a pause")
    holds.hold(tx, Hold(OutboxKind.WEBHOOK, endpoint_id, until, answer.code, said, now))


def _disable(tx: Tx, now: datetime, endpoint_id: int, reason: str) -> None:
    endpoints.change(tx, endpoint_id, state=EndpointState.DISABLED, disabled_reason=reason)
    audits.append(tx, now, "system:worker", "endpoint.disable", f"endpoint:{endpoint_id}", {"reason": reason})
    _LOG.warning("webhook endpoint %s was disabled", endpoint_id)


# --- for people -----------------------------------------------------------------------------------------------------


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


def backlog(core: Core, kind: OutboxKind = OutboxKind.WEBHOOK) -> Backlog:
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
