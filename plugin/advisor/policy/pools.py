"""The money of a cycle as a tree of pools: typed at the top and shared out, or summed from below; what is planned rolls up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor.policy.settings import SideRule
from plugin.domain import Money, largest_remainder, total_money
from plugin.errors import InvalidInput
from plugin.figures import exact
from plugin.texts import _, locale, ngettext

REST = "*"  # the pool of everybody whose unit has none of its own
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Pool:
    """A budget of the unit ``code``, or of a group of pools below it.

    Three settings stay apart: funding is the money that managers may spend, ``prefill_percent`` what recommendations together are
    fitted to (in per cent of pay; None = the funding), and the guideline comes from the policy. Funding is an amount, a
    percentage of all pay below, or neither: then a share of the parent's money by pay (top-down), and without
    money above the sum of the targets below (bottom-up).
    """

    code: str
    parent: str | None = None
    funding: Money | None = None
    funding_percent: Decimal | None = None
    prefill_percent: Decimal | None = None

    def __post_init__(self) -> None:
        wrong = {}
        if not self.code.strip():
            wrong["code"] = _("Enter a code.")
        if self.funding is not None and self.funding_percent is not None:
            wrong["funding_percent"] = _("Enter either an amount or a percentage.")
        if self.funding is not None and (self.funding.amount < 0 or self.funding.amount % CENT):
            wrong["funding"] = _("Enter 0 or more, with at most two decimals.")
        for name in ("funding_percent", "prefill_percent"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 50:
                wrong[name] = _("Enter a percentage from 0 to 50.")
        if wrong:
            raise InvalidInput(
                _("Pool %(code)s: %(problem)s", code=self.code, problem=" ".join(wrong.values())),
                fields=wrong,
            )


@dataclass(frozen=True)
class BudgetPlan:
    """What HR enters for a cycle. No pools = one for everybody, of the cycle's budget per cent."""

    pools: tuple[Pool, ...] = ()
    side_rules: tuple[SideRule, ...] = ()
    spend_all: bool = (
        False  # True: raise everybody until the pool is spent; False: only cut when it is exceeded
    )
    minimum_pool: Money | None = None  # for range minimums; None = whatever it takes
    adjustment_pool: Money | None = None  # for market and equity adjustments; None = whatever they cost

    def __post_init__(self) -> None:
        codes = [pool.code for pool in self.pools]
        if len(set(codes)) != len(codes):
            raise InvalidInput(
                _("Two pools have the same code."), fields={"code": _("Enter a code that no other pool has.")}
            )
        _from_below(self.pools)
        if any(rule.pool not in (codes or [REST]) for rule in self.side_rules):
            raise InvalidInput(
                _("A group limit names an unknown pool."), fields={"pool": _("Choose an existing pool.")}
            )
        if self.side_rules and self.spend_all:
            said = _("Spending the whole budget can't be combined with group limits.")
            raise InvalidInput(said, fields={"spend_all": said})


@dataclass(frozen=True)
class OwnSums:
    """The people whom a pool pays for itself. ``target`` is what the policy alone gives them."""

    people: int
    payroll: Money
    target: Money


@dataclass(frozen=True)
class Funded:
    """A pool with its money. ``people``, ``payroll``, ``target`` and ``funding`` include all pools below; the own ones do
    not. Recommendations of its own people are fitted to ``fitted``."""

    code: str
    parent: str | None
    people: int
    payroll: Money
    target: Money
    funding: Money
    own_payroll: Money
    own_funding: Money
    fitted: Money


def fund(pools: Sequence[Pool], own: Mapping[str, OwnSums], currency: str) -> dict[str, Funded]:
    """Every pool's money, parents before children.

    InvalidInput for an unknown parent, a circle, people without a pool, and pools that hold more than their parent has.
    """
    order = _from_below(pools)
    orphans = sum(sums.people for code, sums in own.items() if code not in order)
    if orphans:
        raise InvalidInput(
            ngettext(
                "%(num)s employee is in a unit without a pool.",
                "%(num)s employees are in a unit without a pool.",
                orphans,
            ),
            fields={"pools": _("Add a pool for these employees.")},
            remedy=_("Add a pool %(code)s for all other employees.", code=REST),
        )
    tree = _Tree(pools, own, currency)
    given: dict[str, Money] = {}
    found: dict[str, Funded] = {}
    for code in reversed(order):
        funding, own_funding = tree.spread(code, given)
        found[code] = tree.funded(code, funding, own_funding)
    return found


def roll_up(pools: Mapping[str, str | None], amounts: Mapping[str, Money], currency: str) -> dict[str, Money]:
    """Each pool's own amount with those of all pools below. ``pools``: code -> parent."""
    order = _from_below([Pool(code, parent) for code, parent in pools.items()])
    total = {code: amounts.get(code, Money(Decimal(0), currency)) for code in order}
    for code in order:
        parent = pools[code]
        if parent is not None:
            total[parent] = total[parent] + total[code]
    return total


def share_out(total: Money, payroll: Mapping[str, Money], unit: Decimal = CENT) -> dict[str, Money]:
    """``total`` shared by payroll, rounded to ``unit`` by largest remainder so that the shares sum to it exactly.

    InvalidInput when ``total`` is no multiple of ``unit`` or there is no payroll.
    """
    whole = total_money(payroll.values(), total.currency).amount
    if whole <= 0:
        raise InvalidInput(_("A pool can't be divided without payroll."))
    codes = sorted(payroll)
    parts = [total.amount * payroll[code].amount / whole for code in codes]
    shares = largest_remainder(parts, total.amount, unit)
    return {code: Money(share, total.currency) for code, share in zip(codes, shares, strict=True)}


class _Tree:
    """Sums below every pool, and how the money of one spreads over its children and its own people."""

    def __init__(self, pools: Sequence[Pool], own: Mapping[str, OwnSums], currency: str) -> None:
        self.by_code = {pool.code: pool for pool in pools}
        self.currency = currency
        self.own = {code: own.get(code, OwnSums(0, self.zero, self.zero)) for code in self.by_code}
        parents = {pool.code: pool.parent for pool in pools}
        self.payroll = roll_up(parents, {c: s.payroll for c, s in self.own.items()}, currency)
        self.target = roll_up(parents, {c: s.target for c, s in self.own.items()}, currency)
        self.people = {code: sums.people for code, sums in self.own.items()}
        for code in _from_below(pools):
            parent = parents[code]
            if parent is not None:
                self.people[parent] += self.people[code]

    @property
    def zero(self) -> Money:
        return Money(Decimal(0), self.currency)

    def typed(self, code: str) -> Money | None:
        """The amount that HR gave this pool, None when it gets a share or a sum."""
        pool = self.by_code[code]
        if pool.funding_percent is not None:
            return self.payroll[code].percent(pool.funding_percent).rounded(CENT)
        return pool.funding

    def children(self, code: str) -> list[str]:
        return [pool.code for pool in self.by_code.values() if pool.parent == code]

    def spread(self, code: str, given: dict[str, Money]) -> tuple[Money, Money]:
        """(all the money, that of its own people); notes in ``given`` what untyped children get."""
        typed = self.typed(code)
        funding = typed if typed is not None else given.get(code)
        if funding is None:
            return self.from_below(code), self.own[code].target.rounded(CENT)
        below = self.children(code)
        fixed = {child: money for child in below if (money := self.typed(child)) is not None}
        rest = funding - total_money(fixed.values(), self.currency)
        if rest.amount < 0:
            missing = exact.money(Money(-rest.amount, rest.currency), locale())
            raise InvalidInput(
                _(
                    "The pools below %(code)s hold %(missing)s more than %(code)s has.",
                    code=code,
                    missing=missing,
                ),
                fields={"funding": _("%(missing)s missing.", missing=missing)},
                remedy=_("Increase %(code)s or reduce the pools below it.", code=code),
            )
        open_ = {child: self.payroll[child] for child in below if child not in fixed}
        open_[""] = self.own[code].payroll
        if not total_money(open_.values(), self.currency).amount:
            return funding, self.zero
        shares = share_out(rest, open_)
        given |= {child: share for child, share in shares.items() if child}
        return funding, shares[""]

    def from_below(self, code: str) -> Money:
        """What is typed below, and targets where nothing is."""
        parts = [self.own[code].target.rounded(CENT)]
        for child in self.children(code):
            typed = self.typed(child)
            parts.append(self.from_below(child) if typed is None else typed)
        return total_money(parts, self.currency)

    def funded(self, code: str, funding: Money, own_funding: Money) -> Funded:
        pool, own = self.by_code[code], self.own[code]
        prefill = pool.prefill_percent
        fitted = own_funding if prefill is None else own.payroll.percent(prefill).rounded(CENT)
        return Funded(
            code,
            pool.parent,
            self.people[code],
            self.payroll[code],
            self.target[code],
            funding,
            own.payroll,
            own_funding,
            fitted,
        )


def _from_below(pools: Sequence[Pool]) -> list[str]:
    """Codes, children before parents; InvalidInput for an unknown parent or a circle."""
    children: dict[str, list[str]] = {pool.code: [] for pool in pools}
    for pool in pools:
        if pool.parent is None:
            continue
        if pool.parent not in children:
            raise InvalidInput(
                _("Pool %(code)s has an unknown parent: %(parent)s.", code=pool.code, parent=pool.parent),
                fields={"parent": _("Choose an existing pool.")},
            )
        children[pool.parent].append(pool.code)
    order = [pool.code for pool in pools if pool.parent is None]
    for code in order:  # grows while it is read: parents before children
        order.extend(children[code])
    if len(order) != len(pools):
        raise InvalidInput(
            _("The pools form a circle."),
            fields={"parent": _("Choose a parent that is not below this pool.")},
        )
    return order[::-1]
