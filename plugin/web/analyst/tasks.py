"""Long work that was asked for: how far it is, and where its result is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Json, JsonObject, TaskState
from plugin.services.cycle import cycle_monitoring
from plugin.services.operation import task_requests, topics
from plugin.store.operation.tasks import Task
from plugin.texts import _
from plugin.web import auth
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.words import KINDS
from plugin.web.security import core

OF_CYCLE = (
    "snapshot",
    "left_out",
    "recommend",
    "changes",
    "refresh",
    "refresh_kind",
    "check_raises",
    "export",
    "collect",
)  # asked for on a cycle's page, and seen there


def queued(kind: str, subject: str, arguments: JsonObject) -> ResponseReturnValue:
    """Asks the worker and leads to the page that shows how far it is."""
    task_id = task_requests.request(core(), auth.actor(), kind, subject, arguments)
    return redirect(url_for("analyst.task", task_id=task_id), 303)


@blueprint.get("/tasks/<record_id:task_id>")
@analysts
def task(task_id: int) -> ResponseReturnValue:
    """The whole page, or for htmx the part that changes."""
    waiting = task_requests.waiting(core(), task_id)
    name = "analyst/_task.html" if request.headers.get("HX-Request") else "analyst/task.html"
    return render_template(
        name,
        task=waiting.task,
        is_worker_alive=waiting.is_worker_alive,
        kinds=KINDS,
        result=result_of(waiting.task),
        replay=_replay(waiting.task) if waiting.task.kind == "replay" else None,
        sentence=topics.sentence(waiting.task.kind, waiting.task.result),
        origin=origin_of(waiting.task),
    )


def result_of(found: Task) -> str | None:
    """Address of what a finished task made."""
    result = found.result or {}
    if found.state != TaskState.DONE:
        return None
    if found.kind == "train":
        return url_for("analyst.model", model_id=result["model_id"])
    if found.kind == "fairness":
        return url_for("analyst.fairness_report", report_id=result["report_id"])
    if found.kind == "left_out":
        return url_for("cycles.left_out", cycle_id=found.arguments["cycle_id"])
    if found.kind == "judge":
        return url_for("admin.held")
    if found.kind == "read_file":
        return _preview_of(found)
    if found.kind in OF_CYCLE:
        return url_for("cycles.cycle", cycle_id=found.arguments["cycle_id"])
    if found.kind == "dry_run":
        return url_for("analyst.dry_run", cycle_id=found.arguments["cycle_id"])
    if found.kind == "fit_policy":
        return url_for("analyst.policy", policy_id=found.arguments["policy_id"], fit=found.id) + "#fit"
    if found.kind in ("next_money", "replay", "drift"):
        return url_for("analyst.monitoring", cycle=found.arguments["cycle_id"])
    return url_for("analyst.compare", first=found.arguments["first"], second=found.arguments["second"])


def _preview_of(found: Task) -> str:
    arguments = found.arguments
    return url_for("admin.file_preview", connection_id=arguments["connection_id"], token=arguments["token"])


def _replay(found: Task) -> dict[str, object] | None:
    """The result of a replay with its figures and days as such."""
    result = found.result
    if result is None:
        return None
    who, cycle_id = int(str(result["person_id"])), int(str(found.arguments["cycle_id"]))
    is_held = who in cycle_monitoring.held_among(core(), cycle_id, [who])
    on, made_at = result["on"], datetime.fromisoformat(str(result["made_at"]))
    return {
        **result,
        "number": cycle_monitoring.numbers(core(), cycle_id, [who]).get(who, "–"),
        **{name: None if is_held else _percent(result[name]) for name in ("stored", "computed")},
        "on": date.fromisoformat(str(on)) if on else None,
        "made_at": made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC),
    }


def _percent(stored: Json) -> Decimal | None:
    return None if stored is None else Decimal(str(stored))


def origin_of(found: Task) -> str:
    """Address of the page from which it was asked for."""
    cycle_id = found.arguments.get("cycle_id")
    if found.kind == "fit_policy":
        return url_for("analyst.policy", policy_id=found.arguments["policy_id"])
    if found.kind == "fairness":
        return url_for("analyst.fairness", cycle=cycle_id)
    if found.kind == "judge":
        return url_for("admin.held_rules")
    if found.kind == "read_file":
        return _preview_of(found)
    if found.kind in OF_CYCLE:
        return url_for("cycles.cycle", cycle_id=cycle_id)
    if cycle_id is not None and found.kind != "compare":
        return url_for("analyst.monitoring", cycle=cycle_id)
    return url_for("analyst.models")


@blueprint.post("/tasks/<record_id:task_id>/again")
@analysts
def again(task_id: int) -> ResponseReturnValue:
    """The same work once more, after it failed."""
    found = task_requests.waiting(core(), task_id).task
    flash(_("The task is queued again."))
    return queued(found.kind, found.subject, found.arguments)
