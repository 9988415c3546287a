""" "My team's raises": the worksheet, decisions saved on change, review, submit, recall, download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import CycleState, Reveal, Role, RowStatus
from plugin.domain.ids import known_id, record_id
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed
from plugin.services.decision import deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice, NothingToUndo, OwnFigure, Undo, Wish
from plugin.services.decision.sheet import Edited, Row, Team, Worksheet
from plugin.services.decision.worksheet import Change
from plugin.texts import N_, _, ngettext
from plugin.web import auth, typed
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import drawing, heading, taken_words
from plugin.web.record_ids import sent_version
from plugin.web.security import core

BOTH = (Role.MANAGER, Role.HR_ADMIN)
TEAM = "/team/<record_id:cycle_id>/<record_id(least=0):manager_id>"
CHANGED = N_("Someone else changed this row. It now shows the current values.")


@blueprint.get("/team")
@auth.requires(*BOTH)
def team() -> ResponseReturnValue:
    """The newest cycle in which the signed-in person has a team."""
    actor = auth.actor()
    found = worksheet.cycles_for(core(), actor) if actor.person_id is not None else []
    if not found or actor.person_id is None:
        return render_template("manager/no_team.html")
    open_first = sorted(found, key=lambda cycle: cycle.state != CycleState.OPEN)
    return redirect(url_for("manager.worksheet", cycle_id=open_first[0].id, manager_id=actor.person_id), 303)


@blueprint.get(TEAM, endpoint="worksheet")
@auth.requires(*BOTH)
def worksheet_page(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    sheet = worksheet.load(core(), auth.actor(), cycle_id, manager_id)
    return _page(sheet)


@dataclass(frozen=True)
class Entered:
    """What a row's fields held when they were sent; None for a field that was not."""

    figure: str | None
    amount: str | None
    reason: str | None
    note: str | None

    @property
    def needs_panel(self) -> bool:
        """Whether something stands in a field under "Why"."""
        return bool(self.amount or self.note)


@dataclass(frozen=True)
class Typed:
    """What did not pass, by person: the sentence and what was typed, shown again so that nothing is lost."""

    errors: Mapping[int, str] = field(default_factory=dict)
    values: Mapping[int, Entered] = field(default_factory=dict)


def _page(sheet: Worksheet, typed: Typed | None = None, status: int = 200) -> ResponseReturnValue:
    show = request.args.get("show", "all")
    open_id = request.args.get("open", type=record_id)
    given = typed or Typed()
    if open_id is None:
        open_id = next((one for one, entered in given.values.items() if entered.needs_panel), None)
    if open_id is not None and sheet.cycle.reveal == Reveal.ON_REQUEST:
        sheet = _revealed(sheet, open_id)
    if any(row.person_id == open_id for row in sheet.rows):
        worksheet.open_detail(core(), auth.actor(), sheet.cycle.id, int(open_id or 0))
    shown = [row for row in sheet.rows if show == "all" or row.status in FILTERS.get(show, ())]
    html = render_template(
        "manager/worksheet.html",
        **drawing(sheet),
        **heading(sheet),
        rows=shown,
        show=show,
        open_id=open_id,
        errors=given.errors,
        typed=given.values,
        cycles=worksheet.cycles_for(core(), auth.actor()),
    )
    return html, status


FILTERS = {
    "todo": ("todo", RowStatus.ESTIMATE),
    "outside": ("reason", "note", "explained"),
    "held": (RowStatus.HELD,),
}


def _revealed(sheet: Worksheet, open_id: int) -> Worksheet:
    """With the recommendation shown that this page was asked for."""
    was_hidden = [row for row in sheet.rows if row.person_id == open_id and not row.is_revealed]
    shown = {row.person_id: replace(row, is_revealed=True) for row in was_hidden}
    number = sum(row.recommended is not None and row.recommended.is_eligible for row in was_hidden)
    rows = tuple(shown.get(row.person_id, row) for row in sheet.rows)
    return replace(sheet, rows=rows, hidden=sheet.hidden - number)


# --- one row --------------------------------------------------------------------------------------------------------


def _choice(person_id: int, row: Row, *, by_amount: bool) -> Choice:
    """From the form; fields that the page did not send keep what is stored."""
    form = request.form
    name = f"raise-{person_id}"
    version = sent_version(f"version-{person_id}")
    percent = typed.percent(name) if name in form and not by_amount else row.percent
    amount = typed.amount(f"amount-{person_id}", _currency(row)) if by_amount else None
    return Choice(
        percent=None if by_amount else percent,
        amount=None if amount is None else amount.amount,
        reason_code=form.get(f"reason-{person_id}"),
        note=form.get(f"note-{person_id}"),
        version=row.version if version is None else version,
        is_same_figure=percent == row.percent,
    )


def _currency(row: Row) -> str:
    return row.recommended.row.paid.currency if row.recommended else core().settings.currency


def _wish(row: Row, *, by_amount: bool = False) -> Wish | None:
    """An own figure when the page asked for one, else a decision; None when nothing was typed."""
    name = f"estimate-{row.person_id}"
    if name in request.form and row.status == RowStatus.ESTIMATE:
        own = typed.percent(name)
        return None if own is None else OwnFigure(own)
    return _choice(row.person_id, row, by_amount=by_amount)


def _entered(person_id: int) -> Entered:
    form = request.form
    return Entered(
        figure=form.get(f"estimate-{person_id}") or form.get(f"raise-{person_id}"),
        amount=form.get(f"amount-{person_id}"),
        reason=form.get(f"reason-{person_id}"),
        note=form.get(f"note-{person_id}"),
    )


def _sentence(error: AdvisorError) -> str:
    if isinstance(error, InvalidInput) and error.fields:
        text = next(iter(error.fields.values()))
    else:
        text = str(error)
    return text[:1].upper() + text[1:]


@blueprint.post(f"{TEAM}/people/<record_id:person_id>")
@auth.requires(*BOTH)
def decide(cycle_id: int, manager_id: int, person_id: int) -> ResponseReturnValue:
    """Saves one row. To htmx it answers with the row and what changes with it; 422 with the row's own error, 409 when outdated."""
    save = partial(_wish, by_amount=request.args.get("by") == "amount")
    return _edited(cycle_id, manager_id, person_id, save)


@blueprint.post(f"{TEAM}/people/<record_id:person_id>/undo")
@auth.requires(*BOTH)
def undo(cycle_id: int, manager_id: int, person_id: int) -> ResponseReturnValue:
    version = sent_version(f"version-{person_id}") or 0
    return _edited(cycle_id, manager_id, person_id, lambda _row: Undo(version))


def _edited(cycle_id: int, manager_id: int, person_id: int, change: Change) -> ResponseReturnValue:
    is_open = known_id(_on_page("open")) == person_id
    edit = partial(worksheet.edit, core(), auth.actor(), cycle_id, manager_id, person_id, is_open=is_open)
    error, status = "", 422
    try:
        return _row_answer(edit(change), error, 200)
    except (InvalidInput, NotAllowed, NothingToUndo) as problem:
        error = _sentence(problem)
    except Conflict:
        error, status = _(CHANGED), 409
    return _row_answer(edit(), error, status)


def _row_answer(sheet: Edited, error: str, status: int) -> ResponseReturnValue:
    person_id = sheet.row.person_id
    entered = _entered(person_id) if status == 422 else None
    if not request.headers.get("HX-Request"):
        if not error:
            return redirect(_address(sheet, person_id), 303)
        values = {} if entered is None else {person_id: entered}
        whole = worksheet.reload(core(), auth.actor(), sheet.cycle.id, sheet.manager_id)
        return _page(whole, Typed({person_id: error}, values), status)
    html = render_template(
        "manager/_update.html",
        **drawing(sheet),
        row=sheet.row,
        error=error,
        entered=entered,
        show=_on_page("show") or "all",
        open_id=int(_on_page("open") or 0) or None,
    )
    return html, status


def _on_page(name: str) -> str:
    """A parameter of the page that sent this (which "Why" is open, which filter); htmx names the page in a header."""
    address = request.headers.get("HX-Current-URL", "")
    found = parse_qs(urlsplit(address).query).get(name, [""])[0]
    return found if name != "open" or known_id(found) else ""


def _address(sheet: Team, person_id: int | None = None) -> str:
    address = url_for("manager.worksheet", cycle_id=sheet.cycle.id, manager_id=sheet.manager_id)
    return address if person_id is None else f"{address}#r-{person_id}"


# --- the whole sheet ------------------------------------------------------------------------------------------------


@blueprint.post(TEAM)
@auth.requires(*BOTH)
def save(cycle_id: int, manager_id: int) -> ResponseReturnValue:
    """The page's own form, which works without a script: saves what was typed, then does what the button says."""
    sheet = worksheet.reload(core(), auth.actor(), cycle_id, manager_id)
    wanted = request.form.get("do", "")
    if wanted == "recall":
        n = handing_in.recall(core(), auth.actor(), cycle_id, manager_id)
        flash(ngettext("%(num)s raise recalled.", "%(num)s raises recalled.", n))
        return redirect(_address(sheet), 303)
    typed = _save_all(sheet)
    if typed.errors:
        return _page(worksheet.reload(core(), auth.actor(), cycle_id, manager_id), typed, 422)
    used = request.form.get("use", type=record_id)
    if used is not None:
        return _use(sheet, used)
    if wanted == "accept":
        flash(taken_words(handing_in.accept_rest(core(), auth.actor(), cycle_id, manager_id), sheet.cycle))
    if wanted == "review":
        return redirect(url_for("manager.review", cycle_id=cycle_id, manager_id=manager_id), 303)
    return redirect(_address(sheet), 303)


def _save_all(sheet: Worksheet) -> Typed:
    """Every row that differs from what is stored; the sentences of those that did not pass."""
    errors: dict[int, str] = {}
    values: dict[int, Entered] = {}
    for row in sheet.rows:
        if not row.is_editable or not _differs(row):
            continue
        try:
            worksheet.edit(core(), auth.actor(), sheet.cycle.id, sheet.manager_id, row.person_id, _form_wish)
        except (InvalidInput, NotAllowed, Conflict) as problem:
            if isinstance(problem, Conflict) and _is_stored_by_now(sheet, row):
                continue
            errors[row.person_id], values[row.person_id] = _sentence(problem), _entered(row.person_id)
    return Typed(errors, values)


def _is_stored_by_now(sheet: Worksheet, row: Row) -> bool:
    """Enter in a field saves it twice at once: by the script, and by the form. The second finds what the first stored."""
    now = worksheet.reload(core(), auth.actor(), sheet.cycle.id, sheet.manager_id)
    return not _differs(now.row(row.person_id))


def _differs(row: Row) -> bool:
    form, pid = request.form, row.person_id
    if row.status == RowStatus.ESTIMATE:
        return bool(form.get(f"estimate-{pid}", "").strip())
    if f"raise-{pid}" not in form and f"amount-{pid}" not in form:
        return False
    stored = row.decision
    same = not (_percent_differs(row) or _amount_differs(row))
    same_reason = form.get(f"reason-{pid}") in (None, (stored.reason_code or "") if stored else "")
    same_note = form.get(f"note-{pid}") in (None, (stored.note or "") if stored else "")
    return not (same and same_reason and same_note)


def _percent_differs(row: Row) -> bool:
    name = f"raise-{row.person_id}"
    if name not in request.form:
        return False
    try:
        return typed.percent(name) != row.percent
    except InvalidInput:
        return True


def _amount_differs(row: Row) -> bool:
    name = f"amount-{row.person_id}"
    stored = row.raised_by
    shown = typed.exact_number(stored.amount) if stored else ""
    if request.form.get(name, shown).strip() == shown:
        return False
    try:
        return typed.amount(name, _currency(row)) != stored
    except InvalidInput:
        return True


def _form_wish(row: Row) -> Wish | None:
    """By whichever figure differs from the one shown; a cleared field gives way to the other."""
    sent = _entered(row.person_id)
    by_amount = row.status != RowStatus.ESTIMATE and _amount_differs(row)
    if by_amount and _percent_differs(row):
        if (sent.amount or "").strip() and (sent.figure or "").strip():
            raise InvalidInput(_("You entered both a percentage and an amount. Clear one of them."))
        by_amount = bool((sent.amount or "").strip())
    return _wish(row, by_amount=by_amount)


def _use(sheet: Worksheet, person_id: int) -> ResponseReturnValue:
    row = worksheet.reload(core(), auth.actor(), sheet.cycle.id, sheet.manager_id).row(person_id)
    recommended = row.recommended.percent if row.recommended else None
    if recommended is None:
        raise InvalidInput(_("This employee has no recommendation."))
    choice = Choice(percent=recommended, version=row.version)
    deciding.decide(core(), auth.actor(), sheet.cycle.id, person_id, choice)
    return redirect(_address(sheet, person_id), 303)
