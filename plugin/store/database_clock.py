"""One clock for all hosts of an installation: on PostgreSQL the server's.

Leases, due times and slots are compared by several hosts. By each host's own clock, one that is minutes ahead would take work out
of hands that still hold it, and send it twice.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from plugin.domain import Clock, utc_now
from plugin.store.database import Database

ASKED_EVERY = timedelta(seconds=30)


class DatabaseClock:
    """The server's moment as it was last asked, and what has gone by since on this host's monotonic clock, which nobody sets.

    A server that does not answer is asked again later, and until it has answered once, the host's own clock is taken: nothing that
    is shared can be read or written then. Asks over a connection of its own, since the caller may hold the last one of the pool.
    """

    def __init__(self, database: Database) -> None:
        self._engine = sa.create_engine(database.url, poolclass=NullPool, hide_parameters=True)
        self._lock = threading.Lock()
        self._base: datetime | None = None
        self._asked_at = float("-inf")

    def __call__(self) -> datetime:
        if time.monotonic() - self._asked_at >= ASKED_EVERY.total_seconds() and self._lock.acquire(
            blocking=self._base is None
        ):
            try:
                self._ask()
            finally:
                self._lock.release()
        base, since = self._base, self._asked_at
        return utc_now() if base is None else base + timedelta(seconds=time.monotonic() - since)

    def _ask(self) -> None:
        before = time.monotonic()
        try:
            with self._engine.connect() as connection:
                moment = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        except SQLAlchemyError:
            return
        after = time.monotonic()
        self._base, self._asked_at = moment.astimezone(UTC), (before + after) / 2


def clock_of(database: Database) -> Clock:
    """SQLite has one host, whose clock it is."""
    return utc_now if database.is_sqlite else DatabaseClock(database)
