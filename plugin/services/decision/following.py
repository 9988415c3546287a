"""Decisions follow the data of their people when HR refreshes them: many at once, each as if it were alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from plugin.domain import DecisionState, JsonObject
from plugin.services.core import Actor, Core
from plugin.services.decision import judging, recommendation
from plugin.services.decision.deciding import EDITABLE, Case, record, subject
from plugin.services.decision.judging import figures_of, standing
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.decision.refreshed import differences, refreshed_note
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.recommendations import StoredRecommendation
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.decision.decisions import Decision, DecisionChange
from plugin.store.operation import audits


def after_refresh(
    core: Core,
    tx: Tx,
    actor: Actor,
    cycle_id: int,
    people: Collection[int],
    old: Mapping[int, StoredRecommendation],
) -> None:
    """Decisions follow their people's refreshed data: the same percent, its money anew, and a note that says what changed.

    What was handed on goes back to the manager; what is in the HR suite already stays. ``old``: what was recommended before.
    """
    decided = {
        who: one
        for who, one in decisions.of_people(tx, cycle_id, people).items()
        if one.percent is not None and one.state != DecisionState.EXPORTED
    }
    if not decided:
        return
    found = cycles.get(tx, cycle_id)
    terms, recommended = (
        judging.terms_of(tx, found),
        recommendations.current(tx, cycle_id, list(decided)),
    )
    rows: dict[int, tuple[int, DecisionChange]] = {}
    for who, stored in recommended.items():
        before = None if (was := old.get(who)) is None else recommendation.without_others(was)
        case = Case(found, terms, recommendation.without_others(stored), decided[who])
        if values := _refreshed(case, decided[who], before):
            rows[who] = (decided[who].version, values)
    decisions.save_many(tx, cycle_id, rows)
    saved = decisions.of_people(tx, cycle_id, list(rows))
    details: dict[str, JsonObject] = {
        subject(cycle_id, who): {"before": record(decided[who]), "after": record(saved[who])} for who in rows
    }
    audits.append_many(tx, core.clock(), actor.name, "decision.refresh", details)


def _refreshed(case: Case, stored: Decision, before: PersonRecommendation | None) -> DecisionChange | None:
    """What changes of one decision; None when its person's data say the same."""
    changes, percent = differences(before, case.recommended), stored.percent
    if not changes or percent is None:
        return None
    typed = standing(case.recommended, stored.amount, percent, case.terms)
    figures = figures_of(case.recommended, percent, typed, case.terms)
    to = stored.state if stored.state in EDITABLE else DecisionState.SENT_BACK
    note = refreshed_note(changes, stored, figures["amount"])
    return {**figures, "state": to, "approved_by": None, "approved_at": None, "approver_note": note}
