"""The contract's rules on writing, on webhooks, and on reading from the connector's own fake vendor over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any, cast
from uuid import UUID

from plugin.connectors.base import Context, RawRequest, Receiver, Verified, Writer
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
    Rejected,
    Retryable,
)
from plugin.domain import utc_now
from plugin.errors import AdvisorError, AuthError, RetryLater
from plugin.http_client import Limits, Response
from plugin.testing.contract import Broken, Check, Subject, read_json, require
from plugin.testing.driver import Inbox, connected
from plugin.testing.faults import Fault, Kind
from plugin.testing.replay import NoHttp, SameHttp, failing
from plugin.testing.serving import serve

_OP = UUID("7d0c9a1e-5f3b-4d52-9a57-2f6d1c0b8e11")
_QUICK = Limits(total_seconds=1.2, gap_seconds=0.6, attempts=2)


def _has_fake(subject: Subject) -> bool:
    return subject.fake is not None


def _reads_fake(subject: Subject) -> bool:
    return _has_fake(subject) and bool(subject.manifest.streams)


def _writes(subject: Subject) -> bool:
    return bool(subject.manifest.sinks)


def _has_webhook(subject: Subject) -> bool:
    return subject.manifest.webhook is not None and not subject.is_pushed


def fake_is_read_twice_alike(subject: Subject) -> None:
    """A second run over the fake brings nothing new, and every stream brings something at first."""
    with _running(subject) as (_, ctx):
        for stream in subject.streams:
            inbox = Inbox()
            inbox.run(subject.connector, ctx, stream)
            require(inbox.raws, f"{stream.value}: the fake gave nothing")
            before = inbox.state()
            inbox.run(subject.connector, ctx, stream)
            require(inbox.state() == before, f"{stream.value}: a second run changed what was stored")


def cut_off_run_goes_on(subject: Subject) -> None:
    """A run that dies after any page loses nothing at the next one."""
    with _running(subject) as (_, ctx):
        for stream in subject.streams:
            whole = Inbox()
            pages = whole.run(subject.connector, ctx, stream)
            for cut in range(1, pages):
                inbox = Inbox()
                inbox.run(subject.connector, ctx, stream, stop_after=cut)
                inbox.run(subject.connector, ctx, stream)
                require(
                    inbox.state() == whole.state(),
                    f"{stream.value}: a cut after page {cut} changed the result",
                )


def has_a_write_for_each_sink(subject: Subject) -> None:
    sinks = {one.sink for one in _wanted(subject)}
    missing = {one.sink for one in subject.manifest.sinks} - sinks
    require(not missing, f"the fake's WRITES have nothing for {sorted(missing)}")


def plan_is_pure(subject: Subject) -> None:
    """Planning calls nobody, gives the same twice and leaves what it was given as it is."""
    ctx = subject.context(NoHttp())
    for desired in _wanted(subject):
        before = repr(desired)
        first, second = (_writer(subject).plan(ctx, desired, None) for _ in range(2))
        require(first == second and repr(desired) == before, f"{desired.key}: planning is not pure")
        require(isinstance(first, Create), f"{desired.key}: what is not there is not created")


def outcomes_say_what_to_do(subject: Subject) -> None:
    """Errors of a write become the outcome by which the kernel decides, never an exception."""
    cases: list[tuple[str, Response | AdvisorError, type | tuple[type, ...]]] = [
        ("401", failing(401), AuthLost),
        ("403", failing(403), AuthLost),
        ("429", failing(429, headers={"retry-after": "7"}), Retryable),
        ("400", failing(400), Rejected),
        ("a timeout", RetryLater("no answer", code="timeout"), Ambiguous),
        ("a broken connection", RetryLater("broke", code="broken"), Ambiguous),
        ("500", failing(500), Ambiguous),
        ("a closed port", RetryLater("closed", code="unreachable"), Retryable),
    ]
    for desired in _wanted(subject):
        for what, answer, kind in cases:
            ctx = subject.context(SameHttp(answer, subject.connector.classify))
            found = _writer(subject).apply(ctx, Create(desired), _OP)
            require(isinstance(found, kind), f"{desired.key}: {what} became {type(found).__name__}")


def write_happens_once(subject: Subject) -> None:
    """Asked for twice, written once: the second look finds it."""
    for desired in _wanted(subject):
        with _running(subject) as (fake, ctx):
            require(isinstance(_turn(subject, ctx, desired), Done), f"{desired.key}: was not written")
            require(
                isinstance(_turn(subject, ctx, desired), Noop),
                f"{desired.key}: a second look finds it undone",
            )
            _is_once(subject, fake, desired)


def ambiguous_write_is_read_back(subject: Subject) -> None:
    """The answer of each write call in turn is lost after the work was done: it is Ambiguous, and in the end there is one."""
    for desired in _wanted(subject):
        for step in range(8):
            with _running(subject) as (fake, ctx):
                lost = Fault(Kind.COMMIT_THEN_HANG, seconds=2)
                for method in ("POST", "PUT", "PATCH"):
                    fake.faults.plan(lost, method=method, after=step)
                turns = _until_noop(subject, ctx, desired)
                ambiguous = sum(isinstance(one, Ambiguous) for one in turns)
                require(
                    ambiguous == fake.faults.met, f"{desired.key}: a lost answer was not called ambiguous"
                )
                require(isinstance(turns[-1], Noop), f"{desired.key}: never settled after a lost answer")
                _is_once(subject, fake, desired)
                if not fake.faults.met:
                    break


def webhook_is_verified(subject: Subject) -> None:
    """``webhook.json`` {headers, body, streams}: accepted as it stands, refused with any byte changed or the header gone."""
    recorded = read_json(subject.folder / "webhook.json")
    headers = {
        str(name).lower(): str(value)
        for name, value in cast("dict[str, object]", recorded["headers"]).items()
    }
    body = str(recorded["body"]).encode()
    ctx, receiver = subject.context(NoHttp()), cast("Receiver", subject.connector)
    good = RawRequest(headers, body, utc_now())
    event = receiver.verify(ctx, good)
    again = receiver.verify(ctx, replace(good, received_at=utc_now()))
    require(
        event.message_id and event.message_id == again.message_id,
        "the message's id is not stable over repeats",
    )
    streams = [hint.stream.value for hint in receiver.hints(ctx, event)]
    require(streams == recorded["streams"], f"the hints are {streams}")
    require(receiver.hints(ctx, Verified("x", {"unknown": True})) == [], "an unknown event gives hints")
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        _is_refused(receiver, ctx, RawRequest(headers, changed, utc_now()))
    _is_refused(receiver, ctx, RawRequest({}, body, utc_now()))
    _is_refused(receiver, ctx, RawRequest(dict.fromkeys(headers, ""), body, utc_now()))
    _is_refused(receiver, ctx, RawRequest(dict.fromkeys(headers, "\u20ac"), b"\xff", utc_now()))


def _is_refused(receiver: Receiver, ctx: Context, raw: RawRequest) -> None:
    try:
        receiver.verify(ctx, raw)
    except AuthError:
        return
    except Exception as error:
        raise Broken(f"a bad webhook raised {type(error).__name__}, not AuthError") from error
    raise Broken("a changed webhook was accepted")


@contextmanager
def _running(subject: Subject) -> Iterator[tuple[Any, Context]]:
    module = cast("ModuleType", subject.fake)
    fake = module.make(subject.settings)
    with serve(fake.app, faults=fake.faults) as served:
        settings = module.address(subject.settings, served.base_url)
        with connected(subject.connector, subject.manifest, settings, limits=_QUICK) as ctx:
            yield fake, ctx


def _turn(subject: Subject, ctx: Context, desired: Desired) -> Outcome | Action:
    """One turn of the outbox: look, plan, apply."""
    writer = _writer(subject)
    action = writer.plan(ctx, desired, writer.lookup(ctx, [desired]).get(desired.key))
    return writer.apply(ctx, action, _OP) if isinstance(action, Create | Patch) else action


def _until_noop(subject: Subject, ctx: Context, desired: Desired) -> list[Outcome | Action]:
    turns: list[Outcome | Action] = []
    while len(turns) < 8 and not (turns and isinstance(turns[-1], Noop)):
        turns.append(_turn(subject, ctx, desired))
    return turns


def _is_once(subject: Subject, fake: object, desired: Desired) -> None:
    count = cast("ModuleType", subject.fake).written(fake, desired)
    require(count == 1, f"{desired.key}: the vendor holds it {count} times")


def _wanted(subject: Subject) -> list[Desired]:
    if subject.fake is None:
        raise Broken("a connector that writes needs a fake vendor with WRITES")
    found: list[Desired] = subject.fake.WRITES
    json.dumps([one.values for one in found])
    return found


def _writer(subject: Subject) -> Writer:
    return cast("Writer", subject.connector)


CHECKS = (
    Check("fake_is_read_twice_alike", _reads_fake, fake_is_read_twice_alike),
    Check("cut_off_run_goes_on", _reads_fake, cut_off_run_goes_on),
    Check("has_a_write_for_each_sink", _writes, has_a_write_for_each_sink),
    Check("plan_is_pure", _writes, plan_is_pure),
    Check("outcomes_say_what_to_do", _writes, outcomes_say_what_to_do),
    Check("write_happens_once", _writes, write_happens_once),
    Check("ambiguous_write_is_read_back", _writes, ambiguous_write_is_read_back),
    Check("webhook_is_verified", _has_webhook, webhook_is_verified),
)
