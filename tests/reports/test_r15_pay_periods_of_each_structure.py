"""erpnext #4422, hrms #171: some people are paid weekly.

https://github.com/frappe/erpnext/issues/4422 https://github.com/frappe/hrms/issues/171
A year's pay is the base of an assignment times the pay periods of *its* salary structure (Salary Structure.payroll_frequency):
1,000 a week is 52,000 a year. It was read as 12,000, and a raise of 278.2 % went back as 3,782 a week.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.connectors.writing import Done
from plugin.domain import PayRecord, Stream
from tests.reports.frappe_company import DAY, met, raise_of, records, site, written

PERIODS = {"Weekly": 52, "Fortnightly": 26, "Bimonthly": 24, "Monthly": 12}


@pytest.mark.parametrize(("frequency", "times"), PERIODS.items())
def test_a_year_is_the_base_times_the_periods_of_the_structure(frequency: str, times: int) -> None:
    fake = site()
    fake.structure("Theirs", frequency=frequency)
    who = fake.employee("Ada Example")
    name = fake.assignment(who, "2026-01-01", 1000.0, salary_structure="Theirs")
    with met(fake) as ctx:
        found = records(ctx, Stream.PAY)[0][name]
    assert isinstance(found, PayRecord)
    assert found.annual.amount == 1000 * times


@pytest.mark.parametrize(("frequency", "times"), PERIODS.items())
def test_a_raise_is_written_as_pay_of_one_period(frequency: str, times: int) -> None:
    fake = site()
    fake.structure("Theirs", frequency=frequency)
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-01-01", 1000.0, salary_structure="Theirs")
    with met(fake) as ctx:
        assert isinstance(written(ctx, raise_of(who, str(1030 * times))), Done)
    made = fake.held("Salary Structure Assignment", employee=who, from_date=DAY)[0]
    assert (made["base"], made["salary_structure"]) == (1030.0, "Theirs")


def test_thirteen_salaries_count_for_monthly_structures_only() -> None:
    fake = site()
    fake.structure("By week", frequency="Weekly")
    monthly = fake.assignment(fake.employee("Ada Example"), "2026-01-01", 4000.0)
    weekly = fake.assignment(fake.employee("Ben Sample"), "2026-01-01", 1000.0, salary_structure="By week")
    with met(fake, pay_periods=13) as ctx:
        found = records(ctx, Stream.PAY)[0]
    assert {key: one.annual.amount for key, one in found.items()} == {  # type: ignore[union-attr]
        monthly: Decimal(52000),
        weekly: Decimal(52000),
    }


def test_who_changes_to_weekly_pay_is_read_by_each_assignment_s_own_structure() -> None:
    fake = site()
    fake.structure("By week", frequency="Weekly")
    who = fake.employee("Ada Example")
    fake.assignment(who, "2025-01-01", 4000.0)
    fake.assignment(who, "2026-01-01", 1000.0, salary_structure="By week")
    with met(fake) as ctx:
        found = records(ctx, Stream.PAY)[0].values()
    assert sorted(one.annual.amount for one in found) == [48000, 52000]  # type: ignore[union-attr]


def test_pay_whose_periods_nobody_can_tell_is_set_aside_and_not_guessed() -> None:
    fake = site()
    fake.structure("By day", frequency="Daily")
    name = fake.assignment(fake.employee("Ada Example"), "2026-01-01", 200.0, salary_structure="By day")
    with met(fake) as ctx:
        assert records(ctx, Stream.PAY) == ({}, {name: "pay_periods"})
