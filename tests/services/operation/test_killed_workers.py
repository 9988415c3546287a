"""How long work waits after its worker was killed: real processes, real clocks, the shipped intervals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugin.domain import RunState
from plugin.services.core import SYSTEM, Core
from plugin.services.operation.worker import TICK_SECONDS
from plugin.services.sources import connection_setup, run_requests
from plugin.store.operation.queues import LEASE

ROOT = Path(__file__).parents[3]
FREE_WITHIN_SECONDS = 30
PROCESS = """
import sys, time
from plugin.services.core import Core
from plugin.services.operation.worker import Lane, Worker
from plugin.services.sources import connection_opening, run_requests, sync
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.database_clock import clock_of
from plugin.vault import Vault

url, key, files, slow = sys.argv[1:]
settings = Settings(database_url=url, secret_key="k" * 32, vault_keys=(key,), files_root=files)
database = Database(url)
core = Core(settings, database, Vault(settings.vault_keys), clock_of(database))
if slow == "slow":
    sync.connection_opening.opened = lambda *_, **__: time.sleep(600)
Worker([Lane("runs", lambda: sync.perform_next(core) is not None)], threads=1, tick=lambda: run_requests.free_stuck(core)).run()
"""
PEOPLE = "person_id,name,email,country,hired_on,fte\nE1,Ada Example,ada@example.com,DE,2015-01-01,1\n"


def worker(core: Core, slow: str) -> subprocess.Popen[bytes]:
    url = core.database.url.render_as_string(hide_password=False)
    arguments = [url, core.settings.vault_keys[0], core.settings.files_root, slow]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", PROCESS, *arguments], env=environment)


def until(core: Core, run_id: int, state: RunState, seconds: float) -> None:
    end = time.monotonic() + seconds
    while run_requests.get(core, run_id).state != state:
        assert time.monotonic() < end, run_requests.get(core, run_id)
        time.sleep(0.1)


def test_the_intervals_free_work_within_the_promised_time() -> None:
    assert LEASE.total_seconds() + TICK_SECONDS < FREE_WITHIN_SECONDS


@pytest.mark.slow
def test_a_killed_run_frees_its_connection_within_30_seconds(any_core: Core) -> None:
    folder = Path(any_core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text(PEOPLE)
    target = connection_setup.add(
        any_core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": "hr", "complete": True}
    )
    first_due = Core(any_core.settings, any_core.database, any_core.vault)
    run_id = run_requests.request_run(first_due, SYSTEM, target)
    killed = worker(any_core, "slow")
    other = None
    try:
        until(any_core, run_id, RunState.RUNNING, 30)
        time.sleep(LEASE.total_seconds() * 1.5)  # its signs of life keep it
        other = worker(any_core, "")
        time.sleep(TICK_SECONDS * 1.5)
        assert run_requests.get(any_core, run_id).state == RunState.RUNNING
        killed.kill()
        at = time.monotonic()
        until(any_core, run_id, RunState.SUCCEEDED, FREE_WITHIN_SECONDS + 5)
        assert time.monotonic() - at < FREE_WITHIN_SECONDS + 2, "its own few rows are read besides"
        assert run_requests.get(any_core, run_id).attempts == 2
    finally:
        for process in (killed, other):
            if process:
                process.send_signal(signal.SIGKILL)
                process.wait()
