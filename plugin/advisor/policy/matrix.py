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
from plugin.texts import _, ngettext

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
        raise InvalidInput(
            _("A matrix has one to five criteria."), fields={"criteria": _("Enter one to five criteria.")}
        )
    names = [criterion.name for criterion in matrix.criteria]
    if len(set(names)) != len(names):
        raise InvalidInput(
            _("The matrix names a criterion twice."), fields={"criteria": _("Name each criterion once.")}
        )
    for criterion in matrix.criteria:
        _check_bands(criterion)
    _check_cells(matrix)


def _check_bands(criterion: Criterion) -> None:
    labels = [band.label for band in criterion.bands]
    if len(set(labels)) != len(labels):
        raise _wrong(criterion, _("Give each band its own label."))
    if sum(band.missing for band in criterion.bands) != 1:
        raise _wrong(
            criterion, _("Enter exactly one band for employees without a value (no rating or no pay range).")
        )
    named = [band for band in criterion.bands if not band.missing]
    if criterion.name in NUMERIC_CRITERIA:
        _check_numeric(criterion, named)
    elif criterion.name in TEXT_CRITERIA:
        _check_text(criterion, named)
    else:
        raise _wrong(
            criterion,
            _("Enter one of these criteria: %(names)s.", names=", ".join(NUMERIC_CRITERIA + TEXT_CRITERIA)),
        )


def _check_numeric(criterion: Criterion, bands: Sequence[Band]) -> None:
    ordered = sorted(bands, key=lambda band: (band.low is not None, band.low or Decimal(0)))
    if not ordered or ordered[0].low is not None or ordered[-1].high is not None:
        raise _wrong(criterion, _("The first band must be open below and the last band open above."))
    for left, right in itertools.pairwise(ordered):
        if left.high is None or right.low is None or left.high > right.low:
            raise _wrong(
                criterion, _("The bands %(left)s and %(right)s overlap.", left=left.label, right=right.label)
            )
        if left.high < right.low:
            raise _wrong(
                criterion,
                _(
                    "There is a gap between the bands %(left)s and %(right)s.",
                    left=left.label,
                    right=right.label,
                ),
            )
    if any(band.low is not None and band.high is not None and band.low >= band.high for band in ordered):
        raise _wrong(criterion, _("A band contains no values. Its low end must be below its high end."))


def _check_text(criterion: Criterion, bands: Sequence[Band]) -> None:
    values = [value for band in bands for value in band.values]
    if len(set(values)) != len(values):
        raise _wrong(criterion, _("Name each value in one band only."))
    if OTHER not in values:
        raise _wrong(criterion, _("Add a band with the value %(other)s for all other values.", other=OTHER))


def _check_cells(matrix: Matrix) -> None:
    labels = [[band.label for band in criterion.bands] for criterion in matrix.criteria]
    seen: set[tuple[str, ...]] = set()
    for cell in matrix.cells:
        where = " × ".join(cell.bands)
        if len(cell.bands) != len(labels) or not all(map(contains, labels, cell.bands)):
            raise _wrong_cell(_("Cell %(cell)s does not match any combination of bands.", cell=where))
        if cell.bands in seen:
            raise _wrong_cell(_("Cell %(cell)s appears twice.", cell=where))
        seen.add(cell.bands)
        if not 0 <= cell.minimum <= cell.low <= cell.default <= cell.high <= cell.maximum:
            raise _wrong_cell(
                _(
                    "Cell %(cell)s must rise from minimum, low, default, high to maximum, from 0 up.",
                    cell=where,
                )
            )
    holes = math.prod(map(len, labels)) - len(seen)  # few bands make many combinations: they are not laid out
    if holes:
        first = " × ".join(next(bands for bands in itertools.product(*labels) if bands not in seen))
        raise InvalidInput(
            ngettext(
                "The matrix lacks %(num)s cell, for %(first)s.",
                "The matrix lacks %(num)s cells, the first for %(first)s.",
                holes,
                first=first,
            ),
            fields={"cells": _("Add a cell for %(first)s.", first=first)},
            remedy=_("Add a cell for every combination of bands, including employees without a value."),
        )


def _wrong(criterion: Criterion, what: str) -> InvalidInput:
    said = _("Criterion %(name)s: %(problem)s", name=criterion.name, problem=what)
    return InvalidInput(said, fields={criterion.name: what})


def _wrong_cell(what: str) -> InvalidInput:
    return InvalidInput(what, fields={"cells": what})
