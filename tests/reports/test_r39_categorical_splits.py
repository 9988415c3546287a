"""shap #2662, #5106: trees that split by category are explained wrongly or not at all.

https://github.com/shap/shap/issues/2662 https://github.com/shap/shap/pull/5106

Right: as XGBoost itself, and with a background as the definition says. A data frame that shows labels where the model knows codes is
refused: labels that are numbers were taken for the codes, and the answer was wrong without a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import xgboost

from plugin.advisor.treeshap import contributions
from plugin.errors import InvalidInput

RANDOM = np.random.default_rng(39)
CODES = RANDOM.integers(0, 40, (600, 2)).astype(float)
ROWS = np.column_stack([RANDOM.normal(size=600), CODES])
PAY = np.isin(ROWS[:, 1], [3, 17, 31, 32, 39]) * 5.0 + ROWS[:, 2] % 3 + ROWS[:, 0]
TYPES = ["q", "c", "c"]

WAYS: dict[str, dict[str, Any]] = {
    "one against the rest": {"max_cat_to_onehot": 100},
    "parts": {"max_cat_to_onehot": 1},
    "parts of a few": {"max_cat_to_onehot": 1, "max_cat_threshold": 4},
    "forests": {"num_parallel_tree": 3, "subsample": 0.7},
}


def matrix(rows: npt.NDArray[Any], label: Any = None) -> xgboost.DMatrix:
    return xgboost.DMatrix(rows, label, feature_types=TYPES, enable_categorical=True, nthread=1)


def train(**parameters: Any) -> xgboost.Booster:
    return xgboost.train({"nthread": 1, "max_depth": 4, **parameters}, matrix(ROWS, PAY), 10)


def asked() -> npt.NDArray[Any]:
    """Rows of training, and codes that it never had: unseen, missing, past every word of the bit sets."""
    strange = np.array([[0.0, 40, 1], [0.0, 1000, 1], [0.0, np.nan, 1], [np.nan, 3, np.nan], [0.0, 31, 32]])
    return np.vstack([ROWS[:60], strange])


@pytest.mark.parametrize("way", WAYS)
def test_values_are_xgboosts_own(way: str) -> None:
    booster = train(**WAYS[way])
    theirs = booster.predict(matrix(asked()), pred_contribs=True)
    np.testing.assert_allclose(contributions(booster, asked()), theirs, atol=2e-5)


@pytest.mark.parametrize("way", WAYS)
def test_with_a_background_they_are_the_definitions(way: str) -> None:
    """Two features at most differ from the background's one row: then the Shapley value is a mean of two orders."""
    booster, background = train(**WAYS[way]), ROWS[100:101]
    rows = asked().copy()
    rows[:, 0] = background[0, 0]

    def margin(*kept: int) -> npt.NDArray[Any]:
        mixed = np.repeat(background, len(rows), axis=0)
        mixed[:, kept] = rows[:, kept]
        return np.asarray(booster.predict(matrix(mixed), output_margin=True))

    none, first, second, both = margin(), margin(1), margin(2), margin(1, 2)
    ours = contributions(booster, rows, background=background)
    np.testing.assert_allclose(ours[:, 0], 0, atol=2e-5)
    np.testing.assert_allclose(ours[:, 1], ((first - none) + (both - second)) / 2, atol=2e-5)
    np.testing.assert_allclose(ours[:, 2], ((second - none) + (both - first)) / 2, atol=2e-5)


@pytest.mark.parametrize("labels", [[10, 20, 30], ["a", "b", "c"], [-1, 0, 7]], ids=str)
@pytest.mark.parametrize("argument", ["rows", "background"])
def test_labels_are_not_taken_for_codes(labels: list[Any], argument: str) -> None:
    frame = pd.DataFrame(
        {"unit": pd.Categorical(labels * 20), "kind": pd.Categorical(labels[:2] * (len(labels) * 10))}
    )
    booster = xgboost.train(
        {"nthread": 1, "max_cat_to_onehot": 1},
        xgboost.DMatrix(frame, np.arange(len(frame)) % len(labels), enable_categorical=True),
        4,
    )
    codes = pd.DataFrame({name: frame[name].cat.codes for name in frame})
    theirs = booster.predict(xgboost.DMatrix(frame, enable_categorical=True), pred_contribs=True)
    np.testing.assert_allclose(contributions(booster, codes), theirs, atol=2e-5)
    with pytest.raises(InvalidInput) as refused:
        contributions(booster, **({"rows": codes} | {argument: frame}))
    assert refused.value.fields == {argument: "not numbers"}
    assert "unit, kind" in str(refused.value)
    assert "cat.codes" in refused.value.remedy
