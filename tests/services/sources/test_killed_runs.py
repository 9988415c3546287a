"""A run that kills its worker each time: real processes, ended by SIGKILL in the middle of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from plugin.services.core import SYSTEM, Core
from plugin.services.operation import installation_status
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store.sources import runs

ROOT = Path(__file__).parents[3]
PROCESS = """
import os, signal, sys
from datetime import timedelta
from plugin.services.core import Core
from plugin.services.sources import applying, run_requests, sync
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.sources import runs
from plugin.vault import Vault

url, key, files, late = sys.argv[1:]
settings = Settings(database_url=url, secret_key="k" * 32, vault_keys=(key,), files_root=files)
core = Core(settings, Database(url), Vault(settings.vault_keys))
now = core.clock() + timedelta(seconds=float(late))
core = Core(settings, core.database, core.vault, lambda: now)

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

applying.attributing.names_in = killed
run_requests.free_stuck(core)
sys.exit(0 if sync.perform_next(core) else 7)
"""
PEOPLE = "person_id,name,email,country,hired_on,fte\nE1,Ada Example,ada@example.com,DE,2015-01-01,1\n"
LEARNING = (
    "record_id,email,activity_id,title,outcome,occurred_at\n"
    "R1,ada@example.com,https://lms.example.org/1,Testing,completed,2026-01-01T00:00:00Z\n"
)


def worker(core: Core, seconds_from_now: float) -> int:
    """A worker that meets one poisoned record; its exit status: -9 when it was killed, 7 when it found no work."""
    arguments = [str(core.database.url), core.settings.vault_keys[0], core.settings.files_root]
    command = [sys.executable, "-c", PROCESS, *arguments, str(seconds_from_now)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode


def test_a_run_that_kills_its_worker_again_and_again_is_set_aside(core: Core) -> None:
    folder = Path(core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "learning.csv").write_text(LEARNING)
    settings = {"folder": "hr", "complete": True}
    target = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Files", settings=settings)
    run_id = run_requests.request_run(core, SYSTEM, target)
    apart = runs.QUEUE.lease.total_seconds() + 1
    ended = [worker(core, number * apart) for number in range(runs.QUEUE.most_losses + 1)]
    assert ended == [-signal.SIGKILL] * runs.QUEUE.most_losses + [7]
    found = run_requests.get(core, run_id)
    assert (found.state, found.code, found.attempts) == ("failed", "worker_lost", 3)
    assert "log of the worker" in str(found.remedy)
    assert installation_status.of(core, target).state == "failed"
    again = run_requests.request_run(core, SYSTEM, target)
    done = sync.perform_next(core, run_id=again)
    assert done is not None
    assert (done.id, done.state) == (again, "succeeded")
    assert done.counts["applied"] == 1, "what the killed runs had read is applied"
