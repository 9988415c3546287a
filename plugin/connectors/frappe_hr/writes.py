"""What is written to Frappe HR: skills, training results, approved raises and what is paid once, each found again by its natural key.

Frappe knows no idempotency key. A draft left by a crash between insert and submit is found by ``lookup`` and submitted, never doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import cast
from uuid import UUID

from plugin.connectors.base import Action, Context, Create, Desired, Done, Noop, Patch, Refuse, Remote
from plugin.connectors.frappe_hr import api
from plugin.domain import Json, JsonObject, Sink
from plugin.errors import ConfigError, GiveUp, InvalidInput, NotFound

_SSA = "Salary Structure Assignment"
_ONCE = "Additional Salary"
_SKILL_MAP = "Employee Skill Map"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class SinkVerbs:
    """The three steps of one sink."""

    lookup: Callable[[Context, Desired], Remote | None]
    plan: Callable[[Context, Desired, Remote | None], Action]
    apply: Callable[[Context, Create | Patch, UUID], Done]


# --- skills: a row of the person's skill map, values {skill, proficiency 0..1, evaluated_on} --------------------------


def _find_skill(ctx: Context, desired: Desired) -> Remote | None:
    try:
        held = api.document(ctx, _SKILL_MAP, desired.person_source_id)
    except NotFound:
        return None
    row = next(
        (one for one in _children(held, "employee_skills") if one.get("skill") == desired.values["skill"]),
        None,
    )
    if row is None:
        return None
    values: JsonObject = {
        "proficiency": str(row.get("proficiency") or 0),
        "evaluated_on": row.get("evaluation_date"),
    }
    return Remote(f"{desired.person_source_id}/{desired.values['skill']}", values, str(held.get("modified")))


def _plan_skill(_ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    """Never lowers what HR has entered."""
    wanted = _decimal(desired, "proficiency")
    if not 0 <= wanted <= 1:
        return Refuse(desired, "range", "proficiency is not from 0 to 1")
    if remote is None:
        return Create(desired)
    if Decimal(str(remote.values["proficiency"])) >= wanted:
        return Noop(desired, remote.remote_id)
    return Patch(desired, remote, {"proficiency": str(wanted)})


def _apply_skill(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """Reads the map, changes one row, writes all rows back under the ``modified`` that was read."""
    desired = action.desired
    skill, employee = str(desired.values["skill"]), desired.person_source_id
    api.ensure(ctx, "Skill", {"skill_name": skill})
    row: JsonObject = {
        "skill": skill,
        "proficiency": float(_decimal(desired, "proficiency")),
        "evaluation_date": desired.values.get("evaluated_on"),
    }
    try:
        held = api.document(ctx, _SKILL_MAP, employee)
    except NotFound:
        made = api.insert(ctx, _SKILL_MAP, {"employee": employee, "employee_skills": [row]})
        return Done(f"{employee}/{skill}", str(made.get("modified")))
    rows = [one | row if one.get("skill") == skill else one for one in _children(held, "employee_skills")]
    if all(one.get("skill") != skill for one in rows):
        rows.append(row)
    values: JsonObject = {"employee_skills": cast("list[Json]", rows), "modified": held.get("modified")}
    return Done(f"{employee}/{skill}", str(api.update(ctx, _SKILL_MAP, employee, values).get("modified")))


# --- training: values {course, completed_on, hours, grade, evidence} --------------------------------------------------


def _event_name(desired: Desired) -> str:
    """The suite names events by this text: one for each person, course and day."""
    course = str(desired.values["course"])[:80]
    return f"{course} - {desired.person_source_id} - {desired.values['completed_on']}"


def _find_training(ctx: Context, desired: Desired) -> Remote | None:
    filters: list[Json] = [["training_event", "=", _event_name(desired)], ["docstatus", "!=", 2]]
    found = api.rows(ctx, "Training Result", ["name", "docstatus", "modified"], filters)
    if not found:
        return None
    return Remote(str(found[0]["name"]), {"docstatus": found[0]["docstatus"]}, str(found[0]["modified"]))


def _plan_submitted(_ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if remote is None:
        return Create(desired)
    if remote.values["docstatus"] == 1:
        return Noop(desired, remote.remote_id)
    return Patch(desired, remote, {"docstatus": 1})


def _apply_training(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    if isinstance(action, Patch):
        return _submitted(ctx, "Training Result", action.remote.remote_id)
    values, event = action.desired.values, _event_name(action.desired)
    course, company = str(values["course"])[:140], ctx.settings["company"]
    about = "Recorded by Raise Advisor from a learning platform."
    api.ensure(
        ctx, "Training Program", {"training_program": course, "company": company, "description": about}
    )
    day = str(values["completed_on"])
    draft: JsonObject = {
        "event_name": event,
        "training_program": course,
        "company": company,
        "event_status": "Completed",
        "type": "Internet",
        "location": "Online",
        "introduction": about,
        "start_time": f"{day} 00:00:00",
        "end_time": f"{day} 23:59:00",
        "employees": [
            {"employee": action.desired.person_source_id, "status": "Completed", "attendance": "Present"}
        ],
    }
    api.ensure(ctx, "Training Event", draft)
    if api.document(ctx, "Training Event", event).get("docstatus") != 1:
        api.submit(ctx, "Training Event", event)
    row: JsonObject = {
        "employee": action.desired.person_source_id,
        "hours": float(_decimal(action.desired, "hours")) if values.get("hours") is not None else None,
        "grade": values.get("grade"),
        "comments": f"{values.get('evidence') or ''} [{op_id}]".strip(),
    }
    made = api.insert(ctx, "Training Result", {"training_event": event, "employees": [row]})
    return _submitted(ctx, "Training Result", str(made["name"]))


# --- raises: values {annual, currency, effective_on}, or {lump_sum, currency, effective_on} for what is paid once --------


def _is_once(desired: Desired) -> bool:
    return "lump_sum" in desired.values


def _find_raise(ctx: Context, desired: Desired) -> Remote | None:
    return _find_once(ctx, desired) if _is_once(desired) else _find_assignment(ctx, desired)


def _plan_raise(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    return _plan_once(ctx, desired, remote) if _is_once(desired) else _plan_assignment(ctx, desired, remote)


def _apply_raise(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    apply = _apply_once if _is_once(action.desired) else _apply_assignment
    return apply(ctx, action, op_id)


def _find_assignment(ctx: Context, desired: Desired) -> Remote | None:
    filters: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["from_date", "=", desired.values["effective_on"]],
        ["docstatus", "!=", 2],
    ]
    fields = ["name", "base", "currency", "docstatus", "modified"]
    found = api.rows(ctx, _SSA, fields, filters, order_by="docstatus desc,name asc")
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
        Decimal(str(remote.values["base"])).quantize(_CENT) == _base(ctx, desired)
        and remote.values["currency"] == desired.values["currency"]
    )
    if not same:
        why = (
            "the suite holds another salary for this person and day; cancel it there, or correct the decision"
        )
        return Refuse(desired, "differs", why)
    return _plan_submitted(ctx, desired, remote)


def _apply_assignment(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """A new assignment with the structure of the last one, because a raise changes the amount and nothing else."""
    if isinstance(action, Patch):
        return _submitted(ctx, _SSA, action.remote.remote_id)
    desired = action.desired
    values: JsonObject = {
        **_last_assignment(ctx, desired),
        "employee": desired.person_source_id,
        "from_date": desired.values["effective_on"],
        "base": float(_base(ctx, desired)),
    }
    return _submitted(ctx, _SSA, str(api.insert(ctx, _SSA, values)["name"]))


def _last_assignment(ctx: Context, desired: Desired) -> JsonObject:
    """What stays as it is of the salary in force on the day. GiveUp when there is none, or one in another currency."""
    filters: list[Json] = [
        ["employee", "=", desired.person_source_id],
        ["docstatus", "=", 1],
        ["from_date", "<=", desired.values["effective_on"]],
    ]
    fields = ["name", "salary_structure", "currency", "company", "payroll_payable_account"]
    last = api.rows(ctx, _SSA, fields, filters, order_by="from_date desc")
    if not last:
        raise GiveUp(
            "the person has no salary structure before this day",
            code="no_structure",
            remedy="assign one in the suite",
        )
    if last[0]["currency"] != desired.values["currency"]:
        raise GiveUp("the raise is in another currency than the person's salary", code="currency")
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
    found = api.rows(ctx, _ONCE, fields, filters, order_by="docstatus desc,name asc", limit=50)
    if not found:
        return None
    row = next((one for one in found if _amount(one) == _decimal(desired, "lump_sum")), found[0])
    values: JsonObject = {"amount": str(row["amount"]), "docstatus": row["docstatus"]}
    return Remote(str(row["name"]), {**values, "currency": row.get("currency")}, str(row["modified"]))


def _amount(row: JsonObject) -> Decimal:
    return Decimal(str(row["amount"])).quantize(_CENT)


def _plan_once(ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    if not ctx.settings.get("lump_sum_component"):
        return Refuse(desired, "by_hand", "no salary component for lump sums is set: pay this one by hand")
    if remote is None:
        return Create(desired)
    same = _amount(remote.values) == _decimal(desired, "lump_sum")
    if not same or remote.values["currency"] not in (None, desired.values["currency"]):
        why = "the suite holds another payment of this component for this person and day; cancel it there, or pay by hand"
        return Refuse(desired, "differs", why)
    return _plan_submitted(ctx, desired, remote)


def _apply_once(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """Beside the salary, never in its place: the suite would overwrite a component of the structure unless told not to.

    https://github.com/frappe/hrms/blob/develop/hrms/payroll/doctype/additional_salary/additional_salary.py
    """
    if isinstance(action, Patch):
        return _submitted(ctx, _ONCE, action.remote.remote_id)
    desired = action.desired
    values: JsonObject = {
        "employee": desired.person_source_id,
        "company": _last_assignment(ctx, desired).get("company") or ctx.settings["company"],
        "salary_component": ctx.settings["lump_sum_component"],
        "amount": float(_decimal(desired, "lump_sum")),
        "currency": desired.values["currency"],
        "payroll_date": desired.values["effective_on"],
        "overwrite_salary_structure_amount": 0,
    }
    return _submitted(ctx, _ONCE, str(api.insert(ctx, _ONCE, values)["name"]))


def _base(ctx: Context, desired: Desired) -> Decimal:
    """Pay of one period, rounded to the cent once, here."""
    return (_decimal(desired, "annual") / int(ctx.settings["pay_periods"])).quantize(_CENT, ROUND_HALF_UP)


# --- common -----------------------------------------------------------------------------------------------------------


def _submitted(ctx: Context, doctype: str, name: str) -> Done:
    return Done(name, str(api.submit(ctx, doctype, name).get("modified")))


def _children(held: JsonObject, table: str) -> list[JsonObject]:
    found = held.get(table)
    if not isinstance(found, list):
        raise ConfigError(
            f"the API user cannot see {table}", code="permission", remedy="give it the right to read it"
        )
    return [one for one in found if isinstance(one, dict)]


def _decimal(desired: Desired, name: str) -> Decimal:
    try:
        value = Decimal(str(desired.values.get(name)))
    except InvalidOperation as error:
        raise InvalidInput(f"{name} is not a number", fields={name: "is not a number"}) from error
    if not value.is_finite():
        raise InvalidInput(f"{name} is not a number", fields={name: "is not a number"})
    return value


SINKS: Mapping[Sink, SinkVerbs] = {
    Sink.SKILLS: SinkVerbs(_find_skill, _plan_skill, _apply_skill),
    Sink.TRAINING: SinkVerbs(_find_training, _plan_submitted, _apply_training),
    Sink.RAISES: SinkVerbs(_find_raise, _plan_raise, _apply_raise),
}
