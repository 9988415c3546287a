"""Receivers of our webhooks, how each is doing, and the log of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import EndpointState
from plugin.errors import NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import delivery_attempt, webhook_endpoint
from plugin.texts import _

_c = webhook_endpoint.c


@dataclass(frozen=True)
class Endpoint:
    """A receiver. ``event_types`` empty: all. State: active, paused (by a person), disabled (by us; see ``disabled_reason``)."""

    id: int
    name: str
    url: str
    allowed_networks: tuple[str, ...]
    event_types: tuple[str, ...]
    state: EndpointState
    disabled_reason: str | None
    first_failure_at: datetime | None
    last_failure_at: datetime | None
    old_secret_until: datetime | None
    created_at: datetime


_COLUMNS = [_c[name] for name in Endpoint.__dataclass_fields__]


def _made(row: sa.Row[tuple[object, ...]]) -> Endpoint:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented accessor
    for name in ("allowed_networks", "event_types"):
        values[name] = tuple(values[name])
    return Endpoint(**values)


@dataclass(frozen=True)
class StoredSecrets:
    """Ciphertexts: the present secret, and the one before while its overlap lasts."""

    current: str
    old: str | None
    old_until: datetime | None


def add(
    tx: Tx,
    now: datetime,
    *,
    name: str,
    url: str,
    secret_ciphertext: str,
    event_types: tuple[str, ...] = (),
    allowed_networks: tuple[str, ...] = (),
) -> int:
    """The new endpoint's id; the caller has checked that the name is free."""
    return insert(
        tx,
        webhook_endpoint,
        name=name,
        url=url,
        allowed_networks=list(allowed_networks),
        event_types=list(event_types),
        secret_ciphertext=secret_ciphertext,
        state=EndpointState.ACTIVE,
        created_at=now,
    )


def get(tx: Tx, endpoint_id: int) -> Endpoint:
    row = tx.execute(sa.select(*_COLUMNS).where(_c.id == endpoint_id)).first()
    if row is None:
        raise NotFound(_("webhook endpoint %(endpoint_id)s doesn't exist", endpoint_id=endpoint_id))
    return _made(row)


def is_name_taken(tx: Tx, name: str, *, but: int | None = None) -> bool:
    query = sa.select(_c.id).where(_c.name == name, _c.id != (but or 0))
    return tx.execute(query).first() is not None


def secrets(tx: Tx, endpoint_id: int) -> StoredSecrets:
    row = tx.execute(
        sa.select(_c.secret_ciphertext, _c.old_secret_ciphertext, _c.old_secret_until).where(
            _c.id == endpoint_id
        )
    ).first()
    if row is None:
        raise NotFound(_("webhook endpoint %(endpoint_id)s doesn't exist", endpoint_id=endpoint_id))
    return StoredSecrets(*row)


def page(tx: Tx, *, after: int = 0, limit: int = 50) -> list[Endpoint]:
    """By id; ``after`` is the id of the last one of the page before."""
    query = sa.select(*_COLUMNS).where(_c.id > after).order_by(_c.id).limit(limit)
    return [_made(row) for row in tx.execute(query)]


def subscribed(tx: Tx, event_type: str) -> list[int]:
    """Ids of the endpoints that want the event. Paused ones count (they get it when resumed), disabled ones do not."""
    rows = tx.execute(
        sa.select(_c.id, _c.event_types).where(_c.state != EndpointState.DISABLED).order_by(_c.id)
    )
    return [row.id for row in rows if not row.event_types or event_type in row.event_types]


class EndpointChange(TypedDict, total=False):
    """Columns that a change may set."""

    name: str
    url: str
    allowed_networks: list[str]
    event_types: list[str]
    secret_ciphertext: str
    old_secret_ciphertext: str | None
    old_secret_until: datetime | None
    state: EndpointState
    disabled_reason: str | None
    first_failure_at: datetime | None
    last_failure_at: datetime | None


def change(tx: Tx, endpoint_id: int, **values: Unpack[EndpointChange]) -> None:
    """Sets columns; NotFound."""
    changed = tx.execute(webhook_endpoint.update().where(_c.id == endpoint_id).values(**values))
    if changed.rowcount != 1:
        raise NotFound(_("webhook endpoint %(endpoint_id)s doesn't exist", endpoint_id=endpoint_id))


def remove(tx: Tx, endpoint_id: int) -> None:
    if tx.execute(webhook_endpoint.delete().where(_c.id == endpoint_id)).rowcount != 1:
        raise NotFound(_("webhook endpoint %(endpoint_id)s doesn't exist", endpoint_id=endpoint_id))


def note_success(tx: Tx, endpoint_id: int) -> None:
    """Ends a series of failures."""
    failing = sa.and_(_c.id == endpoint_id, _c.first_failure_at.is_not(None))
    tx.execute(webhook_endpoint.update().where(failing).values(first_failure_at=None, last_failure_at=None))


def note_failure(tx: Tx, endpoint_id: int, now: datetime, *, quiet: timedelta) -> datetime:
    """Since when there were nothing but failures. After ``quiet`` without any attempt a new series begins."""
    row = tx.execute(sa.select(_c.first_failure_at, _c.last_failure_at).where(_c.id == endpoint_id)).first()
    if row is None:
        raise NotFound(_("webhook endpoint %(endpoint_id)s doesn't exist", endpoint_id=endpoint_id))
    goes_on = row.first_failure_at is not None and now - (row.last_failure_at or row.first_failure_at) < quiet
    since: datetime = row.first_failure_at if goes_on else now
    change(tx, endpoint_id, first_failure_at=since, last_failure_at=now)
    return since


# --- the log of attempts --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """One try of one delivery. ``status`` None: no answer came; then ``code`` says why."""

    at: datetime
    status: int | None
    milliseconds: int
    code: str
    message: str | None


def add_attempt(tx: Tx, outbox_id: int, attempt: Attempt) -> None:
    insert(tx, delivery_attempt, outbox_id=outbox_id, **attempt.__dict__)


@dataclass(frozen=True)
class LoggedAttempt(Attempt):
    id: int


def attempts(tx: Tx, outbox_id: int, *, after: int = 0, limit: int = 500) -> list[LoggedAttempt]:
    """Oldest first; the retry schedule bounds their number, hand replays aside."""
    c = delivery_attempt.c
    query = sa.select(c.at, c.status, c.milliseconds, c.code, c.message, c.id)
    rows = tx.execute(query.where(c.outbox_id == outbox_id, c.id > after).order_by(c.id).limit(limit))
    return [LoggedAttempt(*row) for row in rows]


def prune_attempts(tx: Tx, before: datetime) -> int:
    """Deletes attempts older than ``before``."""
    return tx.execute(delivery_attempt.delete().where(delivery_attempt.c.at < before)).rowcount


def all_sealed(tx: Tx) -> list[tuple[int, str, str | None]]:
    """(id, current secret, old secret) of every endpoint, sealed; for a rotation of the vault's keys."""
    return [
        (row.id, row.secret_ciphertext, row.old_secret_ciphertext)
        for row in tx.execute(sa.select(webhook_endpoint))
    ]


def reseal(tx: Tx, endpoint_id: int, current: str, old: str | None) -> None:
    change(tx, endpoint_id, secret_ciphertext=current, old_secret_ciphertext=old)
