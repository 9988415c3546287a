"""Raises in Frappe HR: a salary structure assignment, and an additional salary for what is paid once."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api, assignments
from plugin.connectors.frappe_hr.documents import (
    ADDITIONAL,
    CENT,
    decimal_of,
    plan_submitted,
    stored_otherwise,
    submitted,
    unlike,
)
from plugin.connectors.writing import Action, Create, Desired, Done, Patch, Refuse, Remote
from plugin.domain import Json, JsonObject
from plugin.texts import _


def _is_once(desired: Desired) -> bool:
    return "lump_sum" in desired.values


def find_raise(ctx: Context, desired: Desired) -> Remote | None:
    return _find_once(ctx, desired) if _is_once(desired) else assignments.find(ctx, desired)


def plan_raise(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    return _plan_once(ctx, desired, remote) if _is_once(desired) else assignments.plan(ctx, desired, remote)


def apply_raise(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    apply = _apply_once if _is_once(action.desired) else assignments.apply
    return apply(ctx, action, op_id)


def _find_once(ctx: Context, desired: Desired) -> Remote | None:
    """A payment of the same amount counts first: a person may have other ones of this component on the same day."""
    component = ctx.settings.get("lump_sum_component")
    if not component:
        return None
    filters: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["salary_component", "=", component],
        ["payroll_date", "=", desired.values["effective_on"]],
        ["docstatus", "!=", 2],
    ]
    fields = ["name", "amount", "currency", "docstatus", "modified"]
    found = api.rows(ctx, ADDITIONAL, fields, filters, order_by="docstatus desc,name asc", limit=50)
    if not found:
        return None
    row = next((one for one in found if _amount(one) == decimal_of(desired, "lump_sum")), found[0])
    values: JsonObject = {"amount": str(row["amount"]), "docstatus": row["docstatus"]}
    return Remote(str(row["name"]), {**values, "currency": row.get("currency")}, str(row["modified"]))


def _amount(row: JsonObject) -> Decimal:
    return Decimal(str(row["amount"])).quantize(CENT)


def _plan_once(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if not ctx.settings.get("lump_sum_component"):
        why = _("no salary component for lump sums is set; set one in the connection, or pay it by hand")
        return Refuse(desired, "by_hand", why)
    if remote is None:
        return Create(desired)
    same = _amount(remote.values) == decimal_of(desired, "lump_sum")
    if not same or remote.values["currency"] not in (None, desired.values["currency"]):
        why = _(
            "the HR suite has another payment of this component for this employee and day; cancel it there, or pay this one by hand"
        )
        return Refuse(desired, "differs", why)
    return plan_submitted(ctx, desired, remote)


def _apply_once(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """Beside the salary, never in its place: the suite would overwrite a component of the structure unless told not to.

    https://github.com/frappe/hrms/blob/develop/hrms/payroll/doctype/additional_salary/additional_salary.py
    """
    if isinstance(action, Patch):
        return submitted(ctx, ADDITIONAL, action.remote.remote_id)
    desired = action.desired
    values: JsonObject = {
        "employee": desired.person_source_id,
        "company": assignments.last_assignment(ctx, desired).get("company"),
        "salary_component": ctx.settings["lump_sum_component"],
        "amount": float(decimal_of(desired, "lump_sum")),
        "currency": desired.values["currency"],
        "payroll_date": desired.values["effective_on"],
        "overwrite_salary_structure_amount": 0,
    }
    done = submitted(ctx, ADDITIONAL, str(api.insert(ctx, ADDITIONAL, values)["name"]))
    wrong = unlike(values, api.document(ctx, ADDITIONAL, done.remote_id))
    if wrong:
        raise stored_otherwise(wrong)
    return done
