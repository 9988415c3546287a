"""Reads the merit matrix for many people at once, explains a cell by its criteria, and fits a matrix to a budget."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy.matrix import NUMERIC_CRITERIA, OTHER, Cell, Criterion, Matrix
from plugin.advisor.recommendation.columns import Columns
from plugin.errors import InvalidInput
from plugin.figures.writing import two_decimals
from plugin.texts import _


def shape(matrix: Matrix) -> tuple[int, ...]:
    """Bands per criterion."""
    return tuple(len(criterion.bands) for criterion in matrix.criteria)


def labels(matrix: Matrix) -> list[tuple[str, ...]]:
    """The band of each criterion for each row of ``table``."""
    return list(itertools.product(*([band.label for band in c.bands] for c in matrix.criteria)))


def table(matrix: Matrix) -> Floats:
    """(cells, 5) points min, low, default, high, max; cells in the order of the product of the bands."""
    return np.array(matrix.five, dtype=np.float64)


def bands(matrix: Matrix, columns: Columns) -> Ints:
    """(n, criteria) index of each person's band. Pay below the range counts as the range minimum (that step comes first)."""
    return np.column_stack([_band(criterion, columns) for criterion in matrix.criteria])


def cells(matrix: Matrix, found: Ints) -> Ints:
    """(n,) row of ``table`` for each row of ``bands``."""
    flat: Ints = np.ravel_multi_index(tuple(found.T), shape(matrix)).astype(np.int64)
    return flat


def _band(criterion: Criterion, columns: Columns) -> Ints:
    if criterion.name in NUMERIC_CRITERIA:
        return _numeric_band(criterion, _values(criterion.name, columns))
    where = {value: i for i, band in enumerate(criterion.bands) for value in band.values}
    missing = next(i for i, band in enumerate(criterion.bands) if band.missing)
    texts = getattr(columns, criterion.name)
    return np.array([missing if not t else where.get(t, where[OTHER]) for t in texts], dtype=np.int64)


def _values(name: str, columns: Columns) -> Floats:
    if name == "rating":
        return columns.rating
    pay = np.fmax(columns.annual, columns.range_minimum)
    if name == "compa_ratio":
        return pay / columns.range_midpoint
    return (pay - columns.range_minimum) / (columns.range_maximum - columns.range_minimum)


def _numeric_band(criterion: Criterion, values: Floats) -> Ints:
    found = np.full(len(values), -1, dtype=np.int64)
    for i, band in enumerate(criterion.bands):
        if band.missing:
            found[np.isnan(values)] = i
            continue
        low = -math.inf if band.low is None else float(band.low)
        high = math.inf if band.high is None else float(band.high)
        found[(values >= low) & (values < high)] = i
    return found


def contributions(matrix: Matrix, found: Ints, population: Ints) -> tuple[float, Floats]:
    """The default of each person's cell as baseline + one exact Shapley value per criterion.

    ``population`` (m, criteria) are the bands of everybody in the named population; the baseline is their mean default.
    Returns the baseline and (n, criteria) points. Cost: the number of distinct cells, not of people, squared.
    """
    default = table(matrix)[:, 2].reshape(shape(matrix))
    everybody, weights = np.unique(population, axis=0, return_counts=True)
    people, inverse = np.unique(found, axis=0, return_inverse=True)
    p = found.shape[1]
    worth = {s: _worth(default, people, everybody, weights, s) for s in _subsets(p)}
    values = np.zeros((len(people), p))
    for i in range(p):
        for s in _subsets(p):
            if i not in s:
                weight = math.factorial(len(s)) * math.factorial(p - len(s) - 1) / math.factorial(p)
                values[:, i] += weight * (worth[tuple(sorted((*s, i)))] - worth[s])
    base = float(worth[()][0]) if len(people) else 0.0
    return base, values[inverse.reshape(-1)]


def _subsets(p: int) -> list[tuple[int, ...]]:
    return [s for size in range(p + 1) for s in itertools.combinations(range(p), size)]


def _worth(default: Floats, people: Ints, everybody: Ints, weights: Ints, known: tuple[int, ...]) -> Floats:
    """Mean default when the criteria in ``known`` are the person's and the others those of the population."""
    mixed = np.repeat(everybody[None, :, :], len(people), axis=0)
    for i in known:
        mixed[:, :, i] = people[:, None, i]
    flat = default[tuple(np.moveaxis(mixed, 2, 0))]
    result: Floats = flat @ (weights / weights.sum())
    return result


def fit_to_budget(matrix: Matrix, columns: Columns, factors: Floats, target_percent: Decimal) -> Matrix:
    """The matrix scaled by one common factor so that its defaults cost at most ``target_percent`` of the pay of
    people with a factor above 0.

    Low, default and high are scaled and kept within the hard limits, rounded down to 0.01 point. InvalidInput when even the
    hard limits cannot be reached: the target is below the cost of all minimums or above that of all maximums.
    """
    weights = _pay_by_cell(matrix, columns, factors)
    paid = float(columns.minor[factors > 0].sum())
    target = float(target_percent) * paid
    five = table(matrix)
    if not weights @ five[:, 0] <= target <= weights @ five[:, 4]:
        lowest, highest = (weights @ five[:, i] / paid for i in (0, 4))
        raise InvalidInput(
            _(
                "The matrix’s hard limits allow %(lowest)s%% to %(highest)s%% of pay. Enter a target between them.",
                lowest=two_decimals(float(lowest)),
                highest=two_decimals(float(highest)),
            )
        )
    low, high = 0.0, 1000.0
    for _round in range(80):
        middle = (low + high) / 2
        fits = weights @ np.clip(five[:, 2] * middle, five[:, 0], five[:, 4]) <= target
        low, high = (middle, high) if fits else (low, middle)
    return replace(matrix, cells=tuple(_scale(cell, Decimal(low)) for cell in matrix.cells))


def _pay_by_cell(matrix: Matrix, columns: Columns, factors: Floats) -> Floats:
    where = cells(matrix, bands(matrix, columns))
    paid: Floats = np.bincount(where, weights=columns.minor * factors, minlength=len(table(matrix))).astype(
        np.float64
    )
    return paid


def _scale(cell: Cell, factor: Decimal) -> Cell:
    def scaled(points: Decimal) -> Decimal:
        value = (points * factor).quantize(Decimal("0.01"), ROUND_FLOOR)
        return min(max(value, cell.minimum), cell.maximum)

    return replace(cell, low=scaled(cell.low), default=scaled(cell.default), high=scaled(cell.high))
