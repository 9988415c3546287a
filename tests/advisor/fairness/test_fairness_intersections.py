"""Two protected attributes at once: counts, rates, an exact test against all others, and nothing that names a few people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.fairness import wording
from plugin.advisor.fairness.gap import holm
from plugin.advisor.fairness.gates import GateLimits
from plugin.advisor.fairness.impact import fisher_p
from plugin.advisor.fairness.intersections import intersections
from plugin.advisor.fairness.report import FairnessInput


def _inputs(
    woman: list[bool], older: list[bool], points: list[float], known: list[bool] | None = None
) -> list[FairnessInput]:
    category, recommended = ["all"] * len(woman), np.array(points)
    names = {"attribute": "age", "group": "older", "reference": "younger"}
    is_known = None if known is None else np.array(known, dtype=bool)
    return [
        FairnessInput(np.array(woman, dtype=bool), category, recommended),
        FairnessInput(np.array(older, dtype=bool), category, recommended, is_known=is_known, **names),
    ]


def _of(*parts: tuple[bool, bool, int, int]) -> tuple[list[bool], list[bool], list[float]]:
    """(woman, older, people, of them chosen)."""
    rows = [(w, o, 9.0 if i < chosen else 1.0) for w, o, n, chosen in parts for i in range(n)]
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]


def test_older_women_are_seen_where_neither_women_nor_older_people_are():
    """Women 20 of 60, men 20 of 60; older 20 of 60, younger 20 of 60; but older women 2 of 30."""
    parts = ((True, True, 30, 2), (True, False, 30, 18), (False, True, 30, 18), (False, False, 30, 2))
    found = intersections(_inputs(*_of(*parts)), GateLimits(top_share=40 / 120))
    assert found is not None
    assert [(row.groups, row.n, row.chosen) for row in found.rows] == [
        (("men", "older"), 30, 18),
        (("women", "younger"), 30, 18),
        (("men", "younger"), 30, 2),
        (("women", "older"), 30, 2),
    ]
    last = found.rows[-1]
    assert last.ratio == pytest.approx(2 / 18)
    assert last.p_value == pytest.approx(fisher_p(2, 30, 38, 90))
    assert last.is_flagged
    assert not found.rows[0].is_flagged


def test_one_small_combination_hides_all_since_the_sums_are_known():
    found = intersections(
        _inputs(*_of((True, True, 4, 1), (True, False, 40, 9), (False, True, 40, 9), (False, False, 40, 9)))
    )
    assert found is not None
    assert found.rows == ()
    assert wording.hidden(found.hidden_because) == "fewer than 5 people in a combination"
    assert found.to_json()["rows"] == []


def test_an_empty_combination_hides_all_too():
    found = intersections(_inputs(*_of((True, False, 40, 9), (False, True, 40, 9), (False, False, 40, 9))))
    assert found is not None
    assert found.rows == ()


def test_people_without_one_of_the_attributes_are_counted_and_left_out():
    parts = _of((True, True, 10, 3), (True, False, 10, 3), (False, True, 10, 3), (False, False, 17, 3))
    found = intersections(_inputs(*parts, known=[True] * 40 + [False] * 7))
    assert found is not None
    assert found.unknown == 7
    assert sum(row.n for row in found.rows) == 40


def test_one_attribute_has_no_intersections():
    assert intersections(_inputs([True], [True], [1.0])[:1]) is None


@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.integers(0, 6), st.booleans()), min_size=1, max_size=120
    )
)
def test_no_small_group_is_ever_shown_and_everybody_known_is_counted_once(rows):
    woman, older, points, known = ([row[i] for row in rows] for i in range(4))
    found = intersections(_inputs(woman, older, [float(p) for p in points], known))
    assert found is not None
    assert found.unknown == known.count(False)
    assert bool(found.rows) is not bool(found.hidden_because)
    if found.rows:
        assert len(found.rows) == 4
        assert min(row.n for row in found.rows) >= 5
        assert sum(row.n for row in found.rows) == known.count(True)
        assert all(0 <= row.ratio <= 1 and row.p_value <= row.p_holm <= 1 for row in found.rows)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_and_keeps_the_order(p_values):
    corrected = holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, corrected, strict=True))
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [corrected[i] for i in order] == sorted(corrected)


def test_without_any_difference_hardly_any_report_has_a_flag():
    rng, flagged = np.random.default_rng(5), 0
    for _ in range(300):
        woman, older = rng.random(160) < 0.5, rng.random(160) < 0.5
        found = intersections(_inputs(woman.tolist(), older.tolist(), rng.normal(size=160).tolist()))
        assert found is not None
        flagged += any(row.is_flagged for row in found.rows)
    assert flagged <= 0.05 * 300
