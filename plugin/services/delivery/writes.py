"""Writes to the HR suite: look up, plan, apply, and after any doubt look up again before a repeat.

Each row of the outbox is taken, done and marked alone, so that one record that cannot be written never stops the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from plugin.connectors.base import Context, Writer
from plugin.connectors.writing import (
    Ambiguous,
    AuthLost,
    Create,
    Desired,
    Done,
    Noop,
    Outcome,
    Patch,
    Refuse,
    Rejected,
    Retryable,
    Withdraw,
)
from plugin.domain import JsonObject, OutboxKind, Sink
from plugin.errors import AdvisorError, AuthError, ConfigError, RetryLater
from plugin.http_client import NOT_PERFORMED
from plugin.services.core import Core
from plugin.services.delivery import retry_schedule
from plugin.store.database import Tx
from plugin.store.delivery import holds, outbox
from plugin.store.delivery.holds import Hold
from plugin.store.delivery.outbox import Claim, Entry
from plugin.store.operation import audits, leased_work
from plugin.store.operation.leased_work import Reason
from plugin.store.people import held_facts
from plugin.texts import _, joined

EXISTS = frozenset({"exists", "duplicate", "conflict", "http_409", "http_412"})
"""Codes of Rejected that mean: something is there already. It is compared before anything else is concluded."""
PERMISSION = "permission"  # code of an error that is about one right, not about the credentials
BY_HAND = "by_hand"
RAISES = f"{Sink.RAISES.value}.write"
_READ_BACK_AFTER = 30.0  # seconds before an ambiguous write is looked up again: many suites index late
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """The target cannot be used until a person acts; the row itself is blameless. Where only one permission is missing, that
    kind of write waits and the others go on."""

    code: str
    reason: str


Result: TypeAlias = Done | Ambiguous | Retryable | Rejected | Held
Opened: TypeAlias = Callable[[Core, int], tuple[Writer, Context]]


def perform_next(core: Core, opened: Opened) -> bool:
    """Carries out the next due write, one at a time against each suite; False when none is due. ``opened`` hands over the
    connection that a write goes to."""
    now = core.clock()
    with core.database.reading() as tx:
        if not outbox.has_due(tx, now, OutboxKind.WRITE):
            return False
    with core.database.transaction() as tx:
        claims = outbox.claim(tx, now, OutboxKind.WRITE)
        _note_use(tx, now, claims)
    if not claims:
        return False
    (held,) = claims
    with leased_work.guarded(core.database, core.clock, held.lease, partial(_broke, core, held)):
        result = _performed(core, held.entry, opened)
        with core.database.transaction() as tx:
            _settle(tx, core.clock(), held, result)
    return True


def _note_use(tx: Tx, now: datetime, claims: Sequence[Claim]) -> None:
    """What HR released of a person can no longer be taken back once the raise has left."""
    leaving = [one.entry.person_id for one in claims if one.entry.event_type == RAISES]
    held_facts.mark_used(tx, now, [who for who in leaving if who is not None])


def desired_of(entry: Entry) -> Desired:
    """What the HR suite should hold, as it was queued."""
    payload = entry.payload
    return Desired(
        Sink(cast("str", payload["sink"])),
        cast("str", payload["key"]),
        cast("str", payload["person_source_id"]),
        cast("JsonObject", payload["values"]),
        is_withdrawn=bool(payload.get("is_withdrawn")),
    )


def _performed(core: Core, entry: Entry, opened: Opened) -> Result:
    try:
        connector, ctx = opened(core, entry.target_id)
        return _Write(connector, ctx, desired_of(entry), _uuid(entry.op_id)).carry_out()
    except AuthError as error:
        return Held(error.code, str(error))
    except ConfigError as error:
        return Held(error.code, joined("; ", str(error), error.remedy) if error.remedy else str(error))
    except RetryLater as error:
        return Retryable(error.wait, str(error))
    except AdvisorError as error:
        return Rejected(error.code, str(error))


def _uuid(op_id: str) -> UUID:
    try:
        return UUID(op_id)
    except ValueError:
        return uuid5(NAMESPACE_URL, op_id)


class _Write:
    """One desired state on its way into one suite."""

    def __init__(self, connector: Writer, ctx: Context, desired: Desired, op_id: UUID) -> None:
        self.connector, self.ctx, self.desired, self.op_id = connector, ctx, desired, op_id

    def carry_out(self) -> Result:
        """Never applies without a look at what is there, so a repeat after a crash or a doubt changes nothing twice."""
        action = self._plan()
        if isinstance(action, Noop):
            return Done(action.remote_id)
        if isinstance(action, Refuse):
            return Rejected(action.code, action.reason)
        outcome = self._apply(action)
        if isinstance(outcome, AuthLost):
            return Held(outcome.code, outcome.reason)
        if isinstance(outcome, Ambiguous) or (isinstance(outcome, Rejected) and outcome.code in EXISTS):
            return self._compared(outcome)
        return outcome

    def _plan(self) -> Create | Patch | Withdraw | Noop | Refuse:
        remote = self.connector.lookup(self.ctx, [self.desired]).get(self.desired.key)
        action = self.connector.plan(self.ctx, self.desired, remote)
        if self.desired.is_withdrawn and isinstance(action, Create | Patch):
            return Refuse(
                self.desired,
                BY_HAND,
                _("this connector can't withdraw it: remove it from the HR suite manually"),
            )
        return action

    def _apply(self, action: Create | Patch | Withdraw) -> Outcome:
        try:
            return self.connector.apply(self.ctx, action, self.op_id)
        except RetryLater as error:  # the request may have arrived, unless the error says that it never left
            return Retryable(error.wait, str(error)) if error.code in NOT_PERFORMED else Ambiguous(str(error))

    def _compared(self, outcome: Ambiguous | Rejected) -> Result:
        """Reads back: what is there as desired was done, by us or by somebody before us; the rest is for a later look."""
        try:
            action = self._plan()
        except RetryLater as error:
            return Ambiguous(_("%(reason)s; reading back: %(error)s", reason=outcome.reason, error=error))
        if isinstance(action, Noop):
            return Done(action.remote_id)
        if isinstance(action, Refuse):
            return Rejected(action.code, action.reason)
        if isinstance(outcome, Rejected) and isinstance(action, Create):
            return outcome  # it says that there is one, and shows none: nothing that a repeat could mend
        return Ambiguous(outcome.reason)


def _settle(tx: Tx, now: datetime, held: Claim, result: Result) -> None:
    if isinstance(result, Done):
        outbox.done(tx, now, held, remote_id=result.remote_id, seen=result.seen or None)
        _audit(tx, now, held.entry, "write.done", {"remote_id": result.remote_id})
    elif isinstance(result, Held):
        leased_work.release(tx, held.lease, now, Reason(result.code, result.reason))
        part = held.entry.event_type if result.code == PERMISSION else ""
        target = held.entry.target_id
        holds.hold(tx, Hold(OutboxKind.WRITE, target, None, result.code, result.reason, now, part))
        _audit(tx, now, held.entry, "write.held", {"code": result.code})
        _LOG.warning("writes to connection %s are held: %s", held.entry.target_id, result.code)
    elif isinstance(result, Rejected):
        _give_up(tx, now, held, result.code, result.reason)
    else:
        _later(tx, now, held, result)


def _broke(core: Core, held: Claim, reason: Reason) -> None:
    """It may have been written before the error: the next attempt looks first."""
    now = core.clock()
    due_at = retry_schedule.next_due(now, held.entry.attempts, wait=_READ_BACK_AFTER)
    with core.database.transaction() as tx:
        if not outbox.retry(tx, now, held, due_at, reason, ambiguous=True):
            _audit(tx, now, held.entry, "write.failed", {"code": reason.code})


def _later(tx: Tx, now: datetime, held: Claim, result: Ambiguous | Retryable) -> None:
    ambiguous = isinstance(result, Ambiguous)
    wait = _READ_BACK_AFTER if isinstance(result, Ambiguous) else result.after_seconds
    due_at = retry_schedule.next_due(now, held.entry.attempts, wait=wait)
    code = "ambiguous" if ambiguous else "transient"
    if not outbox.retry(tx, now, held, due_at, Reason(code, result.reason), ambiguous=ambiguous):
        _audit(tx, now, held.entry, "write.failed", {"code": code})
    elif isinstance(result, Retryable) and result.after_seconds:
        until = now + timedelta(seconds=min(result.after_seconds, retry_schedule.LONGEST_WAIT_SECONDS))
        holds.hold(tx, Hold(OutboxKind.WRITE, held.entry.target_id, until, code, result.reason, now))


def _give_up(tx: Tx, now: datetime, held: Claim, code: str, reason: str) -> None:
    leased_work.set_aside(tx, now, held.lease, Reason(code, reason))
    _audit(tx, now, held.entry, "write.failed", {"code": code})


def _audit(tx: Tx, now: datetime, entry: Entry, action: str, detail: JsonObject) -> None:
    named: JsonObject = {"connection": entry.target_id, "event": entry.event_type, **detail}
    audits.append(tx, now, "system:worker", action, f"outbox:{entry.id}", named)
