"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from datetime import time

from plugin.services.core import Core
from plugin.services.operation import idempotency, processes, task_requests, topics
from plugin.services.operation.schedule import Daily, Every, Job
from plugin.services.operation.topics import Topic
from plugin.services.operation.worker import Lane, Means


def _lanes(means: Means) -> tuple[Lane]:
    return (Lane("tasks", lambda: task_requests.perform_next(means.core), limit=1),)


def _prune(core: Core) -> None:
    task_requests.prune(core)
    processes.prune_ledger(core)
    idempotency.prune(core)


TOPIC = Topic(
    jobs=(
        Job("free_stuck", Every(30), topics.free_stuck, misfire_grace_seconds=60),
        Job("prune", Daily(time(3, 20)), topics.prune),
    ),
    lanes=_lanes,
    sweep=task_requests.free_stuck,
    prune=_prune,
)
