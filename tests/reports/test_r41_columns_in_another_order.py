"""shap #3958, xgboost #8357: the columns come in another order than in training.

https://github.com/shap/shap/issues/3958 https://github.com/dmlc/xgboost/issues/8357

Right: refused, as XGBoost does. The product answered with the names ignored, off by 7.46. So for every function that takes a table
whose columns have names, rows and background alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import xgboost

from plugin.advisor.fairness.proxy import proxy_scan
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import Table, TrainOptions
from plugin.advisor.model.training import train
from plugin.advisor.treeshap import contributions, read_forest
from plugin.errors import InvalidInput

NAMES = ["age_of_raise", "rating", "compa_ratio"]


def frame(names: list[str] | None = None) -> pd.DataFrame:
    numbers = np.random.default_rng(41).normal(size=(200, 3)) * [1, 10, 100]
    return pd.DataFrame(numbers, columns=names or NAMES)


ROWS = frame()
BOOSTER = xgboost.train(
    {"nthread": 1, "max_depth": 3}, xgboost.DMatrix(ROWS, ROWS["rating"] - ROWS["compa_ratio"] / 10), 20
)

OTHERS: dict[str, Callable[[], pd.DataFrame]] = {
    "another order": lambda: ROWS[["rating", "age_of_raise", "compa_ratio"]],
    "turned round": lambda: ROWS[NAMES[::-1]],
    "another name": lambda: ROWS.rename(columns={"rating": "Rating"}),
    "one more": lambda: ROWS.assign(extra=1.0),
    "one less": lambda: ROWS[NAMES[:2]],
    "numbers as names": lambda: frame().set_axis([0, 1, 2], axis=1),
    "a name twice": lambda: ROWS.set_axis(["rating", "rating", "compa_ratio"], axis=1),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("argument", ["rows", "background"])
@pytest.mark.parametrize("known", [BOOSTER, read_forest(BOOSTER)], ids=["booster", "forest"])
def test_contributions_refuse_what_xgboost_refuses(other: str, argument: str, known: Any) -> None:
    table = OTHERS[other]()
    with pytest.raises((ValueError, AttributeError)):  # of a name twice pandas itself falls over
        BOOSTER.predict(xgboost.DMatrix(table))
    given = {"rows": ROWS, argument: table}
    with pytest.raises(InvalidInput) as refused:
        contributions(known, **given)
    assert refused.value.fields == {argument: "other columns"}
    assert "'age_of_raise', 'rating', 'compa_ratio'" in refused.value.remedy


def test_what_differs_is_said() -> None:
    with pytest.raises(InvalidInput, match="in the order rating, age_of_raise, compa_ratio"):
        contributions(BOOSTER, OTHERS["another order"]())
    with pytest.raises(InvalidInput, match="without rating and with Rating"):
        contributions(BOOSTER, OTHERS["another name"]())


def test_the_order_of_training_is_explained_as_xgboost_does() -> None:
    theirs = BOOSTER.predict(xgboost.DMatrix(ROWS), pred_contribs=True)
    for rows in (ROWS, ROWS.to_numpy(), ROWS[NAMES[::-1]][NAMES]):
        np.testing.assert_allclose(contributions(BOOSTER, rows), theirs, atol=2e-5)
    np.testing.assert_array_equal(
        contributions(BOOSTER, ROWS, background=ROWS),
        contributions(BOOSTER, ROWS.to_numpy(), background=ROWS.to_numpy()),
    )


def test_a_booster_without_names_takes_any_as_xgboost_does() -> None:
    bare = xgboost.train({"nthread": 1}, xgboost.DMatrix(ROWS.to_numpy(), ROWS["rating"]), 3)
    theirs = bare.predict(xgboost.DMatrix(OTHERS["turned round"]()), pred_contribs=True)
    np.testing.assert_allclose(contributions(bare, OTHERS["turned round"]()), theirs, atol=2e-5)


def test_names_of_several_levels_are_spelled_as_xgboost_does() -> None:
    levels = ROWS.set_axis(pd.MultiIndex.from_tuples([("pay", "x"), ("pay", "y"), ("time", "z")]), axis=1)
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(levels, ROWS["rating"]), 2)
    assert booster.feature_names == ["pay x", "pay y", "time z"]
    assert contributions(booster, levels).shape == (200, 4)
    with pytest.raises(InvalidInput):
        contributions(booster, levels[levels.columns[::-1]])


class Arrow:
    """What an Arrow table shows: names apart, and ``columns`` that are the values."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.column_names = list(table.columns)
        self.columns = [table[name].to_numpy() for name in table.columns]
        self._table = table

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._table.to_numpy(dtype=dtype)


def test_other_libraries_tables_have_names_too() -> None:
    np.testing.assert_array_equal(
        contributions(BOOSTER, cast("Any", Arrow(ROWS))), contributions(BOOSTER, ROWS)
    )
    with pytest.raises(InvalidInput):
        contributions(BOOSTER, cast("Any", Arrow(OTHERS["another order"]())))


def test_a_training_table_must_be_named_as_its_frame() -> None:
    y, year = np.zeros(200), np.full(200, 2025)
    assert Table(tuple(NAMES), cast("Any", ROWS), y, year).x.shape == (200, 3)
    with pytest.raises(InvalidInput, match="x must have the columns"):
        Table(tuple(NAMES), cast("Any", OTHERS["another order"]()), y, year)


def test_a_proxy_scan_names_its_own_columns() -> None:
    group = np.arange(200) % 2 == 0
    scan = proxy_scan(cast("Any", ROWS), NAMES, group)
    assert {name for name, _auc in scan.features} == set(NAMES)
    with pytest.raises(InvalidInput, match="features must have the columns"):
        proxy_scan(cast("Any", OTHERS["turned round"]()), NAMES, group)


@pytest.mark.parametrize("kind", ["ridge", "xgboost"])
def test_a_stored_model_refuses_another_order(kind: str) -> None:
    names = ("rating", "compa_ratio", "learning_hours")
    random = np.random.default_rng(3)
    x = random.normal(size=(300, 3))
    table = Table(names, x, x[:, 0] + random.normal(size=300), np.repeat([2023, 2024, 2025], 100))
    predictor = Predictor(train(table, TrainOptions(kind=kind, trees=10, bootstrap=20)).artefact)
    right = pd.DataFrame(x, columns=list(names))
    wrong = right[list(names[::-1])]
    np.testing.assert_array_equal(predictor.delta(cast("Any", right)), predictor.delta(x))
    for call in (predictor.delta, predictor.contributions, predictor.raw_ends):
        with pytest.raises(InvalidInput, match="x must have the columns rating, compa_ratio, learning_hours"):
            call(cast("Any", wrong))
