"""The one place that says whose raises a person may see and decide, so that no page can forget the rule.

The rule: within one cycle, the people below you in the reporting lines that were frozen with the cycle, however far
down; never yourself, whatever circles the reporting lines contain. Everybody else does not exist for you (NotFound).
HR administrators see everybody but themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.tables import decision, participant

NO_MANAGER = 0  # the team of those whose manager is not in the cycle
NOBODY = -1  # an id that no person has; never NULL, which would match all who have no manager


@dataclass(frozen=True)
class Viewer:
    """Who looks: an employee (None = an account that is no employee); ``everyone`` is for HR administrators."""

    person_id: int | None
    everyone: bool = False


def visible_query(cycle_id: int, viewer: Viewer) -> sa.Select[int]:
    """Selects the ids of the people that ``viewer`` may see in a cycle; to be used as a subquery.

    UNION (not UNION ALL) drops what was found before, so a circle of reporting lines ends the recursion.
    """
    me = viewer.person_id
    if viewer.everyone:
        query = sa.select(participant.c.person_id).where(participant.c.cycle_id == cycle_id)
    else:
        below = (
            sa.select(participant.c.person_id)
            .where(
                participant.c.cycle_id == cycle_id, participant.c.manager_id == (NOBODY if me is None else me)
            )
            .cte("below", recursive=True)
        )
        further = participant.alias()
        below = below.union(
            sa.select(further.c.person_id)
            .join(below, further.c.manager_id == below.c.person_id)
            .where(further.c.cycle_id == cycle_id)
        )
        query = sa.select(below.c.person_id)
    return query if me is None else query.where(sa.literal(me) != query.selected_columns[0])


def visible(tx: Tx, cycle_id: int, viewer: Viewer, among: Collection[int]) -> frozenset[int]:
    """Those ``among`` some people whom ``viewer`` may see."""
    allowed, found = visible_query(cycle_id, viewer).subquery(), set[int]()
    for part in parts(among):
        found.update(tx.execute(sa.select(allowed.c[0]).where(allowed.c[0].in_(part))).scalars())
    return frozenset(found)


def check(tx: Tx, cycle_id: int, viewer: Viewer, person_id: int) -> None:
    """NotFound when ``viewer`` may not see the person, with the same words as for a person who does not exist."""
    allowed = visible_query(cycle_id, viewer).subquery()
    if tx.execute(sa.select(allowed.c[0]).where(allowed.c[0] == person_id)).first() is None:
        raise NotFound("no such person in this cycle", remedy="see your team's page")


def check_team(tx: Tx, cycle_id: int, viewer: Viewer, manager_id: int) -> None:
    """NotFound unless the team is one's own or that of somebody one may see; people without a manager are HR's."""
    if manager_id == viewer.person_id:
        return
    if manager_id != NO_MANAGER:
        check(tx, cycle_id, viewer, manager_id)
    elif not viewer.everyone:
        raise NotFound("no such person in this cycle", remedy="see your team's page")


def teams_waiting(tx: Tx, cycle_id: int, viewer: Viewer, *, at_most: int) -> int:
    """How many managers below the viewer have handed in rows that wait for approval, counted up to ``at_most``."""
    allowed = visible_query(cycle_id, viewer).subquery()
    query = (
        sa.select(participant.c.manager_id)
        .distinct()
        .join(
            decision,
            (decision.c.cycle_id == participant.c.cycle_id)
            & (decision.c.person_id == participant.c.person_id),
        )
        .where(participant.c.cycle_id == cycle_id, decision.c.state == "submitted")
        .where(participant.c.person_id.in_(sa.select(allowed.c[0])))
        .where(participant.c.manager_id.in_(sa.select(allowed.c[0])))
        .limit(at_most)
    )
    return len(tx.execute(query).all())
