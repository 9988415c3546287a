"""What HR rules for single people in a cycle: a fixed raise, an adjustment to market or for equity, a frozen rating."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import RulingKind
from plugin.store.database import Tx, insert
from plugin.store.tables import participant, person, ruling


@dataclass(frozen=True)
class Ruling:
    """``percent`` points of pay, None for a frozen rating. The name is that of the cycle, else today's."""

    id: int
    person_id: int
    display_name: str
    kind: RulingKind
    percent: Decimal | None
    note: str
    made_at: datetime
    made_by: str | None
    is_in_cycle: bool


def put(
    tx: Tx,
    cycle_id: int,
    person_id: int,
    kind: RulingKind,
    percent: Decimal | None,
    note: str,
    at: datetime,
    by: str,
) -> None:
    """One of a kind per person: a new one takes the place of the old."""
    same = (ruling.c.cycle_id == cycle_id, ruling.c.person_id == person_id, ruling.c.kind == kind)
    tx.execute(ruling.delete().where(*same))
    values = {"cycle_id": cycle_id, "person_id": person_id, "kind": kind, "percent": percent, "note": note}
    insert(tx, ruling, **values, made_at=at, made_by=by)


def remove(tx: Tx, cycle_id: int, ruling_id: int) -> bool:
    """False when there was none of that number in the cycle."""
    mine = (ruling.c.cycle_id == cycle_id, ruling.c.id == ruling_id)
    return tx.execute(ruling.delete().where(*mine)).rowcount == 1


def of_cycle(tx: Tx, cycle_id: int) -> list[Ruling]:
    """By name, then kind."""
    both = (participant.c.cycle_id == ruling.c.cycle_id) & (participant.c.person_id == ruling.c.person_id)
    name = sa.func.coalesce(participant.c.display_name, person.c.display_name, "")
    columns = (
        ruling.c.id,
        ruling.c.person_id,
        name,
        ruling.c.kind,
        ruling.c.percent,
        ruling.c.note,
        ruling.c.made_at,
        ruling.c.made_by,
    )
    query = (
        sa.select(*columns, participant.c.person_id.is_not(None))
        .select_from(ruling)
        .outerjoin(participant, both)
    )
    query = query.outerjoin(person, person.c.id == ruling.c.person_id).where(ruling.c.cycle_id == cycle_id)
    return [Ruling(*row) for row in tx.execute(query.order_by(name, ruling.c.person_id, ruling.c.kind))]
