"""The queue of everything that leaves, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from plugin.domain import JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Database, Tx, insert
from plugin.store.delivery import endpoints, holds, outbox, outgoing
from plugin.store.operation import leased_work
from plugin.store.operation.leased_work import Reason, Swept
from plugin.store.operation.queues import LEASE
from plugin.store.tables import connection, person

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHY = Reason("x", "x")


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


def an_endpoint(tx: Tx, name: str = "receiver") -> int:
    return endpoints.add(tx, NOW, name=name, url="https://receiver.example.com/", secret_ciphertext="x")


def a_connection(tx: Tx) -> int:
    return insert(
        tx, connection, connector="suite", name="Suite", settings={}, sinks=[], state="active", hook_token="t" * 43,
        version=1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def a_person(tx: Tx, source_id: str = "p1") -> int:
    from decimal import Decimal

    return insert(
        tx, person, source_id=source_id, display_name="Ada Example", fte=Decimal(1), updated_at=NOW
    )  # fmt: skip


def message(
    target_id: int, op_id: str, *, kind: str = "webhook", person_id: int | None = None,
    subject: str | None = None, supersedes: bool = False, payload: JsonObject | None = None,
) -> outgoing.Message:  # fmt: skip
    return outgoing.Message(
        kind, target_id, op_id, "badge.awarded", payload or {"n": 1}, person_id, subject, supersedes
    )


def claim_one(tx: Tx, now: datetime = NOW, kind: str = "webhook") -> outbox.Claim:
    (held,) = outbox.claim(tx, now, kind)
    return held


def dead(tx: Tx, held: outbox.Claim, now: datetime = NOW) -> None:
    leased_work.set_aside(tx, now, held.lease, WHY)


def swept(tx: Tx, now: datetime) -> Swept:
    done = [leased_work.sweep(tx, now, queue) for queue in outbox.QUEUES.values()]
    return Swept(sum(one.again for one in done), sum(one.set_aside for one in done))


def test_same_operation_is_queued_once_per_target(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one, two = an_endpoint(tx), an_endpoint(tx, "other")
        assert outgoing.enqueue(tx, NOW, [message(one, "op"), message(two, "op")]) == 2
        assert outgoing.enqueue(tx, NOW, [message(one, "op")]) == 0
        assert len(outbox.page(tx)) == 2


def test_rolled_back_business_leaves_nothing_in_the_queue(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
    with pytest.raises(RuntimeError), any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(target, "op")])
        raise RuntimeError("the business failed")
    with any_database.reading() as tx:
        assert outbox.page(tx) == []


def test_claimed_row_is_not_claimed_again(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(an_endpoint(tx), "op")])
        held = claim_one(tx)
        assert held.entry.attempts == 1
        assert held.entry.state == "leased"
        assert outbox.claim(tx, NOW, "webhook") == []


def test_row_is_not_claimed_before_it_is_due(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, seconds(5), [message(an_endpoint(tx), "op")])
        assert not outbox.has_due(tx, NOW, "webhook")
        assert outbox.claim(tx, NOW, "webhook") == []
        assert outbox.has_due(tx, seconds(5), "webhook")
        assert claim_one(tx, seconds(5)).entry.op_id == "op"


def test_worker_that_lost_its_lease_cannot_mark(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(an_endpoint(tx), "op")])
        old = claim_one(tx)
        assert swept(tx, seconds(91)) == Swept(again=1, set_aside=0)
        new = claim_one(tx, seconds(91))
        for mark in (
            lambda: outbox.done(tx, seconds(92), old),
            lambda: outbox.retry(tx, seconds(92), old, seconds(99), WHY),
            lambda: dead(tx, old, seconds(92)),
            lambda: leased_work.release(tx, old.lease, seconds(99), WHY),
        ):
            with pytest.raises(Conflict):
                mark()
        outbox.done(tx, seconds(92), new, remote_id="r1")
        entry = outbox.get(tx, new.entry.id)
        assert (entry.state, entry.remote_id) == ("done", "r1")


def test_running_lease_is_not_swept(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(an_endpoint(tx), "op")])
        claim_one(tx)
        assert swept(tx, seconds(LEASE.total_seconds() - 1)) == Swept(0, 0)


def test_row_that_kills_its_worker_again_and_again_ends_dead(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(an_endpoint(tx), "op")])
        now = NOW
        for _ in range(outbox.QUEUES["webhook"].most_losses):
            claim_one(tx, now)
            now += timedelta(seconds=91)
            swept(tx, now)
        (entry,) = outbox.page(tx)
        assert (entry.state, entry.code, entry.attempts) == ("dead", "worker_lost", 5)
        assert "log of the worker" in str(entry.remedy)


def test_swept_write_is_ambiguous_and_a_swept_webhook_is_not(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(
            tx, NOW, [message(an_endpoint(tx), "op"), message(a_connection(tx), "op", kind="write")]
        )
        claim_one(tx)
        claim_one(tx, kind="write")
        swept(tx, seconds(301))
        assert {entry.kind: entry.ambiguous for entry in outbox.page(tx)} == {"webhook": False, "write": True}


def test_undelivered_row_of_a_person_blocks_the_newer_ones(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target, ada, ben = an_endpoint(tx), a_person(tx, "a"), a_person(tx, "b")
        outgoing.enqueue(
            tx,
            NOW,
            [
                message(target, "a1", person_id=ada),
                message(target, "a2", person_id=ada),
                message(target, "b1", person_id=ben),
                message(target, "none"),
            ],
        )
        first = {held.entry.op_id: held for held in outbox.claim(tx, NOW, "webhook", limit=10)}
        assert set(first) == {"a1", "b1", "none"}
        outbox.retry(tx, NOW, first["a1"], seconds(300), Reason("http_500", "answered 500"))
        assert outbox.claim(tx, NOW, "webhook") == []
        again = claim_one(tx, seconds(300))
        assert again.entry.op_id == "a1"
        outbox.done(tx, seconds(301), again)
        assert claim_one(tx, seconds(301)).entry.op_id == "a2"


def test_person_order_holds_per_target_only(any_database: Database) -> None:
    with any_database.transaction() as tx:
        one, two, ada = an_endpoint(tx), an_endpoint(tx, "other"), a_person(tx)
        outgoing.enqueue(tx, NOW, [message(one, "op", person_id=ada), message(two, "op", person_id=ada)])
        assert len(outbox.claim(tx, NOW, "webhook", limit=10)) == 2


def test_dead_row_does_not_block_its_person(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target, ada = an_endpoint(tx), a_person(tx)
        outgoing.enqueue(
            tx, NOW, [message(target, "a1", person_id=ada), message(target, "a2", person_id=ada)]
        )
        dead(tx, claim_one(tx))
        assert claim_one(tx).entry.op_id == "a2"


def test_newer_version_supersedes_a_queued_one_where_asked(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(
            tx,
            NOW,
            [
                message(target, "v1", subject="skill:python"),
                message(target, "v2", subject="skill:python"),
                message(target, "other", subject="skill:sql"),
                message(target, "v3", subject="skill:python", supersedes=True),
            ],
        )
        states = {entry.op_id: entry.state for entry in outbox.page(tx)}
        assert states == {"v1": "superseded", "v2": "superseded", "other": "due", "v3": "due"}


def test_row_that_is_out_is_not_superseded(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "v1", subject="s")])
        held = claim_one(tx)
        outgoing.enqueue(tx, NOW, [message(target, "v2", subject="s", supersedes=True)])
        outbox.done(tx, NOW, held)
        assert outbox.get(tx, held.entry.id).state == "done"


def test_wish_that_comes_back_after_another_one_goes_out_again(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        sent: list[object] = []
        for level in ("a", "a", "b", "a", "a"):
            wish = message(target, f"op-{level}", subject="s", supersedes=True, payload={"level": level})
            outgoing.enqueue(tx, NOW, [wish])
            for held in outbox.claim(tx, NOW, "webhook"):
                sent.append(held.entry.payload["level"])
                outbox.done(tx, NOW, held)
        assert sent == ["a", "b", "a"]


def test_subject_of_any_length_supersedes_its_own_and_no_other(any_database: Database) -> None:
    long = "p1/https://courses.example.com/" + "a" * 2000
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(
            tx, NOW, [message(target, "v1", subject=long), message(target, "w1", subject=long + "b")]
        )
        outgoing.enqueue(tx, NOW, [message(target, "v2", subject=long, supersedes=True)])
        states = {entry.op_id: entry.state for entry in outbox.page(tx)}
        assert states == {"v1": "superseded", "w1": "due", "v2": "due"}


def test_texts_of_the_other_side_always_fit(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "a"), message(target, "b")])
        leased_work.set_aside(tx, NOW, claim_one(tx).lease, Reason("c" * 200, "a\0b" + "m" * 100_000))
        outbox.done(tx, NOW, claim_one(tx), remote_id="r" * 2000)
        done, dead = outbox.page(tx)
        assert (len(str(done.remote_id)), len(str(dead.code)), str(dead.message)[:2]) == (500, 64, "ab")


def test_repeated_message_supersedes_nothing(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "v1", subject="s")])
        outgoing.enqueue(tx, NOW, [message(target, "v2", subject="s")])
        outgoing.enqueue(tx, NOW, [message(target, "v1", subject="s", supersedes=True)])
        assert [entry.state for entry in outbox.page(tx)] == ["due", "due"]


def test_paused_disabled_and_held_targets_are_left_alone(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "op")])
        for state in ("paused", "disabled"):
            endpoints.change(tx, target, state=state)
            assert outbox.claim(tx, NOW, "webhook") == []
        endpoints.change(tx, target, state="active")
        holds.hold(tx, holds.Hold("webhook", target, seconds(60), "http_429", "asked to wait", NOW))
        assert outbox.claim(tx, seconds(59), "webhook") == []
        assert claim_one(tx, seconds(60)).entry.op_id == "op"


def test_hold_for_a_person_is_not_shortened_by_a_pause(any_database: Database) -> None:
    with any_database.transaction() as tx:
        holds.hold(tx, holds.Hold("write", 7, None, "auth", "refused", NOW))
        holds.hold(tx, holds.Hold("write", 7, seconds(5), "http_429", "asked to wait", NOW))
        assert [one.code for one in holds.current(tx, seconds(3600))] == ["auth"]
        assert holds.release(tx, "write", 7)
        assert holds.current(tx, NOW) == []


def test_longer_of_two_pauses_counts(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for wait in (60, 5):
            holds.hold(tx, holds.Hold("webhook", 7, seconds(wait), "http_429", "asked to wait", NOW))
        assert holds.current(tx, seconds(30)) != []
        assert holds.current(tx, seconds(60)) == []
        assert holds.prune(tx, seconds(61)) == 1


def test_slow_target_cannot_take_every_thread(any_database: Database) -> None:
    with any_database.transaction() as tx:
        slow, fast = an_endpoint(tx), an_endpoint(tx, "fast")
        outgoing.enqueue(tx, NOW, [message(slow, f"s{n}") for n in range(5)])
        outgoing.enqueue(tx, seconds(1), [message(fast, "f")])
        out = [
            held.entry.op_id
            for _ in range(4)
            for held in outbox.claim(tx, seconds(2), "webhook", per_target=2)
        ]
        assert out == ["s0", "s1", "f"]


def test_release_does_not_count_the_attempt(any_database: Database) -> None:
    with any_database.transaction() as tx:
        outgoing.enqueue(tx, NOW, [message(an_endpoint(tx), "op")])
        leased_work.release(tx, claim_one(tx).lease, seconds(1), Reason("auth", "refused"))
        (entry,) = outbox.page(tx)
        assert (entry.state, entry.attempts, entry.code) == ("due", 0, "auth")


def test_dead_row_can_be_replayed_with_a_fresh_schedule(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "op")])
        dead(tx, claim_one(tx))
        (dead_id,) = outbox.dead_ids(tx, kind="webhook", target_id=target)
        assert outbox.replay(tx, seconds(9), dead_id) == "due"
        assert outbox.dead_ids(tx, kind="webhook") == []
        again = claim_one(tx, seconds(9))
        assert again.entry.attempts == 1
        with pytest.raises(Conflict):
            outbox.replay(tx, seconds(9), dead_id)
    with any_database.reading() as tx, pytest.raises(NotFound):
        outbox.replay(tx, NOW, 999)


def test_replayed_old_write_does_not_overwrite_a_newer_one(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = a_connection(tx)
        outgoing.enqueue(tx, NOW, [message(target, "v1", kind="write", subject="s")])
        held = claim_one(tx, kind="write")
        dead(tx, held)
        outgoing.enqueue(tx, NOW, [message(target, "v2", kind="write", subject="s", supersedes=True)])
        outbox.done(tx, NOW, claim_one(tx, kind="write"))
        assert outbox.replay(tx, NOW, held.entry.id) == "superseded"
        assert outbox.claim(tx, NOW, "write") == []


def test_pages_give_every_row_once_while_rows_arrive(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, f"op{n}") for n in range(5)])
        seen: list[str] = []
        before = None
        while rows := outbox.page(tx, kind="webhook", target_id=target, state="due", before=before, limit=2):
            seen += [row.op_id for row in rows]
            before = rows[-1].id
            outgoing.enqueue(tx, NOW, [message(target, f"late{before}")])
        assert seen == ["op4", "op3", "op2", "op1", "op0"]


def test_counts_and_age_tell_how_the_queue_does(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        assert outbox.oldest_due_at(tx, "webhook") is None
        outgoing.enqueue(tx, NOW, [message(target, "a"), message(target, "b")])
        outbox.done(tx, NOW, claim_one(tx))
        assert outbox.counts(tx, "webhook") == {"due": 1, "done": 1}
        assert outbox.oldest_due_at(tx, "webhook") == NOW


def test_prune_keeps_dead_rows_and_drops_attempts_with_their_row(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "a"), message(target, "b")])
        one, two = outbox.claim(tx, NOW, "webhook", limit=2)
        endpoints.add_attempt(tx, one.entry.id, endpoints.Attempt(NOW, 200, 12, "ok", None))
        outbox.done(tx, NOW, one)
        dead(tx, two)
        assert outbox.prune(tx, seconds(1)) == 1
        assert [entry.state for entry in outbox.page(tx)] == ["dead"]
        assert endpoints.attempts(tx, one.entry.id) == []


def test_removed_target_leaves_no_row_in_the_queue(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, "a"), message(target, "b")])
        held = claim_one(tx)
        assert outbox.abandon(tx, NOW, "webhook", target, code="removed", message="removed") == 2
        with pytest.raises(Conflict):
            outbox.done(tx, NOW, held)


def test_eight_threads_claim_each_row_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        target = an_endpoint(tx)
        outgoing.enqueue(tx, NOW, [message(target, f"op{n}") for n in range(60)])
    claimed: list[int] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            while True:
                with any_database.transaction() as tx:
                    held = outbox.claim(tx, NOW, "webhook", limit=3)
                if not held:
                    return
                claimed.extend(one.entry.id for one in held)
        except Exception as error:  # noqa: BLE001 - brought to the test's thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 60
