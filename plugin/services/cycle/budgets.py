"""The money of a cycle as HR sets it: pools with funding and prefill, side rules, pools for what is reserved; and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from plugin.advisor.policy.pools import BudgetPlan, Pool, roll_up
from plugin.advisor.policy.settings import SideRule
from plugin.advisor.recommendation import codec
from plugin.domain import JsonObject, Money
from plugin.errors import InvalidInput, NotFound
from plugin.figures.reading import read_amount, read_percent
from plugin.services.core import Actor, Core
from plugin.services.csv_input import read_all
from plugin.services.cycle.run_inputs import is_stale, must_not_be_frozen, plan_of
from plugin.store.cycle import cycles, pools, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.pools import PoolRow, Spent
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.texts import _

ZERO = Decimal(0)
NOTHING = Spent(ZERO, ZERO, ZERO)
COLUMNS = ("code", "parent", "funding", "funding_percent", "prefill_percent")


@dataclass(frozen=True)
class PoolLine:
    """A pool with its money and all that is planned and decided in it and below, of the newest recommendations."""

    row: PoolRow
    typed: Pool | None  # None: not entered by anybody, or taken out since
    planned: Money
    used: Money

    def money(self, amount: Decimal) -> Money:
        """One of the row's amounts in the cycle's currency."""
        return Money(amount, self.planned.currency)

    @property
    def funding(self) -> Money:
        return self.money(self.row.funding)

    @property
    def left(self) -> Money:
        return self.funding - self.used


@dataclass(frozen=True)
class BudgetState:
    """``is_stale``: the plan or a ruling was changed after the newest recommendations, which do not know of it yet.

    ``reserved`` is what range minimums and adjustments cost together, from pools of their own. ``held``: who is in none of this.
    """

    cycle: Cycle
    plan: BudgetPlan
    lines: tuple[PoolLine, ...]
    reserved: Money
    is_stale: bool
    held: int


def state(core: Core, cycle_id: int) -> BudgetState:
    """NotFound when there is no such cycle; no lines before any recommendation was made."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        spent, gone = pools.spent(tx, cycle_id)
        rows = pools.without(pools.of_cycle(tx, cycle_id), gone)
        made_at = recommendations.oldest_made(tx, cycle_id)
    plan = plan_of(found)
    typed = {pool.code: pool for pool in plan.pools}
    parents = {row.code: row.parent for row in rows}
    planned = _rolled(found, parents, {code: one.planned for code, one in spent.items()})
    used = _rolled(found, parents, {code: one.used for code, one in spent.items()})
    lines = [PoolLine(row, typed.get(row.code), planned[row.code], used[row.code]) for row in rows]
    reserved = sum((one.reserved for one in spent.values()), ZERO)
    return BudgetState(
        found, plan, tuple(lines), Money(reserved, found.currency), is_stale(found, made_at), gone.people
    )


def units(core: Core, cycle_id: int) -> list[tuple[str, int]]:
    """Units of the people in the cycle with their number, the largest first; "" for people without one."""
    with core.database.reading() as tx:
        return cycles.units(tx, cycle_id)


def _rolled(found: Cycle, parents: dict[str, str | None], own: dict[str, Decimal]) -> dict[str, Money]:
    mine = {code: Money(amount, found.currency) for code, amount in own.items() if code in parents}
    return roll_up(parents, mine, found.currency)


# --- changing -------------------------------------------------------------------------------------------------------


def set_pool(core: Core, actor: Actor, cycle_id: int, pool: Pool, *, version: int | None = None) -> None:
    """Adds a pool, or replaces the one of the same code. InvalidInput for an unknown parent or a circle."""
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        others = tuple(one for one in plan.pools if one.code != pool.code)
        _save(core, tx, actor, found, replace(plan, pools=(*others, pool)), version)


def remove_pool(core: Core, actor: Actor, cycle_id: int, code: str, *, version: int | None = None) -> None:
    """NotFound without such a pool; InvalidInput while others are below it or a side rule names it."""
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        if all(one.code != code for one in plan.pools):
            raise NotFound(_("the pool doesn't exist"))
        left = tuple(one for one in plan.pools if one.code != code)
        _save(core, tx, actor, found, replace(plan, pools=left), version)


def set_pools(core: Core, actor: Actor, cycle_id: int, every: tuple[Pool, ...]) -> None:
    """All pools at once, e.g. from a file (see ``read_pools``)."""
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        _save(core, tx, actor, found, replace(plan, pools=every), None)


@dataclass(frozen=True)
class Options:
    """``spend_all`` True: recommendations use the pool up; False: they are only cut when they exceed it."""

    spend_all: bool = False
    minimum_pool: Decimal | None = None  # money a year; None = whatever it takes
    adjustment_pool: Decimal | None = None


def set_options(
    core: Core, actor: Actor, cycle_id: int, options: Options, *, version: int | None = None
) -> None:
    """InvalidInput for an amount below zero, or when all is to be spent while side rules hold."""
    amounts = {"minimum_pool": options.minimum_pool, "adjustment_pool": options.adjustment_pool}
    wrong = {
        name: _("must be 0 or more") for name, amount in amounts.items() if amount is not None and amount < 0
    }
    if wrong:
        raise InvalidInput(_("enter 0 or more for each pool"), fields=wrong)
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        fresh = replace(
            plan,
            spend_all=options.spend_all,
            minimum_pool=_money(options.minimum_pool, found),
            adjustment_pool=_money(options.adjustment_pool, found),
        )
        _save(core, tx, actor, found, fresh, version)


def _money(amount: Decimal | None, found: Cycle) -> Money | None:
    return None if amount is None else Money(amount, found.currency)


def add_side_rule(
    core: Core, actor: Actor, cycle_id: int, rule: SideRule, *, version: int | None = None
) -> None:
    """One of a kind per pool, field and value: a new one takes the place of the old."""
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        key = (rule.pool, rule.field, rule.value)
        others = tuple(one for one in plan.side_rules if (one.pool, one.field, one.value) != key)
        _save(core, tx, actor, found, replace(plan, side_rules=(*others, rule)), version)


def remove_side_rule(
    core: Core, actor: Actor, cycle_id: int, number: int, *, version: int | None = None
) -> None:
    """``number`` counts from 0 in the order shown; NotFound when there is none."""
    with core.database.transaction() as tx:
        found, plan = _open(tx, cycle_id)
        if not 0 <= number < len(plan.side_rules):
            raise NotFound(_("the group rule doesn't exist"))
        left = plan.side_rules[:number] + plan.side_rules[number + 1 :]
        _save(core, tx, actor, found, replace(plan, side_rules=left), version)


def _open(tx: Tx, cycle_id: int) -> tuple[Cycle, BudgetPlan]:
    found = cycles.get(tx, cycle_id)
    must_not_be_frozen(found)
    return found, plan_of(found)


def _save(core: Core, tx: Tx, actor: Actor, found: Cycle, plan: BudgetPlan, version: int | None) -> None:
    _check_currency(plan, found.currency)
    now = core.clock()
    document = cast("JsonObject", codec.to_json(plan))
    cycles.change(
        tx, found.id, found.version if version is None else version, budget=document, budget_changed_at=now
    )
    audits.append(tx, now, actor.name, "cycle.budget", f"cycle:{found.id}", document)


def _check_currency(plan: BudgetPlan, currency: str) -> None:
    rules = [money for rule in plan.side_rules for money in (rule.at_least, rule.at_most)]
    every = [pool.funding for pool in plan.pools] + rules + [plan.minimum_pool, plan.adjustment_pool]
    if any(money is not None and money.currency != currency for money in every):
        wrong = _("enter amounts in %(currency)s, the cycle's currency", currency=currency)
        raise InvalidInput(wrong, fields={"funding": wrong})


# --- from and to a file ---------------------------------------------------------------------------------------------


def read_pools(text: str, currency: str) -> tuple[Pool, ...]:
    """Pools of a CSV file with the columns ``COLUMNS`` (parents in any order). InvalidInput names line and column."""
    found = tuple(read_all(text, COLUMNS, ("code",), lambda row: _pool(row, currency)))
    if not found:
        raise InvalidInput(_("the file needs at least one pool"), fields={"file": _("is required")})
    BudgetPlan(found)
    return found


def _pool(row: Mapping[str, str], currency: str) -> Pool:
    funding = read_amount(row["funding"], field="funding", currency=currency)
    return Pool(
        row["code"],
        row["parent"] or None,
        None if funding is None else Money(funding, currency),
        read_percent(row["funding_percent"], field="funding_percent"),
        read_percent(row["prefill_percent"], field="prefill_percent"),
    )
