"""The two processes beside the web, with the jobs and lanes of all topics: the scheduler, which only inserts and sweeps, and the worker.

Every scheduler has its own memory and fires by its own clock; the ledger of slots makes one of them win each slot. A job is
done at most once per slot: one that dies half-way is done by the next slot, so every job must be able to catch up.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from plugin.domain import ProcessKind
from plugin.http_client import Client
from plugin.services.core import Core
from plugin.services.operation import topics
from plugin.services.operation.processes import Process, take_slot
from plugin.services.operation.schedule import EPOCH, Daily, Every, Job
from plugin.services.operation.worker import Means, Worker, described

_LOG = logging.getLogger(__name__)


JOBS: tuple[Job, ...] = topics.jobs()


# --- the scheduler --------------------------------------------------------------------------------------------------


def fire(core: Core, job: Job) -> bool:
    """Does the job when this process wins its slot; False when another one had it."""
    slot = job.rule.slot(core.clock(), ZoneInfo(core.settings.time_zone))
    if not take_slot(core, job.id, slot):
        return False
    job.perform(core)
    return True


def trigger(rule: Every | Daily, zone: ZoneInfo) -> IntervalTrigger | CronTrigger:
    """The rule as APScheduler wants it."""
    match rule:
        case Every():
            return IntervalTrigger(seconds=rule.seconds, start_date=EPOCH, timezone=UTC)
        case Daily():
            return CronTrigger(hour=rule.at.hour, minute=rule.at.minute, timezone=zone)


def scheduler(core: Core, jobs: Sequence[Job] = JOBS) -> BlockingScheduler:
    """A scheduler with all jobs, not yet started; ``start()`` blocks, ``shutdown(wait=False)`` ends it."""
    made = BlockingScheduler(
        jobstores={"default": MemoryJobStore()},
        job_defaults={"coalesce": True, "max_instances": 1},
        timezone=UTC,
    )
    for job in jobs:
        made.add_job(
            partial(fire, core, job),
            trigger(job.rule, ZoneInfo(core.settings.time_zone)),
            id=job.id,
            misfire_grace_time=job.misfire_grace_seconds,
        )
    process = Process.here(core, ProcessKind.SCHEDULER, _name(ProcessKind.SCHEDULER))
    made.add_job(
        partial(process.beat, core), "interval", seconds=15, id="heartbeat", next_run_time=core.clock()
    )
    made.add_listener(_report, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
    logging.getLogger("apscheduler.executors.default").setLevel(
        logging.CRITICAL
    )  # its texts may quote a record
    return made


def _report(event: object) -> None:
    job, failure = getattr(event, "job_id", "?"), getattr(event, "exception", None)
    if failure is not None:
        _LOG.error("job %s failed: %s", job, described(failure))
    else:
        kind = "missed its time" if getattr(event, "code", 0) == EVENT_JOB_MISSED else "is still running"
        _LOG.warning("job %s %s", job, kind)


def run_scheduler(core: Core, jobs: Sequence[Job] = JOBS) -> None:
    """The scheduler process: blocks until SIGTERM or SIGINT."""
    made = scheduler(core, jobs)
    _on_signals(partial(made.shutdown, wait=False))
    made.start()


# --- the worker -----------------------------------------------------------------------------------------------------


def worker(core: Core, client: Client, *, threads: int | None = None, idle_seconds: float = 1.0) -> Worker:
    """A worker with all lanes, not yet running."""
    number = threads or core.settings.worker_threads
    process = Process.here(core, ProcessKind.WORKER, _name(ProcessKind.WORKER))

    def tick() -> None:
        process.beat(core)
        topics.free_stuck(core)

    lanes = topics.lanes(Means(core, client, number))
    return Worker(lanes, threads=number, tick=tick, idle_seconds=idle_seconds)


def run_worker(core: Core) -> None:
    """The worker process: blocks until SIGTERM or SIGINT, then finishes what it has in hand."""
    with Client() as client:
        made = worker(core, client)
        _on_signals(made.stop)
        made.run()


def _on_signals(stop: Callable[[], object]) -> None:
    """In the main thread only, which alone may set handlers; elsewhere whoever started the thread stops it."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _name(kind: ProcessKind) -> str:
    return f"{kind}:{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 100_000}"
