"""Payslip before and after a raise: shown to HR when it approves the sending, never to managers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from plugin.services.core import Core
from plugin.services.delivery import writes
from plugin.services.payroll import send
from plugin.services.sources import connection_opening
from plugin.testing.frappe_site import FakeFrappeHr
from tests.reports.frappe_company import HR, met
from tests.services.payroll.test_write_back import _approved
from tests.small_company import Company, suite
from tests.web.conftest import Visitor


@pytest.fixture
def site(core: Core, company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFrappeHr]:
    """The suite that everybody comes from; its payslips cannot be made for who has no tax slab."""
    fake = FakeFrappeHr(clock=core.clock)
    for number, name in enumerate(company.people, start=1):
        fake.assignment(fake.employee(name, employee=f"P-{number:03}"), "2020-01-01", 4_000.0)
    suite(core)
    with met(fake) as ctx:
        monkeypatch.setattr(connection_opening, "opened", lambda *_args, **_more: (HR, ctx))
        yield fake


def test_hr_sees_the_payslip_before_and_after_and_a_manager_neither(
    hana: Visitor, dana: Visitor, core: Core, company: Company, site: FakeFrappeHr
) -> None:
    cycle_id, ada = _approved(core, company), company["Ada Example"]
    page = f"/cycles/{cycle_id}/payslip/{ada}"
    assert page in hana.get(f"/cycles/{cycle_id}").get_data(as_text=True)
    before = hana.get(page).get_data(as_text=True)
    assert before.count("€4,000.00") == 3  # the base, gross and net
    assert "once it has the new pay" in before
    assert site.held("Salary Structure Assignment", from_date="2027-04-01") == []
    send.export(core, company.hr, cycle_id)
    while writes.perform_next(core, connection_opening.opened_writer):
        core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    for someone, name in ((hana, "hana"), (dana, "dana")):  # the sessions were idle for too long
        someone.sign_in(f"{name}@example.com")
    after = hana.get(page).get_data(as_text=True)
    assert "once it has the new pay" not in after
    assert (
        len(re.findall(r"€[\d,]+\.\d\d</td>", after)) == 4
    )  # two amounts of components on each side; totals are set in bold
    assert dana.get(page).status_code == 403


def test_a_payslip_that_the_suite_cannot_make_is_told_in_its_words(
    hana: Visitor, core: Core, company: Company, site: FakeFrappeHr
) -> None:
    cycle_id, ada = _approved(core, company), company["Ada Example"]
    tax = {"salary_component": "Wage Tax", "variable_based_on_taxable_salary": 1}
    site.docs["Salary Structure"]["Standard"]["deductions"] = [tax]  # type: ignore[list-item]
    text = hana.get(f"/cycles/{cycle_id}/payslip/{ada}").get_data(as_text=True)
    assert "Income Tax Slab not set in Salary Structure Assignment" in text


def test_who_has_no_approved_raise_is_told_so(
    hana: Visitor, core: Core, company: Company, cycle_id: int
) -> None:
    page = hana.get(f"/cycles/{cycle_id}/payslip/{company['Ada Example']}").get_data(as_text=True)
    assert "no approved raise" in page
    assert hana.get(f"/cycles/{cycle_id}/payslip/999999").status_code == 404
