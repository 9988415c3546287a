"""Before a cycle opens: what today's policy and model would have said last time, beside what was really given."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor.settings import AdvisorSettings
from plugin.domain import Money, one_decimal, total_money
from plugin.errors import NotFound
from plugin.services import models, snapshots
from plugin.services.core import Core
from plugin.store import cycles

MOST_DIFFERENT = 20
CLOSE = Decimal("0.5")


@dataclass(frozen=True)
class Different:
    """A person who would have got something else, and the advisor's own sentence on its figure."""

    person_id: int
    given: Decimal
    advised: Decimal
    sentence: str


@dataclass(frozen=True)
class DryRun:
    """Points are per cent of pay. Costs are a year's, over the people with advice only, so that both sides compare."""

    year: int
    people: int
    advised: int
    given_cost: Money
    advised_cost: Money
    mean_difference: Decimal  # advised minus given
    close_share: Decimal  # share of people within half a point, 0 to 1
    different: tuple[Different, ...]


def last_cycle(core: Core, cycle_id: int) -> DryRun:
    """Nothing is stored. The policy's dates are moved to that year. NotFound when no year of past raises is known.

    The model may have learned from that very year: the figures say who would differ and what it costs, not how good
    the model is (its card does).
    """
    from plugin.advisor import recommend, wording

    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        past = snapshots.past_cycles(tx, found.currency, found.rates, smallest=models.SMALLEST_YEAR)
        if not past:
            raise NotFound("no past cycle is known", remedy="import past raises")
        policy = models.read_policy(tx, found.policy_id)
        artefact = models.load_artefact(tx, found.model_id)
    last = past[-1]
    settings = AdvisorSettings(matrix_only=found.matrix_only, rewarded=last.rewarded)
    then = policy.moved(last.year - found.effective_on.year)
    made = recommend.recommend(last.snapshot, then, artefact, settings)
    pairs = [
        (row, last.decided[row.person_id], one)
        for row, one in zip(last.snapshot.rows, made, strict=True)
        if one.percent is not None and one.status != "ineligible"
    ]
    gaps = [one.percent - given for _, given, one in pairs if one.percent is not None]
    far = sorted(pairs, key=lambda p: -abs((p[2].percent or Decimal(0)) - p[1]))[:MOST_DIFFERENT]
    return DryRun(
        year=last.year,
        people=len(last.snapshot.rows),
        advised=len(pairs),
        given_cost=total_money(
            (row.paid.percent(given) for row, given, _ in pairs), found.currency
        ).rounded(),
        advised_cost=total_money(
            (one.amount for _, _, one in pairs if one.amount is not None), found.currency
        ).rounded(),
        mean_difference=one_decimal(sum(gaps, Decimal(0)) / len(gaps)) if gaps else Decimal(0),
        close_share=Decimal(sum(abs(gap) <= CLOSE for gap in gaps)) / max(len(gaps), 1),
        different=tuple(
            Different(row.person_id, given, one.percent or Decimal(0), wording.summary(one))
            for row, given, one in far
            if one.percent is not None and abs(one.percent - given) > CLOSE
        ),
    )
