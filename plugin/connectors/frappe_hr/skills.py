"""A skill in Frappe HR: a row of the person's skill map; values {skill, proficiency 0..1, evaluated_on}."""

from __future__ import annotations

from decimal import Decimal
from typing import cast
from uuid import UUID

from plugin.connectors.base import Context
from plugin.connectors.frappe_hr import api, names
from plugin.connectors.frappe_hr.documents import children, decimal_of, stored_otherwise, unlike
from plugin.connectors.writing import Action, Create, Desired, Done, Noop, Patch, Refuse, Remote, Withdraw
from plugin.domain import Json, JsonObject
from plugin.texts import _

_MAP = "Employee Skill Map"


def find(ctx: Context, desired: Desired) -> Remote | None:
    skill, held = names.stored(ctx, "Skill", _wanted(desired)), _map(ctx, desired)
    if skill is None or held is None:
        return None
    rows = [one for one in children(held, "employee_skills") if one.get("skill") == skill]
    if not rows:
        return None
    best = max(rows, key=lambda row: Decimal(str(row.get("proficiency") or 0)))
    values: JsonObject = {
        "skill": skill,
        "proficiency": str(best.get("proficiency") or 0),
        "evaluated_on": best.get("evaluation_date"),
    }
    return Remote(f"{desired.person_source_id}/{skill}", values, str(held.get("modified")))


def plan(_ctx: Context, desired: Desired, remote: Remote | None) -> Action:
    """Never lowers what HR has entered, and takes out only what is as it was written."""
    wanted = decimal_of(desired, "proficiency")
    if not 0 <= wanted <= 1:
        return Refuse(desired, "range", _("the proficiency must be from 0 to 1"))
    held = None if remote is None else Decimal(str(remote.values["proficiency"]))
    if desired.is_withdrawn:
        if remote is None or held is None:
            return Noop(desired, "")
        if held > wanted:
            why = _("the HR suite has this skill at another level now: remove it there if it no longer holds")
            return Refuse(desired, "by_hand", why)
        return Withdraw(desired, remote)
    if remote is None or held is None:
        return Create(desired)
    return (
        Noop(desired, remote.remote_id)
        if held >= wanted
        else Patch(desired, remote, {"proficiency": str(wanted)})
    )


def apply(ctx: Context, action: Create | Patch, _op_id: UUID) -> Done:
    """Reads the map, changes one row, writes all rows back under the ``modified`` that was read."""
    desired = action.desired
    wanted = _wanted(desired)
    skill = names.stored(ctx, "Skill", wanted)
    if skill is None:
        api.ensure(ctx, "Skill", {"skill_name": wanted})
        skill = names.stored(ctx, "Skill", wanted) or wanted
    row: JsonObject = {
        "skill": skill,
        "proficiency": float(decimal_of(desired, "proficiency")),
        "evaluation_date": desired.values.get("evaluated_on"),
    }
    held = _map(ctx, desired)
    if held is None:
        made = api.insert(ctx, _MAP, {"employee": desired.person_source_id, "employee_skills": [row]})
        return Done(f"{desired.person_source_id}/{skill}", str(made.get("modified")))
    rows = [one | row if one.get("skill") == skill else one for one in children(held, "employee_skills")]
    if all(one.get("skill") != skill for one in rows):
        rows.append(row)
    return _replaced(ctx, desired, held, rows)


def withdraw(ctx: Context, action: Withdraw, _op_id: UUID) -> Done:
    """The person's other skills stay as they are."""
    held, skill = _map(ctx, action.desired), action.remote.values["skill"]
    if held is None:
        return Done(action.remote.remote_id)
    rows = [one for one in children(held, "employee_skills") if one.get("skill") != skill]
    return _replaced(ctx, action.desired, held, rows)


def _replaced(ctx: Context, desired: Desired, held: JsonObject, rows: list[JsonObject]) -> Done:
    sent: JsonObject = {"employee_skills": cast("list[Json]", rows), "modified": held.get("modified")}
    new = api.update(ctx, _MAP, str(held["name"]), sent)
    wanted = ("skill", "proficiency", "evaluation_date")
    wrong = unlike({"employee_skills": [{name: row.get(name) for name in wanted} for row in rows]}, new)
    if wrong:
        raise stored_otherwise(wrong)
    return Done(f"{desired.person_source_id}/{_wanted(desired)}", str(new.get("modified")))


def _map(ctx: Context, desired: Desired) -> JsonObject | None:
    """Found by its person: the map of a renamed employee keeps its old name."""
    found = api.rows(ctx, _MAP, ["name"], [["employee", "=", desired.person_source_id]])
    return api.document(ctx, _MAP, str(found[0]["name"])) if found else None


def _wanted(desired: Desired) -> str:
    return names.fitted(str(desired.values["skill"]), "Skill")
