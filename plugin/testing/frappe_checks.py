"""The rules that a Frappe site's own code enforces when a document is saved, each with the file that it was read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from plugin.domain import JsonObject
from plugin.testing import frappe_errors
from plugin.testing.frappe_errors import Refused, thrown
from plugin.testing.frappe_rules import (
    LEAVE_STATES,
    LINKS,
    REQUIRED,
    TABLES,
    UNIQUE,
    check_lengths,
    children_of,
    same_name,
)

if TYPE_CHECKING:
    from plugin.testing.frappe_site import FakeFrappeHr

ASSIGNMENT = "Salary Structure Assignment"


def check(site: FakeFrappeHr, doctype: str, values: JsonObject) -> None:
    """Whatever is wrong with a document about to be saved; a link gets the spelling of the document that it names."""
    absent = [name for name in REQUIRED.get(doctype, ()) if not values.get(name)]
    if absent:
        raise frappe_errors.missing(doctype, str(values.get("name")), absent)
    _link(site, doctype, values, "")
    for table, child in TABLES.get(doctype, {}).items():
        for number, row in enumerate(children_of(values, table), start=1):
            _link(site, child, row, f"Row #{number}: ")
    check_lengths(doctype, values)
    _unique(site, doctype, values)
    rule = _RULES.get(doctype)
    if rule:
        rule(site, values)


def _link(site: FakeFrappeHr, doctype: str, values: JsonObject, place: str) -> None:
    """frappe/model/base_document.py, get_invalid_links: compared by the collation, then set to the stored name."""
    for name, target in LINKS.get(doctype, {}).items():
        given = values.get(name)
        if not given:
            continue
        stored = site.name_of(target, str(given))
        if stored is None:
            said = f"Could not find {place}{name.replace('_', ' ').title()}: {given}"
            raise thrown("LinkValidationError", said)
        values[name] = stored


def _unique(site: FakeFrappeHr, doctype: str, values: JsonObject) -> None:
    name = UNIQUE.get(doctype)
    if name is None:
        return
    for one in site.docs.get(doctype, {}).values():
        if one["name"] != values.get("name") and same_name(str(one.get(name))) == same_name(
            str(values.get(name))
        ):
            raise frappe_errors.not_unique(doctype, str(values.get("name")), name, str(values.get(name)))


def _assignment(site: FakeFrappeHr, values: JsonObject) -> None:
    """hrms/payroll/doctype/salary_structure_assignment/salary_structure_assignment.py, validate_dates and validate_income_tax_slab."""
    day, who = str(values["from_date"]), site.docs["Employee"][str(values["employee"])]
    for one in site.held(ASSIGNMENT, employee=values["employee"], from_date=day, docstatus=1):
        if one["name"] != values.get("name"):
            raise frappe_errors.duplicate_assignment()
    joined, relieved = who.get("date_of_joining"), who.get("relieving_date")
    if joined and day < str(joined):
        said = f"From Date {day} cannot be before employee's joining Date {joined}"
        raise thrown("ValidationError", said, of_app=True)
    if relieved and day > str(relieved):
        said = f"From Date {day} cannot be after employee's relieving Date {relieved}"
        raise thrown("ValidationError", said, of_app=True)
    structure = site.docs["Salary Structure"][str(values["salary_structure"])]
    taxed = [
        row for row in children_of(structure, "deductions") if row.get("variable_based_on_taxable_salary")
    ]
    if taxed and not values.get("income_tax_slab"):
        name, component = structure["name"], taxed[0]["salary_component"]
        link = f'<a href="{site.desk}/app/salary-structure/{quote(str(name))}">{name}</a>'
        said = f"Income Tax Slab is mandatory since the Salary Structure {link} has a tax component <strong>{component}</strong>"
        raise thrown("MandatoryError", said, title="Missing Mandatory Field", of_app=True)
    shares = [float(str(row.get("percentage") or 0)) for row in children_of(values, "payroll_cost_centers")]
    if shares and sum(shares) != 100:
        raise thrown("ValidationError", "Total percentage against cost centers should be 100", of_app=True)


def _appraisal(site: FakeFrappeHr, values: JsonObject) -> None:
    """hrms/hr/doctype/appraisal/appraisal.py: one per cycle; start_date and end_date stay empty (sample appraisal_made_by_the_cycle)."""
    values["start_date"] = values["end_date"] = None
    for one in site.held(
        "Appraisal", employee=values.get("employee"), appraisal_cycle=values.get("appraisal_cycle")
    ):
        if one["name"] != values.get("name"):
            said = f"Appraisal {one['name']} already exists for Employee {values['employee']} for this Appraisal Cycle"
            raise Refused(409, "DuplicateEntryError", said, said, of_app=True)


def _leave(_site: FakeFrappeHr, values: JsonObject) -> None:
    """hrms/hr/doctype/leave_application/leave_application.py, on_submit."""
    if values.get("docstatus") == 1 and values["status"] not in LEAVE_STATES:
        said = "Only Leave Applications with status 'Approved' and 'Rejected' can be submitted"
        raise thrown("ValidationError", said, of_app=True)


def _result(site: FakeFrappeHr, values: JsonObject) -> None:
    """hrms/hr/doctype/training_result/training_result.py, validate."""
    if site.docs["Training Event"][str(values["training_event"])]["docstatus"] != 1:
        raise thrown("ValidationError", "Training Event must be submitted", of_app=True)


def check_event(site: FakeFrappeHr, values: JsonObject) -> None:
    """erpnext get_employee_emails unpacks what it did not find (sample err_500_training_event_unknown_employee)."""
    for row in children_of(values, "employees"):
        if site.name_of("Employee", str(row.get("employee"))) is None:
            raise frappe_errors.crashed(
                "TypeError", "cannot unpack non-iterable NoneType object", of_app=True
            )


def _once(site: FakeFrappeHr, values: JsonObject) -> None:
    """hrms/payroll/doctype/additional_salary/additional_salary.py, validate_salary_structure."""
    day = str(values.get("payroll_date"))
    salaries = site.held(ASSIGNMENT, employee=values.get("employee"), docstatus=1)
    if not any(str(one["from_date"]) <= day for one in salaries):
        said = f"There is no Salary Structure assigned to {values.get('employee')} on or before {day}"
        raise thrown("ValidationError", said, of_app=True)


_RULES: Mapping[str, Callable[[FakeFrappeHr, JsonObject], None]] = {
    ASSIGNMENT: _assignment,
    "Appraisal": _appraisal,
    "Leave Application": _leave,
    "Training Result": _result,
    "Additional Salary": _once,
}
