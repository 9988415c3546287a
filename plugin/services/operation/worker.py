"""The worker's loop: threads that take one piece of work after the other, lane by lane in turn, until they are told to stop."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plugin.http_client import Client
from plugin.services.core import Core

_LOG = logging.getLogger(__name__)
TICK_SECONDS = 8.0
"""After a kill, work waits again within LEASE and one tick of another worker: 28 s."""


@dataclass(frozen=True)
class Means:
    """What a worker does its work with: its threads, and one client for all of them."""

    core: Core
    client: Client
    threads: int

    @property
    def all_but_one(self) -> int:
        """For long work, so that short work never waits for it."""
        return max(self.threads - 1, 1)

    @property
    def half(self) -> int:
        return max(self.threads // 2, 1)


@dataclass(frozen=True)
class Lane:
    """A kind of work. ``perform_next`` does one piece and says whether there was one; ``limit`` threads at most are in it.

    A limit below the number of threads keeps long work (a sync run) from taking every thread from short work.
    """

    name: str
    perform_next: Callable[[], bool]
    limit: int | None = None


class _Gate:
    """What the threads share about one lane: how many are in it, and until when it is not worth a look."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.inside = 0
        self.quiet_until = 0.0

    def is_open(self, now: float) -> bool:
        return self.quiet_until <= now and (self.lane.limit is None or self.inside < self.lane.limit)


class Worker:
    """``run`` blocks until ``stop``; what is under way then is finished within ``grace_seconds``.

    A lane without work is asked again after ``idle_seconds``, by one thread for all. ``tick`` (heartbeat, sweeps) is called every
    ``tick_seconds``. Nothing that a lane raises ends the worker: the row stays leased and comes back when the lease has run out.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        *,
        threads: int,
        tick: Callable[[], None],
        idle_seconds: float = 1.0,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._gates = [_Gate(lane) for lane in lanes]
        self._threads = threads
        self._tick = tick
        self._idle_seconds = idle_seconds
        self._tick_seconds = tick_seconds
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._next = 0

    def run(self, *, grace_seconds: float = 30.0) -> None:
        threads = [
            threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True)
            for number in range(self._threads)
        ]
        for thread in threads:
            thread.start()
        while not self._stopping.is_set():
            self._guarded("tick", self._ticked)
            self._stopping.wait(self._tick_seconds)
        end = time.monotonic() + grace_seconds
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0))

    def stop(self) -> None:
        """Asks the threads to end after what they have in hand; safe in a signal handler."""
        self._stopping.set()

    def drain(self) -> int:
        """Does all that is due now in the caller's thread (for tests and commands); the number of pieces of work."""
        done = 0
        while any([gate.lane.perform_next() for gate in self._gates]):  # noqa: C419 - every lane has its turn
            done += 1
        return done

    def _serve(self) -> None:
        while not self._stopping.is_set():
            gate = self._enter()
            if gate is None:
                self._stopping.wait(self._idle_seconds / 4)
                continue
            found = self._guarded(gate.lane.name, gate.lane.perform_next)
            self._leave(gate, was_quiet=not found)

    def _enter(self) -> _Gate | None:
        """The next open lane in turn, so that a lane full of work cannot starve the others."""
        now = time.monotonic()
        with self._lock:
            for step in range(len(self._gates)):
                place = (self._next + step) % len(self._gates)
                if self._gates[place].is_open(now):
                    self._next = place + 1
                    self._gates[place].inside += 1
                    return self._gates[place]
        return None

    def _leave(self, gate: _Gate, *, was_quiet: bool) -> None:
        with self._lock:
            gate.inside -= 1
            if was_quiet:
                gate.quiet_until = time.monotonic() + self._idle_seconds

    def _ticked(self) -> bool:
        self._tick()
        return True

    def _guarded(self, name: str, perform: Callable[[], bool]) -> bool:
        try:
            return perform()
        except Exception as error:  # noqa: BLE001 - the job runner: nothing may end the worker
            _LOG.error("%s failed: %s", name, described(error))
            return False


def described(error: BaseException) -> str:
    """Kind and place of an error without its text, which may quote a record."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {last[0].filename.rpartition('/')[2]}:{last[0].lineno}" if last else ""  # machine text
    cause = f", caused by {type(error.__cause__).__name__}" if error.__cause__ else ""  # machine text
    return f"{type(error).__name__}{place}{cause}"
