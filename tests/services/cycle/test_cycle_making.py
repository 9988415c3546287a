"""Recommendations are computed beside everything else and count for all at once; a refresh stores one person only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from plugin.advisor.recommendation import frozen
from plugin.errors import Conflict, NotAllowed
from plugin.services.core import Core
from plugin.services.cycle import change_desk, cycle_monitoring, cycle_replay, life, recommending, settling
from plugin.services.decision import worksheet
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.operation import task_requests
from plugin.store import tables
from plugin.store.cycle import frozen_inputs
from tests.small_company import Company, count, draft_cycle, fill, open_cycle


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def many_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """23 people in five transactions."""
    monkeypatch.setattr(recommending, "STORED_AT_ONCE", 5)


def recommendation_of(core: Core, company: Company, cycle_id: int, name: str) -> PersonRecommendation:
    found = worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).row(company[name]).recommended
    assert found is not None
    return found


def at(words: str, act: Callable[[], object]) -> Callable[[str], None]:
    """A listener that acts once, when the work has come to these words."""
    done: list[str] = []

    def say(progress: str) -> None:
        if words in progress and not done:
            done.append(progress)
            act()

    return say


def raise_pay(core: Core, company: Company, name: str, amount: int) -> int:
    """The number of the change that the desk then shows."""
    with core.database.transaction() as tx:
        mine = tables.pay.c.person_id == company[name]
        tx.execute(tables.pay.update().where(mine).values(annual=Decimal(amount)))
    change_desk.find_changes(core, company.hr, 1)
    changes = change_desk.open_changes(core, 1)
    return next(one.id for one in changes if one.person_id == company[name] and one.kind == "pay_changed")


# --- what others see meanwhile --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("many_writes")
def test_nobody_sees_a_run_before_it_is_complete(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    recommending.take_snapshot(core, company.hr, cycle_id)
    seen: list[tuple[int, str | None, int]] = []

    def look() -> None:
        following = life.missing_for_next(core, cycle_id)
        assert following is not None
        overview = cycle_monitoring.overview(core, cycle_id)
        seen.append((overview.recommended, following[1], count(core, tables.recommendation)))

    life.advance(core, company.hr, cycle_id, "notice")
    life.advance(core, company.hr, cycle_id, "shadow")
    recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:15:", look))
    look()
    assert seen == [(0, "calculate the recommendations", 15), (21, None, 23)]


@pytest.mark.usefixtures("many_writes")
def test_others_write_while_it_is_made(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)

    def write() -> None:
        with core.database.transaction() as tx:
            tx.execute(tables.person.update().values(job_title="Still here"))

    recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:10:", write))
    assert recommendation_of(core, company, cycle_id, "Ada Example").percent is not None


@pytest.mark.usefixtures("many_writes")
def test_what_fails_in_the_middle_leaves_nothing_behind(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    before = recommendation_of(core, company, cycle_id, "Ada Example")

    def fail() -> None:
        raise NotAllowed("enough")

    with pytest.raises(NotAllowed, match="enough"):
        recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:20:", fail))
    assert count(core, tables.recommendation) == count(core, tables.recommendation_document) == 23
    assert count(core, tables.recommendation_run) == 1
    assert recommendation_of(core, company, cycle_id, "Ada Example") == before


@pytest.mark.usefixtures("many_writes")
def test_what_a_dead_worker_left_is_cleared_by_the_next_run(
    core: Core, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle_id = open_cycle(core, company)
    with monkeypatch.context() as dead:
        dead.setattr(recommending, "_discard", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:10:", _killed))
    assert count(core, tables.recommendation) == 33
    monkeypatch.setattr(frozen_inputs, "DISCARDED", 3)
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert count(core, tables.recommendation) == count(core, tables.recommendation_document) == 46
    with core.database.reading() as tx:
        assert not frozen_inputs.unfinished_runs(tx, cycle_id)


def _killed() -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("many_writes")
def test_the_later_of_two_makings_counts_and_the_earlier_gives_up(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)

    def again() -> None:
        recommending.make_recommendations(core, company.hr, cycle_id)

    with pytest.raises(Conflict):
        recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:10:", again))
    assert count(core, tables.recommendation_run) == 2
    assert cycle_replay.replay(core, cycle_id, company["Ada Example"]).matches


# --- what changes meanwhile -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("many_writes")
def test_figures_of_before_the_switch_never_count_after_it(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)

    def switch() -> None:
        assert recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason="Odd figures.")

    with pytest.raises(Conflict) as refused:
        recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:10:", switch))
    assert refused.value.code == recommending.INPUTS_CHANGED
    assert count(core, tables.recommendation_run) == 1


@pytest.mark.usefixtures("many_writes")
def test_the_worker_starts_again_when_the_cycle_is_switched_meanwhile(
    core: Core, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle_id = open_cycle(core, company)
    task_requests.request(core, company.hr, "recommend", f"cycle:{cycle_id}", {"cycle_id": cycle_id})
    make = recommending.make_recommendations

    def switched_once(core_: Core, actor: object, made_for: int, *, say: Callable[[str], None]) -> object:
        def switch() -> None:
            recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason="Odd figures.")

        monkeypatch.setattr(recommending, "make_recommendations", make)
        return make(core_, company.hr, made_for, say=at("recommended:10:", switch))

    monkeypatch.setattr(recommending, "make_recommendations", switched_once)
    assert task_requests.perform_next(core)
    (done,) = task_requests.newest(core, "recommend")
    assert (done.state, done.progress) == ("done", "recommended:23:23")
    assert recommendation_of(core, company, cycle_id, "Ada Example").recommendation.status == "policy_only"


@pytest.mark.usefixtures("many_writes")
def test_nothing_counts_that_was_made_while_the_cycle_was_approved(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)

    def approve() -> None:
        with core.database.transaction() as tx:
            tx.execute(tables.cycle.update().values(state="approved"))

    with pytest.raises(NotAllowed):
        recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:10:", approve))
    assert count(core, tables.recommendation_run) == 1


@pytest.mark.usefixtures("many_writes")
def test_a_person_who_is_refreshed_meanwhile_keeps_the_newer_advice(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    change = raise_pay(core, company, "Ada Example", 70_000)

    def refresh() -> None:
        settling.settle_change(core, company.hr, cycle_id, change, "refresh")

    recommending.make_recommendations(core, company.hr, cycle_id, say=at("recommended:20:", refresh))
    assert recommendation_of(core, company, cycle_id, "Ada Example").row.annual.amount == 70_000
    for name in ("Ada Example", "Ben Sample"):
        assert cycle_replay.replay(core, cycle_id, company[name]).matches


# --- one person's refresh -------------------------------------------------------------------------------------------


def test_a_refresh_stores_the_row_and_not_the_firm(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    for name, amount in (("Ada Example", 70_000), ("Ben Sample", 61_000), ("Ada Example", 71_000)):
        change = raise_pay(core, company, name, amount)
        settling.settle_change(core, company.hr, cycle_id, change, "refresh")
    with core.database.reading() as tx:
        columns = (tables.snapshot.c.base_id, tables.snapshot.c.document)
        stored = tx.execute(
            tables.snapshot.select().with_only_columns(*columns).order_by(tables.snapshot.c.id)
        ).all()
        whole = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, cycle_id))
    assert [row.base_id for row in stored] == [None, 1, 1, 1]
    assert [len(frozen.rows_of(row.document)) for row in stored] == [23, 1, 2, 2]
    paid = {name: whole.row(company[name]).annual.amount for name in ("Ada Example", "Ben Sample")}
    assert paid == {"Ada Example": 71_000, "Ben Sample": 61_000}
    for name in ("Ada Example", "Ben Sample", "Finn Pattern"):
        assert cycle_replay.replay(core, cycle_id, company[name]).matches


def test_advice_for_all_after_a_refresh_rests_on_the_refreshed_row(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    change = raise_pay(core, company, "Ada Example", 70_000)
    settling.settle_change(core, company.hr, cycle_id, change, "refresh")
    recommending.make_recommendations(core, company.hr, cycle_id)
    again = cycle_replay.replay(core, cycle_id, company["Ada Example"])
    assert again.matches
    assert again.stored.row.annual.amount == 70_000


def test_two_refreshes_at_the_same_time_do_not_lose_each_other(
    core: Core, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle_id = open_cycle(core, company)
    first = raise_pay(core, company, "Ada Example", 70_000)
    second = raise_pay(core, company, "Ben Sample", 61_000)

    def other() -> None:
        settling.settle_change(core, company.hr, cycle_id, second, "refresh")

    with pytest.raises(Conflict):
        settling.settle_change(core, company.hr, cycle_id, first, "refresh", say=at("recalculating", other))
    assert [one.id for one in change_desk.open_changes(core, cycle_id)] == [first]
    settling.settle_change(core, company.hr, cycle_id, first, "refresh")
    with core.database.reading() as tx:
        whole = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, cycle_id))
    assert whole.row(company["Ben Sample"]).annual.amount == 61_000
    assert whole.row(company["Ada Example"]).annual.amount == 70_000


# --- both databases -------------------------------------------------------------------------------------------------


def test_a_cycle_is_advised_refreshed_and_replayed_on_both_databases(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommending, "STORED_AT_ONCE", 5)
    company = fill(any_core)
    cycle_id = open_cycle(any_core, company)
    change = raise_pay(any_core, company, "Ada Example", 70_000)
    settling.settle_change(any_core, company.hr, cycle_id, change, "refresh")
    recommending.make_recommendations(any_core, company.hr, cycle_id)
    with pytest.raises(NotAllowed, match="enough"):
        recommending.make_recommendations(any_core, company.hr, cycle_id, say=at("recommended:10", _enough))
    assert count(any_core, tables.recommendation) == 47
    assert cycle_monitoring.overview(any_core, cycle_id).recommended == 21
    assert recommendation_of(any_core, company, cycle_id, "Ada Example").row.annual.amount == 70_000
    for name in ("Ada Example", "Ben Sample"):
        assert cycle_replay.replay(any_core, cycle_id, company[name]).matches


def _enough() -> None:
    raise NotAllowed("enough")


def test_after_a_snapshot_taken_anew_no_older_advice_counts(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    recommending.take_snapshot(core, company.hr, cycle_id)
    recommending.make_recommendations(core, company.hr, cycle_id)
    with core.database.transaction() as tx:
        gone = tables.person.c.id == company["Eve Specimen"]
        tx.execute(tables.person.update().where(gone).values(left_on=date(2026, 11, 1)))
        moved = tables.person.c.id == company["Finn Pattern"]
        tx.execute(tables.person.update().where(moved).values(manager_id=company["Omar Lead"]))
    assert recommending.take_snapshot(core, company.hr, cycle_id).people == 22
    overview = cycle_monitoring.overview(core, cycle_id)
    assert (overview.participants, overview.recommended) == (22, 0)
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert cycle_monitoring.overview(core, cycle_id).recommended == 20


def test_a_snapshot_of_a_cycle_that_was_changed_meanwhile_is_refused(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)

    def move() -> None:
        life.advance(core, company.hr, cycle_id, "notice")

    with pytest.raises(Conflict):
        recommending.take_snapshot(core, company.hr, cycle_id, say=at("packing:23", move))
    assert count(core, tables.snapshot) == count(core, tables.participant) == 0
