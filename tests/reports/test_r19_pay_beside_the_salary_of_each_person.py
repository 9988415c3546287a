"""hrms PR #1217: an additional salary of other employees.

https://github.com/frappe/hrms/pull/1217
What is paid once is looked up for the one employee, by component and day; a colleague's is never taken for it.
"""

from __future__ import annotations

from plugin.connectors.writing import Desired, Done, Noop, Refuse
from plugin.domain import JsonObject, Sink
from plugin.testing.frappe_site import FakeFrappeHr
from tests.reports.frappe_company import DAY, met, raise_of, site, written


def _once(who: str, amount: str = "500.00") -> Desired:
    values: JsonObject = {"lump_sum": amount, "currency": "EUR", "effective_on": DAY}
    return Desired(Sink.RAISES, f"raise:{who}/once", who, values)


def _firm() -> tuple[FakeFrappeHr, str, str]:
    fake = site()
    fake.insert("Salary Component", {"salary_component": "Bonus", "type": "Earning"})
    ada, ben = fake.employee("Ada Example"), fake.employee("Ben Sample")
    for who in (ada, ben):
        fake.assignment(who, "2026-01-01", 4000.0)
    return fake, ada, ben


def test_a_colleague_s_lump_sum_is_not_taken_for_one_s_own() -> None:
    fake, ada, ben = _firm()
    with met(fake, lump_sum_component="Bonus") as ctx:
        assert isinstance(written(ctx, _once(ben)), Done)
        assert isinstance(written(ctx, _once(ada)), Done)
        assert isinstance(written(ctx, _once(ada)), Noop)
    assert sorted(str(one["employee"]) for one in fake.held("Additional Salary")) == [ada, ben]


def test_another_component_of_the_day_is_none_of_ours() -> None:
    fake, ada, _ben = _firm()
    fake.insert("Salary Component", {"salary_component": "Travel", "type": "Earning"})
    fake.insert(
        "Additional Salary",
        {
            "employee": ada,
            "salary_component": "Travel",
            "amount": 500.0,
            "payroll_date": DAY,
            "company": "Example Works",
        }
        | {"currency": "EUR"},
    )
    with met(fake, lump_sum_component="Bonus") as ctx:
        assert isinstance(written(ctx, _once(ada)), Done)


def test_a_lump_sum_belongs_to_the_person_s_own_company() -> None:
    fake, _ada, _ben = _firm()
    fake.insert("Company", {"company_name": "Example Trading"})
    cleo = fake.employee("Cleo Demo", company="Example Trading")
    fake.assignment(cleo, "2026-01-01", 4000.0, company="Example Trading")
    with met(fake, lump_sum_component="Bonus", company="Example Works; Example Trading") as ctx:
        assert isinstance(written(ctx, _once(cleo)), Done)
    assert fake.held("Additional Salary")[0]["company"] == "Example Trading"


def test_a_cancelled_one_is_not_there() -> None:
    fake, ada, _ben = _firm()
    with met(fake, lump_sum_component="Bonus") as ctx:
        assert isinstance(written(ctx, _once(ada)), Done)
        name = str(fake.held("Additional Salary")[0]["name"])
        fake.update("Additional Salary", name, {"docstatus": 2})
        assert isinstance(written(ctx, _once(ada)), Done)


def test_a_later_salary_that_hr_entered_stops_a_raise_before_it() -> None:
    fake, ada, _ben = _firm()
    fake.assignment(ada, "2027-03-01", 4500.0)
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(ada, "49440"))
    assert isinstance(outcome, Refuse)
    assert (outcome.code, "from 1 March 2027 on" in outcome.reason) == ("later_pay", True), outcome.reason
