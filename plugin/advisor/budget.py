"""Fits a pool exactly: everybody moves by one common shift within their own limits, in steps of a tenth of a point."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugin.domain import Money


@dataclass(frozen=True)
class Seat:
    """One person in a pool: what is wanted, the limits in points, the pay that the points are of, and a lock."""

    key: str
    pay: Decimal  # money a year, full time times FTE
    wanted: Decimal
    low: Decimal
    high: Decimal
    locked: Decimal | None = None


@dataclass(frozen=True)
class Fit:
    """The outcome. ``points`` in the seats' order, multiples of 0.1; ``spent`` <= pool."""

    points: tuple[Decimal, ...]
    shift: float  # the common shift in points: 0 = nobody had to move
    spent: Decimal
    left: Decimal


@dataclass(frozen=True)
class Pool:
    """A budget. ``parent`` makes the tree; funding (where the money comes from), prefill and guideline are set apart."""

    code: str
    parent: str | None = None
    funding: Money | None = None  # typed top-down; None = bottom-up, the sum of the targets below


@dataclass(frozen=True)
class PoolState:
    """A pool rolled up: its own money, what is planned, what is left, own people and all below."""

    code: str
    funding: Money
    planned: Money
    left: Money
    people: int
