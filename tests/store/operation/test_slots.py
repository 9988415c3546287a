"""The scheduler's ledger and the list of living processes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from plugin.store.database import Database
from plugin.store.operation import slots

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_slot_is_taken_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        assert slots.take(tx, "sweep", NOW, NOW)
        assert not slots.take(tx, "sweep", NOW, NOW + timedelta(seconds=1))
        assert slots.take(tx, "other", NOW, NOW)
        assert slots.take(tx, "sweep", NOW + timedelta(seconds=30), NOW)
        assert slots.taken(tx, "sweep") == [NOW + timedelta(seconds=30), NOW]


def test_of_eight_who_race_for_a_slot_one_gets_it(any_database: Database) -> None:
    got: list[bool] = []
    barrier = threading.Barrier(8)

    def race() -> None:
        barrier.wait()
        with any_database.transaction() as tx:
            got.append(slots.take(tx, "sweep", NOW, NOW))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_process_is_alive_while_it_beats(any_database: Database) -> None:
    with any_database.transaction() as tx:
        later = NOW + timedelta(seconds=60)
        slots.beat(tx, slots.Beat("worker:host:1", "worker", NOW, NOW))
        slots.beat(tx, slots.Beat("worker:host:2", "worker", NOW, NOW))
        slots.beat(tx, slots.Beat("worker:host:1", "worker", NOW, later))
        assert [one.process for one in slots.beats(tx, later)] == ["worker:host:1"]
        assert slots.prune_beats(tx, later) == 1
        assert [one.process for one in slots.beats(tx, NOW)] == ["worker:host:1"]


def test_old_slots_are_pruned(any_database: Database) -> None:
    with any_database.transaction() as tx:
        slots.take(tx, "sweep", NOW, NOW)
        assert slots.prune(tx, NOW) == 0
        assert slots.prune(tx, NOW + timedelta(seconds=1)) == 1
