"""The merit matrix: what performance and place in the pay range are worth, complete and without overlap or refused."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import contains

from plugin.errors import InvalidInput

NUMERIC_CRITERIA = ("rating", "compa_ratio", "range_penetration")
TEXT_CRITERIA = ("level", "job_family", "country", "org_unit")
OTHER = "*"  # in a text band: every value that no other band names


@dataclass(frozen=True)
class Band:
    """One row or column of the matrix. Numeric: ``low`` <= value < ``high`` (None = open). Text: any of ``values``.

    ``missing`` marks the explicit band for people without a value: the unrated row, the band without a pay range.
    """

    label: str
    low: Decimal | None = None
    high: Decimal | None = None
    values: tuple[str, ...] = ()
    missing: bool = False


@dataclass(frozen=True)
class Criterion:
    """One dimension of the matrix: rating, compa_ratio, range_penetration, level, job_family, country or org_unit."""

    name: str
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Cell:
    """Five points of pay for one combination of bands: min and max are hard limits, low and high soft ones."""

    bands: tuple[str, ...]  # one band label per criterion, in the criteria's order
    minimum: Decimal
    low: Decimal
    default: Decimal
    high: Decimal
    maximum: Decimal


@dataclass(frozen=True)
class Matrix:
    """Up to five criteria and a cell for every combination; ``matrix.check`` refuses holes and overlaps."""

    criteria: tuple[Criterion, ...]
    cells: tuple[Cell, ...]

    @cached_property
    def five(self) -> tuple[tuple[float, ...], ...]:
        """Points min, low, default, high, max of each cell, in the order of the product of the bands."""
        cells = {cell.bands: cell for cell in self.cells}
        keys = itertools.product(*([band.label for band in c.bands] for c in self.criteria))
        found = (cells[key] for key in keys)
        return tuple(tuple(map(float, (c.minimum, c.low, c.default, c.high, c.maximum))) for c in found)


def check(matrix: Matrix) -> None:
    """InvalidInput when a criterion has a hole or an overlap, or a combination has no cell, two, or a falling one."""
    if not 1 <= len(matrix.criteria) <= 5:
        raise InvalidInput("a matrix has one to five criteria", fields={"criteria": "one to five"})
    names = [criterion.name for criterion in matrix.criteria]
    if len(set(names)) != len(names):
        raise InvalidInput("a matrix names a criterion twice", fields={"criteria": "named twice"})
    for criterion in matrix.criteria:
        _check_bands(criterion)
    _check_cells(matrix)


def _check_bands(criterion: Criterion) -> None:
    labels = [band.label for band in criterion.bands]
    if len(set(labels)) != len(labels):
        raise _wrong(criterion, "two bands have the same label")
    if sum(band.missing for band in criterion.bands) != 1:
        raise _wrong(criterion, "needs exactly one band for people without a value (unrated, no pay range)")
    named = [band for band in criterion.bands if not band.missing]
    if criterion.name in NUMERIC_CRITERIA:
        _check_numeric(criterion, named)
    elif criterion.name in TEXT_CRITERIA:
        _check_text(criterion, named)
    else:
        raise _wrong(criterion, f"is none of {', '.join(NUMERIC_CRITERIA + TEXT_CRITERIA)}")


def _check_numeric(criterion: Criterion, bands: Sequence[Band]) -> None:
    ordered = sorted(bands, key=lambda band: (band.low is not None, band.low or Decimal(0)))
    if not ordered or ordered[0].low is not None or ordered[-1].high is not None:
        raise _wrong(criterion, "the first band must be open below and the last open above")
    for left, right in itertools.pairwise(ordered):
        if left.high is None or right.low is None or left.high > right.low:
            raise _wrong(criterion, f"{left.label} and {right.label} overlap")
        if left.high < right.low:
            raise _wrong(criterion, f"hole between {left.label} and {right.label}")
    if any(band.low is not None and band.high is not None and band.low >= band.high for band in ordered):
        raise _wrong(criterion, "a band is empty")


def _check_text(criterion: Criterion, bands: Sequence[Band]) -> None:
    values = [value for band in bands for value in band.values]
    if len(set(values)) != len(values):
        raise _wrong(criterion, "a value stands in two bands")
    if OTHER not in values:
        raise _wrong(criterion, f"needs a band with the value {OTHER} for all other values")


def _check_cells(matrix: Matrix) -> None:
    labels = [[band.label for band in criterion.bands] for criterion in matrix.criteria]
    seen: set[tuple[str, ...]] = set()
    for cell in matrix.cells:
        where = " × ".join(cell.bands)
        if len(cell.bands) != len(labels) or not all(map(contains, labels, cell.bands)):
            raise InvalidInput(
                f"cell {where} belongs to no combination of bands",
                fields={"cells": f"{where} belongs to no combination of bands"},
            )
        if cell.bands in seen:
            raise InvalidInput(f"cell {where} is there twice", fields={"cells": f"{where} is there twice"})
        seen.add(cell.bands)
        if not 0 <= cell.minimum <= cell.low <= cell.default <= cell.high <= cell.maximum:
            wrong = "does not rise from minimum over low, default and high to maximum, or begins below 0"
            raise InvalidInput(f"cell {where} {wrong}", fields={"cells": f"{where} {wrong}"})
    holes = math.prod(map(len, labels)) - len(seen)  # few bands make many combinations: they are not laid out
    if holes:
        first = " × ".join(next(bands for bands in itertools.product(*labels) if bands not in seen))
        raise InvalidInput(
            f"the matrix has {holes} holes, the first at {first}",
            fields={"cells": f"none for {first}"},
            remedy="give every combination of bands a cell, unrated people too",
        )


def _wrong(criterion: Criterion, what: str) -> InvalidInput:
    return InvalidInput(f"criterion {criterion.name}: {what}", fields={criterion.name: what})
