"""The values of a worksheet: rows with what is missing in them, budget, counts; nothing is read here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from plugin.domain import (
    CycleState,
    DecisionState,
    Missing,
    Money,
    RecommendationStatus,
    Reveal,
    RowStatus,
)
from plugin.errors import NotFound
from plugin.services.core import Actor
from plugin.services.decision import deciding
from plugin.services.decision.panel import Panel
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle.cycles import Cycle, Participant
from plugin.store.decision.decisions import Decision
from plugin.texts import _


@dataclass(frozen=True)
class Row:
    """One person of a team. Percent are points of pay; ``status`` is what the page has words for.

    ``is_revealed`` False: the cycle asks for one's own figure, or for a click, before the recommendation is shown.
    """

    person_id: int
    name: str
    job_title: str
    recommended: PersonRecommendation | None
    decision: Decision | None
    status: RowStatus
    is_revealed: bool
    is_editable: bool
    needs_hr: bool  # only HR may approve what is decided

    @property
    def is_eligible(self) -> bool:
        return self.recommended is not None and self.recommended.is_eligible

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
        return self._money(self.decision.amount) if self.decision else None

    @property
    def paid_once(self) -> Money | None:
        """What is decided to be paid once on top; None when that is nothing."""
        return self._money(self.decision.lump_amount or None) if self.decision else None

    def _money(self, amount: Decimal | None) -> Money | None:
        currency = self.decision.currency if self.decision else None
        return None if amount is None or currency is None else Money(amount, currency)

    @property
    def new_pay(self) -> Money | None:
        """What is paid a year after the decided raise."""
        if self.recommended is None or self.raised_by is None:
            return None
        return self.recommended.row.paid + self.raised_by

    @property
    def annual_after(self) -> Money | None:
        """Full-time pay after the decided raise, for the place in the range."""
        if self.recommended is None or self.percent is None:
            return None
        return self.recommended.annual_after(self.percent)

    @cached_property
    def panel(self) -> Panel | None:
        """What page, file and charts are drawn from; None without a recommendation."""
        return None if self.recommended is None else Panel(self.recommended)


def row_of(
    actor: Actor,
    cycle: Cycle,
    person: Participant,
    found: PersonRecommendation | None,
    decision: Decision | None,
    opened: Collection[int],
    *,
    is_held: bool,
) -> Row:
    """Of who is held neither recommendation nor decision is shown. ``opened``: whose recommendation the actor asked to see."""
    if is_held:
        found, decision = None, None
    state = decision.state if decision else DecisionState.OPEN
    eligible = found is not None and found.is_eligible
    return Row(
        person_id=person.person_id,
        name=person.display_name,
        job_title=person.job_title or "",
        recommended=found,
        decision=decision,
        status=RowStatus.HELD if is_held else _status(cycle, found, decision),
        is_revealed=is_revealed(cycle, person.person_id, decision, opened),
        is_editable=eligible and cycle.state in deciding.open_states(actor) and state in deciding.EDITABLE,
        needs_hr=decision is not None and decision.needs_hr,
    )


def _status(cycle: Cycle, found: PersonRecommendation | None, decision: Decision | None) -> RowStatus:
    if found is None:
        return RowStatus.NONE
    if not found.is_eligible:
        return RowStatus.NA
    gap = missing(found, decision)
    if gap is Missing.DECIDE:
        needs_own = cycle.reveal == Reveal.AFTER_OWN and (decision is None or decision.own_estimate is None)
        return RowStatus.ESTIMATE if needs_own else RowStatus.TODO
    if gap:
        return RowStatus(gap)
    assert decision is not None
    return RowStatus.EXPLAINED if decision.is_outside else RowStatus.OK


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


def is_revealed(cycle: Cycle, person_id: int, decision: Decision | None, opened: Collection[int]) -> bool:
    """With ``on_request`` the recommendation is hidden until it was opened; with ``after_own`` the manager's own figure comes first."""
    if cycle.reveal == Reveal.TOGETHER or cycle.state != CycleState.OPEN:
        return True
    if decision is not None and decision.percent is not None:
        return True
    if cycle.reveal == Reveal.ON_REQUEST:
        return person_id in opened
    return decision is not None and decision.own_estimate is not None


@dataclass(frozen=True)
class Budget:
    """The money of one team. ``used`` and ``recommended`` count against ``budget``: without what pools of their own pay;
    ``cost`` and ``recommended_cost`` are all raises and lump sums. ``left`` below zero = over budget; percentages are points
    of the pay of those whom a pool pays for."""

    used: Money
    budget: Money
    recommended: Money
    cost: Money
    recommended_cost: Money
    payroll: Money

    @property
    def reserved(self) -> Money:
        """What pools of their own pay of the decided raises."""
        return self.cost - self.used

    @property
    def recommended_reserved(self) -> Money:
        """What pools of their own would pay of all recommendations."""
        return self.recommended_cost - self.recommended

    @property
    def left(self) -> Money:
        return self.budget - self.used

    def share(self, amount: Money) -> Decimal:
        """``amount`` in points of the team's pay."""
        return amount.amount * 100 / self.payroll.amount if self.payroll.amount else Decimal(0)


@dataclass(frozen=True)
class Counts:
    """``held``: HR is checking their data, so they are in none of the other numbers."""

    held: int
    total: int
    decided: int
    todo: int
    reasons: int
    outside: int
    not_eligible: int
    unchanged: int  # decided exactly as recommended


@dataclass(frozen=True)
class Team:
    """One manager's team in one cycle, as the actor may see it, without its rows."""

    cycle: Cycle
    manager_id: int
    is_own: bool
    budget: Budget
    counts: Counts
    step: int  # index into STEPS
    hidden: int  # people whose recommendation is not shown yet
    submitted: int
    is_editable: bool
    top: Decimal  # the largest points of the team

    @property
    def can_submit(self) -> bool:
        return self.is_editable and not self.counts.todo and not self.counts.reasons

    @property
    def can_recall(self) -> bool:
        return self.is_own and self.cycle.state == CycleState.OPEN and self.submitted > 0


@dataclass(frozen=True)
class Edited(Team):
    """The team after an edit of one row, with that row alone."""

    row: Row


@dataclass(frozen=True)
class Worksheet(Team):
    """The team with all its rows."""

    manager_name: str  # "" for the team of those whose manager is not in the cycle
    rows: tuple[Row, ...]

    def row(self, person_id: int) -> Row:
        """NotFound when the person is not in this team."""
        for row in self.rows:
            if row.person_id == person_id:
                return row
        raise NotFound(_("This person is not in this team."))

    @property
    def is_being_made_anew(self) -> bool:
        """The model was switched off, and recommendations in which it spoke still stand here."""
        spoke = (
            row.recommended.recommendation.status == RecommendationStatus.RECOMMENDED
            for row in self.rows
            if row.recommended
        )
        return self.cycle.matrix_only and any(spoke)
