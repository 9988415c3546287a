"""Models: the list, one card with its measured figures, and what a second person may do with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import JsonObject, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import guidance_facts
from plugin.services import models as models_service
from plugin.store.model_versions import ModelVersion
from plugin.web import auth
from plugin.web.analyst.blueprint import blueprint
from plugin.web.security import core

READERS = (Role.ANALYST, Role.HR_ADMIN)
STATES = {
    "draft": "Trained",
    "checked": "Waits for approval",
    "refused": "Not usable",
    "approved": "Approved",
    "in_use": "In use",
    "retired": "Retired",
}


@blueprint.get("/models")
@auth.requires(*READERS)
def models() -> ResponseReturnValue:
    found = [
        (version, guidance_facts.model_facts(version, speaks=version.state == "in_use"))
        for version in models_service.versions(core())
    ]
    return render_template("analyst/models.html", models=found, states=STATES)


@blueprint.get("/models/<int:model_id>")
@auth.requires(*READERS)
def model(model_id: int) -> ResponseReturnValue:
    return _card(models_service.card(core(), model_id))


def _card(found: ModelVersion, error: str = "", status: int = 200) -> ResponseReturnValue:
    metadata = found.card.get("metadata")
    known: JsonObject = metadata if isinstance(metadata, dict) else {}
    html = render_template(
        "analyst/model.html",
        version=found,
        facts=guidance_facts.model_facts(found, speaks=found.state == "in_use"),
        comparisons=_comparisons(found.card),
        metadata=known,
        features=_features(known),
        states=STATES,
        is_trainer=found.trained_by == auth.actor().name,
        error=error,
        note=request.form.get("note", ""),
    )
    return html, status


def _comparisons(card: JsonObject) -> list[JsonObject]:
    evaluation = card.get("evaluation")
    verdict = evaluation.get("verdict") if isinstance(evaluation, dict) else None
    rows = verdict.get("comparisons") if isinstance(verdict, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _features(metadata: JsonObject) -> list[tuple[str, str]]:
    """Label and the way in which a feature may move the raise."""
    from plugin.advisor import features

    names = metadata.get("features") or metadata.get("names") or []
    words = {1: "may only raise", -1: "may only lower", 0: "may do either"}
    found: list[tuple[str, str]] = []
    for name in names if isinstance(names, list) else []:
        known = features.BY_NAME.get(str(name))
        found.append((known.label, words[known.direction]) if known else (str(name), ""))
    return found


def _done(model_id: int, act: Callable[[], object], words: str) -> ResponseReturnValue:
    """Runs an action; what it refuses is said on the card."""
    try:
        act()
    except (InvalidInput, NotAllowed, Conflict, NotFound) as problem:
        sentence = f"{str(problem)[:1].upper()}{str(problem)[1:]}. {problem.remedy}".strip()
        status = 409 if isinstance(problem, Conflict) else 422
        return _card(models_service.card(core(), model_id), sentence, status)
    flash(words)
    return redirect(url_for("analyst.model", model_id=model_id), 303)


@blueprint.post("/models/<int:model_id>/approve")
@auth.requires(*READERS)
def approve(model_id: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    act = partial(models_service.approve, core(), auth.actor(), model_id, note)
    return _done(model_id, act, "The model is approved. Put it in use when a new cycle should start with it.")


@blueprint.post("/models/<int:model_id>/refuse")
@auth.requires(*READERS)
def refuse(model_id: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    act = partial(models_service.refuse, core(), auth.actor(), model_id, note)
    return _done(model_id, act, "The model is refused.")


@blueprint.post("/models/<int:model_id>/use")
@auth.requires(*READERS)
def use(model_id: int) -> ResponseReturnValue:
    act = partial(models_service.use, core(), auth.actor(), model_id)
    return _done(model_id, act, "New cycles start with this model.")


@blueprint.post("/models/<int:model_id>/roll-back")
@auth.requires(*READERS)
def roll_back(model_id: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    act = partial(models_service.roll_back, core(), auth.actor(), note)
    return _done(model_id, act, "The model is rolled back.")
