"""How far one row is: whether its recommendation may be seen, what is missing, and what its decision comes to."""

from __future__ import annotations

from collections.abc import Collection

from plugin.domain import CycleState, Missing, Money, Reveal
from plugin.services.core import Actor
from plugin.services.decision.deciding import subject
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decision.decisions import Decision
from plugin.store.operation import audits

VIEWED = "recommendation.view"  # in the audit trail: this person's recommendation was opened


def opened_by(tx: Tx, actor: Actor, cycle: Cycle, people: Collection[int]) -> frozenset[int]:
    """Whose recommendation the actor asked to see, by the audit trail; read only where the cycle shows it on request."""
    if cycle.reveal != Reveal.ON_REQUEST or cycle.state != CycleState.OPEN:
        return frozenset()
    of = {subject(cycle.id, person_id): person_id for person_id in people}
    return frozenset(of[name] for name in audits.subjects(tx, actor.name, VIEWED, list(of)))


def is_revealed(cycle: Cycle, person_id: int, decision: Decision | None, opened: Collection[int]) -> bool:
    """With ``on_request`` the recommendation is hidden until it was opened; with ``after_own`` the manager's own figure comes first."""
    if cycle.reveal == Reveal.TOGETHER or cycle.state != CycleState.OPEN:
        return True
    if decision is not None and decision.percent is not None:
        return True
    if cycle.reveal == Reveal.ON_REQUEST:
        return person_id in opened
    return decision is not None and decision.own_estimate is not None


def missing(recommended: PersonRecommendation, decision: Decision | None) -> Missing | None:
    """What keeps a row from being submitted; None when nothing does."""
    if not recommended.is_eligible:
        return None
    if decision is None or decision.percent is None:
        return Missing.DECIDE
    if decision.is_outside and not decision.reason_code:
        return Missing.REASON
    if decision.reason_code == "other" and not decision.note:
        return Missing.NOTE
    return None


def amount_of(decision: Decision) -> Money | None:
    """The decided money a year, None when undecided."""
    if decision.amount is None or decision.currency is None:
        return None
    return Money(decision.amount, decision.currency)


def lump_of(decision: Decision) -> Money | None:
    """What is paid once on top, None when that is nothing."""
    if not decision.lump_amount or decision.currency is None:
        return None
    return Money(decision.lump_amount, decision.currency)
