"""HR sets a cycle's money and rules for single people on one page; analysts read it without names."""

from __future__ import annotations

import io
from decimal import Decimal

from flask import Flask

from plugin.services.core import Core
from plugin.services.cycle import budgets, exceptions, life
from tests.small_company import Company, draft_cycle
from tests.web.conftest import Visitor


def test_pools_are_set_and_taken_out(hana: Visitor, core: Core, cycle_id: int) -> None:
    page = f"/cycles/{cycle_id}/budget"
    text = hana.get(page).get_data(as_text=True)
    assert "One pool for all: 4.4%" in text
    firm = {"code": "Firm", "funding": "70 000"}
    assert hana.post(f"{page}/pools", firm).status_code == 303
    assert (
        hana.post(
            f"{page}/pools", {"code": "Platform", "parent": "Firm", "prefill_percent": "3,1"}
        ).status_code
        == 303
    )
    assert [pool.code for pool in budgets.state(core, cycle_id).plan.pools] == ["Firm", "Platform"]
    text = hana.get(page).get_data(as_text=True)
    assert "€70,000" in text
    assert "3.1% of pay" in text
    assert "Recalculate recommendations" in text
    assert hana.post(f"{page}/pools/remove", {"code": "Platform"}).status_code == 303
    assert [pool.code for pool in budgets.state(core, cycle_id).plan.pools] == ["Firm"]


def test_what_is_wrong_is_said_and_what_was_typed_stays(hana: Visitor, cycle_id: int) -> None:
    page = f"/cycles/{cycle_id}/budget"
    hana.get(page)
    answer = hana.post(f"{page}/pools", {"code": "Sales", "funding": "a lot", "funding_percent": "4"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="funding-error"' in text
    assert 'value="a lot"' in text
    assert 'value="Sales"' in text
    assert hana.post(f"{page}/pools", {"code": "Sales", "parent": "Nowhere"}).status_code == 422


def test_options_side_rules_and_files_are_taken(hana: Visitor, core: Core, cycle_id: int) -> None:
    page = f"/cycles/{cycle_id}/budget"
    hana.get(page)
    assert hana.post(f"{page}/options", {"minimum_pool": "90000", "spend_all": "0"}).status_code == 303
    rule = {"pool": "*", "field": "level", "value": "E2", "at_least": "1000"}
    assert hana.post(f"{page}/rules", rule).status_code == 303
    assert hana.post(f"{page}/rules", {**rule, "at_least": ""}).status_code == 422
    file = {"file": (io.BytesIO(b"code,funding_percent\n*,4.2\n"), "pools.csv")}
    assert hana.post(f"{page}/pools/file", file).status_code == 303
    plan = budgets.state(core, cycle_id).plan
    assert plan.minimum_pool is not None
    assert plan.minimum_pool.amount == 90000
    assert [rule.value for rule in plan.side_rules] == ["E2"]
    assert [pool.funding_percent for pool in plan.pools] == [Decimal("4.2")]
    assert hana.post(f"{page}/rules/0/remove").status_code == 303
    assert budgets.state(core, cycle_id).plan.side_rules == ()
    empty = {"file": (io.BytesIO(b"\xff\xfe"), "pools.csv")}
    assert hana.post(f"{page}/pools/file", empty).status_code == 422


def test_rulings_are_made_listed_and_lifted(hana: Visitor, core: Core, cycle_id: int) -> None:
    page = f"/cycles/{cycle_id}/budget"
    hana.get(page)
    ruling = {"person": "ada example", "kind": "fixed", "percent": "2,5", "note": "Agreed <in> writing"}
    assert hana.post(f"/cycles/{cycle_id}/rulings", ruling).status_code == 303
    text = hana.get(page).get_data(as_text=True)
    assert "Exception saved for Ada Example, no. P-0" in text
    assert "Raise fixed at 2.5%" in text
    assert "Agreed &lt;in&gt; writing" in text
    answer = hana.post(f"/cycles/{cycle_id}/rulings", {**ruling, "person": "Nobody Known"})
    assert answer.status_code == 422
    assert "no employee in this cycle" in answer.get_data(as_text=True)
    (one,) = exceptions.listed(core, cycle_id)
    assert hana.post(f"/cycles/{cycle_id}/rulings/{one.id}/lift").status_code == 303
    assert exceptions.listed(core, cycle_id) == []


def test_analysts_see_the_money_and_no_names(app: Flask, company: Company, core: Core, cycle_id: int) -> None:
    hr = company.hr
    exceptions.rule(
        core, hr, cycle_id, exceptions.NewRuling(company["Ada Example"], "fixed", Decimal(2), "Agreed")
    )
    anil = Visitor(app.test_client())
    anil.sign_in("anil@example.com")
    text = anil.get(f"/cycles/{cycle_id}/budget").get_data(as_text=True)
    assert "Funding" in text
    assert "Ada Example" not in text
    assert "<form" not in text.split("<main")[1]
    assert anil.post(f"/cycles/{cycle_id}/budget/options", {"spend_all": "1"}).status_code == 403


def test_a_draft_is_changed_on_its_page(hana: Visitor, core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company, notice_on=None)
    page = f"/cycles/{cycle_id}/edit"
    text = hana.get(page).get_data(as_text=True)
    assert 'value="Merit cycle 2027"' in text
    found = life.get(core, cycle_id)
    form = {
        "name": "Merit 2027, second try",
        "snapshot_on": "2026-11-19",
        "notice_on": "2026-11-10",
        "due_on": "2026-12-20",
        "effective_on": "2027-04-01",
        "budget_percent": "3,9",
        "currency": "EUR",
        "rates": "USD=0.92, gbp = 1.17",
        "policy_id": str(found.policy_id),
        "model_id": "none",
        "reveal": "on_request",
        "version": str(found.version),
    }
    assert hana.post(page, {**form, "rates": "USD 0.92"}).status_code == 422
    assert hana.post(page, form).status_code == 303
    changed = life.get(core, cycle_id)
    assert (changed.name, changed.budget_percent, changed.reveal) == (
        form["name"],
        Decimal("3.9"),
        "on_request",
    )
    assert changed.rates == {"USD": "0.92", "GBP": "1.17"}
    assert hana.post(page, form).status_code == 409  # of an old version
    life.advance(core, company.hr, cycle_id, "notice")
    assert hana.post(page, {**form, "version": str(life.get(core, cycle_id).version)}).status_code == 409
