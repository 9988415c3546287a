"""Review and submit: what differs from the recommendations stands in front, then the team goes to the approver."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Missing, Role
from plugin.errors import InvalidInput
from plugin.services.decision import handing_in, worksheet
from plugin.services.decision.sheet import Row, Worksheet
from plugin.texts import ngettext
from plugin.web import auth
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import drawing, heading
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)
TEAM = "/team/<record_id:cycle_id>/<record_id(least=0):manager_id>"


@blueprint.get(f"{TEAM}/review")
@auth.requires(*BOTH)
def review(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    return _review(worksheet.load(core(), auth.actor(), cycle_id, manager_id))


def _review(sheet: Worksheet, error: str = "", status: int = 200) -> ResponseReturnValue:
    changed = [row for row in sheet.rows if row.percent is not None and row not in _unchanged(sheet)]
    html = render_template(
        "manager/review.html",
        **drawing(sheet),
        **heading(sheet),
        changed=changed,
        unchanged=_unchanged(sheet),
        error=error,
    )
    return html, status


def _unchanged(sheet: Worksheet) -> list[Row]:
    return [row for row in sheet.rows if worksheet.is_unchanged(row)]


@blueprint.post(f"{TEAM}/submit")
@auth.requires(*BOTH)
def submit(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    try:
        n = handing_in.submit(core(), auth.actor(), cycle_id, manager_id)
    except InvalidInput as problem:
        sheet = worksheet.reload(core(), auth.actor(), cycle_id, manager_id)
        return _review(sheet, _sentence_of_gaps(problem), 422)
    flash(
        ngettext("%(num)s raise submitted to your approver.", "%(num)s raises submitted to your approver.", n)
    )
    return redirect(url_for("manager.worksheet", cycle_id=cycle_id, manager_id=manager_id), 303)


def _sentence_of_gaps(problem: InvalidInput) -> str:
    """One sentence for each kind of gap."""
    words: dict[str, Callable[[int], str]] = {
        Missing.DECIDE: _undecided,
        Missing.REASON: _reasons,
        Missing.NOTE: _notes,
    }
    parts = [words[gap](int(n)) for gap, n in problem.fields.items() if gap in words]
    return " ".join(parts) or f"{problem}."


def _undecided(n: int) -> str:
    return ngettext("Decide %(num)s more raise.", "Decide %(num)s more raises.", n)


def _reasons(n: int) -> str:
    return ngettext("Add %(num)s missing reason.", "Add %(num)s missing reasons.", n)


def _notes(n: int) -> str:
    return ngettext("Add %(num)s missing note.", "Add %(num)s missing notes.", n)
