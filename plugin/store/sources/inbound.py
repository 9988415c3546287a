"""Webhooks that came in: stored once per connection and message id, then handled by a worker under a lease."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert_new
from plugin.store.tables import inbound_event

_c = inbound_event.c


@dataclass(frozen=True)
class Event:
    """A webhook as stored. ``body`` is the canonical JSON of its verified payload."""

    id: int
    connection_id: int
    message_id: str
    body: bytes
    received_at: datetime
    state: str
    attempts: int
    due_at: datetime
    message: str | None


_COLUMNS = [_c[name] for name in Event.__dataclass_fields__]


@dataclass(frozen=True)
class Batch:
    """Events of one connection that one worker holds until ``until``."""

    connection_id: int
    events: tuple[Event, ...]
    token: str
    until: datetime


def store(tx: Tx, now: datetime, connection_id: int, message_id: str, body: bytes) -> bool:
    """True when the message was new; one that is known already changes nothing."""
    row = {
        "connection_id": connection_id,
        "message_id": message_id,
        "body": body,
        "received_at": now,
        "state": "pending",
        "due_at": now,
    }
    return insert_new(tx, inbound_event, [row], ["connection_id", "message_id"]) == 1


def has_due(tx: Tx, now: datetime) -> bool:
    """A cheap look that takes no write lock."""
    query = sa.select(_c.id).where(_c.state == "pending", _c.due_at <= now).limit(1)
    return tx.execute(query).first() is not None


def claim(tx: Tx, now: datetime, *, lease: timedelta, limit: int = 200) -> Batch | None:
    """The oldest due event and those of the same connection with it, because one run answers them all; None when none is due."""
    due = sa.and_(_c.state == "pending", _c.due_at <= now)
    first = tx.execute(
        sa.select(_c.connection_id).where(due).order_by(_c.due_at, _c.id).limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()  # fmt: skip
    if first is None:
        return None
    query = sa.select(_c.id).where(due, _c.connection_id == first).order_by(_c.due_at, _c.id).limit(limit)
    ids = tx.execute(query.with_for_update(skip_locked=True)).scalars().all()
    token, until = secrets.token_hex(16), now + lease
    taken = inbound_event.update().where(_c.id.in_(ids)).values(
        state="leased", leased_until=until, lease_token=token, attempts=_c.attempts + 1
    )  # fmt: skip
    events = sorted((Event(*row) for row in tx.execute(taken.returning(*_COLUMNS))), key=lambda one: one.id)
    return Batch(first, tuple(events), token, until)


def handled(tx: Tx, held: Batch, ids: Sequence[int], message: str | None = None) -> None:
    """Conflict when the lease was lost meanwhile, here and below."""
    _mark(tx, held, ids, state="handled", message=message)


def failed(tx: Tx, held: Batch, ids: Sequence[int], message: str) -> None:
    _mark(tx, held, ids, state="failed", message=message)


def retry(tx: Tx, held: Batch, ids: Sequence[int], due_at: datetime, message: str) -> None:
    _mark(tx, held, ids, state="pending", due_at=due_at, message=message)


def _mark(tx: Tx, held: Batch, ids: Sequence[int], **values: Any) -> None:
    if not ids:
        return
    fence = sa.and_(_c.id.in_(ids), _c.state == "leased", _c.lease_token == held.token)
    marked = inbound_event.update().where(fence).values(leased_until=None, lease_token=None, **values)
    if tx.execute(marked).rowcount != len(ids):
        raise Conflict(f"the lease on events of connection {held.connection_id} was lost", code="lease_lost")


def sweep(tx: Tx, now: datetime, *, max_attempts: int) -> int:
    """Frees events whose worker is gone: pending again, or failed after ``max_attempts``; says how many."""
    stuck = sa.and_(_c.state == "leased", _c.leased_until < now)
    state = sa.case((_c.attempts >= max_attempts, "failed"), else_="pending")
    freed = inbound_event.update().where(stuck).values(
        state=state, due_at=now, leased_until=None, lease_token=None, message="the worker was lost"
    )  # fmt: skip
    return tx.execute(freed).rowcount


def replay(tx: Tx, now: datetime, event_id: int) -> None:
    """A failed event becomes pending again. NotFound when there is no such failed event."""
    again = inbound_event.update().where(_c.id == event_id, _c.state == "failed")
    if tx.execute(again.values(state="pending", due_at=now, attempts=0, message=None)).rowcount != 1:
        raise NotFound(f"there is no failed inbound event {event_id}")


def page(
    tx: Tx,
    *,
    connection_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """Newest first; ``before`` is the id of the last one of the page before."""
    query = sa.select(*_COLUMNS).order_by(_c.id.desc()).limit(limit)
    if connection_id is not None:
        query = query.where(_c.connection_id == connection_id)
    if state is not None:
        query = query.where(_c.state == state)
    if before is not None:
        query = query.where(_c.id < before)
    return [Event(*row) for row in tx.execute(query)]


def prune(tx: Tx, before: datetime) -> int:
    """Deletes handled events received before ``before``. Keep them longer than any sender's retries: they are the replay guard."""
    old = sa.and_(_c.state == "handled", _c.received_at < before)
    return tx.execute(inbound_event.delete().where(old)).rowcount
