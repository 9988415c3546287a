"""A policy's merit matrix is fitted to a target budget for the people of a cycle, kept as a policy of its own, or only shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.errors import InvalidInput, NotFound
from plugin.services.core import Core
from plugin.services.cycle import policy_fit, recommending
from plugin.services.cycle.policy_fit import Fitted
from plugin.services.model import training
from plugin.store import tables
from plugin.store.cycle import cycles
from tests.small_company import Company, count, draft_cycle, fill, policy


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def cycle_id(core: Core, company: Company) -> int:
    return draft_cycle(core, company)


def _cost_by_hand(core: Core, cycle_id: int, made: Fitted) -> Decimal:
    """Default of the stored policy's cell times pay, person by person, by the bands' bounds of the small company."""
    with core.database.reading() as tx:
        frozen = policy_fit.snapshots.build(tx, cycles.get(tx, cycle_id).snapshot_on, "EUR", {}).snapshot
    cells = {cell.bands: cell.default for cell in made.policy.matrix.cells}
    rating = {None: "Unrated", 2: "Partly meets", 3: "Meets", 4: "Exceeds", 5: "Outstanding"}
    cost = Decimal(0)
    for row in frozen.rows:
        if row.hired_on and row.hired_on > date(2026, 9, 30):
            continue
        place = "no range"
        if row.range_midpoint and row.range_minimum:
            compa = max(row.annual.amount, row.range_minimum.amount) / row.range_midpoint.amount
            place = "low" if compa < Decimal("0.95") else "middle" if compa < Decimal("1.05") else "high"
        cost += row.paid.amount * cells[rating[None if row.rating is None else int(row.rating)], place] / 100
    return cost


def test_the_fitted_policy_costs_the_target_and_is_kept_under_its_own_name(
    core: Core, company: Company, cycle_id: int
) -> None:
    made = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"))
    assert made.policy.name == "Test policy, fitted to 3.2 %"
    assert made.policy_id is not None
    with core.database.reading() as tx:
        assert training.read_policy(tx, made.policy_id) == made.policy
    assert Decimal("3.18") <= made.after.percent <= Decimal("3.2") < made.before.percent
    assert abs(_cost_by_hand(core, cycle_id, made) - made.after.money.amount) <= 1
    assert made.after.money.amount / made.payroll.amount * 100 == pytest.approx(
        made.after.percent, abs=Decimal("0.006")
    )
    assert made.people == 22, "who was hired too late takes no part"
    assert all(one.after <= one.before for one in made.cells)
    (middle,) = (one for one in made.cells if one.bands == ("Meets", "middle"))
    assert (middle.before, middle.after < middle.before) == (Decimal(3), True)


def test_a_preview_stores_nothing(core: Core, company: Company, cycle_id: int) -> None:
    before = count(core, tables.policy), count(core, tables.audit), count(core, tables.snapshot)
    shown = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"), store=False)
    assert (count(core, tables.policy), count(core, tables.audit), count(core, tables.snapshot)) == before
    assert shown.policy_id is None
    assert not shown.from_snapshot
    kept = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"))
    assert replace(kept, policy_id=None) == shown


def test_the_newest_snapshot_counts_once_there_is_one(core: Core, company: Company, cycle_id: int) -> None:
    recommending.take_snapshot(core, company.hr, cycle_id)
    frozen = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"), store=False)
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().values(annual=Decimal(99_000)))
    later = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"), store=False)
    assert frozen.from_snapshot
    assert later == frozen


def test_the_same_fit_twice_is_one_policy_and_a_fit_of_a_fit_is_named_once(
    core: Core, company: Company, cycle_id: int
) -> None:
    first, again = (policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2")) for _ in range(2))
    assert first.policy_id == again.policy_id
    third = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.00"), policy_id=first.policy_id)
    assert third.policy.name == "Test policy, fitted to 3 %"
    assert third.fitted_from == first.policy_id


def test_who_fitted_what_is_audited(core: Core, company: Company, cycle_id: int) -> None:
    made = policy_fit.fit(core, company.analyst, cycle_id, Decimal("3.2"))
    with core.database.reading() as tx:
        rows = [row for row in tx.execute(tables.audit.select()) if row.action == "policy.fit"]
    assert [(row.actor, row.subject) for row in rows] == [("anil@example.com", f"policy:{made.policy_id}")]
    assert rows[0].detail["target_percent"] == "3.2"


@pytest.mark.parametrize("target", ["0.1", "9"])
def test_a_target_beyond_the_hard_limits_is_refused_with_what_is_possible(
    core: Core, company: Company, cycle_id: int, target: str
) -> None:
    before = count(core, tables.policy)
    with pytest.raises(InvalidInput, match="hard limits allow") as refused:
        policy_fit.fit(core, company.analyst, cycle_id, Decimal(target))
    assert refused.value.remedy
    assert refused.value.fields == {"target": "can't be reached"}
    assert count(core, tables.policy) == before


@pytest.mark.parametrize("target", ["0", "-1", "100.1"])
def test_a_target_that_is_no_share_is_refused(
    core: Core, company: Company, cycle_id: int, target: str
) -> None:
    with pytest.raises(InvalidInput, match="at most 100% of pay"):
        policy_fit.fit(core, company.analyst, cycle_id, Decimal(target))


def test_defaults_of_zero_cannot_be_scaled_and_that_is_said(
    core: Core, company: Company, cycle_id: int
) -> None:
    plain = policy("All zero")
    cells = tuple(
        replace(one, minimum=Decimal(0), low=Decimal(0), default=Decimal(0)) for one in plain.matrix.cells
    )
    zero = replace(plain, matrix=replace(plain.matrix, cells=cells))
    policy_id = training.add_policy(core, company.analyst, zero)
    with pytest.raises(InvalidInput, match="can't be reached"):
        policy_fit.fit(core, company.analyst, cycle_id, Decimal(3), policy_id=policy_id)


def test_a_cycle_in_which_nobody_takes_part_is_refused(core: Core, company: Company, cycle_id: int) -> None:
    policy_id = training.add_policy(core, company.analyst, policy(hired_by=date(1999, 1, 1)))
    with pytest.raises(InvalidInput, match="No employee is eligible"):
        policy_fit.fit(core, company.analyst, cycle_id, Decimal(3), policy_id=policy_id)


def test_an_unknown_cycle_is_not_found(core: Core, company: Company) -> None:
    with pytest.raises(NotFound):
        policy_fit.fit(core, company.analyst, 77, Decimal(3))


@settings(max_examples=15)
@given(target=st.decimals("2.5", "4.5", places=2))
def test_every_target_within_reach_is_met_from_below(
    core: Core, company: Company, cycle_id: int, target: Decimal
) -> None:
    made = policy_fit.fit(core, company.analyst, cycle_id, target, store=False)
    assert target - policy_fit.CLOSE <= made.after.percent <= target
    for cell in made.policy.matrix.cells:
        assert cell.minimum <= cell.low <= cell.default <= cell.high <= cell.maximum
