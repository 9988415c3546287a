"""A completed course in Frappe HR: a program, an event of the person's own, and its result; values {course, completed_on, hours,
grade, evidence}."""

from __future__ import annotations

from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api, names
from plugin.connectors.frappe_hr.documents import decimal_of, stored_otherwise, submitted, unlike
from plugin.connectors.writing import Create, Desired, Done, Patch, Remote, Withdraw
from plugin.domain import Json, JsonObject
from plugin.errors import Conflict, GiveUp, NotFound
from plugin.texts import _

_RESULT, _EVENT, _PROGRAM = "Training Result", "Training Event", "Training Program"
_ABOUT = "Recorded by Raise Advisor from a learning platform."
_TRIES = 5  # events of one name: a cancelled one keeps it


def event_names(desired: Desired) -> list[str]:
    """The suite names events by this text: one for each person, course and day, and more where earlier ones were cancelled."""
    tail = f" - {desired.person_source_id} - {desired.values['completed_on']}"
    found: list[str] = []
    for number in range(1, _TRIES + 1):
        end = tail if number == 1 else f"{tail} ({number})"
        found.append(names.fitted(str(desired.values["course"]), _EVENT, names.LONGEST - len(end)) + end)
    return found


def find(ctx: Context, desired: Desired) -> Remote | None:
    about: list[Json] = [["training_event", "in", [*event_names(desired)]], ["docstatus", "!=", 2]]
    found = api.rows(ctx, _RESULT, ["name", "training_event", "docstatus", "modified"], about)
    if not found:
        return None
    values: JsonObject = {"docstatus": found[0]["docstatus"], "event": found[0]["training_event"]}
    return Remote(str(found[0]["name"]), values, str(found[0]["modified"]))


def apply(ctx: Context, action: Create | Patch, op_id: UUID) -> Done:
    if isinstance(action, Patch):
        return submitted(ctx, _RESULT, action.remote.remote_id)
    desired = action.desired
    event = _event(ctx, desired, _company(ctx, desired))
    row: JsonObject = {
        "employee": desired.person_source_id,
        "hours": float(decimal_of(desired, "hours")) if desired.values.get("hours") is not None else None,
        "grade": desired.values.get("grade"),
        "comments": f"{desired.values.get('evidence') or ''} [{op_id}]".strip(),
    }
    values: JsonObject = {"training_event": event, "employees": [row]}
    made = api.insert(ctx, _RESULT, values)
    done = submitted(ctx, _RESULT, str(made["name"]))
    wrong = unlike(values, api.document(ctx, _RESULT, done.remote_id))
    if wrong:
        raise stored_otherwise(wrong)
    return done


def withdraw(ctx: Context, action: Withdraw, _op_id: UUID) -> Done:
    """Cancelled, result and event: the suite keeps both and counts neither."""
    name, event = action.remote.remote_id, str(action.remote.values["event"])
    if action.remote.values["docstatus"] == 0:
        api.submit(ctx, _RESULT, name)  # only what is submitted can be cancelled
    api.update(ctx, _RESULT, name, {"docstatus": 2})
    if api.document(ctx, _EVENT, event).get("docstatus") == 1:
        api.update(ctx, _EVENT, event, {"docstatus": 2})
    return Done(name)


def _company(ctx: Context, desired: Desired) -> str:
    """The person's own: a connection may have several. A person whom the suite lacks would be an error 500 of its event."""
    found = api.rows(ctx, "Employee", ["name", "company"], [["name", "=", desired.person_source_id]])
    if not found:
        raise GiveUp(_("the HR suite has no employee with this id"), code="no_employee")
    return str(found[0]["company"])


def _event(ctx: Context, desired: Desired, company: str) -> str:
    """A submitted event that is not cancelled, made where there is none."""
    program = names.fitted(str(desired.values["course"]), _PROGRAM)
    if names.stored(ctx, _PROGRAM, program) is None:
        api.ensure(
            ctx,
            _PROGRAM,
            {"training_program": program, "company": company, "description": _ABOUT},
        )
    day = str(desired.values["completed_on"])
    for name in event_names(desired):
        try:
            state = api.document(ctx, _EVENT, name).get("docstatus")
        except NotFound:
            draft: JsonObject = {
                "event_name": name,
                "training_program": program,
                "company": company,
                "event_status": "Completed",
                "type": "Internet",
                "location": "Online",
                "introduction": _ABOUT,
                "start_time": f"{day} 00:00:00",
                "end_time": f"{day} 23:59:00",
                "employees": [
                    {"employee": desired.person_source_id, "status": "Completed", "attendance": "Present"}
                ],
            }
            api.ensure(ctx, _EVENT, draft)
            state = 0
        if state == 0:
            api.submit(ctx, _EVENT, name)
        if state != 2:
            return name
    raise Conflict(_("the HR suite has too many cancelled events of this training"), code="cancelled")
