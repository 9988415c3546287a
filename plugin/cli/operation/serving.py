"""Runs web, worker and scheduler in one process, each in a thread of its own: enough for a small firm, and the demo."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence

from plugin import jobs
from plugin.app import serve_web
from plugin.http_client import Client
from plugin.services.core import Core

PARTS = ("web", "worker", "scheduler")


def run(
    core: Core,
    parts: Sequence[str],
    *,
    port: int | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Blocks until SIGTERM or SIGINT. One part alone runs in the main thread as its own process would."""
    if tuple(parts) == ("worker",):
        jobs.run_worker(core)
    elif tuple(parts) == ("scheduler",):
        jobs.run_scheduler(core)
    else:
        _together(core, parts, port, on_ready)


def _together(
    core: Core, parts: Sequence[str], port: int | None, on_ready: Callable[[str], None] | None
) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    with Client() as client:
        worker = jobs.worker(core, client) if "worker" in parts else None
        scheduler = jobs.scheduler(core) if "scheduler" in parts else None
        threads = [
            threading.Thread(target=one, daemon=True)
            for one in (worker and worker.run, scheduler and scheduler.start)
            if one
        ]
        for thread in threads:
            thread.start()
        try:
            serve_web(core, port=port, on_ready=on_ready)
        except KeyboardInterrupt:
            pass
        finally:
            if scheduler is not None and scheduler.running:
                scheduler.shutdown(wait=False)
            if worker is not None:
                worker.stop()
            for thread in threads:
                thread.join(35)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
