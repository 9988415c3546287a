"""All open changes of a kind are settled at once, with one reading of the snapshot; each person's as if refreshed alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.advisor.recommendation import frozen
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.services.core import Core
from plugin.services.cycle import change_desk, cycle_replay, life, recommending, refresh, settling
from plugin.services.decision import deciding, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.operation import task_requests, topics
from plugin.store import tables
from plugin.store.cycle import frozen_inputs
from plugin.store.cycle.changes import CycleChange
from tests.services.cycle.test_cycle_making import at, recommendation_of
from tests.small_company import Company, count, fill, open_cycle

D = Decimal
RATED = ("Ada Example", "Ben Sample", "Dev Placeholder", "Finn Pattern")
RATING = "rating_changed"


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _rate(core: Core, company: Company, score: str = "5", names: tuple[str, ...] = RATED) -> None:
    people = [company[name] for name in names]
    with core.database.transaction() as tx:
        mine = tables.rating.update().where(tables.rating.c.person_id.in_(people))
        tx.execute(mine.values(score=D(score)))


def _pay(core: Core, who: int, amount: str) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().where(tables.pay.c.person_id == who).values(annual=D(amount)))


def _found(core: Core, company: Company, cycle_id: int) -> int:
    """Compares with today's data; the id of the newest change."""
    change_desk.find_changes(core, company.hr, cycle_id)
    return max(one.id for one in change_desk.open_changes(core, cycle_id))


def _open(core: Core, cycle_id: int) -> list[tuple[str, str]]:
    return [(one.display_name, one.kind) for one in change_desk.open_changes(core, cycle_id)]


def _planned(core: Core, company: Company, cycle_id: int) -> Decimal:
    with core.database.reading() as tx:
        from plugin.store.cycle import recommendations

        return recommendations.planned(tx, cycle_id, list(company.people.values()))


def test_all_of_a_kind_are_refreshed_with_one_reading_and_one_patch_and_replay_the_same(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, reads = fill(any_core), list[int]()
    cycle_id = open_cycle(any_core, company)
    _rate(any_core, company)
    newest = _found(any_core, company, cycle_id)
    waiting = {name for name, kind in _open(any_core, cycle_id) if kind == RATING}
    assert len(waiting) >= 3
    monkeypatch.setattr(settling, "AT_ONCE", 2)
    read = recommending.read_snapshot

    def counted(stored: frozen_inputs.StoredSnapshot) -> object:
        reads.append(stored.id)
        return read(stored)

    monkeypatch.setattr(recommending, "read_snapshot", counted)
    before = _planned(any_core, company, cycle_id)
    done = settling.refresh_kind(any_core, company.hr, cycle_id, RATING, up_to=newest)
    monkeypatch.setattr(recommending, "read_snapshot", read)
    assert (done.people, done.left, len(reads)) == (len(waiting), 0, 1)
    assert done.budget_effect.amount == _planned(any_core, company, cycle_id) - before
    assert done.budget_effect.amount > 0
    assert _open(any_core, cycle_id) == []
    assert count(any_core, tables.snapshot) == 2
    with any_core.database.reading() as tx:
        stored = frozen_inputs.newest_snapshot(tx, cycle_id)
    assert stored.newer is not None
    assert len(frozen.rows_of(stored.newer)) == len(waiting)
    for name in (*waiting, "Gia Mockup", "Rosa Chief"):
        assert cycle_replay.replay(any_core, cycle_id, company[name]).matches
    assert change_desk.find_changes(any_core, company.hr, cycle_id) == 0


def test_many_at_once_get_what_advice_for_all_would_say(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company)
    newest = _found(core, company, cycle_id)
    settling.refresh_kind(core, company.hr, cycle_id, RATING, up_to=newest)
    after = {name: recommendation_of(core, company, cycle_id, name).recommendation for name in RATED}
    recommending.make_recommendations(core, company.hr, cycle_id)
    again = {name: recommendation_of(core, company, cycle_id, name).recommendation for name in RATED}
    assert again == after


def test_decisions_follow_as_with_a_single_refresh(core: Core, company: Company) -> None:
    cycle_id, ada, ben = open_cycle(core, company), company["Ada Example"], company["Ben Sample"]
    for who in (ada, ben):
        deciding.decide(core, company.dana, cycle_id, who, Choice(percent=D("3.0"), reason_code="equity"))
        _pay(core, who, "60000")
    newest = _found(core, company, cycle_id)
    settling.refresh_kind(core, company.hr, cycle_id, "pay_changed", up_to=newest)
    sheet = worksheet.load(core, company.dana, cycle_id)
    money = {who: row.raised_by.amount for who in (ada, ben) if (row := sheet.row(who)).raised_by}
    assert money == {ada: D(1800), ben: D(1440)}  # Ben works at 0.8
    with core.database.reading() as tx:
        changed = tx.execute(tables.audit.select().where(tables.audit.c.action == "decision.refresh")).all()
    assert len(changed) == 2


def test_changes_that_a_refresh_made_moot_are_settled_with_it_and_others_wait(
    core: Core, company: Company
) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _rate(core, company, names=("Ada Example", "Ben Sample"))
    _pay(core, ada, "60000")
    change_desk.put_on_desk(core, company.hr, cycle_id, ada)
    _found(core, company, cycle_id)
    mine = [one for one in change_desk.open_changes(core, cycle_id) if one.person_id == ada]
    assert {"rating_changed", "pay_changed", "reported"} <= {one.kind for one in mine}
    pay = next(one for one in mine if one.kind == "pay_changed")
    settling.settle_change(core, company.hr, cycle_id, pay.id, "refresh")
    left = _open(core, cycle_id)
    assert ("Ada Example", "reported") in left
    assert [name for name, kind in left if kind != "reported"] == ["Ben Sample"]


def test_a_change_to_what_is_no_longer_so_waits_no_longer(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _pay(core, ada, "60000")
    (old,) = _of(core, company, cycle_id, "pay_changed")
    _pay(core, ada, "61000")
    (new,) = _of(core, company, cycle_id, "pay_changed")
    assert new.id != old.id
    with pytest.raises(NotFound):
        settling.settle_change(core, company.hr, cycle_id, old.id, "refresh")
    settling.settle_change(core, company.hr, cycle_id, new.id, "refresh")
    assert _of(core, company, cycle_id, "pay_changed") == []


def _of(core: Core, company: Company, cycle_id: int, kind: str) -> list[CycleChange]:
    change_desk.find_changes(core, company.hr, cycle_id)
    return [one for one in change_desk.open_changes(core, cycle_id) if one.kind == kind]


def test_all_of_a_kind_are_kept_at_once_and_only_those_that_were_seen(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company, names=RATED[:2])
    newest = _found(core, company, cycle_id)
    _rate(core, company, names=RATED[2:])
    _found(core, company, cycle_id)
    assert settling.keep_kind(core, company.hr, cycle_id, RATING, up_to=newest) == 2
    assert {name for name, kind in _open(core, cycle_id) if kind == RATING} <= set(RATED[2:])
    assert _open(core, cycle_id)
    assert count(core, tables.snapshot) == 1


def test_a_refresh_of_many_that_broke_off_is_ended_by_the_next(
    core: Core, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company)
    newest = _found(core, company, cycle_id)
    all_of_them = len(_open(core, cycle_id))
    monkeypatch.setattr(settling, "AT_ONCE", 2)

    def broken() -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        settling.refresh_kind(
            core, company.hr, cycle_id, RATING, up_to=newest, say=at("recalculated:2:", broken)
        )
    assert len(_open(core, cycle_id)) == all_of_them - 2
    rest = settling.refresh_kind(core, company.hr, cycle_id, RATING, up_to=newest)
    assert rest.people == all_of_them - 2
    for name in RATED:
        assert cycle_replay.replay(core, cycle_id, company[name]).matches


def test_who_is_settled_while_the_others_are_refreshed_is_left_as_chosen(
    core: Core, company: Company
) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company)
    newest = _found(core, company, cycle_id)
    one = next(c for c in change_desk.open_changes(core, cycle_id) if c.display_name == "Ada Example")

    def remove() -> None:
        settling.settle_change(core, company.hr, cycle_id, one.id, "remove")

    settling.refresh_kind(core, company.hr, cycle_id, RATING, up_to=newest, say=at("recalculating", remove))
    rows = worksheet.load(core, company.dana, cycle_id).rows
    assert company["Ada Example"] not in {row.person_id for row in rows}


def test_nobody_is_kept_or_removed_one_by_one_while_the_worker_refreshes_the_kind(
    core: Core, company: Company
) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company)
    newest = _found(core, company, cycle_id)
    arguments = {"cycle_id": cycle_id, "kind": RATING, "up_to": newest}
    task_requests.request(core, company.hr, settling.REFRESH_KIND, f"cycle:{cycle_id}", {**arguments})
    with pytest.raises(Conflict):
        settling.settle_change(core, company.hr, cycle_id, newest, "keep")
    with pytest.raises(Conflict):
        settling.keep_kind(core, company.hr, cycle_id, RATING, up_to=newest)
    assert task_requests.perform_next(core)
    (done,) = task_requests.newest(core, settling.REFRESH_KIND)
    assert done.state == "done", done.message
    assert "Planned spending rises by" in topics.sentence(done.kind, done.result)


def test_many_are_refreshed_in_an_open_cycle_only(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _rate(core, company)
    newest = _found(core, company, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.cycle.update().values(state="approved"))
    with pytest.raises(NotAllowed):
        settling.refresh_kind(core, company.hr, cycle_id, RATING, up_to=newest)
    with pytest.raises(NotAllowed):
        settling.keep_kind(core, company.hr, cycle_id, RATING, up_to=newest)
    assert life.get(core, cycle_id).state == "approved"
    assert refresh.read(core, company.hr, cycle_id, [], lambda _: None) is None
