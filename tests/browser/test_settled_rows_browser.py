"""Rows that HR settled, lump sums, refreshed data and raises that are held back, in a real browser at both widths."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.services.core import Core
from plugin.services.cycle import change_desk, exceptions, life, recommending, settling
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.decision import approving, deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.decision import decisions, scope
from tests.browser.conftest import Opened
from tests.services.cycle.test_changed_pay import SECOND_HR
from tests.small_company import Company, open_cycle


@pytest.fixture
def stage() -> str:
    return "company"


@pytest.fixture
def company(core: Core, company: Company) -> Company:
    """Hugo, hired too late for merit, is below the range minimum; Dev has 500 up to its maximum."""
    made = company
    with core.database.transaction() as tx:
        for name, amount in (("Hugo Recent", 48_000), ("Dev Placeholder", 73_500)):
            mine = tables.pay.update().where(tables.pay.c.person_id == made[name])
            tx.execute(mine.values(annual=Decimal(amount)))
    return made


@pytest.fixture
def cycle_id(core: Core, company: Company) -> int:
    """Ben is fixed, Ada adjusted to the market; Cleo was decided, then her pay changed and HR refreshed it."""
    made = open_cycle(core, company)
    core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    for name, kind, points in (("Ben Sample", "fixed", "3.0"), ("Ada Example", "market", "1.0")):
        ruling = NewRuling(company[name], kind, Decimal(points), "Agreed in spring.")
        exceptions.rule(core, company.hr, made, ruling)
    core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    recommending.make_recommendations(core, company.hr, made)
    for name, percent in (("Cleo Instance", "5.0"), ("Dev Placeholder", "0.6")):
        deciding.decide(core, company.dana, made, company[name], Choice(percent=Decimal(percent)))
    with core.database.transaction() as tx:
        values = {"effective_on": date(2026, 11, 21), "annual": Decimal(81_000), "currency": "EUR"}
        insert(tx, tables.pay, person_id=company["Cleo Instance"], **values)
    change_desk.find_changes(core, company.hr, made)
    for change in change_desk.open_changes(core, made):
        settling.settle_change(core, company.hr, made, change.id, "refresh")
    return made


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, False), (390, True)])
@pytest.mark.parametrize("name", ["Ben Sample", "Hugo Recent", "Dev Placeholder"])
def test_settled_rows_are_read_at_every_width(
    visit: Opened, company: Company, cycle_id: int, width: int, dark: bool, name: str
) -> None:
    manager = visit(width=width, dark=dark)
    manager.sign_in("dana@example.com")
    manager.go(f"/team/{cycle_id}/{company['Dana Lead']}?open={company[name]}#r-{company[name]}")
    assert manager.violations() == []
    assert not manager.is_wider_than_the_screen()
    manager.page.evaluate("window.scrollTo(0, 0)")
    manager.picture(
        f"settled-{name.split(maxsplit=1)[0].lower()}-{width}{'-dark' if dark else ''}", whole=True
    )


def _approved(core: Core, company: Company, cycle_id: int) -> None:
    for lead, actor in (
        ("Dana Lead", company.dana),
        ("Omar Lead", company.omar),
        ("Rosa Chief", company.chief),
    ):
        handing_in.accept_rest(core, actor, cycle_id, company[lead])
        row = worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).row(company["Gia Mockup"])
        if row.percent is None:
            deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=Decimal(2)))
        handing_in.submit(core, actor, cycle_id, company[lead])
    handing_in.accept_rest(core, company.hr, cycle_id, scope.NO_MANAGER)
    handing_in.submit(core, company.hr, cycle_id, scope.NO_MANAGER)
    with core.database.reading() as tx:
        people = [one.person_id for one in decisions.of_cycle(tx, cycle_id, ("submitted",))]
    approving.approve(core, SECOND_HR, cycle_id, people)
    life.advance(core, company.hr, cycle_id, "review")
    life.advance(core, company.hr, cycle_id, "approved")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_held_back_says_what_to_do(
    visit: Opened, core: Core, company: Company, cycle_id: int, width: int
) -> None:
    _approved(core, company, cycle_id)
    with core.database.transaction() as tx:
        hours = tables.person.update().where(tables.person.c.id == company["Ada Example"])
        tx.execute(hours.values(fte=Decimal("0.5")))
    desk = visit(width=width)
    desk.sign_in("hana@example.com")
    desk.go(f"/cycles/{cycle_id}")
    listed = desk.page.locator("#raises")
    assert "On hold" in listed.inner_text()
    assert "FTE is now 50% instead of 100%" in listed.inner_text()
    assert "refresh this employee" in listed.inner_text()
    assert desk.violations() == []
    assert not desk.is_wider_than_the_screen()
    desk.picture(f"to-payroll-{width}", whole=True)
