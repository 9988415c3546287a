"""The worksheet adds up, and the list of teams says the same as each team's own page."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.domain import Money
from plugin.errors import NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import deciding, handing_in, team_list, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.decision.sheet import Worksheet
from plugin.services.decision.team_list import TeamPage, TeamState
from tests.small_company import Company, fill, open_cycle


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def cycle_id(core: Core, company: Company) -> int:
    return open_cycle(core, company)


def _decide(core: Core, actor: Actor, cycle_id: int, person_id: int, percent: str, code: str = "") -> None:
    choice = Choice(percent=Decimal(percent), reason_code=code or None)
    deciding.decide(core, actor, cycle_id, person_id, choice)


def test_the_budget_is_the_cycles_share_of_the_pay_of_who_takes_part(
    core: Core, company: Company, cycle_id: int
) -> None:
    sheet = worksheet.load(core, company.dana, cycle_id)
    payroll = 56_000 + 62_500 * Decimal("0.8") + 79_000 + 67_000 + 51_500 + 70_400 + 59_800
    assert sheet.budget.payroll.amount == payroll
    assert sheet.budget.budget == Money(payroll * Decimal("0.044"), "EUR").rounded()
    assert sheet.budget.used.amount == 0
    _decide(core, company.dana, cycle_id, company["Ada Example"], "5.0")
    after = worksheet.load(core, company.dana, cycle_id)
    assert after.budget.used.amount == 2800
    assert after.budget.left.amount == after.budget.budget.amount - 2800


def test_new_pay_and_place_in_range_follow_the_decision(core: Core, company: Company, cycle_id: int) -> None:
    _decide(core, company.dana, cycle_id, company["Ben Sample"], "3.0")
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ben Sample"])
    assert row.new_pay == Money(Decimal(51_500), "EUR")  # paid at a working share of 0.8
    assert row.annual_after is not None
    assert row.annual_after.amount == Decimal(64_375)  # the range is for full time


def test_rows_are_the_direct_reports_by_name(core: Core, company: Company, cycle_id: int) -> None:
    chief = worksheet.load(core, company.chief, cycle_id)
    assert [row.name for row in chief.rows] == ["Dana Lead", "Omar Lead"]
    dana = worksheet.load(core, company.chief, cycle_id, company["Dana Lead"])
    assert not dana.is_own
    assert len(dana.rows) == 8


def test_statuses_say_what_a_row_needs(core: Core, company: Company, cycle_id: int) -> None:
    _decide(core, company.dana, cycle_id, company["Ada Example"], "5.7")
    _decide(core, company.dana, cycle_id, company["Ben Sample"], "4.5")
    _decide(core, company.dana, cycle_id, company["Dev Placeholder"], "3.9", "market")
    sheet = worksheet.load(core, company.dana, cycle_id)
    statuses = {row.name: row.status for row in sheet.rows}
    assert statuses["Ada Example"] == "ok"
    assert statuses["Ben Sample"] == "reason"
    assert statuses["Dev Placeholder"] == "explained"
    assert statuses["Cleo Instance"] == "todo"
    assert statuses["Hugo Recent"] == "na"
    assert (sheet.counts.decided, sheet.counts.reasons, sheet.counts.outside) == (3, 1, 2)
    assert sheet.counts.unchanged == 1
    assert not sheet.can_submit


def _same(state: TeamState, sheet: Worksheet) -> None:
    mine, own = state.counts, sheet.counts
    assert (mine.total, mine.decided, mine.todo) == (own.total, own.decided, own.todo)
    assert (mine.outside, mine.unchanged, mine.not_eligible) == (own.outside, own.unchanged, own.not_eligible)
    assert state.budget == sheet.budget
    waiting = [row for row in sheet.rows if row.state == "submitted"]
    assert state.waiting == len(waiting)
    assert state.for_hr == sum(row.needs_hr for row in waiting)


def test_the_list_of_teams_says_what_each_teams_page_says(any_core: Core) -> None:
    core = any_core
    company = fill(core)
    cycle_id = open_cycle(core, company)
    for name, percent, code in (
        ("Ada Example", "3.0", "performance"),  # so far below that HR must look
        ("Ben Sample", "3.9", ""),  # the end of the range
        ("Dev Placeholder", "3.96", "market"),  # outside, but not far
        ("Gia Mockup", "2.0", ""),
    ):
        _decide(core, company.dana, cycle_id, company[name], percent, code)
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    _decide(core, company.hr, cycle_id, company["Sample Person 01"], "1.0")
    for actor in (company.chief, company.hr):
        states = team_list.teams_below(core, actor, cycle_id).teams
        assert states[0].manager_id == company["Dana Lead"]
        for state in states:
            _same(state, worksheet.load(core, actor, cycle_id, state.manager_id))
    assert {s.manager_id for s in team_list.teams_below(core, company.hr, cycle_id).teams} == {
        0,
        company["Rosa Chief"],
        company["Dana Lead"],
        company["Omar Lead"],
    }
    assert states[0].for_hr == 1


def test_a_manager_without_managers_below_has_no_list(core: Core, company: Company, cycle_id: int) -> None:
    assert team_list.teams_below(core, company.dana, cycle_id) == TeamPage((), 1, 1, 0)
    assert [s.manager_name for s in team_list.teams_below(core, company.chief, cycle_id).teams] == [
        "Dana Lead",
        "Omar Lead",
    ]


def test_a_long_list_of_teams_comes_in_pages_and_each_team_once(
    core: Core, company: Company, cycle_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = team_list.teams_below(core, company.hr, cycle_id)
    monkeypatch.setattr(team_list, "SHOWN", 3)
    first, second, beyond = (team_list.teams_below(core, company.hr, cycle_id, n) for n in (1, 2, 3))
    assert (first.pages, first.total, len(first.teams)) == (2, 4, 3)
    assert (*first.teams, *second.teams) == whole.teams
    assert beyond.teams == ()


@pytest.mark.parametrize("team", ["Omar Lead", "Rosa Chief", "Ada Example"])
def test_somebody_elses_team_does_not_exist(core: Core, company: Company, cycle_id: int, team: str) -> None:
    if team == "Ada Example":
        assert worksheet.load(core, company.dana, cycle_id, company[team]).rows == ()
        return
    with pytest.raises(NotFound):
        worksheet.load(core, company.dana, cycle_id, company[team])


def test_the_queries_of_a_worksheet_do_not_grow_with_the_team(
    core: Core, company: Company, cycle_id: int
) -> None:
    def queries(actor: Actor) -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        sa.event.listen(core.database.engine, "before_cursor_execute", note)
        worksheet.load(core, actor, cycle_id)
        sa.event.remove(core.database.engine, "before_cursor_execute", note)
        return len(seen)

    assert queries(company.chief) == queries(company.omar) <= 14  # 2 and 12 people


def test_one_persons_page_holds_that_persons_data_only(core: Core, company: Company, cycle_id: int) -> None:
    detail = worksheet.open_detail(core, company.dana, cycle_id, company["Ada Example"])
    assert {award.person_id for award in detail.awards} == {company["Ada Example"]}
    assert detail.row.recommended is not None
    text = str(detail.row.recommended.recommendation)
    assert not any(name in text for name in company.people if name != "Ada Example")
    peers = detail.row.recommended.peers
    assert peers is not None
    assert len(peers.nearest) >= 5
    assert not any(name in str(peers) for name in company.people)
