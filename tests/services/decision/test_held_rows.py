"""Employees of whom HR checks a value are counted apart: they keep no manager from handing in the others, and come back on release."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.domain import CycleState, DecisionState, RowStatus
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import life
from plugin.services.decision import approving, deciding, handing_in, team_list, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.decision import decisions
from tests.small_company import Company, fill, open_cycle

ADA, DANA = "Ada Example", "Dana Lead"


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


def _hold(core: Core, *people: int) -> None:
    """Pay that a month's figure replaced."""
    with core.database.transaction() as tx:
        for who in people:
            values = {"effective_on": date(2026, 11, 2), "annual": Decimal(4700), "currency": "EUR"}
            insert(tx, tables.pay, person_id=who, **values)
        plausibility.judge(tx, core)


def _release(core: Core) -> None:
    plausibility.release(core, SYSTEM, [one.id for one in plausibility.page(core)], "Unpaid leave")


def _decide_rest(core: Core, company: Company, cycle_id: int) -> None:
    handing_in.accept_rest(core, company.dana, cycle_id, company[DANA])
    sheet = worksheet.load(core, company.dana, cycle_id)
    for row in sheet.rows:
        if row.status == RowStatus.TODO:
            choice = Choice(percent=Decimal("2.0"), reason_code="equity", version=row.version)
            deciding.decide(core, company.dana, cycle_id, row.person_id, choice)


def test_who_is_held_is_counted_apart_and_in_no_sum(any_core: Core, company: Company) -> None:
    cycle_id = open_cycle(any_core, company)
    _decide_rest(any_core, company, cycle_id)
    before = worksheet.load(any_core, company.dana, cycle_id)
    ada = before.row(company[ADA])
    _hold(any_core, company[ADA])
    after = worksheet.load(any_core, company.dana, cycle_id)
    assert (after.counts.held, after.counts.total) == (1, before.counts.total - 1)
    assert (after.counts.todo, after.counts.decided) == (0, before.counts.decided - 1)
    assert after.counts.not_eligible == before.counts.not_eligible
    assert ada.raised_by is not None
    assert after.budget.cost == before.budget.cost - ada.raised_by
    assert after.budget.payroll < before.budget.payroll
    (team,) = (
        one for one in team_list.teams_below(any_core, company.chief, cycle_id).teams if one.manager_id == company[DANA]
    )  # fmt: skip
    assert (team.counts, team.budget) == (after.counts, after.budget)


def test_the_others_are_handed_in_and_who_was_held_follows_after_the_release(
    any_core: Core, company: Company
) -> None:
    cycle_id = open_cycle(any_core, company)
    _hold(any_core, company[ADA])
    assert worksheet.load(any_core, company.dana, cycle_id).counts.todo > 0
    _decide_rest(any_core, company, cycle_id)
    sheet = worksheet.load(any_core, company.dana, cycle_id)
    assert (sheet.counts.todo, sheet.counts.held, sheet.can_submit) == (0, 1, True)
    assert handing_in.submit(any_core, company.dana, cycle_id, company[DANA]) == sheet.counts.total
    _release(any_core)
    sheet = worksheet.load(any_core, company.dana, cycle_id)
    assert (sheet.counts.todo, sheet.counts.held, sheet.can_submit) == (1, 0, False)
    with pytest.raises(InvalidInput):
        handing_in.submit(any_core, company.dana, cycle_id, company[DANA])
    _decide_rest(any_core, company, cycle_id)
    assert handing_in.submit(any_core, company.dana, cycle_id, company[DANA]) == 1


def test_a_team_of_which_all_are_held_says_so(any_core: Core, company: Company) -> None:
    cycle_id = open_cycle(any_core, company)
    team = [row.person_id for row in worksheet.load(any_core, company.dana, cycle_id).rows]
    _hold(any_core, *team)
    sheet = worksheet.load(any_core, company.dana, cycle_id)
    assert (sheet.counts.held, sheet.counts.total, sheet.is_editable) == (len(team), 0, False)
    with pytest.raises(InvalidInput):
        handing_in.submit(any_core, company.dana, cycle_id, company[DANA])


def test_a_handed_in_raise_of_who_is_held_is_not_said_to_wait_for_the_approver(
    any_core: Core, company: Company
) -> None:
    cycle_id = open_cycle(any_core, company)
    _decide_rest(any_core, company, cycle_id)
    handing_in.submit(any_core, company.dana, cycle_id, company[DANA])
    assert team_list.waiting_count(any_core, company.chief) == 1
    team = worksheet.load(any_core, company.dana, cycle_id).rows
    _hold(any_core, *(row.person_id for row in team if row.state == DecisionState.SUBMITTED))
    assert team_list.waiting_count(any_core, company.chief) == 0
    listed = {one.manager_id: one for one in team_list.teams_below(any_core, company.chief, cycle_id).teams}
    assert listed[company[DANA]].waiting == 0
    _release(any_core)
    assert team_list.waiting_count(any_core, company.chief) == 1


def test_who_is_held_keeps_no_cycle_from_review_but_from_being_approved(
    any_core: Core, company: Company
) -> None:
    cycle_id = open_cycle(any_core, company)
    with any_core.database.transaction() as tx:
        tx.execute(tables.participant.delete().where(tables.participant.c.manager_id != company[DANA]))
        tx.execute(tables.participant.delete().where(tables.participant.c.manager_id.is_(None)))
    _hold(any_core, company[ADA])
    _decide_rest(any_core, company, cycle_id)
    handing_in.submit(any_core, company.dana, cycle_id, company[DANA])
    life.advance(any_core, company.hr, cycle_id, CycleState.REVIEW)
    with any_core.database.reading() as tx:
        people = [one.person_id for one in decisions.of_cycle(tx, cycle_id, (DecisionState.SUBMITTED,))]
    approving.approve(any_core, company.hr, cycle_id, people)
    with pytest.raises(NotAllowed, match="is held: release or correct it"):
        life.advance(any_core, company.hr, cycle_id, CycleState.APPROVED)
