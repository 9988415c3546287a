"""List of raise cycles, and the form that makes one or changes a draft."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, CycleState, ModelState, Reveal, word
from plugin.domain.ids import known_id
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.figures import exact
from plugin.figures.marks import FILE
from plugin.services.cycle import life, policy_list
from plugin.services.cycle.life import NewCycle
from plugin.services.model import training
from plugin.store.cycle.cycles import Cycle
from plugin.texts import _, translated
from plugin.web import auth, typed
from plugin.web.admin.cycles.blueprint import blueprint
from plugin.web.admin.cycles.views import HR, READERS, sentence
from plugin.web.record_ids import sent_version
from plugin.web.security import core

Texts = dict[str, str]
BETWEEN_RATES = re.compile(r";|,(?=\s|[A-Za-z])")  # a comma before a figure is a mark within it
T = TypeVar("T")


@blueprint.get("/cycles")
@auth.requires(*READERS)
def cycles() -> ResponseReturnValue:
    return _list({}, {})


def _list(entered: Texts, errors: Texts, status: int = 200) -> ResponseReturnValue:
    html = render_template(
        "cycles/list.html",
        cycles=life.listed(core()),
        words=translated(WORDS[CycleState]),
        entered=entered
        or {"budget_percent": typed.exact_points(Decimal("3.5")), "currency": core().settings.currency},
        errors=errors,
        is_hr=auth.has_role(HR),
        **_choices(),
    )
    return html, status


def _choices() -> dict[str, object]:
    return {
        "policies": policy_list.entries(core()),
        "models": [
            m for m in training.versions(core()) if m.state in (ModelState.APPROVED, ModelState.IN_USE)
        ],
        "reveals": translated(WORDS[Reveal]),
    }


@blueprint.post("/cycles")
@auth.requires(HR)
def create() -> ResponseReturnValue:
    entered = _entered()
    try:
        cycle_id = life.create(core(), auth.actor(), _new(entered))
    except InvalidInput as problem:
        return _list(entered, dict(problem.fields) or {"name": str(problem)}, 422)
    flash(_("Draft created. Take its snapshot next."))
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


@blueprint.get("/cycles/<record_id:cycle_id>/edit")
@auth.requires(HR)
def edit(cycle_id: int) -> ResponseReturnValue:
    found = life.get(core(), cycle_id)
    return _edit(found, _as_entered(found), {})


def _edit(found: Cycle, entered: Texts, errors: Texts, status: int = 200) -> ResponseReturnValue:
    html = render_template("cycles/edit.html", cycle=found, entered=entered, errors=errors, **_choices())
    return html, status


@blueprint.post("/cycles/<record_id:cycle_id>/edit")
@auth.requires(HR)
def change(cycle_id: int) -> ResponseReturnValue:
    """Of a draft only; another day, currency or rate drops the snapshot that was taken."""
    entered = _entered()
    found = life.get(core(), cycle_id)
    try:
        version = sent_version("version")
        life.change_draft(core(), auth.actor(), cycle_id, _new(entered), version=version)
    except InvalidInput as problem:
        return _edit(found, entered, dict(problem.fields) or {"name": str(problem)}, 422)
    except (NotAllowed, Conflict) as problem:
        return _edit(found, entered, {"": sentence(problem)}, 409)
    flash(_("Draft saved."))
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


def _entered() -> Texts:
    return {name: value.strip() for name, value in request.form.items()}


def _as_entered(found: Cycle) -> Texts:
    days = ("snapshot_on", "notice_on", "due_on", "effective_on")
    return {
        **{name: value.isoformat() if (value := getattr(found, name)) else "" for name in days},
        "name": found.name,
        "currency": found.currency,
        "budget_percent": typed.exact_points(found.budget_percent),
        "policy_id": str(found.policy_id),
        "model_id": str(found.model_id or "none"),
        "reveal": found.reveal,
        "rates": typed.rates(dict(sorted(found.rates.items()))),
    }


def _new(entered: Texts) -> NewCycle:
    """InvalidInput names every field that cannot be read."""
    wrong: Texts = {}
    names = ("snapshot_on", "effective_on", "due_on")
    days = {name: _needed(typed.day, name, date.min, wrong) for name in names}
    notice = _needed(typed.day, "notice_on", date.min, wrong) if entered.get("notice_on") else None
    budget = _needed(typed.percent, "budget_percent", Decimal(0), wrong)
    policy, model = known_id(entered.get("policy_id", "")), entered.get("model_id", "")
    if not policy:
        wrong["policy_id"] = _("Choose a policy.")
    if model not in ("", "none") and not known_id(model):
        wrong["model_id"] = _("must be an approved model")
    rates = _rates(entered.get("rates", ""), wrong)
    if wrong or not policy:
        raise InvalidInput(_("The cycle can’t be created."), fields=wrong)
    return NewCycle(
        name=entered.get("name", ""),
        snapshot_on=days["snapshot_on"],
        effective_on=days["effective_on"],
        due_on=days["due_on"],
        notice_on=notice,
        currency=entered.get("currency", "").upper() or core().settings.currency,
        budget_percent=budget,
        policy_id=policy,
        reveal=word(Reveal, entered.get("reveal", Reveal.TOGETHER), "reveal"),
        rates=rates,
        model_id=known_id(model),
        is_without_model=model == "none",
    )


def _needed(read: Callable[[str], T | None], name: str, instead: T, wrong: Texts) -> T:
    try:
        found = read(name)
    except InvalidInput as problem:
        wrong |= problem.fields
        return instead
    if found is None:
        wrong[name] = _("Enter a value.")
    return instead if found is None else found


def _rates(text: str, wrong: Texts) -> Texts:
    """ "USD=0.92, GBP=1.17" by currency, a rate in the reader's locale; what each is worth is checked with the cycle."""
    found: Texts = {}
    for part in filter(None, (piece.strip() for piece in BETWEEN_RATES.split(text))):
        code, sign, rate = (piece.strip() for piece in part.partition("="))
        if not sign or code.upper() in found:
            wrong["rates"] = _(
                "Enter each currency once, such as %(example)s (now %(part)s).",
                example=typed.rates({"USD": "0.92"}),
                part=part,
            )
        try:
            value = typed.rate_of(rate, "rates")
        except InvalidInput as problem:
            wrong |= problem.fields
            continue
        found[code.upper()] = "" if value is None else exact.number(value, FILE)
    return found
