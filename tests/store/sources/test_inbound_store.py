"""Webhooks that came in, as stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.errors import NotFound
from plugin.store.database import Database, Tx, insert
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Held, LeaseLost, Reason, Swept
from plugin.store.sources import inbound
from plugin.store.tables import connection

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHY = Reason("x", "unusable")


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


def a_connection(tx: Tx, name: str = "one") -> int:
    return insert(
        tx, connection, connector="suite", name=name, settings={}, sinks=[], state="active", hook_token=name * 10,
        version=1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def claimed(tx: Tx, now: datetime = NOW, limit: int = 200) -> Held[inbound.Event]:
    batch = inbound.claim(tx, now, limit=limit)
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
        assert [event.message_id for event in first.rows] == ["m0", "m2"]
        assert [event.message_id for event in claimed(tx, seconds(9)).rows] == ["m1"]
        assert inbound.claim(tx, seconds(9)) is None


def test_lost_lease_cannot_mark(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        old = claimed(tx)
        assert leased_work.sweep(tx, seconds(121), inbound.QUEUE) == Swept(again=1, set_aside=0)
        new = claimed(tx, seconds(121))
        with pytest.raises(LeaseLost):
            leased_work.end(tx, NOW, old.lease, "handled")
        leased_work.end(tx, NOW, new.lease, "handled")
        assert [event.state for event in inbound.page(tx)] == ["handled"]


def test_event_that_loses_its_worker_each_time_fails_in_the_end(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        for number in range(inbound.QUEUE.most_losses):
            claimed(tx, seconds(121 * number))
            leased_work.sweep(tx, seconds(121 * (number + 1)), inbound.QUEUE)
        (event,) = inbound.page(tx, state="failed")
        assert (event.code, bool(event.remedy)) == ("worker_lost", True)
        inbound.replay(tx, seconds(900), event.id)
        assert claimed(tx, seconds(900)).rows[0].attempts == 1
        with pytest.raises(NotFound):
            inbound.replay(tx, seconds(900), event.id)


def test_retry_waits_for_its_time(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbound.store(tx, NOW, a_connection(tx), "m", b"{}")
        batch = claimed(tx)
        leased_work.again(tx, NOW, batch.lease, seconds(30), WHY)
        assert not queues.has_due(tx, seconds(29), inbound.QUEUE)
        assert queues.has_due(tx, seconds(30), inbound.QUEUE)


def test_prune_takes_old_handled_events_only(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = a_connection(tx)
        for number in range(3):
            inbound.store(tx, NOW, target, f"m{number}", b"{}")
        batch = claimed(tx)
        ids = [event.id for event in batch.rows]
        leased_work.end(tx, NOW, batch.lease.of(ids[0]), "handled")
        leased_work.set_aside(tx, NOW, batch.lease.of(ids[1]), WHY)
        leased_work.again(tx, NOW, batch.lease.of(ids[2]), NOW, WHY)
        assert inbound.prune(tx, seconds(1)) == 1
        assert {event.id for event in inbound.page(tx)} == set(ids[1:])
