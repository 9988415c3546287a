"""How a cycle goes: what managers do with recommendations, where the advisor is silent, and whom more money would reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plugin.advisor.fairness.gates import GateLimits
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec
from plugin.domain import DecisionState, JsonObject, Money, total_money
from plugin.errors import InvalidInput
from plugin.services.bulk import bulk
from plugin.services.core import Core
from plugin.services.cycle import cycle_replay, recommending
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs, monitoring, pools
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.monitoring import Counts
from plugin.store.decision import decisions, teams
from plugin.store.model import fairness_reports
from plugin.store.model.fairness_reports import StoredReport
from plugin.store.people import withheld
from plugin.texts import _

SMALLEST = 5  # people below which no share is shown
MOST_GAINS = 10
LIMITS = GateLimits()


@dataclass(frozen=True)
class Monitored:
    """``abstentions``: code -> people, "fewer than 5" as None. ``report`` is the newest fairness report, which has the groups."""

    cycle: Cycle
    counts: Counts
    abstentions: tuple[tuple[str, int], ...]
    report: StoredReport | None

    @property
    def unchanged_share(self) -> float | None:
        """Share of decisions that are exactly as recommended; None for fewer than SMALLEST decisions."""
        return self.counts.unchanged / self.counts.decided if self.counts.decided >= SMALLEST else None

    @property
    def is_rubber_stamping(self) -> bool:
        """Nearly everything is accepted as it stands: the tool decides, not people."""
        share = self.unchanged_share
        return (
            share is not None
            and self.counts.decided >= LIMITS.unchanged_from
            and share >= LIMITS.unchanged_warn
        )


def of_cycle(core: Core, cycle_id: int) -> Monitored:
    """NotFound when there is no such cycle."""
    with core.database.reading() as tx:
        reports = fairness_reports.of_cycle(tx, cycle_id, limit=1)
        return Monitored(
            cycles.get(tx, cycle_id),
            monitoring.counts(tx, cycle_id),
            tuple(monitoring.abstentions(tx, cycle_id)),
            reports[0] if reports else None,
        )


@bulk()
def next_money(
    core: Core, cycle_id: int, amount: Decimal = Decimal(1000), *, pool: str | None = None
) -> JsonObject:
    """Whom another ``amount`` in a pool of the cycle would reach (the budget's shadow price). Nothing is stored.

    ``pool`` None: the one with the most money. InvalidInput without recommendations, or for an unknown pool. Computed anew from the frozen inputs of the newest run over everybody.
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        newest = frozen_inputs.newest_run(tx, cycle_id)
        if newest is None:
            raise InvalidInput(
                _("the recommendations have not been calculated yet"),
                remedy=_("calculate the recommendations"),
            )
        frozen = recommending.read_snapshot(frozen_inputs.get_snapshot(tx, newest.snapshot_id))
        policy = training.read_policy(tx, newest.policy_id)
        settings = codec.from_json(AdvisorSettings, newest.settings)
        run = recommending.start(tx, frozen, policy, newest.model_id, settings)
    code = pool or max(settings.pools, key=lambda one: (settings.pools[one].amount, one))
    made = run.next_money(code, amount)
    held = held_among(core, cycle_id, [int(one[0]) for one in made.gains])
    gains = [one for one in made.gains if int(one[0]) not in held]
    return {
        "pool": code,
        "currency": found.currency,
        "amount": str(amount),
        "unused": str(made.unused),
        "people": len(gains),
        "gains": [
            {"person_id": int(key), "points": str(points), "money": str(money)}
            for key, points, money in gains[:MOST_GAINS]
        ],
    }


def replay(core: Core, cycle_id: int, person_id: int, on: date | None) -> JsonObject:
    """A person's recommendation computed again from its frozen inputs, and whether every byte is the same."""
    done = cycle_replay.replay(core, cycle_id, person_id, on=on)
    percents = [done.stored.recommendation.percent, done.computed.recommendation.percent]
    return {
        "person_id": person_id,
        "on": on.isoformat() if on else None,
        "matches": done.matches,
        "stored": None if percents[0] is None else str(percents[0]),
        "computed": None if percents[1] is None else str(percents[1]),
        "snapshot": done.snapshot_hash,
        "policy": done.policy_hash,
        "model": done.model_hash,
        "made_at": done.made_at,
    }


def held_among(core: Core, cycle_id: int, people: Collection[int]) -> frozenset[int]:
    """Those whose figures, made before, are shown no more."""
    with core.database.reading() as tx:
        return frozenset(withheld.held_people(tx, people, cycle_id=cycle_id))


def names(core: Core, cycle_id: int, people: list[int]) -> dict[int, str]:
    """Names of participants, for HR's eyes."""
    with core.database.reading() as tx:
        return {one.person_id: one.display_name for one in cycles.participants(tx, cycle_id, people)}


def numbers(core: Core, cycle_id: int, people: list[int]) -> dict[int, str]:
    """Employee numbers of participants, or the suite's ids of those without."""
    with core.database.reading() as tx:
        return {one.person_id: one.number for one in cycles.called(tx, cycle_id, people)}


@dataclass(frozen=True)
class Overview:
    """How far a cycle is; those who are ``held`` are in nothing else. ``decisions`` counts by state; ``recommended``: who is given a number. ``cost`` is what all
    recommendations cost, ``planned`` what of it counts against ``budget``: beyond what pools of their own pay."""

    participants: int
    held: int
    snapshot_hash: str | None
    recommended: int
    decisions: dict[DecisionState, int]
    cost: Money | None
    planned: Money | None
    budget: Money | None


def overview(core: Core, cycle_id: int) -> Overview:
    """NotFound when there is no such cycle."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        sums = teams.cycle_sums(tx, cycle_id)
        people, held = cycles.people(tx, cycle_id)
        rows = pools.of_cycle(tx, cycle_id)
        if held:
            rows = pools.without(rows, pools.spent(tx, cycle_id)[1])
        funding = [Money(row.funding, found.currency) for row in rows if not row.parent]
        return Overview(
            people,
            held,
            frozen_inputs.newest_hash(tx, cycle_id),
            sums.recommended,
            decisions.counts(tx, cycle_id),
            Money(sums.cost, found.currency).rounded() if sums.eligible else None,
            Money(sums.planned, found.currency).rounded() if sums.eligible else None,
            total_money(funding, found.currency).rounded() if sums.eligible else None,
        )
