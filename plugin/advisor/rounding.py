"""Largest-remainder rounding of many rows at once, so that shown parts sum to shown totals for a whole firm in numpy."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from plugin.advisor.tables import Floats, Ints


def points(tenths: int) -> Decimal:
    """Whole tenths as points of pay with one decimal."""
    return Decimal(tenths).scaleb(-1)


def half_up(values: Floats) -> Ints:
    """To whole numbers, halves up; a billionth of slack takes up float noise."""
    return np.floor(values + 0.5 + 1e-9).astype(np.int64)


def to_totals(parts: Floats, totals: Ints) -> Ints:
    """(n, k) ``parts`` as whole numbers whose rows sum to ``totals`` exactly; ties go to the earlier part.

    Each total must lie within k of its row's sum, as for ``domain.largest_remainder``.
    """
    down = np.floor(parts + 1e-9).astype(np.int64)
    missing = totals - down.sum(axis=1)
    order = np.argsort(-np.round(parts - down, 9), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(parts.shape[1])[None, :], axis=1)
    rounded: Ints = (
        down + (rank < missing[:, None]) - (rank >= parts.shape[1] + np.minimum(missing, 0)[:, None])
    )
    return rounded


def money(minor: Ints, tenths: Ints, unit: int) -> Ints:
    """(n,) amounts in ``unit`` hundredths: ``tenths`` of a point of ``minor`` hundredths, halves up, in whole numbers only."""
    doubled = 2 * minor * tenths + 1000 * unit
    amounts: Ints = doubled // (2000 * unit)
    return amounts


def money_parts(minor: Ints, tenths: Ints, unit: int) -> Ints:
    """(n, k) amounts in ``unit`` hundredths whose rows sum to ``money`` of the rows' summed ``tenths`` exactly."""
    exact = minor[:, None] * tenths
    down = exact // (1000 * unit)
    missing = money(minor, tenths.sum(axis=1), unit) - down.sum(axis=1)
    order = np.argsort(-(exact - down * 1000 * unit), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(tenths.shape[1])[None, :], axis=1)
    rounded: Ints = down + (rank < missing[:, None])
    return rounded
