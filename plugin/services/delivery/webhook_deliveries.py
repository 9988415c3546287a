"""Delivers webhooks: takes one, signs it, sends it once, and marks the row by what came back. The outbox keeps the schedule of retries."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin import http_client
from plugin.domain import EndpointState, OutboxKind, canonical_json
from plugin.errors import AdvisorError
from plugin.figures.writing import moment
from plugin.http_client import Client, Limits, Sent
from plugin.services.core import Core
from plugin.services.delivery import retry_schedule, signing
from plugin.store.database import Tx
from plugin.store.delivery import endpoints, holds, outbox
from plugin.store.delivery.endpoints import Attempt
from plugin.store.delivery.holds import Hold
from plugin.store.delivery.outbox import Claim
from plugin.store.operation import audits, leased_work
from plugin.store.operation.leased_work import Reason
from plugin.texts import _
from plugin.vault import Secret

LIMITS = Limits(total_seconds=20, connect_seconds=5, gap_seconds=15)
"""Standard Webhooks gives a receiver 15 to 30 s; the lease of a delivery is more than twice as long."""
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
class _Receiver:
    """Where a delivery goes, and the secrets that sign it, the newest first."""

    url: str
    networks: tuple[str, ...]
    secrets: tuple[Secret, ...]


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


def deliver_next(
    core: Core, client: Client, *, fair_share: int | None = None, limits: Limits = LIMITS
) -> bool:
    """Delivers the next due webhook; False when none is due. ``fair_share``: see ``claim_next``."""
    held = claim_next(core, fair_share=fair_share)
    if held is None:
        return False

    def broke(reason: Reason) -> None:
        now = core.clock()
        with core.database.transaction() as tx:
            outbox.retry(tx, now, held, retry_schedule.next_due(now, held.entry.attempts, wait=None), reason)
            endpoints.add_attempt(tx, held.entry.id, Attempt(now, None, 0, reason.code, reason.message))

    with leased_work.guarded(core.database, core.clock, held.lease, broke):
        settle(core, held, _attempt(core, client, held, limits))
    return True


def claim_next(core: Core, *, fair_share: int | None = None) -> Claim | None:
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
        return claims[0] if claims else None


def _attempt(core: Core, client: Client, held: Claim, limits: Limits) -> Answer:
    """One signed POST. What goes wrong is an Answer with a code, because all of it is retried by the same schedule.

    The body is the same at every attempt, and so is the message id, also at other endpoints: the receiver's key against duplicates.
    """
    started, now = time.monotonic(), core.clock()
    try:
        to = _receiver(core, held, now)
        body = canonical_json(held.entry.payload)
        headers = signing.sign(to.secrets, held.entry.op_id, now, body)
        headers["content-type"] = "application/json"
        allowed = http_client.networks(to.networks)
        return _judged(client.send(to.url, body, headers, networks=allowed, limits=limits))
    except AdvisorError as error:
        ms = round((time.monotonic() - started) * 1000)
        return Answer(None, ms, error.code, str(error), getattr(error, "wait", None))


def _receiver(core: Core, held: Claim, now: datetime) -> _Receiver:
    with core.database.reading() as tx:
        endpoint = endpoints.get(tx, held.entry.target_id)
        stored = endpoints.secrets(tx, endpoint.id)
    sealed = [stored.current]
    if stored.old is not None and stored.old_until is not None and stored.old_until > now:
        sealed.append(stored.old)
    return _Receiver(endpoint.url, endpoint.allowed_networks, tuple(core.vault.open(text) for text in sealed))


def _judged(sent: Sent) -> Answer:
    wait = http_client.retry_after(sent.headers)
    if 200 <= sent.status < 300:
        return Answer(sent.status, sent.ms, "ok")
    code = "redirect" if 300 <= sent.status < 400 else f"http_{sent.status}"
    return Answer(sent.status, sent.ms, code, _("the receiver answered %(status)s", status=sent.status), wait)


def settle(core: Core, held: Claim, answer: Answer) -> None:
    """Marks the row by the answer: done, due again, or dead. LeaseLost: another worker has the row then.

    410 disables the endpoint, as do five days of nothing but failures; 429, 502, 504 and Retry-After pause all of it.
    """
    now, entry = core.clock(), held.entry
    with core.database.transaction() as tx:
        if answer.is_success:
            outbox.done(tx, now, held)
            endpoints.note_success(tx, entry.target_id)
        else:
            _failed(tx, now, held, answer)
        endpoints.add_attempt(
            tx,
            entry.id,
            Attempt(now, answer.status, answer.milliseconds, answer.code, answer.message or None),
        )


def _failed(tx: Tx, now: datetime, held: Claim, answer: Answer) -> None:
    entry = held.entry
    reason = Reason(answer.code, answer.message)
    if answer.status == 410:
        leased_work.set_aside(tx, now, held.lease, reason)
    else:
        due_at = retry_schedule.next_due(now, entry.attempts, wait=answer.wait)
        outbox.retry(tx, now, held, due_at, reason)
    since = endpoints.note_failure(tx, entry.target_id, now, quiet=_QUIET)
    _throttle(tx, now, entry.target_id, answer)
    if answer.status == 410:
        said = _("the endpoint responded 410 Gone and wants no more deliveries")
        _disable(tx, now, entry.target_id, "gone", said)
    elif now - since >= DISABLE_AFTER:
        said = _("all deliveries have failed since %(since)s UTC", since=moment(since, ZoneInfo("UTC")))
        _disable(tx, now, entry.target_id, "failing", said)


def _throttle(tx: Tx, now: datetime, endpoint_id: int, answer: Answer) -> None:
    seconds = answer.wait if answer.wait is not None else _THROTTLE_SECONDS.get(answer.status or 0)
    if not seconds:
        return
    until = now + timedelta(seconds=min(seconds, retry_schedule.LONGEST_WAIT_SECONDS))
    said = answer.message or _("the endpoint asked for a pause")
    holds.hold(tx, Hold(OutboxKind.WEBHOOK, endpoint_id, until, answer.code, said, now))


def _disable(tx: Tx, now: datetime, endpoint_id: int, code: str, reason: str) -> None:
    endpoints.change(tx, endpoint_id, state=EndpointState.DISABLED, disabled_reason=reason)
    audits.append(tx, now, "system:worker", "endpoint.disable", f"endpoint:{endpoint_id}", {"reason": code})
    _LOG.warning("webhook endpoint %s was disabled", endpoint_id)
