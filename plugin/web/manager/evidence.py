"""The data behind one suggestion, badge by badge, and the way to say that something in it is wrong."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Role, ShownVerdict
from plugin.errors import InvalidInput
from plugin.services.decision import deciding, method_facts, worksheet
from plugin.services.decision.worksheet import Detail
from plugin.web import auth
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import rating_words
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)
VERDICTS = {
    ShownVerdict.VALID: "Verified",
    ShownVerdict.INVALID: "Verification failed",
    ShownVerdict.UNDETERMINED: "Could not be verified",
    ShownVerdict.UNCHECKED: "Not verified yet",
    ShownVerdict.UNTRUSTED: "Its issuer is not trusted yet",
}


@blueprint.get("/team/<int:cycle_id>/people/<int:person_id>/data")
@auth.requires(*BOTH)
def data(cycle_id: int, person_id: int) -> ResponseReturnValue:
    return _page(_detail(cycle_id, person_id), cycle_id)


def _detail(cycle_id: int, person_id: int) -> Detail:
    """This page shows what is known, not the suggestion: looking at it is no reveal."""
    return worksheet.open_detail(core(), auth.actor(), cycle_id, person_id, action="person.data.view")


def _page(detail: Detail, cycle_id: int, error: str = "", text: str = "") -> ResponseReturnValue:
    frozen = detail.row.advice.row if detail.row.advice else None
    html = render_template(
        "manager/data.html",
        detail=detail,
        row=detail.row,
        frozen=frozen,
        leaves=method_facts.leaves_used(core(), cycle_id, frozen) if frozen else [],
        cycle_id=cycle_id,
        rating_words=rating_words,
        verdicts=VERDICTS,
        error=error,
        text=text,
    )
    return html, 422 if error else 200


@blueprint.get("/team/<int:cycle_id>/people/<int:person_id>/report")
@auth.requires(*BOTH)
def report(cycle_id: int, person_id: int) -> ResponseReturnValue:
    """The form stands at the end of the data page, so that one sees what one talks about."""
    return redirect(url_for("manager.data", cycle_id=cycle_id, person_id=person_id) + "#report", 303)


@blueprint.post("/team/<int:cycle_id>/people/<int:person_id>/report")
@auth.requires(*BOTH)
def send_report(cycle_id: int, person_id: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        deciding.report_problem(core(), auth.actor(), cycle_id, person_id, text)
    except InvalidInput as problem:
        detail = _detail(cycle_id, person_id)
        return _page(detail, cycle_id, problem.fields["text"], text)
    flash("Thank you. HR will look at it; the suggestion stays as it is until then.")
    return redirect(url_for("manager.data", cycle_id=cycle_id, person_id=person_id), 303)
