"""The table of jobs, the ledger of slots, and the two processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin import jobs
from plugin.http_client import Client
from plugin.jobs import JOBS
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import processes, topics
from plugin.services.operation.schedule import Daily, Every, Job
from plugin.services.sources import connection_setup, run_requests
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.vault import Vault

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
ROOT = Path(__file__).parents[1]
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.integers(1, 86_400))
def test_slot_of_an_interval_is_the_last_instant_not_after_now(now: datetime, seconds: int) -> None:
    slot = Every(seconds).slot(now, UTC_ZONE)
    assert 0 <= (now - slot).total_seconds() < seconds
    assert Every(seconds).slot(slot, UTC_ZONE) == slot


@given(MOMENTS, st.times())
def test_slot_of_a_daily_job_is_within_the_last_day_and_stable(now: datetime, at: time_of_day) -> None:
    rule = Daily(at.replace(second=0, microsecond=0, fold=0))
    slot = rule.slot(now, BERLIN)
    assert slot.tzinfo is UTC
    assert -3600 <= (now - slot).total_seconds() <= 25 * 3600
    assert rule.slot(now, BERLIN) == slot


def test_daily_job_runs_by_the_companys_clock() -> None:
    rule = Daily(time_of_day(3, 20))
    assert rule.slot(datetime(2026, 7, 1, 2, 0, tzinfo=UTC), BERLIN) == datetime(
        2026, 7, 1, 1, 20, tzinfo=UTC
    )
    assert rule.slot(datetime(2026, 7, 1, 1, 0, tzinfo=UTC), BERLIN) == datetime(
        2026, 6, 30, 1, 20, tzinfo=UTC
    )


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.id)
def test_slot_at_the_triggers_own_time_is_that_time(job: Job) -> None:
    zone = ZoneInfo("America/New_York")
    moment = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
    trigger = jobs.trigger(job.rule, zone)
    for _ in range(20):
        moment = trigger.get_next_fire_time(None, moment).astimezone(UTC)  # type: ignore[attr-defined]
        assert job.rule.slot(moment, zone) == moment
        moment += timedelta(microseconds=1)


def test_job_is_done_once_per_slot_whoever_fires(any_core: Core) -> None:
    done: list[int] = []
    job = Job("once", Every(60), lambda _core: done.append(1))
    assert [jobs.fire(any_core, job) for _ in range(3)] == [True, False, False]
    any_core.clock.advance(seconds=60)  # type: ignore[attr-defined]
    assert jobs.fire(any_core, job)
    assert len(done) == 2


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.id)
def test_every_job_of_the_table_does_its_work_on_an_empty_database(any_core: Core, job: Job) -> None:
    assert jobs.fire(any_core, job)


def test_topics_give_all_kinds_and_jobs_once() -> None:
    given = [name for topic in topics.topics() for name in (*topic.kinds, *(job.id for job in topic.jobs))]
    assert len(given) == len(set(given))
    assert {"train", "snapshot", "export", "fit_policy"} <= set(topics.kinds())
    assert {job.id for job in JOBS} == {
        "request_due_runs", "link_managers", "discard_old_files", "free_stuck", "collect_raises", "prune", "compare_cycles", "open_skill_reviews"
    }  # fmt: skip


def test_scheduled_connection_gets_a_run(core: Core) -> None:
    values = {"endpoint": "https://lrs.example.com/xapi", "username": "u", "password": "p"}
    added = connection_setup.add(core, SYSTEM, connector="xapi_lrs", name="Store", settings=values)
    connection_setup.set_schedule(core, SYSTEM, added, 1, every_minutes=15, sinks=[])
    core.clock.advance(minutes=16)  # type: ignore[attr-defined]
    job = next(job for job in JOBS if job.id == "request_due_runs")
    jobs.fire(core, job)
    assert [run.trigger for run in run_requests.page(core)] == ["schedule"]


def test_scheduler_keeps_its_jobs_in_memory_and_forgives_an_hour(core: Core) -> None:
    made = jobs.scheduler(core)
    assert {job.id for job in made.get_jobs()} == {job.id for job in JOBS} | {"heartbeat"}
    assert next(job for job in JOBS if job.id == "prune").misfire_grace_seconds == 3600


def test_failed_job_is_reported_without_its_text(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_core: Core) -> None:
        raise ValueError("the salary of Ada Example is 987654321")

    from dataclasses import replace

    from plugin.domain import utc_now

    made = jobs.scheduler(replace(core, clock=utc_now), [Job("broken", Every(1), broken)])
    thread = threading.Thread(target=made.start)
    thread.start()
    end = time.monotonic() + 600
    while "job broken failed" not in caplog.text and time.monotonic() < end:
        time.sleep(0.05)
    made.shutdown(wait=True)
    thread.join(600)
    assert "job broken failed: ValueError at test_jobs.py:" in caplog.text
    assert "987654321" not in caplog.text


def test_worker_shows_that_it_lives_and_does_the_work_of_every_lane(core: Core) -> None:
    with Client() as client:
        worker = jobs.worker(core, client, threads=2, idle_seconds=0.05)
        assert worker.drain() == 0
        thread = threading.Thread(target=worker.run)
        thread.start()
        deadline = time.monotonic() + 5
        while not processes.alive(core) and time.monotonic() < deadline:
            time.sleep(0.02)
        worker.stop()
        thread.join(10)
    assert [one.kind for one in processes.alive(core)] == ["worker"]


# --- real processes -------------------------------------------------------------------------------------------------

PROCESS = """
import sys
from datetime import timedelta
from plugin import jobs
from plugin.services.core import Core
from plugin.services.operation.schedule import Every, Job
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.vault import Vault

url, key, kind, path = sys.argv[1:]
settings = Settings(database_url=url, secret_key="k" * 32, vault_keys=(key,))
core = Core(settings, Database(url), Vault(settings.vault_keys))

def mark(core):
    slot = Every(1).slot(core.clock(), None)
    with open(path, "a") as file:
        file.write(slot.isoformat() + "\\n")

if kind == "scheduler":
    jobs.run_scheduler(core, [Job("tick", Every(1), mark)])
else:
    jobs.run_worker(core)
"""


def start(url: str, kind: str, path: Path) -> subprocess.Popen[bytes]:
    key = Vault.new_key()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROCESS, url, key, kind, str(path)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def core_over(url: str) -> Core:
    settings = Settings(database_url=url, secret_key="k" * 32, vault_keys=(Vault.new_key(),))
    return Core(settings, Database(url), Vault(settings.vault_keys))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    return str(request.getfixturevalue(name))


def test_four_schedulers_fire_once_per_slot_also_when_one_is_killed(any_url: str, tmp_path: Path) -> None:
    path = tmp_path / "fired"
    path.touch()
    started = [start(any_url, "scheduler", path) for _ in range(4)]
    wait_until(lambda: len(path.read_text().split()) >= 2, 120)
    started[0].send_signal(signal.SIGKILL)
    wait_until(lambda: len(path.read_text().split()) >= 5, 120)
    for process in started:
        process.terminate()
    for process in started:
        process.wait(60)
        assert process.stderr is not None
        process.stderr.close()
    fired = [datetime.fromisoformat(line) for line in path.read_text().split()]
    assert max(Counter(fired).values()) == 1
    assert all(later > earlier for earlier, later in pairwise(fired)), "slots are taken in their order"


def wait_until(condition: object, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_worker_process_ends_in_good_order_on_sigterm(sqlite_url: str, tmp_path: Path) -> None:
    core = core_over(sqlite_url)
    process = start(sqlite_url, "worker", tmp_path / "unused")
    wait_until(lambda: processes.alive(core), 120)
    process.terminate()
    assert process.wait(60) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    core.database.close()
