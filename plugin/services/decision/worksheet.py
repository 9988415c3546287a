"""The manager's page as one value: budget, rows, reasons, peers, evidence; what is not in here is not shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plugin.domain import (
    CycleState,
    Money,
    Reveal,
    Role,
)
from plugin.errors import NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import deciding, recommendation
from plugin.services.decision.deciding import Case, Wish
from plugin.services.decision.sheet import Budget, Counts, Edited, Row, Team, Worksheet, row_of
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.cycles import Cycle, Objection, Participant
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope, standing
from plugin.store.decision.standing import Hiding, Standing
from plugin.store.evidence import evidence_facts
from plugin.store.evidence.evidence_facts import AwardDetail
from plugin.store.operation import audits
from plugin.store.people import withheld
from plugin.texts import N_, _

ZERO = Decimal(0)
SHOWN_STATES = (
    CycleState.SHADOW,
    CycleState.OPEN,
    CycleState.REVIEW,
    CycleState.APPROVED,
    CycleState.EXPORTED,
    CycleState.CLOSED,
)
VIEWED = "recommendation.view"  # in the audit trail: this person's recommendation was opened
STEPS = (N_("Draft"), N_("Submitted"), N_("Approved"), N_("Sent to payroll"))


def cycles_for(core: Core, actor: Actor) -> list[Cycle]:
    """Cycles in which the actor has a team, newest first; all for HR administrators."""
    with core.database.reading() as tx:
        if Role.HR_ADMIN in actor.roles:
            return [c for c in cycles.newest_first(tx) if c.state in SHOWN_STATES]
        if actor.person_id is None:
            return []
        return cycles.of_person(tx, actor.person_id, shown_to(actor))


def shown_to(actor: Actor) -> tuple[CycleState, ...]:
    """A shadow run is for HR only: managers see nothing before the cycle opens."""
    return SHOWN_STATES if Role.HR_ADMIN in actor.roles else SHOWN_STATES[1:]


def load(core: Core, actor: Actor, cycle_id: int, manager_id: int | None = None) -> Worksheet:
    """The team of ``manager_id`` (default: the actor's own). NotFound when the actor may not see it.

    The view is written to the audit trail.
    """
    with core.database.reading() as tx:
        sheet = read(tx, actor, cycle_id, manager_id)
    with core.database.transaction() as tx:  # short: many people open pages at once
        subject = f"cycle:{cycle_id}:team:{sheet.manager_id}"
        audits.append(tx, core.clock(), actor.name, "worksheet.view", subject)
    return sheet


def reload(core: Core, actor: Actor, cycle_id: int, manager_id: int) -> Worksheet:
    """The same, right after an edit on the page that was audited already."""
    with core.database.reading() as tx:
        return read(tx, actor, cycle_id, manager_id)


def read(tx: Tx, actor: Actor, cycle_id: int, manager_id: int | None) -> Worksheet:
    """In the caller's transaction, without a note in the audit trail."""
    found = cycles.get(tx, cycle_id)
    team_of = manager_id if manager_id is not None else actor.person_id
    if found.state not in shown_to(actor) or team_of is None:
        raise NotFound(_("the cycle doesn't exist"), remedy=_("wait until HR opens it"))
    name = _manager_name(tx, actor, cycle_id, team_of)
    people = _people(tx, actor, cycle_id, team_of)
    rows = _rows(tx, actor, found, people)
    return Worksheet(**vars(_team(tx, actor, found, team_of)), manager_name=name, rows=rows)


def _team(tx: Tx, actor: Actor, found: Cycle, manager_id: int) -> Team:
    """Budget, counts and state by one query, for a page of all rows and for the answer to an edit of one."""
    how = found.reveal if found.state == CycleState.OPEN else Reveal.TOGETHER
    reveal = Hiding(how, actor.name, VIEWED, deciding.subject_prefix(found.id))
    sums = standing.of_team(tx, found.id, deciding.viewer(actor), manager_id, reveal)
    return Team(
        cycle=found,
        manager_id=manager_id,
        is_own=manager_id == actor.person_id,
        budget=_budget(found, sums),
        counts=_counts(sums),
        step=sums.step or 0,
        hidden=sums.hidden,
        submitted=sums.submitted,
        is_editable=sums.editable > 0 and found.state in deciding.open_states(actor),
        top=sums.top,
    )


Change = Callable[[Row], Wish | None]


def edit(
    core: Core,
    actor: Actor,
    cycle_id: int,
    manager_id: int,
    person_id: int,
    change: Change | None = None,
    *,
    is_open: bool = False,
) -> Edited:
    """The row of one person of a team after what ``change`` wishes of it, and what changes with it, in one transaction. ``is_open``:
    with all that "Why" shows of the person.

    NotFound when the person is not in the team; else as ``deciding.decide``, and what ``change`` raises.
    """
    opened = core.database.transaction() if change else core.database.reading()
    with opened as tx:
        case = deciding.read_case(tx, actor, cycle_id, person_id, manager_id, with_others=is_open)
        if case.cycle.state not in shown_to(actor):
            raise NotFound(_("the cycle doesn't exist"), remedy=_("wait until HR opens it"))
        row = _row_of(tx, actor, case)
        wish = change(row) if change else None
        if wish is not None:
            saved = deciding.carry_out(core, tx, actor, case, wish)
            row = _row_of(tx, actor, replace(case, decision=saved))
        return Edited(**vars(_team(tx, actor, case.cycle, manager_id)), row=row)


def _row_of(tx: Tx, actor: Actor, case: Case) -> Row:
    assert case.person is not None
    is_open = case.decision is None or case.decision.percent is None
    opened = opened_by(tx, actor, case.cycle, [case.person.person_id]) if is_open else ()
    return row_of(
        actor, case.cycle, case.person, case.recommended, case.decision, opened, is_held=case.is_held
    )


def opened_by(tx: Tx, actor: Actor, cycle: Cycle, people: Collection[int]) -> frozenset[int]:
    """Whose recommendation the actor asked to see, by the audit trail; read only where the cycle shows it on request."""
    if cycle.reveal != Reveal.ON_REQUEST or cycle.state != CycleState.OPEN:
        return frozenset()
    of = {deciding.subject(cycle.id, person_id): person_id for person_id in people}
    return frozenset(of[name] for name in audits.subjects(tx, actor.name, VIEWED, list(of)))


def _manager_name(tx: Tx, actor: Actor, cycle_id: int, manager_id: int) -> str:
    scope.check_team(tx, cycle_id, deciding.viewer(actor), manager_id)
    if manager_id == scope.NO_MANAGER:
        return ""
    listed = cycles.participants(tx, cycle_id, [manager_id])
    return listed[0].display_name if listed else ""


def _people(tx: Tx, actor: Actor, cycle_id: int, manager_id: int) -> list[Participant]:
    reports = cycles.direct_reports(tx, cycle_id, manager_id)
    allowed = scope.visible(tx, cycle_id, deciding.viewer(actor), [p.person_id for p in reports])
    return [p for p in reports if p.person_id in allowed]


def _rows(tx: Tx, actor: Actor, cycle: Cycle, people: Sequence[Participant]) -> tuple[Row, ...]:
    ids = [p.person_id for p in people]
    stored = recommendations.current(tx, cycle.id, ids)
    decided = decisions.of_people(tx, cycle.id, ids)
    opened = opened_by(tx, actor, cycle, ids)
    held = withheld.held_people(tx, ids, cycle_id=cycle.id)
    return tuple(
        row_of(
            actor,
            cycle,
            person,
            None if (one := stored.get(person.person_id)) is None else recommendation.from_stored(one),
            decided.get(person.person_id),
            opened,
            is_held=person.person_id in held,
        )
        for person in people
    )


def _budget(cycle: Cycle, sums: Standing) -> Budget:
    """Each person brings the team the rate of the own pool."""
    return Budget(
        Money(sums.used, cycle.currency).rounded(),
        Money(sums.budget, cycle.currency).rounded(),
        Money(sums.planned, cycle.currency).rounded(),
        Money(sums.cost, cycle.currency).rounded(),
        Money(sums.planned_cost, cycle.currency).rounded(),
        Money(sums.payroll, cycle.currency),
    )


def _counts(sums: Standing) -> Counts:
    return Counts(
        held=sums.held,
        total=sums.eligible,
        decided=sums.decided,
        todo=sums.eligible - sums.decided,
        reasons=sums.reasons,
        outside=sums.outside,
        not_eligible=sums.people - sums.held - sums.eligible,
        unchanged=sums.unchanged,
    )


def is_unchanged(row: Row) -> bool:
    """Decided exactly as recommended."""
    return row.decision is not None and row.decision.is_unchanged


# --- one person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Detail:
    """What "Why" shows beyond the row: everything about one person, nobody else's data."""

    row: Row
    awards: tuple[AwardDetail, ...]
    objections: tuple[Objection, ...]
    as_of: date


def open_detail(core: Core, actor: Actor, cycle_id: int, person_id: int, *, action: str = VIEWED) -> Detail:
    """NotFound when the actor may not see the person; the view is written to the audit trail as ``action``."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in shown_to(actor):
            raise NotFound(_("the cycle doesn't exist"), remedy=_("wait until HR opens it"))
        scope.check(tx, cycle_id, deciding.viewer(actor), person_id)
        rows = _rows(tx, actor, found, cycles.participants(tx, cycle_id, [person_id]))
        detail = Detail(
            rows[0],
            tuple(evidence_facts.award_details(tx, person_id)),
            tuple(cycles.objections(tx, cycle_id, [person_id])),
            found.snapshot_on,
        )
    with core.database.transaction() as tx:
        subject = deciding.subject(cycle_id, person_id)
        audits.append(tx, core.clock(), actor.name, action, subject)
    return detail
