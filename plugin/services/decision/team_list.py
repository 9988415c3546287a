"""What the next one up sees first: every team below with its sums, the ones that wait on top."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import CycleState, Money
from plugin.errors import NotFound
from plugin.services.core import Actor, Core
from plugin.services.decision import deciding
from plugin.services.decision.sheet import Budget, Counts
from plugin.services.decision.worksheet import shown_to
from plugin.store.cycle import cycles
from plugin.store.cycle.cycles import Cycle
from plugin.store.decision import scope, team_order, teams
from plugin.store.decision.teams import TeamSums
from plugin.texts import _

SHOWN = 50  # teams of one page
MOST_COUNTED = 100


@dataclass(frozen=True)
class TeamState:
    """A manager's team as the next one up sees it in the list."""

    manager_id: int
    manager_name: str
    is_direct: bool  # the manager reports to the actor
    counts: Counts
    budget: Budget
    waiting: int  # submitted rows
    approved: int
    for_hr: int  # of the waiting ones, those that only HR may approve


@dataclass(frozen=True)
class TeamPage:
    """One page of the list, counted from 1; ``total`` teams on all pages."""

    teams: tuple[TeamState, ...]
    number: int
    pages: int
    total: int


def teams_below(core: Core, actor: Actor, cycle_id: int, number: int = 1) -> TeamPage:
    """The teams that the actor may see, except the actor's own; waiting ones first. Sums are those of the page's teams only.

    A page beyond the last one is empty.
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in shown_to(actor):
            raise NotFound(_("the cycle doesn't exist"))
        viewer, first = deciding.viewer(actor), (number - 1) * SHOWN
        order = team_order.page(tx, cycle_id, viewer, limit=SHOWN, offset=first)
        listed = teams.sums(tx, cycle_id, viewer, order.managers)
    made = {team.manager_id: _team_state(actor, found, team) for team in listed}
    shown = tuple(made[who] for who in order.managers if who in made)
    return TeamPage(shown, number, max(-(-order.total // SHOWN), 1), order.total)


def _team_state(actor: Actor, cycle: Cycle, team: TeamSums) -> TeamState:
    counts = Counts(
        held=team.held,
        total=team.total,
        decided=team.decided,
        todo=team.total - team.decided,
        reasons=0,  # whether a reason is missing is seen on the worksheet
        outside=team.outside,
        not_eligible=team.not_eligible,
        unchanged=team.unchanged,
    )
    payroll = Money(team.payroll, cycle.currency)
    budget = Budget(
        Money(team.used, cycle.currency).rounded(),
        Money(team.budget, cycle.currency).rounded(),
        Money(team.planned, cycle.currency).rounded(),
        Money(team.cost, cycle.currency).rounded(),
        Money(team.planned_cost, cycle.currency).rounded(),
        payroll,
    )
    return TeamState(
        team.manager_id,
        team.manager_name or _("No manager in this cycle"),
        team.reports_to == actor.person_id and actor.person_id is not None,
        counts,
        budget,
        team.waiting,
        team.approved,
        team.for_hr,
    )


def waiting_count(core: Core, actor: Actor) -> int:
    """How many teams wait for the actor's approval, over all open cycles; for the number in the navigation.

    Counted up to MOST_COUNTED: it stands on every page.
    """
    with core.database.reading() as tx:
        return scope.teams_waiting(
            tx, (CycleState.OPEN, CycleState.REVIEW), deciding.viewer(actor), at_most=MOST_COUNTED
        )
