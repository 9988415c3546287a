"""ONE table of scheduled jobs, and the two processes beside the web: the scheduler, which only inserts and sweeps, and the worker.

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
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from plugin.http_client import Client
from plugin.services.core import Core
from plugin.services.cycle import nightly
from plugin.services.delivery import webhook_deliveries, writes
from plugin.services.evidence import badge_checks, badge_documents, skill_ledger
from plugin.services.operation import task_requests
from plugin.services.operation.processes import Process, prune_ledger, take_slot
from plugin.services.operation.worker import Lane, Worker, described
from plugin.services.payroll import send
from plugin.services.sources import inbound_events, run_requests, sync
from plugin.webhooks import outbound

_LOG = logging.getLogger(__name__)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
MISFIRE_GRACE_SECONDS = 3600


class Rule(Protocol):
    """When a job is due: a trigger for APScheduler, and the name of the slot that a moment belongs to."""

    def trigger(self, zone: ZoneInfo) -> object: ...

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime: ...


@dataclass(frozen=True)
class Every:
    """Every so many seconds, at the same instants on every machine."""

    seconds: int

    def trigger(self, zone: ZoneInfo) -> object:  # noqa: ARG002 - the same in all zones
        return IntervalTrigger(seconds=self.seconds, start_date=_EPOCH, timezone=UTC)

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime:  # noqa: ARG002
        passed = int((now - _EPOCH).total_seconds()) // self.seconds
        return _EPOCH + timedelta(seconds=passed * self.seconds)


@dataclass(frozen=True)
class Daily:
    """Once a day at this time of the company's zone."""

    at: time

    def trigger(self, zone: ZoneInfo) -> object:
        return CronTrigger(hour=self.at.hour, minute=self.at.minute, timezone=zone)

    def slot(self, now: datetime, zone: ZoneInfo) -> datetime:
        here = now.astimezone(zone)
        due = datetime.combine(here.date(), self.at, zone)
        return (
            due if due <= here else datetime.combine(here.date() - timedelta(days=1), self.at, zone)
        ).astimezone(UTC)


@dataclass(frozen=True)
class Job:
    """``perform`` only inserts rows or sweeps, in seconds at most; the worker does the work."""

    id: str
    rule: Rule
    perform: Callable[[Core], object]
    misfire_grace_seconds: int = MISFIRE_GRACE_SECONDS


def free_stuck(core: Core) -> None:
    """Gives back what lost workers held: deliveries and writes, inbound events, runs, tasks."""
    webhook_deliveries.free_stuck(core)
    inbound_events.free_stuck(core)
    run_requests.free_stuck(core)
    task_requests.free_stuck(core)


def prune(core: Core) -> None:
    """Deletes what nobody needs any more; each service says how long it keeps."""
    webhook_deliveries.prune(core)
    inbound_events.prune(core)
    task_requests.prune(core)
    prune_ledger(core)


JOBS: tuple[Job, ...] = (
    Job("request_due_runs", Every(60), run_requests.request_due),
    Job("free_stuck", Every(30), free_stuck, misfire_grace_seconds=60),
    Job("collect_raises", Every(60), send.collect_due),
    Job("prune", Daily(time(3, 20)), prune),
    Job("compare_cycles", Daily(time(4, 40)), nightly.request_comparisons),
    Job("open_skill_reviews", Daily(time(4, 10)), skill_ledger.open_reviews),
)


# --- the scheduler --------------------------------------------------------------------------------------------------


def fire(core: Core, job: Job) -> bool:
    """Does the job when this process wins its slot; False when another one had it."""
    slot = job.rule.slot(core.clock(), ZoneInfo(core.settings.time_zone))
    if not take_slot(core, job.id, slot):
        return False
    job.perform(core)
    return True


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
            job.rule.trigger(ZoneInfo(core.settings.time_zone)),
            id=job.id,
            misfire_grace_time=job.misfire_grace_seconds,
        )
    process = Process.here(core, "scheduler", _name("scheduler"))
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
    """A worker with all lanes, not yet running. Long work may take all threads but one; a receiver with half of them yields to others."""
    number = threads or core.settings.worker_threads
    long, share = max(number - 1, 1), max(number // 2, 1)
    process = Process.here(core, "worker", _name("worker"))
    source = badge_documents.over(client, core.settings.badge_networks)
    lanes = [
        Lane("inbound", lambda: inbound_events.handle_next(core)),
        Lane("runs", lambda: sync.perform_next(core) is not None, limit=long),
        Lane("webhooks", lambda: outbound.deliver_next(core, client, fair_share=share), limit=long),
        Lane("writes", lambda: writes.perform_next(core), limit=long),
        Lane("badges", lambda: badge_checks.check_due(core, limit=20, found_in=source) > 0, limit=1),
        Lane("tasks", lambda: task_requests.perform_next(core), limit=1),
    ]

    def tick() -> None:
        process.beat(core)
        free_stuck(core)

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


def _name(kind: str) -> str:
    return f"{kind}:{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 100_000}"
