"""Nothing of an employee of whom a value is held goes to the HR suite, however long it was queued; after the release it does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.domain import HeldRule, JsonObject, OutboxKind, OutboxState, Sink
from plugin.errors import NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import backlog, writes
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.outgoing import Message
from tests.services.delivery.test_writes import Suite, a_connection
from tests.small_company import Company, fill

ADA, BEN = "Ada Example", "Ben Sample"


@pytest.fixture
def company(any_core: Core) -> Company:
    found = fill(any_core)
    _judge(any_core)
    return found


def _judge(core: Core) -> None:
    with core.database.transaction() as tx:
        plausibility.judge(tx, core)


def _queue(core: Core, target: int, who: int, sink: Sink, event: str = "write") -> None:
    key = f"{sink.value}:{event}:{who}"
    payload: JsonObject = {
        "sink": sink.value, "key": key, "person_source_id": str(who), "values": {"is": key},
        "is_withdrawn": event == "withdraw",
    }  # fmt: skip
    message = Message(OutboxKind.WRITE, target, key, f"{sink.value}.{event}", payload, who, key)
    with core.database.transaction() as tx:
        outgoing.enqueue(tx, core.clock(), [message])


def _trip(core: Core, who: int) -> None:
    with core.database.transaction() as tx:
        insert(
            tx,
            tables.pay,
            person_id=who,
            effective_on=date(2026, 6, 1),
            annual=Decimal(1000),
            currency="EUR",
        )
    _judge(core)


def _release(core: Core) -> list[int]:
    ids = [one.id for one in plausibility.page(core)]
    plausibility.release(core, SYSTEM, ids, "Right: unpaid leave")
    return ids


def _drain(core: Core, suite: Suite) -> None:
    while writes.perform_next(core, suite.opened):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("sink", [Sink.RAISES, Sink.SKILLS, Sink.TRAINING])
@pytest.mark.parametrize("event", ["write", "withdraw"])
def test_a_queued_write_of_a_held_employee_waits_and_goes_on_release(
    any_core: Core, company: Company, sink: Sink, event: str
) -> None:
    suite, target = Suite(), a_connection(any_core)
    if event == "withdraw":
        suite.plan = lambda _ctx, desired, _remote: writes.Noop(desired, "gone")  # type: ignore[method-assign]
    for who in (company[ADA], company[BEN]):
        _queue(any_core, target, who, sink, event)
    _trip(any_core, company[ADA])
    _drain(any_core, suite)
    states = {one.person_id: one.state for one in backlog.page(any_core, kind=OutboxKind.WRITE)}
    assert states == {company[ADA]: OutboxState.DUE, company[BEN]: OutboxState.DONE}
    assert backlog.summary(any_core, OutboxKind.WRITE).for_release == 1
    _release(any_core)
    _drain(any_core, suite)
    states = {one.person_id: one.state for one in backlog.page(any_core, kind=OutboxKind.WRITE)}
    assert set(states.values()) == {OutboxState.DONE}
    assert backlog.summary(any_core, OutboxKind.WRITE).for_release == 0


def test_a_raise_is_told_to_nobody_while_its_employee_is_held_and_other_events_are(
    any_core: Core, company: Company
) -> None:
    _trip(any_core, company[ADA])
    with any_core.database.transaction() as tx:
        endpoint = {
            "url": "https://example.org",
            "allowed_networks": [],
            "event_types": [],
            "state": "active",
        }
        row = {**endpoint, "secret_ciphertext": "x", "created_at": any_core.clock()}
        raises, badges = (insert(tx, tables.webhook_endpoint, name=name, **row) for name in ("a", "b"))
        for target, event in ((raises, "raise.approved"), (badges, "badge.verified")):
            message = Message(OutboxKind.WEBHOOK, target, event, event, {}, company[ADA], event)
            outgoing.enqueue(tx, any_core.clock(), [message])
        found = outbox.claim(tx, any_core.clock(), OutboxKind.WEBHOOK, limit=10)
    assert [one.entry.event_type for one in found] == ["badge.verified"]


def test_an_employee_of_a_held_headcount_waits_as_well(any_core: Core, company: Company) -> None:
    target = a_connection(any_core)
    with any_core.database.transaction() as tx:
        tx.execute(
            tables.person.update().where(tables.person.c.id == company[ADA]).values(connection_id=target)
        )
        insert(
            tx,
            tables.held_fact,
            rule=HeldRule.HEADCOUNT,
            connection_id=target,
            subject=f"headcount:{target}",
            value="1",
            against="40",
            state="held",
            found_at=any_core.clock(),
        )
    _queue(any_core, target, company[ADA], Sink.SKILLS)
    with any_core.database.transaction() as tx:
        assert not outbox.claim(tx, any_core.clock(), OutboxKind.WRITE)


def test_a_release_by_which_a_raise_has_left_is_not_undone(any_core: Core, company: Company) -> None:
    """It was held after the raise was queued: nothing else notes that the release was used."""
    target = a_connection(any_core)
    _queue(any_core, target, company[ADA], Sink.RAISES)
    _trip(any_core, company[ADA])
    (fact, *_more) = _release(any_core)
    _drain(any_core, Suite())
    with pytest.raises(NotAllowed, match="already uses"):
        plausibility.undo(any_core, SYSTEM, fact)


def test_what_names_no_employee_never_waits(any_core: Core, company: Company) -> None:
    target = a_connection(any_core)
    _trip(any_core, company[ADA])
    payload: JsonObject = {"sink": "skills", "key": "k", "person_source_id": "", "values": {}}
    with any_core.database.transaction() as tx:
        outgoing.enqueue(
            tx, any_core.clock(), [Message(OutboxKind.WRITE, target, "k", "skills.write", payload)]
        )
        assert len(outbox.claim(tx, any_core.clock(), OutboxKind.WRITE)) == 1
