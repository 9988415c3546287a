"""Exact Shapley values of a tree model for a whole firm at once, because XGBoost's own take minutes for 336,000 people.

``contributions`` equals ``booster.predict(..., pred_contribs=True)`` without a background and
``shap.TreeExplainer(booster, background, feature_perturbation="interventional")`` with one, up to float32 rounding.
"""  # machine text

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plugin.advisor.column_names import check_numbers, check_order
from plugin.advisor.treeshap.forest import Floats, Forest, read_forest
from plugin.errors import InvalidInput

if TYPE_CHECKING:
    import xgboost

__all__ = ["Forest", "contributions", "read_forest"]

_CHUNK = 8192  # rows that one thread takes at a time


def contributions(
    booster: xgboost.Booster | Forest,
    rows: npt.ArrayLike,
    *,
    background: npt.ArrayLike | None = None,
    threads: int = 1,
    base_margin: npt.ArrayLike | None = None,
    iteration_range: tuple[int, int] = (0, 0),
) -> Floats:
    """What each feature adds to each row's prediction: float32 (n, features + 1) in margin space, the last column the base.

    A row's values sum to its ``output_margin`` (log-odds for logistic objectives, logarithm for Poisson, gamma, Tweedie).

    - ``booster``: gbtree or dart with one output, numeric or categorical splits, any depth; or, when it is used for many calls,
      what ``read_forest`` made of it (reading takes about 0.1 ms a tree).
    - ``rows``: numbers (n, features) in the training order; a data frame's names are checked as XGBoost does; compared as float32, as XGBoost does. NaN is missing, infinities are
      values, categories are their codes.
    - ``background``: rows to compare with (interventional); None follows the training weights in the trees (path-dependent).
      Its size does not change the price of a row, except in trees with more than 10 features on one path.
    - ``threads``: the kernels run without the GIL in this many Python threads.
    - ``base_margin``: (n,) what each row started from in training and prediction; as in XGBoost it takes the place of the
      booster's base score in the last column.
    - ``iteration_range``: rounds [begin, end) as in ``Booster.predict``: (0, 0) means all, and ``best_iteration`` is not applied by
      itself; pass ``(0, booster.best_iteration + 1)`` for what early stopping chose.

    Raises InvalidInput for another kind of booster or objective, several outputs, or arguments that do not fit.
    """
    if threads < 1:
        raise InvalidInput("threads must be at least 1", fields={"threads": "less than 1"})
    forest = _forest(booster, iteration_range)
    table = _table("rows", rows, forest)
    base = _base(forest, base_margin, len(table))
    out = np.zeros((len(table), forest.features + 1), dtype=np.float32)
    if background is None:
        mean = _add_path_dependent(forest, table, out, threads)
    else:
        mean = _add_interventional(forest, _background(background, forest), table, out, threads)
    out[:, -1] = base + mean
    return out


def _forest(booster: xgboost.Booster | Forest, iteration_range: tuple[int, int]) -> Forest:
    if not isinstance(booster, Forest):
        return read_forest(booster, iteration_range)
    if iteration_range != (0, 0):
        raise InvalidInput(
            "give iteration_range to read_forest", fields={"iteration_range": "forest read already"}
        )
    return booster


def _table(name: str, values: npt.ArrayLike, forest: Forest) -> npt.NDArray[Any]:
    check_order(name, values, forest.names)
    check_numbers(name, values)
    table = np.asarray(values)
    if table.ndim != 2 or table.shape[1] != forest.features:
        raise InvalidInput(
            f"{name} must have the shape (n, {forest.features}) that the booster was trained on, not {table.shape}",
            fields={name: "wrong shape"},
        )
    if table.dtype.kind not in "fiub":
        raise InvalidInput(f"{name} must hold numbers, not {table.dtype}", fields={name: "not numbers"})
    return table


def _background(values: npt.ArrayLike, forest: Forest) -> Floats:
    table = _table("background", values, forest)
    if not len(table):
        raise InvalidInput("the background has no rows", fields={"background": "empty"})
    return _as_float32(table)


def _base(forest: Forest, base_margin: npt.ArrayLike | None, count: int) -> npt.NDArray[np.float64]:
    if base_margin is None:
        return np.full(count, forest.base)
    base = np.asarray(base_margin, dtype=np.float64)
    if base.shape != (count,):
        raise InvalidInput(
            f"base_margin must have the shape ({count},), not {base.shape}",
            fields={"base_margin": "wrong shape"},
        )
    return base


def _as_float32(table: npt.NDArray[Any]) -> Floats:
    with np.errstate(over="ignore"):  # beyond float32 is infinite, as in XGBoost
        return np.ascontiguousarray(table, dtype=np.float32)


def _add_path_dependent(forest: Forest, table: npt.NDArray[Any], out: Floats, threads: int) -> float:
    from plugin.advisor.treeshap.paths import add_path_dependent

    _in_chunks(partial(add_path_dependent, forest), table, out, threads)
    return forest.mean


def _add_interventional(
    forest: Forest, background: Floats, table: npt.NDArray[Any], out: Floats, threads: int
) -> float:
    from plugin.advisor.treeshap.pairs import add_from_pairs, mean_of_pairs
    from plugin.advisor.treeshap.patterns import add_from_tables, make_tables

    mean = mean_of_pairs(forest, background)
    for tables in make_tables(forest, background):
        mean += tables.mean
        _in_chunks(partial(add_from_tables, forest, tables), table, out, threads)
    _in_chunks(partial(add_from_pairs, forest, background), table, out, threads)
    return mean


def _in_chunks(
    kernel: Callable[[Floats, Floats], None], table: npt.NDArray[Any], out: Floats, threads: int
) -> None:
    """Run ``kernel`` on slices of ``table`` and ``out``; only a slice is ever converted."""

    def run(start: int) -> None:
        kernel(_as_float32(table[start : start + _CHUNK]), out[start : start + _CHUNK])

    starts = range(0, len(table), _CHUNK)
    if threads == 1 or len(starts) == 1:
        for start in starts:
            run(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(run, starts):
            pass
