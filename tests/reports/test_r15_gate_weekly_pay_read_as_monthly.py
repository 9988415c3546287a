"""erpnext #4422, hrms #171: 1,000 a week read as 12,000 a year ends at the gate, even when a connector errs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plugin.domain import HeldRule
from plugin.services.core import Core
from plugin.services.cycle import life, recommending
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.store.database import insert
from tests.small_company import Company, draft_cycle, fill

ADA, BEN = "Ada Example", "Ben Sample"


def _misread(core: Core, company: Company, name: str, amount: str) -> None:
    with core.database.transaction() as tx:
        values = {"effective_on": date(2026, 4, 1), "annual": Decimal(amount), "currency": "EUR"}
        insert(tx, tables.pay, person_id=company[name], **values)


@pytest.mark.parametrize("amount", ["12000", "24000", "25"], ids=["weekly", "fortnightly", "hourly"])
def test_a_pay_period_that_was_misread_gives_no_figure(any_core: Core, amount: str) -> None:
    """Neither of a new hire, of whom no pay was known, nor of somebody whose pay was: the 278 % of the report never appear."""
    company = fill(any_core)
    with any_core.database.transaction() as tx:
        plausibility.judge(tx, any_core)
        tx.execute(tables.pay.delete().where(tables.pay.c.person_id == company[BEN]))
    for name in (ADA, BEN):
        _misread(any_core, company, name, amount)
    cycle_id = draft_cycle(any_core, company)
    life.advance(any_core, company.hr, cycle_id, "notice")
    taken = recommending.take_snapshot(any_core, company.hr, cycle_id)
    assert {one.display_name for one in taken.left_out} == {ADA, BEN}
    life.advance(any_core, company.hr, cycle_id, "shadow")
    recommending.make_recommendations(any_core, company.hr, cycle_id)
    with any_core.database.reading() as tx:
        found = recommendations.current(tx, cycle_id, list(company.people.values()))
    assert not {company[ADA], company[BEN]} & set(found)
    assert max(one.percent or Decimal(0) for one in found.values()) < 25
    held = {(one.name, one.rule) for one in plausibility.page(any_core)}
    assert {(ADA, HeldRule.COMPA_RATIO), (BEN, HeldRule.COMPA_RATIO)} <= held
