"""Token buckets."""

from __future__ import annotations

import threading

from plugin.services.operation.rate_limit import Buckets


class Ticker:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_is_granted_and_then_the_rate() -> None:
    ticker = Ticker()
    buckets = Buckets(rate=2, burst=3, monotonic=ticker)
    assert [buckets.wait("a") for _ in range(3)] == [0.0] * 3
    assert buckets.wait("a") == 0.5
    ticker.now = 0.5
    assert buckets.wait("a") == 0.0
    assert buckets.wait("a") > 0


def test_sources_do_not_share_a_bucket() -> None:
    buckets = Buckets(rate=1, burst=1, monotonic=Ticker())
    assert buckets.wait("a") == buckets.wait("b") == 0.0
    assert buckets.wait("a") > 0


def test_long_silence_grants_no_more_than_the_burst() -> None:
    ticker = Ticker()
    buckets = Buckets(rate=1, burst=2, monotonic=ticker)
    ticker.now = 1e6
    assert [buckets.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_memory_is_bounded_whatever_the_number_of_sources() -> None:
    buckets = Buckets(rate=1, burst=1, most_sources=10, monotonic=Ticker())
    for number in range(1000):
        buckets.wait(str(number))
    assert len(buckets._buckets) == 10


def test_threads_together_get_the_burst_and_no_more() -> None:
    buckets = Buckets(rate=0.001, burst=50)
    granted: list[bool] = []

    def ask() -> None:
        granted.extend(buckets.wait("a") == 0.0 for _ in range(40))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert granted.count(True) == 50
