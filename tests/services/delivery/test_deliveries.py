"""Deliveries and endpoints as an admin uses them."""

from __future__ import annotations

import pytest

from plugin.domain import JsonObject, OutboxKind
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.services.core import Actor, Core
from plugin.services.delivery import backlog, endpoint_setup, webhook_deliveries
from plugin.services.delivery.endpoint_setup import Wish
from plugin.services.delivery.webhook_deliveries import Answer
from plugin.store.delivery import endpoints, outgoing
from plugin.store.delivery.outbox import Claim
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import audits

ADMIN = Actor("hr@example.com")
OK, BROKEN = Answer(200, 12, "ok"), Answer(500, 12, "http_500", "the receiver answered 500")


def an_endpoint(core: Core, name: str = "receiver", **more: object) -> int:
    return endpoint_setup.add(core, ADMIN, Wish(name, "https://receiver.example.com/hook", **more))[0]  # type: ignore[arg-type]


def queue(core: Core, endpoint_id: int, *ops: str) -> None:
    payload: JsonObject = {"type": "badge.verified"}
    with core.database.transaction() as tx:
        messages = [Message(OutboxKind.WEBHOOK, endpoint_id, op, "badge.verified", payload) for op in ops]
        outgoing.enqueue(tx, core.clock(), messages)


def claim(core: Core) -> Claim:
    delivery = webhook_deliveries.claim_next(core)
    assert delivery is not None
    return delivery


def kill(core: Core, number: int = 1) -> None:
    """Brings the next rows into the dead-letter list."""
    for _ in range(number):
        for _ in range(10):
            webhook_deliveries.settle(core, claim(core), BROKEN)
            core.clock.advance(hours=27)  # type: ignore[attr-defined]
            with core.database.transaction() as tx:
                endpoints.note_success(tx, 1)  # keeps the endpoint from being disabled


def actions(core: Core) -> list[str]:
    with core.database.reading() as tx:
        return [entry.action for entry in audits.page(tx)]


def test_dead_letters_are_replayed_one_and_all(any_core: Core) -> None:
    target = an_endpoint(any_core)
    queue(any_core, target, "a", "b", "c")
    kill(any_core, 3)
    dead = backlog.page(any_core, state="dead")
    assert len(dead) == 3
    assert backlog.replay(any_core, ADMIN, dead[0].id) == "due"
    assert backlog.replay_all(any_core, ADMIN, target_id=target) == 2
    assert backlog.replay_all(any_core, ADMIN) == 0
    for _ in range(3):
        webhook_deliveries.settle(any_core, claim(any_core), OK)
    assert backlog.summary(any_core).counts == {"done": 3}
    assert [name for name in actions(any_core) if "replay" in name] == ["outbox.replay_all", "outbox.replay"]


def test_replay_of_one_target_leaves_the_others_alone(core: Core) -> None:
    one, two = an_endpoint(core), an_endpoint(core, "two")
    queue(core, one, "a")
    queue(core, two, "b")
    kill(core, 2)
    assert backlog.replay_all(core, ADMIN, target_id=two) == 1
    assert [row.target_id for row in backlog.page(core, state="dead")] == [one]


def test_delivered_webhook_can_be_sent_again_under_its_id(core: Core) -> None:
    queue(core, an_endpoint(core), "a")
    first = claim(core)
    webhook_deliveries.settle(core, first, OK)
    backlog.replay(core, ADMIN, first.entry.id)
    again = claim(core)
    assert (again.entry.op_id, again.entry.payload) == (first.entry.op_id, first.entry.payload)


def test_row_that_is_queued_cannot_be_replayed(core: Core) -> None:
    queue(core, an_endpoint(core), "a")
    with pytest.raises(Conflict):
        backlog.replay(core, ADMIN, backlog.page(core)[0].id)
    with pytest.raises(NotFound):
        backlog.detail(core, 999)


def test_backlog_tells_since_when_and_why_it_waits(core: Core) -> None:
    target = an_endpoint(core)
    queue(core, target, "a", "b")
    start = core.clock()
    webhook_deliveries.settle(core, claim(core), Answer(429, 5, "http_429", "slow down", wait=600))
    seen = backlog.summary(core)
    assert (seen.counts, seen.oldest_at) == ({"due": 2}, start)
    assert [(one.target_id, one.code) for one in seen.holds] == [(target, "http_429")]
    assert backlog.release_hold(core, ADMIN, OutboxKind.WEBHOOK, target)
    assert not backlog.release_hold(core, ADMIN, OutboxKind.WEBHOOK, target)
    assert webhook_deliveries.claim_next(core) is not None


def test_busy_endpoint_yields_to_others_and_takes_all_when_alone(any_core: Core) -> None:
    busy, other = an_endpoint(any_core), an_endpoint(any_core, "other")
    queue(any_core, busy, "b0", "b1", "b2", "b3")
    any_core.clock.advance(seconds=1)  # type: ignore[attr-defined]
    queue(any_core, other, "o0")
    order: list[str] = []
    while (delivery := webhook_deliveries.claim_next(any_core, fair_share=2)) is not None:
        order.append(delivery.entry.op_id)
    assert order == ["b0", "b1", "o0", "b2", "b3"]


def test_old_deliveries_are_pruned_and_dead_ones_kept(core: Core) -> None:
    target = an_endpoint(core)
    queue(core, target, "dead")
    kill(core)
    queue(core, target, "done")
    webhook_deliveries.settle(core, claim(core), OK)
    core.clock.advance(days=91)  # type: ignore[attr-defined]
    assert backlog.prune(core) == 1
    assert [row.op_id for row in backlog.page(core)] == ["dead"]


def test_secret_is_shown_once_and_stored_sealed(core: Core) -> None:
    added, secret = endpoint_setup.add(core, ADMIN, Wish("e", "https://receiver.example.com/"))
    with core.database.reading() as tx:
        sealed = endpoints.secrets(tx, added).current
    assert secret.reveal() not in sealed
    assert secret.reveal() not in str(endpoint_setup.get(core, added))
    assert secret.reveal() not in str(actions(core))


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish("", "https://receiver.example.com/"), "name"),
        (Wish("n" * 201, "https://receiver.example.com/"), "name"),
        (Wish("e", "http://receiver.example.com/"), "url"),
        (Wish("e", "ftp://receiver.example.com/"), "url"),
        (Wish("e", "https://user:pass@receiver.example.com/"), "url"),
        (Wish("e", "https://receiver.example.com:22/"), "url"),
        (Wish("e", "https://receiver.example.com/" + "a" * 2000), "url"),
        (Wish("e", "nonsense"), "url"),
        (Wish("e", "https://receiver.example.com/", event_types=("made.up",)), "event_types"),
        (Wish("e", "https://receiver.example.com/", networks=("10.0.0.0/8",)), "networks"),
        (Wish("e", "https://receiver.example.com/", networks=("nonsense",)), "networks"),
        (Wish("e", "https://receiver.example.com/", networks=("::1/128",)), "networks"),
    ],
)
def test_endpoint_that_cannot_work_is_refused_by_field(core: Core, wish: Wish, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        endpoint_setup.add(core, ADMIN, wish)
    assert field in caught.value.fields
    assert endpoint_setup.page(core) == []


def test_name_is_taken_once(core: Core) -> None:
    one, two = an_endpoint(core), an_endpoint(core, "two")
    with pytest.raises(InvalidInput):
        an_endpoint(core, " receiver ")
    with pytest.raises(InvalidInput):
        endpoint_setup.change(core, ADMIN, two, Wish("receiver", "https://receiver.example.com/"))
    endpoint_setup.change(core, ADMIN, one, Wish("receiver", "https://elsewhere.example.com/"))
    assert endpoint_setup.get(core, one).url == "https://elsewhere.example.com/"


def test_paused_endpoint_gets_its_events_when_it_goes_on(core: Core) -> None:
    target = an_endpoint(core)
    endpoint_setup.set_state(core, ADMIN, target, "paused")
    queue(core, target, "a")
    assert webhook_deliveries.claim_next(core) is None
    endpoint_setup.set_state(core, ADMIN, target, "active")
    assert claim(core).entry.op_id == "a"
    with pytest.raises(InvalidInput):
        endpoint_setup.set_state(core, ADMIN, target, "disabled")


def test_disabled_endpoint_starts_afresh_when_a_person_activates_it(core: Core) -> None:
    target = an_endpoint(core)
    queue(core, target, "a", "b")
    webhook_deliveries.settle(core, claim(core), Answer(410, 5, "http_410", "gone"))
    assert endpoint_setup.get(core, target).state == "disabled"
    endpoint_setup.set_state(core, ADMIN, target, "active")
    found = endpoint_setup.get(core, target)
    assert (found.state, found.disabled_reason, found.first_failure_at) == ("active", None, None)
    assert claim(core).entry.op_id == "b"


def test_removed_endpoint_leaves_its_rows_as_dead(core: Core) -> None:
    target = an_endpoint(core)
    queue(core, target, "a")
    endpoint_setup.remove(core, ADMIN, target)
    assert [(row.state, row.code) for row in backlog.page(core)] == [("dead", "endpoint_removed")]
    with pytest.raises(NotFound):
        endpoint_setup.get(core, target)


def test_answer_that_comes_after_the_endpoint_was_removed_is_dropped(core: Core) -> None:
    target = an_endpoint(core)
    queue(core, target, "a")
    delivery = claim(core)
    endpoint_setup.remove(core, ADMIN, target)
    for answer in (OK, BROKEN):
        with pytest.raises(Conflict):
            webhook_deliveries.settle(core, delivery, answer)


def test_test_event_goes_to_this_endpoint_alone(core: Core) -> None:
    one = an_endpoint(core, event_types=("badge.verified",))
    an_endpoint(core, "two")
    row_id = endpoint_setup.send_test(core, ADMIN, one)
    (row,) = backlog.page(core)
    assert (row.id, row.target_id, row.event_type) == (row_id, one, "endpoint.test")
    endpoint_setup.set_state(core, ADMIN, one, "paused")
    with pytest.raises(Conflict):
        endpoint_setup.send_test(core, ADMIN, one)


def test_every_change_of_an_endpoint_is_audited(core: Core) -> None:
    target = an_endpoint(core)
    endpoint_setup.change(core, ADMIN, target, Wish("e", "https://receiver.example.com/"))
    endpoint_setup.rotate_secret(core, ADMIN, target)
    endpoint_setup.send_test(core, ADMIN, target)
    endpoint_setup.set_state(core, ADMIN, target, "paused")
    endpoint_setup.remove(core, ADMIN, target)
    assert actions(core)[::-1] == [
        "endpoint.add",
        "endpoint.change",
        "endpoint.rotate_secret",
        "endpoint.test",
        "endpoint.paused",
        "endpoint.remove",
    ]


def test_another_address_gets_another_secret_and_the_old_one_signs_no_more(any_core: Core) -> None:
    one, first = endpoint_setup.add(any_core, ADMIN, Wish("r", "https://receiver.example.com/a"))
    endpoint_setup.rotate_secret(any_core, ADMIN, one)
    assert endpoint_setup.change(any_core, ADMIN, one, Wish("r2", "https://receiver.example.com/a")) is None
    new = endpoint_setup.change(any_core, ADMIN, one, Wish("r2", "https://elsewhere.example.com/a"))
    assert new is not None
    with any_core.database.reading() as tx:
        stored = endpoints.secrets(tx, one)
    assert (any_core.vault.open(stored.current), stored.old, stored.old_until) == (new, None, None)
    assert first != new
