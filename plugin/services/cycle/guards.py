"""What is missing before a cycle may enter its next state."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from plugin.domain import CycleState, DecisionState
from plugin.figures.writing import day
from plugin.services.core import Core
from plugin.services.cycle.run_inputs import is_stale
from plugin.store.cycle import changes, cycles, frozen_inputs, monitoring, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decision import teams
from plugin.store.model import fairness_reports, protected
from plugin.texts import _, ngettext


def missing(tx: Tx, core: Core, found: Cycle, to: CycleState) -> str | None:
    """What is missing before ``found`` may enter the state ``to``; None when nothing is."""
    today = core.clock().date()
    match to:
        case CycleState.DRAFT | CycleState.CLOSED:
            return None
        case CycleState.NOTICE:
            return (
                None if found.notice_on else _("enter the date on which employees are told about the cycle")
            )
        case CycleState.SHADOW:
            return _guard_shadow(tx, found, today)
        case CycleState.OPEN:
            return _guard_recommendations(tx, found)
        case CycleState.REVIEW:
            return _guard_review(tx, found, today)
        case CycleState.APPROVED:
            return _guard_approved(tx, found)
        case CycleState.EXPORTED:
            return _guard_exported(tx, found)
        case _ as never:
            assert_never(never)


def _guard_shadow(tx: Tx, found: Cycle, today: date) -> str | None:
    if found.notice_on is not None and found.notice_on > today:
        return _("employees will be informed on %(notice_on)s", notice_on=day(found.notice_on))
    return None if frozen_inputs.has_snapshot(tx, found.id) else _("take the snapshot")


def _guard_recommendations(tx: Tx, found: Cycle) -> str | None:
    """Everybody has recommendations, and it knows the newest snapshot, budget and rulings."""
    made_at = recommendations.oldest_made(tx, found.id)
    if made_at is None:
        return _("calculate the recommendations")
    left = cycles.without_recommendation(tx, found.id)
    if left:
        return ngettext(
            "calculate the recommendations: %(num)s employee in the latest snapshot has none",
            "calculate the recommendations: %(num)s employees in the latest snapshot have none",
            left,
        )
    if is_stale(found, made_at):
        return _("recalculate the recommendations: the budget or an exception has changed")
    return None


def _guard_approved(tx: Tx, found: Cycle) -> str | None:
    waiting = changes.waiting(tx, found.id)
    if waiting:
        return ngettext(
            "decide on %(num)s change since the snapshot in the change list",
            "decide on %(num)s changes since the snapshot in the change list",
            waiting,
        )
    left, held = teams.undecided(
        tx, found.id, (DecisionState.APPROVED, DecisionState.EXPORTED, DecisionState.FAILED)
    )
    if left > held:
        return ngettext(
            "%(num)s employee has no approved raise", "%(num)s employees have no approved raise", left - held
        )
    if held:
        return ngettext(
            "a value of %(num)s employee without an approved raise is held: release or correct it, or remove the employee",
            "values of %(num)s employees without an approved raise are held: release or correct them, or remove the employees",
            held,
        )
    return _guard_recommendations(tx, found) or _guard_fairness(tx, found)


def _guard_exported(tx: Tx, found: Cycle) -> str | None:
    left, held = teams.undecided(tx, found.id, (DecisionState.EXPORTED,))
    if left > held:
        return ngettext(
            "the HR suite has not confirmed %(num)s raise yet",
            "the HR suite has not confirmed %(num)s raises yet",
            left - held,
        )
    return (
        ngettext(
            "a value of %(num)s employee whose raise is not confirmed is held: release or correct it",
            "values of %(num)s employees whose raises are not confirmed are held: release or correct them",
            held,
        )
        if held
        else None
    )


def _guard_fairness(tx: Tx, found: Cycle) -> str | None:
    """Where protected attributes are stored, a report on the raises as they stand, approved by as many people as it asks for."""
    if not protected.names(tx):
        return None
    reports = fairness_reports.of_cycle(tx, found.id, limit=1)
    if not reports:
        return _("create a fairness report for this cycle")
    decided = monitoring.last_decided(tx, found.id)
    recommended = max(run.made_at for run in frozen_inputs.runs(tx, found.id))
    if reports[0].made_at < max(decided or recommended, recommended):
        return _("create a new fairness report: raises or recommendations have changed since the latest one")
    missing = reports[0].approvals_missing
    if not missing:
        return None
    return ngettext(
        "the latest fairness report needs %(num)s more approval",
        "the latest fairness report needs %(num)s more approvals",
        missing,
    )


def _guard_review(tx: Tx, found: Cycle, today: date) -> str | None:
    """Who is held keeps no cycle from its review: HR decides there as soon as the value is released."""
    left, held = teams.undecided(
        tx,
        found.id,
        (DecisionState.SUBMITTED, DecisionState.APPROVED, DecisionState.EXPORTED, DecisionState.FAILED),
    )
    left -= held
    if left and today <= found.due_on:
        return ngettext(
            "%(num)s raise is not submitted and the due date has not passed",
            "%(num)s raises are not submitted and the due date has not passed",
            left,
        )
    return None
