"""List, set-up and state of raise cycles: each step says what is missing before it can be taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, CycleState, DecisionState, JsonObject, Reveal, Role
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.cycle import change_desk, cycle_monitoring, life, recommending
from plugin.services.cycle.life import STATES
from plugin.services.operation import task_requests
from plugin.services.payroll import payslips
from plugin.store.cycle.changes import CycleChange
from plugin.texts import _, translated
from plugin.web import auth
from plugin.web.admin.cycles import sending
from plugin.web.admin.cycles.blueprint import blueprint
from plugin.web.admin.cycles.change_words import words_of
from plugin.web.admin.cycles.parts import Part
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import ABSTENTIONS, raise_words
from plugin.web.record_ids import sent_version
from plugin.web.security import core

HR = Role.HR_ADMIN
READERS = (HR, Role.ANALYST)  # analysts read: no names, no buttons
EXPECTED = (InvalidInput, NotAllowed, NotFound, Conflict)


@blueprint.get("/cycles/<record_id:cycle_id>")
@auth.requires(*READERS)
def cycle(cycle_id: int) -> ResponseReturnValue:
    return page(cycle_id)


def page(cycle_id: int, error: str = "", status: int = 200) -> ResponseReturnValue:
    """The cycle with everything that waits in it; ``?changes=`` and ``?raises=`` page through its lists, from 1."""
    found, is_hr = life.get(core(), cycle_id), auth.has_role(HR)
    monitored = cycle_monitoring.of_cycle(core(), cycle_id)
    changes = _changes(cycle_id)
    html = render_template(
        "cycles/cycle.html",
        cycle=found,
        overview=cycle_monitoring.overview(core(), cycle_id),
        following=life.missing_for_next(core(), cycle_id),
        changes=changes,
        change_words=words_of(changes.rows),
        kinds=change_desk.open_kinds(core(), cycle_id) if is_hr else [],
        objections=change_desk.objections(core(), cycle_id) if is_hr else [],
        raise_words=raise_words,
        sending=sending.of_cycle(core(), found) if is_hr else None,
        monitored=monitored,
        abstentions=[(_(ABSTENTIONS.get(code, code)), n) for code, n in monitored.abstentions],
        under_way=[one for one in task_requests.newest(core(), subject=f"cycle:{cycle_id}") if one.is_open],
        words=translated(WORDS[CycleState]),
        states=STATES,
        back=[to for at, to in sorted(life.BACK) if at == found.state],
        reveals=translated(WORDS[Reveal]),
        decision_words=translated(WORDS[DecisionState]),
        is_hr=is_hr,
        error=error,
    )
    return html, status


def _changes(cycle_id: int) -> Part[CycleChange]:
    def read(limit: int, offset: int) -> list[CycleChange]:
        return change_desk.open_changes(core(), cycle_id, limit=limit, offset=offset)

    return Part.read(change_desk.waiting(core(), cycle_id), read, "changes")


def done(cycle_id: int, act: Callable[[], object], words: str | Callable[[], str]) -> ResponseReturnValue:
    """Runs an action of a button; what it refuses is said on the page."""
    try:
        act()
    except EXPECTED as problem:
        return page(cycle_id, sentence(problem), 409 if isinstance(problem, Conflict) else 422)
    flash(words if isinstance(words, str) else words())
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


def queued_for(cycle_id: int, kind: str, arguments: JsonObject | None = None) -> ResponseReturnValue:
    """Asks the worker for long work on a cycle. NotFound when there is no such cycle."""
    life.get(core(), cycle_id)
    return queued(kind, f"cycle:{cycle_id}", {"cycle_id": cycle_id, **(arguments or {})})


def sentence(problem: AdvisorError) -> str:
    """What went wrong and what to do, as sentences."""
    text = str(problem).removesuffix(".")
    remedy = (
        ""
        if not problem.remedy or problem.remedy in text
        else f" {problem.remedy[:1].upper()}{problem.remedy[1:]}."
    )
    return f"{text[:1].upper()}{text[1:]}.{remedy}"


@blueprint.post("/cycles/<record_id:cycle_id>/state")
@auth.requires(HR)
def advance(cycle_id: int) -> ResponseReturnValue:
    to = request.form.get("to", "")
    version = sent_version("version")
    act = partial(life.advance, core(), auth.actor(), cycle_id, to, version=version)
    return done(cycle_id, act, lambda: _("Cycle status: %(status)s.", status=CycleState(to)))


@blueprint.post("/cycles/<record_id:cycle_id>/snapshot")
@auth.requires(HR)
def snapshot(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker: everybody's data are read."""
    return queued_for(cycle_id, "snapshot")


@blueprint.post("/cycles/<record_id:cycle_id>/recommend")
@auth.requires(HR)
def recommend(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker: for a whole firm it takes minutes."""
    return queued_for(cycle_id, "recommend")


@blueprint.post("/cycles/<record_id:cycle_id>/switch")
@auth.requires(HR)
def switch(cycle_id: int) -> ResponseReturnValue:
    """At once; the worker then makes new figures, which takes a while for a whole firm."""
    on = request.form.get("on") == "1"
    reason = request.form.get("reason", "")

    def act() -> None:
        if recommending.set_matrix_only(core(), auth.actor(), cycle_id, on=on, reason=reason):
            arguments: JsonObject = {"cycle_id": cycle_id, "matrix_only": on}
            task_requests.request(core(), auth.actor(), "recommend", f"cycle:{cycle_id}", arguments)

    return done(
        cycle_id,
        act,
        _("Model turned off. Recommendations follow policy alone.") if on else _("Model turned on."),
    )


@blueprint.post("/cycles/<record_id:cycle_id>/export")
@auth.requires(HR)
def export(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker, as for ``check_raises`` and ``collect``: for a whole firm it takes minutes."""
    return queued_for(cycle_id, "export")


@blueprint.get("/cycles/<record_id:cycle_id>/payslip/<record_id:person_id>")
@auth.requires(HR)
def payslip(cycle_id: int, person_id: int) -> str:
    """HR alone sees it, when it approves the sending and afterwards; the suite is asked while the page is made."""
    return render_template("cycles/payslip.html", slips=payslips.of_person(core(), cycle_id, person_id))


@blueprint.post("/cycles/<record_id:cycle_id>/check-raises")
@auth.requires(HR)
def check_raises(cycle_id: int) -> ResponseReturnValue:
    return queued_for(cycle_id, "check_raises")


@blueprint.post("/cycles/<record_id:cycle_id>/collect")
@auth.requires(HR)
def collect(cycle_id: int) -> ResponseReturnValue:
    return queued_for(cycle_id, "collect")
