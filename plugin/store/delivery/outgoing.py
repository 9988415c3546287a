"""What comes into the outbox: a message once per kind and target, and of wishes for the same subject only the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from plugin.domain import JsonObject, OutboxKind, OutboxState
from plugin.store.database import Tx, insert_new
from plugin.store.tables import outbox

_LONGEST_SUBJECT = 600
_c = outbox.c


@dataclass(frozen=True)
class Message:
    """What is to leave. ``op_id`` is unique per kind and target: the same message again is no new row.

    ``supersedes``: the message is a wish for the state of its ``subject``, of which the newest counts. Queued older ones need not go
    out any more, and one that was fulfilled before counts as new when another one came in between.
    """

    kind: OutboxKind
    target_id: int
    op_id: str
    event_type: str
    payload: JsonObject
    person_id: int | None = None
    subject: str | None = None
    supersedes: bool = False


def enqueue(tx: Tx, now: datetime, messages: Sequence[Message]) -> int:
    """Adds the messages in the caller's transaction and says how many were new."""
    fitting = (replace(message, subject=_fitting(message.subject)) for message in messages)
    return sum(_enqueue(tx, now, message) for message in fitting)


def _fitting(subject: str | None) -> str | None:
    """A subject that is longer than its column stands there with a hash for its end."""
    if subject is None or len(subject) <= _LONGEST_SUBJECT:
        return subject
    return f"{subject[:500]}#{sha256(subject.encode('utf-8', 'replace')).hexdigest()}"


def _enqueue(tx: Tx, now: datetime, message: Message) -> int:
    new = _insert(tx, now, message)
    if not new and (again := _wished_again(tx, message)):
        message = replace(message, op_id=again)
        new = _insert(tx, now, message)
    if new and message.supersedes and message.subject is not None:
        _supersede_older(tx, now, message)
    return new


def _insert(tx: Tx, now: datetime, message: Message) -> int:
    values = {name: value for name, value in message.__dict__.items() if name != "supersedes"}
    row = {**values, "state": OutboxState.DUE, "due_at": now, "created_at": now}
    return insert_new(tx, outbox, [row], ["kind", "target_id", "op_id"])


def _wished_again(tx: Tx, message: Message) -> str | None:
    """A new op_id when the newest wish for the subject is another one: what was A, then B, shall be A again."""
    if not message.supersedes or message.subject is None:
        return None
    newest = tx.execute(
        sa.select(_c.id, _c.payload).where(_same_subject(message)).order_by(_c.id.desc()).limit(1)
    ).first()
    if newest is None or newest.payload == message.payload:
        return None
    return str(uuid5(NAMESPACE_URL, f"raise-advisor:again/{message.op_id}/{newest.id}"))


@dataclass(frozen=True)
class Sent:
    """A wish that a target may have fulfilled."""

    target_id: int
    payload: JsonObject


def take_back(
    tx: Tx, now: datetime, kind: OutboxKind, subject: str, person_id: int, event_type: str
) -> list[Sent]:
    """Queued and refused wishes for a subject go no more; those of them that may have arrived, the newest of each target."""
    mine = sa.and_(_c.kind == kind, _c.person_id == person_id, _c.subject == _fitting(subject))
    query = sa.select(_c.id, _c.target_id, _c.event_type, _c.state, _c.attempts, _c.payload).where(mine)
    newest: dict[int, Sent] = {}
    for row in tx.execute(query.order_by(_c.id)):
        if row.event_type != event_type:
            newest.pop(row.target_id, None)  # an earlier withdrawal: what came before it is settled
        elif row.state in (OutboxState.DONE, OutboxState.LEASED) or row.attempts:
            newest[row.target_id] = Sent(row.target_id, row.payload)
    waiting = sa.and_(mine, _c.event_type == event_type, _c.state.in_([OutboxState.DUE, OutboxState.DEAD]))
    tx.execute(outbox.update().where(waiting).values(state=OutboxState.SUPERSEDED, done_at=now))
    return list(newest.values())


def _same_subject(message: Message) -> sa.ColumnElement[bool]:
    """Found by target and subject: of a bare ``kind``, SQLite would walk the whole queue for each message."""
    kind = _c.kind.concat("")
    return sa.and_(kind == message.kind, _c.target_id == message.target_id, _c.subject == message.subject)


def _supersede_older(tx: Tx, now: datetime, message: Message) -> None:
    older = sa.and_(
        _same_subject(message),
        _c.state == OutboxState.DUE,
        _c.op_id != message.op_id,
    )
    tx.execute(outbox.update().where(older).values(state=OutboxState.SUPERSEDED, done_at=now))
