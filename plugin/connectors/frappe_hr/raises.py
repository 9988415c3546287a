"""Raises in Frappe HR: a salary structure assignment, and an additional salary for what is paid once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api, reading
from plugin.connectors.frappe_hr.documents import (
    ADDITIONAL,
    ASSIGNMENT,
    CENT,
    decimal_of,
    plan_submitted,
    submitted,
)
from plugin.connectors.writing import Action, Create, Desired, Done, Patch, Refuse, Remote
from plugin.domain import Json, JsonObject
from plugin.errors import GiveUp
from plugin.texts import _


def _is_once(desired: Desired) -> bool:
    return "lump_sum" in desired.values


def find_raise(ctx: Context, desired: Desired) -> Remote | None:
    return _find_once(ctx, desired) if _is_once(desired) else _find_assignment(ctx, desired)


def plan_raise(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    return _plan_once(ctx, desired, remote) if _is_once(desired) else _plan_assignment(ctx, desired, remote)


def apply_raise(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    apply = _apply_once if _is_once(action.desired) else _apply_assignment
    return apply(ctx, action, op_id)


def _find_assignment(ctx: Context, desired: Desired) -> Remote | None:
    filters: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["from_date", "=", desired.values["effective_on"]],
        ["docstatus", "!=", 2],
    ]
    fields = ["name", "base", "currency", "docstatus", "modified"]
    found = api.rows(ctx, ASSIGNMENT, fields, filters, order_by="docstatus desc,name asc")
    if not found:
        return None
    row = found[0]
    return Remote(
        str(row["name"]),
        {"base": str(row["base"]), "currency": row["currency"], "docstatus": row["docstatus"]},
        str(row["modified"]),
    )


def _plan_assignment(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    """What a person entered for the same day is never overwritten, only reported."""
    if remote is None:
        return Create(desired)
    same = (
        Decimal(str(remote.values["base"])).quantize(CENT) == _base(ctx, desired)
        and remote.values["currency"] == desired.values["currency"]
    )
    if not same:
        why = (
            "the suite holds another salary for this person and day; cancel it there, or correct the decision"
        )
        return Refuse(desired, "differs", why)
    return plan_submitted(ctx, desired, remote)


def _apply_assignment(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """A new assignment with the structure of the last one, because a raise changes the amount and nothing else."""
    if isinstance(action, Patch):
        return submitted(ctx, ASSIGNMENT, action.remote.remote_id)
    desired = action.desired
    values: JsonObject = {
        **_last_assignment(ctx, desired),
        "employee": desired.person_source_id,
        "from_date": desired.values["effective_on"],
        "base": float(_base(ctx, desired)),
    }
    return submitted(ctx, ASSIGNMENT, str(api.insert(ctx, ASSIGNMENT, values)["name"]))


def _last_assignment(ctx: Context, desired: Desired) -> JsonObject:
    """What stays as it is of the salary in force on the day. GiveUp when there is none, or one in another currency."""
    filters: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["docstatus", "=", 1],
        ["from_date", "<=", desired.values["effective_on"]],
    ]
    fields = ["name", "salary_structure", "currency", "company", "payroll_payable_account"]
    last = api.rows(ctx, ASSIGNMENT, fields, filters, order_by="from_date desc")
    if not last:
        raise GiveUp(
            _("the employee has no salary structure before this date"),
            code="no_structure",
            remedy=_("assign one in the HR suite"),
        )
    if last[0]["currency"] != desired.values["currency"]:
        raise GiveUp(_("the raise must be in the currency of the employee's salary"), code="currency")
    return {name: last[0][name] for name in fields[1:] if last[0].get(name) is not None}


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
        return Refuse(desired, "by_hand", "no salary component for lump sums is set: pay this one by hand")
    if remote is None:
        return Create(desired)
    same = _amount(remote.values) == decimal_of(desired, "lump_sum")
    if not same or remote.values["currency"] not in (None, desired.values["currency"]):
        why = "the suite holds another payment of this component for this person and day; cancel it there, or pay by hand"
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
        "company": _last_assignment(ctx, desired).get("company") or reading.companies(ctx)[0],
        "salary_component": ctx.settings["lump_sum_component"],
        "amount": float(decimal_of(desired, "lump_sum")),
        "currency": desired.values["currency"],
        "payroll_date": desired.values["effective_on"],
        "overwrite_salary_structure_amount": 0,
    }
    return submitted(ctx, ADDITIONAL, str(api.insert(ctx, ADDITIONAL, values)["name"]))


def _base(ctx: Context, desired: Desired) -> Decimal:
    """Pay of one period, rounded to the cent once, here."""
    return (decimal_of(desired, "annual") / int(ctx.settings["pay_periods"])).quantize(CENT, ROUND_HALF_UP)
