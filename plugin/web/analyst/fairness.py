"""Fairness reports of a cycle: made by the worker, kept, approved by different people; figures of groups only."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, CycleState, FairnessVerdict, canonical_json
from plugin.domain.ids import record_id
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.cycle import life
from plugin.services.model import fairness_review
from plugin.services.operation import task_requests
from plugin.store.model.fairness_reports import StoredReport
from plugin.texts import _
from plugin.web import auth
from plugin.web.analyst import card, gates
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.gap_charts import before_and_after, gap_rows
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import VERDICT_SIGNS, sentence
from plugin.web.security import core

SHOWN = 20


@blueprint.get("/fairness")
@analysts
def fairness() -> ResponseReturnValue:
    """Of ``?cycle=`` or the newest cycle that has recommendations; ``?before=`` pages through older reports."""
    every = life.listed(core())
    with_recommendation = [one for one in every if one.state not in (CycleState.DRAFT, CycleState.NOTICE)]
    wanted = request.args.get("cycle", type=record_id)
    chosen = next((one for one in every if one.id == wanted), next(iter(with_recommendation), None))
    before = request.args.get("before", type=record_id)
    found = (
        fairness_review.history(core(), chosen.id, before=before, limit=SHOWN + 1)
        if chosen is not None
        else []
    )
    return render_template(
        "analyst/fairness.html",
        cycle=chosen,
        cycles=with_recommendation,
        reports=found[:SHOWN],
        older=found[SHOWN - 1].id if len(found) > SHOWN else None,
        is_first=before is None,
        newest_gaps=gap_rows(found[0].document) if found and before is None else [],
        can_measure=fairness_review.is_measurable(core()),
        under_way=[
            one
            for one in task_requests.newest(core(), "fairness", f"cycle:{chosen.id}" if chosen else "")
            if one.is_open
        ],
        verdicts=WORDS[FairnessVerdict],
        signs=VERDICT_SIGNS,
        states=WORDS[CycleState],
    )


@blueprint.post("/fairness/<record_id:cycle_id>")
@analysts
def measure_fairness(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker for a new report."""
    life.get(core(), cycle_id)
    return queued("fairness", f"cycle:{cycle_id}", {"cycle_id": cycle_id})


@blueprint.get("/fairness/reports/<record_id:report_id>")
@analysts
def fairness_report(report_id: int) -> ResponseReturnValue:
    return _page(fairness_review.stored(core(), auth.actor(), report_id))


def _page(found: StoredReport, error: str = "", status: int = 200) -> ResponseReturnValue:
    attributes = [
        {"report": one, "gaps": before_and_after(one)} for one in card.rows(found.document, "attributes")
    ]
    html = render_template(
        "analyst/fairness_report.html",
        stored=found,
        cycle=None if found.cycle_id is None else life.get(core(), found.cycle_id),
        attributes=attributes,
        gates=gates.fair_gates(found),
        verdicts=WORDS[FairnessVerdict],
        signs=VERDICT_SIGNS,
        states=WORDS[CycleState],
        is_mine=auth.actor().name in found.approvers,
        is_maker=auth.actor().name == found.made_by and found.approvals_needed < 2,
        error=error,
        note=request.form.get("note", ""),
    )
    return html, status


@blueprint.get("/fairness/reports/<record_id:report_id>.json")
@analysts
def fairness_file(report_id: int) -> ResponseReturnValue:
    """The report with its approvals, for the files."""
    found = fairness_review.stored(core(), auth.actor(), report_id)
    approvals = [dict(entry) for entry in found.approvals]
    content = canonical_json(
        {
            "report": found.id,
            "cycle_id": found.cycle_id,
            "model_id": found.model_id,
            "made_at": found.made_at.isoformat(),
            "made_by": found.made_by,
            "approvals": approvals,  # type: ignore[dict-item]  # texts by name are JSON
            "document": found.document,
        }
    )
    name = f"fairness-report-{found.id}.json"
    headers = {  # machine text
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, mimetype="application/json", headers=headers)


@blueprint.post("/fairness/reports/<record_id:report_id>/approve")
@analysts
def approve_fairness(report_id: int) -> ResponseReturnValue:
    try:
        missing = fairness_review.approve(core(), auth.actor(), report_id, request.form.get("note", ""))
    except (InvalidInput, Conflict, NotAllowed, NotFound) as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        return _page(fairness_review.stored(core(), auth.actor(), report_id), sentence(problem), status)
    flash(
        _("Your approval is saved. One more person must approve.")
        if missing
        else _("The report is approved.")
    )
    return redirect(url_for("analyst.fairness_report", report_id=report_id), 303)
