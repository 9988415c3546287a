"""Finds approved raises that are on their way to people who will be gone on the day of the raise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import CycleState, DecisionState, HeldRule
from plugin.store import batches
from plugin.store.database import Tx
from plugin.store.people.implausible import Found
from plugin.store.tables import cycle, decision, person

ON_THEIR_WAY = (DecisionState.APPROVED, DecisionState.FAILED)


def leavers(tx: Tx, people: Collection[int] | None) -> Iterator[Found]:
    """Of ``people`` (at most ``batches.SIZE``; None: of everybody), in cycles whose raises are being sent."""
    query = (
        sa.select(person.c.id, person.c.left_on, person.c.connection_id, cycle.c.effective_on, decision.c.cycle_id)
        .join(decision, decision.c.person_id == person.c.id)
        .join(cycle, cycle.c.id == decision.c.cycle_id)
        .where(
            batches.of(person.c.id, people),
            person.c.left_on <= cycle.c.effective_on,
            cycle.c.state == CycleState.APPROVED,
            decision.c.state.in_(ON_THEIR_WAY),
            decision.c.cost > Decimal(0),
        )
    )  # fmt: skip
    for row in tx.execute(query):
        yield Found(
            HeldRule.LEAVES_BEFORE,
            f"leaves:{row.cycle_id}:{row.id}",
            row.left_on.isoformat(),
            row.effective_on.isoformat(),
            row.id,
            row.connection_id,
            row.cycle_id,
        )
