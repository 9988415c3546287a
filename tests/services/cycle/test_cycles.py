"""A cycle goes on only when what is needed is there; any figure of any day can be computed again; changes wait at a desk."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin import texts
from plugin.advisor.policy.pools import Pool
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, Tampered
from plugin.services.core import Core
from plugin.services.cycle import budgets, change_desk, cycle_replay, life, nightly, recommending, settling
from plugin.services.decision import approving, deciding, handing_in, method_facts, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.model import training
from plugin.services.operation import task_requests
from plugin.store import tables
from plugin.store.cycle.changes import CycleChange
from plugin.store.database import insert
from plugin.store.decision import scope
from tests.small_company import Company, draft_cycle, fill, open_cycle, policy


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _missing(core: Core, cycle_id: int) -> str | None:
    found = life.missing_for_next(core, cycle_id)
    assert found is not None
    return found[1]


def test_each_state_asks_for_what_it_needs(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company, notice_on=None)
    assert _missing(core, cycle_id) == "enter the date on which employees are told about the cycle"
    with pytest.raises(NotAllowed):
        life.advance(core, company.hr, cycle_id, "notice")
    cycle_id = draft_cycle(core, company, name="Second", notice_on=date(2026, 12, 1))
    life.advance(core, company.hr, cycle_id, "notice")
    assert _missing(core, cycle_id) == "employees will be informed on 1 December 2026"
    core.clock.advance(days=11)  # type: ignore[attr-defined]
    assert _missing(core, cycle_id) == "take the snapshot"
    recommending.take_snapshot(core, company.hr, cycle_id)
    life.advance(core, company.hr, cycle_id, "shadow")
    assert _missing(core, cycle_id) == "calculate the recommendations"
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert life.advance(core, company.hr, cycle_id, "open").state == "open"
    assert _missing(core, cycle_id) == "22 raises are not submitted and the due date has not passed"


def test_a_cycle_does_not_open_with_advice_that_is_behind_its_snapshot_or_budget(
    core: Core, company: Company
) -> None:
    cycle_id = draft_cycle(core, company)
    life.advance(core, company.hr, cycle_id, "notice")
    recommending.take_snapshot(core, company.hr, cycle_id)
    life.advance(core, company.hr, cycle_id, "shadow")
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert _missing(core, cycle_id) is None
    recommending.take_snapshot(core, company.hr, cycle_id)
    assert _missing(core, cycle_id) == "calculate the recommendations"
    core.clock.advance(minutes=1)  # type: ignore[attr-defined]
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert _missing(core, cycle_id) is None
    budgets.set_pool(core, company.hr, cycle_id, Pool("*", funding_percent=Decimal(4)))
    assert "the budget or an exception" in (_missing(core, cycle_id) or "")
    core.clock.advance(minutes=1)  # type: ignore[attr-defined]
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert life.advance(core, company.hr, cycle_id, "open").state == "open"


@pytest.mark.parametrize("to", ["open", "closed", "draft", "nowhere"])
def test_a_state_cannot_be_skipped(core: Core, company: Company, to: str) -> None:
    cycle_id = draft_cycle(core, company)
    with pytest.raises((NotAllowed, InvalidInput)):
        life.advance(core, company.hr, cycle_id, to)


def test_a_refused_move_names_the_states_as_the_pages_do(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    with texts.reading("de"), pytest.raises(NotAllowed, match="von „Entwurf“ zu „Offen“"):
        life.advance(core, company.hr, cycle_id, "open")


def test_two_people_who_move_a_cycle_at_once_conflict(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    version = life.get(core, cycle_id).version
    life.advance(core, company.hr, cycle_id, "notice", version=version)
    life.advance(core, company.hr, cycle_id, "draft")
    with pytest.raises(Conflict):
        life.advance(core, company.hr, cycle_id, "notice", version=version)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"effective_on": date(2020, 1, 1)}, "effective_on"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
        ({"budget_percent": Decimal(0)}, "budget_percent"),
        ({"reveal": "never"}, "reveal"),
        ({"rates": {"USD": "-1"}}, "rates"),
    ],
)
def test_a_cycle_that_does_not_fit_names_the_field(
    core: Core, company: Company, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        draft_cycle(core, company, **change)
    assert list(caught.value.fields) == [field]


def test_the_snapshot_of_an_open_cycle_stays_as_it_is(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with pytest.raises(NotAllowed):
        recommending.take_snapshot(core, company.hr, cycle_id)


def test_a_pool_below_the_floors_is_refused_with_the_missing_amount(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company, budget_percent=Decimal("0.1"))
    recommending.take_snapshot(core, company.hr, cycle_id)
    with pytest.raises(InvalidInput, match=r"\d"):
        recommending.make_recommendations(core, company.hr, cycle_id)


def test_managers_do_not_see_a_trial_run(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    recommending.take_snapshot(core, company.hr, cycle_id)
    life.advance(core, company.hr, cycle_id, "notice")
    life.advance(core, company.hr, cycle_id, "shadow")
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert worksheet.cycles_for(core, company.dana) == []
    with pytest.raises(NotFound):
        worksheet.load(core, company.dana, cycle_id)
    assert worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).counts.total == 7


# --- replay ---------------------------------------------------------------------------------------------------------


def test_every_figure_is_computed_again_byte_for_byte(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    for name in ("Ada Example", "Gia Mockup", "Hugo Recent", "Rosa Chief"):
        assert cycle_replay.replay(core, cycle_id, company[name]).matches


def test_an_old_day_is_replayed_from_its_own_inputs(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    first_day = core.clock().date()
    core.clock.advance(days=3)  # type: ignore[attr-defined]
    with core.database.transaction() as tx:
        tx.execute(
            tables.pay.update()
            .where(tables.pay.c.person_id == company["Ada Example"])
            .values(annual=Decimal(70_000))
        )
    change_desk.find_changes(core, company.hr, cycle_id)
    (change,) = change_desk.open_changes(core, cycle_id)
    settling.settle_change(core, company.hr, cycle_id, change.id, "refresh")
    then = cycle_replay.replay(core, cycle_id, company["Ada Example"], on=first_day)
    now = cycle_replay.replay(core, cycle_id, company["Ada Example"])
    assert then.matches
    assert now.matches
    assert then.stored.row.annual.amount == Decimal(56_000)
    assert now.stored.row.annual.amount == Decimal(70_000)
    assert then.snapshot_hash != now.snapshot_hash


def test_a_changed_snapshot_is_found_out(core: Core, company: Company) -> None:
    import zlib

    cycle_id = open_cycle(core, company)
    with core.database.transaction() as tx:
        packed = tx.execute(tables.snapshot.select()).first()
        assert packed is not None
        forged = zlib.decompress(packed.document).replace(b"56000", b"96000")
        tx.execute(tables.snapshot.update().values(document=zlib.compress(forged)))
    with pytest.raises(Tampered):
        cycle_replay.replay(core, cycle_id, company["Ada Example"])


def test_a_changed_policy_is_found_out(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with core.database.transaction() as tx:
        stored = tx.execute(tables.policy.select()).first()
        assert stored is not None
        tx.execute(tables.policy.update().values(document={**stored.document, "model_points": "9"}))
    with pytest.raises(Tampered):
        cycle_replay.replay(core, cycle_id, company["Ada Example"])


# --- the kill switch ------------------------------------------------------------------------------------------------


def test_the_switch_needs_a_reason_and_is_written_down(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with pytest.raises(InvalidInput):
        recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason=" ")
    assert recommending.set_matrix_only(
        core, company.hr, cycle_id, on=True, reason="Odd figures in one unit."
    )
    recommending.make_recommendations(core, company.hr, cycle_id)
    found = life.get(core, cycle_id)
    assert (found.matrix_only, found.matrix_only_reason) == (True, "Odd figures in one unit.")
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
    assert row.recommended is not None
    assert row.recommended.recommendation.model_off == "switched_off"
    assert cycle_replay.replay(core, cycle_id, company["Ada Example"]).matches


# --- the desk of changes --------------------------------------------------------------------------------------------


def _change(core: Core, company: Company, cycle_id: int, kind: str) -> CycleChange:
    change_desk.find_changes(core, company.hr, cycle_id)
    return next(c for c in change_desk.open_changes(core, cycle_id) if c.kind == kind)


def _update(core: Core, company: Company, name: str, **values: object) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.person.update().where(tables.person.c.id == company[name]).values(**values))


def test_leavers_movers_and_newcomers_are_queued_once(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    assert change_desk.find_changes(core, company.hr, cycle_id) == 0
    _update(core, company, "Eve Specimen", left_on=date(2026, 11, 20))
    _update(core, company, "Finn Pattern", manager_id=company["Omar Lead"])
    _update(core, company, "Ben Sample", level="E3")
    assert change_desk.find_changes(core, company.hr, cycle_id) == 3
    assert change_desk.find_changes(core, company.hr, cycle_id) == 0
    kinds = {(c.display_name, c.kind) for c in change_desk.open_changes(core, cycle_id)}
    assert kinds == {("Eve Specimen", "left"), ("Finn Pattern", "transferred"), ("Ben Sample", "promoted")}


def test_ratings_ranges_and_withdrawn_badges_are_found(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with core.database.transaction() as tx:
        mine = tables.rating.c.person_id == company["Ada Example"]
        tx.execute(tables.rating.update().where(mine).values(score=Decimal(1)))
        held = tables.badge_award.c.person_id == company["Ben Sample"]
        tx.execute(tables.badge_award.update().where(held).values(state="revoked"))
    assert change_desk.find_changes(core, company.hr, cycle_id) >= 1
    found = {(c.display_name, c.kind): c.detail for c in change_desk.open_changes(core, cycle_id)}
    assert found["Ada Example", "rating_changed"] == {"from": "4", "to": "1"}
    assert found["Ben Sample", "badges_changed"]["to"] == "nothing"
    assert {kind for _, kind in found} == {"rating_changed", "badges_changed"}


def test_who_was_taken_out_does_not_come_back_as_a_newcomer(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _update(core, company, "Eve Specimen", level="E3")
    change = _change(core, company, cycle_id, "promoted")
    settling.settle_change(core, company.hr, cycle_id, change.id, "remove")
    assert change_desk.find_changes(core, company.hr, cycle_id) == 0


def test_a_person_is_put_on_the_desk_for_a_refresh(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    ada = company["Ada Example"]
    assert change_desk.put_on_desk(core, company.hr, cycle_id, ada) == 1
    (change,) = change_desk.open_changes(core, cycle_id)
    assert (change.display_name, change.kind) == ("Ada Example", "reported")
    assert settling.settle_change(core, company.hr, cycle_id, change.id, "refresh").budget_effect.amount == 0
    with pytest.raises(NotFound):
        change_desk.put_on_desk(core, company.hr, cycle_id, 10_000)


def test_open_cycles_are_compared_every_day(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    draft_cycle(core, company, name="Not open")
    _update(core, company, "Eve Specimen", left_on=date(2026, 11, 20))
    assert nightly.request_comparisons(core) == 1
    assert task_requests.perform_next(core)
    assert [c.kind for c in change_desk.open_changes(core, cycle_id)] == ["left"]


def test_removing_a_leaver_frees_the_budget(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _update(core, company, "Eve Specimen", left_on=date(2026, 11, 20))
    change = _change(core, company, cycle_id, "left")
    before = worksheet.load(core, company.dana, cycle_id).row(company["Eve Specimen"]).recommended
    assert before is not None
    done = settling.settle_change(core, company.hr, cycle_id, change.id, "remove")
    assert done.budget_effect.amount == -before.planned.amount
    assert len(worksheet.load(core, company.dana, cycle_id).rows) == 7
    assert handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"]).done == 5


def test_a_refresh_moves_a_person_to_the_new_manager(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _update(core, company, "Finn Pattern", manager_id=company["Omar Lead"])
    change = _change(core, company, cycle_id, "transferred")
    settling.settle_change(core, company.hr, cycle_id, change.id, "refresh")
    omar = worksheet.load(core, company.omar, cycle_id)
    assert company["Finn Pattern"] in {row.person_id for row in omar.rows}
    with pytest.raises(NotFound):
        worksheet.open_detail(core, company.dana, cycle_id, company["Finn Pattern"])


def test_keeping_changes_nothing_and_is_remembered(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _update(core, company, "Finn Pattern", manager_id=company["Omar Lead"])
    change = _change(core, company, cycle_id, "transferred")
    done = settling.settle_change(core, company.hr, cycle_id, change.id, "keep")
    assert done.budget_effect.amount == 0
    assert change_desk.find_changes(core, company.hr, cycle_id) == 0
    with pytest.raises(Conflict):
        settling.settle_change(core, company.hr, cycle_id, change.id, "remove")


def test_a_newcomer_joins_by_refresh(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with core.database.transaction() as tx:
        who = insert(
            tx,
            tables.person,
            source_id="P-900",
            display_name="Nora Newcomer",
            manager_id=company["Dana Lead"],
            job_family="Engineering",
            level="E2",
            country="IE",
            hired_on=date(2026, 9, 1),
            fte=Decimal(1),
            updated_at=core.clock(),
        )
        insert(
            tx,
            tables.pay,
            person_id=who,
            effective_on=date(2026, 9, 1),
            annual=Decimal(52_000),
            currency="EUR",
        )
    change = _change(core, company, cycle_id, "joined")
    assert change.display_name == "Nora Newcomer"
    settling.settle_change(core, company.hr, cycle_id, change.id, "refresh")
    assert worksheet.load(core, company.dana, cycle_id).row(who).name == "Nora Newcomer"


# --- to the end -----------------------------------------------------------------------------------------------------


def test_a_cycle_is_approved_only_when_every_raise_is(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    for lead, actor in (
        ("Dana Lead", company.dana),
        ("Omar Lead", company.omar),
        ("Rosa Chief", company.chief),
    ):
        handing_in.accept_rest(core, actor, cycle_id, company[lead])
        if lead == "Dana Lead":
            deciding.decide(core, actor, cycle_id, company["Gia Mockup"], Choice(percent=Decimal(2)))
        handing_in.submit(core, actor, cycle_id, company[lead])
    assert "1 raise is not submitted" in (
        _missing(core, cycle_id) or ""
    )  # the head of the company has no manager
    assert handing_in.accept_rest(core, company.hr, cycle_id, scope.NO_MANAGER).done == 1
    assert handing_in.submit(core, company.hr, cycle_id, scope.NO_MANAGER) == 1
    life.advance(core, company.hr, cycle_id, "review")
    assert _missing(core, cycle_id) == "22 employees have no approved raise"
    team = [
        row.person_id
        for row in worksheet.load(core, company.chief, cycle_id, company["Dana Lead"]).rows
        if row.state == "submitted"
    ]
    approving.approve(core, company.chief, cycle_id, team)
    assert _missing(core, cycle_id) == "15 employees have no approved raise"


def test_the_how_page_knows_the_newest_cycles_policy(core: Core, company: Company) -> None:
    assert method_facts.current(core).policy is None
    open_cycle(core, company)
    facts = method_facts.current(core)
    assert facts.policy == policy()
    assert facts.model is None


def test_the_same_policy_is_stored_once(core: Core, company: Company) -> None:
    first = training.add_policy(core, company.hr, policy())
    assert training.add_policy(core, company.hr, policy()) == first
    assert training.add_policy(core, company.hr, policy("Another")) != first
