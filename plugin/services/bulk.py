"""Lets work on a whole firm run without Python's search for reference cycles, which would hold all threads for seconds.

That search walks every object that is alive, again and again while millions are made; frozen values have no cycles to find.
Memory that nobody refers to is freed as always.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_under_way = 0


@contextmanager
def bulk() -> Iterator[None]:
    """For the whole process, until the last of several pieces of such work has ended. Also a decorator."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    global _under_way  # noqa: PLW0603 - the collector is one for the whole process
    with _LOCK:
        if _under_way == 0:
            gc.disable()
        _under_way += step
        if _under_way == 0:
            gc.enable()
