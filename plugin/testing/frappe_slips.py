"""The payslip that a Frappe HR site previews, as far as base, variable and one tax make it.

hrms/payroll/doctype/salary_slip/salary_slip.py: set_salary_structure_assignment takes the newest submitted one from or before
the period's first day; get_income_tax_slabs refuses a taxed structure whose assignment names no slab.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from plugin.domain import JsonObject
from plugin.testing.frappe_errors import crashed, thrown
from plugin.testing.frappe_rules import children_of

if TYPE_CHECKING:
    from plugin.testing.frappe_site import FakeFrappeHr

TAX = 0.1  # of gross pay


def preview(site: FakeFrappeHr, structure: str, employee: str, on: str) -> JsonObject:
    """A Salary Slip that is not saved, for the period in which ``on`` lies."""
    held = site.find("Salary Structure", structure)
    start, end = _period(str(held.get("payroll_frequency")), date.fromisoformat(on))
    found = [
        one
        for one in site.held("Salary Structure Assignment", employee=employee, docstatus=1)
        if one["salary_structure"] == held["name"] and str(one["from_date"]) <= start.isoformat()
    ]
    if not found:
        said = f"Please assign a Salary Structure for Employee <strong>{employee}</strong> applicable from or before <strong>{start}</strong> first"
        raise thrown("ValidationError", said, of_app=True)
    pay = max(found, key=lambda one: str(one["from_date"]))
    earnings = [_row(row, pay) for row in children_of(held, "earnings")]
    gross = round(sum(float(str(row["amount"])) for row in earnings), 2)
    deductions: list[JsonObject] = []
    for row in children_of(held, "deductions"):
        if row.get("variable_based_on_taxable_salary"):
            if not pay.get("income_tax_slab"):
                said = f"Income Tax Slab not set in Salary Structure Assignment: {pay['name']}"
                raise thrown("ValidationError", said, of_app=True)
            relieved = site.find("Employee", employee).get("relieving_date")
            if (
                relieved and str(relieved) < start.isoformat()
            ):  # calculate_variable_tax divides by the days left
                raise crashed("ZeroDivisionError", "float division by zero", of_app=True)
            deductions.append({**row, "amount": round(gross * TAX, 2)})
        else:
            deductions.append(_row(row, pay))
    less = round(sum(float(str(row["amount"])) for row in deductions), 2)
    return {
        "doctype": "Salary Slip",
        "docstatus": 0,
        "employee": employee,
        "salary_structure": held["name"],
        "currency": pay.get("currency"),
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "earnings": [*earnings],
        "deductions": [*deductions],
        "gross_pay": gross,
        "total_deduction": less,
        "net_pay": round(gross - less, 2),
    }


def _row(row: JsonObject, pay: JsonObject) -> JsonObject:
    """``formula`` is ``base``, ``variable``, or one of them times a number."""
    formula = str(row.get("formula") or "")
    name, _, factor = (part.strip() for part in formula.partition("*"))
    amount = (
        float(str(pay.get(name) or 0)) * float(factor or 1) if name else float(str(row.get("amount") or 0))
    )
    return {**row, "amount": round(amount, 2)}


def _period(frequency: str, on: date) -> tuple[date, date]:
    """hrms/payroll/doctype/payroll_entry/payroll_entry.py, get_start_end_dates."""
    last = monthrange(on.year, on.month)[1]
    match frequency:
        case "Weekly":
            return on, on + timedelta(days=6)
        case "Fortnightly":
            return on, on + timedelta(days=13)
        case "Daily":
            return on, on
        case "Bimonthly":
            return (
                (on.replace(day=1), on.replace(day=15))
                if on.day <= 15
                else (on.replace(day=16), on.replace(day=last))
            )
    return on.replace(day=1), on.replace(day=last)
