"""Held values in a real browser: where HR sees and releases them, what waits for them, and what the manager sees meanwhile."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.domain import Sink
from plugin.services.core import SYSTEM, Core
from plugin.services.decision import handing_in
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.database import insert
from tests.browser.conftest import Opened, Visit
from tests.services.delivery.test_held_writes import _queue
from tests.small_company import Company, suite

LOOKS = [("en", 1440, False), ("de", 1440, True), ("de", 390, False), ("en", 390, True)]
HELD = ("Ada Example", "Finn Pattern", "Sample Person 03")


@pytest.fixture
def held_company(core: Core, company: Company, cycle_id: int) -> Company:
    """Three employees are held after the cycle opened; writes of two of them are queued, and one earlier value was released."""
    target = suite(core)
    for number, name in enumerate(("Ben Sample", *HELD)):
        with core.database.transaction() as tx:
            values = {
                "effective_on": date(2026, 11, 2),
                "annual": Decimal(12_000 + number),
                "currency": "EUR",
            }
            insert(tx, tables.pay, person_id=company[name], **values)
            plausibility.judge(tx, core)
        if name == "Ben Sample":
            found = [one.id for one in plausibility.page(core)]
            plausibility.release(
                core, SYSTEM, found, "Unpaid leave from November, agreed with the works council"
            )
    _queue(core, target, company["Ada Example"], Sink.RAISES)
    _queue(core, target, company["Finn Pattern"], Sink.SKILLS)
    _queue(core, target, company["Ben Sample"], Sink.TRAINING)
    thresholds = plausibility.rules(core).thresholds
    for factor in ("4", "3"):
        changed = plausibility.typed(thresholds, {"pay_factor": factor, "also_paid_in": "CH:EUR"})
        plausibility.change(core, SYSTEM, changed, "Bonus years are over" if factor == "3" else "Bonus years")
    plausibility.judge_in_parts(core)
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    return company


def _look(someone: Visit, name: str, address: str) -> None:
    someone.go(address)
    assert someone.violations() == []
    assert not someone.is_wider_than_the_screen()
    someone.picture(name, whole=True)


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS)
def test_held_values_hold_in_each_look(
    visit: Opened, held_company: Company, cycle_id: int, language: str, width: int, dark: bool
) -> None:
    look = f"{language}-{width}{'-dark' if dark else ''}"
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    _look(hr, f"held-{look}", f"/admin/held?lang={language}")
    _look(hr, f"held-rule-{look}", "/admin/held?rule=compa_ratio")
    _look(hr, f"held-released-{look}", "/admin/held?state=released")
    _look(hr, f"held-rules-{look}", "/admin/held/rules")
    _look(hr, f"held-writes-{look}", "/admin/deliveries?kind=write")
    hr.page.locator("th a").last.click()
    _look(hr, f"held-write-{look}", hr.page.url.removeprefix(hr.site))
    manager = visit(width=width, dark=dark)
    manager.sign_in("dana@example.com")
    team = f"/team/{cycle_id}/{held_company['Dana Lead']}"
    _look(manager, f"held-worksheet-{look}", f"{team}?lang={language}")
    _look(manager, f"held-filter-{look}", f"{team}?show=held")
    assert manager.page.locator("tbody tr.person").count() == 2
    _look(manager, f"held-review-{look}", f"{team}/review")
    chief = visit(width=width, dark=dark)
    chief.sign_in("rosa@example.com")
    _look(chief, f"held-approvals-{look}", f"/approvals?lang={language}")


def test_a_value_is_released_with_a_reason_by_keyboard(
    visit: Opened, core: Core, held_company: Company
) -> None:
    hr = visit(scripts=False)
    hr.sign_in("hana@example.com")
    hr.go("/admin/held?rule=pay_jump")
    before = len(plausibility.page(core))
    field = hr.page.get_by_label("Reason").first
    field.focus()
    hr.page.keyboard.type("Unpaid leave")
    hr.page.keyboard.press("Tab")
    with hr.page.expect_navigation():
        hr.page.keyboard.press("Enter")
    assert len(plausibility.page(core)) == before - 1
