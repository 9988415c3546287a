"""Review and submit: what differs from the suggestions stands in front, then the team goes to the approver."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Missing, Role
from plugin.errors import InvalidInput
from plugin.services.decision import deciding, worksheet
from plugin.services.decision.worksheet import Row, Worksheet
from plugin.web import auth
from plugin.web.formats import plural
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import drawing
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)
TEAM = "/team/<int:cycle_id>/<int:manager_id>"


@blueprint.get(f"{TEAM}/review")
@auth.requires(*BOTH)
def review(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    return _review(worksheet.load(core(), auth.actor(), cycle_id, manager_id))


def _review(sheet: Worksheet, error: str = "", status: int = 200) -> ResponseReturnValue:
    changed = [row for row in sheet.rows if row.percent is not None and row not in _unchanged(sheet)]
    html = render_template(
        "manager/review.html", **drawing(sheet), changed=changed, unchanged=_unchanged(sheet), error=error
    )
    return html, status


def _unchanged(sheet: Worksheet) -> list[Row]:
    return [row for row in sheet.rows if worksheet.is_unchanged(row)]


@blueprint.post(f"{TEAM}/submit")
@auth.requires(*BOTH)
def submit(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    try:
        n = deciding.submit(core(), auth.actor(), cycle_id, manager_id)
    except InvalidInput as problem:
        sheet = worksheet.reload(core(), auth.actor(), cycle_id, manager_id)
        return _review(sheet, _sentence_of_gaps(problem), 422)
    flash(plural(n, "%d raise was handed to your approver.", "%d raises were handed to your approver."))
    return redirect(url_for("manager.worksheet", cycle_id=cycle_id, manager_id=manager_id), 303)


def _sentence_of_gaps(problem: InvalidInput) -> str:
    words: dict[str, tuple[str, str]] = {
        Missing.DECIDE: ("%d person is not decided", "%d people are not decided"),
        Missing.REASON: ("%d reason is missing", "%d reasons are missing"),
        Missing.NOTE: ("%d note is missing", "%d notes are missing"),
    }
    parts = [plural(int(n), *words[gap]) for gap, n in problem.fields.items() if gap in words]
    return (", ".join(parts) or str(problem)) + "."
