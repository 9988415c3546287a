"""Impact ratios come with counts and an exact test, and the four-fifths rule alone is not trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.fairness.impact import fisher_p, impact_table, top_share
from plugin.errors import InvalidInput


def test_table_has_counts_rates_ratio_and_unknowns():
    chosen = np.array([True] * 30 + [False] * 70 + [True] * 15 + [False] * 85 + [True] * 3)
    table = impact_table(chosen, ["men"] * 100 + ["women"] * 100 + [""] * 3)
    best, other = table.rows
    assert (best.group, best.n, best.chosen, best.ratio) == ("men", 100, 30, 1.0)
    assert (other.group, other.n, other.chosen) == ("women", 100, 15)
    assert other.ratio == pytest.approx(0.5)
    assert other.low < 0.5 < other.high < 1
    assert other.p_value == pytest.approx(fisher_p(15, 100, 30, 100))
    assert other.is_flagged
    assert table.unknown == 3


def test_fisher_agrees_with_a_count_by_hand():
    """3 of 3 against 0 of 3: two of the twenty possible tables are this extreme."""
    assert fisher_p(3, 3, 0, 3) == pytest.approx(2 / 20)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "c"])), min_size=2, max_size=60))
def test_ratios_lie_between_zero_and_one_and_the_best_is_first(rows):
    chosen = np.array([c for c, _ in rows])
    groups = [g for _, g in rows]
    if len(set(groups)) < 2:
        with pytest.raises(InvalidInput):
            impact_table(chosen, groups)
        return
    table = impact_table(chosen, groups)
    assert table.rows[0].ratio == 1
    assert all(0 <= row.ratio <= 1 and 0 <= row.p_value <= 1 for row in table.rows)
    assert sum(row.n for row in table.rows) == len(rows)


def test_small_difference_in_a_team_is_not_flagged():
    table = impact_table(np.array([True, True, True, False, True, False, False, False]), list("mmmmwwww"))
    assert table.rows[1].ratio < 0.8
    assert not table.rows[1].is_flagged


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.floats(0.05, 0.95))
def test_top_share_keeps_ties_together(values, share):
    array = np.array(values, float)
    chosen = top_share(array, share)
    assert chosen.sum() >= max(1, round(share * len(values)))
    assert chosen.all() or array[chosen].min() > array[~chosen].max()


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_senseless_share_is_refused(share):
    with pytest.raises(InvalidInput):
        top_share(np.arange(3.0), share)


def flags(rng, people, runs):
    """Share of runs without any difference that the four-fifths rule flags, alone and with the exact test."""
    groups = ["w"] * people + ["m"] * people
    alone = both = 0
    for _ in range(runs):
        scores = rng.standard_normal(2 * people)
        row = impact_table(scores > np.median(scores), groups).rows[1]
        alone += row.ratio < 0.8
        both += row.is_flagged
    return alone / runs, both / runs


@pytest.mark.parametrize(
    ("people", "share", "runs"), [(10, 0.65, 600), (25, 0.57, 600), (50, 0.33, 600), (100, 0.12, 600)]
)
def test_four_fifths_alone_flags_without_a_cause_and_the_exact_test_stops_it(people, share, runs):
    alone, both = flags(np.random.default_rng(people), people, runs)
    assert alone == pytest.approx(share, abs=0.06)  # 600 runs: three standard errors are 0.06
    assert both <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("people", "share"), [(10, 0.65), (25, 0.57), (50, 0.33), (100, 0.12), (300, 0.007)])
def test_four_fifths_in_20000_runs(people, share):
    alone, both = flags(np.random.default_rng(1), people, 20_000)
    assert alone == pytest.approx(share, abs=0.02)
    assert both <= 0.04
