"""What an older engine stored in a database is found, shown and computed again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from plugin.advisor.policy import pay_policy
from plugin.advisor.recommendation import frozen
from plugin.advisor.recommendation.values import ENGINE
from plugin.services.core import Core
from plugin.services.cycle import cycle_replay
from plugin.services.decision import recommendation
from plugin.services.decision.panel import Panel
from plugin.store.cycle import frozen_inputs, recommendations
from plugin.store.cycle.frozen_inputs import RecommendationRun
from plugin.store.database import Tx, insert
from plugin.store.tables import person
from tests.advisor.recommendation.frozen_cases import FOLDER, Frozen, load
from tests.small_company import draft_cycle, fill

CASE = "policy_only"  # no model beside it


def _store(core: Core, tx: Tx, cycle_id: int, engine: int, case: Frozen) -> None:
    now, policy = core.clock(), pay_policy.to_json(case.policy)
    there = set(tx.execute(sa.select(person.c.id)).scalars())
    for row in case.snapshot.rows:
        if row.person_id not in there:
            names = {"source_id": f"S{row.person_id}", "display_name": "Example Person"}
            insert(tx, person, id=row.person_id, **names, fte=row.fte, updated_at=now)
    packed = frozen.pack(case.snapshot)
    settings = json.loads((FOLDER / f"engine_{engine}" / CASE / "settings.json").read_bytes())
    run = RecommendationRun(
        0,
        cycle_id,
        frozen_inputs.add_snapshot(tx, cycle_id, packed.hash, packed.content, now),
        frozen_inputs.add_policy(tx, case.policy.name, json.loads(policy), case.policy.hash, now, "hana"),
        None,
        settings,
        now,
        "hana",
        now,
    )
    made = []
    for content in case.contents:
        document = json.loads(content)
        one = recommendation.to_store(recommendation.from_document(document), None)
        made.append(replace(one, content=recommendations.pack(document)))
    recommendations.add(tx, cycle_id, frozen_inputs.add_run(tx, run), made)


@pytest.mark.parametrize("engine", range(1, ENGINE + 1))
def test_a_stored_recommendation_of_any_engine_replays(any_core: Core, engine: int) -> None:
    cycle_id, case = draft_cycle(any_core, fill(any_core)), load(engine, CASE)
    with any_core.database.transaction() as tx:
        _store(any_core, tx, cycle_id, engine, case)
    for row in case.snapshot.rows:
        found = cycle_replay.replay(any_core, cycle_id, row.person_id)
        assert (found.matches, found.engine) == (True, engine)
        assert Panel(found.stored).summary
