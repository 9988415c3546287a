"""The service as an operator starts it: all parts in one process, or one alone, stopped by SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from plugin.services.core import SYSTEM, Core
from plugin.services.operation import processes
from plugin.services.sources import connection_setup, run_requests

pytestmark = pytest.mark.dates


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(core: Core, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = core.settings
    same_day = {
        name: value for name, value in os.environ.items() if name.startswith(("FAKETIME", "LD_PRELOAD"))
    }
    environment = {
        **same_day,
        "PATH": os.environ["PATH"],
        "ADVISOR_DATABASE_URL": core.database.url.render_as_string(hide_password=False),
        "ADVISOR_SECRET_KEY": settings.secret_key,
        "ADVISOR_VAULT_KEYS": settings.vault_keys[0],
        "ADVISOR_FILES_ROOT": settings.files_root,
    }
    command = [sys.executable, "-c", "from plugin.cli import main; main()", "serve", *arguments]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(600) == 0


def eventually(condition: Callable[[], bool], seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def answers(port: int, path: str) -> int | None:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status
    except OSError:
        return None


def test_one_process_serves_pages_and_does_the_work(any_core: Core) -> None:
    folder = Path(any_core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    connection_id = connection_setup.add(
        any_core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": "hr"}
    )
    run_id = run_requests.request_run(any_core, SYSTEM, connection_id)
    port = free_port()
    live = replace(any_core, clock=lambda: datetime.now(UTC))
    with serving(any_core, "--port", str(port)):
        eventually(lambda: answers(port, "/sign-in") == 200)
        eventually(lambda: run_requests.get(any_core, run_id).state == "succeeded")
        eventually(lambda: {beat.kind for beat in processes.alive(live)} == {"worker", "scheduler"})


@pytest.mark.parametrize("part", ["worker", "scheduler", "web"])
def test_each_part_also_runs_alone(core: Core, part: str) -> None:
    live = replace(core, clock=lambda: datetime.now(UTC))
    port = free_port()
    with serving(core, "--only", part, "--port", str(port)):
        if part == "web":
            eventually(lambda: answers(port, "/sign-in") == 200)
        else:
            eventually(lambda: [beat.kind for beat in processes.alive(live)] == [part])
