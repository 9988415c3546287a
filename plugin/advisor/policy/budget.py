"""Fits a pool exactly: everybody moves by one common shift within their own limits, in steps of a tenth of a point.

Whole numbers only: money in ten-thousandths of the unit, points in millionths, what they cost in their product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial

import numpy as np

from plugin.advisor.model.tables import Ints
from plugin.advisor.policy.rounding import Mask, points
from plugin.errors import InvalidInput
from plugin.figures.writing import two_decimals
from plugin.texts import _

TENTH = Decimal("0.1")
MONEY_PLACES, POINT_PLACES = 4, 6
STEP = 10 ** (POINT_PLACES - 1)  # a tenth of a point, in millionths
STEP_PLACES = MONEY_PLACES + 3  # of what a tenth of a point of somebody's pay costs


@dataclass(frozen=True)
class Seat:
    """One person in a pool: what is wanted, the limits in points, the pay that the points are of, and a lock."""

    key: str
    pay: Decimal  # money a year, full time times FTE
    wanted: Decimal
    low: Decimal
    high: Decimal
    locked: Decimal | None = None  # a multiple of 0.1, fixed by HR, limits or not

    def __post_init__(self) -> None:
        if self.pay <= 0 or self.low > self.high:
            raise InvalidInput(
                f"seat {self.key}: pay must be above zero and low at most high"
            )  # machine text
        if _is_finer(self.pay, MONEY_PLACES) or _is_finer(self.wanted, POINT_PLACES):
            raise InvalidInput(
                f"seat {self.key}: pay is finer than 0.0001 or points finer than 0.000001"
            )  # machine text
        if self.locked is not None and (self.locked < 0 or self.locked % TENTH):
            raise InvalidInput(
                f"seat {self.key}: a locked raise is a multiple of 0.1 and not below zero"
            )  # machine text


@dataclass(frozen=True)
class Fit:
    """The outcome. ``points`` in the seats' order, multiples of 0.1; ``spent`` <= pool."""

    points: tuple[Decimal, ...]
    shift: (
        Decimal | None
    )  # the common shift in points, down to a millionth: 0 = nobody had to move; None under side rules
    spent: Decimal
    left: Decimal


@dataclass(frozen=True)
class NextMoney:
    """Where more money would go: one entry per seat that would gain, the largest gain first."""

    amount: Decimal
    gains: tuple[tuple[str, Decimal, Decimal], ...]  # key, points, money
    unused: Decimal


@dataclass(frozen=True)
class Limits:
    """The seats as whole numbers: pay in ten-thousandths, wanted in millionths of a point, limits in tenths of a point."""

    pay: Ints
    wanted: Ints
    low: Ints
    high: Ints

    def moved(self, shift: int) -> Ints:
        """Everybody's points, in millionths, when all move by ``shift`` within their limits."""
        return np.clip(self.wanted + shift, self.low * STEP, self.high * STEP)

    def cost(self, tenths: Ints) -> Decimal:
        return Decimal(exact_dot(self.pay, tenths)) / Decimal(10**STEP_PLACES)


def fit(seats: Sequence[Seat], pool: Decimal, *, spend_all: bool = False) -> Fit:
    """The points nearest to what is wanted (least sum of pay * change squared) that cost at most ``pool``.

    The optimum is ``clip(wanted + shift, low, high)`` with one shift for all, found exactly; then rounded to tenths by
    largest remainder without passing the pool. Without ``spend_all`` nobody is moved while the wanted points fit.
    InvalidInput with the amount missing when the pool is below the sum of the floors.
    """
    if not seats:
        return Fit((), Decimal(0), Decimal(0), pool)
    limits = limits_of(seats)
    floors = limits.cost(limits.low)
    if floors > pool:
        raise InvalidInput(
            _(
                "The pool is %(missing)s too small for the lowest raises.",
                missing=two_decimals(floors - pool),
            ),
            fields={"pool": _("%(missing)s missing.", missing=two_decimals(floors - pool))},
            remedy=_("Increase the pool, lower the minimums or unlock fixed raises."),
        )
    shift, more = _shift(limits, scaled(pool, MONEY_PLACES + POINT_PLACES + 2), spend_all=spend_all)
    tenths = _round(limits, shift, scaled(pool, STEP_PLACES), more=more, top_up=spend_all)
    return fitted_to(limits, tenths, pool, Decimal(shift).scaleb(-POINT_PLACES))


def fitted_to(limits: Limits, tenths: Ints, pool: Decimal, shift: Decimal | None) -> Fit:
    spent = limits.cost(tenths)
    return Fit(tuple(points(t) for t in tenths.tolist()), shift, spent, pool - spent)


def next_money(
    seats: Sequence[Seat],
    pool: Decimal,
    amount: Decimal = Decimal(1000),
    *,
    fitted: Callable[[Decimal], Fit] | None = None,
) -> NextMoney:
    """Who would get what of another ``amount``: the shadow price in people's words. Compares the fit with and without it;
    ``fitted`` is how the pool is fitted, ``fit`` when it is left out."""
    how = fitted or partial(fit, seats)
    now, then = how(pool), how(pool + amount)
    gains = [
        (seat.key, after - before, seat.pay * (after - before) / 100)
        for seat, before, after in zip(seats, now.points, then.points, strict=True)
        if after > before
    ]
    used = then.spent - now.spent
    return NextMoney(amount, tuple(sorted(gains, key=lambda g: (-g[2], g[0]))), amount - used)


def floor_cost(seats: Sequence[Seat]) -> Decimal:
    """What the lowest allowed raises cost: the smallest pool that can be fitted."""
    limits = limits_of(seats)
    return limits.cost(limits.low)


def limits_of(seats: Sequence[Seat]) -> Limits:
    """Limits on the tenth grid: low rounded up and high down; where no tenth lies between, low rounded down serves as both."""
    low = [_tenths(s.low, ROUND_CEILING) if s.locked is None else int(s.locked * 10) for s in seats]
    high = [_tenths(s.high, ROUND_FLOOR) if s.locked is None else int(s.locked * 10) for s in seats]
    pairs = [(lo, hi) if lo <= hi else (hi, hi) for lo, hi in zip(low, high, strict=True)]
    wanted = [s.wanted if s.locked is None else s.locked for s in seats]
    return Limits(
        np.array([scaled(s.pay, MONEY_PLACES) for s in seats], dtype=np.int64),
        np.array([scaled(one, POINT_PLACES) for one in wanted], dtype=np.int64),
        np.array([p[0] for p in pairs], dtype=np.int64),
        np.array([p[1] for p in pairs], dtype=np.int64),
    )


def _tenths(points: Decimal, rounding: str) -> int:
    return int((points * 10).to_integral_value(rounding=rounding))


def scaled(value: Decimal, places: int) -> int:
    """In units of the last of ``places``; what is finer is dropped."""
    return int(value.scaleb(places))


def _is_finer(value: Decimal, places: int) -> bool:
    return value.scaleb(places) % 1 != 0


def exact_dot(pay: Ints, values: Ints) -> int:
    """The sum of products, exactly: pay in pieces so narrow that a piece's sum stays within 64 bits; else in Python's own numbers."""
    width = 62 - int(np.abs(values).max()).bit_length() - len(pay).bit_length()
    if width < 8:
        return sum(p * v for p, v in zip(pay.tolist(), values.tolist(), strict=True))
    total, place, rest = 0, 0, pay
    while rest.any():
        total += int((rest & ((1 << width) - 1)) @ values) << place
        rest, place = rest >> width, place + width
    return total


def _shift(limits: Limits, target: int, *, spend_all: bool) -> tuple[int, bool]:
    """The shift at which all together cost ``target``, down to a millionth of a point, and whether it is a little more.

    Between two of the 2n points where somebody meets a limit, cost is a straight line.
    """

    def cost(shift: int) -> int:
        return exact_dot(limits.pay, limits.moved(shift))

    if cost(0) <= target and not spend_all:
        return 0, False
    knots = np.unique(np.concatenate([limits.low * STEP - limits.wanted, limits.high * STEP - limits.wanted]))
    first, last = 0, len(knots) - 1
    if cost(int(knots[last])) <= target:
        return int(knots[last]), False
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if cost(int(knots[middle])) <= target else (first, middle)
    begin, end = int(knots[first]), int(knots[last])
    left = cost(begin)
    slope = (cost(end) - left) // (end - begin)
    whole, rest = divmod(target - left, slope)
    return begin + whole, rest > 0


def _round(limits: Limits, shift: int, pool: int, *, more: bool, top_up: bool) -> Ints:
    """Down to tenths, then one tenth more for the largest remainders that the pool can pay; ties to the earlier seat.

    ``more``: who is not at a limit has a little more than ``shift`` says.
    """
    exact, unbound = limits.moved(shift), limits.wanted + shift
    is_free: Mask = (unbound >= limits.low * STEP) & (unbound < limits.high * STEP)
    down: Ints = exact // STEP
    remainder = 2 * (exact - down * STEP) + (is_free & more)
    order = np.argsort(-remainder, kind="stable")
    order = order if top_up else order[remainder[order] > 0]
    left = pool - exact_dot(limits.pay, down)
    while left and len(order):  # once, or with ``top_up`` until no step is affordable
        given = _affordable(limits, order[down[order] < limits.high[order]], left)
        down[given] += 1
        left -= sum(limits.pay[given].tolist())
        if not top_up or not given:
            break
    return down


def _affordable(limits: Limits, order: Ints, left: int) -> list[int]:
    """Who gets a step, one after the other: whoever's step is too dear is passed over."""
    given = []
    steps = limits.pay[order]
    cheapest = int(steps.min()) if len(steps) else 0
    for i, step in zip(order.tolist(), steps.tolist(), strict=True):
        if left < cheapest:
            break
        if step <= left:
            given.append(i)
            left -= step
    return given


def lock(seats: Sequence[Seat], locked: dict[str, Decimal]) -> list[Seat]:
    """The seats with the rows of ``locked`` (key -> points) fixed."""
    return [replace(s, locked=locked[s.key]) if s.key in locked else s for s in seats]
