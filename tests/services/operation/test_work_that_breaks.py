"""Every queue of leased work, on both databases: an error that nobody foresaw is settled at once as what it is; a killed worker is told
as a lost one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.connectors.base import Verified
from plugin.domain import JsonObject, OutboxKind, Sink
from plugin.http_client import Client
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import endpoint_setup, webhook_deliveries, writes
from plugin.services.delivery.endpoint_setup import Wish
from plugin.services.operation import task_requests, topics
from plugin.services.sources import connection_opening, connection_setup, inbound_events, run_requests, sync
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import tasks
from plugin.store.operation.queues import Queue
from plugin.store.sources import inbound, runs

SECRET = "Ada Example earns 987654321"


class Killed(BaseException):
    """Ends a worker, as SIGKILL does: nothing is written after it."""


class Line:
    """A queue with one row in it, whose handler fails as told."""

    queue: Queue[Any]
    most_breaks: int  # of which the last sets the row aside

    def __init__(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        self.core = core
        self.monkeypatch = monkeypatch
        self.error: BaseException = RuntimeError(SECRET)
        self.ask()

    def ask(self) -> None:
        raise NotImplementedError

    def perform(self) -> object:
        raise NotImplementedError

    def fails(self, *_: object, **__: object) -> Any:
        raise self.error

    def row(self) -> Any:
        with self.core.database.reading() as tx:
            return tx.execute(sa.select(self.queue.table)).one()


def _connection(core: Core) -> int:
    settings = {"endpoint": "https://lrs.example.com/xapi", "username": "u", "password": "p"}
    return connection_setup.add(core, SYSTEM, connector="xapi_lrs", name="Store", settings=settings)


class Runs(Line):
    queue, most_breaks = runs.QUEUE, 1

    def ask(self) -> None:
        run_requests.request_run(self.core, SYSTEM, _connection(self.core))
        self.monkeypatch.setattr(connection_opening, "opened", self.fails)

    def perform(self) -> object:
        return sync.perform_next(self.core)


class Tasks(Line):
    queue, most_breaks = tasks.QUEUE, 1

    def ask(self) -> None:
        self.monkeypatch.setattr(topics, "kinds", lambda: {"train": self.fails})
        task_requests.request(self.core, SYSTEM, "train", "policy:1", {})

    def perform(self) -> object:
        return task_requests.perform_next(self.core)


class Inbound(Line):
    queue, most_breaks = inbound.QUEUE, inbound.QUEUE.most_attempts

    def ask(self) -> None:
        inbound_events.store(self.core, _connection(self.core), Verified("m", {}))

    def perform(self) -> object:
        return inbound_events.handle_next(self.core, opened=self.fails)


class Webhooks(Line):
    queue = outbox.QUEUES[OutboxKind.WEBHOOK]
    most_breaks = queue.most_attempts

    def ask(self) -> None:
        wish = Wish("receiver", "https://receiver.example.com/hook")
        endpoint_setup.send_test(self.core, SYSTEM, endpoint_setup.add(self.core, SYSTEM, wish)[0])

    def perform(self) -> object:
        with Client() as client:
            self.monkeypatch.setattr(client, "send", self.fails)
            return webhook_deliveries.deliver_next(self.core, client)


class Writes(Line):
    queue = outbox.QUEUES[OutboxKind.WRITE]
    most_breaks = queue.most_attempts

    def ask(self) -> None:
        payload: JsonObject = {
            "sink": Sink.SKILLS.value,
            "key": "p1/python",
            "person_source_id": "p1",
            "values": {},
        }
        message = Message(OutboxKind.WRITE, _connection(self.core), "op", "skills.write", payload)
        with self.core.database.transaction() as tx:
            outgoing.enqueue(tx, self.core.clock(), [message])

    def perform(self) -> object:
        return writes.perform_next(self.core, self.fails)


LINES = {"run": Runs, "task": Tasks, "inbound": Inbound, "webhook": Webhooks, "write": Writes}


@pytest.fixture(params=list(LINES))
def line(request: pytest.FixtureRequest, any_core: Core, monkeypatch: pytest.MonkeyPatch) -> Line:
    made: Callable[..., Line] = LINES[request.param]
    return made(any_core, monkeypatch)


def _broken_once(line: Line) -> Any:
    with pytest.raises(RuntimeError):  # for the worker's log
        line.perform()
    row = line.row()
    assert (row.code, row.lease_token, row.losses) == ("unexpected", None, 0)
    assert SECRET not in f"{row.message} {row.remedy}"
    return row


def test_unforeseen_error_is_settled_at_once_counted_and_set_aside_with_a_remedy(line: Line) -> None:
    for attempt in range(1, line.most_breaks):
        row = _broken_once(line)
        assert (row.state, row.attempts) == (line.queue.waiting, attempt)
        assert row.due_at > line.core.clock(), "not at once again"
        line.core.clock.moment = row.due_at  # type: ignore[attr-defined]
    row = _broken_once(line)
    assert (row.state, row.attempts) == (line.queue.set_aside, line.most_breaks)
    assert "worker's log" in row.remedy
    assert not line.perform(), "a person must act first"


def test_killed_workers_are_told_as_lost_ones(line: Line) -> None:
    line.error = Killed()
    for losses in range(1, line.queue.most_losses + 1):
        with pytest.raises(Killed):
            line.perform()
        assert line.row().state == line.queue.held
        assert not line.perform(), "the lease still runs"
        line.core.clock.advance(seconds=line.queue.lease.total_seconds() + 1)  # type: ignore[attr-defined]
        topics.free_stuck(line.core)
        row = line.row()
        assert (row.code, row.losses, row.lease_token) == ("worker_lost", losses, None)
    assert row.state == line.queue.set_aside
    assert "log of the worker" in row.remedy
    assert not line.perform(), "a person must act first"
