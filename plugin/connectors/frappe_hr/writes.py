"""What is written to Frappe HR: skills, training results, approved raises and what is paid once, each found again by its natural key.

Frappe knows no idempotency key. A draft left by a crash between insert and submit is found by ``lookup`` and submitted, never doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api
from plugin.connectors.frappe_hr.documents import children, decimal_of, plan_submitted, submitted
from plugin.connectors.frappe_hr.raises import apply_raise, find_raise, plan_raise
from plugin.connectors.writing import Action, Create, Desired, Done, Noop, Patch, Refuse, Remote
from plugin.domain import Json, JsonObject, Sink
from plugin.errors import NotFound

_SKILL_MAP = "Employee Skill Map"


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
        (one for one in children(held, "employee_skills") if one.get("skill") == desired.values["skill"]),
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
    wanted = decimal_of(desired, "proficiency")
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
        "proficiency": float(decimal_of(desired, "proficiency")),
        "evaluation_date": desired.values.get("evaluated_on"),
    }
    try:
        held = api.document(ctx, _SKILL_MAP, employee)
    except NotFound:
        made = api.insert(ctx, _SKILL_MAP, {"employee": employee, "employee_skills": [row]})
        return Done(f"{employee}/{skill}", str(made.get("modified")))
    rows = [one | row if one.get("skill") == skill else one for one in children(held, "employee_skills")]
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


def _apply_training(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    if isinstance(action, Patch):
        return submitted(ctx, "Training Result", action.remote.remote_id)
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
        "hours": float(decimal_of(action.desired, "hours")) if values.get("hours") is not None else None,
        "grade": values.get("grade"),
        "comments": f"{values.get('evidence') or ''} [{op_id}]".strip(),
    }
    made = api.insert(ctx, "Training Result", {"training_event": event, "employees": [row]})
    return submitted(ctx, "Training Result", str(made["name"]))


# --- raises: values {annual, currency, effective_on}, or {lump_sum, currency, effective_on} for what is paid once --------


# --- common -----------------------------------------------------------------------------------------------------------


SINKS: Mapping[Sink, SinkVerbs] = {
    Sink.SKILLS: SinkVerbs(_find_skill, _plan_skill, _apply_skill),
    Sink.TRAINING: SinkVerbs(_find_training, plan_submitted, _apply_training),
    Sink.RAISES: SinkVerbs(find_raise, plan_raise, apply_raise),
}
