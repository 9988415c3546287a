"""What this room gives the worker and the scheduler."""

from __future__ import annotations

from plugin.services.core import Core
from plugin.services.delivery import writes
from plugin.services.operation import task_requests
from plugin.services.operation.schedule import Every, Job
from plugin.services.operation.topics import Topic
from plugin.services.operation.worker import Lane, Means
from plugin.services.sources import (
    applying,
    connection_opening,
    dropped_files,
    file_reading,
    inbound_events,
    run_requests,
    sync,
)


def _lanes(means: Means) -> tuple[Lane, ...]:
    """Writes too: delivery carries them out over a connection that is opened here. Somebody waits for a preview: it has a lane beside
    that of other long work."""
    core = means.core
    return (
        Lane("inbound", lambda: inbound_events.handle_next(core)),
        Lane("previews", lambda: task_requests.perform_next(core, file_reading.KIND), limit=1),
        Lane("runs", lambda: sync.perform_next(core) is not None, limit=means.all_but_one),
        Lane(
            "writes",
            lambda: writes.perform_next(core, connection_opening.opened_writer),
            limit=means.all_but_one,
        ),
    )


def _sweep(core: Core) -> None:
    inbound_events.free_stuck(core)
    run_requests.free_stuck(core)


TOPIC = Topic(
    kinds={file_reading.KIND: file_reading.perform},
    words={file_reading.KIND: file_reading.words},
    jobs=(
        Job("request_due_runs", Every(60), run_requests.request_due),
        Job("link_managers", Every(86_400), applying.link_managers),
        Job("discard_old_files", Every(600), dropped_files.prune),
    ),
    lanes=_lanes,
    sweep=_sweep,
    prune=inbound_events.prune,
)
