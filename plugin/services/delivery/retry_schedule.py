"""When a delivery or a write is tried again: the Standard Webhooks schedule with jitter, bent by what the other side asks for."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

# Standard Webhooks 1.0, "Deliverability and reliability": after the first try 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
DELAYS_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1  # share of a delay by which it is longer at most, so that rows that failed together do not come back together
LONGEST_WAIT_SECONDS = 86_400.0


def next_due(now: datetime, attempts: int, *, wait: float | None = None) -> datetime:
    """When to try again after ``attempts`` tries, never before ``wait`` seconds (Retry-After). The queue knows how many there are."""
    delay = DELAYS_SECONDS[min(max(attempts, 1), len(DELAYS_SECONDS)) - 1] * (1 + random.uniform(0, JITTER))  # noqa: S311 - no secret
    asked = min(wait or 0.0, LONGEST_WAIT_SECONDS)
    return now + timedelta(seconds=max(delay, asked))
