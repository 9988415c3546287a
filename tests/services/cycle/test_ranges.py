"""Ranges are measured on what managers of the very cycle decided, once those are enough; before that they are the policy's."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from plugin.advisor.recommendation.values import NoteCode
from plugin.services.core import Actor, Core
from plugin.services.cycle import cycle_replay, recommending
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.model import training
from plugin.store.cycle import recommendations
from tests.services.past_raises import history
from tests.small_company import Company, fill, open_cycle, policy, put_decision

SECOND = Actor("second@example.com")


@pytest.fixture
def cycle_id(core: Core) -> int:
    """An open cycle of 282 people in which a model speaks."""
    company: Company = fill(core)
    history(core, people=260)
    made = training.train(core, company.analyst, training.add_policy(core, company.analyst, policy()))
    assert made.model_id is not None
    for who in (SECOND, Actor("third@example.com")):
        if training.approve(core, who, made.model_id, "Beats all rules.") == 0:
            break
    training.use(core, SECOND, made.model_id)
    return open_cycle(core, company)


def _all(core: Core, cycle_id: int) -> list[PersonRecommendation]:
    with core.database.reading() as tx:
        return [recommendation.from_stored(one) for one in recommendations.all_current(tx, cycle_id)]


def _kinds(core: Core, cycle_id: int) -> set[str]:
    found = [one.recommendation for one in _all(core, cycle_id)]
    return {one.interval_kind for one in found if one.status == "advised"}


def _decide(core: Core, cycle_id: int, count: int) -> set[int]:
    """Managers follow the recommendation within about a point; whose figure it is says nothing about the person."""
    every = [one for one in _all(core, cycle_id) if one.recommendation.status == "advised"]
    recommended = [one for n, one in enumerate(every) if n % 4][:count]
    assert len(recommended) == count
    with core.database.transaction() as tx:
        for n, one in enumerate(recommended):
            away = Decimal((n * 7) % 21 - 10) / 10
            percent = max(one.recommendation.planned + away, Decimal(0))
            put_decision(core, tx, cycle_id, one.row.person_id, percent)
    return {one.row.person_id for one in recommended}


def test_ranges_are_the_policys_until_a_hundred_decisions_are_known(core: Core, cycle_id: int) -> None:
    assert _kinds(core, cycle_id) == {"policy"}
    _decide(core, cycle_id, 99)
    made = recommending.make_recommendations(core, SECOND, cycle_id)
    assert made.coverage is None
    assert _kinds(core, cycle_id) == {"policy"}
    notes = next(
        one for one in _all(core, cycle_id) if one.recommendation.status == "advised"
    ).recommendation.notes
    assert NoteCode.RANGE_TOO_FEW in {note.code for note in notes}


def test_ranges_are_measured_on_this_cycles_decisions_and_replay(core: Core, cycle_id: int) -> None:
    decided = _decide(core, cycle_id, 180)
    made = recommending.make_recommendations(core, SECOND, cycle_id)
    assert made.coverage is not None
    assert made.coverage >= 0.85
    later = [one for one in _all(core, cycle_id) if one.row.person_id not in decided]
    kinds = Counter(one.recommendation.interval_kind for one in later)
    assert kinds["calibrated"] > 10
    measured = [one for one in later if one.recommendation.interval_kind == "calibrated"]
    one = max(measured, key=lambda one: one.recommendation.high - one.recommendation.low)
    assert one.recommendation.notes[-1].code in (NoteCode.RANGE_MEASURED, NoteCode.RANGE_MEASURED_TOGETHER)
    assert one.recommendation.high - one.recommendation.low >= 1
    assert cycle_replay.replay(core, cycle_id, one.row.person_id).matches
