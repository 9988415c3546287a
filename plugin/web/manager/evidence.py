"""The data behind one recommendation, badge by badge, and the way to report an error in it."""

from __future__ import annotations

from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.advisor.policy import words
from plugin.advisor.recommendation import wording
from plugin.domain import AwardState, Role, said
from plugin.errors import InvalidInput
from plugin.services.decision import deciding, method_facts, panel, worksheet
from plugin.services.decision.worksheet import Detail
from plugin.store.evidence.evidence_facts import AwardDetail
from plugin.texts import N_, _
from plugin.web import auth
from plugin.web.manager.blueprint import blueprint
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)
REVOKED = N_("Revoked")


def verdict_words(award: AwardDetail) -> str:
    """What became of its verification."""
    return _(REVOKED) if award.state == AwardState.REVOKED else said(award.verdict)


def kind_words(award: AwardDetail) -> str:
    """What the badge shows, and at which level."""
    if not award.kind:
        return _("Not classified yet")
    kind = words.badge_kind(award.kind)
    if not award.level:
        return kind
    level = words.level(award.level)
    return _("%(kind)s, %(level)s", kind=kind, level=level)


@blueprint.get("/team/<record_id:cycle_id>/people/<record_id:person_id>/data")
@auth.requires(*BOTH)
def data(cycle_id: int, person_id: int) -> ResponseReturnValue:
    return _page(_detail(cycle_id, person_id), cycle_id)


def _detail(cycle_id: int, person_id: int) -> Detail:
    """Opening this page does not count as opening the recommendation."""
    return worksheet.open_detail(core(), auth.actor(), cycle_id, person_id, action="person.data.view")


def _page(detail: Detail, cycle_id: int, error: str = "", text: str = "") -> ResponseReturnValue:
    frozen = detail.row.recommended.row if detail.row.recommended else None
    html = render_template(
        "manager/data.html",
        detail=detail,
        row=detail.row,
        frozen=frozen,
        leaves=method_facts.leaves_used(core(), cycle_id, frozen) if frozen else [],
        cycle_id=cycle_id,
        rating_words=panel.rating,
        previous_rating=wording.rating(frozen.previous_rating) if frozen else "",
        points_of=_points(detail),
        verdict_words=verdict_words,
        kind_words=kind_words,
        error=error,
        text=text,
    )
    return html, 422 if error else 200


def _points(detail: Detail) -> dict[str, Decimal]:
    """By badge, what it brings; nothing while the recommendation is hidden."""
    shown = detail.row.panel if detail.row.is_revealed else None
    chips = shown.chips if shown else ()
    return {chip.award_id: chip.points for chip in chips if chip.points is not None}


@blueprint.get("/team/<record_id:cycle_id>/people/<record_id:person_id>/report")
@auth.requires(*BOTH)
def report(cycle_id: int, person_id: int) -> ResponseReturnValue:
    """The form stands at the end of the data page, below the data."""
    return redirect(url_for("manager.data", cycle_id=cycle_id, person_id=person_id) + "#report", 303)


@blueprint.post("/team/<record_id:cycle_id>/people/<record_id:person_id>/report")
@auth.requires(*BOTH)
def send_report(cycle_id: int, person_id: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        deciding.report_problem(core(), auth.actor(), cycle_id, person_id, text)
    except InvalidInput as problem:
        detail = _detail(cycle_id, person_id)
        return _page(detail, cycle_id, problem.fields["text"], text)
    flash(_("Thank you. HR will review it. The recommendation stays the same until then."))
    return redirect(url_for("manager.data", cycle_id=cycle_id, person_id=person_id), 303)
