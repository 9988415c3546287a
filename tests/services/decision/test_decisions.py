"""What managers may decide, in which limits, and that no edit of anybody is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.services.cycle import life, recommending
from plugin.services.decision import approving, deciding, handing_in, sheet, team_list, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.model import training
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.decision import decisions
from plugin.store.operation import audits
from tests.small_company import Company, fill, open_cycle, policy


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def cycle_id(core: Core, company: Company) -> int:
    return open_cycle(core, company)


def _decide(core: Core, company: Company, cycle_id: int, name: str, percent: str, **more: object) -> int:
    choice = Choice(percent=Decimal(percent), **more)  # type: ignore[arg-type]
    return deciding.decide(core, company.dana, cycle_id, company[name], choice).version


def _decide_all(core: Core, company: Company, cycle_id: int) -> None:
    """Everybody of Dana's team as recommended; who has no recommendation gets 2 points."""
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    _decide(core, company, cycle_id, "Gia Mockup", "2.0")


def _submitted(core: Core, company: Company, cycle_id: int) -> int:
    return handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])


def _row(core: Core, actor: Actor, cycle_id: int, company: Company, name: str) -> sheet.Row:
    sheet = worksheet.load(core, actor, cycle_id, company["Dana Lead"])
    return sheet.row(company[name])


def test_money_follows_from_percent_of_what_is_paid(core: Core, company: Company, cycle_id: int) -> None:
    saved = deciding.decide(
        core, company.dana, cycle_id, company["Ben Sample"], Choice(percent=Decimal("3.0"))
    )
    assert saved.amount == Decimal(1500)  # 3 % of 62,500 at a working share of 0.8
    assert saved.currency == "EUR"


def test_percent_follows_from_money(core: Core, company: Company, cycle_id: int) -> None:
    saved = deciding.decide(
        core, company.dana, cycle_id, company["Ada Example"], Choice(amount=Decimal(2900))
    )
    assert saved.percent == Decimal("5.18")
    assert saved.amount == Decimal(2900)


def test_an_old_version_is_a_conflict_and_changes_nothing(
    core: Core, company: Company, cycle_id: int
) -> None:
    version = _decide(core, company, cycle_id, "Ada Example", "5.0")
    _decide(core, company, cycle_id, "Ada Example", "5.5", version=version)
    with pytest.raises(Conflict):
        _decide(core, company, cycle_id, "Ada Example", "4.0", version=version)
    assert _row(core, company.dana, cycle_id, company, "Ada Example").percent == Decimal("5.5")


def test_two_first_decisions_of_one_row_conflict(core: Core, company: Company, cycle_id: int) -> None:
    _decide(core, company, cycle_id, "Ada Example", "5.0")
    with pytest.raises(Conflict):
        _decide(core, company, cycle_id, "Ada Example", "4.0")


def test_beyond_the_policy_is_refused_for_managers_and_open_to_hr(
    core: Core, company: Company, cycle_id: int
) -> None:
    with pytest.raises(InvalidInput) as caught:
        _decide(core, company, cycle_id, "Ben Sample", "4.8")
    assert "percent" in caught.value.fields
    by_hr = deciding.decide(core, company.hr, cycle_id, company["Ben Sample"], Choice(percent=Decimal("8.0")))
    assert by_hr.percent == Decimal(8)


@pytest.mark.parametrize("amount", ["-0.01", "-3", "-30", "12501"])
def test_no_amount_passes_the_limits_by_being_rounded(
    core: Core, company: Company, cycle_id: int, amount: str
) -> None:
    """Nobody lowers pay, and 25.002 percent is more than 25: of 50,000 a year."""
    with pytest.raises(InvalidInput, match="Enter a raise between"):
        deciding.decide(core, company.hr, cycle_id, company["Ben Sample"], Choice(amount=Decimal(amount)))
    edge = Choice(amount=Decimal(12_500), reason_code="other")
    assert deciding.decide(core, company.hr, cycle_id, company["Ben Sample"], edge).percent == Decimal(25)


def test_a_percent_beyond_a_limit_by_less_than_is_shown_is_refused(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide(core, company, cycle_id, "Ben Sample", "4.7")
    for actor, percent in ((company.dana, "4.74"), (company.hr, "25.04"), (company.dana, "1.46")):
        with pytest.raises(InvalidInput, match="Enter a raise between"):
            choice = Choice(percent=Decimal(percent), version=1)
            deciding.decide(core, actor, cycle_id, company["Ben Sample"], choice)


def test_undo_brings_back_nothing_beyond_the_limits_by_a_rounding(
    core: Core, company: Company, cycle_id: int
) -> None:
    ben = company["Ben Sample"]
    first = deciding.decide(
        core, company.hr, cycle_id, ben, Choice(percent=Decimal("4.74"), reason_code="other")
    )
    second = _decide(core, company, cycle_id, "Ben Sample", "3.0", version=first.version)
    with pytest.raises(NotAllowed, match=r"Only HR can restore 4\.74%"):
        deciding.undo(core, company.dana, cycle_id, ben, second)


@pytest.mark.parametrize("percent", ["4.555", "24.999"])
def test_a_percent_with_more_decimals_than_are_kept_is_refused(
    core: Core, company: Company, cycle_id: int, percent: str
) -> None:
    with pytest.raises(InvalidInput, match="at most 2 decimal places"):
        deciding.decide(core, company.hr, cycle_id, company["Ben Sample"], Choice(percent=Decimal(percent)))
    with pytest.raises(InvalidInput, match="at most 2 decimal places"):
        deciding.estimate(core, company.dana, cycle_id, company["Ben Sample"], Decimal(percent))


def test_the_edge_of_the_range_is_compared_exactly(core: Core, company: Company, cycle_id: int) -> None:
    version = _decide(core, company, cycle_id, "Ben Sample", "3.9")
    assert _row(core, company.dana, cycle_id, company, "Ben Sample").status == "ok"
    _decide(core, company, cycle_id, "Ben Sample", "3.94", version=version)  # what would be paid
    assert _row(core, company.dana, cycle_id, company, "Ben Sample").status == "reason"


def test_outside_the_range_a_reason_is_needed_before_submitting(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide_all(core, company, cycle_id)
    version = _row(core, company.dana, cycle_id, company, "Ben Sample").version
    version = _decide(core, company, cycle_id, "Ben Sample", "4.5", version=version)
    with pytest.raises(InvalidInput) as caught:
        _submitted(core, company, cycle_id)
    assert caught.value.fields == {"reason": "1"}
    _decide(core, company, cycle_id, "Ben Sample", "4.5", version=version, reason_code="market")
    assert _submitted(core, company, cycle_id) == 7


def test_the_reason_other_needs_a_note(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    version = _row(core, company.dana, cycle_id, company, "Ben Sample").version
    version = _decide(core, company, cycle_id, "Ben Sample", "4.5", version=version, reason_code="other")
    with pytest.raises(InvalidInput):
        _submitted(core, company, cycle_id)
    _decide(core, company, cycle_id, "Ben Sample", "4.5", version=version, note="Took over a second product.")
    assert _submitted(core, company, cycle_id) == 7


def test_a_reason_that_is_not_in_the_list_is_refused(core: Core, company: Company, cycle_id: int) -> None:
    with pytest.raises(InvalidInput):
        _decide(core, company, cycle_id, "Ben Sample", "4.5", reason_code="because")


def test_a_reason_does_not_outlive_the_deviation(core: Core, company: Company, cycle_id: int) -> None:
    version = _decide(core, company, cycle_id, "Ben Sample", "4.5", reason_code="market")
    _decide(core, company, cycle_id, "Ben Sample", "3.2", version=version)
    found = _row(core, company.dana, cycle_id, company, "Ben Sample").decision
    assert found is not None
    assert found.reason_code is None


def test_undo_brings_back_what_stood_before_and_a_second_undo_the_change(
    core: Core, company: Company, cycle_id: int
) -> None:
    first = _decide(core, company, cycle_id, "Ada Example", "5.0")
    second = _decide(core, company, cycle_id, "Ada Example", "4.0", version=first)
    back = deciding.undo(core, company.dana, cycle_id, company["Ada Example"], second)
    assert back.percent == Decimal(5)
    again = deciding.undo(core, company.dana, cycle_id, company["Ada Example"], back.version)
    assert again.percent == Decimal(4)


def test_undo_of_the_first_decision_leaves_the_row_undecided(
    core: Core, company: Company, cycle_id: int
) -> None:
    version = _decide(core, company, cycle_id, "Ada Example", "5.0")
    back = deciding.undo(core, company.dana, cycle_id, company["Ada Example"], version)
    assert (back.percent, back.state) == (None, "open")


def test_undo_brings_back_nothing_that_only_hr_may_decide(
    core: Core, company: Company, cycle_id: int
) -> None:
    ben = company["Ben Sample"]
    by_hr = deciding.decide(
        core, company.hr, cycle_id, ben, Choice(percent=Decimal(20), reason_code="retention")
    )
    version = _decide(core, company, cycle_id, "Ben Sample", "3.0", version=by_hr.version)
    with pytest.raises(NotAllowed) as caught:
        deciding.undo(core, company.dana, cycle_id, ben, version)
    assert str(caught.value) == "Only HR can restore 20.0%. Enter a raise between 1.5% and 4.7%, or ask HR."
    assert _row(core, company.dana, cycle_id, company, "Ben Sample").percent == Decimal(3)
    assert deciding.undo(core, company.hr, cycle_id, ben, version).percent == Decimal(20)


def test_undo_brings_back_a_typed_amount_as_it_was(core: Core, company: Company, cycle_id: int) -> None:
    ada = company["Ada Example"]
    typed = deciding.decide(core, company.dana, cycle_id, ada, Choice(amount=Decimal(2900)))
    version = _decide(core, company, cycle_id, "Ada Example", "5.0", version=typed.version)
    back = deciding.undo(core, company.dana, cycle_id, ada, version)
    assert (back.amount, back.percent) == (Decimal(2900), Decimal("5.18"))


def test_undo_without_a_change_is_not_found(core: Core, company: Company, cycle_id: int) -> None:
    with pytest.raises(NotFound):
        deciding.undo(core, company.dana, cycle_id, company["Ada Example"], 0)


def test_an_empty_figure_makes_the_row_undecided_again(core: Core, company: Company, cycle_id: int) -> None:
    version = _decide(core, company, cycle_id, "Ada Example", "5.0")
    saved = deciding.decide(core, company.dana, cycle_id, company["Ada Example"], Choice(version=version))
    assert (saved.percent, saved.amount, saved.state) == (None, None, "open")


@pytest.mark.parametrize("name", ["Rosa Chief", "Dana Lead", "Sample Person 01"])
def test_nobody_decides_for_the_boss_for_oneself_or_for_another_team(
    core: Core, company: Company, cycle_id: int, name: str
) -> None:
    with pytest.raises(NotFound):
        _decide(core, company, cycle_id, name, "3.0")


def test_a_person_who_does_not_take_part_cannot_be_decided(
    core: Core, company: Company, cycle_id: int
) -> None:
    with pytest.raises(NotAllowed):
        _decide(core, company, cycle_id, "Hugo Recent", "1.0")


def test_accepting_the_rest_never_touches_a_decided_row(core: Core, company: Company, cycle_id: int) -> None:
    _decide(core, company, cycle_id, "Ada Example", "4.0")
    assert handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"]).done == 5
    assert _row(core, company.dana, cycle_id, company, "Ada Example").percent == Decimal(4)
    assert _row(core, company.dana, cycle_id, company, "Gia Mockup").percent is None  # no recommendation


def test_a_submitted_row_is_closed_until_it_is_recalled(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    version = _row(core, company.dana, cycle_id, company, "Ada Example").version
    with pytest.raises(NotAllowed):
        _decide(core, company, cycle_id, "Ada Example", "5.0", version=version)
    assert handing_in.recall(core, company.dana, cycle_id, company["Dana Lead"]) == 7
    version = _row(core, company.dana, cycle_id, company, "Ada Example").version
    assert _decide(core, company, cycle_id, "Ada Example", "5.0", version=version)


def test_the_next_manager_up_approves(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    assert team_list.waiting_count(core, company.chief) == 1
    people = [company["Ada Example"], company["Ben Sample"]]
    assert approving.approve(core, company.chief, cycle_id, people) == 2
    row = _row(core, company.dana, cycle_id, company, "Ada Example")
    assert row.decision is not None
    assert (row.state, row.decision.approved_by) == ("approved", "rosa@example.com")


def test_nobody_approves_a_raise_of_their_own_making(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    with pytest.raises(NotAllowed):
        approving.approve(core, company.dana, cycle_id, [company["Ada Example"]])


def test_a_manager_of_another_team_cannot_approve(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    with pytest.raises(NotFound):
        approving.approve(core, company.omar, cycle_id, [company["Ada Example"]])


def test_a_big_deviation_is_approved_by_hr_only(core: Core, company: Company, cycle_id: int) -> None:
    _decide_all(core, company, cycle_id)
    version = _row(core, company.dana, cycle_id, company, "Ada Example").version
    _decide(core, company, cycle_id, "Ada Example", "3.0", version=version, reason_code="performance")
    _submitted(core, company, cycle_id)
    with pytest.raises(NotAllowed) as caught:
        approving.approve(core, company.chief, cycle_id, [company["Ada Example"]])
    assert caught.value.code == "needs_hr"
    assert approving.approve(core, company.hr, cycle_id, [company["Ada Example"]]) == 1


def test_sent_back_rows_can_be_changed_and_carry_the_note(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    with pytest.raises(InvalidInput):
        approving.send_back(core, company.chief, cycle_id, [company["Ada Example"]], " ")
    approving.send_back(core, company.chief, cycle_id, [company["Ada Example"]], "Please look again.")
    row = _row(core, company.dana, cycle_id, company, "Ada Example")
    assert row.is_editable
    assert row.decision is not None
    assert row.decision.approver_note == "Please look again."
    assert _submitted(core, company, cycle_id) == 1


def test_a_manager_cannot_send_back_the_own_team_to_reopen_what_was_approved(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    approving.approve(core, company.chief, cycle_id, [company["Ada Example"]])
    with pytest.raises(NotAllowed):
        approving.send_back(core, company.dana, cycle_id, [company["Ada Example"]], "Let me change it.")


def test_no_words_of_anybody_enter_the_audit_trail(core: Core, company: Company, cycle_id: int) -> None:
    version = _decide(core, company, cycle_id, "Ada Example", "5.0", note="Private words.")
    deciding.report_problem(core, company.dana, cycle_id, company["Ada Example"], "More private words.")
    with core.database.reading() as tx:
        assert not any("rivate words" in str(entry.detail) for entry in audits.page(tx, limit=50))
    back = deciding.undo(core, company.dana, cycle_id, company["Ada Example"], version)
    assert back.note == "Private words."


def test_an_own_figure_outside_the_policy_does_not_give_the_range_away(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company, reveal="after_own")
    saved = deciding.estimate(core, company.dana, cycle_id, company["Ben Sample"], Decimal("9.0"))
    assert saved.own_estimate == Decimal(9)


def test_approving_what_is_not_submitted_is_a_conflict_and_changes_nothing(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide(core, company, cycle_id, "Ada Example", "5.0")
    with pytest.raises(Conflict):
        approving.approve(core, company.chief, cycle_id, [company["Ada Example"]])
    assert _row(core, company.dana, cycle_id, company, "Ada Example").state == "decided"


def test_ones_own_figure_comes_first_when_the_cycle_asks_for_it(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company, reveal="after_own")
    assert not _row(core, company.dana, cycle_id, company, "Ada Example").is_revealed
    with pytest.raises(NotAllowed) as caught:
        _decide(core, company, cycle_id, "Ada Example", "5.0")
    assert caught.value.code == "own_first"
    deciding.estimate(core, company.dana, cycle_id, company["Ada Example"], Decimal("4.0"))
    row = _row(core, company.dana, cycle_id, company, "Ada Example")
    assert row.is_revealed
    _decide(core, company, cycle_id, "Ada Example", "5.0", version=row.version)
    after = _row(core, company.dana, cycle_id, company, "Ada Example").decision
    assert after is not None
    assert (after.own_estimate, after.percent) == (Decimal(4), Decimal(5))
    with pytest.raises(NotAllowed):
        deciding.estimate(core, company.dana, cycle_id, company["Ada Example"], Decimal("6.0"))


def test_accepting_the_rest_skips_rows_whose_suggestion_is_still_hidden(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company, reveal="after_own")
    deciding.estimate(core, company.dana, cycle_id, company["Ada Example"], Decimal("4.0"))
    assert handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"]).done == 1


def test_accepting_the_rest_takes_only_what_was_opened_where_suggestions_are_shown_on_request(
    core: Core, company: Company
) -> None:
    cycle_id = open_cycle(core, company, reveal="on_request")
    ada, team = company["Ada Example"], company["Dana Lead"]
    assert handing_in.accept_rest(core, company.dana, cycle_id, team) == handing_in.Taken(0, 6, 1)
    worksheet.open_detail(core, company.chief, cycle_id, ada)  # somebody else looked
    worksheet.open_detail(core, company.dana, cycle_id, company["Ben Sample"], action="person.data.view")
    assert handing_in.accept_rest(core, company.dana, cycle_id, team).done == 0
    worksheet.open_detail(core, company.dana, cycle_id, ada)
    assert _row(core, company.dana, cycle_id, company, "Ada Example").is_revealed
    assert not _row(core, company.dana, cycle_id, company, "Ben Sample").is_revealed
    assert handing_in.accept_rest(core, company.dana, cycle_id, team) == handing_in.Taken(1, 5, 1)


def test_nothing_is_decided_before_the_cycle_opens_or_after_it_went_to_review(
    core: Core, company: Company, cycle_id: int
) -> None:
    _decide_all(core, company, cycle_id)
    _submitted(core, company, cycle_id)
    handing_in.recall(core, company.dana, cycle_id, company["Dana Lead"])
    core.clock.advance(days=60)  # type: ignore[attr-defined]
    life.advance(core, company.hr, cycle_id, "review")
    version = _row(core, company.dana, cycle_id, company, "Ada Example").version
    with pytest.raises(NotAllowed):
        _decide(core, company, cycle_id, "Ada Example", "5.0", version=version)


def test_the_kill_switch_keeps_decisions_and_the_cycle(core: Core, company: Company, cycle_id: int) -> None:
    _decide(core, company, cycle_id, "Ada Example", "5.0")
    assert recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason="Odd figures.")
    assert recommending.make_recommendations(core, company.hr, cycle_id).model_off
    row = _row(core, company.dana, cycle_id, company, "Ada Example")
    assert row.percent == Decimal(5)
    assert row.recommended is not None
    assert row.recommended.recommendation.status == "policy_only"
    assert _decide(core, company, cycle_id, "Ben Sample", "3.0")


def test_every_change_stands_in_an_unbroken_audit_trail(core: Core, company: Company, cycle_id: int) -> None:
    version = _decide(core, company, cycle_id, "Ada Example", "5.0")
    _decide(core, company, cycle_id, "Ada Example", "4.0", version=version)
    with core.database.reading() as tx:
        entries = audits.page(tx, subject=deciding.subject(cycle_id, company["Ada Example"]))
        assert audits.first_break(tx) is None
    assert [entry.action for entry in entries] == ["decision.save", "decision.save"]
    before = entries[0].detail["before"]
    assert isinstance(before, dict)
    assert before["percent"] == "5"


def test_decisions_work_on_both_databases(any_core: Core) -> None:
    company = fill(any_core)
    cycle_id = open_cycle(any_core, company)
    _decide_all(any_core, company, cycle_id)
    assert _submitted(any_core, company, cycle_id) == 7
    sheet = worksheet.load(any_core, company.dana, cycle_id)
    assert sheet.step == 1
    assert sheet.budget.used.amount == sum(r.raised_by.amount for r in sheet.rows if r.raised_by)


def test_the_policy_says_from_where_hr_approves_and_how_far_anybody_may_go(
    core: Core, company: Company
) -> None:
    rules = ApprovalRules(hr_from_points=Decimal("0.5"), hr_maximum=Decimal(8))
    strict = training.add_policy(core, company.hr, replace(policy("Strict"), approvals=rules))
    usual = training.add_policy(core, company.hr, policy())
    found = []
    for name, policy_id in (("Strict", strict), ("Usual", usual)):
        cycle_id = open_cycle(core, company, name=name, policy_id=policy_id)
        ada = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
        assert ada.recommended is not None
        percent = ada.recommended.recommendation.high + Decimal("0.2")
        choice = Choice(percent=percent, reason_code="performance")
        deciding.decide(core, company.dana, cycle_id, ada.person_id, choice)
        sheet = worksheet.load(core, company.dana, cycle_id)
        found.append(sheet.row(ada.person_id).needs_hr)
        with pytest.raises(InvalidInput, match="Enter a raise between"):
            too_much = Choice(percent=Decimal("8.1") if name == "Strict" else Decimal("25.1"), version=1)
            deciding.decide(core, company.hr, cycle_id, company["Ben Sample"], too_much)
    assert found == [True, False]


def test_nobody_decides_above_the_policys_maximum_even_for_pay_far_below_its_range(
    any_core: Core,
) -> None:
    """Ben's pay is 33.4 points below the minimum of his range: held with a sentence, and not even HR goes above 25."""
    company = fill(any_core)
    with any_core.database.transaction() as tx:
        low = tables.pay.c.person_id == company["Ben Sample"]
        tx.execute(tables.pay.update().where(low).values(annual=Decimal(37_500)))
    cycle_id = open_cycle(any_core, company)
    ben = company["Ben Sample"]
    held = [one for one in plausibility.page(any_core) if one.person_id == ben]
    plausibility.release(any_core, company.hr, [one.id for one in held], "25 points now, the rest next year")
    row = worksheet.load(any_core, company.hr, cycle_id, company["Dana Lead"]).row(ben)
    assert row.recommended is not None
    assert (row.recommended.percent, row.recommended.recommendation.abstain_code) == (None, "above_maximum")
    for actor in (company.dana, company.hr):
        with pytest.raises(InvalidInput, match=r"25\.0%"):
            deciding.decide(
                any_core, actor, cycle_id, ben, Choice(percent=Decimal("33.4"), reason_code="other")
            )
        with pytest.raises(InvalidInput, match=r"25\.0%"):
            deciding.decide(
                any_core, actor, cycle_id, ben, Choice(amount=Decimal(10_100), reason_code="other")
            )
    assert handing_in.accept_rest(any_core, company.dana, cycle_id, company["Dana Lead"]).without >= 1
    with any_core.database.reading() as tx:
        assert ben not in decisions.of_people(tx, cycle_id, [ben])
