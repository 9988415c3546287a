"""The one place that says whose raises a person may see and decide, so that no page can forget the rule.

The rule: within one cycle, the people below you in the reporting lines that were frozen with the cycle, however far
down; never yourself, whatever circles the reporting lines contain. Everybody else does not exist for you (NotFound).
HR administrators see everybody but themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from plugin.domain import CycleState, DecisionState
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.people import withheld
from plugin.store.tables import cycle, decision, participant
from plugin.texts import _

NO_MANAGER = 0  # the team of those whose manager is not in the cycle
NOBODY = -1  # an id that no person has; never NULL, which would match all who have no manager


@dataclass(frozen=True)
class Viewer:
    """Who looks: an employee (None = an account that is no employee); ``everyone`` is for HR administrators."""

    person_id: int | None
    everyone: bool = False


def visible_query(cycle_id: int, viewer: Viewer) -> sa.Select[int]:
    """Selects the ids of the people that ``viewer`` may see in a cycle; to be used as a subquery."""
    pairs = _visible_in(participant.c.cycle_id == cycle_id, viewer)
    return pairs.with_only_columns(pairs.selected_columns[1])


def _visible_in(cycles: sa.ColumnElement[bool], viewer: Viewer) -> sa.Select[int, int]:
    """Cycle and person, for the cycles that a condition on participants chooses.

    UNION (not UNION ALL) drops what was found before, so a circle of reporting lines ends the recursion.
    """
    me, both = viewer.person_id, (participant.c.cycle_id, participant.c.person_id)
    query = sa.select(*both).where(cycles)
    if not viewer.everyone:
        mine = participant.c.manager_id == (NOBODY if me is None else me)
        below, further = query.where(mine).cte("below", recursive=True), participant.alias()
        led = (further.c.manager_id == below.c.person_id) & (further.c.cycle_id == below.c.cycle_id)
        below = below.union(sa.select(further.c.cycle_id, further.c.person_id).join(below, led))
        query = sa.select(below.c.cycle_id, below.c.person_id)
    return query if me is None else query.where(sa.literal(me) != query.selected_columns[1])


def visible(tx: Tx, cycle_id: int, viewer: Viewer, among: Collection[int]) -> frozenset[int]:
    """Those ``among`` some people whom ``viewer`` may see."""
    allowed, found = visible_query(cycle_id, viewer).subquery(), set[int]()
    for part in parts(among):
        found.update(tx.execute(sa.select(allowed.c[0]).where(allowed.c[0].in_(part))).scalars())
    return frozenset(found)


def check(tx: Tx, cycle_id: int, viewer: Viewer, person_id: int) -> None:
    """NotFound when ``viewer`` may not see the person, with the same words as for a person who does not exist."""
    check_all(tx, cycle_id, viewer, [person_id])


def check_all(tx: Tx, cycle_id: int, viewer: Viewer, people: Collection[int]) -> None:
    """As ``check``, for all of ``people`` at once."""
    if len(visible(tx, cycle_id, viewer, people)) < len(set(people)):
        raise NotFound(_("this employee is not in the cycle"), remedy=_("go to your team's page"))


def check_team(tx: Tx, cycle_id: int, viewer: Viewer, manager_id: int) -> None:
    """NotFound unless the team is one's own or that of somebody one may see; people without a manager are HR's."""
    if manager_id == viewer.person_id:
        return
    if manager_id != NO_MANAGER:
        check(tx, cycle_id, viewer, manager_id)
    elif not viewer.everyone:
        raise NotFound(_("this employee is not in the cycle"), remedy=_("go to your team's page"))


def teams_waiting(tx: Tx, states: Collection[CycleState], viewer: Viewer, *, at_most: int) -> int:
    """How many managers below the viewer have handed in rows that wait for approval, in all cycles that are in one of
    ``states``; counted up to ``at_most``. Rows of people who are held wait for HR."""
    running = sa.select(cycle.c.id).where(cycle.c.state.in_(states))
    allowed = _visible_in(participant.c.cycle_id.in_(running), viewer).subquery("allowed")
    lead = allowed.alias("lead")
    team = (participant.c.cycle_id, participant.c.manager_id)
    handed_in = (decision.c.cycle_id == team[0]) & (decision.c.person_id == participant.c.person_id)
    query = (
        sa.select(*team)
        .distinct()
        .join(decision, handed_in)
        .join(allowed, (allowed.c[0] == team[0]) & (allowed.c[1] == participant.c.person_id))
        .join(lead, (lead.c[0] == team[0]) & (lead.c[1] == participant.c.manager_id))
        .where(
            decision.c.state == DecisionState.SUBMITTED, ~withheld.is_held(participant.c.person_id, team[0])
        )
        .limit(at_most)
    )
    return len(tx.execute(query).all())
