"""The queue of everything that leaves: rows come in with the caller's transaction, and one worker at a time holds each.

States: due → leased → done; leased → due (again later), leased → dead (a person may replay it); due → superseded. Rows that
name a person go out one after the other per target: an older row that is not delivered yet blocks the newer ones.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import EndpointState, JsonObject, OutboxKind, OutboxState
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx
from plugin.store.delivery.holds import holding
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Lease, Reason
from plugin.store.operation.queues import Queue
from plugin.store.people import withheld
from plugin.store.tables import connection, outbox, target_hold, webhook_endpoint
from plugin.texts import N_, _

_TARGETS = {OutboxKind.WEBHOOK: webhook_endpoint, OutboxKind.WRITE: connection}
_LONGEST_REMOTE_ID = 500
RAISE_EVENTS = ("raises.write", "raise.approved")  # what carries a figure
_c = outbox.c


@dataclass(frozen=True)
class Entry:
    """A row as stored."""

    id: int
    kind: OutboxKind
    target_id: int
    op_id: str
    event_type: str
    subject: str | None
    payload: JsonObject
    person_id: int | None
    state: OutboxState
    attempts: int
    due_at: datetime
    leased_until: datetime | None
    ambiguous: bool
    remote_id: str | None
    seen: JsonObject | None
    code: str | None
    message: str | None
    remedy: str | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class Claim:
    """The right to deliver ``entry``."""

    entry: Entry
    lease: Lease


_ALL = Queue(
    outbox,
    Entry,
    waiting=OutboxState.DUE,
    held=OutboxState.LEASED,
    set_aside=OutboxState.DEAD,
    most_attempts=10,  # the schedule of Standard Webhooks
    most_losses=5,
    remedy=N_("make sure that the receiver works and accepts it, then send it again"),
    ended="done_at",
    lane="target_id",
)
QUEUES: dict[OutboxKind, Queue[Entry]] = {
    OutboxKind.WEBHOOK: replace(_ALL, only={"kind": OutboxKind.WEBHOOK}),
    OutboxKind.WRITE: replace(
        _ALL,
        only={"kind": OutboxKind.WRITE},
        most_per_lane=1,
        when_lost={"ambiguous": True},  # it may have been written
        remedy=N_("correct the record or the connection, then send it again"),
    ),
}


def has_due(tx: Tx, now: datetime, kind: OutboxKind) -> bool:
    """A cheap look that takes no write lock: whether ``claim`` may find something."""
    return queues.has_due(tx, now, QUEUES[kind])


def claim(
    tx: Tx, now: datetime, kind: OutboxKind, *, limit: int = 1, per_target: int | None = None
) -> list[Claim]:
    """Takes up to ``limit`` due rows, oldest first.

    Skipped are rows of paused and held targets, rows of people of whom a value is held, rows behind an undelivered one of their
    person, and rows of targets that have ``per_target`` rows out already (so that a slow receiver cannot take every thread).
    """
    fair = [] if per_target is None else leased_work.full_lanes(tx, QUEUES[kind], per_target)
    conditions = (_is_open(now, kind), ~_waits_for_release(), ~_is_blocked(), _c.target_id.not_in(fair))
    held = leased_work.claim(tx, now, QUEUES[kind], *conditions, limit=limit)
    return [Claim(entry, held.lease.of(entry.id)) for entry in held.rows] if held else []


def _is_open(now: datetime, kind: OutboxKind) -> sa.ColumnElement[bool]:
    target = _TARGETS[kind]
    active = sa.select(target.c.id).where(target.c.state == EndpointState.ACTIVE)
    its = sa.and_(target_hold.c.kind == kind, target_hold.c.target_id == _c.target_id, holding(now))
    held = sa.select(target_hold.c.target_id).where(its, target_hold.c.part.in_(["", _c.event_type]))
    return sa.and_(_c.target_id.in_(active), ~held.correlate(outbox).exists())


def _waits_for_release() -> sa.ColumnElement[bool]:
    """A value of the person is held: nothing goes to an HR suite until HR has released it, and no raise is told to anybody."""
    is_raise = _c.event_type.in_(RAISE_EVENTS)
    carries = sa.or_(_c.kind == OutboxKind.WRITE, is_raise)
    held = sa.or_(withheld.is_held(_c.person_id), sa.and_(is_raise, withheld.is_raise_held(_c.person_id)))
    return sa.and_(_c.person_id.is_not(None), carries, held)


def _is_blocked() -> sa.ColumnElement[bool]:
    """Another row of the same person and target is out, or older and still to go."""
    other = outbox.alias("other")
    first = sa.or_(
        other.c.state == OutboxState.LEASED, sa.and_(other.c.state == OutboxState.DUE, other.c.id < _c.id)
    )
    return (
        sa.select(other.c.id)
        .where(other.c.kind == _c.kind, other.c.target_id == _c.target_id, other.c.id != _c.id)
        .where(other.c.person_id == _c.person_id, first)
        .exists()
    )


# --- marks ----------------------------------------------------------------------------------------------------------


def done(
    tx: Tx, now: datetime, held: Claim, *, remote_id: str | None = None, seen: JsonObject | None = None
) -> None:
    """Delivered; ``seen`` is what the other side makes of it. LeaseLost here and below when another worker has it by now."""
    bounded = None if remote_id is None else remote_id.replace("\0", "")[:_LONGEST_REMOTE_ID]
    leased_work.end(tx, now, held.lease, OutboxState.DONE, remote_id=bounded, seen=seen, ambiguous=False)


def retry(
    tx: Tx, now: datetime, held: Claim, due_at: datetime, reason: Reason, *, ambiguous: bool = False
) -> bool:
    """Due again at ``due_at``; False when its attempts are used up and it is dead."""
    return leased_work.again(tx, now, held.lease, due_at, reason, ambiguous=ambiguous)


# --- replay and lists -----------------------------------------------------------------------------------------------


def replay(tx: Tx, now: datetime, entry_id: int) -> OutboxState:
    """Puts a dead row, or a delivered webhook, back into the queue and gives its new state.

    ``superseded`` when a newer row with the same subject exists: the old one must not overwrite it. NotFound, Conflict.
    """
    entry = get(tx, entry_id)
    if not (
        entry.state == OutboxState.DEAD
        or (entry.state == OutboxState.DONE and entry.kind == OutboxKind.WEBHOOK)
    ):
        raise Conflict(
            _("the state of outbox row %(entry_id)s is %(state)s", entry_id=entry_id, state=entry.state),
            code="not_replayable",
            remedy=_("only dead rows can be sent again"),
        )
    if _has_newer(tx, entry):
        outdated = outbox.update().where(_c.id == entry_id, _c.state == entry.state)
        is_changed = tx.execute(outdated.values(state=OutboxState.SUPERSEDED)).rowcount == 1
        state = OutboxState.SUPERSEDED
    else:
        is_changed = leased_work.requeue(tx, now, QUEUES[entry.kind], entry_id, entry.state)
        state = OutboxState.DUE
    if not is_changed:
        raise Conflict(
            _("row %(entry_id)s was changed in the meantime", entry_id=entry_id), code="not_replayable"
        )
    return state


def _has_newer(tx: Tx, entry: Entry) -> bool:
    if entry.subject is None or entry.kind != OutboxKind.WRITE:
        return False
    same = sa.and_(_c.kind == entry.kind, _c.target_id == entry.target_id, _c.subject == entry.subject)
    return tx.execute(sa.select(_c.id).where(same, _c.id > entry.id).limit(1)).first() is not None


def dead_ids(
    tx: Tx, *, kind: OutboxKind, target_id: int | None = None, after: int = 0, limit: int = 500
) -> list[int]:
    """Ids of the dead-letter list, oldest first."""
    query = sa.select(_c.id).where(_c.state == OutboxState.DEAD, _c.kind == kind, _c.id > after)
    if target_id is not None:
        query = query.where(_c.target_id == target_id)
    return list(tx.execute(query.order_by(_c.id).limit(limit)).scalars())


def get(tx: Tx, entry_id: int) -> Entry:
    found = queues.find(tx, _ALL, entry_id)
    if found is None:
        raise NotFound(_("outbox row %(entry_id)s doesn't exist", entry_id=entry_id))
    return found


def newest_seen(tx: Tx, kind: OutboxKind, person_id: int, subject: str) -> JsonObject | None:
    """What the other side made of the newest delivered row of a subject; None when it said nothing, or a newer row is under way."""
    mine = sa.and_(_c.kind == kind, _c.person_id == person_id, _c.subject == subject)
    row = tx.execute(sa.select(_c.state, _c.seen).where(mine).order_by(_c.id.desc()).limit(1)).first()
    return row.seen if row is not None and row.state == OutboxState.DONE else None


def page(
    tx: Tx,
    *,
    kind: OutboxKind | None = None,
    target_id: int | None = None,
    state: OutboxState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Newest first; ``before`` is the id of the last row of the page before."""
    wanted = {"kind": kind, "target_id": target_id, "state": state}
    return queues.page(tx, _ALL, before=before, limit=limit, **wanted)


def counts(tx: Tx, kind: OutboxKind) -> dict[OutboxState, int]:
    """Rows per state."""
    return queues.count(tx, QUEUES[kind], OutboxState)


def all_counts(tx: Tx) -> dict[OutboxKind, dict[OutboxState, int]]:
    """Rows per state of each kind."""
    found: dict[OutboxKind, dict[OutboxState, int]] = {kind: {} for kind in OutboxKind}
    for kind, state, number in tx.execute(
        sa.select(_c.kind, _c.state, sa.func.count()).group_by(_c.kind, _c.state)
    ):
        found[OutboxKind(kind)][OutboxState(state)] = number
    return found


def waiting_for_release(tx: Tx, ids: Collection[int]) -> frozenset[int]:
    """Those of some rows that wait until HR has released a value of their person."""
    mine = sa.and_(_c.id.in_(ids), _c.state == OutboxState.DUE, _waits_for_release())
    return frozenset(tx.execute(sa.select(_c.id).where(mine)).scalars())


def number_waiting_for_release(tx: Tx, kind: OutboxKind) -> int:
    """How many queued rows wait until HR has released a value of their person."""
    due = sa.and_(_c.kind == kind, _c.state == OutboxState.DUE, _waits_for_release())
    return tx.execute(sa.select(sa.func.count()).select_from(outbox).where(due)).scalar_one()


def oldest_due_at(tx: Tx, kind: OutboxKind) -> datetime | None:
    """Since when the oldest queued row has been waiting; None when the queue is empty."""
    moment: datetime | None = tx.execute(
        sa.select(sa.func.min(_c.created_at)).where(_c.kind == kind, _c.state == OutboxState.DUE)
    ).scalar()
    return moment


def all_oldest_due(tx: Tx) -> dict[OutboxKind, datetime]:
    """``oldest_due_at`` of each kind with a queue."""
    query = (
        sa.select(_c.kind, sa.func.min(_c.created_at)).where(_c.state == OutboxState.DUE).group_by(_c.kind)
    )
    return {OutboxKind(kind): moment for kind, moment in tx.execute(query)}


def abandon(tx: Tx, now: datetime, kind: OutboxKind, target_id: int, *, code: str, message: str) -> int:
    """All queued rows of a target that goes away become dead."""
    queued = sa.and_(
        _c.kind == kind, _c.target_id == target_id, _c.state.in_([OutboxState.DUE, OutboxState.LEASED])
    )
    values = {
        "state": OutboxState.DEAD,
        "done_at": now,
        "code": code,
        "message": message,
        "lease_token": None,
    }
    return tx.execute(outbox.update().where(queued).values(**values)).rowcount


def prune(tx: Tx, before: datetime) -> int:
    """Deletes what was delivered or superseded before ``before``, with its attempts. Dead rows stay."""
    return leased_work.prune(tx, _ALL, before, OutboxState.DONE, OutboxState.SUPERSEDED)
