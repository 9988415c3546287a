"""A whole firm's raises are sent in parts: once each whatever happens in between, and without reading everybody again."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from plugin.errors import NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.cycle import life
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.operation import task_requests, topics
from plugin.services.payroll import checks, listing, send
from plugin.services.payroll.checks import Entry
from plugin.store import tables
from plugin.store.cycle.recommendations import StoredRecommendation
from plugin.store.database import Database
from plugin.store.operation import audits
from tests.services.payroll.test_write_back import _approved, _arrive
from tests.small_company import Company, count, fill, suite


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def cycle_id(core: Core, company: Company, monkeypatch: pytest.MonkeyPatch) -> int:
    """Everybody's raise is approved; parts are of five people."""
    monkeypatch.setattr(checks, "AT_ONCE", 5)
    suite(core)
    return _approved(core, company)


def _audited(core: Core, action: str) -> list[dict[str, object]]:
    with core.database.reading() as tx:
        return [dict(one.detail or {}) for one in audits.page(tx, action=action)]


def _at(words: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Acts the first time that the work says something with ``words``."""
    done: list[str] = []

    def say(said: str) -> None:
        if words in said and not done:
            done.append(said)
            act()

    return say


def test_an_export_in_parts_queues_everybody_once_and_is_audited_at_its_ends(
    core: Core, company: Company, cycle_id: int
) -> None:
    said: list[str] = []
    sent = send.export(core, company.hr, cycle_id, say=said.append)
    assert (sent.new, sent.queued, sent.total) == (22, 22, 22)
    assert said[0] == "queued_raises:5:5"
    assert len(said) == 5
    again = send.export(core, company.hr, cycle_id)
    assert (again.new, again.queued) == (0, 22)
    assert count(core, tables.outbox) == 22
    assert len(_audited(core, "cycle.export_start")) == 2
    assert [one["new"] for one in _audited(core, "cycle.export")] == [0, 22]


def _export_until_killed(core: Core, actor: Actor, cycle_id: int) -> None:
    """In a process of its own, over a connection of its own."""
    url = core.database.url.render_as_string(hide_password=False)
    kill = _at("queued_raises:10:", lambda: os.kill(os.getpid(), signal.SIGKILL))
    send.export(replace(core, database=Database(url)), actor, cycle_id, say=kill)


def test_an_export_that_is_killed_in_the_middle_is_ended_by_the_next_without_a_second_write(
    core: Core, company: Company, cycle_id: int
) -> None:
    arguments = (core, company.hr, cycle_id)
    process = multiprocessing.get_context("fork").Process(target=_export_until_killed, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert count(core, tables.outbox) == 10
    sent = send.export(core, company.hr, cycle_id)
    assert (sent.new, sent.queued) == (12, 22)
    with core.database.reading() as tx:
        rows = tx.execute(tables.outbox.select()).all()
    assert len({row.subject for row in rows}) == len(rows) == 22
    assert _arrive(core, company, cycle_id)["done"] == 22


def test_an_export_stops_when_the_cycle_goes_back_to_review_and_says_how_far_it_was(
    core: Core, company: Company, cycle_id: int
) -> None:
    back = _at("queued_raises:10:", lambda: life.advance(core, company.hr, cycle_id, "review"))
    with pytest.raises(NotAllowed):
        send.export(core, company.hr, cycle_id, say=back)
    assert count(core, tables.outbox) == 10
    (ended,) = _audited(core, "cycle.export")
    assert (ended["new"], ended["stopped"]) == (10, "only approved cycles can be sent")


def test_a_decision_that_is_changed_while_its_part_is_computed_is_not_sent(
    core: Core, company: Company, cycle_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, parts = company["Ada Example"], checks.parts

    def change() -> None:
        mine = tables.decision.update().where(tables.decision.c.person_id == ada)
        with core.database.transaction() as tx:
            tx.execute(mine.values(amount=Decimal(1120), version=tables.decision.c.version + 1))

    def slow(core: Core, cycle_id: int) -> Iterator[list[Entry]]:
        for part in parts(core, cycle_id):
            if ada in {one.line.person_id for one in part}:
                change()
            yield part

    monkeypatch.setattr(checks, "parts", slow)
    sent = send.export(core, company.hr, cycle_id)
    assert sent.new == 21
    monkeypatch.setattr(checks, "parts", parts)
    assert send.export(core, company.hr, cycle_id).new == 1


def _decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The people whose recommendations is decoded from now on."""
    seen: list[int] = []

    def spied(
        read: Callable[[StoredRecommendation], PersonRecommendation],
    ) -> Callable[[StoredRecommendation], PersonRecommendation]:
        def spy(stored: StoredRecommendation) -> PersonRecommendation:
            seen.append(stored.person_id)
            return read(stored)

        return spy

    for name in ("from_stored", "without_others"):
        monkeypatch.setattr(recommendation, name, spied(getattr(recommendation, name)))
    return seen


def test_collecting_looks_at_new_answers_only(
    core: Core, company: Company, cycle_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send.export(core, company.hr, cycle_id)
    seen = _decoded(monkeypatch)
    assert send.collect_due(core) == 0
    assert seen == []
    answered = [company["Ada Example"], company["Ben Sample"]]
    with core.database.transaction() as tx:
        mine = tables.outbox.c.person_id.in_(answered)
        tx.execute(tables.outbox.update().where(mine).values(state="done"))
        tx.execute(
            tables.outbox.update()
            .where(mine & (tables.outbox.c.person_id == answered[1]))
            .values(state="dead")
        )
    assert send.collect_due(core) == 2
    assert sorted(seen) == sorted(answered)
    assert send.collect_due(core) == 0
    assert sorted(seen) == sorted(answered)
    assert len(_audited(core, "cycle.collect")) == 1


def test_a_page_of_raises_decodes_its_own_people_and_the_numbers_nobody(
    core: Core, company: Company, cycle_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(listing.lines(core, cycle_id))
    seen = _decoded(monkeypatch)
    assert listing.tally(core, cycle_id).ready == 22
    assert seen == []
    assert listing.page(core, cycle_id, limit=4, offset=8) == whole[8:12]
    assert len(seen) == 4


def test_numbers_without_a_look_into_advice_are_those_of_the_lines(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = fill(any_core)
    suite(any_core)
    cycle_id = _approved(any_core, company, Ben="0")

    def both() -> tuple[listing.Tally, listing.Tally]:
        return listing.tally(any_core, cycle_id), listing.check(any_core, cycle_id)

    def states() -> list[dict[str, object]]:
        return [{**one.document(), "ready": one.ready + one.held_back, "held_back": 0} for one in both()]

    before = listing.tally(any_core, cycle_id)
    assert before.ready == 22  # Ben's raise of nothing is done when the others are sent
    send.export(any_core, company.hr, cycle_id)
    numbers, exact = states()
    assert numbers == exact
    assert (numbers["queued"], numbers["no_change"]) == (21, 1)
    with any_core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
        dead = tables.outbox.c.person_id == company["Ada Example"]
        tx.execute(tables.outbox.update().where(dead).values(state="dead"))
    send.collect(any_core, company.hr, cycle_id)
    numbers, exact = states()
    assert numbers == exact
    assert (numbers["done"], numbers["dead"], numbers["no_change"]) == (20, 1, 1)


def test_the_worker_sends_checks_and_collects_with_counts_in_words(
    core: Core, company: Company, cycle_id: int
) -> None:
    said: dict[str, str] = {}
    for kind in ("check_raises", "export", "collect"):
        task_requests.request(core, company.hr, kind, f"cycle:{cycle_id}", {"cycle_id": cycle_id})
        assert task_requests.perform_next(core)
        (one,) = task_requests.newest(core, kind)
        assert one.state == "done", one.message
        said[kind] = topics.sentence(kind, one.result)
    assert said["check_raises"].startswith("22 raises can be sent.")
    assert said["export"].startswith("22 raises queued for payroll.")
    assert said["collect"] == "Newly in the HR suite: 0. Newly refused: 0. Awaiting an answer: 22."
