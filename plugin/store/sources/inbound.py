"""Webhooks that came in: stored once per connection and message id, then handled by a worker under a lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import InboundState
from plugin.errors import NotFound
from plugin.store.database import Tx, insert_new
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Held
from plugin.store.operation.queues import Queue
from plugin.store.tables import inbound_event
from plugin.texts import N_, _

_c = inbound_event.c


@dataclass(frozen=True)
class Event:
    """A webhook as stored. ``body`` is the canonical JSON of its verified payload."""

    id: int
    connection_id: int
    message_id: str
    body: bytes
    received_at: datetime
    state: InboundState
    attempts: int
    due_at: datetime
    code: str | None
    message: str | None
    remedy: str | None


QUEUE = Queue(
    inbound_event,
    Event,
    waiting=InboundState.PENDING,
    held=InboundState.LEASED,
    set_aside=InboundState.FAILED,
    most_attempts=10,
    most_losses=5,
    remedy=N_("correct the settings of the connection, or what the sender sends, then process it again"),
    lane="connection_id",
)


def store(tx: Tx, now: datetime, connection_id: int, message_id: str, body: bytes) -> bool:
    """True when the message was new; one that is known already changes nothing."""
    row = {
        "connection_id": connection_id,
        "message_id": message_id,
        "body": body,
        "received_at": now,
        "state": InboundState.PENDING,
        "due_at": now,
    }
    return insert_new(tx, inbound_event, [row], ["connection_id", "message_id"]) == 1


def claim(tx: Tx, now: datetime, *, limit: int = 200) -> Held[Event] | None:
    """The oldest due event and those of the same connection with it, because one run answers them all; None when none is due.

    One by one after a worker was lost with some of them, so that one that kills workers is set aside alone.
    """
    first = leased_work.next_lane(tx, now, QUEUE)
    if first is None:
        return None
    its = _c.connection_id == first
    lost = sa.select(_c.id).where(QUEUE.is_due(now), its, _c.losses > 0).limit(1)
    is_suspect = tx.execute(lost).first() is not None
    return leased_work.claim(tx, now, QUEUE, its, limit=1 if is_suspect else limit)


def replay(tx: Tx, now: datetime, event_id: int) -> None:
    """A failed event becomes pending again. NotFound when there is no such failed event."""
    if not leased_work.requeue(tx, now, QUEUE, event_id, InboundState.FAILED):
        raise NotFound(_("failed inbound event %(event_id)s doesn't exist", event_id=event_id))


def page(
    tx: Tx,
    *,
    connection_id: int | None = None,
    state: InboundState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """Newest first; ``before`` is the id of the last one of the page before."""
    return queues.page(tx, QUEUE, before=before, limit=limit, connection_id=connection_id, state=state)


def prune(tx: Tx, before: datetime) -> int:
    """Deletes what was handled before ``before``. Keep it longer than any sender's retries: it is the replay guard."""
    return leased_work.prune(tx, QUEUE, before, InboundState.HANDLED)
