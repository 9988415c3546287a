"""What the crash test starts and kills: a producer, or a worker with short leases. Run by its path, not imported."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from plugin.http_client import Client, Limits
from plugin.services.core import Core
from plugin.services.delivery import backlog, retry_schedule, webhook_deliveries
from plugin.services.operation.worker import Lane, Worker
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import slots
from plugin.vault import Vault

START = datetime(2026, 1, 1, tzinfo=UTC)


def produce(core: Core, endpoint_id: int, number: int) -> None:
    """Business rows (slots of a job) and their outbox rows, each pair in one transaction; goes on where it was killed."""
    with core.database.reading() as tx:
        last = slots.taken(tx, "business", limit=1)
    first = int((last[0] - START).total_seconds()) + 1 if last else 0
    for n in range(first, number):
        with core.database.transaction() as tx:
            slots.take(tx, "business", START + timedelta(seconds=n), core.clock())
            message = Message("webhook", endpoint_id, str(UUID(int=n)), "crash.test", {"n": n})
            outgoing.enqueue(tx, core.clock(), [message])


def work(core: Core) -> None:
    patient = {"lease": timedelta(seconds=3), "most_attempts": 31, "most_losses": 31}
    outbox.QUEUES["webhook"] = replace(outbox.QUEUES["webhook"], **patient)  # type: ignore[arg-type]
    retry_schedule.DELAYS_SECONDS = (0.2,)  # type: ignore[assignment]
    limits = Limits(total_seconds=1.2)
    with Client() as client:
        lane = Lane("webhooks", lambda: webhook_deliveries.deliver_next(core, client, limits=limits))
        worker = Worker(
            [lane],
            threads=8,
            tick=lambda: void(backlog.free_stuck(core)),
            idle_seconds=0.1,
            tick_seconds=0.5,
        )
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run(grace_seconds=5)


def void(_: object) -> None:
    """Drops a result."""


def main() -> None:
    kind, url, key, endpoint_id, number = sys.argv[1:]
    settings = Settings(database_url=url, vault_keys=(key,))
    core = Core(settings, Database(url), Vault(settings.vault_keys))
    if kind == "producer":
        produce(core, int(endpoint_id), int(number))
    else:
        work(core)


if __name__ == "__main__":
    main()
