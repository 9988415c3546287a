"""The queue as a state machine: whatever order things happen in, nothing is lost and no row has two live leases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from plugin.errors import Conflict
from plugin.store.database import Database, insert
from plugin.store.delivery import endpoints, outbox, outgoing
from plugin.store.delivery.outbox import Claim
from plugin.store.delivery.outgoing import Message
from plugin.store.operation import leased_work
from plugin.store.operation.leased_work import Reason
from plugin.store.tables import metadata, person

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHY = Reason("x", "x")
WEBHOOKS = outbox.QUEUES["webhook"]
FINAL = {"done", "dead", "superseded"}


class Queue(RuleBasedStateMachine):
    """``self.queued`` is all that was ever asked for; ``self.live`` the claims whose lease has not run out."""

    claims = Bundle("claims")
    open_database: Callable[[], Database]

    @initialize()
    def begin(self) -> None:
        self.database = type(self).open_database()
        self.now = START
        self.queued: dict[str, Message] = {}
        self.live: dict[int, Claim] = {}
        with self.database.transaction() as tx:
            self.target = endpoints.add(
                tx, START, name="e", url="https://receiver.example.com/", secret_ciphertext="x"
            )
            self.people = [
                insert(tx, person, source_id=name, display_name=name, fte=Decimal(1), updated_at=START)
                for name in "ab"
            ]

    @rule(
        batch=st.lists(
            st.tuples(st.sampled_from([0, 1, None]), st.sampled_from([None, "s"])), min_size=2, max_size=5
        )
    )
    def enqueue(self, batch: list[tuple[int | None, str | None]]) -> None:
        first = len(self.queued)
        for number, (who, subject) in enumerate(batch, first):
            person_id = None if who is None else self.people[who]
            self.queued[f"op{number}"] = Message(
                "webhook", self.target, f"op{number}", "x", {}, person_id, subject, supersedes=bool(subject)
            )
        with self.database.transaction() as tx:
            assert outgoing.enqueue(tx, self.now, list(self.queued.values())[first:]) == len(batch)

    @rule()
    def enqueue_again(self) -> None:
        with self.database.transaction() as tx:
            assert outgoing.enqueue(tx, self.now, list(self.queued.values())) == 0

    @rule(target=claims, limit=st.integers(1, 6))
    def claim(self, limit: int) -> list[Claim]:
        with self.database.transaction() as tx:
            taken = outbox.claim(tx, self.now, "webhook", limit=limit)
        for one in taken:
            assert one.entry.id not in self.live, "two live leases"
            assert one.entry.due_at <= self.now
            self.live[one.entry.id] = one
        people = [one.entry.person_id for one in self.live.values() if one.entry.person_id]
        assert len(people) == len(set(people)), "two rows of one person are out"
        return taken

    @rule(taken=claims, how=st.sampled_from(["done", "retry", "dead", "release"]))
    def mark(self, taken: list[Claim], how: str) -> None:
        for one in taken:
            holds = self.live.get(one.entry.id) is one
            try:
                with self.database.transaction() as tx:
                    if how == "done":
                        outbox.done(tx, self.now, one)
                    elif how == "retry":
                        outbox.retry(tx, self.now, one, self.now + timedelta(seconds=5), WHY)
                    elif how == "dead":
                        leased_work.set_aside(tx, self.now, one.lease, WHY)
                    else:
                        leased_work.release(tx, one.lease, self.now, WHY)
            except Conflict:
                assert not holds, "the holder of the lease was refused"
            else:
                assert holds, "a mark without a lease was accepted"
                del self.live[one.entry.id]

    @rule(seconds=st.sampled_from([1, 6, 89, 91]))
    def wait(self, seconds: int) -> None:
        """Workers may be gone meanwhile: their leases run out and are swept."""
        self.now += timedelta(seconds=seconds)
        with self.database.transaction() as tx:
            leased_work.sweep(tx, self.now, WEBHOOKS)
        self.live = {key: one for key, one in self.live.items() if one.lease.until >= self.now}

    @rule()
    def replay(self) -> None:
        with self.database.transaction() as tx:
            for entry_id in outbox.dead_ids(tx, kind="webhook"):
                outbox.replay(tx, self.now, entry_id)

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.database.reading() as tx:
            rows = outbox.page(tx, limit=1000)
        assert {row.op_id for row in rows} == set(self.queued)
        leased = {row.id for row in rows if row.state == "leased"}
        assert leased == set(self.live)
        assert all(row.state in FINAL | {"due", "leased"} for row in rows)

    def teardown(self) -> None:
        """Left alone, a healthy worker brings every row to its end."""
        if not hasattr(self, "database"):
            return
        for _ in range(200):
            self.now += timedelta(seconds=91)
            with self.database.transaction() as tx:
                leased_work.sweep(tx, self.now, WEBHOOKS)
                for one in outbox.claim(tx, self.now, "webhook", limit=50):
                    outbox.done(tx, self.now, one)
            with self.database.reading() as tx:
                if set(outbox.counts(tx, "webhook")) <= FINAL:
                    break
        else:
            raise AssertionError("a row never came to its end")
        self.database.close()


def test_queue_keeps_its_promises_in_any_order_of_events() -> None:
    def fresh() -> Database:
        made = Database("sqlite://")
        metadata.create_all(made.engine)
        return made

    Queue.open_database = staticmethod(fresh)  # type: ignore[method-assign]
    run_state_machine_as_test(
        Queue,
        settings=settings(max_examples=30, stateful_step_count=40),
    )


@pytest.mark.slow
def test_queue_keeps_its_promises_on_postgresql(fresh_postgres_url: str) -> None:
    def fresh() -> Database:
        made = Database(fresh_postgres_url)
        with made.transaction() as tx:
            tx.exec_driver_sql("TRUNCATE outbox, webhook_endpoint, person CASCADE")
        return made

    Queue.open_database = staticmethod(fresh)  # type: ignore[method-assign]
    run_state_machine_as_test(
        Queue,
        settings=settings(max_examples=40, stateful_step_count=40),
    )
