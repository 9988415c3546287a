"""Delivers one claimed webhook: sign, send once, say what came back. The schedule of retries belongs to the outbox."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from plugin import http_client
from plugin.errors import AdvisorError, Conflict
from plugin.http_client import Client, Limits, Sent
from plugin.services.core import Core
from plugin.services.delivery import webhook_deliveries
from plugin.services.delivery.webhook_deliveries import Answer, Delivery
from plugin.webhooks import signing

LIMITS = Limits(total_seconds=20, connect_seconds=5, gap_seconds=15)
"""Standard Webhooks gives a receiver 15 to 30 s; the lease of a delivery is more than twice as long."""
_LOG = logging.getLogger(__name__)


def deliver_next(
    core: Core, client: Client, *, fair_share: int | None = None, limits: Limits = LIMITS
) -> bool:
    """Delivers the next due webhook; False when none is due. ``fair_share``: see deliveries.claim_next."""
    delivery = webhook_deliveries.claim_next(core, fair_share=fair_share)
    if delivery is None:
        return False
    answer = attempt(client, delivery, core.clock(), limits)
    try:
        webhook_deliveries.settle(core, delivery, answer)
    except Conflict:
        _LOG.warning("outbox row %s: the lease was lost, another worker has it", delivery.claim.entry.id)
    return True


def attempt(client: Client, delivery: Delivery, now: datetime, limits: Limits = LIMITS) -> Answer:
    """One signed POST. Whatever goes wrong is an Answer with a code, because all of it is retried by the same schedule."""
    started = time.monotonic()
    try:
        headers = signing.sign(delivery.secrets, delivery.message_id, now, delivery.body)
        headers["content-type"] = "application/json"
        allowed = http_client.networks(delivery.networks)
        return _judged(client.send(delivery.url, delivery.body, headers, networks=allowed, limits=limits))
    except AdvisorError as error:
        ms = round((time.monotonic() - started) * 1000)
        return Answer(None, ms, error.code, str(error), getattr(error, "wait", None))


def _judged(sent: Sent) -> Answer:
    wait = http_client.retry_after(sent.headers)
    if 200 <= sent.status < 300:
        return Answer(sent.status, sent.ms, "ok")
    code = "redirect" if 300 <= sent.status < 400 else f"http_{sent.status}"
    return Answer(sent.status, sent.ms, code, f"the receiver answered {sent.status}", wait)
