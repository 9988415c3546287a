"""List, set-up and state of raise cycles: each step says what is missing before it can be taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Generic, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import cycle_advice, cycle_changes, write_back
from plugin.services import cycles as cycles_service
from plugin.services import models as models_service
from plugin.services import monitoring as monitoring_service
from plugin.services import tasks as tasks_service
from plugin.services.cycles import STATES, NewCycle
from plugin.web import auth
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import ABSTENTIONS
from plugin.web.cycles.blueprint import blueprint
from plugin.web.security import core

HR = Role.HR_ADMIN
READERS = (HR, Role.ANALYST)  # analysts read: no names, no buttons
SHOWN = 50  # rows of one page of a list
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
Row = TypeVar("Row")
EXPECTED = (InvalidInput, NotAllowed, NotFound, Conflict)


@blueprint.get("/cycles")
@auth.requires(*READERS)
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
        is_hr=auth.has_role(HR),
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
@auth.requires(*READERS)
def cycle(cycle_id: int) -> ResponseReturnValue:
    return page(cycle_id)


def page(cycle_id: int, error: str = "", status: int = 200) -> ResponseReturnValue:
    """The cycle with everything that waits in it; ``?changes=`` and ``?raises=`` page through its lists, from 1."""
    found, is_hr = cycles_service.get(core(), cycle_id), auth.has_role(HR)
    changes = cycle_changes.open_changes(core(), cycle_id)
    lines = (
        write_back.preview(core(), cycle_id)
        if is_hr and found.state in ("approved", "exported", "closed")
        else []
    )
    monitored = monitoring_service.of_cycle(core(), cycle_id)
    html = render_template(
        "cycles/cycle.html",
        cycle=found,
        overview=cycle_advice.overview(core(), cycle_id),
        following=cycles_service.missing_for_next(core(), cycle_id),
        changes=Part.of(changes, "changes"),
        objections=cycle_changes.objections(core(), cycle_id) if is_hr else [],
        lines=Part.of(lines, "raises"),
        monitored=monitored,
        abstentions=[(ABSTENTIONS.get(code, code), n) for code, n in monitored.abstentions],
        under_way=[one for one in tasks_service.newest(core(), subject=f"cycle:{cycle_id}") if one.is_open],
        words=WORDS,
        states=STATES,
        back=[to for at, to in sorted(cycles_service.BACK) if at == found.state],
        reveals=REVEALS,
        is_hr=is_hr,
        error=error,
    )
    return html, status


@dataclass(frozen=True)
class Part(Generic[Row]):
    """One page of a list that is at hand as a whole. ``name`` is its parameter in the address."""

    name: str
    rows: Sequence[Row]
    number: int
    pages: int
    total: int

    @classmethod
    def of(cls, every: Sequence[Row], name: str) -> Part[Row]:
        pages = max(-(-len(every) // SHOWN), 1)
        number = min(max(request.args.get(name, 1, type=int), 1), pages)
        return cls(name, every[(number - 1) * SHOWN : number * SHOWN], number, pages, len(every))


def done(cycle_id: int, act: Callable[[], object], words: str | Callable[[], str]) -> ResponseReturnValue:
    """Runs an action of a button; what it refuses is said on the page."""
    try:
        act()
    except EXPECTED as problem:
        return page(cycle_id, sentence(problem), 409 if isinstance(problem, Conflict) else 422)
    flash(words if isinstance(words, str) else words())
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


@blueprint.get("/cycles/<int:cycle_id>/left-out")
@auth.requires(HR)
def left_out(cycle_id: int) -> ResponseReturnValue:
    """Whom a snapshot would leave out by the data of now; ``?people=`` pages through them."""
    people, found = cycle_advice.left_out(core(), cycle_id)
    chosen = cycles_service.get(core(), cycle_id)
    return render_template(
        "cycles/left_out_now.html", cycle=chosen, people=people, found=Part.of(found, "people")
    )


@blueprint.post("/cycles/<int:cycle_id>/recommend")
@auth.requires(HR)
def recommend(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker: for a whole firm it takes minutes."""
    cycles_service.get(core(), cycle_id)
    return queued("recommend", f"cycle:{cycle_id}", {"cycle_id": cycle_id})


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
