"""A team's totals are those of its rows, also where a part of a raise is paid from a pool of its own."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from plugin.services.core import Core
from plugin.services.cycle import cycle_monitoring, exceptions, recommending
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.decision import deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.decision.sheet import Worksheet
from tests.small_company import Company
from tests.web.conftest import Visitor

MORE = Decimal("1.5")


@pytest.fixture
def decided(core: Core, company: Company, cycle_id: int) -> Worksheet:
    """Dana's team decided as planned; one of its raises is partly an adjustment that the team's pool does not pay."""
    ruling = NewRuling(company["Ada Example"], "market", MORE, "agreed with HR")
    exceptions.rule(core, company.hr, cycle_id, ruling)
    recommending.make_recommendations(core, company.hr, cycle_id)
    for row in worksheet.load(core, company.dana, cycle_id).rows:
        if row.is_eligible and row.recommended:
            planned = row.recommended.recommendation.planned
            deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=planned))
    return worksheet.load(core, company.dana, cycle_id)


def _number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.]", "", text))


def _added(sheet: Worksheet) -> tuple[Decimal, Decimal]:
    """New pay less pay, and pay, of all rows that are decided."""
    pairs = [
        (row.new_pay.amount, row.recommended.row.paid.amount)
        for row in sheet.rows
        if row.new_pay and row.recommended
    ]
    return sum((new - old for new, old in pairs), Decimal(0)), sum((old for _, old in pairs), Decimal(0))


def test_what_is_said_in_total_is_new_pay_less_pay(
    core: Core, company: Company, cycle_id: int, decided: Worksheet, dana: Visitor, rosa: Visitor
) -> None:
    raised, paid = _added(decided)
    reserved = decided.budget.reserved.amount
    assert reserved > 0
    assert decided.budget.cost.amount == raised == decided.budget.used.amount + reserved
    assert decided.budget.recommended_cost.amount == raised
    team = f"/team/{cycle_id}/{decided.manager_id}"
    review = dana.get(f"{team}/review").get_data(as_text=True)
    said = re.search(r"\d+ raises, (\S+) in total", review)
    assert said
    assert _number(said[1]) == raised
    handing_in.submit(core, company.dana, cycle_id, decided.manager_id)
    approval = rosa.get(f"/approvals/{cycle_id}/{decided.manager_id}").get_data(as_text=True)
    share = f"{raised * 100 / paid:.1f}%"
    for text in (dana.get(team).get_data(as_text=True), review, approval):
        assert f"All recommendations: €{raised:,.0f} ({share} of pay)" in text
        assert f'<dt>Team increase</dt><dd><span class="num">{share}</span>' in text
        assert f"Not counted as used: €{reserved:,.0f} for range minimums and adjustments" in text
    teams = rosa.get(f"/approvals?cycle={cycle_id}").get_data(as_text=True)
    assert f"€{reserved:,.0f} more from other pools" in teams
    assert f">{share}</td>" in teams


def test_a_cycle_counts_recommendations_as_its_monitoring_does(
    core: Core, company: Company, cycle_id: int, decided: Worksheet
) -> None:
    found = cycle_monitoring.overview(core, cycle_id)
    assert found.recommended == cycle_monitoring.of_cycle(core, cycle_id).counts.recommended
    assert found.cost is not None
    assert found.planned is not None
    assert (found.cost - found.planned).amount >= decided.budget.recommended_reserved.amount
