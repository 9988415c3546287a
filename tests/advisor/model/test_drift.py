"""A cycle's people are compared with those that a model learned from, by an index that knows what chance alone brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.model import drift
from plugin.advisor.model.drift import Bins
from plugin.errors import InvalidInput

numbers = st.lists(st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), min_size=30, max_size=200)


def test_index_by_hand():
    """Half at 1 and half at 2 became a quarter and three quarters: 0.25 ln 1.5 + 0.25 ln 2 without smoothing."""
    before = drift.bins(np.repeat([1.0, 2.0], 50_000))
    found = drift.drift("x", before, np.repeat([1.0, 2.0], [25_000, 75_000]))
    assert found.index == pytest.approx(0.25 * np.log(2) + 0.25 * np.log(1.5), abs=1e-3)
    assert found.verdict == "moved_far"


@given(numbers)
def test_the_same_people_have_an_index_of_zero(values):
    array = np.array(values)
    found = drift.drift("x", drift.bins(array), array)
    assert found.index == pytest.approx(0, abs=1e-12)
    assert found.verdict == "alike"


@given(numbers, numbers)
def test_the_index_is_never_negative_and_every_value_falls_into_one_bin(before, after):
    kept = drift.bins(np.array(before))
    assert sum(kept.counts) + kept.missing == len(before)
    assert list(kept.edges) == sorted(set(kept.edges))
    assert len(kept.counts) <= 10
    found = drift.drift("x", kept, np.array(after))
    assert found.index >= -1e-12
    assert drift.from_json(kept.to_json()) == kept


@pytest.mark.parametrize(("people", "alarms"), [(30, 0.06), (200, 0.06), (2000, 0.0)])
def test_draws_from_the_same_people_rarely_count_as_moved(people: int, alarms: float) -> None:
    rng = np.random.default_rng(3)
    before = drift.bins(rng.normal(size=20_000))
    moved = [drift.drift("x", before, rng.normal(size=people)).verdict != "alike" for _ in range(400)]
    assert np.mean(moved) <= alarms + 0.025


def test_a_shift_of_half_a_standard_deviation_is_found_among_200_people():
    rng = np.random.default_rng(4)
    before = drift.bins(rng.normal(size=5000))
    found = [drift.drift("x", before, 0.5 + rng.normal(size=200)).verdict != "alike" for _ in range(100)]
    assert np.mean(found) > 0.9


def test_a_column_that_was_all_alike_notices_a_second_value_on_either_side():
    before = drift.bins(np.zeros(500))
    for other in (1.0, -1.0):
        assert drift.drift("x", before, np.repeat([0.0, other], 100)).verdict == "moved_far"


def test_values_that_were_known_and_are_missing_now_are_drift():
    before = drift.bins(np.arange(500.0))
    assert drift.drift("x", before, np.full(100, np.nan)).verdict == "moved_far"


def test_few_people_are_not_measured():
    with pytest.raises(InvalidInput, match="Fewer than 30"):
        drift.drift("x", Bins((), (10,), 0), np.zeros(29))


@pytest.mark.parametrize("value", [None, [], {}, {"edges": [1.0], "counts": 3, "missing": 0}])
def test_a_model_without_deciles_is_not_known(value):
    assert drift.from_json(value) is None
