"""The analyst's pages in a real browser: no rule broken at any width or scheme, and long work that shows how far it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from plugin.advisor.model.tables import TrainOptions
from plugin.services.core import Actor, Core
from plugin.services.model import fairness_review, training
from plugin.services.operation import task_requests
from tests.browser.conftest import Opened
from tests.browser.looks import LOOKS
from tests.services.past_raises import history, with_sexes
from tests.small_company import Company, policy

TRAINER = Actor("trainer@example.com")


@pytest.fixture
def filled(core: Core, company: Company, cycle_id: int) -> int:
    """A model that waits for approval, a report of the cycle, results of all long work; the model's id."""
    with_sexes(core, company.people)
    history(core, people=80)
    made = training.train(
        core, TRAINER, training.add_policy(core, TRAINER, policy()), TrainOptions(bootstrap=60)
    )
    assert made.model_id is not None
    training.train(
        core,
        TRAINER,
        training.add_policy(core, TRAINER, policy()),
        TrainOptions(bootstrap=60),
        repair="sex",
    )
    fairness_review.of_cycle(core, company.analyst, cycle_id)
    subject = f"cycle:{cycle_id}"
    for kind in ("dry_run", "next_money"):
        task_requests.request(core, company.analyst, kind, subject, {"cycle_id": cycle_id})
    pair = {"first": 0, "second": made.model_id, "cycle_id": cycle_id}
    task_requests.request(core, company.analyst, "compare", f"models:0:{made.model_id}", dict(pair))
    replayed = {"cycle_id": cycle_id, "person_id": company["Ada Example"], "on": None}
    task_requests.request(core, company.analyst, "replay", subject, dict(replayed))
    while task_requests.perform_next(core):
        pass
    task_requests.request(core, company.analyst, "fairness", subject, {"cycle_id": cycle_id})
    return made.model_id


def _pages(model_id: int, cycle_id: int) -> dict[str, str]:
    return {
        "models": "/models",
        "model": f"/models/{model_id}",
        "model-repaired": f"/models/{model_id + 1}",
        "compare": f"/models/compare?first=0&second={model_id}",
        "fairness": "/fairness",
        "fairness-report": "/fairness/reports/3",
        "monitoring": "/monitoring",
        "dry-run": f"/monitoring/{cycle_id}/dry-run",
        "task-done": "/tasks/4",
        "task-waiting": "/tasks/5",
        "cycle-analyst": f"/cycles/{cycle_id}",
    }


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_is_accessible(visit: Opened, filled: int, cycle_id: int, width: int, dark: bool) -> None:
    analyst = visit(width=width, dark=dark)
    analyst.sign_in("anil@example.com")
    for name, address in _pages(filled, cycle_id).items():
        analyst.go(address)
        expect(analyst.page.locator("h1")).to_be_visible()
        for fold in analyst.page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert analyst.violations() == [], address
        assert not analyst.is_wider_than_the_screen(), address
        analyst.picture(f"{name}-{width}{'-dark' if dark else ''}", whole=True)


def test_the_page_of_long_work_follows_it_to_the_end(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    analyst = visit()
    analyst.sign_in("anil@example.com")
    analyst.go("/monitoring")
    analyst.page.locator("form[action$='next-money'] button").click()
    part = analyst.page.locator("#task")
    expect(part).to_contain_text("Waiting for the worker")
    assert task_requests.perform_next(core)
    expect(part).to_contain_text("Completed")
    part.get_by_role("link", name="View result").click()
    expect(analyst.page.locator("main")).to_contain_text("Another €1,000 a year")


def test_everything_works_without_a_script(visit: Opened, core: Core, company: Company, filled: int) -> None:
    hr = visit(scripts=False)
    hr.sign_in("hana@example.com")
    hr.go(f"/models/{filled}")
    hr.page.get_by_text("Prohibited inputs").click()
    expect(hr.page.get_by_text("Illinois HB 3773").first).to_be_visible()
    hr.page.fill("#note", "Read errors, gates and groups.")
    hr.page.get_by_role("button", name="Approve").click()
    expect(hr.page.locator(".notice").first).to_contain_text("approv")
    hr.go("/tasks/5")
    hr.page.get_by_role("link", name="Refresh status").click()
    expect(hr.page.locator("#task")).to_contain_text("Waiting for the worker")
