"""The payslip that the suite itself would make, for HR to see what a raise does to it.

The suite computes it from submitted assignments only (hrms salary_slip.py, set_salary_structure_assignment), so that the one
after a raise is to be had when the raise has been written.
"""

from __future__ import annotations

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api
from plugin.connectors.writing import Desired
from plugin.domain import Json, JsonObject
from plugin.errors import AdvisorError
from plugin.texts import _, stored

_METHOD = "hrms.payroll.doctype.salary_structure.salary_structure.make_salary_slip"
_AMOUNTS = ("gross_pay", "total_deduction", "net_pay")


def preview(ctx: Context, structure: str, desired: Desired) -> JsonObject:
    """Amounts of the period in which the raise begins, in the pay's currency; ``problem`` in the suite's words instead where it
    can make none: hrms answers 500 (ZeroDivisionError) for who leaves before the period. No raise waits for a payslip."""
    try:
        slip = api.method(
            ctx,
            _METHOD,
            source_name=structure,
            employee=desired.person_source_id,
            posting_date=str(desired.values["effective_on"]),
            for_preview="1",
        )
    except AdvisorError as error:
        return {"problem": stored(str(error))}
    if not isinstance(slip, dict):
        return {"problem": stored(_("the HR suite returned no payslip"))}
    amounts: JsonObject = {name: _shown(slip.get(name)) for name in _AMOUNTS}
    parts: list[Json] = [
        [row.get("salary_component"), _shown(row.get("amount"), 1 if table == "earnings" else -1)]
        for table in ("earnings", "deductions")
        for row in _rows(slip.get(table))
    ]
    return {**amounts, "currency": slip.get("currency"), "parts": parts}


def told(before: JsonObject, after: JsonObject) -> JsonObject:
    return {"payslip_before": before, "payslip_after": after}


def _rows(found: Json) -> list[JsonObject]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _shown(amount: Json, sign: int = 1) -> Json:
    """Sums come as 55779.619999999995, and no tax as -0.0."""
    return round(sign * amount, 6) + 0.0 if isinstance(amount, int | float) else amount
