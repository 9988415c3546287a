"""What a Frappe site asks of its doctypes: names, links, required fields, child tables, and how it compares texts.

Each table names the file of the suite that it was read from (frappe v15, erpnext v15, hrms v15.33).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from plugin.domain import Json, JsonObject
from plugin.testing import frappe_errors

SITE_AHEAD = timedelta(
    hours=5, minutes=30
)  # the site's clock is local time: the trap that cursors must survive
TIME_ZONE = "Asia/Kolkata"
LONGEST = 140  # frappe/model/base_document.py, _validate_length: Data and Link columns are varchar(140)

DEFAULTS: Mapping[str, JsonObject] = {
    "Additional Salary": {"overwrite_salary_structure_amount": 1},  # hrms additional_salary.json
    "Salary Structure Assignment": {
        "variable": 0.0,
        "taxable_earnings_till_date": 0.0,
        "tax_deducted_till_date": 0.0,
    },  # sample ssa_doc_variable_after
    "Appraisal": {
        "status": "Draft",
        "total_score": 0.0,
        "self_score": 0.0,
        "avg_feedback_score": 0.0,
        "final_score": 0.0,
    },
    "Appraisal Cycle": {"status": "Not Started", "calculate_final_score_based_on_formula": 0},
    "Salary Structure": {"is_active": "Yes", "payroll_frequency": "Monthly"},
}

NAMED_BY = {  # "autoname": "field:..." of each doctype's json
    "Employee": "employee",  # a site that names employees by number
    "Employee Skill Map": "employee",  # hrms/hr/doctype/employee_skill_map
    "Skill": "skill_name",  # hrms/hr/doctype/skill
    "Designation": "designation_name",  # erpnext/setup/doctype/designation
    "Training Program": "training_program",
    "Training Event": "event_name",
    "Appraisal Cycle": "cycle_name",
    "Company": "company_name",
    "Salary Component": "salary_component",
    "Salary Structure": "name",
    "Income Tax Slab": "name",
}

SERIES = {
    "Employee": "HR-EMP-{:05}",
    "Appraisal": "HR-APR-2026-{:05}",
    "Salary Structure Assignment": "HR-SSA-26-11-{:05}",
    "Training Result": "HR-TRR-2026-{:05}",
    "Leave Application": "HR-LAP-2026-{:05}",
    "Additional Salary": "HR-ADS-26-11-{:05}",
}

REQUIRED = {  # "reqd": 1 in each doctype's json
    "Employee": ("employee_name", "company"),
    "Training Program": (
        "training_program",
        "description",
    ),  # the company is the user's default (err_417_mandatory)
    "Training Event": ("event_name", "start_time", "end_time", "location", "introduction"),
    "Training Result": ("training_event",),
    "Salary Structure Assignment": ("employee", "from_date", "salary_structure", "company"),
    "Leave Application": ("employee", "leave_type", "from_date", "to_date", "status", "company"),
    "Additional Salary": ("employee", "salary_component", "amount", "payroll_date", "company", "currency"),
    "Appraisal": ("employee", "company", "appraisal_cycle"),
    "Appraisal Cycle": ("cycle_name", "start_date", "end_date", "company"),
}

TABLES = {  # child tables: field -> doctype of its rows
    "Employee Skill Map": {"employee_skills": "Employee Skill", "trainings": "Employee Training"},
    "Training Event": {"employees": "Training Event Employee"},
    "Training Result": {"employees": "Training Result Employee"},
    "Salary Structure Assignment": {"payroll_cost_centers": "Employee Cost Center"},
    "Salary Structure": {"earnings": "Salary Detail", "deductions": "Salary Detail"},
    "Appraisal Cycle": {"appraisees": "Appraisee"},
    "Designation": {"skills": "Designation Skill"},
    "Employee": {
        "education": "Employee Education",
        "external_work_history": "Employee External Work History",
        "internal_work_history": "Employee Internal Work History",
    },
}

LINKS = {  # "fieldtype": "Link"; what is not listed is not checked here
    "Employee": {"reports_to": "Employee"},
    "Employee Skill Map": {"employee": "Employee"},
    "Employee Skill": {"skill": "Skill"},
    "Training Event": {"training_program": "Training Program"},
    "Training Result": {"training_event": "Training Event"},
    "Salary Structure Assignment": {
        "employee": "Employee",
        "salary_structure": "Salary Structure",
        "company": "Company",
        "income_tax_slab": "Income Tax Slab",
    },
    "Appraisal": {"employee": "Employee", "appraisal_cycle": "Appraisal Cycle"},
    "Leave Application": {"employee": "Employee"},
    "Additional Salary": {"employee": "Employee", "salary_component": "Salary Component"},
    "Training Event Employee": {},
    "Training Result Employee": {"employee": "Employee"},
    "Appraisee": {"employee": "Employee"},
}

UNIQUE = {  # "unique": 1 beside the name
    "Training Result": "training_event",  # sample err_417_training_result_duplicate
    "Employee Skill Map": "employee",  # hrms/hr/doctype/employee_skill_map/employee_skill_map.json
}

LEAVE_STATES = ("Approved", "Rejected")  # that can be submitted
META = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
KEPT_APART = ("doctype", "owner", "creation")

FIELDS: Mapping[str, tuple[str, ...]] = {  # of the doctypes that are asked for by name of a field
    "Employee": (
        *("employee", "employee_name", "first_name", "last_name", "employee_number", "user_id", "company"),
        *("company_email", "personal_email", "status", "designation", "department", "grade", "branch", "ctc"),
        *("reports_to", "date_of_joining", "relieving_date", "salary_currency", "payroll_cost_center"),
    ),
    "Appraisal": (
        *("employee", "company", "appraisal_cycle", "start_date", "end_date", "total_score", "self_score"),
        *("avg_feedback_score", "final_score", "status", "amended_from"),
    ),
    "Appraisal Cycle": (
        *("cycle_name", "company", "status", "start_date", "end_date", "final_score_formula"),
        *("calculate_final_score_based_on_formula", "kra_evaluation_method"),
    ),
    "Salary Structure Assignment": (
        *("employee", "employee_name", "department", "designation", "grade", "salary_structure"),
        *("from_date", "company", "payroll_payable_account", "currency", "base", "variable"),
        *("income_tax_slab", "taxable_earnings_till_date", "tax_deducted_till_date", "amended_from"),
    ),
    "Salary Structure": ("company", "payroll_frequency", "currency", "is_active"),
    "Employee Skill Map": ("employee", "employee_name", "designation"),
    "Deleted Document": ("deleted_doctype", "deleted_name", "new_name", "restored", "data"),
    "Comment": ("reference_doctype", "reference_name", "comment_type", "content"),
}


@lru_cache(100_000)
def same_name(text: str) -> str:
    """As MariaDB's utf8mb4_unicode_ci compares: no case, no accents, no blanks at the end (sample err_409_duplicate_case)."""
    plain = unicodedata.normalize("NFKD", text.rstrip(" "))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def checked_name(doctype: str, name: str) -> str:
    """frappe/model/naming.py, validate_name: stripped; ``<`` and ``>`` refused (sample err_409_name_lt_gt), "New Skill ..." too."""
    if name.startswith(f"New {doctype}"):
        said = "There were some errors setting the name, please contact the administrator"
        raise frappe_errors.Refused(409, "NameError", said, said)
    if name.strip() == doctype:
        said = f"Name of {doctype} cannot be {doctype}"
        raise frappe_errors.Refused(409, "NameError", said, said)
    if any(sign in name for sign in "<>"):
        said = "Name cannot contain special characters like '<', '>'"
        raise frappe_errors.Refused(409, "NameError", said, said)
    return name.strip()


def check_lengths(doctype: str, values: JsonObject) -> None:
    """frappe/model/base_document.py, _validate_length. Names, links and short texts; long texts have no such limit."""
    short = {*NAMED_BY.values(), *LINKS.get(doctype, {}), "name", "grade"}
    for name in short & set(values):
        text = values[name]
        if isinstance(text, str) and len(text) > LONGEST:
            label = name.replace("_", " ").title()
            said = f"{doctype}: '{label}' ({text}) will get truncated, as max characters allowed is {LONGEST}"
            raise frappe_errors.thrown("CharacterLengthExceededError", said, title="Value too big")


def children_of(values: JsonObject, table: str) -> list[JsonObject]:
    found = values.get(table)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def is_known(doctype: str, name: str, custom: Iterable[str]) -> bool:
    """Whether a list may be asked for the field; doctypes without a list of fields take any."""
    known = FIELDS.get(doctype)
    if "." in name:
        return name.partition(".")[0] in TABLES.get(doctype, {})
    return known is None or name in META or name in known or name in custom


def holds(value: Json, operator: str, wanted: Any) -> bool:
    """Texts compare as the column's collation does; texts of dates order as dates do."""
    match operator:
        case "=":
            return bool(_key(value) == _key(wanted))
        case "!=":
            return bool(_key(value) != _key(wanted))
        case "in":
            return _key(value) in [_key(one) for one in wanted]
        case "like":
            return same_name(str(wanted).strip("%")) in same_name(str(value))
    if value is None:
        return False
    first, second = str(value), str(wanted)
    return {">": first > second, ">=": first >= second, "<": first < second, "<=": first <= second}[operator]


def _key(value: Any) -> Any:
    return same_name(value) if isinstance(value, str) else value
