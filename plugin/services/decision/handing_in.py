"""A whole team's decisions: take over the rest, hand in, recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.domain import CycleState, DecisionState, JsonObject, Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.decision import judging, recommendation
from plugin.services.decision.deciding import (
    EDITABLE,
    Case,
    Choice,
    must_be_editable,
    note_change,
    record,
    subject,
    values_of,
    viewer,
)
from plugin.services.decision.sheet import is_revealed, missing
from plugin.services.decision.worksheet import opened_by
from plugin.store.cycle import cycles, recommendations
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import DecisionChange
from plugin.store.operation import audits
from plugin.store.people import withheld
from plugin.texts import _, ngettext


def _team(tx: Tx, actor: Actor, cycle_id: int, manager_id: int) -> list[Case]:
    """The rows of a manager's direct reports that take part and are not held; the manager is the actor or somebody that the actor may see."""
    scope.check_team(tx, cycle_id, viewer(actor), manager_id)
    found = cycles.get(tx, cycle_id)
    ids = [p.person_id for p in cycles.direct_reports(tx, cycle_id, manager_id)]
    allowed = scope.visible(tx, cycle_id, viewer(actor), ids)
    held = withheld.held_people(tx, ids, cycle_id=cycle_id)
    stored = recommendations.current(tx, cycle_id, [i for i in ids if i in allowed and i not in held])
    decided = decisions.of_people(tx, cycle_id, list(stored))
    made = [(recommendation.without_others(stored[i]), decided.get(i)) for i in ids if i in stored]
    terms = judging.terms_of(tx, found)
    return [Case(found, terms, one, decision) for one, decision in made if one.is_eligible]


@dataclass(frozen=True)
class Taken:
    """How many recommendations were taken over, and why others were not: still hidden from the actor, or there is no figure."""

    done: int = 0
    hidden: int = 0
    without: int = 0


def accept_rest(core: Core, actor: Actor, cycle_id: int, manager_id: int) -> Taken:
    """Decides every undecided row of the team as recommended, never a decided one, and none that the actor was not shown."""
    with core.database.transaction() as tx:
        todo = [case for case in _team(tx, actor, cycle_id, manager_id) if case.state == DecisionState.OPEN]
        given = [case for case in todo if case.recommended.percent is not None]
        if not given:
            return Taken(without=len(todo))
        opened = opened_by(tx, actor, given[0].cycle, [case.recommended.row.person_id for case in given])
        shown = [
            case
            for case in given
            if is_revealed(case.cycle, case.recommended.row.person_id, case.decision, opened)
        ]
        _save_recommended(core, tx, actor, shown)
        return Taken(len(shown), len(given) - len(shown), len(todo) - len(given))


def _save_recommended(core: Core, tx: Tx, actor: Actor, cases: Sequence[Case]) -> None:
    """All at once: one insert, one update, one entry each in the audit trail."""
    if not cases:
        return
    cycle_id, now = cases[0].cycle.id, core.clock()
    rows: dict[int, tuple[int, DecisionChange]] = {}
    for case in cases:
        must_be_editable(case, actor)
        values = values_of(actor, case, Choice(percent=case.recommended.percent))
        version = case.decision.version if case.decision else 0
        rows[case.recommended.row.person_id] = (
            version,
            {**values, "decided_by": actor.name, "decided_at": now},
        )
    decisions.save_many(tx, cycle_id, rows)
    saved = decisions.of_people(tx, cycle_id, list(rows))
    before = {case.recommended.row.person_id: record(case.decision) for case in cases}
    details: dict[str, JsonObject] = {
        subject(cycle_id, who): {"before": before[who], "after": record(saved[who])} for who in rows
    }
    audits.append_many(tx, now, actor.name, "decision.save", details)


def submit(core: Core, actor: Actor, cycle_id: int, manager_id: int) -> int:
    """Hands a complete team to the approver; says how many rows. InvalidInput names how many are incomplete."""
    with core.database.transaction() as tx:
        team = _team(tx, actor, cycle_id, manager_id)
        if not team:
            raise InvalidInput(_("There are no raises to submit."))
        for case in team:
            if case.state in EDITABLE:
                must_be_editable(case, actor)
        gaps = [gap for case in team if (gap := missing(case.recommended, case.decision))]
        if gaps:
            fields = {str(gap): str(gaps.count(gap)) for gap in dict.fromkeys(gaps)}
            raise InvalidInput(
                ngettext("%(num)s row is not complete.", "%(num)s rows are not complete.", len(gaps)),
                fields=fields,
            )
        people = [case.recommended.row.person_id for case in team if case.state in EDITABLE]
        if not people:
            raise NotAllowed(_("This team was already submitted."), code="submitted")
        decisions.move(
            tx,
            cycle_id,
            people,
            expected=(DecisionState.DECIDED, DecisionState.SENT_BACK),
            to=DecisionState.SUBMITTED,
        )
        note_change(core, tx, actor, cycle_id, "decision.submit", people)
        return len(people)


def recall(core: Core, actor: Actor, cycle_id: int, manager_id: int) -> int:
    """Takes back what was submitted and not approved yet; says how many rows."""
    with core.database.transaction() as tx:
        team = _team(tx, actor, cycle_id, manager_id)
        if manager_id != actor.person_id and Role.HR_ADMIN not in actor.roles:
            raise NotAllowed(_("Only the team’s manager can recall raises. Send them back with a note."))
        people = [case.recommended.row.person_id for case in team if case.state == DecisionState.SUBMITTED]
        if not people or team[0].cycle.state != CycleState.OPEN:
            raise NotAllowed(_("There is nothing to recall."), code="cycle_state")
        decisions.move(tx, cycle_id, people, expected=(DecisionState.SUBMITTED,), to=DecisionState.DECIDED)
        note_change(core, tx, actor, cycle_id, "decision.recall", people)
        return len(people)
