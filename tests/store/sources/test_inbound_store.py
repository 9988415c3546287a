"""Webhooks that came in, as stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.errors import Conflict, NotFound
from plugin.store.database import Database, Tx, insert
from plugin.store.sources import inbound
from plugin.store.tables import connection

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


def a_connection(tx: Tx, name: str = "one") -> int:
    return insert(
        tx, connection, connector="suite", name=name, settings={}, sinks=[], state="active", hook_token=name * 10,
        version=1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def claimed(tx: Tx, now: datetime = NOW, limit: int = 200) -> inbound.Batch:
    batch = inbound.claim(tx, now, lease=LEASE, limit=limit)
    assert batch is not None
    return batch


def test_message_is_stored_once_per_connection(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one, two = a_connection(tx), a_connection(tx, "two")
        assert inbound.store(tx, NOW, one, "m1", b"{}")
        assert not inbound.store(tx, seconds(1), one, "m1", b'{"forged":true}')
        assert inbound.store(tx, NOW, two, "m1", b"{}")
        assert [event.body for event in inbound.page(tx, connection_id=one)] == [b"{}"]


def test_batch_holds_one_connections_events_and_nobody_else_gets_them(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one, two = a_connection(tx), a_connection(tx, "two")
        for number, target in enumerate((one, two, one)):
            inbound.store(tx, seconds(number), target, f"m{number}", b"{}")
        first = claimed(tx, seconds(9))
        assert [event.message_id for event in first.events] == ["m0", "m2"]
        assert [event.message_id for event in claimed(tx, seconds(9)).events] == ["m1"]
        assert inbound.claim(tx, seconds(9), lease=LEASE) is None


def test_lost_lease_cannot_mark(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        old = claimed(tx)
        assert inbound.sweep(tx, seconds(61), max_attempts=5) == 1
        new = claimed(tx, seconds(61))
        ids = [new.events[0].id]
        with pytest.raises(Conflict):
            inbound.handled(tx, old, ids)
        inbound.handled(tx, new, ids)
        assert [event.state for event in inbound.page(tx)] == ["handled"]


def test_event_that_loses_its_worker_each_time_fails_in_the_end(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        for number in range(3):
            claimed(tx, seconds(61 * number))
            inbound.sweep(tx, seconds(61 * (number + 1)), max_attempts=3)
        (event,) = inbound.page(tx, state="failed")
        inbound.replay(tx, seconds(300), event.id)
        assert claimed(tx, seconds(300)).events[0].attempts == 1
        with pytest.raises(NotFound):
            inbound.replay(tx, seconds(300), event.id)


def test_retry_waits_for_its_time(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        batch = claimed(tx)
        inbound.retry(tx, batch, [batch.events[0].id], seconds(30), "later")
        assert not inbound.has_due(tx, seconds(29))
        assert inbound.has_due(tx, seconds(30))


def test_prune_takes_old_handled_events_only(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = a_connection(tx)
        for number in range(3):
            inbound.store(tx, NOW, target, f"m{number}", b"{}")
        batch = claimed(tx)
        ids = [event.id for event in batch.events]
        inbound.handled(tx, batch, ids[:1])
        inbound.failed(tx, batch, ids[1:2], "unusable")
        inbound.retry(tx, batch, ids[2:], NOW, "later")
        assert inbound.prune(tx, seconds(1)) == 1
        assert {event.id for event in inbound.page(tx)} == set(ids[1:])
