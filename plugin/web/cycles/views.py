"""List, set-up and state of raise cycles: each step says what is missing before it can be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import cycle_advice, cycle_changes, dry_runs, write_back
from plugin.services import cycles as cycles_service
from plugin.services import models as models_service
from plugin.services.cycles import STATES, NewCycle
from plugin.web import auth
from plugin.web.cycles.blueprint import blueprint
from plugin.web.security import core

HR = Role.HR_ADMIN
WORDS = {
    "draft": "Draft",
    "notice": "Notice",
    "shadow": "Trial run",
    "open": "Open",
    "review": "In review",
    "approved": "Approved",
    "exported": "Sent",
    "closed": "Closed",
}
REVEALS = {
    "together": "with the manager’s field",
    "on_request": "after a click",
    "after_own": "after the manager’s own figure",
}
EXPECTED = (InvalidInput, NotAllowed, NotFound, Conflict)


@blueprint.get("/cycles")
@auth.requires(HR)
def cycles() -> ResponseReturnValue:
    return _list({}, {})


def _list(entered: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    html = render_template(
        "cycles/list.html",
        cycles=cycles_service.listed(core()),
        policies=cycle_advice.policies(core()),
        models=[m for m in models_service.versions(core()) if m.state in ("approved", "in_use")],
        words=WORDS,
        reveals=REVEALS,
        entered=entered,
        errors=errors,
    )
    return html, status


@blueprint.post("/cycles")
@auth.requires(HR)
def create() -> ResponseReturnValue:
    entered = {name: value.strip() for name, value in request.form.items()}
    try:
        cycle_id = cycles_service.create(core(), auth.actor(), _new(entered))
    except InvalidInput as problem:
        return _list(entered, problem.fields or {"name": str(problem)}, 422)
    flash("The cycle is a draft. Take its snapshot next.")
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


def _new(entered: dict[str, str]) -> NewCycle:
    """InvalidInput names every field that cannot be read."""
    wrong: dict[str, str] = {}
    days = {name: _day(entered, name, wrong) for name in ("snapshot_on", "effective_on", "due_on")}
    notice = _day(entered, "notice_on", wrong) if entered.get("notice_on") else None
    budget = _number(entered.get("budget_percent", ""), wrong)
    policy = entered.get("policy_id", "")
    if not policy.isdigit():
        wrong["policy_id"] = "choose a policy"
    if wrong:
        raise InvalidInput("the cycle cannot be made", fields=wrong)
    model = entered.get("model_id", "")
    return NewCycle(
        name=entered.get("name", ""),
        snapshot_on=days["snapshot_on"],
        effective_on=days["effective_on"],
        due_on=days["due_on"],
        notice_on=notice,
        currency=entered.get("currency", "") or core().settings.currency,
        budget_percent=budget,
        policy_id=int(policy),
        reveal=entered.get("reveal", "together"),
        model_id=int(model) if model.isdigit() else None,
    )


def _day(entered: dict[str, str], name: str, wrong: dict[str, str]) -> date:
    try:
        return date.fromisoformat(entered.get(name, ""))
    except ValueError:
        wrong[name] = "is no day such as 2027-04-01"
        return date.min


def _number(text: str, wrong: dict[str, str]) -> Decimal:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        wrong["budget_percent"] = "is no number"
        return Decimal(0)


@blueprint.get("/cycles/<int:cycle_id>")
@auth.requires(HR)
def cycle(cycle_id: int) -> ResponseReturnValue:
    return page(cycle_id)


def page(cycle_id: int, error: str = "", status: int = 200) -> ResponseReturnValue:
    """The cycle with everything that waits in it."""
    found = cycles_service.get(core(), cycle_id)
    html = render_template(
        "cycles/cycle.html",
        cycle=found,
        overview=cycle_advice.overview(core(), cycle_id),
        following=cycles_service.missing_for_next(core(), cycle_id),
        changes=cycle_changes.open_changes(core(), cycle_id),
        objections=cycle_changes.objections(core(), cycle_id),
        lines=write_back.preview(core(), cycle_id) if found.state in ("approved", "exported") else [],
        words=WORDS,
        states=STATES,
        back=[to for at, to in sorted(cycles_service.BACK) if at == found.state],
        reveals=REVEALS,
        error=error,
    )
    return html, status


def done(cycle_id: int, act: Callable[[], object], words: str) -> ResponseReturnValue:
    """Runs an action of a button; what it refuses is said on the page."""
    try:
        act()
    except EXPECTED as problem:
        return page(cycle_id, sentence(problem), 409 if isinstance(problem, Conflict) else 422)
    flash(words)
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


def sentence(problem: AdvisorError) -> str:
    """What went wrong and what to do, as sentences."""
    text = str(problem)
    remedy = (
        ""
        if not problem.remedy or problem.remedy in text
        else f" {problem.remedy[:1].upper()}{problem.remedy[1:]}."
    )
    return f"{text[:1].upper()}{text[1:]}.{remedy}"


@blueprint.post("/cycles/<int:cycle_id>/state")
@auth.requires(HR)
def advance(cycle_id: int) -> ResponseReturnValue:
    to = request.form.get("to", "")
    version = request.form.get("version", type=int)
    act = partial(cycles_service.advance, core(), auth.actor(), cycle_id, to, version=version)
    return done(cycle_id, act, f"The cycle is now: {WORDS.get(to, to).lower()}.")


@blueprint.post("/cycles/<int:cycle_id>/snapshot")
@auth.requires(HR)
def snapshot(cycle_id: int) -> ResponseReturnValue:
    try:
        taken = cycle_advice.take_snapshot(core(), auth.actor(), cycle_id)
    except EXPECTED as problem:
        return page(cycle_id, sentence(problem), 422)
    flash(f"{taken.people} people are frozen.")
    return (
        render_template("cycles/left_out.html", taken=taken, cycle_id=cycle_id)
        if taken.left_out
        else redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)
    )


@blueprint.post("/cycles/<int:cycle_id>/recommend")
@auth.requires(HR)
def recommend(cycle_id: int) -> ResponseReturnValue:
    act = partial(cycle_advice.make_recommendations, core(), auth.actor(), cycle_id)
    return done(cycle_id, act, "The recommendations are made.")


@blueprint.post("/cycles/<int:cycle_id>/switch")
@auth.requires(HR)
def switch(cycle_id: int) -> ResponseReturnValue:
    on = request.form.get("on") == "1"
    act = partial(
        cycle_advice.set_matrix_only,
        core(),
        auth.actor(),
        cycle_id,
        on=on,
        reason=request.form.get("reason", ""),
    )
    return done(cycle_id, act, "Policy alone from now on." if on else "The model may speak again.")


@blueprint.get("/cycles/<int:cycle_id>/dry-run")
@auth.requires(HR)
def dry_run(cycle_id: int) -> ResponseReturnValue:
    try:
        run = dry_runs.last_cycle(core(), cycle_id)
    except EXPECTED as problem:
        return page(cycle_id, sentence(problem), 422)
    return render_template("cycles/dry_run.html", run=run, cycle=cycles_service.get(core(), cycle_id))


@blueprint.post("/cycles/<int:cycle_id>/export")
@auth.requires(HR)
def export(cycle_id: int) -> ResponseReturnValue:
    return done(
        cycle_id, partial(write_back.export, core(), auth.actor(), cycle_id), "The raises are on their way."
    )


@blueprint.post("/cycles/<int:cycle_id>/collect")
@auth.requires(HR)
def collect(cycle_id: int) -> ResponseReturnValue:
    return done(
        cycle_id, partial(write_back.collect, core(), auth.actor(), cycle_id), "The results are read."
    )
