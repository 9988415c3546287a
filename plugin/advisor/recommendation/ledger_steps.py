"""The steps of a recommendation for many people at once, in whole tenths of a point, so that every line adds up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, partial

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import budget, budget_1, guideline, side_fit
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.rounding import half_up, money, points, to_totals
from plugin.advisor.policy.settings import AdvisorSettings, SideRule
from plugin.advisor.policy.side_fit import SideConstraint
from plugin.advisor.recommendation.columns import Texts
from plugin.advisor.recommendation.frame import Frame, margin_of
from plugin.advisor.recommendation.values import LineCode
from plugin.domain import Money
from plugin.errors import InvalidInput
from plugin.figures import exact
from plugin.texts import N_, _, locale

Mask = np.typing.NDArray[np.bool_]
ORDER = tuple(LineCode)
NO_LIMIT = np.int64(10**6)


@dataclass(frozen=True)
class Steps:
    """``lines`` (n, 9) tenths in the order of ``LineCode``; their sum is ``percent``. ``guideline`` (n, 5) in tenths, skills
    included. ``merit`` = merit, proration, skills, model and limits together: what a pool pays for, lump sum included."""

    lines: Ints
    guideline: Ints
    lump: Ints
    room: Ints  # tenths up to the range maximum
    split: Mask  # whose step to the range minimum is the first of several

    @cached_property
    def percent(self) -> Ints:
        """(n,) tenths of a point of base pay."""
        total: Ints = self.lines.sum(axis=1)
        return total

    def beyond(self, largest: Decimal | None) -> Mask:
        """(n,) who would get more than ``largest`` points, whatever rule gives it: range minimum, adjustments, a fixed raise."""
        found: Mask = self.percent > (NO_LIMIT if largest is None else int(largest * 10))
        return found

    @cached_property
    def reserved(self) -> Ints:
        """(n,) tenths paid from pools of their own: up to the range minimum, and adjustments by HR."""
        total: Ints = self.lines[:, :2].sum(axis=1)
        return total

    @cached_property
    def merit(self) -> Ints:
        """(n,) tenths before the range maximum and the budget."""
        total: Ints = self.lines[:, 2:7].sum(axis=1)
        return total


def compute(
    found: Frame, policy: Policy, delta: Floats, adjustment: Ints, *, largest: Decimal | None = None
) -> Steps:
    """All steps but the budget. ``delta`` (n,) is what the model says beyond policy, 0 where it is silent; ``adjustment``
    (n,) the tenths of market and equity adjustments (see ``tenths_by_person``); ``largest`` the points where a shortfall is
    split, when the policy splits."""
    part = found.takes_part
    five = guideline.table(policy.matrix)[guideline.cells(policy.matrix, found.bands)]
    skills = found.columns.skill_tenths * part
    limits = _guideline(five * (found.factor * part)[:, None], skills)
    minimum, split = _split(_to_minimum(found, policy), policy, largest)
    merit = _merit_lines(five[:, 2], found.factor, skills, np.where(part, delta, 0.0), limits, policy)
    merit[~part | split] = 0  # nothing but the step to the minimum while that is not reached
    room = _room(found, policy, minimum)
    excess = np.maximum(minimum + adjustment + merit.sum(axis=1) - room, 0)
    lines = np.column_stack([minimum, adjustment, merit, -excess, np.zeros_like(excess)])
    lump = excess if policy.ranges.remainder_as_lump_sum else np.zeros_like(excess)
    return Steps(lines, half_up(limits * 10), lump, room, split)


def targets(found: Frame, policy: Policy) -> Ints:
    """(n,) tenths that policy alone gives: merit after proration, and skills; 0 for who does not take part."""
    return np.where(found.takes_part, half_up(margin_of(found, policy) * 10), 0)


def tenths_by_person(ids: Sequence[int], points_of: Mapping[str, Decimal]) -> Ints:
    """(n,) tenths of a point for ``ids`` in their order; 0 for who is not named."""
    if not points_of:
        return np.zeros(len(ids), dtype=np.int64)
    return np.array([int(points_of.get(str(who), 0) * 10) for who in ids], dtype=np.int64)


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


def _split(minimum: Ints, policy: Policy, largest: Decimal | None) -> tuple[Ints, Mask]:
    """The step to the minimum, cut at ``largest`` when the policy splits it, and whose was cut."""
    if largest is None or not policy.ranges.split_shortfall:
        return minimum, np.zeros(len(minimum), dtype=bool)
    most = np.int64(largest * 10)
    return np.minimum(minimum, most), minimum > most


def _room(found: Frame, policy: Policy, minimum: Ints) -> Ints:
    """Tenths, rounded down, up to the range maximum; never less than the step to the minimum."""
    gap = (found.columns.range_maximum / found.columns.annual - 1) * 1000
    limited = ~np.isnan(gap) & policy.ranges.cap_at_maximum
    room = np.where(limited, np.floor(np.maximum(np.nan_to_num(gap), 0) + 1e-9), NO_LIMIT).astype(np.int64)
    return np.maximum(room, minimum)


def fit_pools(
    steps: Steps, found: Frame, ids: Sequence[int], policy: Policy, settings: AdvisorSettings
) -> Steps:
    """The same with the budget line: pools by unit, side rules, locked rows.

    InvalidInput when a pool is below the sum of its floors, or a reserved pool below what it has to pay.
    """
    _check_reserved(steps, found, settings)
    merit = steps.merit.copy()
    place = pool_of(found, settings.pools)
    for unit, pool in sorted(settings.pools.items()):
        members = np.flatnonzero(found.takes_part & (place == unit)).astype(np.int64)
        seats = seats_of(steps, found, ids, members, settings.locked)
        fit = fitter(unit, seats, found, ids, members, settings)
        merit[members] = _fit_rounded(fit, pool.amount, found.columns.minor[members], policy.money_unit)
    for i, person_id in enumerate(ids) if settings.locked else ():
        if str(person_id) in settings.locked and found.takes_part[i]:
            merit[i] = max(int(settings.locked[str(person_id)] * 10) - int(steps.reserved[i]), 0)
    return _with_merit(steps, merit, lump_sums=policy.ranges.remainder_as_lump_sum)


def _check_reserved(steps: Steps, found: Frame, settings: AdvisorSettings) -> None:
    reserved = (
        (0, settings.minimum_pool, N_("The pool for range minimums is %(missing)s too small.")),
        (1, settings.adjustment_pool, N_("The pool for adjustments is %(missing)s too small.")),
    )
    for column, pool, said in reserved:
        cost = Decimal(int(found.columns.minor @ steps.lines[:, column])) / 100_000
        if pool is not None and cost > pool.amount:
            missing = exact.money(Money(cost - pool.amount, pool.currency), locale())
            raise InvalidInput(
                _(said, missing=missing),
                fields={"pool": _("%(missing)s missing.", missing=missing)},
                remedy=_("Increase this pool."),
            )


def _constraint(rule: SideRule, found: Frame, ids: Sequence[int], members: Ints) -> SideConstraint:
    values = getattr(found.columns, rule.field)
    keys = tuple(str(ids[i]) for i in members if values[i] == rule.value)
    least = rule.at_least.amount if rule.at_least else Decimal(0)
    return SideConstraint(keys, least, rule.at_most.amount if rule.at_most else None)


def fitter(
    unit: str,
    seats: Sequence[budget.Seat],
    found: Frame,
    ids: Sequence[int],
    members: Ints,
    settings: AdvisorSettings,
) -> Callable[[Decimal], budget.Fit]:
    """How the pool of ``unit`` is fitted to an amount: with its side rules, or spending all."""
    rules = [_constraint(rule, found, ids, members) for rule in settings.side_rules if rule.pool == unit]
    if settings.engine == 1:
        return partial(_fit_as_before, unit, seats, rules=rules, spend_all=settings.spend_all)
    return partial(_fit, unit, seats, rules=rules, spend_all=settings.spend_all)


def _fit_rounded(fit: Callable[[Decimal], budget.Fit], pool: Decimal, minor: Ints, unit: Decimal) -> Ints:
    """(n,) tenths whose amounts, each rounded to ``unit`` as it is paid, do not pass the pool either."""
    fitted = fit(pool)
    while True:
        tenths = np.array([int(value * 10) for value in fitted.points], dtype=np.int64)
        over = Decimal(int(money(minor, tenths, int(unit * 100)).sum())) * unit - pool
        if over <= 0:
            return tenths
        try:
            fitted = fit(fitted.spent - over)
        except InvalidInput:  # the floors leave no room for the rounding
            return tenths


def _fit(
    unit: str,
    seats: Sequence[budget.Seat],
    pool: Decimal,
    *,
    rules: Sequence[SideConstraint],
    spend_all: bool,
) -> budget.Fit:
    try:
        if rules:
            return side_fit.fit_with_constraints(seats, pool, rules)
        return budget.fit(seats, pool, spend_all=spend_all)
    except InvalidInput as error:
        raise _of_pool(unit, error) from error


def _fit_as_before(
    unit: str,
    seats: Sequence[budget.Seat],
    pool: Decimal,
    *,
    rules: Sequence[SideConstraint],
    spend_all: bool,
) -> budget.Fit:
    """As the first engine did."""
    try:
        if rules:
            return budget_1.fit_with_constraints(seats, pool, rules)
        return budget_1.fit(seats, pool, spend_all=spend_all)
    except InvalidInput as error:
        raise _of_pool(unit, error) from error


def _of_pool(unit: str, error: InvalidInput) -> InvalidInput:
    said = (
        _("Pool of all employees: %(problem)s", problem=error)
        if unit == "*"
        else _("Pool of %(unit)s: %(problem)s", unit=unit, problem=error)
    )
    return InvalidInput(said, fields=error.fields, remedy=error.remedy)


def pool_of(found: Frame, pools: Collection[str]) -> Texts:
    """(n,) which pool pays for each person: that of the own unit, else ``*``."""
    units = found.columns.org_unit
    named = np.array([unit in pools for unit in units], dtype=bool)
    return np.where(named, units, "*")


def pools_at(found: Frame, pools: Collection[str], positions: Sequence[int]) -> list[str | None]:
    """The pool that pays for each row at these positions; None for who takes no part."""
    units, part = found.columns.org_unit, found.takes_part
    return [(units[i] if units[i] in pools else "*") if part[i] else None for i in positions]


def seats_of(
    steps: Steps,
    found: Frame,
    ids: Sequence[int],
    members: Ints,
    locked: Mapping[str, Decimal],
) -> list[budget.Seat]:
    """Seats in a pool. The pool pays for everything but what is reserved; hard limits are the guideline's."""
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
                None if fixed is None else max(fixed - points(int(steps.reserved[i])), Decimal(0)),
            )
        )
    return seats


def _with_merit(steps: Steps, merit: Ints, *, lump_sums: bool) -> Steps:
    """A cut is taken from the lump sum first, more money goes to base pay up to the range maximum first."""
    whole = steps.reserved + merit
    base = np.minimum(whole, steps.room)
    lines = steps.lines.copy()
    lines[:, 8] = base - lines[:, :8].sum(axis=1)
    return replace(steps, lines=lines, lump=whole - base if lump_sums else np.zeros_like(base))
