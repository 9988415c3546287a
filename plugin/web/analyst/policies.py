"""Pay policies: the list, one of them in plain words with its matrix, as a file in and out, and fitted to a target."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.matrix import Cell
from plugin.advisor.policy.pay_policy import Policy
from plugin.domain import JsonObject, TaskState
from plugin.domain.ids import record_id
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.services.cycle import life, policy_fit_tasks, policy_list, policy_words
from plugin.services.cycle.policy_fit import CellChange, Fitted
from plugin.services.operation import task_requests
from plugin.store.operation.tasks import Task
from plugin.texts import _
from plugin.web import auth, typed
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import sentence
from plugin.web.security import core

SHOWN = 25  # policies on one page of the list
CELLS = 50  # cells on one page of a flat matrix, and changed cells of a fit
LARGEST_FILE = 4 * 2**20  # about 30,000 cells
TAKE = "analyst.take_policy"


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form, and that is after the right to send it was checked."""
    if endpoint == TAKE:
        request.max_content_length = LARGEST_FILE


# --- the list -------------------------------------------------------------------------------------------------------


@blueprint.get("/policies")
@analysts
def policies() -> ResponseReturnValue:
    """``?page=`` counts from 1."""
    return _list()


def _list(errors: dict[str, str] | None = None, remedy: str = "", status: int = 200) -> ResponseReturnValue:
    number = _page_number()
    listed, total = policy_list.listed(core(), skipped=(number - 1) * SHOWN, limit=SHOWN)
    pages = max(-(-total // SHOWN), 1)
    html = render_template(
        "analyst/policies.html",
        listed=listed,
        total=total,
        page=number,
        pages=pages,
        errors=errors or {},
        remedy=remedy,
    )
    return html, status


def _page_number() -> int:
    return min(max(request.args.get("page", 1, type=record_id), 1), 10**6)


@blueprint.post("/policies")
@analysts
def take_policy() -> ResponseReturnValue:
    """A policy from the form's JSON file; what is wrong with it is said field by field, and then nothing is stored."""
    file = request.files.get("file")
    content = file.read() if file is not None and file.filename else b""
    if not content.strip():
        return _list({_("File"): _("Choose a policy file that is not empty.")}, status=422)
    try:
        added = policy_list.add(core(), auth.actor(), content)
    except InvalidInput as problem:
        return _list(problem.fields, problem.remedy, 422)
    flash(
        _("%(policy)s is saved. To use it, select it in a cycle.", policy=added.policy.name)
        if added.is_new
        else _("A policy with the same content already exists.")
    )
    return redirect(url_for("analyst.policy", policy_id=added.policy_id), 303)


# --- one policy -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flat:
    """One page of a matrix as a list of cells."""

    cells: tuple[Cell, ...]
    number: int
    pages: int

    @classmethod
    def of(cls, policy: Policy) -> Flat:
        every = policy.matrix.cells
        pages = max(-(-len(every) // CELLS), 1)
        number = min(_page_number(), pages)
        return cls(every[(number - 1) * CELLS : number * CELLS], number, pages)


@blueprint.get("/policies/<record_id:policy_id>")
@analysts
def policy(policy_id: int) -> ResponseReturnValue:
    """``?page=`` of a matrix that is shown as a list; ``?fit=`` is the task whose figures are shown, else the newest."""
    return _page(policy_id)


def _page(policy_id: int, error: str = "", status: int = 200) -> ResponseReturnValue:
    found = policy_list.shown(core(), policy_id)
    table = policy_words.grid(found.policy.matrix)
    asked = task_requests.newest(core(), policy_fit_tasks.KIND, _subject(policy_id))
    fitted = _fitted(asked)
    html = render_template(
        "analyst/policy.html",
        shown=found,
        policy=found.policy,
        grid=table,
        flat=None if table else Flat.of(found.policy),
        criteria=policy_words.criteria(found.policy.matrix),
        bands=policy_words.bands(found.policy.matrix),
        sections=policy_words.sections(found.policy),
        plain=policy_words.plain,
        cycles=life.listed(core()),
        under_way=[one for one in asked if one.is_open],
        fitted=fitted,
        changed=_changed(fitted[1]) if fitted else [],
        most=CELLS,
        entered=request.form,
        error=error,
    )
    return html, status


def _subject(policy_id: int) -> str:
    return f"policy:{policy_id}"


def _fitted(asked: list[Task]) -> tuple[Task, Fitted] | None:
    """The figures of the task that the address names, else of the newest one that is done."""
    wanted = request.args.get("fit", type=record_id)
    done = [one for one in asked if one.state == TaskState.DONE and one.result is not None]
    chosen = next((one for one in done if one.id == wanted), None) or next(iter(done), None)
    return (chosen, policy_fit_tasks.of_result(chosen.result)) if chosen and chosen.result else None


def _changed(made: Fitted) -> list[CellChange]:
    return [one for one in made.cells if one.before != one.after]


@blueprint.get("/policies/<record_id:policy_id>/policy.json")
@analysts
def policy_file(policy_id: int) -> ResponseReturnValue:
    """The policy as the file that ``take_policy`` accepts."""
    found = policy_list.shown(core(), policy_id).policy
    text = json.dumps(json.loads(pay_policy.to_json(found)), indent=1, ensure_ascii=False)
    headers = {  # machine text
        "Content-Disposition": f'attachment; filename="policy-{policy_id}.json"',
        "Cache-Control": "no-store",
    }
    return Response(text, mimetype="application/json", headers=headers)


# --- fitted to a target ---------------------------------------------------------------------------------------------


@blueprint.post("/policies/<record_id:policy_id>/fit")
@analysts
def fit_policy(policy_id: int) -> ResponseReturnValue:
    """Asks the worker what the policy costs for a cycle's people before and after it is fitted."""
    policy_list.shown(core(), policy_id)
    cycle_id = request.form.get("cycle_id", type=record_id)
    if cycle_id not in {one.id for one in life.listed(core())}:
        return _page(policy_id, _("Choose a cycle for the fit."), 422)
    try:
        target = policy_fit_tasks.target_of(typed.percent("target"))
    except InvalidInput as problem:
        return _page(policy_id, problem.fields["target"], 422)
    arguments: JsonObject = {"policy_id": policy_id, "cycle_id": cycle_id, "target": str(target)}
    return queued(policy_fit_tasks.KIND, _subject(policy_id), arguments)


@blueprint.post("/policies/<record_id:policy_id>/fit/<record_id:task_id>/keep")
@analysts
def keep_fit(policy_id: int, task_id: int) -> ResponseReturnValue:
    """Stores what was shown as a policy of its own."""
    try:
        kept = policy_fit_tasks.keep(core(), auth.actor(), policy_id, task_id)
    except (Conflict, NotFound) as problem:
        return _page(policy_id, sentence(problem), 409 if isinstance(problem, Conflict) else 404)
    flash(_("The fitted policy is saved as a new policy. To use it, select it in a cycle."))
    return redirect(url_for("analyst.policy", policy_id=kept), 303)
