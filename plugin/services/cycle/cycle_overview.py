"""How far a cycle is, for HR's page: a few sums, whatever the number of people."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain import Money, total_money
from plugin.services.core import Core
from plugin.store.cycle import cycles, frozen_inputs, pools
from plugin.store.decision import decisions, teams


@dataclass(frozen=True)
class Overview:
    """How far a cycle is. ``decisions`` counts by state; ``planned`` is what all suggestions cost beyond what is reserved."""

    participants: int
    snapshot_hash: str | None
    advised: int
    decisions: dict[str, int]
    planned: Money | None
    budget: Money | None


def overview(core: Core, cycle_id: int) -> Overview:
    """NotFound when there is no such cycle."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        sums = teams.cycle_sums(tx, cycle_id)
        funding = [
            Money(row.funding, found.currency) for row in pools.of_cycle(tx, cycle_id) if not row.parent
        ]
        return Overview(
            cycles.people(tx, cycle_id),
            frozen_inputs.newest_hash(tx, cycle_id),
            sums.eligible,
            decisions.counts(tx, cycle_id),
            Money(sums.planned, found.currency).rounded() if sums.eligible else None,
            total_money(funding, found.currency).rounded() if sums.eligible else None,
        )
