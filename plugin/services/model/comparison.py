"""What would change for people if another model spoke: both recommend from the same frozen snapshot."""

from __future__ import annotations

from decimal import Decimal

from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec, summary
from plugin.advisor.recommendation.values import Recommendation
from plugin.domain import Json, JsonObject, Money, RecommendationStatus, one_decimal, total_money
from plugin.services.bulk import bulk
from plugin.services.core import Core
from plugin.services.cycle import recommending
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.database import Tx

MOVED = Decimal(1)  # points beyond which a recommendation counts as moved
MOST_MOVES = 20


@bulk()
def compare(core: Core, first: int, second: int, cycle_id: int) -> JsonObject:
    """Nothing is stored. ``first`` and ``second`` are models' ids, 0 for policy and skills alone.

    Neither is fitted to the budget, so that a difference is the model's. ``moves`` are the people whose figure changes most,
    with what the second model gives as its reasons. NotFound without a snapshot or run of the cycle.
    """
    from plugin.advisor.recommendation import recommend

    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        frozen = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, cycle_id))
        policy = training.read_policy(tx, found.policy_id)
        settings = AdvisorSettings(rewarded=_rewarded(tx, cycle_id).rewarded)
        both = [training.load_artefact(tx, one or None) for one in (first, second)]
    left, right = (recommend.recommend(frozen, policy, artefact, settings) for artefact in both)
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a.status != RecommendationStatus.INELIGIBLE]
    gaps = [b.planned - a.planned for a, b in pairs]
    return {
        "cycle": found.name,
        "people": len(pairs),
        "moved": sum(abs(gap) > MOVED for gap in gaps),
        "up": sum(gap > MOVED for gap in gaps),
        "down": sum(gap < -MOVED for gap in gaps),
        "mean_difference": str(one_decimal(sum(gaps, Decimal(0)) / max(len(gaps), 1))),
        "largest": str(max((abs(gap) for gap in gaps), default=Decimal(0))),
        "currency": frozen.currency,
        "costs": [str(_cost(part, frozen.currency).amount) for part in zip(*pairs, strict=True)]
        if pairs
        else [],
        "budget": str(
            total_money((frozen.row(a.person_id).paid for a, _ in pairs), frozen.currency)
            .percent(found.budget_percent)
            .rounded()
            .amount
        ),
        "switched_off": [
            next((one.model_off.value for one in part if one.model_off), None) for part in (left, right)
        ],
        "moves": _moves(pairs),
    }


def _moves(pairs: list[tuple[Recommendation, Recommendation]]) -> list[Json]:
    """The largest changes, up or down, largest first; who has the same figure twice is not among them."""
    changed = [(a, b) for a, b in pairs if a.planned != b.planned]
    largest = sorted(changed, key=lambda pair: (-abs(pair[1].planned - pair[0].planned), pair[0].person_id))
    return [
        {
            "person_id": b.person_id,
            "first": str(a.planned),
            "second": str(b.planned),
            "summary": summary.kept(b),
        }
        for a, b in largest[:MOST_MOVES]
    ]


def _rewarded(tx: Tx, cycle_id: int) -> AdvisorSettings:
    """What earlier cycles paid for, as the newest run of the cycle knew it."""
    run = frozen_inputs.newest_run(tx, cycle_id)
    return codec.from_json(AdvisorSettings, run.settings) if run is not None else AdvisorSettings()


def _cost(part: tuple[Recommendation, ...], currency: str) -> Money:
    """Of all recommendations; who gets no number counts with the policy's own figure."""
    return total_money(
        (
            one.amount
            if one.amount is not None
            else total_money((line.money for line in one.ledger), currency)
            for one in part
        ),
        currency,
    ).rounded()
