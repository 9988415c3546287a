"""Approvals: the teams below, only what deviates in front, and two answers: approve, or send back with a note."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import CycleState, DecisionState, Role
from plugin.domain.ids import record_id
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.services.decision import approving, team_list, worksheet
from plugin.services.decision.sheet import Row, Worksheet
from plugin.texts import ngettext
from plugin.web import auth
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import drawing, heading
from plugin.web.record_ids import sent_ids
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)


@blueprint.get("/approvals")
@auth.requires(*BOTH)
def approvals() -> ResponseReturnValue:
    """The teams below in the newest cycle (or ``?cycle=``), ``?page=`` by page."""
    found = worksheet.cycles_for(core(), auth.actor())
    if not found:
        return render_template("manager/no_team.html")
    wanted = request.args.get("cycle", type=record_id)
    open_first = sorted(found, key=lambda cycle: cycle.state not in (CycleState.OPEN, CycleState.REVIEW))
    chosen = next((cycle for cycle in found if cycle.id == wanted), open_first[0])
    number = max(request.args.get("page", 1, type=record_id), 1)
    listed = team_list.teams_below(core(), auth.actor(), chosen.id, number)
    return render_template("manager/approvals.html", cycle=chosen, cycles=found, listed=listed)


@blueprint.get("/approvals/<record_id:cycle_id>/<record_id(least=0):manager_id>", endpoint="approval")
@auth.requires(*BOTH)
def approval_page(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    return _page(worksheet.load(core(), auth.actor(), cycle_id, manager_id))


def _page(sheet: Worksheet, error: str = "", status: int = 200, note: str = "") -> ResponseReturnValue:
    waiting = [row for row in sheet.rows if row.state == DecisionState.SUBMITTED]
    deviating = [row for row in waiting if not worksheet.is_unchanged(row)]
    html = render_template(
        "manager/approval.html",
        **drawing(sheet),
        **heading(sheet),
        waiting_rows=waiting,
        deviating=sorted(deviating, key=_distance, reverse=True),
        unchanged=[row for row in waiting if worksheet.is_unchanged(row)],
        others=[row for row in sheet.rows if row.state != DecisionState.SUBMITTED],
        is_hr=auth.has_role(Role.HR_ADMIN),
        error=error,
        note=note,
    )
    return html, status


def _distance(row: Row) -> float:
    """How far a raise is from its recommendation, in points; without one from the guideline."""
    if row.recommended is None or row.percent is None:
        return 0.0
    base = row.recommended.percent
    start = base if base is not None else row.recommended.recommendation.guideline.default
    return abs(float(row.percent - start))


@blueprint.post("/approvals/<record_id:cycle_id>/<record_id(least=0):manager_id>")
@auth.requires(*BOTH)
def answer(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    """Approves or sends back the people whose boxes are ticked."""
    people = sent_ids("people")
    note = request.form.get("note", "")
    wants_back = request.form.get("do") == "send_back"
    try:
        if wants_back:
            n = approving.send_back(core(), auth.actor(), cycle_id, people, note)
        else:
            n = approving.approve(core(), auth.actor(), cycle_id, people)
    except (InvalidInput, NotAllowed, Conflict) as problem:
        sheet = worksheet.reload(core(), auth.actor(), cycle_id, manager_id)
        status = 409 if isinstance(problem, Conflict) else 422
        text = str(problem)
        return _page(
            sheet, text if text.endswith((".", "?")) else f"{text[:1].upper()}{text[1:]}.", status, note
        )
    flash(_sent_back(n) if wants_back else ngettext("%(num)s raise approved.", "%(num)s raises approved.", n))
    return redirect(url_for("manager.approval", cycle_id=cycle_id, manager_id=manager_id), 303)


def _sent_back(n: int) -> str:
    return ngettext("%(num)s raise sent back.", "%(num)s raises sent back.", n)
