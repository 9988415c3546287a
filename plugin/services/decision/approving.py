"""The next one up confirms or returns what a manager decided; who must look is a matter of how far it deviates."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from plugin.domain import CycleState, DecisionState, Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.decision.deciding import LONGEST_NOTE, Case, note_change, read_case, viewer
from plugin.services.decision.recommendation import Advice
from plugin.store.cycle import cycles
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import Decision


def is_above_range(found: Advice, decision: Decision) -> bool:
    """Whether the raise takes base pay above the range maximum, or further above it."""
    room = found.room
    return room is not None and decision.percent is not None and decision.percent > room


def _approvable(tx: Tx, actor: Actor, cycle_id: int, people: Collection[int]) -> list[Case]:
    """The submitted rows of ``people``; NotAllowed when the actor decided one, is its manager, or HR must look at it."""
    if not people:
        raise InvalidInput("choose at least one person", fields={"people": "nobody is chosen"})
    found = cycles.get(tx, cycle_id)
    if found.state not in (CycleState.OPEN, CycleState.REVIEW):
        raise NotAllowed(f"the cycle is in state {found.state}", code="cycle_state")
    by_id = {p.person_id: p for p in cycles.participants(tx, cycle_id, list(people))}
    cases: list[Case] = []
    for person_id in dict.fromkeys(people):
        case = read_case(tx, actor, cycle_id, person_id)
        is_hr = Role.HR_ADMIN in actor.roles
        own_report = by_id[person_id].manager_id == actor.person_id and actor.person_id is not None
        if case.decision is None or case.decision.decided_by == actor.name or (own_report and not is_hr):
            raise NotAllowed("nobody approves a raise of their own making", code="four_eyes")
        if case.decision.needs_hr and not is_hr:
            raise NotAllowed(_why_hr(case.advice, case.decision), code="needs_hr")
        cases.append(case)
    return cases


def _why_hr(found: Advice, decision: Decision) -> str:
    if is_above_range(found, decision):
        return "this raise takes base pay above the top of its range, so HR approves it"
    return "this raise is so far from the suggestion that HR approves it"


def approve(core: Core, actor: Actor, cycle_id: int, people: Sequence[int]) -> int:
    """Confirms submitted rows; all of them or none. NotAllowed (four_eyes, needs_hr), Conflict, NotFound."""
    with core.database.transaction() as tx:
        _approvable(tx, actor, cycle_id, people)
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
    text = note.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise InvalidInput("say what should change", fields={"note": "write one or two sentences"})
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in (CycleState.OPEN, CycleState.REVIEW):
            raise NotAllowed(f"the cycle is in state {found.state}", code="cycle_state")
        if not people:
            raise InvalidInput("choose at least one person", fields={"people": "nobody is chosen"})
        for person in cycles.participants(tx, cycle_id, people):
            if person.manager_id == actor.person_id and Role.HR_ADMIN not in actor.roles:
                raise NotAllowed(
                    "you are this person's manager: take the raise back instead", code="four_eyes"
                )
        for person_id in people:
            scope.check(tx, cycle_id, viewer(actor), person_id)
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
