"""What a Frappe site asks of its doctypes: names, required fields, defaults, states, and its list filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from plugin.domain import Json, JsonObject

DEFAULTS: Mapping[str, JsonObject] = {"Additional Salary": {"overwrite_salary_structure_amount": 1}}


SITE_AHEAD = timedelta(
    hours=5, minutes=30
)  # the site's clock is local time: the trap that cursors must survive


NAMED_BY = {
    "Employee": "employee",  # a site that names employees by number
    "Employee Skill Map": "employee",
    "Skill": "skill_name",
    "Training Program": "training_program",
    "Training Event": "event_name",
    "Company": "company_name",
    "Salary Component": "salary_component",
}


SERIES = {
    "Employee": "HR-EMP-{:05}",
    "Appraisal": "HR-APR-2026-{:05}",
    "Salary Structure Assignment": "HR-SSA-26-11-{:05}",
    "Training Result": "HR-TRR-2026-{:05}",
    "Leave Application": "HR-LAP-2026-{:05}",
    "Additional Salary": "HR-ADS-26-11-{:05}",
}


REQUIRED = {
    "Employee": ("employee_name", "company"),
    "Training Program": ("training_program", "company", "description"),
    "Training Event": ("event_name", "start_time", "end_time", "location", "introduction"),
    "Training Result": ("training_event",),
    "Salary Structure Assignment": ("employee", "from_date", "salary_structure", "company"),
    "Leave Application": ("employee", "leave_type", "from_date", "to_date", "status", "company"),
    "Additional Salary": ("employee", "salary_component", "amount", "payroll_date", "company", "currency"),
}


LEAVE_STATES = ("Approved", "Rejected")  # that can be submitted


KEPT_APART = ("doctype", "owner", "creation")


def children_of(values: JsonObject, table: str) -> list[JsonObject]:
    found = values.get(table)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def holds(value: Json, operator: str, wanted: Any) -> bool:
    """Frappe compares by the column's type; texts of dates order as dates do."""
    match operator:
        case "=":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "in":
            return value in wanted
        case "like":
            return str(wanted).strip("%") in str(value)
    if value is None:
        return False
    first, second = str(value), str(wanted)
    return {">": first > second, ">=": first >= second, "<": first < second, "<=": first <= second}[operator]
