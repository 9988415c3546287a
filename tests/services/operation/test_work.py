"""The worker's loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import pytest

from plugin.errors import GiveUp
from plugin.services.operation.worker import Lane, Worker


def nothing() -> None:
    """No tick."""


class Counted:
    """A lane's work: ``left`` pieces, each of ``seconds``."""

    def __init__(self, left: int, seconds: float = 0.0) -> None:
        self.left, self.seconds = left, seconds
        self.done = self.inside = self.most_inside = self.calls = 0
        self.lock = threading.Lock()

    def __call__(self) -> bool:
        with self.lock:
            self.calls += 1
            if self.left == 0:
                return False
            self.left -= 1
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        time.sleep(self.seconds)
        with self.lock:
            self.inside -= 1
            self.done += 1
        return True


def run_for(worker: Worker, seconds: float, *, until: Callable[[], bool] | None = None) -> None:
    """Runs the worker for ``seconds``, or ``until`` something holds (ten minutes at most: machines may be slow)."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    end = time.monotonic() + (600 if until else seconds)
    while time.monotonic() < end and not (until and until()):
        time.sleep(0.01)
    worker.stop()
    thread.join(600)
    assert not thread.is_alive()


def test_all_lanes_are_served() -> None:
    lanes = [Counted(20), Counted(20), Counted(20)]
    worker = Worker([Lane(str(n), one) for n, one in enumerate(lanes)], threads=2, tick=nothing)
    run_for(worker, 0.5, until=lambda: all(one.done == 20 for one in lanes))
    assert [one.done for one in lanes] == [20, 20, 20]


def test_full_lane_does_not_starve_another_one() -> None:
    full, short = Counted(10_000, 0.002), Counted(20, 0.002)
    worker = Worker([Lane("full", full), Lane("short", short)], threads=1, tick=nothing)
    run_for(worker, 0.5, until=lambda: short.done == 20)
    assert short.done == 20
    assert 15 <= full.done <= 60, "the two took turns"


def test_long_work_leaves_a_thread_for_short_work() -> None:
    long, short = Counted(100, 0.4), Counted(50)
    worker = Worker([Lane("long", long, limit=2), Lane("short", short)], threads=3, tick=nothing)
    run_for(worker, 0.3, until=lambda: short.done == 50 and long.most_inside == 2)
    assert long.most_inside == 2
    assert short.done == 50


def test_idle_lane_is_asked_once_per_pause_whatever_the_number_of_threads() -> None:
    idle = Counted(0)
    run_for(Worker([Lane("idle", idle)], threads=8, tick=nothing, idle_seconds=0.2), 1.0)
    assert 3 <= idle.calls <= 12


def test_lane_that_raises_does_not_end_the_worker_and_its_text_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> bool:
        raise GiveUp("the salary of Ada Example is 987654321")

    fine = Counted(10)
    worker = Worker([Lane("broken", broken), Lane("fine", fine)], threads=1, tick=nothing, idle_seconds=0.05)
    with caplog.at_level(logging.ERROR):
        run_for(worker, 0.5, until=lambda: fine.done == 10 and "broken failed" in caplog.text)
    assert fine.done == 10
    assert "broken failed: GiveUp at test_work.py:" in caplog.text
    assert "987654321" not in caplog.text


def test_tick_that_raises_does_not_end_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    def tick() -> None:
        raise GiveUp("no database")

    fine = Counted(10)
    with caplog.at_level(logging.ERROR):
        worker = Worker([Lane("fine", fine)], threads=1, tick=tick, tick_seconds=0.05)
        run_for(worker, 0.3, until=lambda: fine.done == 10 and "tick failed" in caplog.text)
    assert fine.done == 10
    assert "tick failed: GiveUp" in caplog.text


def test_stop_lets_work_in_hand_end_and_takes_no_more() -> None:
    slow = Counted(100, 0.3)
    worker = Worker([Lane("slow", slow)], threads=2, tick=nothing)
    run_for(worker, 0.1, until=lambda: slow.inside == 2)
    assert slow.inside == 0
    assert slow.done == slow.calls


def test_stop_does_not_wait_for_ever() -> None:
    begun, release = threading.Event(), threading.Event()

    def stuck() -> bool:
        begun.set()
        release.wait()
        return False

    worker = Worker([Lane("stuck", stuck)], threads=1, tick=nothing)
    thread = threading.Thread(target=lambda: worker.run(grace_seconds=0.2))
    thread.start()
    begun.wait()
    worker.stop()
    thread.join()  # while the work is still held
    release.set()


def test_drain_does_what_is_there_and_returns() -> None:
    one, two = Counted(3), Counted(5)
    Worker([Lane("a", one), Lane("b", two)], threads=1, tick=nothing).drain()
    assert (one.done, two.done) == (3, 5)
