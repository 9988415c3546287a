"""What this room gives the worker and the scheduler. Who opens connections gives it the lane of writes."""

from __future__ import annotations

from plugin.services.delivery import backlog, webhook_deliveries
from plugin.services.operation.topics import Topic
from plugin.services.operation.worker import Lane, Means


def _lanes(means: Means) -> tuple[Lane]:
    """A receiver with half of the threads yields to others."""

    def deliver() -> bool:
        return webhook_deliveries.deliver_next(means.core, means.client, fair_share=means.half)

    return (Lane("webhooks", deliver, limit=means.all_but_one),)


TOPIC = Topic(lanes=_lanes, sweep=backlog.free_stuck, prune=backlog.prune)
