"""Takes xAPI statements that a platform pushes to us: all of a batch or nothing, each once, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import NAMESPACE_URL, uuid4, uuid5

from plugin.connectors.base import Retract, Upsert
from plugin.connectors.xapi_records import stream_of
from plugin.domain import JsonObject, RunTrigger, Stream
from plugin.errors import Conflict, InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import inbox, run_requests
from plugin.store.database import Tx
from plugin.store.sources import receipts
from plugin.store.sources.receipts import Receipt, Stored
from plugin.texts import _
from plugin.xapi import learning
from plugin.xapi.fingerprint import fingerprint
from plugin.xapi.formats import moment

_STREAMS = (Stream.LEARNING, Stream.BADGES)


@dataclass(frozen=True)
class Sender:
    """Who pushes: a connection, and how it keeps statements. ``keep_all``: also those that are no outcome."""

    connection_id: int
    authority: JsonObject
    keep_all: bool = False


@dataclass(frozen=True)
class _Arrived:
    statement: JsonObject
    receipt: Receipt
    stream: Stream | None  # None: no outcome of one person, and not kept


def accept(core: Core, sender: Sender, statements: Sequence[JsonObject]) -> list[str]:
    """Stores valid statements in one transaction and asks for a run that applies them; their ids, in order.

    A statement that is known already changes nothing. Conflict (code ``statement_conflict``) when a known id comes with other
    content, InvalidInput when a voiding statement is to be voided; then nothing of the batch is stored.
    """
    now = core.clock()
    arrived = [_arrived(sender, _named(sender, one), now) for one in statements]
    in_order = sorted(
        arrived, key=lambda one: one.receipt.statement_id
    )  # the same for all, so none waits in a ring
    with core.database.transaction() as tx:
        fresh = [one for one in in_order if _is_new(tx, now, sender, one)]
        _check_voiding(tx, sender, fresh)
        if fresh:
            _store(tx, now, sender, fresh)
    if fresh:
        run_requests.request_run(core, SYSTEM, sender.connection_id, trigger=RunTrigger.WEBHOOK)
    return [one.receipt.statement_id for one in arrived]


def find(core: Core, connection_id: int, statement_id: str) -> Stored | None:
    """The statement as it is stored, None when there is none."""
    with core.database.reading() as tx:
        return receipts.statement(tx, connection_id, statement_id.lower())


def _named(sender: Sender, statement: JsonObject) -> JsonObject:
    """With an id. One that is made for a statement with a time is the same at every delivery, so a retry adds nothing."""
    if "id" in statement:
        return statement
    if "timestamp" not in statement:
        return {**statement, "id": str(uuid4())}
    told = f"{sender.connection_id}/{_fingerprint(statement)}/{statement['timestamp']}"
    return {**statement, "id": str(uuid5(NAMESPACE_URL, f"raise-advisor:statement/{told}"))}


def _fingerprint(statement: JsonObject) -> str:
    return fingerprint(cast("dict[str, object]", statement))


def _arrived(sender: Sender, statement: JsonObject, now: datetime) -> _Arrived:
    voids = learning.voids(cast("dict[str, object]", statement))
    said = statement.get("timestamp")
    receipt = Receipt(
        str(statement["id"]).lower(), _fingerprint(statement), moment(str(said)) if said else None, voids
    )
    stream = None if voids else stream_of(statement, now)
    if stream is None and sender.keep_all and voids is None:
        stream = Stream.LEARNING
    stored_at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kept: JsonObject = {"timestamp": stored_at, "version": "1.0.0", **statement}
    return _Arrived({**kept, "stored": stored_at, "authority": sender.authority}, receipt, stream)


def _is_new(tx: Tx, now: datetime, sender: Sender, one: _Arrived) -> bool:
    """The unique key decides, so that two deliveries at the same moment cannot both be the first."""
    if receipts.add(tx, now, sender.connection_id, one.receipt):
        return True
    name = one.receipt.statement_id
    known = receipts.find(tx, sender.connection_id, [name])[name]
    times = (known.occurred_at, one.receipt.occurred_at)
    if known.fingerprint != one.receipt.fingerprint or (all(times) and times[0] != times[1]):
        raise Conflict(
            _("statement %(name)s is already stored with different content", name=name),
            code="statement_conflict",
            remedy=_("send the changed statement under a new id, and void the old one"),
        )
    return False


def _check_voiding(tx: Tx, sender: Sender, fresh: Sequence[_Arrived]) -> None:
    targets = [one.receipt.voids for one in fresh if one.receipt.voids]
    known = receipts.find(tx, sender.connection_id, targets)
    for name in targets:
        if name in known and known[name].voids is not None:
            raise InvalidInput(_("statement %(name)s is a voiding statement and can't be voided", name=name))


def _store(tx: Tx, now: datetime, sender: Sender, fresh: Sequence[_Arrived]) -> None:
    """Records first, then what is taken back: by this batch, or by a voiding that came before its statement."""
    ids = [one.receipt.statement_id for one in fresh]
    gone = receipts.voided(tx, sender.connection_id, ids) | {
        one.receipt.voids for one in fresh if one.receipt.voids
    }
    for stream in _STREAMS:
        kept = [one for one in fresh if one.stream is stream]
        changes = [
            Upsert(one.receipt.statement_id, one.statement, str(one.statement["stored"])) for one in kept
        ]
        inbox.take(tx, now, sender.connection_id, stream, changes, run_id=None)
        withdrawn = [Retract(name, "voided") for name in sorted(gone)]
        inbox.take(tx, now, sender.connection_id, stream, withdrawn, run_id=None)
