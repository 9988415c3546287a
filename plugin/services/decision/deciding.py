"""What managers decide: limits by role, reasons, row versions, undo, own figure first, submit and recall."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.domain import CycleState, DecisionState, JsonObject, Reveal, Role
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.services.decision import judging, recommendation
from plugin.services.decision.judging import (
    CENT,
    Terms,
    as_stored,
    check_hard,
    check_undo,
    figures_of,
    limits,
    of_estimates,
    percent_of,
    standing,
)
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle import cycles
from plugin.store.cycle.cycles import Cycle, Participant
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import Decision, DecisionChange
from plugin.store.operation import audits
from plugin.texts import N_, _

REASONS = {
    "retention": N_("Retention risk"),
    "equity": N_("Pay equity correction"),
    "new_duties": N_("New responsibilities"),
    "performance": N_("Performance since the rating"),
    "market": N_("Market or outside offer"),
    "other": N_("Other (add a note)"),
}
EDITABLE = (DecisionState.OPEN, DecisionState.DECIDED, DecisionState.SENT_BACK)
UNDECIDED: DecisionChange = {
    "percent": None,
    "amount": None,
    "lump_amount": None,
    "state": DecisionState.OPEN,
    **decisions.columns_of(decisions.UNDECIDED),
}


@dataclass(frozen=True)
class Choice:
    """What a manager enters: ``percent`` of pay or ``amount`` a year (one of them; both None = undecided again).

    ``version`` is the row's version on the page, 0 when there was no decision yet. None for reason or note keeps what is there.
    ``is_same_figure``: only other things of the row were changed, so money that was typed stands.
    """

    percent: Decimal | None = None
    amount: Decimal | None = None
    reason_code: str | None = None
    note: str | None = None
    version: int = 0
    is_same_figure: bool = False


class NothingToUndo(NotFound):
    """The row was never changed."""


@dataclass(frozen=True)
class OwnFigure:
    """What a manager would give, said before the recommendation is shown."""

    percent: Decimal


@dataclass(frozen=True)
class Undo:
    """``version`` as in ``Choice``."""

    version: int


Wish = Choice | OwnFigure | Undo


def viewer(actor: Actor) -> scope.Viewer:
    """What the access rule needs to know of an actor."""
    return scope.Viewer(actor.person_id, everyone=Role.HR_ADMIN in actor.roles)


@dataclass(frozen=True)
class Case:
    """One row in work: the cycle with its policy's terms, the person's recommendation, and the decision so far."""

    cycle: Cycle
    terms: Terms
    recommended: PersonRecommendation
    decision: Decision | None
    person: Participant | None = None
    is_held: bool = False  # HR is checking a value of the person: there is no figure until then

    @property
    def state(self) -> DecisionState:
        return self.decision.state if self.decision else DecisionState.OPEN


def read_case(
    tx: Tx,
    actor: Actor,
    cycle_id: int,
    person_id: int,
    manager_id: int | None = None,
    *,
    with_others: bool = False,
) -> Case:
    """NotFound when the actor may not see the person, or the person is not in the team of ``manager_id``. ``with_others``: with
    comparable people and what-ifs, which only "Why" shows."""
    found = cycles.get(tx, cycle_id)
    line = decisions.line(tx, cycle_id, viewer(actor), person_id, manager_id)
    if line is None:
        raise NotFound(_("this employee is not in the cycle"), remedy=_("go to your team's page"))
    if line.stored is None:
        raise NotFound(_("this employee has no recommendation in this cycle"))
    read = recommendation.from_stored if with_others else recommendation.without_others
    terms = judging.terms_of(tx, found)
    return Case(found, terms, read(line.stored), line.decision, line.person, line.is_held)


def open_states(actor: Actor) -> tuple[CycleState, ...]:
    """States of a cycle in which the actor decides."""
    return (CycleState.OPEN, CycleState.REVIEW) if Role.HR_ADMIN in actor.roles else (CycleState.OPEN,)


def must_be_editable(case: Case, actor: Actor) -> None:
    if case.cycle.state not in open_states(actor):
        raise NotAllowed(_("This cycle is not open for decisions."), code="cycle_state")
    if case.state not in EDITABLE:
        raise NotAllowed(
            _("This raise was submitted. Recall your team’s raises to edit it."), code="submitted"
        )
    if case.is_held:
        raise NotAllowed(
            _("HR is checking this employee’s data. No raise can be decided until then."),
            code="held",
            remedy=_("wait until HR has released it"),
        )
    if not case.recommended.is_eligible:
        raise NotAllowed(_("This employee is not eligible in this cycle."), code="ineligible")


def decide(core: Core, actor: Actor, cycle_id: int, person_id: int, choice: Choice) -> Decision:
    """Saves one figure. InvalidInput (field percent, reason or note), Conflict for an old version, NotAllowed, NotFound."""
    with core.database.transaction() as tx:
        return _decide(core, tx, actor, read_case(tx, actor, cycle_id, person_id), choice)


def carry_out(core: Core, tx: Tx, actor: Actor, case: Case, wish: Wish) -> Decision:
    """As ``decide``, ``estimate`` or ``undo``, for a case that was read in this transaction."""
    if isinstance(wish, OwnFigure):
        return _estimate(core, tx, actor, case, wish.percent)
    if isinstance(wish, Undo):
        return _undo(core, tx, actor, case, wish.version)
    return _decide(core, tx, actor, case, wish)


def _decide(core: Core, tx: Tx, actor: Actor, case: Case, choice: Choice) -> Decision:
    must_be_editable(case, actor)
    if case.cycle.reveal == Reveal.AFTER_OWN and (
        case.decision is None or case.decision.own_estimate is None
    ):
        raise NotAllowed(_("Enter your own figure before you see the recommendation."), code="own_first")
    return _save(core, tx, actor, case, choice.version, values_of(actor, case, choice))


def values_of(actor: Actor, case: Case, choice: Choice) -> DecisionChange:
    figures = _figures(actor, case, choice)
    before = case.decision
    reason = (
        choice.reason_code if choice.reason_code is not None else (before.reason_code if before else None)
    )
    note = choice.note if choice.note is not None else (before.note if before else None)
    if reason and reason not in REASONS:
        raise InvalidInput(
            _("choose a reason from the list"), fields={"reason": _("Select a reason from the list.")}
        )
    if note:
        note = reasons.read(note, "note", _("Note"), None)
    keep = figures["is_outside"]
    return {
        **figures,
        "approver_note": None,  # who decides has read it
        "reason_code": (reason or None) if keep else None,
        "note": note or None,
    }


def _figures(actor: Actor, case: Case, choice: Choice) -> DecisionChange:
    """Percent (two decimals) and money (the policy's unit) from whichever was given."""
    found, amount = case.recommended, choice.amount
    if amount is not None:
        exact = percent_of(found, amount, case.terms)
    elif choice.percent is not None:
        exact = as_stored(choice.percent)
        if choice.is_same_figure and case.decision is not None:
            amount = standing(found, case.decision.amount, exact, case.terms)
    else:
        return {**UNDECIDED, "currency": found.row.paid.currency}
    check_hard(limits(actor, found, case.terms.approvals), exact)
    percent = exact.quantize(CENT, ROUND_HALF_UP)
    return {**figures_of(found, percent, amount, case.terms), "state": DecisionState.DECIDED}


def _save(core: Core, tx: Tx, actor: Actor, case: Case, version: int, values: DecisionChange) -> Decision:
    cycle_id, person_id, now = case.cycle.id, case.recommended.row.person_id, core.clock()
    signed: DecisionChange = {**values, "decided_by": actor.name, "decided_at": now}
    saved = decisions.save(tx, cycle_id, person_id, version, **signed)
    detail: JsonObject = {"before": record(case.decision), "after": record(saved)}
    audits.append(tx, now, actor.name, "decision.save", subject(cycle_id, person_id), detail)
    return saved


def subject(cycle_id: int, person_id: int) -> str:
    """How the audit trail names one decision."""
    return f"{subject_prefix(cycle_id)}{person_id}"


def subject_prefix(cycle_id: int) -> str:
    return f"decision:{cycle_id}:"


def record(decision: Decision | None) -> JsonObject | None:
    """For the audit trail, which is never erased: no words of anybody, so the note is left out."""
    if decision is None:
        return None
    return {
        "percent": None if decision.percent is None else str(decision.percent),
        "amount": None if decision.amount is None else str(decision.amount),
        "lump_amount": None if decision.lump_amount is None else str(decision.lump_amount),
        "own_estimate": None if decision.own_estimate is None else str(decision.own_estimate),
        "reason_code": decision.reason_code,
        "state": decision.state,
    }


def estimate(core: Core, actor: Actor, cycle_id: int, person_id: int, percent: Decimal) -> Decision:
    """The manager's own figure, given before the recommendation is shown; it can be given once. Conflict when it was."""
    with core.database.transaction() as tx:
        return _estimate(core, tx, actor, read_case(tx, actor, cycle_id, person_id), percent)


def _estimate(core: Core, tx: Tx, actor: Actor, case: Case, percent: Decimal) -> Decision:
    must_be_editable(case, actor)
    own = as_stored(percent)
    check_hard(of_estimates(case.terms.approvals), own)
    before = case.decision
    version = before.version if before else 0
    if before and before.own_estimate is not None:
        raise NotAllowed(_("your own figure is already saved"), code="own_given")
    kept = {} if before else UNDECIDED
    return _save(core, tx, actor, case, version, {**kept, "own_estimate": own})


def undo(core: Core, actor: Actor, cycle_id: int, person_id: int, version: int) -> Decision:
    """Back to the figure and reason before the last change of this row; a second undo brings the change back.

    The note stays as it is. NotFound when nothing was changed yet, NotAllowed for a figure beyond what the actor may decide.
    """
    with core.database.transaction() as tx:
        return _undo(core, tx, actor, read_case(tx, actor, cycle_id, person_id), version)


def _undo(core: Core, tx: Tx, actor: Actor, case: Case, version: int) -> Decision:
    must_be_editable(case, actor)
    name = subject(case.cycle.id, case.recommended.row.person_id)
    last = audits.page(tx, subject=name, action="decision.save", limit=1)
    if not last:
        raise NothingToUndo(_("there is nothing to undo"))
    before = last[0].detail.get("before")
    earlier = before if isinstance(before, dict) else {}
    values = _restored(earlier, case)
    found, amount, points = case.recommended, values["amount"], values["percent"]
    exact = points if amount is None else percent_of(found, amount, case.terms)
    check_undo(limits(actor, found, case.terms.approvals), exact)
    return _save(core, tx, actor, case, version, values)


def _restored(record: JsonObject, case: Case) -> DecisionChange:
    percent, amount = _number(record.get("percent")), _number(record.get("amount"))
    if percent is None:
        return {**UNDECIDED, "reason_code": None}
    amount = standing(case.recommended, amount, percent, case.terms)
    figures = figures_of(case.recommended, percent, amount, case.terms)
    reason = record.get("reason_code") if figures["is_outside"] else None
    kept = reason if isinstance(reason, str) else None
    return {**figures, "reason_code": kept, "state": DecisionState.DECIDED}


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) else None


# --- a whole team ---------------------------------------------------------------------------------------------------


def note_change(
    core: Core, tx: Tx, actor: Actor, cycle_id: int, action: str, people: Collection[int]
) -> None:
    ids: JsonObject = {"people": [*sorted(people)]}
    audits.append(tx, core.clock(), actor.name, action, f"cycle:{cycle_id}", ids)


def report_problem(core: Core, actor: Actor, cycle_id: int, person_id: int, text: str) -> int:
    """Tells HR that something in a person's data is wrong; InvalidInput without words."""
    words = reasons.read(text, "text", _("What is wrong"), _("Describe the error in one or two sentences."))
    with core.database.transaction() as tx:
        scope.check(tx, cycle_id, viewer(actor), person_id)
        now = core.clock()
        number = cycles.add_objection(tx, cycle_id, person_id, words, actor.name, now)
        audits.append(tx, now, actor.name, "objection.add", subject(cycle_id, person_id), {"id": number})
        return number
