"""A dry run says what last year would have cost, for whom it would have differed, and what it does to groups."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plugin.advisor.policy.pools import Pool
from plugin.domain import Money
from plugin.errors import InvalidInput, NotFound
from plugin.services.core import Core
from plugin.services.cycle import budgets, dry_runs
from plugin.services.model import training
from plugin.store.tables import protected_attribute
from tests.services.past_raises import history
from tests.small_company import Company, draft_cycle, fill, policy

D = Decimal


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def test_costs_follow_the_cycles_pools(core: Core, company: Company) -> None:
    history(core, people=160)
    cycle_id = draft_cycle(core, company, budget_percent=D(20))
    free = dry_runs.last_cycle(core, cycle_id)
    assert free.recommended > 100
    pool = Money((free.recommended_cost.amount * D("0.8")).quantize(D(1)), "EUR")
    budgets.set_pool(core, company.hr, cycle_id, Pool("*", funding=pool))
    fitted = dry_runs.last_cycle(core, cycle_id)
    assert (
        fitted.recommended_cost.amount + fitted.paid_once.amount
        <= pool.amount + 1
        < free.recommended_cost.amount
    )
    assert fitted.given_cost == free.given_cost
    budgets.set_pool(core, company.hr, cycle_id, Pool("*", prefill_percent=D(0)))
    rules = policy()
    floor = [
        replace(c, minimum=min(D(1), c.default), low=max(c.low, min(D(1), c.default)))
        for c in rules.matrix.cells
    ]
    strict = replace(rules, name="With floors", matrix=replace(rules.matrix, cells=tuple(floor)))
    other = draft_cycle(
        core, company, name="With floors", policy_id=training.add_policy(core, company.hr, strict)
    )
    budgets.set_pool(core, company.hr, other, Pool("*", prefill_percent=D(0)))
    with pytest.raises(InvalidInput, match="too small for the lowest raises"):
        dry_runs.last_cycle(core, other)


def test_groups_are_compared_as_given_and_as_advised(core: Core, company: Company) -> None:
    history(core, people=160, bias=-1.5)
    cycle_id = draft_cycle(core, company)
    sex, age = dry_runs.last_cycle(core, cycle_id).gaps
    assert (sex["attribute"], age["attribute"]) == ("sex", "age")
    given, recommended = sex["label_gap"], sex["recommendation_gap"]
    assert isinstance(given, dict)
    assert isinstance(recommended, dict)
    assert given["high"] < 0 <= recommended["high"]  # type: ignore[operator]
    with core.database.transaction() as tx:
        tx.execute(protected_attribute.delete())
    assert dry_runs.last_cycle(core, cycle_id).gaps == ()


def test_without_a_past_year_there_is_nothing_to_run(core: Core, company: Company) -> None:
    with pytest.raises(NotFound, match="no past cycle"):
        dry_runs.last_cycle(core, draft_cycle(core, company))
