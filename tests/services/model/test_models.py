"""A model is used only when it beat the simple rules and a second person says so; its bytes are what their hash says."""

from __future__ import annotations

import pytest

from plugin.advisor.model.tables import TrainOptions
from plugin.errors import InvalidInput, NotAllowed, NotFound, Tampered
from plugin.services.core import Actor, Core
from plugin.services.cycle import cycle_replay, dry_runs, recommending
from plugin.services.decision import worksheet
from plugin.services.model import training
from plugin.services.model.training import Report
from plugin.store import tables
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from tests.services.past_raises import history
from tests.small_company import MADE_AT, Company, draft_cycle, fill, open_cycle, policy

SECOND = Actor("second@example.com")
QUICK = TrainOptions(bootstrap=60)


def _train(core: Core, actor: Actor) -> Report:
    policy_id = training.add_policy(core, actor, policy())
    return training.train(core, actor, policy_id, QUICK)


def test_a_model_that_knows_more_is_checked_and_needs_a_second_person(core: Core) -> None:
    company = fill(core)
    history(core, people=150, is_known=False, signal=1.0)
    made = _train(core, company.analyst)
    assert made.approvable, made.sentence
    assert made.model_id is not None
    assert made.years == (2022, 2023, 2024, 2025)
    by_method = {score.method: score for score in made.scores}
    assert by_method["model"].mae < by_method["policy"].mae
    with pytest.raises(NotAllowed) as caught:
        training.approve(core, company.analyst, made.model_id, "Looks fine.")
    assert caught.value.code == "four_eyes"
    with pytest.raises(InvalidInput):
        training.approve(core, SECOND, made.model_id, " ")
    training.approve(core, SECOND, made.model_id, "Beats all rules on 2025.")
    training.use(core, SECOND, made.model_id)
    card = training.card(core, made.model_id)
    assert (card.state, card.approved_by) == ("in_use", "second@example.com")


def test_a_model_that_knows_nothing_is_refused_and_nobody_can_approve_it(core: Core) -> None:
    company = fill(core)
    history(core, people=150, is_known=False, signal=0.0)
    made = _train(core, company.analyst)
    assert not made.approvable
    assert made.model_id is not None
    assert training.card(core, made.model_id).state == "refused"
    with pytest.raises(NotAllowed) as caught:
        training.approve(core, SECOND, made.model_id, "Please.")
    assert caught.value.code == "not_better"


def test_training_twice_gives_the_same_bytes_and_one_entry(core: Core) -> None:
    company = fill(core)
    history(core, people=60, is_known=False, signal=1.0)
    first, second = _train(core, company.analyst), _train(core, company.analyst)
    assert (first.hash, first.model_id) == (second.hash, second.model_id)
    assert len(training.versions(core)) == 1


def test_too_few_years_are_refused_with_what_is_missing(core: Core) -> None:
    company = fill(core)
    with pytest.raises(InvalidInput, match="0 years"):
        _train(core, company.analyst)


def test_a_cycle_with_the_model_replays_exactly_and_a_dry_run_stores_nothing(core: Core) -> None:
    company = fill(core)
    history(core, people=150, is_known=False, signal=1.0)
    made = _train(core, company.analyst)
    assert made.model_id is not None
    training.approve(core, SECOND, made.model_id, "Beats all rules.")
    training.use(core, SECOND, made.model_id)
    cycle_id = open_cycle(core, company)
    again = cycle_replay.replay(core, cycle_id, company["Ada Example"])
    assert again.matches
    assert again.model_hash == made.hash
    before = _rows(core)
    run = dry_runs.last_cycle(core, cycle_id)
    assert (run.year, run.recommended > 100) == (2025, True)
    assert 0 <= run.close_share <= 1
    assert _rows(core) == before
    assert recommending.set_matrix_only(core, company.hr, cycle_id, on=True, reason="Test.")
    assert worksheet.load(core, company.dana, cycle_id).is_being_made_anew
    assert cycle_replay.replay(core, cycle_id, company["Ada Example"]).matches
    recommending.make_recommendations(core, company.hr, cycle_id)
    assert not worksheet.load(core, company.dana, cycle_id).is_being_made_anew
    assert cycle_replay.replay(core, cycle_id, company["Ada Example"]).matches


def _rows(core: Core) -> list[int]:
    from tests.small_company import count

    return [count(core, t) for t in (tables.recommendation, tables.snapshot, tables.audit)]


def _fake(core: Core, content: bytes, state: str) -> int:
    import hashlib

    fresh = Fresh(content, hashlib.sha256(content).hexdigest(), {}, state)
    with core.database.transaction() as tx:
        return model_versions.add(tx, fresh, MADE_AT, "trainer@example.com")


def test_a_new_model_retires_the_old_and_roll_back_brings_it_back(core: Core) -> None:
    old, new = _fake(core, b"old", "approved"), _fake(core, b"new", "approved")
    training.use(core, SECOND, old)
    training.use(core, SECOND, new)
    states = {version.id: version.state for version in training.versions(core)}
    assert states == {old: "retired", new: "in_use"}
    assert training.roll_back(core, SECOND, "Odd figures.") == old
    states = {version.id: version.state for version in training.versions(core)}
    assert states == {old: "in_use", new: "retired"}
    assert training.roll_back(core, SECOND, "Worse still.") is None
    with pytest.raises(NotFound):
        training.roll_back(core, SECOND, "Nothing left.")


def test_a_person_can_refuse_a_checked_model(core: Core) -> None:
    model_id = _fake(core, b"checked", "checked")
    training.refuse(core, SECOND, model_id, "The year was not typical.")
    assert training.card(core, model_id).state == "refused"


def test_a_cycle_takes_approved_models_only(core: Core) -> None:
    company: Company = fill(core)
    model_id = _fake(core, b"checked", "checked")
    with pytest.raises(InvalidInput):
        draft_cycle(core, company, model_id=model_id)


def test_changed_bytes_of_a_model_are_found_out(core: Core) -> None:
    company = fill(core)
    model_id = _fake(core, b"approved", "approved")
    cycle_id = draft_cycle(core, company, model_id=model_id)
    recommending.take_snapshot(core, company.hr, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.model.update().values(artefact=b"forged"))
    with pytest.raises(Tampered):
        recommending.make_recommendations(core, company.hr, cycle_id)
