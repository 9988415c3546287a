"""What the exact engine refuses, and where its machine code goes when the installation is read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from plugin.advisor.treeshap import contributions, read_forest
from plugin.errors import InvalidInput


def train(target: Any = None, **parameters: Any) -> xgboost.Booster:
    rows = np.random.default_rng(2).normal(size=(60, 3))
    label = rows[:, 0] if target is None else target
    return xgboost.train({"nthread": 1, "max_depth": 2, **parameters}, xgboost.DMatrix(rows, label), 2)


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"booster": "gblinear"}, None),
        ({"objective": "multi:softprob", "num_class": 3}, np.arange(60) % 3),
        ({}, np.zeros((60, 2))),
        ({"multi_strategy": "multi_output_tree"}, np.zeros((60, 2))),
        ({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, None),
        ({"objective": "rank:pairwise"}, None),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_booster_that_cannot_be_explained_is_refused(parameters: dict[str, Any], target: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        contributions(train(target, **parameters), np.zeros((1, 3)))
    assert "booster" in refused.value.fields


def test_a_wrapper_of_a_booster_is_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidInput) as refused:
        contributions(xgboost.XGBRegressor(), np.zeros((1, 3)))
    assert "get_booster" in refused.value.remedy


@pytest.mark.parametrize("rows", [np.zeros((2, 4)), np.zeros((2, 2)), np.zeros(3), np.zeros((1, 2, 3))])
def test_rows_of_another_shape_are_refused(rows: Any) -> None:
    with pytest.raises(InvalidInput, match="n, 3"):
        contributions(train(), rows)
    with pytest.raises(InvalidInput, match="background"):
        contributions(train(), np.zeros((1, 3)), background=rows)


@pytest.mark.parametrize("rows", [[["a", "b", "c"]], [[None, 1.0, 2.0]], np.zeros((1, 3), dtype=complex)])
def test_rows_that_are_not_numbers_are_refused(rows: Any) -> None:
    with pytest.raises(InvalidInput, match="numbers"):
        contributions(train(), rows)


@pytest.mark.parametrize("iteration_range", [(0, 3), (2, 1), (-1, 2), (1, 1), (3, 3)])
def test_rounds_that_do_not_exist_are_refused(iteration_range: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="rounds"):
        contributions(train(), np.zeros((1, 3)), iteration_range=iteration_range)


def test_other_arguments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInput, match="threads"):
        contributions(train(), np.zeros((1, 3)), threads=0)
    with pytest.raises(InvalidInput, match="background has no rows"):
        contributions(train(), np.zeros((1, 3)), background=np.zeros((0, 3)))
    with pytest.raises(InvalidInput, match="base_margin"):
        contributions(train(), np.zeros((4, 3)), base_margin=np.zeros(3))
    with pytest.raises(InvalidInput, match="read_forest"):
        contributions(read_forest(train()), np.zeros((1, 3)), iteration_range=(0, 1))


SCRIPT = """
from plugin.advisor.treeshap.compiled import compiled
from numba import njit

def triple(value):
    return value * 3

try:
    njit(cache=True)(triple)
except RuntimeError:
    print("no cache", compiled(triple)(14))
"""


def test_code_is_compiled_without_any_place_to_keep_it(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "__pycache__").write_text("a file where the cache's folder would be")
    nowhere = str(tmp_path / "__pycache__")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NUMBA")},
        "HOME": nowhere,
        "XDG_CACHE_HOME": nowhere,
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "no cache 42", done.stderr
