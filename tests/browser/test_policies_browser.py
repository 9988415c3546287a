"""The pages of pay policies in a real browser: no rule broken at any width or scheme, and all of it without a script."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import expect

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.matrix import Band, Criterion, Matrix
from plugin.advisor.policy.pay_policy import Policy
from plugin.demo.company_policy import demo_policy
from plugin.domain import JsonObject
from plugin.services.core import Core
from plugin.services.model import training
from plugin.services.operation import task_requests
from tests.browser.conftest import Opened
from tests.browser.looks import LOOKS
from tests.small_company import Company, policy


def _wide() -> Policy:
    """Three criteria: the demo's matrix for each of two levels, with a long label."""
    bands = (
        Band("Engineers and specialists of grades E1 to E4", values=("E1",)),
        Band("others", values=("*",)),
    )
    level = Criterion("level", (*bands, Band("no level", missing=True)))
    small = demo_policy().matrix
    cells = tuple(
        replace(cell, bands=(*cell.bands, band.label)) for cell, band in product(small.cells, level.bands)
    )
    return replace(policy("By level too"), matrix=Matrix((*small.criteria, level), cells))


@pytest.fixture
def filled(core: Core, company: Company, cycle_id: int) -> dict[str, str]:
    """Addresses by name: the list, the policy of the cycle with a fit, one with three criteria, and one of the demo."""
    wide = training.add_policy(core, company.analyst, _wide())
    demo = training.add_policy(core, company.hr, demo_policy())
    arguments: JsonObject = {"policy_id": 1, "cycle_id": cycle_id, "target": "3.2"}
    task_requests.request(core, company.analyst, "fit_policy", "policy:1", arguments)
    assert task_requests.perform_next(core)
    task_requests.request(
        core, company.analyst, "fit_policy", f"policy:{wide}", arguments | {"policy_id": wide}
    )
    return {
        "policies": "/policies",
        "policy": "/policies/1",
        "policy-wide": f"/policies/{wide}",
        "policy-demo": f"/policies/{demo}",
        "policy-fit": "/tasks/1",
    }


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_is_accessible(visit: Opened, filled: dict[str, str], width: int, dark: bool) -> None:
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    for name, address in filled.items():
        hr.go(address)
        expect(hr.page.locator("h1")).to_be_visible()
        for fold in hr.page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert hr.violations() == [], address
        assert not hr.is_wider_than_the_screen(), address
        hr.picture(f"{name}-{width}{'-dark' if dark else ''}", whole=True)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_matrix_of_two_criteria_is_read_without_scrolling_sideways(
    visit: Opened, filled: dict[str, str], width: int
) -> None:
    analyst = visit(width=width)
    analyst.sign_in("anil@example.com")
    for name in ("policy", "policy-demo"):
        analyst.go(filled[name])
        region = analyst.page.get_by_role("region", name="Merit matrix")
        assert not region.evaluate("region => region.scrollWidth > region.clientWidth + 1"), name
        cell = region.locator("td").nth(1)
        before = "getComputedStyle(cell, '::before').content"
        says_its_column = cell.evaluate(f"cell => {before} !== 'none' && {before} !== 'normal'")
        assert says_its_column == (width == 390), "a card of the phone names each column"


def test_a_policy_is_added_from_a_file_fitted_and_kept_without_a_script(
    visit: Opened, core: Core, company: Company, cycle_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "merit.json"
    document = json.loads(pay_policy.to_json(policy("Merit 2028")))
    broken = document | {"money_unit": "0.005"}
    analyst = visit(scripts=False)
    analyst.sign_in("anil@example.com")
    analyst.page.get_by_role("link", name="Policies").click()
    for content, said in ((broken, "money_unit"), (document, "Merit 2028 is saved")):
        file.write_text(json.dumps(content))
        analyst.page.set_input_files("#file", file)
        analyst.page.get_by_role("button", name="Add policy").click()
        expect(analyst.page.locator(".notice").first).to_contain_text(said)
    analyst.page.fill("#target", "3.2")
    analyst.page.get_by_role("button", name="Calculate fit").click()
    assert task_requests.perform_next(core)
    analyst.page.get_by_role("link", name="Refresh status").click()
    analyst.page.get_by_role("link", name="View result").click()
    analyst.page.get_by_role("button", name="Save as new policy").click()
    expect(analyst.page.locator("h1")).to_have_text("Merit 2028, fitted to 3.2 %")
