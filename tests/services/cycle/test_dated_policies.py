"""The dates of a policy are of its own cycle: a past cycle is judged by the same days of its own year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plugin.advisor.model.tables import TrainOptions
from plugin.advisor.policy.pay_policy import Policy, Proration
from plugin.services.core import Core
from plugin.services.cycle import dry_runs
from plugin.services.model import training
from plugin.store import tables
from plugin.store.database import insert
from tests.services.past_raises import YEARS, history
from tests.small_company import MADE_AT, Company, draft_cycle, fill, policy

QUICK = TrainOptions(bootstrap=60)


def _dated() -> Policy:
    """For the raises of 2027: hired by September 30, prorated over the calendar year before."""
    return replace(policy(), proration=Proration(date(2026, 1, 1), date(2026, 12, 31)))


def _hire_late(core: Core, year: int) -> None:
    """Somebody hired in the December before the raises of ``year``, rated, who got a raise all the same."""
    with core.database.transaction() as tx:
        who = insert(
            tx,
            tables.person,
            source_id=f"late-{year}",
            display_name=f"Late {year}",
            job_family="Engineering",
            level="E2",
            country="IE",
            hired_on=date(year - 1, 12, 1),
            fte=Decimal(1),
            updated_at=MADE_AT,
        )
        rows = {"person_id": who, "effective_on": date(year - 1, 12, 1)}
        insert(tx, tables.pay, **rows, annual=Decimal(60_000), currency="EUR")
        insert(tx, tables.rating, person_id=who, period_ended_on=date(year - 1, 12, 31), score=Decimal(3))
        raised = {"person_id": who, "effective_on": date(year, 4, 1)}
        insert(tx, tables.past_raise, **raised, percent=Decimal(3))


def _company(core: Core) -> Company:
    company = fill(core)
    history(core)
    return company


def test_training_leaves_out_who_was_hired_too_late_for_each_past_cycle(core: Core) -> None:
    company = _company(core)
    policy_id = training.add_policy(core, company.hr, _dated())
    before = training.evaluate(core, policy_id, QUICK).decisions
    for year in YEARS[1:]:
        _hire_late(core, year)
    # too new for the raises of the first year each, in from the second on: two years, one year, none
    assert training.evaluate(core, policy_id, QUICK).decisions - before == 3


def test_training_and_dry_run_agree_on_who_takes_part_in_the_past(core: Core) -> None:
    company = _company(core)
    _hire_late(core, YEARS[-1])
    policy_id = training.add_policy(core, company.hr, _dated())
    cycle_id = draft_cycle(core, company, policy_id=policy_id)
    late = dry_runs.last_cycle(core, cycle_id)
    free = training.add_policy(
        core, company.hr, replace(policy(), eligibility=replace(policy().eligibility, hired_by=None))
    )
    everybody = dry_runs.last_cycle(core, draft_cycle(core, company, policy_id=free, name="Without dates"))
    assert everybody.recommended - late.recommended == 1
    decided = [training.evaluate(core, each, QUICK).decisions for each in (free, policy_id)]
    assert decided[0] - decided[1] == 1


def test_a_dry_run_prorates_by_the_year_before_the_past_raises(core: Core) -> None:
    """Hired on July 2 of the year before: half of the guideline, in the past year as in the cycle's own."""
    company = _company(core)
    with core.database.transaction() as tx:
        tx.execute(
            tables.person.update()
            .where(tables.person.c.display_name.startswith("History"))
            .values(hired_on=date(YEARS[-1] - 1, 7, 2))
        )
    dated = training.add_policy(core, company.hr, _dated())
    half = dry_runs.last_cycle(core, draft_cycle(core, company, policy_id=dated))
    plain = replace(_dated(), proration=Proration())
    full = dry_runs.last_cycle(
        core, draft_cycle(core, company, name="Full", policy_id=training.add_policy(core, company.hr, plain))
    )
    assert half.recommended == full.recommended
    assert 0.45 < half.recommended_cost.amount / full.recommended_cost.amount < 0.55
