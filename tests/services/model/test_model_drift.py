"""Whether a cycle is like what its model learned from is measured on inputs, the policy's figures and the decided raises."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plugin.advisor.model import features
from plugin.advisor.model.artefact import unpack
from plugin.advisor.model.tables import TrainOptions
from plugin.domain import JsonObject
from plugin.errors import InvalidInput, NotFound
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending
from plugin.services.model import model_drift, training
from plugin.store import tables
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from tests.services.past_raises import history
from tests.small_company import Company, draft_cycle, fill, policy, put_decision

TRAINER = Actor("trainer@example.com")


@pytest.fixture
def company(core: Core) -> Company:
    made = fill(core)
    history(core, people=120)
    return made


def _model(core: Core, company: Company) -> int:
    policy_id = training.add_policy(core, TRAINER, policy())
    model_id = training.train(core, TRAINER, policy_id, TrainOptions(bootstrap=60)).model_id
    assert model_id is not None
    _approve(core, model_id)
    return model_id


def _approve(core: Core, model_id: int) -> None:
    for n in range(3):
        if training.card(core, model_id).state == "checked":
            training.approve(core, Actor(f"reader{n}@example.com"), model_id, "Read.")


def _cycle(core: Core, company: Company, **changes: object) -> int:
    cycle_id = draft_cycle(core, company, **changes)
    recommending.take_snapshot(core, company.hr, cycle_id)
    return cycle_id


def _verdicts(made: JsonObject, name: str) -> dict[str, str]:
    found = made[name]
    assert isinstance(found, list)
    return {str(one["name"]): str(one["verdict"]) for one in found if isinstance(one, dict)}


def test_what_moved_is_told_from_what_did_not(core: Core, company: Company) -> None:
    """All learned in the years of training and hardly anybody in the year before this cycle; new badges are rare in both."""
    made = model_drift.of_cycle(core, _cycle(core, company, model_id=_model(core, company)))
    inputs = _verdicts(made, "inputs")
    assert inputs["learning_hours"] == "moved_far"
    assert inputs["months_since_raise"] == "moved_far", "training looks at the day before a raise"
    assert inputs["new_knowledge_badges"] == inputs["new_scarcity"] == "alike"
    assert set(inputs) == set(features.DEFAULT)
    assert (made["people"], made["not_known"]) == (141, ""), "who is not rated is in no training"


def test_another_policy_shows_although_the_people_are_the_same(core: Core, company: Company) -> None:
    model_id, plain = _model(core, company), policy("Twice as much")
    cells = tuple(
        replace(one, low=one.low + 2, default=one.default + 2, high=one.high + 2, maximum=one.maximum + 2)
        for one in plain.matrix.cells
    )
    richer = replace(plain, matrix=replace(plain.matrix, cells=cells))
    policy_id = training.add_policy(core, TRAINER, richer)
    made = model_drift.of_cycle(core, _cycle(core, company, model_id=model_id, policy_id=policy_id))
    before = model_drift.of_cycle(core, _cycle(core, company, name="As it was", model_id=model_id))
    assert made["inputs"] == before["inputs"]
    assert _verdicts(before, "programme") == {"policy_points": "moved"}
    assert _verdicts(made, "programme") == {"policy_points": "moved_far"}


def test_raises_are_compared_once_thirty_are_decided(core: Core, company: Company) -> None:
    cycle_id = _cycle(core, company, model_id=_model(core, company))
    with core.database.reading() as tx:
        people = [row.person_id for row in tx.execute(tables.participant.select())]
    for n, expected in ((29, False), (40, True)):
        with core.database.transaction() as tx:
            tx.execute(tables.decision.delete())
            for who in people[:n]:
                put_decision(core, tx, cycle_id, who, Decimal(9))
        made = model_drift.of_cycle(core, cycle_id)
        assert made["decided"] == n
        assert ("raise_points" in _verdicts(made, "programme")) is expected
    assert _verdicts(made, "programme")["raise_points"] == "moved_far"


def test_of_a_model_without_deciles_it_is_not_known(core: Core, company: Company) -> None:
    with core.database.reading() as tx:
        content, known = model_versions.artefact(tx, _model(core, company))
    new = unpack(content, expected_sha256=known)
    kept = {name: part for name, part in new.metadata.items() if name != "deciles"}
    old = replace(new, metadata=kept)
    with core.database.transaction() as tx:
        fresh = Fresh(old.pack(), old.sha256, {}, "checked")
        old_id = model_versions.add(tx, fresh, core.clock(), TRAINER.name)
    _approve(core, old_id)
    made = model_drift.of_cycle(core, _cycle(core, company, model_id=old_id))
    assert made["not_known"] == model_drift.NOT_KNOWN
    assert (made["inputs"], made["programme"]) == ([], [])


def test_without_a_model_or_a_snapshot_there_is_nothing_to_compare(core: Core, company: Company) -> None:
    with pytest.raises(InvalidInput, match="without a model"):
        model_drift.of_cycle(core, _cycle(core, company))
    with pytest.raises(NotFound, match="no snapshot"):
        model_drift.of_cycle(core, draft_cycle(core, company, name="Later", model_id=_model(core, company)))
