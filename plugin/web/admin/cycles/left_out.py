"""Whom a snapshot would leave out, as the worker found it last: when it took one, or when it was asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from plugin.domain import JsonObject, Role
from plugin.services.cycle import life
from plugin.services.operation import task_requests
from plugin.services.people import persons
from plugin.store.operation.tasks import Task
from plugin.web import auth
from plugin.web.admin.cycles.blueprint import blueprint
from plugin.web.admin.cycles.parts import Part
from plugin.web.admin.cycles.views import queued_for
from plugin.web.security import core


@dataclass(frozen=True)
class Line:
    """One person who is left out; ``name`` is empty until it is looked up."""

    person_id: int
    reason: str
    name: str = ""


@blueprint.get("/cycles/<record_id:cycle_id>/left-out")
@auth.requires(Role.HR_ADMIN)
def left_out(cycle_id: int) -> ResponseReturnValue:
    """``?people=`` pages through them."""
    chosen = life.get(core(), cycle_id)
    done = _last(f"cycle:{cycle_id}")
    result: JsonObject = (done.result or {}) if done is not None else {}
    part = Part.of(_lines(result), "people")
    names = persons.names(core(), [one.person_id for one in part.rows])
    return render_template(
        "cycles/left_out_now.html",
        cycle=chosen,
        looked_at=done.finished_at if done is not None else None,
        people=result.get("people"),
        total=result.get("left_out"),
        found=part,
        names=names,
    )


@blueprint.post("/cycles/<record_id:cycle_id>/left-out")
@auth.requires(Role.HR_ADMIN)
def look(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker: everybody's pay is read."""
    return queued_for(cycle_id, "left_out")


def _last(subject: str) -> Task | None:
    """The newest snapshot or check; snapshots of older versions name nobody."""
    done = [task_requests.last_done(core(), kind, subject) for kind in ("snapshot", "left_out")]
    found = [
        (one.finished_at, one) for one in done if one and one.finished_at and "listed" in (one.result or {})
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _lines(result: JsonObject) -> list[Line]:
    listed = result.get("listed")
    return [
        Line(one["person_id"], str(one["reason"]))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and isinstance(one["person_id"], int)
    ]
