"""Which teams a viewer sees first, so that a page of a list needs the sums of its own teams only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from plugin.domain import DecisionState
from plugin.store.database import Tx
from plugin.store.decision.scope import NO_MANAGER, NOBODY, Viewer, visible_query
from plugin.store.tables import decision, participant


@dataclass(frozen=True)
class Order:
    """``managers`` of one page, first ones first; ``total`` teams on all pages."""

    managers: tuple[int, ...]
    total: int


def page(tx: Tx, cycle_id: int, viewer: Viewer, *, limit: int, offset: int) -> Order:
    """Teams with recommendations that the viewer may see, but the viewer's own: those that wait, then direct reports, then by name."""
    lead = participant.alias("lead")
    me = sa.literal(NOBODY if viewer.person_id is None else viewer.person_id)
    who = sa.func.coalesce(lead.c.person_id, NO_MANAGER)
    waiting = sa.func.sum(sa.case((decision.c.state == DecisionState.SUBMITTED, 1), else_=0))
    is_direct = sa.case((lead.c.manager_id == me, 1), else_=0)
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    above = (
        (lead.c.cycle_id == cycle_id)
        & (lead.c.person_id == participant.c.manager_id)
        & (lead.c.person_id != participant.c.person_id)
    )
    allowed = visible_query(cycle_id, viewer).subquery()
    query = (
        sa.select(who, sa.func.count().over())
        .select_from(participant.outerjoin(decision, mine).outerjoin(lead, above))
        .where(participant.c.cycle_id == cycle_id, participant.c.recommendation_id.is_not(None))
        .where(participant.c.person_id.in_(sa.select(allowed.c[0])), who != me)
        .group_by(lead.c.person_id, lead.c.display_name, lead.c.manager_id)
        .order_by(waiting.desc(), is_direct.desc(), sa.func.coalesce(lead.c.display_name, ""), who)
    )
    rows = tx.execute(query.limit(limit).offset(offset)).all()
    return Order(tuple(row[0] for row in rows), int(rows[0][1]) if rows else 0)
