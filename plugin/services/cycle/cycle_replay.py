"""Computes any old figure again from its frozen inputs, and says whether every byte is the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from plugin.advisor.policy.settings import as_stored
from plugin.services.bulk import bulk
from plugin.services.core import Core
from plugin.services.cycle import recommending
from plugin.services.decision import explaining, recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.model import training
from plugin.store.cycle import frozen_inputs, recommendations


@dataclass(frozen=True)
class Replay:
    """A figure computed again from its frozen inputs. ``matches`` says whether it is the same (see ``recommendation.is_same``);
    ``engine`` made what is stored."""

    matches: bool
    engine: int
    stored: PersonRecommendation
    computed: PersonRecommendation
    snapshot_hash: str
    policy_hash: str
    model_hash: str | None
    made_at: str


@bulk()
def replay(core: Core, cycle_id: int, person_id: int, *, on: date | None = None) -> Replay:
    """The person's recommendation as it stood at the end of the day ``on`` (default: now), from snapshot, policy, model and settings.

    NotAllowed while a value of the person is held, NotFound when nothing was recommended by then; Tampered when an input is not that of its hash.
    """
    with core.database.reading() as tx:
        explaining.must_not_be_held(tx, cycle_id, person_id)
        stored = recommendations.stood(tx, cycle_id, person_id, None if on is None else _end_of(on))
        made_by = frozen_inputs.get_run(tx, stored.recommendation_run_id)
        kept = frozen_inputs.get_snapshot(tx, made_by.snapshot_id)
        frozen = recommending.read_snapshot(kept)
        policy = training.read_policy(tx, made_by.policy_id)
        settings = as_stored(made_by.settings)
        run = recommending.start(tx, frozen, policy, made_by.model_id, settings)
    position = frozen.position(person_id)
    computed = next(recommending.recommend(run, [position]))
    return Replay(
        matches=recommendation.is_same(stored, computed),
        engine=recommendation.engine_of(stored.document),
        stored=recommendation.from_stored(stored),
        computed=computed,
        snapshot_hash=kept.hash,
        policy_hash=policy.hash,
        model_hash=run.context.model_hash,
        made_at=made_by.made_at.isoformat(),
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, UTC)
