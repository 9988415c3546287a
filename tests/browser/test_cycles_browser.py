"""HR's and the analyst's pages in a real browser: accessible at every width, usable without a mouse or a script."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from plugin.advisor.policy.pools import Pool
from plugin.services.core import Core
from plugin.services.cycle import budgets, exceptions, recommending
from plugin.services.cycle.exceptions import NewRuling
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from tests.browser.conftest import Opened
from tests.small_company import MADE_AT, Company
from tests.web.test_analyst import CARD

pytestmark = pytest.mark.postgresql


@pytest.fixture
def model_id(core: Core) -> int:
    fresh = Fresh(b"model", hashlib.sha256(b"model").hexdigest(), CARD, "checked")
    with core.database.transaction() as tx:
        return model_versions.add(tx, fresh, MADE_AT, "trainer@example.com")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (320, False)])
def test_hr_pages_are_accessible(
    visit: Opened, core: Core, company: Company, cycle_id: int, width: int, dark: bool
) -> None:
    with core.database.transaction() as tx:
        change = {"cycle_id": cycle_id, "person_id": company["Eve Specimen"], "kind": "left", "detail": {}}
        insert(tx, tables.cycle_change, **change, seen_at=MADE_AT)
        report = {"cycle_id": cycle_id, "person_id": company["Ada Example"], "text": "The level is wrong."}
        insert(tx, tables.objection, **report, raised_by="dana@example.com", raised_at=MADE_AT)
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    paths = (
        "/cycles",
        f"/cycles/{cycle_id}",
        f"/cycles/{cycle_id}/budget",
        "/approvals",
        f"/team/{cycle_id}/0",
    )
    for path in paths:
        hr.go(path)
        assert hr.violations() == [], path
        assert not hr.is_wider_than_the_screen(), path
    hr.go(f"/cycles/{cycle_id}")
    hr.picture(f"cycle-{width}{'-dark' if dark else ''}", whole=True)
    for pool in (
        Pool("Firm", funding_percent=Decimal(4)),
        Pool("Platform", "Firm", prefill_percent=Decimal(3)),
    ):
        budgets.set_pool(core, company.hr, cycle_id, pool)
    ruling = NewRuling(company["Ada Example"], "equity", Decimal("1.5"), "Below peers of equal work.")
    exceptions.rule(core, company.hr, cycle_id, ruling)
    recommending.make_recommendations(core, company.hr, cycle_id)
    hr.go(f"/cycles/{cycle_id}/budget")
    assert hr.violations() == []
    assert not hr.is_wider_than_the_screen()
    hr.picture(f"budget-{width}{'-dark' if dark else ''}", whole=True)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_analyst_pages_are_accessible(
    visit: Opened, core: Core, company: Company, model_id: int, cycle_id: int, width: int, dark: bool
) -> None:
    with core.database.transaction() as tx:
        for i, name in enumerate(company.people):
            insert(
                tx,
                tables.protected_attribute,
                person_id=company[name],
                name="sex",
                value="f" if i % 2 else "m",
            )
    analyst = visit(width=width, dark=dark)
    analyst.sign_in("anil@example.com")
    for path in ("/models", f"/models/{model_id}", "/fairness"):
        analyst.go(path)
        assert analyst.violations() == [], path
        assert not analyst.is_wider_than_the_screen(), path
        analyst.picture(f"analyst-{path.split('/')[1]}-{width}", whole=True)


def test_the_kill_switch_works_without_a_script(visit: Opened, company: Company, cycle_id: int) -> None:
    hr = visit(scripts=False)
    hr.sign_in("hana@example.com")
    hr.go(f"/cycles/{cycle_id}")
    hr.page.fill("#reason", "Figures under review.")
    hr.page.get_by_role("button", name="Turn model off").click()
    expect(hr.page.locator(".notice").first).to_contain_text(
        "Model turned off. Recommendations follow policy alone."
    )
