"""The steps of a recommendation for many people at once, in whole tenths of a point, so that every line adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plugin.advisor import budget, guideline
from plugin.advisor.frame import Frame
from plugin.advisor.policy import Policy
from plugin.advisor.recommendation import LineCode
from plugin.advisor.rounding import half_up, points, to_totals
from plugin.advisor.settings import AdvisorSettings
from plugin.advisor.tables import Floats, Ints
from plugin.errors import InvalidInput

ORDER = tuple(LineCode)
NO_LIMIT = np.int64(10**6)


@dataclass(frozen=True)
class Steps:
    """``lines`` (n, 8) tenths in the order of ``LineCode``; their sum is ``percent``. ``guideline`` (n, 5) in tenths, skills
    included. ``merit`` = merit, proration, skills, model and limits together: what a pool pays for, lump sum included."""

    lines: Ints
    guideline: Ints
    lump: Ints
    room: Ints  # tenths up to the range maximum

    @cached_property
    def percent(self) -> Ints:
        """(n,) tenths of a point of base pay."""
        total: Ints = self.lines.sum(axis=1)
        return total

    @cached_property
    def minimum(self) -> Ints:
        """(n,) tenths that bring pay to the range minimum, paid from their own pool."""
        first: Ints = self.lines[:, 0]
        return first

    @cached_property
    def merit(self) -> Ints:
        """(n,) tenths before the range maximum and the budget."""
        total: Ints = self.lines[:, 1:6].sum(axis=1)
        return total


def compute(found: Frame, policy: Policy, delta: Floats) -> Steps:
    """All steps but the budget. ``delta`` (n,) is what the model says beyond policy, 0 where it is silent."""
    part = found.takes_part
    five = guideline.table(policy.matrix)[guideline.cells(policy.matrix, found.bands)]
    skills = found.columns.skill_tenths * part
    limits = _guideline(five * (found.factor * part)[:, None], skills)
    minimum = _to_minimum(found, policy)
    merit = _merit_lines(five[:, 2], found.factor, skills, np.where(part, delta, 0.0), limits, policy)
    merit[~part] = 0
    room = _room(found, policy, minimum)
    excess = np.maximum(minimum + merit.sum(axis=1) - room, 0)
    lines = np.column_stack([minimum, merit, -excess, np.zeros_like(excess)])
    lump = excess if policy.ranges.remainder_as_lump_sum else np.zeros_like(excess)
    return Steps(lines, half_up(limits * 10), lump, room)


def _guideline(five: Floats, skills: Ints) -> Floats:
    """Skill points move default, high and max; low and min stay what the matrix says."""
    moved = five.copy()
    moved[:, 2:] += skills[:, None] / 10
    return moved


def _merit_lines(
    default: Floats, factor: Floats, skills: Ints, delta: Floats, limits: Floats, policy: Policy
) -> Ints:
    """(n, 5) tenths: merit, proration, skills, model, limits."""
    cap = float(policy.model_points)
    model = np.clip(delta, -cap, cap)
    proration = default * (factor - 1)
    raw = default + proration + skills / 10 + model
    held = np.clip(raw, limits[:, 1], limits[:, 3])
    parts = np.column_stack([default, proration, model, held - raw]) * 10
    lines = to_totals(parts, half_up(held * 10) - skills)
    return np.column_stack([lines[:, 0], lines[:, 1], skills, lines[:, 2], lines[:, 3]])


def _to_minimum(found: Frame, policy: Policy) -> Ints:
    """Tenths, rounded up, so that pay reaches the minimum."""
    gap = (found.columns.range_minimum / found.columns.annual - 1) * 1000
    allowed = (
        np.array([entry.to_minimum for entry in found.eligible], dtype=bool) & policy.ranges.raise_to_minimum
    )
    return np.where(allowed & (gap > 0), np.ceil(np.nan_to_num(gap) - 1e-9), 0).astype(np.int64)


def _room(found: Frame, policy: Policy, minimum: Ints) -> Ints:
    """Tenths, rounded down, up to the range maximum; never less than the step to the minimum."""
    gap = (found.columns.range_maximum / found.columns.annual - 1) * 1000
    limited = ~np.isnan(gap) & policy.ranges.cap_at_maximum
    room = np.where(limited, np.floor(np.maximum(np.nan_to_num(gap), 0) + 1e-9), NO_LIMIT).astype(np.int64)
    return np.maximum(room, minimum)


def fit_pools(
    steps: Steps, found: Frame, ids: Sequence[int], policy: Policy, settings: AdvisorSettings
) -> Steps:
    """The same with the budget line: pools by unit, locked rows. InvalidInput when a pool is below the sum of its floors."""
    merit = steps.merit.copy()
    for unit, pool in sorted(settings.pools.items()):
        members = members_of(found, unit, settings.pools)
        seats = seats_of(steps, found, ids, members, settings.locked)
        fitted = _fit(unit, seats, pool.amount, spend_all=settings.spend_all)
        merit[members] = [int(value * 10) for value in fitted.points]
    for i, person_id in enumerate(ids):
        if str(person_id) in settings.locked and found.takes_part[i]:
            merit[i] = max(int(settings.locked[str(person_id)] * 10) - int(steps.minimum[i]), 0)
    return _with_merit(steps, merit, lump_sums=policy.ranges.remainder_as_lump_sum)


def _fit(unit: str, seats: Sequence[budget.Seat], pool: Decimal, *, spend_all: bool) -> budget.Fit:
    try:
        return budget.fit(seats, pool, spend_all=spend_all)
    except InvalidInput as error:
        name = "all people" if unit == "*" else unit
        raise InvalidInput(f"pool of {name}: {error}", fields=error.fields, remedy=error.remedy) from error


def members_of(found: Frame, unit: str, pools: Mapping[str, object]) -> Ints:
    """Positions of the people in the cycle whom the pool of ``unit`` pays for; ``*`` = all without a pool of their own."""
    return np.flatnonzero(found.takes_part & _in_pool(found, unit, pools)).astype(np.int64)


def seats_of(
    steps: Steps,
    found: Frame,
    ids: Sequence[int],
    members: Ints,
    locked: Mapping[str, Decimal],
) -> list[budget.Seat]:
    """Seats in a pool. The pool pays for everything but the step to the range minimum; hard limits are the guideline's."""
    seats = []
    for i in members:
        fixed = locked.get(str(ids[i]))
        minimum, low, _, high, maximum = (points(int(v)) for v in steps.guideline[i])
        wanted = points(int(steps.merit[i]))
        seats.append(
            budget.Seat(
                str(ids[i]),
                Decimal(int(found.columns.minor[i])) / 100,
                wanted,
                min(minimum, low, wanted),
                max(high, maximum, wanted),
                None if fixed is None else max(fixed - points(int(steps.minimum[i])), Decimal(0)),
            )
        )
    return seats


def _in_pool(found: Frame, unit: str, pools: Mapping[str, object]) -> npt.NDArray[np.bool_]:
    if unit != "*":
        return np.array([found_unit == unit for found_unit in found.columns.org_unit], dtype=bool)
    return np.array([found_unit not in pools for found_unit in found.columns.org_unit], dtype=bool)


def _with_merit(steps: Steps, merit: Ints, *, lump_sums: bool) -> Steps:
    """A cut is taken from the lump sum first, more money goes to base pay up to the range maximum first."""
    whole = steps.minimum + merit
    base = np.minimum(whole, steps.room)
    lines = steps.lines.copy()
    lines[:, 7] = base - lines[:, :7].sum(axis=1)
    return replace(steps, lines=lines, lump=whole - base if lump_sums else np.zeros_like(base))
