"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from plugin.services.core import Core
from plugin.services.operation.schedule import Every, Job
from plugin.services.operation.topics import Topic
from plugin.services.sources import dropped_files, inbound_events, run_requests


def _sweep(core: Core) -> None:
    inbound_events.free_stuck(core)
    run_requests.free_stuck(core)


TOPIC = Topic(
    jobs=(
        Job("request_due_runs", Every(60), run_requests.request_due),
        Job("discard_old_files", Every(600), dropped_files.prune),
    ),
    sweep=_sweep,
    prune=inbound_events.prune,
)
