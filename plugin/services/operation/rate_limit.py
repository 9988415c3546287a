"""Token buckets against senders that send too much, one per source, in the memory of one process.

With several web processes each grants the full rate, so a source may reach the rate times their number: the limit
protects a process from a flood, it is no quota.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from plugin.errors import RetryLater
from plugin.texts import _


class Buckets:
    """``rate`` requests a second per source, ``burst`` at once; sources not seen for longest are forgotten first."""

    def __init__(
        self,
        *,
        rate: float,
        burst: int,
        most_sources: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._most_sources, self._monotonic = rate, burst, most_sources, monotonic
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, at

    def wait(self, source: str) -> float:
        """Takes one token: 0.0 when there was one, else the seconds until there is."""
        now = self._monotonic()
        with self._lock:
            tokens, at = self._buckets.pop(source, (float(self._burst), now))
            tokens = min(float(self._burst), tokens + (now - at) * self._rate)
            granted = tokens >= 1
            self._buckets[source] = (tokens - 1 if granted else tokens, now)
            if len(self._buckets) > self._most_sources:
                self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - tokens) / self._rate


def must_not_flood(buckets: Buckets, account: str) -> None:
    """RetryLater when the account calls faster than the other users of this process can bear."""
    if wait := buckets.wait(account):
        raise RetryLater(_("this account sends too many requests"), wait=wait, code="rate")
