"""Writes to the HR suite against an invented suite with faults: done once, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.connectors.base import Context
from plugin.connectors.writing import (
    Action,
    Ambiguous,
    AuthLost,
    Create,
    Desired,
    Done,
    Noop,
    Outcome,
    Patch,
    Refuse,
    Rejected,
    Remote,
    Retryable,
)
from plugin.domain import JsonObject, OutboxKind, Sink
from plugin.errors import AdvisorError, AuthError, ConfigError, GiveUp, RetryLater
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import backlog, writes
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import audits, leased_work
from plugin.store.sources import connections

Fault = Callable[["Suite", Create | Patch], Outcome]


@dataclass
class Suite:
    """An HR suite that holds rows by natural key and fails as told: one fault per call, then it works."""

    rows: dict[str, JsonObject] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lookup_faults: list[AdvisorError | None] = field(default_factory=list)
    seen_late: bool = False

    def lookup(self, _ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        self.log.append("lookup")
        fault = self.lookup_faults.pop(0) if self.lookup_faults else None
        if fault is not None:
            raise fault
        keys = [] if self.seen_late else [one.key for one in desired if one.key in self.rows]
        return {key: Remote(f"id-{key}", self.rows[key]) for key in keys}

    def plan(self, _ctx: Context, desired: Desired, remote: Remote | None) -> Action:
        if desired.values.get("level") == "forbidden":
            return Refuse(desired, "not_writable", "this level is not written")
        if remote is None:
            return Create(desired)
        if remote.values == desired.values:
            return Noop(desired, remote.remote_id)
        return Patch(desired, remote, desired.values)

    def apply(self, _ctx: Context, action: Create | Patch, op_id: UUID) -> Outcome:
        self.log.append("apply")
        assert op_id.version == 5
        if self.faults:
            return self.faults.pop(0)(self, action)
        return self.write(action)

    def write(self, action: Create | Patch) -> Outcome:
        self.rows[action.desired.key] = action.desired.values
        return Done(f"id-{action.desired.key}")

    def opened(self, _core: Core, _connection_id: int) -> tuple[Suite, Context]:
        return self, Context({}, http=None, clock=_core.clock)  # type: ignore[arg-type]


def a_connection(core: Core, name: str = "Suite") -> int:
    with core.database.transaction() as tx:
        return connections.add(
            tx, core.clock(), connector="suite", name=name, settings={}, hook_token=name * 8
        )


def queue(core: Core, connection_id: int, key: str, level: str = "expert", op: int = 1) -> None:
    values: JsonObject = {"level": level}
    payload: JsonObject = {"sink": Sink.SKILLS.value, "key": key, "person_source_id": "p1", "values": values}
    op_id = f"00000000-0000-5000-8000-{op:012d}"
    message = Message(
        OutboxKind.WRITE, connection_id, op_id, "skills.write", payload, subject=key, supersedes=True
    )
    with core.database.transaction() as tx:
        outgoing.enqueue(tx, core.clock(), [message])


def work(core: Core, suite: Suite) -> bool:
    return writes.perform_next(core, suite.opened)  # type: ignore[arg-type]


def rows(core: Core) -> list[outbox.Entry]:
    return backlog.page(core, kind=OutboxKind.WRITE)


def row(core: Core) -> outbox.Entry:
    return rows(core)[0]


def lost_reply(suite: Suite, action: Create | Patch) -> Outcome:
    suite.write(action)
    return Ambiguous("no answer in time")


def lost_request(_suite: Suite, _action: Create | Patch) -> Outcome:
    return Ambiguous("no answer in time")


def timed_out(suite: Suite, action: Create | Patch) -> Outcome:
    suite.write(action)
    raise RetryLater("no complete response within the time limit", code="timeout")


def not_connected(_suite: Suite, _action: Create | Patch) -> Outcome:
    raise RetryLater("no connection", code="unreachable")


def exists(_suite: Suite, _action: Create | Patch) -> Outcome:
    return Rejected("exists", "there is one with this name")


def test_write_is_done_once_and_its_remote_id_kept(any_core: Core) -> None:
    suite = Suite()
    queue(any_core, a_connection(any_core), "p1/python")
    assert work(any_core, suite)
    assert not work(any_core, suite)
    assert suite.rows == {"p1/python": {"level": "expert"}}
    assert (row(any_core).state, row(any_core).remote_id) == ("done", "id-p1/python")


def test_what_is_there_already_is_not_written_again(core: Core) -> None:
    suite = Suite(rows={"p1/python": {"level": "expert"}})
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    assert suite.log == ["lookup"]
    assert row(core).state == "done"


@pytest.mark.parametrize("fault", [lost_reply, timed_out])
def test_ambiguous_write_that_happened_is_found_and_not_repeated(core: Core, fault: Fault) -> None:
    suite = Suite(faults=[fault])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    assert suite.log == ["lookup", "apply", "lookup"]
    assert row(core).state == "done"


def test_ambiguous_write_that_cannot_be_seen_yet_is_looked_up_before_the_repeat(core: Core) -> None:
    def late(suite: Suite, action: Create | Patch) -> Outcome:
        suite.write(action)
        suite.seen_late = True
        return Ambiguous("no answer in time")

    suite = Suite(faults=[late])
    queue(core, a_connection(core), "p1/python")
    start = core.clock()
    work(core, suite)
    assert (row(core).state, row(core).ambiguous) == ("due", True)
    assert row(core).due_at >= start + timedelta(seconds=30)
    suite.seen_late = False
    core.clock.advance(minutes=10)  # type: ignore[attr-defined]
    work(core, suite)
    assert suite.log.count("apply") == 1
    assert (row(core).state, row(core).ambiguous) == ("done", False)


def test_ambiguous_write_that_never_arrived_is_repeated(core: Core) -> None:
    suite = Suite(faults=[lost_request])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    core.clock.advance(minutes=10)  # type: ignore[attr-defined]
    work(core, suite)
    assert suite.rows == {"p1/python": {"level": "expert"}}
    assert row(core).state == "done"


def test_request_that_never_left_is_not_ambiguous(core: Core) -> None:
    suite = Suite(faults=[not_connected])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    assert (row(core).state, row(core).ambiguous) == ("due", False)
    assert suite.log == ["lookup", "apply"]


def test_exists_is_done_when_what_exists_is_what_is_wanted(core: Core) -> None:
    def raced(suite: Suite, action: Create | Patch) -> Outcome:
        suite.write(action)
        return Rejected("exists", "there is one with this name")

    suite = Suite(faults=[raced])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    assert row(core).state == "done"


def test_exists_with_another_value_is_patched_at_the_next_look(core: Core) -> None:
    def raced(suite: Suite, action: Create | Patch) -> Outcome:
        suite.rows[action.desired.key] = {"level": "novice"}
        return Rejected("exists", "there is one with this name")

    suite = Suite(faults=[raced])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    core.clock.advance(minutes=10)  # type: ignore[attr-defined]
    work(core, suite)
    assert suite.rows == {"p1/python": {"level": "expert"}}
    assert row(core).state == "done"


def test_exists_that_shows_nothing_is_for_a_person(core: Core) -> None:
    suite = Suite(faults=[exists])
    queue(core, a_connection(core), "p1/python")
    work(core, suite)
    assert (row(core).state, row(core).code) == ("dead", "exists")


def test_worker_killed_after_the_write_does_not_write_twice(any_core: Core) -> None:
    class Killed(BaseException):
        pass

    def killed(suite: Suite, action: Create | Patch) -> Outcome:
        suite.write(action)
        raise Killed

    suite = Suite(faults=[killed])
    queue(any_core, a_connection(any_core), "p1/python")
    with pytest.raises(Killed):
        work(any_core, suite)
    assert not work(any_core, suite), "the lease still runs"
    any_core.clock.advance(seconds=301)  # type: ignore[attr-defined]
    assert backlog.free_stuck(any_core) == 1
    assert row(any_core).ambiguous
    work(any_core, suite)
    assert suite.log.count("apply") == 1
    assert row(any_core).state == "done"


def test_bug_in_a_connector_costs_no_lease_and_writes_nothing_twice(any_core: Core) -> None:
    def nonsense(suite: Suite, action: Create | Patch) -> Outcome:
        suite.write(action)
        return Done(5)  # type: ignore[arg-type]

    suite = Suite(faults=[nonsense])
    queue(any_core, a_connection(any_core), "p1/python")
    with pytest.raises(AttributeError):
        work(any_core, suite)
    assert (row(any_core).state, row(any_core).code, row(any_core).ambiguous) == ("due", "unexpected", True)
    any_core.clock.moment = row(any_core).due_at  # type: ignore[attr-defined]
    work(any_core, suite)
    assert suite.log.count("apply") == 1
    assert row(any_core).state == "done"


def test_write_that_outlasts_its_lease_keeps_it(any_core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    short = replace(outbox.QUEUES[OutboxKind.WRITE], lease=timedelta(seconds=0.3))
    monkeypatch.setitem(outbox.QUEUES, OutboxKind.WRITE, short)
    extended = threading.Event()
    real = leased_work.extend

    def extend(*arguments: Any, **values: Any) -> None:
        real(*arguments, **values)
        extended.set()

    monkeypatch.setattr(leased_work, "extend", extend)

    def slow(suite: Suite, action: Create | Patch) -> Outcome:
        any_core.clock.advance(seconds=0.25)  # type: ignore[attr-defined]
        extended.clear()
        assert extended.wait(30)
        any_core.clock.advance(seconds=0.25)  # type: ignore[attr-defined]
        assert backlog.free_stuck(any_core) == 0
        assert not work(any_core, suite), "a second worker finds nothing"
        return suite.write(action)

    suite = Suite(faults=[slow])
    queue(any_core, a_connection(any_core), "p1/python")
    work(any_core, suite)
    assert suite.log == ["lookup", "apply"]
    assert row(any_core).state == "done"


def test_record_that_is_refused_does_not_stop_the_next(core: Core) -> None:
    def refused(_suite: Suite, _action: Create | Patch) -> Outcome:
        return Rejected("unknown_skill", "no such skill", field="skill")

    def broken(_suite: Suite, _action: Create | Patch) -> Outcome:
        raise GiveUp("the response can't be read", code="unreadable")

    suite = Suite(faults=[refused, broken])
    target = a_connection(core)
    for number, (key, level) in enumerate([("a", "x"), ("b", "x"), ("c", "forbidden"), ("d", "x")]):
        queue(core, target, key, level, op=number)
    while work(core, suite):
        pass
    states = {one.subject: (one.state, one.code) for one in rows(core)}
    assert states == {
        "a": ("dead", "unknown_skill"),
        "b": ("dead", "unreadable"),
        "c": ("dead", "not_writable"),
        "d": ("done", None),
    }


def auth_lost(_suite: Suite, _action: Create | Patch) -> Outcome:
    return AuthLost("the token was revoked")


def test_lost_credentials_hold_the_target_and_count_no_attempt(any_core: Core) -> None:
    suite = Suite(faults=[auth_lost])
    target = a_connection(any_core)
    queue(any_core, target, "a", op=1)
    queue(any_core, target, "b", op=2)
    work(any_core, suite)
    assert not work(any_core, suite)
    (hold,) = backlog.summary(any_core, OutboxKind.WRITE).holds
    assert (hold.target_id, hold.code, hold.until) == (target, "auth", None)
    assert {one.attempts for one in rows(any_core)} == {0}
    assert backlog.release_hold(any_core, SYSTEM, OutboxKind.WRITE, target)
    while work(any_core, suite):
        pass
    assert {one.state for one in rows(any_core)} == {"done"}


def test_changed_connection_lifts_its_hold(any_core: Core) -> None:
    suite = Suite(lookup_faults=[AuthError("refused", code="http_401")])
    target = a_connection(any_core)
    queue(any_core, target, "a")
    work(any_core, suite)
    assert not work(any_core, suite)
    any_core.clock.advance(minutes=1)  # type: ignore[attr-defined]
    with any_core.database.transaction() as tx:
        connections.change(tx, any_core.clock(), target, 1, settings={"fixed": True})
    assert backlog.summary(any_core, OutboxKind.WRITE).holds == ()
    assert work(any_core, suite)
    assert row(any_core).state == "done"


def test_held_suite_does_not_stop_another_one(core: Core) -> None:
    broken, sound = Suite(lookup_faults=[ConfigError("no such host")]), Suite()
    first, second = a_connection(core), a_connection(core, "Other")
    queue(core, first, "a")
    queue(core, second, "a")
    suites = {first: broken, second: sound}
    while writes.perform_next(core, lambda c, target: suites[target].opened(c, target)):  # type: ignore[arg-type,return-value]
        pass
    assert {one.target_id: one.state for one in rows(core)} == {first: "due", second: "done"}


def test_suite_that_asks_for_patience_gets_it(core: Core) -> None:
    def busy(_suite: Suite, _action: Create | Patch) -> Outcome:
        return Retryable(900, "too many requests")

    suite = Suite(faults=[busy])
    target = a_connection(core)
    queue(core, target, "a", op=1)
    queue(core, target, "b", op=2)
    start = core.clock()
    work(core, suite)
    assert not work(core, suite)
    core.clock.moment = start + timedelta(seconds=1000)  # type: ignore[attr-defined]
    while work(core, suite):
        pass
    assert {one.state for one in rows(core)} == {"done"}


def test_newer_wish_replaces_a_queued_one(core: Core) -> None:
    suite = Suite()
    target = a_connection(core)
    queue(core, target, "a", "novice", op=1)
    queue(core, target, "a", "expert", op=2)
    while work(core, suite):
        pass
    assert suite.rows == {"a": {"level": "expert"}}
    assert suite.log.count("apply") == 1


def test_every_write_is_audited_without_its_values(core: Core) -> None:
    queue(core, a_connection(core), "a", "a-level-that-nobody-should-read")
    work(core, Suite())
    with core.database.reading() as tx:
        (entry,) = audits.page(tx, action="write.done")
    assert "nobody-should-read" not in str(entry)


@given(faults=st.lists(st.sampled_from([lost_reply, lost_request, timed_out, not_connected]), max_size=6))
@settings(max_examples=25)
def test_whatever_goes_wrong_each_wish_ends_in_the_suite_once(core: Core, faults: list[Fault]) -> None:
    suite = Suite(faults=list(faults))
    with core.database.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM outbox")
        tx.exec_driver_sql("DELETE FROM target_hold")
        tx.exec_driver_sql("DELETE FROM connection")
    target = a_connection(core)
    for number, key in enumerate("abc"):
        queue(core, target, key, op=number)
    happened: list[str] = []
    write = suite.write
    suite.write = lambda action: (happened.append(action.desired.key), write(action))[1]  # type: ignore[method-assign]
    for _ in range(40):
        while work(core, suite):
            pass
        core.clock.advance(hours=25)  # type: ignore[attr-defined]
    assert {one.state for one in rows(core)} == {"done"}
    assert sorted(happened) == ["a", "b", "c"]
