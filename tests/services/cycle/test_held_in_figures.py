"""Employees of whom a value is held are in no sum and no count of a cycle's pages; they are said apart, and come back on release."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.domain import CycleState, DecisionState
from plugin.errors import NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import budgets, cycle_monitoring, cycle_replay, life
from plugin.services.cycle.budgets import PoolLine
from plugin.services.cycle.cycle_monitoring import Overview
from plugin.services.decision import explaining, handing_in
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.cycle import pools, recommendations
from plugin.store.database import insert
from tests.small_company import MADE_AT, Company, fill, open_cycle

ADA, DANA = "Ada Example", "Dana Lead"


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


def _hold(core: Core, who: int) -> None:
    with core.database.transaction() as tx:
        values = {"effective_on": date(2026, 11, 2), "annual": Decimal(4700), "currency": "EUR"}
        insert(tx, tables.pay, person_id=who, **values)
        plausibility.judge(tx, core)


def _release(core: Core) -> None:
    plausibility.release(core, SYSTEM, [one.id for one in plausibility.page(core)], "Unpaid leave")


def _total(found: Overview) -> int:
    return sum(found.decisions.values())


def test_a_cycles_sums_are_of_those_who_are_not_held(any_core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    handing_in.accept_rest(any_core, company.dana, cycle_id, company[DANA])
    before, counted = (
        cycle_monitoring.overview(any_core, cycle_id),
        cycle_monitoring.of_cycle(any_core, cycle_id),
    )
    with any_core.database.reading() as tx:
        planned = recommendations.planned(tx, cycle_id, [ada])
    _hold(any_core, ada)
    after, monitored = (
        cycle_monitoring.overview(any_core, cycle_id),
        cycle_monitoring.of_cycle(any_core, cycle_id),
    )
    assert (after.held, after.participants) == (1, before.participants - 1)
    assert after.recommended == before.recommended - 1
    assert before.cost is not None
    assert after.cost is not None
    assert abs(before.cost.amount - after.cost.amount - planned) <= Decimal("0.01")
    assert before.budget is not None
    assert after.budget is not None
    assert after.budget.amount < before.budget.amount
    assert _total(after) == _total(before) - 1
    assert monitored.counts.held == 1
    assert monitored.counts.eligible == counted.counts.eligible - 1
    assert monitored.counts.decided == counted.counts.decided - 1
    _release(any_core)
    assert cycle_monitoring.overview(any_core, cycle_id) == before
    assert cycle_monitoring.of_cycle(any_core, cycle_id) == counted


def _figures(line: PoolLine) -> tuple[Decimal, ...]:
    row = line.row
    return row.payroll, row.funding, row.own_payroll, row.own_funding, line.planned.amount, line.used.amount


def test_a_pool_is_without_the_pay_and_the_money_of_who_is_held(any_core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    handing_in.accept_rest(any_core, company.dana, cycle_id, company[DANA])
    before = budgets.state(any_core, cycle_id)
    with any_core.database.reading() as tx:
        (mine,) = recommendations.current(tx, cycle_id, [ada]).values()
    _hold(any_core, ada)
    after = budgets.state(any_core, cycle_id)
    assert (before.held, after.held) == (0, 1)
    paid = Decimal(56000)
    for was, now in zip(before.lines, after.lines, strict=True):
        if was.row.code != mine.pool:
            continue
        assert now.row.people == was.row.people - 1
        assert now.row.payroll == was.row.payroll - paid
        assert now.row.target is None
        assert all(now_ < was_ for was_, now_ in zip(_figures(was), _figures(now), strict=True))
        assert abs(now.row.rate - was.row.rate) < Decimal("0.000001")
    _release(any_core)
    assert budgets.state(any_core, cycle_id) == before


def test_a_pool_above_loses_what_the_pools_below_lose(any_core: Core) -> None:
    del any_core
    money = [Decimal(n) for n in (100, 4, 4)]
    rows = [
        pools.PoolRow("all", None, 5, *money, Decimal(40), Decimal("1.6"), Decimal("1.6")),
        pools.PoolRow("part", "all", 3, Decimal(60), *money[1:], Decimal(60), Decimal("2.4"), Decimal("1.2")),
    ]
    above, below = pools.without(rows, pools.Gone(1, {"part": (1, Decimal(30))}))
    assert (below.people, below.payroll, below.own_funding, below.fitted) == (
        2,
        30,
        Decimal("1.2"),
        Decimal("0.6"),
    )
    assert (above.people, above.payroll, above.funding) == (4, 70, Decimal("2.8"))
    assert (above.own_payroll, above.own_funding, above.target) == (40, Decimal("1.6"), None)
    above, below = pools.without(rows, pools.Gone(1, {"part": (1, Decimal(7))}))
    shown = (above.funding, below.funding, below.own_funding, below.fitted)
    assert all(figure == round(figure, 4) for figure in shown), "money is kept in ten-thousandths"


def test_no_figure_of_who_is_held_is_computed_again(any_core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    assert cycle_replay.replay(any_core, cycle_id, ada).matches
    _hold(any_core, ada)
    with pytest.raises(NotAllowed, match="HR is checking"):
        cycle_replay.replay(any_core, cycle_id, ada)
    with pytest.raises(NotAllowed, match="HR is checking"):
        explaining.of_person(any_core, SYSTEM, cycle_id, ada)
    held, found = explaining.of_cycle(any_core, SYSTEM, cycle_id)
    names = [name for name, _one in found]
    assert (held, ADA in names, DANA in names) == (1, False, True)
    assert cycle_monitoring.held_among(any_core, cycle_id, [ada, company[DANA]]) == {ada}
    gains = cycle_monitoring.next_money(any_core, cycle_id)["gains"]
    assert isinstance(gains, list)
    assert ada not in [one["person_id"] for one in gains if isinstance(one, dict)]
    _release(any_core)
    assert cycle_replay.replay(any_core, cycle_id, ada).matches


def test_the_next_step_says_apart_who_is_held(any_core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    with any_core.database.transaction() as tx:
        tx.execute(tables.cycle.update().values(state=CycleState.APPROVED))
        eligible = tables.recommendation.c.status != "ineligible"
        left = tx.execute(tables.recommendation.select().where(eligible)).all()
    _hold(any_core, ada)
    _state, missing = life.missing_for_next(any_core, cycle_id) or ("", "")
    assert missing == f"the HR suite has not confirmed {len(left) - 1} raises yet"
    with any_core.database.transaction() as tx:
        for row in left:
            if row.person_id != ada:
                money = {name: Decimal(0) for name in ("cost", "budget_cost")}
                said = dict.fromkeys(("is_unchanged", "is_outside", "needs_hr"), False)
                values = {"state": DecisionState.EXPORTED, "percent": row.percent, "decided_at": MADE_AT}
                tx.execute(tables.decision.delete().where(tables.decision.c.person_id == row.person_id))
                insert(
                    tx, tables.decision, cycle_id=cycle_id, person_id=row.person_id, **values, **money, **said
                )
    _state, missing = life.missing_for_next(any_core, cycle_id) or ("", "")
    assert missing is not None
    assert missing.startswith("a value of 1 employee whose raise is not confirmed is held")
