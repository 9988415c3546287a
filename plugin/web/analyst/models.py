"""Models: the list, training one, one model's page with its measured figures, and what a second person may do with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, ModelState, canonical_json
from plugin.domain.ids import record_id
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.cycle import policy_list
from plugin.services.model import fairness_repair, fairness_review, training
from plugin.services.operation import task_requests
from plugin.store.model.fairness_reports import StoredReport
from plugin.store.model.model_versions import ModelVersion
from plugin.texts import _
from plugin.web import auth
from plugin.web.analyst import card, gates
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.card import Card
from plugin.web.analyst.comparison import newest_comparison
from plugin.web.analyst.gap_charts import GapRow, gap_rows
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import DIRECTIONS, STATE_SIGNS, sentence
from plugin.web.security import core

SHOWN = 25  # models on one page of the list
EXPECTED = (InvalidInput, NotAllowed, Conflict, NotFound)


@blueprint.get("/models")
@analysts
def models() -> ResponseReturnValue:
    """``?page=`` counts from 1."""
    return _list()


def _list(error: str = "", status: int = 200) -> ResponseReturnValue:
    every = training.versions(core())
    number = max(request.args.get("page", 1, type=record_id), 1)
    shown = every[(number - 1) * SHOWN : number * SHOWN]
    html = render_template(
        "analyst/models.html",
        models=[Card(version) for version in shown],
        page=number,
        pages=max(-(-len(every) // SHOWN), 1),
        policies=policy_list.entries(core()),
        under_way=[one for one in task_requests.newest(core(), "train") if one.is_open],
        last=next(iter(task_requests.newest(core(), "train", limit=1)), None),
        states=WORDS[ModelState],
        signs=STATE_SIGNS,
        repairs=fairness_repair.choices(core()),
        error=error,
    )
    return html, status


@blueprint.post("/models/train")
@analysts
def train() -> ResponseReturnValue:
    """Asks the worker to train beside the chosen policy, on labels repaired on the chosen attribute or on none."""
    policy_id, repair = request.form.get("policy_id", type=record_id), request.form.get("repair", "")
    known = {policy.id for policy in policy_list.entries(core())}
    if policy_id not in known:
        return _list(_("Choose a pay policy to train the model with."), 422)
    if not repair:
        return queued("train", f"policy:{policy_id}", {"policy_id": policy_id})
    if repair not in {one.name for one in fairness_repair.choices(core())}:
        return _list(_("Choose an attribute that has stored data for the repair."), 422)
    return queued("train", f"policy:{policy_id}:repair:{repair}", {"policy_id": policy_id, "repair": repair})


@blueprint.get("/models/<record_id:model_id>")
@analysts
def model(model_id: int) -> ResponseReturnValue:
    return _page(training.card(core(), model_id))


def _page(found: ModelVersion, error: str = "", status: int = 200) -> ResponseReturnValue:
    shown, fair = Card(found), fairness_review.of_model(core(), found.id)
    others = [one for one in training.versions(core()) if one.id != found.id]
    in_use = next((one for one in others if one.state == ModelState.IN_USE), None)
    html = render_template(
        "analyst/model.html",
        card=shown,
        version=found,
        in_use=Card(in_use) if in_use else None,
        gates=gates.gates(shown, fair),
        fair=fair,
        gaps=_gaps(fair),
        banned=card.never_used(),
        moved=newest_comparison(in_use.id if in_use else 0, found.id),
        against=in_use.id if in_use else 0,
        others=others,
        states=WORDS[ModelState],
        signs=STATE_SIGNS,
        directions=DIRECTIONS,
        may_not=_why_not(found, fair),
        error=error,
        note=request.form.get("note", ""),
    )
    return html, status


def _gaps(fair: StoredReport | None) -> list[GapRow]:
    return gap_rows(fair.document) if fair is not None else []


def _why_not(found: ModelVersion, fair: StoredReport | None) -> str:
    """Why the person who looks cannot approve; empty when nothing is in the way."""
    me = auth.actor().name
    if found.trained_by == me:
        return _("You trained this model. Another person must approve or reject it.")
    if fair is not None and me in fair.approvers:
        return _(
            "You approved this model. A fairness check did not pass, so another person must approve it too."
        )
    return ""


@blueprint.get("/models/<record_id:model_id>/card.json")
@analysts
def card_file(model_id: int) -> ResponseReturnValue:
    """The model card with the fairness report of its training, for the files."""
    found, fair = training.card(core(), model_id), fairness_review.of_model(core(), model_id)
    content = canonical_json(
        {
            "model": found.id,
            "sha256": found.hash,
            "state": found.state,
            "trained_at": found.trained_at.isoformat(),
            "trained_by": found.trained_by,
            "approved_at": found.approved_at.isoformat() if found.approved_at else None,
            "approved_by": found.approved_by,
            "note": found.note,
            "card": found.card,
            "fairness": fair.document if fair else None,
        }
    )
    name = f"model-{found.id}-card.json"
    headers = {  # machine text
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, mimetype="application/json", headers=headers)


def _done(model_id: int, act: Callable[[], str]) -> ResponseReturnValue:
    """Runs an action, which says what it did; what it refuses is said on the page."""
    try:
        words = act()
    except EXPECTED as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        return _page(training.card(core(), model_id), sentence(problem), status)
    flash(words)
    return redirect(url_for("analyst.model", model_id=model_id), 303)


def _note() -> str:
    return request.form.get("note", "")


@blueprint.post("/models/<record_id:model_id>/approve")
@analysts
def approve(model_id: int) -> ResponseReturnValue:
    def act() -> str:
        if training.approve(core(), auth.actor(), model_id, _note()):
            return _("Your approval is saved. One more person must approve.")
        return _("The model is approved. Put it in use to start new cycles with it.")

    return _done(model_id, act)


def _act(model_id: int, act: Callable[[], object], words: str) -> ResponseReturnValue:
    def said() -> str:
        act()
        return words

    return _done(model_id, said)


@blueprint.post("/models/<record_id:model_id>/refuse")
@analysts
def refuse(model_id: int) -> ResponseReturnValue:
    act = partial(training.refuse, core(), auth.actor(), model_id, _note())
    return _act(model_id, act, _("The model is rejected."))


@blueprint.post("/models/<record_id:model_id>/use")
@analysts
def use(model_id: int) -> ResponseReturnValue:
    act = partial(training.use, core(), auth.actor(), model_id)
    return _act(model_id, act, _("New cycles start with this model."))


@blueprint.post("/models/<record_id:model_id>/roll-back")
@analysts
def roll_back(model_id: int) -> ResponseReturnValue:
    act = partial(training.roll_back, core(), auth.actor(), _note())
    return _act(model_id, act, _("The model is rolled back."))
