"""kill -9 of producer and workers at random moments: no message is lost, and how many come twice is counted."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from plugin.domain import utc_now
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup, signing
from plugin.services.delivery.endpoint_setup import Wish
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.delivery import outbox
from plugin.store.operation import slots
from plugin.vault import Secret, Vault

SCRIPT = Path(__file__).with_name("crash_process.py")
ROOT = Path(__file__).parents[2]


@dataclass
class Receiver:
    """Counts message ids, unless the sender is gone before the answer: so whatever was in a killed worker's hands must come again.

    When ``lossy`` it drops 2 % of its replies after counting and answers 503 to 3 %.
    """

    lossy: bool = False
    seconds: float = 0.02
    counts: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    secret: Secret | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def take(self, headers: dict[str, str], body: bytes, sender: socket.socket) -> int | None:
        """The status to answer, None to hang up."""
        time.sleep(self.seconds)
        if select.select([sender], [], [], 0)[0] and not sender.recv(1, socket.MSG_PEEK):
            self.dropped += 1
            return None
        assert self.secret is not None
        message_id = signing.verify([self.secret], headers, body, utc_now())
        with self.lock:
            if self.lossy and self.dice.random() < 0.03:
                return 503
            self.counts[message_id] += 1
            return None if self.lossy and self.dice.random() < 0.02 else 204


@contextmanager
def listening(receiver: Receiver) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(headers, body, self.connection)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the sender was killed

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()


class Fleet:
    """One producer and two workers that are restarted whenever they are killed."""

    def __init__(self, core: Core, key: str, endpoint_id: int, number: int) -> None:
        self.command = [str(core.database.url.render_as_string(hide_password=False)), key]
        self.command += [str(endpoint_id), str(number)]
        self.processes = {name: self.start(name) for name in ("producer", "worker-1", "worker-2")}
        self.kills = Counter[str]()

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(SCRIPT), name.partition("-")[0], *self.command]
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def kill(self, name: str) -> None:
        if name == "producer" and self.processes[name].poll() == 0:
            return  # it has produced everything
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()
        self.kills[name.partition("-")[0]] += 1
        self.processes[name] = self.start(name)

    def end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(15)


@dataclass
class Outcome:
    """What a run ended with."""

    messages: int
    lost: int
    duplicates: int
    dropped: int  # deliveries under way when their worker was killed
    kills: dict[str, int]
    seconds: float


def crash(url: str, number: int, *, kills: int, seconds: float, lossy: bool = False) -> Outcome:
    """``number`` messages while ``kills`` processes are killed at random, spread over the progress of the deliveries."""
    key, dice, receiver = Vault.new_key(), random.Random(11), Receiver(lossy=lossy, seconds=seconds)
    settings = Settings(database_url=url, vault_keys=(key,), allowed_networks=("127.0.0.0/8",))
    core = Core(settings, Database(url), Vault(settings.vault_keys))
    started = time.monotonic()
    with listening(receiver) as address:
        wish = Wish("crash", address, networks=("127.0.0.0/8",))
        endpoint_id, receiver.secret = endpoint_setup.add(core, SYSTEM, wish)
        fleet = Fleet(core, key, endpoint_id, number)
        try:
            places = sorted(dice.uniform(0.02, 0.9) * number for _ in range(kills))
            for place, victim in zip(places, cycle(["worker-1", "producer", "worker-2"]), strict=False):
                wait_until(lambda place=place: len(receiver.counts) >= place, fleet)
                time.sleep(dice.uniform(0, 2 * seconds))
                fleet.kill(victim)
            wait_until(lambda: delivered(core) == number, fleet)
        finally:
            fleet.end()
    with core.database.reading() as tx:
        produced = len(slots.taken(tx, "business", limit=10**9))
    core.database.close()
    assert produced == number
    return Outcome(
        number,
        number - len(receiver.counts),
        sum(receiver.counts.values()) - len(receiver.counts),
        receiver.dropped,
        dict(fleet.kills),
        round(time.monotonic() - started, 1),
    )


def delivered(core: Core) -> int:
    with core.database.reading() as tx:
        counts = outbox.counts(tx, "webhook")
    assert counts.get("dead", 0) == 0
    return counts.get("done", 0)


def wait_until(reached: Callable[[], bool], fleet: Fleet) -> None:
    end = time.monotonic() + 600
    while not reached():
        assert time.monotonic() < end
        if fleet.processes["producer"].poll() not in (None, 0):
            fleet.processes["producer"] = fleet.start("producer")
        time.sleep(0.02)


def test_no_message_is_lost_when_processes_are_killed(sqlite_url: str) -> None:
    outcome = crash(sqlite_url, 120, kills=7, seconds=0.3)
    assert outcome.lost == 0, outcome
    assert outcome.dropped > 0, "no kill hit a delivery under way: the test tried nothing"


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("lossy", [False, True], ids=["honest", "lossy"])
@pytest.mark.parametrize("kind", ["sqlite_url", "fresh_postgres_url"])
def test_no_message_is_lost_in_a_long_run(request: pytest.FixtureRequest, kind: str, lossy: bool) -> None:
    outcome = crash(request.getfixturevalue(kind), 2_000, kills=30, seconds=0.02, lossy=lossy)
    print(f"\n{kind} {'lossy' if lossy else 'honest'}: {outcome}")
    assert outcome.lost == 0, outcome
