"""Fits a pool under side rules, e.g. at least 30 % of it for one unit: HiGHS finds the points, whole numbers settle them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy.budget import (
    MONEY_PLACES,
    POINT_PLACES,
    STEP,
    STEP_PLACES,
    Fit,
    Limits,
    Seat,
    exact_dot,
    fitted_to,
    limits_of,
    scaled,
)
from plugin.advisor.policy.rounding import Mask
from plugin.errors import InvalidInput
from plugin.texts import _


@dataclass(frozen=True)
class SideConstraint:
    """A limit on the money of a group of seats, e.g. at least 30 % of the pool for one unit."""

    keys: tuple[str, ...]
    at_least: Decimal = Decimal(0)
    at_most: Decimal | None = None


def fit_with_constraints(
    seats: Sequence[Seat], pool: Decimal, constraints: Sequence[SideConstraint], *, segments: int = 12
) -> Fit:
    """As ``fit`` under side constraints, by HiGHS (scipy). Up to about 2,000 seats.

    Each person's squared change is laid out in ``segments`` straight pieces per side, so the result is fair like ``fit`` and
    within one piece of its optimum (a plain linear program would strip some people and spare others). InvalidInput when the
    constraints contradict each other.
    """
    from scipy.optimize import linprog

    limits = limits_of(seats)
    program = _program(seats, limits, pool, constraints, segments)
    found = linprog(program.cost, A_ub=program.rows, b_ub=program.bounds, bounds=program.box, method="highs")
    if not found.success:
        raise InvalidInput(
            _("The pool and the group limits can't be met together."), remedy=_("Loosen one of them.")
        )
    n = len(seats)
    steps = found.x.reshape(n, 2, segments).sum(axis=2)
    exact = limits.moved(0) + np.rint((steps[:, 0] - steps[:, 1]) * 10**POINT_PLACES).astype(np.int64)
    return fitted_to(limits, _round_within(seats, limits, exact, pool, constraints), pool, None)


@dataclass(frozen=True)
class _Program:
    cost: Floats
    rows: object
    bounds: Floats
    box: list[tuple[float, float]]


def _program(
    seats: Sequence[Seat], limits: Limits, pool: Decimal, constraints: Sequence[SideConstraint], segments: int
) -> _Program:
    from scipy.sparse import csr_matrix

    start = limits.moved(0) / 10**POINT_PLACES
    spans = np.stack([limits.high / 10 - start, start - limits.low / 10], axis=1) / segments
    slope = spans[:, :, None] * (2 * np.arange(segments) + 1)
    cost = (limits.pay[:, None, None] / 10**MONEY_PLACES * slope).ravel()
    box = [(0.0, float(span)) for span in np.repeat(spans.ravel(), segments)]
    lines, ends = _constraint_rows(seats, limits, pool, constraints)
    sign = np.repeat(np.array([1.0, -1.0]), segments)
    rows = csr_matrix(np.stack([np.kron(line, sign) for line in lines]))
    bounds = np.array([end - line @ start for line, end in zip(lines, ends, strict=True)])
    return _Program(cost, rows, bounds, box)


def _constraint_rows(
    seats: Sequence[Seat], limits: Limits, pool: Decimal, constraints: Sequence[SideConstraint]
) -> tuple[list[Floats], list[float]]:
    whole = limits.pay / 10**MONEY_PLACES / 100
    lines, ends = [whole], [float(pool)]
    for constraint in constraints:
        member = _members(seats, constraint) * whole
        if constraint.at_least:
            lines.append(-member)
            ends.append(-float(constraint.at_least))
        if constraint.at_most is not None:
            lines.append(member)
            ends.append(float(constraint.at_most))
    return lines, ends


def _members(seats: Sequence[Seat], constraint: SideConstraint) -> Mask:
    keys = set(constraint.keys)
    return np.array([seat.key in keys for seat in seats])


def _round_within(
    seats: Sequence[Seat], limits: Limits, exact: Ints, pool: Decimal, constraints: Sequence[SideConstraint]
) -> Ints:
    """Down to tenths, then up again by largest remainder where pool and every upper limit allow; groups below their least
    sum come first. A group may end below its least sum by less than one step of its dearest seat."""
    tenths: Ints = np.clip(exact // STEP, limits.low, limits.high)
    remainder = (exact - tenths * STEP).tolist()
    caps = _caps(seats, limits, tenths, pool, constraints)
    short = {key for c in constraints if c.at_least for key in c.keys}
    order = sorted(range(len(seats)), key=lambda i: (seats[i].key not in short, -remainder[i], i))
    for i in order[::-1]:  # the solver's noise may have lifted somebody over a whole tenth
        if tenths[i] > limits.low[i] and any(cap.members[i] and cap.left < 0 for cap in caps):
            _move(limits, tenths, caps, i, -1)
    for i in order:
        step = int(limits.pay[i])
        if (
            remainder[i] > 0
            and tenths[i] < limits.high[i]
            and all(step <= cap.left for cap in caps if cap.members[i])
        ):
            _move(limits, tenths, caps, i, 1)
    return tenths


def _move(limits: Limits, tenths: Ints, caps: Sequence[_Cap], i: int, by: int) -> None:
    tenths[i] += by
    for cap in caps:
        if cap.members[i]:
            cap.left -= by * int(limits.pay[i])


@dataclass
class _Cap:
    members: Mask
    left: int


def _caps(
    seats: Sequence[Seat], limits: Limits, tenths: Ints, pool: Decimal, constraints: Sequence[SideConstraint]
) -> list[_Cap]:
    """What is left below the pool and every upper limit, in the unit of a step."""
    groups = [(np.ones(len(seats), dtype=bool), pool)]
    groups += [(_members(seats, one), one.at_most) for one in constraints if one.at_most is not None]
    return [
        _Cap(members, scaled(most, STEP_PLACES) - exact_dot(limits.pay, np.where(members, tenths, 0)))
        for members, most in groups
    ]
