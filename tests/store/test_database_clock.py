"""One clock for all hosts: a host whose own clock is minutes off takes no work out of another's hands."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from plugin.domain import clock, utc_now
from plugin.store import database_clock
from plugin.store.database import Database
from plugin.store.database_clock import DatabaseClock, clock_of
from plugin.store.operation import leased_work, tasks
from plugin.store.operation.leased_work import Swept

AHEAD = timedelta(minutes=7)


class _Ahead(datetime):
    """The clock of a host that runs seven minutes ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + AHEAD


@pytest.mark.dates
def test_a_fast_host_leaves_the_work_of_others_alone(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(fresh_postgres_url)
    ours = clock_of(database)
    with database.transaction() as tx:
        tasks.request(tx, "train", "policy:1", {}, ours(), "a")
        assert leased_work.claim(tx, ours(), tasks.QUEUE) is not None
    monkeypatch.setattr(clock, "datetime", _Ahead)
    theirs = clock_of(database)
    with database.transaction() as tx:
        assert leased_work.sweep(tx, theirs(), tasks.QUEUE) == Swept(0, 0)
        assert leased_work.sweep(tx, utc_now(), tasks.QUEUE) == Swept(1, 0), "by its own clock it would"
    database.close()


@pytest.mark.dates
def test_a_host_whose_clock_is_set_meanwhile_goes_on(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(fresh_postgres_url)
    shared = clock_of(database)
    before = shared()
    monkeypatch.setattr(clock, "datetime", _Ahead)
    assert timedelta(0) <= shared() - before < timedelta(minutes=1)
    database.close()


@pytest.mark.dates
def test_a_server_that_does_not_answer_is_asked_again(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_clock, "ASKED_EVERY", timedelta(0))
    gone = Database(fresh_postgres_url.replace("/t_", "/gone_"))
    shared = DatabaseClock(gone)
    assert abs(shared() - datetime.now(UTC)) < timedelta(minutes=1), "its own until then"
    there = Database(fresh_postgres_url)
    shared._engine = DatabaseClock(there)._engine
    first = shared()
    shared._engine = DatabaseClock(gone)._engine
    monkeypatch.setattr(clock, "datetime", _Ahead)
    time.sleep(0.01)
    assert timedelta(0) < shared() - first < timedelta(minutes=1), "counted on from the last answer"


def test_sqlite_has_one_host(database: Database) -> None:
    assert clock_of(database) is utc_now
