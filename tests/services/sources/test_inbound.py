"""Inbound webhooks become sync runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from plugin.connectors.base import Context, Hint, Verified
from plugin.domain import Stream
from plugin.errors import AdvisorError, ConfigError, NotFound, RetryLater, SkipRecord
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_opening, connection_setup, inbound_events, run_requests


def a_connection(core: Core, name: str = "Store") -> int:
    settings = {"endpoint": "https://lrs.example.com/xapi", "username": "u", "password": "p"}
    return connection_setup.add(core, SYSTEM, connector="xapi_lrs", name=name, settings=settings)


class Killed(BaseException):
    pass


@dataclass
class Vendor:
    """A connector with webhooks: its events name streams, or are unusable."""

    failures: list[AdvisorError] = field(default_factory=list)

    def hints(self, _ctx: Context, event: Verified) -> list[Hint]:
        assert isinstance(event.payload, dict)
        if event.payload.get("kills"):
            raise Killed
        if event.payload.get("bad"):
            raise SkipRecord("the event names nothing", code="no_object")
        return [Hint(Stream(str(name))) for name in event.payload["streams"]]  # type: ignore[union-attr]

    def opened(self, core: Core, connection_id: int) -> tuple[Vendor, Context]:
        if self.failures:
            raise self.failures.pop(0)
        return self, connection_opening.opened(core, connection_id)[1]


def arrive(core: Core, connection_id: int, message_id: str, **payload: object) -> bool:
    return inbound_events.store(core, connection_id, Verified(message_id, json.loads(json.dumps(payload))))


def handle(core: Core, vendor: Vendor | None = None) -> bool:
    return inbound_events.handle_next(core, opened=(vendor or Vendor()).opened)  # type: ignore[arg-type]


def test_events_of_one_connection_ask_for_one_run_of_the_streams_they_name(any_core: Core) -> None:
    target = a_connection(any_core)
    arrive(any_core, target, "m1", streams=["learning"])
    arrive(any_core, target, "m2", streams=["badges", "learning"])
    assert handle(any_core)
    assert not handle(any_core)
    (run,) = run_requests.page(any_core, connection_id=target)
    assert run.trigger == "webhook"
    assert sorted(run.streams or []) == ["badges", "learning"]
    assert {event.state for event in inbound_events.page(any_core)} == {"handled"}


def test_known_message_is_stored_once(any_core: Core) -> None:
    target = a_connection(any_core)
    assert arrive(any_core, target, "m" * 500, streams=["learning"])
    assert not arrive(any_core, target, "m" * 500, streams=["learning"])
    assert len(inbound_events.page(any_core)) == 1


def test_bad_event_is_set_aside_and_the_next_is_handled(core: Core) -> None:
    target = a_connection(core)
    arrive(core, target, "bad", bad=True)
    arrive(core, target, "good", streams=["learning"])
    handle(core)
    (failed,) = inbound_events.page(core, state="failed")
    assert (failed.message_id, failed.code, failed.message) == ("bad", "no_object", "the event names nothing")
    assert failed.remedy
    assert len(run_requests.page(core)) == 1


def test_event_that_nobody_foresaw_is_set_aside_alone(
    any_core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    target = a_connection(any_core)
    arrive(any_core, target, "first", streams=["badges"])
    arrive(any_core, target, "odd", secret=1)  # a KeyError
    arrive(any_core, target, "good", streams=["learning"])
    assert handle(any_core)
    assert not handle(any_core)
    (failed,) = inbound_events.page(any_core, state="failed")
    assert (failed.message_id, failed.code) == ("odd", "unexpected")
    assert "worker's log" in str(failed.remedy)
    assert "KeyError" in caplog.text
    (run,) = run_requests.page(any_core, connection_id=target)
    assert sorted(run.streams or []) == ["badges", "learning"]


def test_error_of_no_event_is_tried_again_and_costs_no_worker(any_core: Core) -> None:
    def broken(_core: Core, _connection_id: int) -> tuple[Vendor, Context]:
        raise KeyError

    target = a_connection(any_core)
    arrive(any_core, target, "m", streams=["learning"])
    with pytest.raises(KeyError):
        inbound_events.handle_next(any_core, opened=broken)  # type: ignore[arg-type]
    (event,) = inbound_events.page(any_core)
    assert (event.state, event.code) == ("pending", "unexpected")
    any_core.clock.advance(seconds=10)  # type: ignore[attr-defined]
    assert handle(any_core)
    assert [event.state for event in inbound_events.page(any_core)] == ["handled"]


def test_event_that_kills_workers_takes_no_other_with_it(any_core: Core) -> None:
    target = a_connection(any_core)
    for name, payload in (("a", {}), ("kills", {"kills": True}), ("z", {})):
        arrive(any_core, target, name, streams=["learning"], **payload)
    for _ in range(12):
        try:
            while handle(any_core):
                pass
        except Killed:
            any_core.clock.advance(seconds=121)  # type: ignore[attr-defined]
            inbound_events.free_stuck(any_core)
    states = {event.message_id: (event.state, event.code) for event in inbound_events.page(any_core)}
    assert states == {"a": ("handled", None), "kills": ("failed", "worker_lost"), "z": ("handled", None)}


def test_event_that_hints_at_nothing_asks_for_no_run(core: Core) -> None:
    arrive(core, a_connection(core), "m", streams=[])
    handle(core)
    assert run_requests.page(core) == []
    assert [event.state for event in inbound_events.page(core)] == ["handled"]


def test_connector_without_hints_is_read_as_a_whole(core: Core) -> None:
    target = a_connection(core)
    arrive(core, target, "m", anything=1)
    assert inbound_events.handle_next(core)
    (run,) = run_requests.page(core, connection_id=target)
    assert run.streams is None


def test_temporary_failure_is_tried_again(core: Core) -> None:
    target = a_connection(core)
    arrive(core, target, "m", streams=["learning"])
    vendor = Vendor([RetryLater("the database is busy", wait=60)])
    assert handle(core, vendor)
    assert not handle(core, vendor)
    core.clock.advance(seconds=70)  # type: ignore[attr-defined]
    assert handle(core, vendor)
    assert [event.state for event in inbound_events.page(core)] == ["handled"]


def test_wrong_settings_fail_the_events_until_a_person_replays_them(core: Core) -> None:
    target = a_connection(core)
    arrive(core, target, "m", streams=["learning"])
    handle(core, Vendor([ConfigError("a secret is missing")]))
    (event,) = inbound_events.page(core, state="failed")
    inbound_events.replay(core, SYSTEM, event.id)
    assert handle(core)
    with pytest.raises(NotFound):
        inbound_events.replay(core, SYSTEM, event.id)


def test_stream_that_the_connector_does_not_read_is_no_run(core: Core) -> None:
    arrive(core, a_connection(core), "m", streams=["people"])
    handle(core)
    assert run_requests.page(core) == []
    assert [event.state for event in inbound_events.page(core)] == ["failed"]


def test_events_of_a_lost_worker_are_given_back(core: Core) -> None:
    def killed(_core: Core, _connection_id: int) -> tuple[Vendor, Context]:
        raise Killed

    arrive(core, a_connection(core), "m", streams=["learning"])
    with pytest.raises(Killed):
        inbound_events.handle_next(core, opened=killed)  # type: ignore[arg-type]
    assert not handle(core)
    core.clock.advance(seconds=121)  # type: ignore[attr-defined]
    assert inbound_events.free_stuck(core) == 1
    assert handle(core)


def test_source_is_found_by_its_token(core: Core) -> None:
    target = a_connection(core)
    token = connection_setup.shown(core, target).connection.hook_token
    assert inbound_events.source(core, token).id == target
    with pytest.raises(NotFound):
        inbound_events.source(core, token + "x")


def test_handled_events_are_kept_as_a_replay_guard_for_thirty_days(core: Core) -> None:
    target = a_connection(core)
    arrive(core, target, "m", streams=["learning"])
    handle(core)
    core.clock.advance(days=29)  # type: ignore[attr-defined]
    assert inbound_events.prune(core) == 0
    assert not arrive(core, target, "m", streams=["learning"])
    core.clock.advance(days=2)  # type: ignore[attr-defined]
    assert inbound_events.prune(core) == 1
