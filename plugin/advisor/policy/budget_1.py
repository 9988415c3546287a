"""How the first engine fitted a pool, in floats: kept as it was, so that the figures of its cycles are computed again.

New runs use ``budget`` and ``side_fit``. Nothing in here is to be improved: a cycle of that time would no longer replay.
"""  # machine text

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy.budget import Fit, Seat
from plugin.advisor.policy.rounding import points
from plugin.advisor.policy.side_fit import SideConstraint
from plugin.errors import InvalidInput


@dataclass(frozen=True)
class Limits:
    """The seats as arrays: limits in whole tenths of a point, ``exact`` Decimal pay for the money."""

    pay: Floats
    wanted: Floats
    low: Ints
    high: Ints


def fit(seats: Sequence[Seat], pool: Decimal, *, spend_all: bool = False) -> Fit:
    """The points nearest to what is wanted (least sum of pay * change squared) that cost at most ``pool``.

    The optimum is ``clip(wanted + shift, low, high)`` with one shift for all, found exactly; then rounded to tenths by
    largest remainder without passing the pool. Without ``spend_all`` nobody is moved while the wanted points fit.
    InvalidInput with the amount missing when the pool is below the sum of the floors.
    """
    if not seats:
        return Fit((), None, Decimal(0), pool)
    limits = _limits(seats)
    floors = _cost(seats, limits.low)
    if floors > pool:
        raise InvalidInput(
            f"the pool is {floors - pool:.2f} below the sum of the lowest raises",
            fields={"pool": f"missing {floors - pool:.2f}"},
            remedy="raise the pool, lower the minimums or unlock rows",
        )
    shift = _shift(limits, float(pool) * 100, spend_all=spend_all)
    exact = np.clip(limits.wanted + shift, limits.low / 10, limits.high / 10)
    tenths = _round(seats, limits, exact, pool, top_up=spend_all)
    spent = _cost(seats, tenths)
    return Fit(tuple(points(int(t)) for t in tenths), None, spent, pool - spent)


def _limits(seats: Sequence[Seat]) -> Limits:
    """Limits on the tenth grid: low rounded up and high down; where no tenth lies between, low rounded down serves as both."""
    low = [_tenths(s.low, ROUND_CEILING) if s.locked is None else int(s.locked * 10) for s in seats]
    high = [_tenths(s.high, ROUND_FLOOR) if s.locked is None else int(s.locked * 10) for s in seats]
    pairs = [(lo, hi) if lo <= hi else (hi, hi) for lo, hi in zip(low, high, strict=True)]
    return Limits(
        np.array([float(s.pay) for s in seats]),
        np.array([float(s.wanted if s.locked is None else s.locked) for s in seats]),
        np.array([p[0] for p in pairs], dtype=np.int64),
        np.array([p[1] for p in pairs], dtype=np.int64),
    )


def _tenths(points: Decimal, rounding: str) -> int:
    return int((points * 10).to_integral_value(rounding=rounding))


def _cost(seats: Sequence[Seat], tenths: Ints) -> Decimal:
    return sum((seat.pay * int(t) for seat, t in zip(seats, tenths, strict=True)), Decimal(0)) / 1000


def _shift(limits: Limits, target: float, *, spend_all: bool) -> float:
    """The shift at which ``sum pay * clip(wanted + shift)`` is ``target`` (money times 100), exactly: between two of the 2n
    points where somebody meets a limit, cost is a straight line."""
    low, high = limits.low / 10, limits.high / 10

    def cost(shift: float) -> float:
        return float(limits.pay @ np.clip(limits.wanted + shift, low, high))

    if cost(0.0) <= target and not spend_all:
        return 0.0
    knots = np.unique(np.concatenate([low - limits.wanted, high - limits.wanted]))
    first, last = 0, len(knots) - 1
    if cost(float(knots[last])) <= target:
        return float(knots[last])
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if cost(float(knots[middle])) <= target else (first, middle)
    left, right = cost(float(knots[first])), cost(float(knots[last]))
    share = 0.0 if right == left else (target - left) / (right - left)
    return float(knots[first] + max(share, 0.0) * (knots[last] - knots[first]))


def _round(seats: Sequence[Seat], limits: Limits, exact: Floats, pool: Decimal, *, top_up: bool) -> Ints:
    """Down to tenths, then one tenth more for the largest remainders that the pool can pay; ties to the earlier seat."""
    down = np.clip(np.floor(exact * 10 + 1e-7).astype(np.int64), limits.low, limits.high)
    remainder = exact * 10 - down
    left = pool - _cost(seats, down)
    order = np.argsort(-remainder, kind="stable")
    for i in order[::-1]:  # only when a float error rounded somebody up
        if left >= 0:
            break
        if down[i] > limits.low[i]:
            down[i] -= 1
            left += seats[i].pay / 1000
    given = True
    while given:  # once, or with ``top_up`` until no step is affordable
        given = False
        for i in order:
            step = seats[i].pay / 1000
            wants = remainder[i] > 1e-7 or top_up
            if wants and step <= left and down[i] < limits.high[i]:
                down[i] += 1
                left -= step
                given = top_up
    return down


def fit_with_constraints(
    seats: Sequence[Seat], pool: Decimal, constraints: Sequence[SideConstraint], *, segments: int = 12
) -> Fit:
    """As ``fit`` under side constraints, by HiGHS (scipy). Up to about 2,000 seats.

    Each person's squared change is laid out in ``segments`` straight pieces per side, so the result is fair like ``fit`` and
    within one piece of its optimum (a plain linear program would strip some people and spare others). InvalidInput when the
    constraints contradict each other.
    """
    from scipy.optimize import linprog

    limits = _limits(seats)
    program = _program(seats, limits, pool, constraints, segments)
    found = linprog(program.cost, A_ub=program.rows, b_ub=program.bounds, bounds=program.box, method="highs")
    if not found.success:
        raise InvalidInput("pool and side constraints cannot be met together", remedy="loosen one of them")
    n = len(seats)
    steps = found.x.reshape(n, 2, segments).sum(axis=2)
    exact = np.clip(limits.wanted, limits.low / 10, limits.high / 10) + steps[:, 0] - steps[:, 1]
    tenths = _round_within(seats, limits, exact, pool, constraints)
    spent = _cost(seats, tenths)
    return Fit(tuple(points(int(t)) for t in tenths), None, spent, pool - spent)


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

    start = np.clip(limits.wanted, limits.low / 10, limits.high / 10)
    spans = np.stack([limits.high / 10 - start, start - limits.low / 10], axis=1) / segments
    slope = spans[:, :, None] * (2 * np.arange(segments) + 1)
    cost = (limits.pay[:, None, None] * slope).ravel()
    box = [(0.0, float(span)) for span in np.repeat(spans.ravel(), segments)]
    lines, ends = _constraint_rows(seats, limits, pool, constraints)
    sign = np.repeat(np.array([1.0, -1.0]), segments)
    rows = csr_matrix(np.stack([np.kron(line, sign) for line in lines]))
    bounds = np.array([end - line @ start for line, end in zip(lines, ends, strict=True)])
    return _Program(cost, rows, bounds, box)


def _constraint_rows(
    seats: Sequence[Seat], limits: Limits, pool: Decimal, constraints: Sequence[SideConstraint]
) -> tuple[list[Floats], list[float]]:
    lines, ends = [limits.pay / 100], [float(pool)]
    for constraint in constraints:
        member = np.array([seat.key in constraint.keys for seat in seats]) * limits.pay / 100
        if constraint.at_least:
            lines.append(-member)
            ends.append(-float(constraint.at_least))
        if constraint.at_most is not None:
            lines.append(member)
            ends.append(float(constraint.at_most))
    return lines, ends


def _round_within(
    seats: Sequence[Seat], limits: Limits, exact: Floats, pool: Decimal, constraints: Sequence[SideConstraint]
) -> Ints:
    """Down to tenths, then up again by largest remainder where pool and every upper limit allow; groups below their least
    sum come first. A group may end below its least sum by less than one step of its dearest seat."""
    tenths = np.clip(np.floor(exact * 10 + 1e-7).astype(np.int64), limits.low, limits.high)
    remainder = exact * 10 - tenths
    short = {key for c in constraints if c.at_least for key in c.keys}
    order = sorted(range(len(seats)), key=lambda i: (seats[i].key not in short, -remainder[i], i))
    for i in order:
        trial = tenths.copy()
        trial[i] += 1
        if remainder[i] > 1e-7 and trial[i] <= limits.high[i] and _within(seats, trial, pool, constraints):
            tenths = trial
    return tenths


def _within(
    seats: Sequence[Seat], tenths: Ints, pool: Decimal, constraints: Sequence[SideConstraint]
) -> bool:
    caps = [(None, pool), *((set(c.keys), c.at_most) for c in constraints if c.at_most is not None)]
    for keys, cap in caps:
        part = [(s, t) for s, t in zip(seats, tenths, strict=True) if keys is None or s.key in keys]
        if sum((s.pay * int(t) for s, t in part), Decimal(0)) / 1000 > cap:
            return False
    return True
