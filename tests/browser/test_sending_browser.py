"""The pages on which HR settles many changes and sends approved raises, in a real browser."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.services.core import Core
from plugin.services.cycle import change_desk
from plugin.services.operation import task_requests
from plugin.store import tables
from tests.browser.conftest import Opened
from tests.services.payroll.test_write_back import _approved
from tests.small_company import Company, suite

pytestmark = pytest.mark.postgresql

SCREENS = [(1440, False), (390, True), (320, False)]


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_all_changes_of_a_kind_are_refreshed_by_a_button(
    visit: Opened, core: Core, company: Company, cycle_id: int, width: int, dark: bool
) -> None:
    people = [company[name] for name in ("Ada Example", "Ben Sample", "Finn Pattern")]
    with core.database.transaction() as tx:
        rated = tables.rating.update().where(tables.rating.c.person_id.in_(people))
        tx.execute(rated.values(score=Decimal(5)))
        moved = tables.person.update().where(tables.person.c.id == company["Gia Mockup"])
        tx.execute(moved.values(manager_id=company["Omar Lead"]))
    change_desk.find_changes(core, company.hr, cycle_id)
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    hr.go(f"/cycles/{cycle_id}")
    hr.page.get_by_text("All changes of one kind").click()
    assert hr.violations() == []
    assert not hr.is_wider_than_the_screen()
    hr.picture(f"settling-{width}{'-dark' if dark else ''}", whole=True)
    hr.page.get_by_role("button", name="Refresh all (Rating changed)").click()
    hr.page.wait_for_url(lambda url: "/tasks/" in url)
    assert task_requests.perform_next(core)
    assert {one.kind for one in change_desk.open_changes(core, cycle_id)} == {"transferred"}


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_raises_are_sent_by_a_button_and_counted(
    visit: Opened, core: Core, company: Company, width: int, dark: bool
) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.cycle.delete())
    suite(core)
    page = f"/cycles/{_approved(core, company)}"
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    for button in ("Preview the transfer", "Send approved raises"):
        hr.go(page)
        hr.page.get_by_role("button", name=button).click()
        hr.page.wait_for_url(lambda url: "/tasks/" in url)
        assert task_requests.perform_next(core)
    hr.go(page)
    assert hr.page.locator("#raises tbody").get_by_text("On the way", exact=True).count() == 22
    assert hr.violations() == []
    assert not hr.is_wider_than_the_screen()
    hr.picture(f"sending-{width}{'-dark' if dark else ''}", whole=True)
