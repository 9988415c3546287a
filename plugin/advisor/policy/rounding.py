"""Largest-remainder rounding of many rows at once, so that shown parts sum to shown totals for a whole firm in numpy."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from plugin.advisor.model.tables import Floats, Ints

Mask = np.typing.NDArray[np.bool_]


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


def money_parts(minor: Ints, tenths: Ints, unit: int, alone: Mask | None = None) -> Ints:
    """(n, k) amounts in ``unit`` hundredths whose rows sum to ``money`` of the rows' summed ``tenths`` exactly.

    Parts that are ``alone`` (n, k) get ``money`` of themselves, whatever stands beside them, and the others make up for it:
    every row needs another part that is not 0, or ``alone`` parts whose amounts sum by themselves.
    """
    exact = minor[:, None] * tenths
    own = money(minor[:, None], tenths, unit)
    free = tenths != 0 if alone is None else (tenths != 0) & ~alone
    parts = np.where(free, exact // (1000 * unit), own)
    missing = money(minor, tenths.sum(axis=1), unit) - parts.sum(axis=1)
    order = np.argsort(np.where(free, exact // (1000 * unit) * 1000 * unit - exact, 1), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(tenths.shape[1])[None, :], axis=1)
    each, first = np.divmod(missing, np.maximum(free.sum(axis=1), 1))
    rounded: Ints = parts + free * (each[:, None] + (rank < first[:, None]))
    return rounded
