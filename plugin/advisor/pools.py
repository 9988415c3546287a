"""Budgets as a tree: typed at the top and shared out, or summed from below, with what is planned rolled up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.domain import Money, largest_remainder, total_money
from plugin.errors import InvalidInput


@dataclass(frozen=True)
class Pool:
    """A budget. Three settings stay apart: ``funding`` is the money, ``prefill_percent`` what the worksheet starts with, and
    the guideline comes from the policy. ``funding`` None = bottom-up, the sum of the targets below."""

    code: str
    parent: str | None = None
    funding: Money | None = None
    prefill_percent: Decimal | None = None


@dataclass(frozen=True)
class PoolState:
    """A pool rolled up: its own money, what is planned, what is left, own people and all below."""

    code: str
    funding: Money
    planned: Money
    left: Money
    people: int


def roll_up(
    pools: Sequence[Pool], planned: Mapping[str, Sequence[Money]], targets: Mapping[str, Money], currency: str
) -> dict[str, PoolState]:
    """State per pool. ``planned``: each person's planned money by pool code; ``targets``: the sum of targets by pool code.

    InvalidInput for an unknown parent or a circle.
    """
    children = _children(pools)
    by_code = {pool.code: pool for pool in pools}
    states: dict[str, PoolState] = {}
    for code in _from_below(by_code, children):
        below = [states[child] for child in children[code]]
        spent = total_money([*planned.get(code, ()), *(state.planned for state in below)], currency)
        summed = total_money(
            [targets.get(code, Money(Decimal(0), currency)), *(s.funding for s in below)], currency
        )
        funding = by_code[code].funding or summed
        people = len(planned.get(code, ())) + sum(state.people for state in below)
        states[code] = PoolState(code, funding, spent, funding - spent, people)
    return states


def share_out(total: Money, payroll: Mapping[str, Money], unit: Decimal = Decimal(1)) -> dict[str, Money]:
    """Top-down: ``total`` shared by payroll, rounded to ``unit`` by largest remainder so that the shares sum to it exactly.

    InvalidInput when ``total`` is no multiple of ``unit`` or there is no payroll.
    """
    whole = total_money(payroll.values(), total.currency).amount
    if whole <= 0:
        raise InvalidInput("there is no payroll to share a pool by")
    codes = sorted(payroll)
    parts = [total.amount * payroll[code].amount / whole for code in codes]
    shares = largest_remainder(parts, total.amount, unit)
    return {code: Money(share, total.currency) for code, share in zip(codes, shares, strict=True)}


def overcommitted(states: Mapping[str, PoolState], pools: Sequence[Pool]) -> tuple[str, ...]:
    """Codes of pools whose children were given more money than they hold themselves."""
    children = _children(pools)
    return tuple(
        code
        for code, below in sorted(children.items())
        if below and sum((states[c].funding.amount for c in below), Decimal(0)) > states[code].funding.amount
    )


def _children(pools: Sequence[Pool]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {pool.code: [] for pool in pools}
    for pool in pools:
        if pool.parent is not None:
            if pool.parent not in children:
                raise InvalidInput(f"pool {pool.code} has an unknown parent {pool.parent}")
            children[pool.parent].append(pool.code)
    return children


def _from_below(by_code: Mapping[str, Pool], children: Mapping[str, Sequence[str]]) -> list[str]:
    order = [code for code, pool in by_code.items() if pool.parent is None]
    for code in order:  # grows while it is read: parents before children
        order.extend(children[code])
    if len(order) != len(by_code):
        raise InvalidInput("the pools form a circle")
    return order[::-1]
