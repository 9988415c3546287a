"""The manager's page as one value: budget, rows, reasons, peers, evidence; what is not in here is not shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plugin.advisor.recommendation.snapshot import SkillEvidence
from plugin.domain import (
    CycleState,
    DecisionState,
    Missing,
    Money,
    RecommendationStatus,
    Reveal,
    Role,
    RowStatus,
    total_money,
)
from plugin.errors import NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import deciding, recommendation
from plugin.services.decision.recommendation import Advice
from plugin.store.cycle import cycles, pools, recommendations
from plugin.store.cycle.cycles import Cycle, Objection, Participant
from plugin.store.cycle.recommendations import StoredRecommendation
from plugin.store.database import Tx
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import Decision
from plugin.store.evidence import evidence_facts
from plugin.store.evidence.evidence_facts import AwardDetail
from plugin.store.operation import audits

ZERO = Decimal(0)
SHOWN_STATES = (
    CycleState.SHADOW,
    CycleState.OPEN,
    CycleState.REVIEW,
    CycleState.APPROVED,
    CycleState.EXPORTED,
    CycleState.CLOSED,
)
STEPS = ("Draft", "Submitted", "Approved", "Sent to payroll")


@dataclass(frozen=True)
class Row:
    """One person of a team. Percent are points of pay; ``status`` is what the page has words for.

    ``is_revealed`` False: the cycle asks for one's own figure, or for a click, before the suggestion is shown.
    """

    person_id: int
    name: str
    job_title: str
    advice: Advice | None
    decision: Decision | None
    status: RowStatus
    is_revealed: bool
    is_editable: bool
    pool: str  # which pays for merit; "" = none does
    needs_hr: bool  # only HR may approve what is decided

    @property
    def version(self) -> int:
        return self.decision.version if self.decision else 0

    @property
    def percent(self) -> Decimal | None:
        return self.decision.percent if self.decision else None

    @property
    def state(self) -> DecisionState:
        return self.decision.state if self.decision else DecisionState.OPEN

    @property
    def raised_by(self) -> Money | None:
        return deciding.amount_of(self.decision) if self.decision else None

    @property
    def paid_once(self) -> Money | None:
        """What is decided to be paid once on top; None when that is nothing."""
        return deciding.lump_of(self.decision) if self.decision else None

    @property
    def new_pay(self) -> Money | None:
        """What is paid a year after the decided raise."""
        if self.advice is None or self.raised_by is None:
            return None
        return self.advice.row.paid + self.raised_by

    @property
    def annual_after(self) -> Money | None:
        """Full-time pay after the decided raise, for the place in the range."""
        if self.advice is None or self.percent is None:
            return None
        return self.advice.annual_after(self.percent)

    @property
    def skills(self) -> tuple[SkillEvidence, ...]:
        """New badges since the last raise, each once."""
        if self.advice is None:
            return ()
        once = {piece.badge_award_id: piece for piece in self.advice.row.new_evidence}
        return tuple(once.values())


@dataclass(frozen=True)
class Budget:
    """The money of one team beyond what pools of their own pay. ``left`` below zero = over budget; percentages are points of
    the pay of those whom a pool pays for."""

    used: Money
    budget: Money
    suggested: Money
    payroll: Money

    @property
    def left(self) -> Money:
        return self.budget - self.used

    def share(self, amount: Money) -> Decimal:
        """``amount`` in points of the team's pay."""
        return amount.amount * 100 / self.payroll.amount if self.payroll.amount else ZERO


@dataclass(frozen=True)
class Counts:
    total: int
    decided: int
    todo: int
    reasons: int
    outside: int
    not_eligible: int
    unchanged: int  # decided exactly as suggested


@dataclass(frozen=True)
class Worksheet:
    """One manager's team in one cycle, as the actor may see it."""

    cycle: Cycle
    manager_id: int
    manager_name: str
    is_own: bool
    rows: tuple[Row, ...]
    budget: Budget
    counts: Counts
    step: int  # index into STEPS

    def row(self, person_id: int) -> Row:
        """NotFound when the person is not in this team."""
        for row in self.rows:
            if row.person_id == person_id:
                return row
        raise NotFound("no such person in this team")

    @property
    def is_editable(self) -> bool:
        return any(row.is_editable for row in self.rows)

    @property
    def is_being_made_anew(self) -> bool:
        """The model was switched off, and suggestions in which it spoke still stand here."""
        spoke = (
            row.advice.recommendation.status == RecommendationStatus.ADVISED
            for row in self.rows
            if row.advice
        )
        return self.cycle.matrix_only and any(spoke)

    @property
    def can_submit(self) -> bool:
        return self.is_editable and not self.counts.todo and not self.counts.reasons

    @property
    def can_recall(self) -> bool:
        return (
            self.is_own
            and self.cycle.state == CycleState.OPEN
            and any(r.state == DecisionState.SUBMITTED for r in self.rows)
        )


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
        raise NotFound("no such cycle", remedy="wait until HR opens it")
    name = _manager_name(tx, actor, cycle_id, team_of)
    people = _people(tx, actor, cycle_id, team_of)
    rows = _rows(tx, actor, found, people)
    return Worksheet(
        cycle=found,
        manager_id=team_of,
        manager_name=name,
        is_own=team_of == actor.person_id,
        rows=rows,
        budget=_budget(found, rows, {row.code: row.rate for row in pools.of_cycle(tx, cycle_id)}),
        counts=_counts(rows),
        step=_step(rows),
    )


def _manager_name(tx: Tx, actor: Actor, cycle_id: int, manager_id: int) -> str:
    scope.check_team(tx, cycle_id, deciding.viewer(actor), manager_id)
    if manager_id == scope.NO_MANAGER:
        return "Nobody"
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
    opened = deciding.opened_by(tx, actor, cycle, ids)
    return tuple(
        _row(
            actor,
            cycle,
            person,
            stored.get(person.person_id),
            decided.get(person.person_id),
            opened,
        )
        for person in people
    )


def _row(
    actor: Actor,
    cycle: Cycle,
    person: Participant,
    stored: StoredRecommendation | None,
    decision: Decision | None,
    opened: Collection[int],
) -> Row:
    found = recommendation.from_stored(stored) if stored is not None else None
    open_states = (CycleState.OPEN, CycleState.REVIEW) if Role.HR_ADMIN in actor.roles else (CycleState.OPEN,)
    state = decision.state if decision else DecisionState.OPEN
    eligible = found is not None and found.is_eligible
    return Row(
        person_id=person.person_id,
        name=person.display_name,
        job_title=person.job_title or "",
        advice=found,
        decision=decision,
        status=_status(cycle, found, decision),
        is_revealed=deciding.is_revealed(cycle, person.person_id, decision, opened),
        is_editable=eligible and cycle.state in open_states and state in deciding.EDITABLE,
        pool=(stored.pool or "") if stored is not None else "",
        needs_hr=decision is not None and decision.needs_hr,
    )


def _status(cycle: Cycle, found: Advice | None, decision: Decision | None) -> RowStatus:
    if found is None:
        return RowStatus.NONE
    if not found.is_eligible:
        return RowStatus.NA
    gap = deciding.missing(found, decision)
    if gap is Missing.DECIDE:
        needs_own = cycle.reveal == Reveal.AFTER_OWN and (decision is None or decision.own_estimate is None)
        return RowStatus.ESTIMATE if needs_own else RowStatus.TODO
    if gap:
        return RowStatus(gap)
    assert decision is not None
    return RowStatus.EXPLAINED if decision.is_outside else RowStatus.OK


def _budget(cycle: Cycle, rows: Sequence[Row], rates: Mapping[str, Decimal]) -> Budget:
    """Each person brings the team the rate of the own pool; suggestions that are hidden are not added up."""
    eligible = [(row, row.advice) for row in rows if row.advice is not None and row.advice.is_eligible]
    funded = [(found.row.paid, rates[row.pool]) for row, found in eligible if row.pool in rates]
    used = [Money(row.decision.budget_cost, cycle.currency) for row, _ in eligible if row.decision]
    planned = [found.budget_cost for _, found in eligible]
    pool = [Money(paid.amount * rate, cycle.currency) for paid, rate in funded]
    return Budget(
        total_money(used, cycle.currency).rounded(),
        total_money(pool, cycle.currency).rounded(),
        total_money(planned, cycle.currency).rounded(),
        total_money((paid for paid, _ in funded), cycle.currency),
    )


def _counts(rows: Sequence[Row]) -> Counts:
    eligible = [row for row in rows if row.advice is not None and row.advice.is_eligible]
    decided = [row for row in eligible if row.percent is not None]
    return Counts(
        total=len(eligible),
        decided=len(decided),
        todo=len(eligible) - len(decided),
        reasons=sum(row.status in (RowStatus.REASON, RowStatus.NOTE) for row in eligible),
        outside=sum(
            row.status in (RowStatus.REASON, RowStatus.NOTE, RowStatus.EXPLAINED) for row in eligible
        ),
        not_eligible=len(rows) - len(eligible),
        unchanged=sum(is_unchanged(row) for row in decided),
    )


def is_unchanged(row: Row) -> bool:
    """Decided exactly as suggested."""
    return row.decision is not None and row.decision.is_unchanged


def _step(rows: Sequence[Row]) -> int:
    """How far the team has come: the slowest row counts."""
    order = {
        DecisionState.SUBMITTED: 1,
        DecisionState.APPROVED: 2,
        DecisionState.FAILED: 2,
        DecisionState.EXPORTED: 3,
    }
    reached = [order.get(row.state, 0) for row in rows if row.advice is not None and row.advice.is_eligible]
    return min(reached, default=0)


# --- one person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Detail:
    """What "Why" shows beyond the row: everything about one person, nobody else's data."""

    row: Row
    awards: tuple[AwardDetail, ...]
    objections: tuple[Objection, ...]
    as_of: date


def open_detail(
    core: Core, actor: Actor, cycle_id: int, person_id: int, *, action: str = deciding.VIEWED
) -> Detail:
    """NotFound when the actor may not see the person; the view is written to the audit trail as ``action``."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in shown_to(actor):
            raise NotFound("no such cycle", remedy="wait until HR opens it")
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
