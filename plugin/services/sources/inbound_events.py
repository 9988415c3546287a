"""Webhooks that came in, after their origin was proven: stored once, then turned into a sync run by a worker."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeAlias

from plugin.connectors.base import Connector, Context, Hint, Verified
from plugin.domain import InboundState, RunTrigger, canonical_json, plain_text
from plugin.errors import AdvisorError, InvalidInput, NotFound, RetryLater
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.delivery import retry_schedule
from plugin.services.operation.worker import described
from plugin.services.sources import connection_opening, run_requests
from plugin.store.operation import audits, leased_work, queues
from plugin.store.operation.leased_work import Held, LeaseLost, Reason
from plugin.store.sources import connections, inbound
from plugin.store.sources.connections import Connection
from plugin.store.sources.inbound import Event
from plugin.texts import _

_LONGEST_ID = 300
_LOG = logging.getLogger(__name__)
Opened: TypeAlias = Callable[[Core, int], tuple[Connector, Context]]


def source(core: Core, hook_token: str) -> Connection:
    """The connection that a hook address belongs to; NotFound."""
    found = None
    if plain_text.is_plain(hook_token):
        with core.database.reading() as tx:
            found = connections.by_hook_token(tx, hook_token)
    if found is None:
        raise NotFound(_("this webhook address doesn't belong to a connection"))
    return found


def store(core: Core, connection_id: int, event: Verified) -> bool:
    """Keeps a verified webhook for the worker; False when its message id is known already. InvalidInput for what JSON cannot say."""
    message_id = event.message_id
    if len(message_id) > _LONGEST_ID or "\0" in message_id:
        message_id = "sha256:" + sha256(message_id.encode("utf-8", "replace")).hexdigest()
    try:
        body = canonical_json(event.payload)
    except (ValueError, RecursionError) as error:  # NaN, half a surrogate pair
        raise InvalidInput(_("the webhook's payload can't be written as JSON")) from error
    with core.database.transaction() as tx:
        return inbound.store(tx, core.clock(), connection_id, message_id, body)


@dataclass
class _Sorted:
    """What became of a batch's events, by their ids."""

    can_hint: bool = True
    handled: list[int] = field(default_factory=list)
    unusable: dict[int, Reason] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)

    @property
    def is_run_wanted(self) -> bool:
        return bool(self.streams) if self.can_hint else bool(self.handled)


def handle_next(core: Core, *, opened: Opened = connection_opening.opened) -> bool:
    """Turns the due events of one connection into one run; False when none is due."""
    now = core.clock()
    with core.database.reading() as tx:
        if not queues.has_due(tx, now, inbound.QUEUE):
            return False
    with core.database.transaction() as tx:
        batch = inbound.claim(tx, now)
    if batch is None:
        return False
    # an error of none of the events may pass
    with leased_work.guarded(
        core.database, core.clock, batch.lease, lambda reason: _retry(core, batch, reason, None)
    ):
        _handle(core, batch, opened)
    return True


def _handle(core: Core, batch: Held[Event], opened: Opened) -> None:
    connection_id = batch.rows[0].connection_id
    try:
        connector, ctx = opened(core, connection_id)
        result = _hints(connector, ctx, batch.rows)
        if result.is_run_wanted:
            streams = sorted(result.streams)
            run_requests.request_run(
                core, SYSTEM, connection_id, streams=streams or None, trigger=RunTrigger.WEBHOOK
            )
    except RetryLater as error:
        _retry(core, batch, _reason(error), error.wait)
        return
    except LeaseLost:
        raise
    except AdvisorError as error:
        result = _Sorted(unusable={event.id: _reason(error) for event in batch.rows})
    now = core.clock()
    with core.database.transaction() as tx:
        leased_work.end(tx, now, batch.lease.of(*result.handled), InboundState.HANDLED)
        for event_id, reason in result.unusable.items():
            leased_work.set_aside(tx, now, batch.lease.of(event_id), reason)


def _reason(error: AdvisorError) -> Reason:
    return Reason(error.code, str(error), error.remedy or None)


def _hints(connector: Connector, ctx: Context, events: Sequence[Event]) -> _Sorted:
    """A connector without ``hints`` (Standard Webhooks) is read as a whole; one bad event never stops the next."""
    read: Callable[[Context, Verified], list[Hint]] | None = getattr(connector, "hints", None)
    result = _Sorted(can_hint=read is not None)
    for event in events:
        try:
            payload: Any = json.loads(event.body)
            found = read(ctx, Verified(event.message_id, payload)) if read else []
            result.streams.update(hint.stream.value for hint in found)
            result.handled.append(event.id)
        except RetryLater:
            raise
        except AdvisorError as error:
            result.unusable[event.id] = _reason(error)
        except Exception as error:  # noqa: BLE001 - whatever one event holds, the others are handled
            _LOG.error("inbound event %s failed: %s", event.id, described(error))
            result.unusable[event.id] = leased_work.unexpected()
    return result


def _retry(core: Core, batch: Held[Event], reason: Reason, wait: float | None) -> None:
    now = core.clock()
    with core.database.transaction() as tx:
        for event in batch.rows:
            due_at = retry_schedule.next_due(now, event.attempts, wait=wait)
            leased_work.again(tx, now, batch.lease.of(event.id), due_at, reason)


# --- for people, and housekeeping -----------------------------------------------------------------------------------


def page(
    core: Core,
    *,
    connection_id: int | None = None,
    state: InboundState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """Newest first; ``before`` is the id of the last event of the page before."""
    with core.database.reading() as tx:
        return inbound.page(tx, connection_id=connection_id, state=state, before=before, limit=limit)


def replay(core: Core, actor: Actor, event_id: int) -> None:
    """A failed event is handled again. NotFound when there is no such failed event."""
    now = core.clock()
    with core.database.transaction() as tx:
        inbound.replay(tx, now, event_id)
        audits.append(tx, now, actor.name, "inbound.replay", f"inbound:{event_id}")


def free_stuck(core: Core) -> int:
    """Gives events of lost workers back; their number."""
    with core.database.transaction() as tx:
        swept = leased_work.sweep(tx, core.clock(), inbound.QUEUE)
    return swept.again + swept.set_aside


def prune(core: Core, *, keep: timedelta = timedelta(days=30)) -> int:
    """Deletes handled events older than ``keep``, which must exceed any sender's retries: the ids guard against replays."""
    with core.database.transaction() as tx:
        return inbound.prune(tx, core.clock() - keep)
