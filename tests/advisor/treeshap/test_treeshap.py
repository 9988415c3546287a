"""Our exact contributions against XGBoost's own and against shap's interventional explainer, on trained models."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shap
import xgboost

from plugin.advisor.treeshap import contributions, read_forest

TOLERANCE = 2e-5
TYPES = ["q"] * 12 + ["c"] * 2
Array = npt.NDArray[Any]


@pytest.fixture(scope="module")
def people() -> tuple[Array, Array]:
    """1,500 rows: 12 numeric features with gaps, two categorical ones with 40 codes; a target with interactions."""
    random = np.random.default_rng(20)
    numbers = random.normal(size=(1500, 12)).astype(np.float32)
    numbers[random.random(numbers.shape) < 0.1] = np.nan
    codes = random.integers(0, 40, (1500, 2)).astype(np.float32)
    codes[random.random(codes.shape) < 0.1] = np.nan
    rows = np.hstack([numbers, codes])
    target = np.nan_to_num(numbers[:, 0] * numbers[:, 1] + numbers[:, 2]) + np.nan_to_num(codes[:, 0] % 7) / 3
    return rows, target + np.nansum(numbers[:, 3:], axis=1) / 4 + random.normal(size=1500) / 4


def matrix(rows: Array, label: Array | None = None, **more: Any) -> xgboost.DMatrix:
    types = TYPES[: rows.shape[1]]
    return xgboost.DMatrix(rows, label, feature_types=types, enable_categorical=True, nthread=1, **more)


def train(rows: Array, target: Array, rounds: int = 20, **parameters: Any) -> xgboost.Booster:
    return xgboost.train({"nthread": 1, "seed": 1, **parameters}, matrix(rows, target), rounds)


def distance(ours: Array, theirs: Array) -> float:
    """Largest difference, relative to the largest value where that is above one."""
    return float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max()))


SHAPES: dict[str, dict[str, Any]] = {
    "stumps": {"max_depth": 1},
    "depth 2": {"max_depth": 2},
    "depth 3": {"max_depth": 3},
    "depth 4": {"max_depth": 4},
    "depth 6": {"max_depth": 6},
    "depth 8": {"max_depth": 8, "rounds": 5},
    "depth 14": {"max_depth": 14, "rounds": 3},
    "leaf-wise": {"max_depth": 0, "max_leaves": 60, "grow_policy": "lossguide"},
    "one-hot categories": {"max_depth": 5, "max_cat_to_onehot": 100},
    "single leaves": {"max_depth": 3, "gamma": 1e9},
    "no rounds": {"rounds": 0},
    "random forest": {"max_depth": 4, "num_parallel_tree": 3, "subsample": 0.6, "rounds": 4},
    "dart": {"max_depth": 3, "booster": "dart", "rate_drop": 0.3},
    "pruned": {"max_depth": 6, "gamma": 2.0, "tree_method": "approx"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_path_dependent_values_are_xgboosts_own(people: tuple[Array, Array], shape: str) -> None:
    rows, target = people
    booster = train(rows, target, **SHAPES[shape])
    theirs = booster.predict(matrix(rows[:300]), pred_contribs=True)
    ours = contributions(booster, rows[:300])
    assert ours.shape == theirs.shape
    assert distance(ours, theirs) < TOLERANCE


@pytest.mark.parametrize("shape", SHAPES)
def test_interventional_values_sum_to_the_margin(people: tuple[Array, Array], shape: str) -> None:
    rows, target = people
    booster = train(rows, target, **SHAPES[shape])
    margin = booster.predict(matrix(rows), output_margin=True)
    ours = contributions(booster, rows[:300], background=rows[300:340])
    assert distance(ours.sum(axis=1), margin[:300]) < TOLERANCE
    assert distance(ours[:, -1], np.full(300, margin[300:340].mean())) < TOLERANCE


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6, 8, 12])
@pytest.mark.parametrize("size", [1, 37])
def test_interventional_values_are_shaps(people: tuple[Array, Array], depth: int, size: int) -> None:
    rows, target = people[0][:, :12], people[1]
    booster = train(rows, target, rounds=6, max_depth=depth)
    background = rows[700 : 700 + size]
    explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
    theirs = explainer.shap_values(rows[:100], check_additivity=False)
    ours = contributions(booster, rows[:100], background=background)
    assert distance(ours[:, :-1], theirs) < TOLERANCE
    assert abs(ours[0, -1] - explainer.expected_value) < TOLERANCE


def test_overlong_paths_take_part_beside_tables(people: tuple[Array, Array]) -> None:
    rows, target = people[0][:, :12], people[1]
    booster = train(rows, target, rounds=4, max_depth=16, min_child_weight=0, subsample=0.4)
    most = read_forest(booster).distinct
    assert most.max() > 10
    background = rows[1000:1020]
    explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
    theirs = explainer.shap_values(rows[:50], check_additivity=False)
    assert distance(contributions(booster, rows[:50], background=background)[:, :-1], theirs) < TOLERANCE


OBJECTIVES = [
    "reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:logistic", "reg:gamma",
    "reg:tweedie", "count:poisson", "binary:logistic", "binary:logitraw", "binary:hinge", "survival:cox",
]  # fmt: skip


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_base_score_is_in_margin_space(people: tuple[Array, Array], objective: str) -> None:
    rows, target = people
    label = (
        (target > 1.0).astype(float)
        if objective.startswith("binary") or "logistic" in objective
        else np.abs(target) + 0.1
    )
    booster = train(rows, label, rounds=8, max_depth=3, objective=objective)
    theirs = booster.predict(matrix(rows[:100]), pred_contribs=True)
    assert distance(contributions(booster, rows[:100]), theirs) < TOLERANCE


def test_a_given_base_score_is_kept(people: tuple[Array, Array]) -> None:
    rows, target = people
    booster = train(
        rows, target > 1.0, rounds=8, objective="binary:logistic", base_score=0.2, scale_pos_weight=3
    )
    theirs = booster.predict(matrix(rows[:50]), pred_contribs=True)
    assert distance(contributions(booster, rows[:50]), theirs) < TOLERANCE


def test_base_margin_takes_the_place_of_the_base_score(people: tuple[Array, Array]) -> None:
    rows, target = people
    margin = np.linspace(-2.0, 3.0, len(rows))
    booster = xgboost.train({"nthread": 1}, matrix(rows, target, base_margin=margin), 10)
    theirs = booster.predict(matrix(rows, base_margin=margin), pred_contribs=True)
    assert distance(contributions(booster, rows, base_margin=margin), theirs) < TOLERANCE


def test_an_iteration_range_explains_the_booster_sliced_so(people: tuple[Array, Array]) -> None:
    rows, target = people
    booster = train(rows, target, rounds=12, num_parallel_tree=2, max_depth=3)
    for begin, end in ((0, 5), (3, 7), (0, 12), (0, 0)):
        theirs = booster[begin : end or 12].predict(matrix(rows[:50]), pred_contribs=True)
        assert distance(contributions(booster, rows[:50], iteration_range=(begin, end)), theirs) < TOLERANCE


def test_early_stopping_is_not_applied_by_itself(people: tuple[Array, Array]) -> None:
    rows, target = people
    held_out = matrix(rows[1000:], np.random.default_rng(1).permutation(target[1000:]))
    booster = xgboost.train(
        {"nthread": 1, "eta": 0.8},
        matrix(rows[:1000], target[:1000]),
        40,
        evals=[(held_out, "held_out")],
        early_stopping_rounds=3,
        verbose_eval=False,
    )
    chosen = (0, booster.best_iteration + 1)
    everything, best = (
        contributions(booster, rows[:50]),
        contributions(booster, rows[:50], iteration_range=chosen),
    )
    assert distance(everything, booster.predict(matrix(rows[:50]), pred_contribs=True)) < TOLERANCE
    theirs = booster.predict(matrix(rows[:50]), pred_contribs=True, iteration_range=chosen)
    assert distance(best, theirs) < TOLERANCE
    assert np.abs(everything - best).max() > 0.01


def test_a_row_gets_the_same_values_alone_in_a_crowd_and_with_two_threads(
    people: tuple[Array, Array],
) -> None:
    rows, target = people
    booster = train(rows, target, max_depth=5)
    crowd = np.tile(rows, (20, 1))
    for background in (None, rows[:30]):
        one = contributions(booster, crowd, background=background)
        np.testing.assert_array_equal(one, contributions(booster, crowd, background=background, threads=2))
        np.testing.assert_array_equal(
            one[777:778], contributions(booster, rows[777:778], background=background)
        )
        np.testing.assert_array_equal(one[: len(rows)], one[-len(rows) :])


def test_order_kind_and_layout_of_rows_do_not_matter(people: tuple[Array, Array]) -> None:
    rows, target = people
    booster = train(rows, target, max_depth=4)
    expected = contributions(booster, rows[:90])
    np.testing.assert_array_equal(expected, contributions(booster, rows[:90].astype(np.float64)))
    np.testing.assert_array_equal(expected, contributions(booster, np.asfortranarray(rows[:90])))
    np.testing.assert_array_equal(expected[::-2], contributions(booster, rows[:90][::-2]))
    np.testing.assert_array_equal(expected[:7], contributions(booster, rows[:7].tolist()))


def test_a_forest_read_once_explains_like_its_booster(people: tuple[Array, Array]) -> None:
    rows, target = people
    booster = train(rows, target, max_depth=4)
    np.testing.assert_array_equal(
        contributions(read_forest(booster), rows[:9]), contributions(booster, rows[:9])
    )


def test_no_rows_give_no_values(people: tuple[Array, Array]) -> None:
    booster = train(*people, rounds=2)
    assert contributions(booster, np.zeros((0, 14))).shape == (0, 15)
    assert contributions(booster, np.zeros((0, 14)), background=people[0][:5]).shape == (0, 15)


def test_a_large_background_counts_every_row(people: tuple[Array, Array]) -> None:
    rows, target = people[0][:, :12], people[1]
    booster = train(rows, target, rounds=5, max_depth=4)
    parts = [
        contributions(booster, rows[:20], background=rows[start : start + 500]) for start in (0, 500, 1000)
    ]
    assert distance(contributions(booster, rows[:20], background=rows), np.mean(parts, axis=0)) < TOLERANCE


def test_rounding_does_not_grow_with_the_number_of_trees(people: tuple[Array, Array]) -> None:
    rows, target = people
    booster = train(rows, target, rounds=120, max_depth=4)
    for background in (None, rows[:20]):
        whole = contributions(booster, rows[:60], background=background)
        single = [
            contributions(booster, rows[:60], background=background, iteration_range=(at, at + 1))
            for at in range(120)
        ]
        exact = np.sum(single, axis=0, dtype=np.float64)[:, :-1]
        assert np.abs(whole[:, :-1] - exact).max() < 1e-6


def test_hundreds_of_features_are_explained() -> None:
    rows = np.random.default_rng(4).normal(size=(400, 300))
    booster = xgboost.train(
        {"nthread": 1, "max_depth": 4}, xgboost.DMatrix(rows, rows[:, ::30].sum(axis=1)), 70
    )
    theirs = booster.predict(xgboost.DMatrix(rows), pred_contribs=True)
    assert distance(contributions(booster, rows), theirs) < TOLERANCE
