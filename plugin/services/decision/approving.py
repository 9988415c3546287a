"""The next one up confirms or returns what a manager decided; who must look is a matter of how far it deviates."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from plugin.domain import CycleState, DecisionState, Role
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.services.decision import recommendation
from plugin.services.decision.deciding import note_change, viewer
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import Decision
from plugin.store.people import withheld
from plugin.texts import _


def is_above_range(found: PersonRecommendation, decision: Decision) -> bool:
    """Whether the raise takes base pay above the range maximum, or further above it."""
    room = found.room
    return room is not None and decision.percent is not None and decision.percent > room


def _must_be_approvable(tx: Tx, actor: Actor, cycle_id: int, people: Collection[int]) -> None:
    """NotAllowed when the actor decided one of ``people``, is their manager, or HR must look at it; NotFound."""
    found, led = _under(tx, actor, cycle_id, people)
    if len(recommendations.outlines(tx, cycle_id, list(people))) < len(set(people)):
        raise NotFound(_("This employee has no recommendation."))
    if withheld.held_people(tx, people, cycle_id=cycle_id):
        raise NotAllowed(
            _("HR is checking this employee’s data. No raise can be approved until then."),
            code="held",
            remedy=_("wait until HR has released it"),
        )
    decided, is_hr = decisions.of_people(tx, cycle_id, people), Role.HR_ADMIN in actor.roles
    for who in dict.fromkeys(people):
        one = decided.get(who)
        if one is None or one.decided_by == actor.name or (who in led and not is_hr):
            raise NotAllowed(_("You can’t approve a raise you decided."), code="four_eyes")
        if one.needs_hr and not is_hr:
            raise NotAllowed(_why_hr(tx, found.id, one), code="needs_hr")


def _under(tx: Tx, actor: Actor, cycle_id: int, people: Collection[int]) -> tuple[Cycle, frozenset[int]]:
    """The cycle, in which answers are given now, and those of ``people`` whom the actor leads. NotFound for people whom the
    actor may not see."""
    found = cycles.get(tx, cycle_id)
    if found.state not in (CycleState.OPEN, CycleState.REVIEW):
        raise NotAllowed(_("This cycle is closed for approvals."), code="cycle_state")
    if not people:
        raise InvalidInput(
            _("Select at least one raise."), fields={"people": _("Select at least one raise.")}
        )
    scope.check_all(tx, cycle_id, viewer(actor), people)
    listed = cycles.participants(tx, cycle_id, list(people))
    led = (one.person_id for one in listed if one.manager_id == actor.person_id is not None)
    return found, frozenset(led)


def _why_hr(tx: Tx, cycle_id: int, decision: Decision) -> str:
    stored = recommendations.current(tx, cycle_id, [decision.person_id]).get(decision.person_id)
    if stored is not None and is_above_range(recommendation.without_others(stored), decision):
        return _("Base pay would be above the range maximum. HR must approve this raise.")
    return _("This raise is far from the recommendation. HR must approve it.")


def approve(core: Core, actor: Actor, cycle_id: int, people: Sequence[int]) -> int:
    """Confirms submitted rows; all of them or none. NotAllowed (four_eyes, needs_hr), Conflict, NotFound."""
    with core.database.transaction() as tx:
        _must_be_approvable(tx, actor, cycle_id, people)
        now = core.clock()
        decisions.move(
            tx,
            cycle_id,
            people,
            expected=(DecisionState.SUBMITTED,),
            to=DecisionState.APPROVED,
            approved_by=actor.name,
            approved_at=now,
        )
        note_change(core, tx, actor, cycle_id, "decision.approve", people)
        return len(set(people))


def send_back(core: Core, actor: Actor, cycle_id: int, people: Sequence[int], note: str) -> int:
    """Returns rows to their manager with a note, which is required."""
    text = reasons.read(note, "note", _("Note"), _("Enter one or two sentences: what should change?"))
    with core.database.transaction() as tx:
        _cycle, led = _under(tx, actor, cycle_id, people)
        if led and Role.HR_ADMIN not in actor.roles:
            raise NotAllowed(
                _("You are this employee’s manager. Recall the raise instead."), code="four_eyes"
            )
        decisions.move(
            tx,
            cycle_id,
            people,
            expected=(DecisionState.SUBMITTED, DecisionState.APPROVED, DecisionState.FAILED),
            to=DecisionState.SENT_BACK,
            approver_note=text,
        )
        note_change(core, tx, actor, cycle_id, "decision.send_back", people)
        return len(set(people))
