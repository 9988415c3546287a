"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from plugin.services.delivery import webhook_deliveries
from plugin.services.operation.topics import Topic

TOPIC = Topic(sweep=webhook_deliveries.free_stuck, prune=webhook_deliveries.prune)
