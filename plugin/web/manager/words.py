"""The words of the manager's pages for states and limits, and what every page of a worksheet is drawn with."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from flask import g

from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import LineCode
from plugin.domain import (
    WORDS,
    CycleState,
    DecisionState,
    Money,
    RecommendationStatus,
    Reveal,
    Role,
    RowStatus,
)
from plugin.figures import writing
from plugin.services.decision import approving, deciding, method_facts, panel, team_list, worksheet
from plugin.services.decision.handing_in import Taken
from plugin.services.decision.sheet import Row, Team, Worksheet
from plugin.store.cycle.cycles import Cycle
from plugin.texts import N_, _, ngettext
from plugin.web import auth, charts, typed
from plugin.web.security import core

HANDED_IN = (
    DecisionState.SUBMITTED,
    DecisionState.APPROVED,
    DecisionState.EXPORTED,
    DecisionState.FAILED,
)
FIXED = {RowStatus.TODO: N_("To confirm"), RowStatus.OK: N_("Confirmed")}
RESERVED_ONLY = {  # range minimum, adjustment
    (True, False): N_("Range minimum only"),
    (False, True): N_("Adjustment only"),
    (True, True): N_("Range minimum and adjustment only"),
}
RESERVED = {
    (True, False): N_("In addition, %(percent)s for the range minimum."),
    (False, True): N_("In addition, %(percent)s for an adjustment."),
    (True, True): N_("In addition, %(percent)s for the range minimum and an adjustment."),
}
CLOSED = {
    CycleState.SHADOW: N_("This is a trial run. You can’t enter decisions yet."),
    CycleState.REVIEW: N_("The cycle is in review. Decisions are closed."),
    CycleState.APPROVED: N_("All raises are approved."),
    CycleState.EXPORTED: N_("All raises were sent to payroll."),
    CycleState.CLOSED: N_("This cycle is closed."),
}
DONE = (
    N_("No raises to decide."),
    N_("Submitted. Your approver has it."),
    N_("Approved."),
    N_("Sent to payroll."),
)


def status_words(row: Row) -> str:
    if row.state in HANDED_IN:
        return _(WORDS[DecisionState][row.state])
    words = FIXED if fixed_words(row) else {}
    return _(words.get(row.status) or WORDS[RowStatus][row.status])


def fixed_words(row: Row) -> str:
    """Why there is nothing to decide but to confirm; "" for everybody else."""
    if row.recommended is None or not row.recommended.is_eligible or not row.recommended.is_fixed:
        return ""
    if row.recommended.recommendation.status == RecommendationStatus.FIXED:
        return _("Set by HR")
    reserved = _reserved(row)
    return _(RESERVED_ONLY[reserved]) if reserved in RESERVED_ONLY else ""


def reserved_words(row: Row, points: Decimal) -> str:
    """What pools of their own pay for, before merit."""
    reserved = _reserved(row)
    return _(RESERVED[reserved], percent=writing.percent(points)) if reserved in RESERVED else ""


def _reserved(row: Row) -> tuple[bool, bool]:
    codes = {line.code for line in row.recommended.recommendation.ledger} if row.recommended else set()
    return LineCode.RANGE_MINIMUM in codes, LineCode.ADJUSTMENT in codes


def above_range(row: Row) -> bool:
    """The decided raise takes base pay above its range."""
    found, decision = row.recommended, row.decision
    return found is not None and decision is not None and approving.is_above_range(found, decision)


def rating_band(frozen: EmployeeRow) -> int:
    """1 to 5, 0 for no rating."""
    return 0 if frozen.rating is None else wording.rating_band(frozen.rating)


def shown_percent(row: Row) -> str:
    """What stands in the input: one decimal, more only when the person typed more."""
    return typed.exact_points(row.percent)


def over(sheet: Team) -> Money:
    """By how much the team is over its budget."""
    left = sheet.budget.left
    return Money(max(-left.amount, Decimal(0)), left.currency)


def closed_sentence(sheet: Team) -> str:
    """Why nothing can be changed."""
    if sheet.cycle.state == CycleState.OPEN and sheet.counts.held and not sheet.counts.total:
        return _("HR is checking the data of this team. You decide after that.")
    if sheet.cycle.state == CycleState.OPEN:
        return _(DONE[sheet.step])
    return _(CLOSED.get(sheet.cycle.state, N_("This cycle is not open.")))


def taken_words(taken: Taken, cycle: Cycle) -> str:
    """How many recommendations were accepted, and why the others were not."""
    words = [ngettext("%(num)s recommendation accepted.", "%(num)s recommendations accepted.", taken.done)]
    if taken.hidden and cycle.reveal == Reveal.AFTER_OWN:
        words.append(
            ngettext(
                "%(num)s row was skipped: enter your own figure first.",
                "%(num)s rows were skipped: enter your own figures first.",
                taken.hidden,
            )
        )
    elif taken.hidden:
        words.append(
            ngettext(
                "%(num)s row was skipped: open its recommendation first.",
                "%(num)s rows were skipped: open their recommendations first.",
                taken.hidden,
            )
        )
    if taken.without:
        words.append(
            ngettext(
                "%(num)s employee has no recommendation to accept.",
                "%(num)s employees have no recommendation to accept.",
                taken.without,
            )
        )
    return " ".join(words)


def filters(sheet: Team) -> list[tuple[str, str, int]]:
    """Code, words and number of rows of each filter."""
    counts = sheet.counts
    found = [
        ("all", _("All"), counts.total + counts.not_eligible + counts.held),
        ("todo", _("To decide"), counts.todo),
        ("outside", _("Outside range"), counts.outside),
    ]
    return [*found, ("held", _("With HR"), counts.held)] if counts.held else found


def reasons() -> dict[str, str]:
    """Why a raise is outside the recommended range, by code."""
    return {code: _(words) for code, words in deciding.REASONS.items()}


def steps() -> list[str]:
    return [_(step) for step in worksheet.STEPS]


def heading(sheet: Worksheet) -> dict[str, object]:
    """What a whole page of a team is called."""
    name = sheet.manager_name
    team = _("Team of %(manager)s", manager=name) if name else _("Employees without a manager in this cycle")
    return {"title": _("My team’s raises") if sheet.is_own else team, "team_of": team}


def drawing(sheet: Team) -> dict[str, object]:
    """What the templates of a worksheet need beside the sheet."""
    return {
        "sheet": sheet,
        "top": charts.top_of(sheet.top),
        "hide_total": sheet.hidden > 0,  # the sum of all would give away those that are still hidden
        "reasons": reasons(),
        "steps": steps(),
        "filters": filters,
        "status_words": status_words,
        "fixed_words": fixed_words,
        "reserved_words": reserved_words,
        "above_range": above_range,
        "rating_words": panel.rating,
        "rating_band": rating_band,
        "shown_percent": shown_percent,
        "closed_sentence": closed_sentence,
        "over": over,
        "range_strip": charts.range_strip,
        "interval_strip": charts.interval_strip,
        "peer_strip": charts.peer_strip,
        "reason_scale": charts.reason_scale,
        "bar": charts.bar,
        "budget_bar": charts.budget_bar,
        "leave_kinds": partial(method_facts.leave_kinds, core()),
    }


def waiting() -> int:
    """Teams awaiting the signed-in person's approval; read once a request."""
    if "waiting" not in g:
        found = auth.current_actor()
        may = found is not None and auth.has_role(Role.MANAGER, Role.HR_ADMIN)
        g.waiting = team_list.waiting_count(core(), found) if may and found else 0
    number: int = g.waiting
    return number
