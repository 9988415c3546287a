"""The words of the manager's pages for states and ratings, and what every page of a worksheet is drawn with."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from flask import g

from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import LineCode
from plugin.domain import (
    CycleState,
    DecisionState,
    Money,
    RecommendationStatus,
    Reveal,
    Role,
    RowStatus,
    one_decimal,
)
from plugin.services.decision import approving, deciding, method_facts, team_list, worksheet
from plugin.services.decision.deciding import Taken
from plugin.services.decision.worksheet import Row, Team
from plugin.store.cycle.cycles import Cycle
from plugin.web import auth, charts, typed
from plugin.web.formats import plural
from plugin.web.security import core

STATUS = {
    RowStatus.NONE: "No data",
    RowStatus.NA: "Not in this cycle",
    RowStatus.ESTIMATE: "Your figure first",
    RowStatus.TODO: "To decide",
    RowStatus.REASON: "Give a reason",
    RowStatus.NOTE: "Add a note",
    RowStatus.OK: "In range",
    RowStatus.EXPLAINED: "Reason given",
}
STATES = {
    DecisionState.SUBMITTED: "Submitted",
    DecisionState.APPROVED: "Approved",
    DecisionState.EXPORTED: "Sent to payroll",
    DecisionState.FAILED: "Payroll refused it",
}
FIXED = {RowStatus.TODO: "To confirm", RowStatus.OK: "Confirmed"}
RATINGS = {1: "Below", 2: "Partly meets", 3: "Meets", 4: "Exceeds", 5: "Outstanding"}


def status_words(row: Row) -> str:
    words = FIXED if fixed_words(row) else {}
    return STATES.get(row.state) or words.get(row.status) or STATUS[row.status]


def fixed_words(row: Row) -> str:
    """Why there is nothing to decide but to confirm; "" for everybody else."""
    if row.advice is None or not row.advice.is_eligible or not row.advice.is_fixed:
        return ""
    if row.advice.recommendation.status == RecommendationStatus.FIXED:
        return "Fixed by HR"
    return f"{reserved_words(row).capitalize()} only"


def reserved_words(row: Row) -> str:
    """What pools of their own pay for, before merit."""
    lines = row.advice.recommendation.ledger if row.advice else ()
    names = {LineCode.RANGE_MINIMUM: "range minimum", LineCode.ADJUSTMENT: "adjustment"}
    return " and ".join(names[line.code] for line in lines if line.code in names)


def above_range(row: Row) -> bool:
    """The decided raise takes base pay above its range."""
    found, decision = row.advice, row.decision
    return found is not None and decision is not None and approving.is_above_range(found, decision)


def rating_words(frozen: EmployeeRow) -> str:
    """The suite's own label, else ours: words say more than a number."""
    if frozen.rating is None:
        return "Not rated"
    return frozen.rating_label or RATINGS[rating_band(frozen)]


def rating_band(frozen: EmployeeRow) -> int:
    """1 to 5, 0 for no rating."""
    return 0 if frozen.rating is None else int(one_decimal(frozen.rating).to_integral_value())


def shown_percent(row: Row) -> str:
    """What stands in the input: one decimal, more only when the person typed more."""
    return typed.exact_points(row.percent)


def over(sheet: Team) -> Money:
    """By how much the team is over its budget."""
    left = sheet.budget.left
    return Money(max(-left.amount, Decimal(0)), left.currency)


def closed_sentence(sheet: Team) -> str:
    """Why nothing can be changed."""
    if sheet.cycle.state == CycleState.OPEN:
        return ("Nobody to decide.", "Submitted. Your approver has it.", "Approved.", "Sent to payroll.")[
            sheet.step
        ]
    return {
        CycleState.SHADOW: "This is a trial run: nothing can be decided yet.",
        CycleState.REVIEW: "The cycle is in review: decisions are closed.",
        CycleState.APPROVED: "All raises are approved.",
        CycleState.EXPORTED: "All raises went to payroll.",
        CycleState.CLOSED: "This cycle is closed.",
    }.get(sheet.cycle.state, "This cycle is not open.")


def taken_words(taken: Taken, cycle: Cycle) -> str:
    """How many suggestions were taken over, and why the others were not."""
    words = [plural(taken.done, "%d suggestion was taken over.", "%d suggestions were taken over.")]
    if taken.hidden:
        why = (
            "give your own figure first" if cycle.reveal == Reveal.AFTER_OWN else "open the suggestion first"
        )
        words.append(plural(taken.hidden, "%d row was left: ", "%d rows were left: ") + f"{why}.")
    if taken.without:
        words.append(
            plural(taken.without, "%d has no figure to take over.", "%d have no figure to take over.")
        )
    return " ".join(words)


def filters(sheet: Team) -> list[tuple[str, str, int]]:
    """Code, words and number of rows of each filter."""
    counts = sheet.counts
    return [
        ("all", "All", counts.total + counts.not_eligible),
        ("todo", "To decide", counts.todo),
        ("outside", "Outside range", counts.outside),
    ]


def drawing(sheet: Team) -> dict[str, object]:
    """What the templates of a worksheet need beside the sheet."""
    return {
        "sheet": sheet,
        "top": charts.top_of(sheet.top),
        "hide_total": sheet.hidden > 0,  # the sum of all would give away those that are still hidden
        "reasons": deciding.REASONS,
        "steps": worksheet.STEPS,
        "filters": filters,
        "status_words": status_words,
        "fixed_words": fixed_words,
        "reserved_words": reserved_words,
        "above_range": above_range,
        "rating_words": rating_words,
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
    """Teams that wait for the signed-in person's approval; read once a request."""
    if "waiting" not in g:
        found = auth.current_actor()
        may = found is not None and auth.has_role(Role.MANAGER, Role.HR_ADMIN)
        g.waiting = team_list.waiting_count(core(), found) if may and found else 0
    number: int = g.waiting
    return number
