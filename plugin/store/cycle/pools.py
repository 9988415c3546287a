"""What each pool of a cycle held when recommendations were last made for everybody, and what is planned and decided in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal

import sqlalchemy as sa

from plugin.domain import RecommendationStatus
from plugin.store.column_types import total
from plugin.store.cycle import recommendations
from plugin.store.database import Tx
from plugin.store.tables import decision, participant, pool, recommendation

ZERO = Decimal(0)


@dataclass(frozen=True)
class PoolRow:
    """Money a year in the cycle's currency. ``people`` to ``funding`` include all pools below, the own ones do not."""

    code: str
    parent: str | None
    people: int
    payroll: Decimal
    target: Decimal
    funding: Decimal
    own_payroll: Decimal
    own_funding: Decimal
    fitted: Decimal

    @property
    def rate(self) -> Decimal:
        """Funding of its own people in parts of their pay."""
        return self.own_funding / self.own_payroll if self.own_payroll else ZERO


_SHOWN = tuple(pool.c[name] for name in PoolRow.__dataclass_fields__)


def replace(tx: Tx, cycle_id: int, rows: Iterable[PoolRow]) -> None:
    """In the order given, parents before children."""
    tx.execute(pool.delete().where(pool.c.cycle_id == cycle_id))
    values = [{"cycle_id": cycle_id, **asdict(row)} for row in rows]
    if values:
        tx.execute(pool.insert(), values)


def of_cycle(tx: Tx, cycle_id: int) -> list[PoolRow]:
    """Parents before children; empty before any recommendation was made."""
    query = sa.select(*_SHOWN).where(pool.c.cycle_id == cycle_id).order_by(pool.c.id)
    return [PoolRow(*row) for row in tx.execute(query)]


@dataclass(frozen=True)
class Spent:
    """One pool's own people: what recommendations and decisions cost beyond what is reserved, lump sums included; ``reserved`` is
    paid elsewhere."""

    planned: Decimal
    used: Decimal
    reserved: Decimal


def spent(tx: Tx, cycle_id: int) -> dict[str, Spent]:
    """By pool code, "" for people whom no pool pays for."""
    mine = (decision.c.cycle_id == cycle_id) & (decision.c.person_id == participant.c.person_id)
    code = sa.func.coalesce(recommendation.c.pool, "")
    query = (
        sa.select(
            code,
            total(recommendation.c.budget_cost),
            total(decision.c.budget_cost),
            total(recommendation.c.reserved_amount),
        )
        .select_from(recommendations.standing().outerjoin(decision, mine))
        .where(participant.c.cycle_id == cycle_id, recommendation.c.status != RecommendationStatus.INELIGIBLE)
        .group_by(code)
    )
    return {row[0]: Spent(*row[1:]) for row in tx.execute(query)}
