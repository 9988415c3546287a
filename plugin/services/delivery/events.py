"""What happened, put into the outbox in the same transaction as the fact itself: webhooks, and writes to the HR suite."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from plugin.connectors.writing import Desired
from plugin.domain import Json, JsonObject, LearningRecord, OutboxKind, Outcome, Sink, Stream, content_hash
from plugin.store.database import Tx
from plugin.store.delivery import endpoints, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.people import persons
from plugin.store.people.persons import Person
from plugin.store.sources import connections, records
from plugin.store.sources.intake import Item
from plugin.store.sources.records import Placed
from plugin.texts import N_

EVENT_TYPES: Mapping[str, str] = {
    "learning.recorded": N_("A learning record of an employee was matched and stored."),
    "learning.withdrawn": N_("A stored learning record no longer counts because its source withdrew it."),
    "badge.verified": N_("A badge was verified; its issuer is trusted and its earner is an employee."),
    "badge.revoked": N_("A verified badge no longer counts."),
    "raise.approved": N_("A raise was approved and queued for the HR suite."),
}
"""Event type -> when it is sent. docs/reference/webhooks.md shows a payload of each."""

ACHIEVED = (Outcome.COMPLETED, Outcome.PASSED)


def op_id(*parts: object) -> str:
    """The idempotency key of an effect: the same parts always give the same UUID (version 5)."""
    return str(uuid5(NAMESPACE_URL, "raise-advisor:" + "/".join(str(part) for part in parts)))


def publish(
    tx: Tx,
    at: datetime,
    event_type: str,
    who: Person,
    data: JsonObject,
    *,
    subject: str,
    revision: str = "",
    targets: Collection[int] | None = None,
) -> None:
    """One webhook per subscribed endpoint. ``subject``, ``data`` and ``revision`` name the fact: the same again is no new delivery.

    ``targets`` are the subscribed endpoints where the caller has read them already.
    """
    payload: JsonObject = {
        "type": event_type,
        "timestamp": at.isoformat(),
        "data": {"person": _person(who), **data},
    }
    key = op_id(event_type, subject, content_hash(data), revision)
    told = endpoints.subscribed(tx, event_type) if targets is None else targets
    outgoing.enqueue(
        tx,
        at,
        [Message(OutboxKind.WEBHOOK, target, key, event_type, payload, who.id, subject) for target in told],
    )


def write(
    tx: Tx, at: datetime, desired: Desired, who: Person, *, takers: Collection[int] | None = None
) -> int:
    """One write to the connection that the person comes from, if its sink is switched on (or it is among ``takers``): the same id
    is somebody else's in another suite. A newer wish for the same key replaces a queued older one. Says how many are new."""
    payload: JsonObject = {**asdict(desired), "sink": desired.sink.value}
    key = op_id(desired.sink, desired.key, content_hash(desired.values))
    if takers is None:
        takers = [one.id for one in connections.writers(tx, desired.sink.value)]
    kind = f"{desired.sink.value}.write"
    messages = [
        Message(OutboxKind.WRITE, one, key, kind, payload, who.id, desired.key, supersedes=True)
        for one in takers
        if one == who.connection_id
    ]
    return outgoing.enqueue(tx, at, messages)


def withdraw(tx: Tx, at: datetime, sink: Sink, key: str, who: Person) -> int:
    """Takes back the wish for ``key``: what is queued is not sent, and a suite that may have it is told to take it out again.

    How many suites that are.
    """
    told = 0
    for sent in outgoing.take_back(tx, at, OutboxKind.WRITE, key, who.id, f"{sink.value}.write"):
        payload: JsonObject = {**sent.payload, "is_withdrawn": True}
        gone = op_id(sink, key, "withdrawn", content_hash(payload))
        kind = f"{sink.value}.withdraw"
        message = Message(OutboxKind.WRITE, sent.target_id, gone, kind, payload, who.id, key, supersedes=True)
        told += outgoing.enqueue(tx, at, [message])
    return told


def _person(who: Person) -> JsonObject:
    return {"id": who.id, "source_id": who.source_id, "employee_number": who.employee_number}


def recorded(tx: Tx, at: datetime, stream: Stream, placed: Sequence[Placed]) -> None:
    """New or changed learning records: told to subscribers, and completed courses written as training."""
    if stream is not Stream.LEARNING or not _anybody_listens(tx):
        return
    for one in placed:
        if isinstance(one.record, LearningRecord):
            who = persons.get(tx, one.person_id)
            subject = f"learning:{one.inbox_id}"  # a change and its undoing are two facts: the time tells them apart
            publish(
                tx,
                at,
                "learning.recorded",
                who,
                _learning(one.record),
                subject=subject,
                revision=at.isoformat(),
            )
            if one.record.outcome in ACHIEVED:
                write(tx, at, _training(one.record, who), who)
            else:  # it may have said otherwise before
                _withdraw_training(tx, at, who, one.record.title, one.record.occurred_at)


def _anybody_listens(tx: Tx) -> bool:
    return bool(endpoints.subscribed(tx, "learning.recorded") or connections.writers(tx, Sink.TRAINING.value))


def _learning(record: LearningRecord) -> JsonObject:
    return {
        "source_id": record.source_id,
        "activity_id": record.activity_id,
        "title": record.title,
        "outcome": record.outcome.value,
        "occurred_at": record.occurred_at.isoformat(),
        "hours": None if record.hours is None else str(record.hours),
    }


def _training(record: LearningRecord, who: Person) -> Desired:
    """Course and day are the natural key: the same course again another day is another training."""
    day = record.occurred_at.date().isoformat()
    hours: Json = None if record.hours is None else str(record.hours)
    values: JsonObject = {
        "course": record.title,
        "completed_on": day,
        "hours": hours,
        "evidence": record.activity_id,
    }
    return Desired(Sink.TRAINING, _training_key(who, record.title, record.occurred_at), who.source_id, values)


def _training_key(who: Person, title: str, occurred_at: datetime) -> str:
    return f"training:{who.source_id}/{title}/{occurred_at.date().isoformat()}"


def retracted(tx: Tx, at: datetime, items: Sequence[Item], gone: Sequence[records.Learnt]) -> None:
    """Learning records that their source withdrew; ``gone`` is what they said. A training that another record still proves stays."""
    for item in items:
        if item.person_id is not None:
            said: JsonObject = {"source_id": item.remote_key}
            subject = f"learning:{item.id}"
            who = persons.get(tx, item.person_id)
            publish(tx, at, "learning.withdrawn", who, said, subject=subject, revision=at.isoformat())
    for one in gone:
        _withdraw_training(tx, at, persons.get(tx, one.person_id), one.title, one.occurred_at)


def _withdraw_training(tx: Tx, at: datetime, who: Person, title: str, occurred_at: datetime) -> None:
    if not records.is_learnt(tx, who.id, title, occurred_at.date(), ACHIEVED):
        withdraw(tx, at, Sink.TRAINING, _training_key(who, title, occurred_at), who)
