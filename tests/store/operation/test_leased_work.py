"""What every queue promises, on both databases: claimed once, fenced, swept, limited, set aside with a remedy, pruned."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.domain import OutboxKind
from plugin.store.database import Database, Tx
from plugin.store.delivery import endpoints, outbox, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import leased_work, queues, tasks
from plugin.store.operation.leased_work import Lease, LeaseLost, Reason, Swept
from plugin.store.operation.queues import Queue
from plugin.store.sources import connections, inbound, runs

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHY = Reason("broken", "it is broken")


def _connection(tx: Tx, number: int) -> int:
    name = f"connection {number}"
    return connections.add(tx, NOW, connector="suite", name=name, settings={}, hook_token=name * 3)


def _run(tx: Tx, number: int) -> None:
    runs.request(tx, NOW, _connection(tx, number), trigger="person", by="a@example.com")


def _task(tx: Tx, number: int) -> None:
    tasks.request(tx, "train", f"policy:{number}", {}, NOW, "a@example.com")


def _event(tx: Tx, number: int) -> None:
    inbound.store(tx, NOW, _connection(tx, number), "m", b"{}")


def _webhook(tx: Tx, number: int) -> None:
    url = "https://receiver.example.com/"
    target = endpoints.add(tx, NOW, name=f"e{number}", url=url, secret_ciphertext="x")
    outgoing.enqueue(tx, NOW, [Message(OutboxKind.WEBHOOK, target, "op", "badge.verified", {})])


def _write(tx: Tx, number: int) -> None:
    outgoing.enqueue(tx, NOW, [Message(OutboxKind.WRITE, _connection(tx, number), "op", "skills.write", {})])


QUEUES: dict[str, tuple[Queue[Any], Callable[[Tx, int], None]]] = {
    "run": (runs.QUEUE, _run),
    "task": (tasks.QUEUE, _task),
    "inbound": (inbound.QUEUE, _event),
    "webhook": (outbox.QUEUES[OutboxKind.WEBHOOK], _webhook),
    "write": (outbox.QUEUES[OutboxKind.WRITE], _write),
}
DONE = {"run": "succeeded", "task": "done", "inbound": "handled", "webhook": "done", "write": "done"}


class Line:
    """A queue with some rows, each in a lane of its own."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.queue, self._add = QUEUES[name]
        self.done = DONE[name]

    def fill(self, number: int) -> None:
        with self.database.transaction() as tx:
            for one in range(number):
                self._add(tx, one)

    def claim(self, now: datetime = NOW) -> Lease | None:
        with self.database.transaction() as tx:
            held = leased_work.claim(tx, now, self.queue)
        return held.lease if held else None

    def held(self, now: datetime = NOW) -> Lease:
        lease = self.claim(now)
        assert lease is not None
        return lease

    def sweep(self, now: datetime) -> Swept:
        with self.database.transaction() as tx:
            return leased_work.sweep(tx, now, self.queue)

    def row(self) -> Any:
        with self.database.reading() as tx:
            return tx.execute(sa.select(self.queue.table)).one()


@pytest.fixture(params=list(QUEUES))
def line(request: pytest.FixtureRequest, any_database: Database) -> Line:
    return Line(any_database, request.param)


def test_of_eight_claimers_one_gets_each_row(line: Line) -> None:
    line.fill(24)
    taken: list[int] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            missed = 0
            while missed < 3:  # on PostgreSQL a claim may find its row locked by another one's
                lease = line.claim()
                missed = 0 if lease else missed + 1
                taken.extend(lease.ids if lease else ())
        except Exception as error:  # noqa: BLE001 - brought to the test's thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(taken) == len(set(taken)) == 24


def test_extended_lease_is_not_swept(line: Line) -> None:
    line.fill(1)
    lease = line.held()
    late = NOW + line.queue.lease * 0.9
    with line.database.transaction() as tx:
        leased_work.extend(tx, late, lease)
    assert line.sweep(late + line.queue.lease * 0.9) == Swept(0, 0)
    assert line.sweep(late + line.queue.lease * 1.1) == Swept(again=1, set_aside=0)


def test_without_the_lease_nothing_is_written(line: Line) -> None:
    line.fill(1)
    lease = line.held()
    late = NOW + line.queue.lease * 1.1
    line.sweep(late)
    new = line.held(late)
    before = line.row()
    writes: list[Callable[[Tx], object]] = [
        lambda tx: leased_work.extend(tx, late, lease),
        lambda tx: leased_work.end(tx, late, lease, line.queue.set_aside),
        lambda tx: leased_work.again(tx, late, lease, late, WHY),
        lambda tx: leased_work.release(tx, lease, late, WHY),
        lambda tx: leased_work.set_aside(tx, late, lease, WHY),
    ]
    for write in writes:
        with pytest.raises(LeaseLost), line.database.transaction() as tx:
            write(tx)
    assert line.row() == before
    with line.database.transaction() as tx:
        leased_work.extend(tx, late, new)


def test_what_kills_its_worker_is_set_aside_with_a_remedy(line: Line) -> None:
    line.fill(1)
    now, seen = NOW, []
    for _ in range(line.queue.most_losses):
        line.held(now)
        now += line.queue.lease * 1.1
        seen.append(line.sweep(now))
    assert seen == [Swept(1, 0)] * (line.queue.most_losses - 1) + [Swept(0, 1)]
    row = line.row()
    assert (row.state, row.code, row.losses) == (line.queue.set_aside, "worker_lost", line.queue.most_losses)
    assert row.message
    assert row.remedy
    assert getattr(row, line.queue.ended) == now
    assert line.claim(now + timedelta(days=1)) is None


def test_attempts_are_limited(line: Line) -> None:
    line.fill(1)
    tries = 0
    while lease := line.claim():
        tries += 1
        with line.database.transaction() as tx:
            is_again = leased_work.again(tx, NOW, lease, NOW, WHY)
        assert is_again == (tries < line.queue.most_attempts)
    row = line.row()
    assert (tries, row.state) == (line.queue.most_attempts, line.queue.set_aside)
    assert (row.code, row.message, row.remedy) == ("broken", "it is broken", line.queue.remedy)


def test_released_work_has_all_its_attempts(line: Line) -> None:
    line.fill(1)
    for _ in range(line.queue.most_attempts + 1):
        lease = line.held()
        with line.database.transaction() as tx:
            leased_work.release(tx, lease, NOW, WHY)
    assert line.row().attempts == 0


def test_set_aside_work_waits_for_a_person_and_then_begins_again(line: Line) -> None:
    line.fill(1)
    lease = line.held()
    with line.database.transaction() as tx:
        leased_work.set_aside(tx, NOW, lease, Reason("c" * 99, "a\0b", "mend it"))
    row = line.row()
    assert (row.code, row.message, row.remedy, row.lease_token) == ("c" * 64, "ab", "mend it", None)
    assert line.claim() is None
    with line.database.transaction() as tx:
        assert leased_work.requeue(tx, NOW, line.queue, row.id, line.queue.set_aside)
        assert not leased_work.requeue(tx, NOW, line.queue, row.id, line.queue.set_aside)
    line.held()
    row = line.row()
    assert (row.attempts, row.losses, row.code, getattr(row, line.queue.ended)) == (1, 0, None, None)


def test_only_old_work_in_the_given_states_is_pruned(line: Line) -> None:
    line.fill(3)
    old, new, aside = line.held(), line.held(), line.held()
    with line.database.transaction() as tx:
        leased_work.end(tx, NOW, old, line.done)
        leased_work.end(tx, NOW + timedelta(days=2), new, line.done)
        leased_work.set_aside(tx, NOW, aside, WHY)
        assert leased_work.prune(tx, line.queue, NOW + timedelta(days=1), line.done) == 1
        assert queues.count(tx, line.queue, type(line.queue.waiting)) == {
            line.done: 1,
            line.queue.set_aside: 1,
        }


def test_the_longest_due_is_first_and_nothing_before_its_time(line: Line) -> None:
    line.fill(2)
    first = line.held()
    with line.database.transaction() as tx:
        leased_work.again(tx, NOW, first, NOW + timedelta(minutes=1), WHY)
    assert line.held().ids != first.ids
    assert line.claim(NOW + timedelta(seconds=59)) is None
    assert line.held(NOW + timedelta(seconds=61)).ids == first.ids


@pytest.mark.parametrize("name", ["run", "write"])
def test_a_lane_has_one_at_a_time_whoever_claims(any_database: Database, name: str) -> None:
    line = Line(any_database, name)
    with any_database.transaction() as tx:
        target = _connection(tx, 0)
        for number in range(8):
            if name == "run":
                runs.request(tx, NOW, target, trigger="person", by="a", streams=[f"s{number}"])
            else:
                outgoing.enqueue(
                    tx, NOW, [Message(OutboxKind.WRITE, target, f"op{number}", "skills.write", {})]
                )
    taken: list[Lease] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        if lease := line.claim():
            taken.append(lease)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_work_that_takes_longer_than_its_lease_keeps_it(any_database: Database) -> None:
    from dataclasses import replace

    from plugin.domain import utc_now

    short = replace(tasks.QUEUE, lease=timedelta(seconds=0.6))
    with any_database.transaction() as tx:
        tasks.request(tx, "train", "policy:1", {}, utc_now(), "a")
        held = leased_work.claim(tx, utc_now(), short)
    assert held is not None
    with leased_work.guarded(any_database, utc_now, held.lease, pytest.fail):
        time.sleep(1.5)
        with any_database.transaction() as tx:
            assert leased_work.sweep(tx, utc_now(), short) == Swept(0, 0)
    time.sleep(0.8)
    with any_database.transaction() as tx:
        assert leased_work.sweep(tx, utc_now(), short) == Swept(again=1, set_aside=0)
