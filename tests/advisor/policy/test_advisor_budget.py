"""A pool is fitted exactly and never passed; what cannot be met is refused with the amount missing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugin.advisor.policy import budget, pools, side_fit
from plugin.advisor.policy.budget import Fit, Seat
from plugin.advisor.policy.pools import BudgetPlan, Funded, OwnSums, Pool
from plugin.advisor.policy.side_fit import SideConstraint
from plugin.domain import Money
from plugin.errors import InvalidInput
from tests.advisor.advisor_company import euro

TENTH = Decimal("0.1")
points = st.integers(0, 60).map(lambda t: Decimal(t) / 10)


@st.composite
def seats(draw: st.DrawFn, most: int = 6) -> list[Seat]:
    found = []
    for n in range(draw(st.integers(1, most))):
        low, wanted, high = sorted(draw(st.tuples(points, points, points)))
        found.append(Seat(f"s{n}", Decimal(draw(st.integers(20, 90)) * 1000), wanted, low, high))
    return found


def pool_between(places: list[Seat], share: float) -> Decimal:
    low = budget.floor_cost(places)
    high = sum((s.pay * s.high / 100 for s in places), Decimal(0))
    return (low + (high - low) * Decimal(str(share))).quantize(Decimal("0.01"))


def cost(places: list[Seat], fit: Fit) -> Decimal:
    return sum((s.pay * p / 100 for s, p in zip(places, fit.points, strict=True)), Decimal(0))


@given(seats(), st.floats(0, 1), st.booleans())
def test_pool_is_never_passed_and_limits_hold(places: list[Seat], share: float, spend_all: bool) -> None:
    pool = pool_between(places, share)
    fit = budget.fit(places, pool, spend_all=spend_all)
    assert fit.spent == cost(places, fit) <= pool
    assert fit.left == pool - fit.spent
    for seat, value in zip(places, fit.points, strict=True):
        assert seat.low <= value <= seat.high
        assert value % TENTH == 0


@given(seats(), st.floats(0, 1))
def test_spending_all_leaves_less_than_one_step_of_anybody_with_room(
    places: list[Seat], share: float
) -> None:
    pool = pool_between(places, share)
    fit = budget.fit(places, pool, spend_all=True)
    room = [s.pay / 1000 for s, p in zip(places, fit.points, strict=True) if p < s.high]
    assert not room or fit.left < min(room)


@example([Seat("s0", Decimal(21_000), Decimal("1.1"), Decimal(0), Decimal("1.1"))], 0.0)
@example([Seat("s0", Decimal(21_000), Decimal("1.1"), Decimal("1.1"), Decimal("1.1"))], 0.0)
@given(seats(), st.floats(0, 1))
def test_enough_money_moves_nobody(places: list[Seat], extra: float) -> None:
    wanted = sum((s.pay * s.wanted / 100 for s in places), Decimal(0))
    fit = budget.fit(places, wanted + Decimal(int(extra * 1000)))
    assert fit.shift == 0
    assert list(fit.points) == [s.wanted for s in places]


@given(seats())
def test_more_money_than_the_limits_can_take_stays_in_the_pool(places: list[Seat]) -> None:
    fit = budget.fit(places, Decimal(10**7), spend_all=True)
    assert list(fit.points) == [s.high for s in places]
    assert fit.left == Decimal(10**7) - fit.spent


def exact_cost(places: list[Seat], shift: float) -> float:
    return sum(
        float(s.pay) * min(max(float(s.wanted) + shift, float(s.low)), float(s.high)) / 100 for s in places
    )


@given(seats(), st.floats(0.02, 0.98))
def test_shift_spends_the_pool_exactly_before_rounding(places: list[Seat], share: float) -> None:
    pool = pool_between(places, share)
    fit = budget.fit(places, pool, spend_all=True)
    assert fit.shift is not None
    assert exact_cost(places, float(fit.shift)) == pytest.approx(float(pool), abs=0.02)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([20000, 50000]), st.integers(0, 6), st.integers(0, 3), st.integers(0, 3)),
        min_size=2,
        max_size=3,
    ),
    st.floats(0, 1),
)
def test_fit_is_optimal_against_brute_force(raw: list[tuple[int, int, int, int]], share: float) -> None:
    places = [
        Seat(f"s{n}", Decimal(pay), Decimal(low + a) / 10, Decimal(low) / 10, Decimal(low + a + b) / 10)
        for n, (pay, low, a, b) in enumerate(raw)
    ]
    pool = pool_between(places, share)
    fit = budget.fit(places, pool)

    def loss(values: tuple[Decimal, ...]) -> Decimal:
        return sum((s.pay * (v - s.wanted) ** 2 for s, v in zip(places, values, strict=True)), Decimal(0))

    grids = [[s.low + TENTH * k for k in range(int((s.high - s.low) * 10) + 1)] for s in places]
    allowed = [
        v
        for v in itertools.product(*grids)
        if sum(s.pay * x / 100 for s, x in zip(places, v, strict=True)) <= pool
    ]
    best = min(loss(v) for v in allowed)
    # rounding to tenths may cost each person one step against the best point of the grid
    slack = sum(
        (s.pay * (abs(v - s.wanted) * 2 * TENTH + TENTH**2) for s, v in zip(places, fit.points, strict=True)),
        Decimal(0),
    )
    assert loss(fit.points) <= best + slack


@given(seats(), st.integers(1, 100000))
def test_pool_below_the_floors_is_refused_with_the_amount_missing(places: list[Seat], missing: int) -> None:
    pool = budget.floor_cost(places) - Decimal(missing) / 100
    with pytest.raises(InvalidInput) as caught:
        budget.fit(places, pool)
    assert caught.value.fields["pool"] == f"{Decimal(missing) / 100:,.2f} missing."


def test_who_is_cut_alike_gets_the_last_steps_in_the_order_of_seats() -> None:
    """In floats, noise in the last digit said who; the seats' own figures differ, what was cut is the same."""
    places = [
        Seat(f"s{n}", Decimal(50_000), Decimal(n % 7 + 20) / 10, Decimal(0), Decimal(6)) for n in range(40)
    ]
    wanted = sum((s.pay * s.wanted / 100 for s in places), Decimal(0))
    fit = budget.fit(places, wanted - 50 * 13)
    cut = [s.wanted - p for s, p in zip(places, fit.points, strict=True)]
    assert cut == [Decimal(0)] * 27 + [TENTH] * 13
    assert fit.left == 0


@given(
    st.lists(st.tuples(st.integers(1, 10**17), st.integers(-(10**8), 10**8)), min_size=1, max_size=50),
)
def test_sums_of_products_are_exact_beyond_64_bits(pairs: list[tuple[int, int]]) -> None:
    pay, values = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    assert budget.exact_dot(pay, values) == sum(p * v for p, v in pairs)


def test_a_firm_paid_in_dong_is_fitted_to_the_last_dong() -> None:
    count = 2_000
    places = [
        Seat(f"s{n}", Decimal(900_000_000 + 7 * n), Decimal(3), Decimal(0), Decimal(6)) for n in range(count)
    ]
    pool = sum((s.pay for s in places), Decimal(0)) * 3 / 100
    assert budget.fit(places, pool).left == 0
    short = budget.fit(places, pool - 1)
    assert 0 <= short.left < Decimal(950_000)
    assert short.shift is not None
    assert short.shift < 0


@pytest.mark.parametrize(("pay", "wanted"), [("100.00001", "1"), ("100", "1.0000001")])
def test_seats_finer_than_what_can_be_fitted_are_refused(pay: str, wanted: str) -> None:
    with pytest.raises(InvalidInput, match="finer"):
        Seat("a", Decimal(pay), Decimal(wanted), Decimal(0), Decimal(5))


def test_equal_people_in_a_short_pool_share_alike() -> None:
    places = [Seat(f"s{n}", Decimal(50000), Decimal(3), Decimal(0), Decimal(5)) for n in range(4)]
    assert budget.fit(places, Decimal(4000)).points == (Decimal("2.0"),) * 4


def test_locked_rows_keep_their_raise_and_others_pay_for_it() -> None:
    places = [Seat(f"s{n}", Decimal(50000), Decimal(3), Decimal(0), Decimal(5)) for n in range(4)]
    locked = budget.lock(places, {"s0": Decimal("5.0")})
    assert budget.fit(locked, Decimal(4000)).points == (
        Decimal("5.0"),
        Decimal("1.0"),
        Decimal("1.0"),
        Decimal("1.0"),
    )


def test_next_thousand_goes_to_those_with_room() -> None:
    places = [
        Seat("full", Decimal(50000), Decimal(2), Decimal(0), Decimal(2)),
        Seat("room", Decimal(50000), Decimal(4), Decimal(0), Decimal(6)),
    ]
    found = budget.next_money(places, Decimal(2000))
    assert [key for key, _, _ in found.gains] == ["full", "room"]
    assert sum(money for _, _, money in found.gains) + found.unused == 1000
    rich = budget.next_money(places, Decimal(3000))
    assert rich.gains == ()
    assert rich.unused == 1000


def test_side_constraint_is_met_and_the_rest_stays_near_the_plain_fit() -> None:
    places = [Seat(f"s{n}", Decimal(50000), Decimal(3), Decimal(0), Decimal(6)) for n in range(10)]
    plain = budget.fit(places, Decimal(10000))
    north = SideConstraint(("s0", "s1"), at_least=Decimal(2800))
    fit = side_fit.fit_with_constraints(places, Decimal(10000), [north])
    assert fit.spent <= 10000
    assert sum(fit.points[:2]) * 500 >= 2800 - 50
    assert all(abs(v - p) <= 1 for v, p in zip(fit.points, plain.points, strict=True))
    assert min(fit.points[2:]) >= Decimal("1.4")  # nobody is stripped to pay for it


def test_upper_side_constraint_holds() -> None:
    places = [Seat(f"s{n}", Decimal(50000), Decimal(3), Decimal(0), Decimal(6)) for n in range(4)]
    fit = side_fit.fit_with_constraints(
        places, Decimal(9000), [SideConstraint(("s0", "s1"), at_most=Decimal(1500))]
    )
    assert sum(fit.points[:2]) * 500 <= 1500
    assert fit.points[2:] == (Decimal("3.0"), Decimal("3.0"))


def test_contradicting_side_constraints_are_refused() -> None:
    places = [Seat("a", Decimal(50000), Decimal(3), Decimal(0), Decimal(6))]
    with pytest.raises(InvalidInput, match="together"):
        side_fit.fit_with_constraints(places, Decimal(500), [SideConstraint(("a",), at_least=Decimal(1000))])


FIRM, NORTH, SOUTH, TEAM = Pool("firm"), Pool("north", "firm"), Pool("south", "firm"), Pool("team", "north")
TREE = [FIRM, NORTH, SOUTH, TEAM]
OWN = {
    "team": OwnSums(2, euro(10_000), euro(350)),
    "south": OwnSums(1, euro(20_000), euro(450)),
    "firm": OwnSums(1, euro(10_000), euro(200)),
}


def funded(*tree: Pool, own: dict[str, OwnSums] = OWN) -> dict[str, Funded]:
    return pools.fund(tree, own, "EUR")


def test_without_money_from_above_every_pool_is_the_sum_of_its_targets() -> None:
    found = funded(*TREE)
    assert {code: one.funding for code, one in found.items()} == {
        "firm": euro(1000),
        "north": euro(350),
        "south": euro(450),
        "team": euro(350),
    }
    assert (found["firm"].people, found["firm"].payroll, found["firm"].own_funding) == (
        4,
        euro(40_000),
        euro(200),
    )
    assert list(found) == ["firm", "north", "south", "team"]


def test_money_typed_at_the_top_is_shared_by_pay_below_it() -> None:
    found = funded(replace(FIRM, funding=euro(1600)), NORTH, SOUTH, TEAM)
    assert [found[code].funding for code in ("firm", "north", "south", "team")] == [
        euro(1600),
        euro(400),
        euro(800),
        euro(400),
    ]
    assert found["firm"].own_funding == euro(400)


def test_what_is_typed_below_comes_first_and_the_others_share_the_rest() -> None:
    found = funded(replace(FIRM, funding=euro(1600)), NORTH, replace(SOUTH, funding_percent=Decimal(5)), TEAM)
    assert (found["south"].funding, found["team"].funding) == (euro(1000), euro(300))
    assert found["firm"].own_funding == euro(300)


def test_pools_that_hold_more_than_their_parent_are_refused_with_the_amount() -> None:
    with pytest.raises(InvalidInput, match="below firm hold €100 more"):
        funded(replace(FIRM, funding=euro(400)), NORTH, replace(SOUTH, funding=euro(500)), TEAM)


def test_prefill_is_not_the_funding() -> None:
    found = funded(FIRM, NORTH, replace(SOUTH, funding_percent=Decimal(5), prefill_percent=Decimal(3)), TEAM)
    assert (found["south"].own_funding, found["south"].fitted) == (euro(1000), euro(600))
    assert found["team"].fitted == found["team"].own_funding == euro(350)


def test_people_without_a_pool_are_counted_and_refused() -> None:
    with pytest.raises(InvalidInput, match="2 employees"):
        funded(FIRM, NORTH, SOUTH)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.none() | st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1,
        max_size=5,
    )
)
def test_own_money_of_all_pools_sums_to_that_of_the_roots(shape: list[tuple[int, int | None, int]]) -> None:
    tree = [
        Pool(str(i), str(parent % i) if i else None, None if typed is None else euro(typed))
        for i, (parent, typed, _) in enumerate(shape)
    ]
    own = {str(i): OwnSums(1, euro(pay + 1), euro(pay // 30)) for i, (_, _, pay) in enumerate(shape)}
    try:
        found = funded(*tree, own=own)
    except InvalidInput as error:
        if "more than" not in str(error):
            raise
        return
    assert sum((one.own_funding.amount for one in found.values()), Decimal(0)) == found["0"].funding.amount


def test_amounts_roll_up_over_all_pools_below() -> None:
    parents = {pool.code: pool.parent for pool in TREE}
    total = pools.roll_up(parents, {"team": euro(300), "south": euro(400), "firm": euro(5)}, "EUR")
    assert total == {"team": euro(300), "north": euro(300), "south": euro(400), "firm": euro(705)}


@given(
    st.integers(0, 10**6),
    st.dictionaries(st.text("abc", min_size=1), st.integers(1, 10**6), min_size=1, max_size=5),
)
def test_shares_of_a_pool_sum_to_it(total: int, payroll: dict[str, int]) -> None:
    shares = pools.share_out(euro(total), {code: euro(pay) for code, pay in payroll.items()})
    assert sum((share.amount for share in shares.values()), Decimal(0)) == total


@pytest.mark.parametrize("tree", [[Pool("a", "b")], [Pool("a", "b"), Pool("b", "a")]])
def test_broken_trees_are_refused(tree: list[Pool]) -> None:
    with pytest.raises(InvalidInput):
        BudgetPlan(tuple(tree))


def test_pool_without_payroll_is_refused() -> None:
    with pytest.raises(InvalidInput):
        pools.share_out(Money(Decimal(10), "EUR"), {})
