"""What the gate asks of the database: as many statements for a large firm as for a small one, and for one person only that person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from benchmarks.metering import Cost, statements
from plugin.domain import HeldRule, HeldState
from plugin.services.core import SYSTEM, Core
from plugin.services.people import plausibility
from plugin.store import batches, tables
from plugin.store.database import insert
from plugin.store.operation import audits
from plugin.store.people import withheld
from tests.growth import more_reports
from tests.small_company import Company, fill

ADA = "Ada Example"


def _firm(core: Core, times: int, *, all_held: bool) -> Company:
    company = fill(core)
    with core.database.transaction() as tx:
        more_reports(tx, company, "Omar Lead", times)
    plausibility.judge_in_parts(core)
    if all_held:
        with core.database.transaction() as tx:
            people = tx.execute(sa.select(tables.person.c.id)).scalars().all()
            values = {"effective_on": date(2026, 11, 2), "annual": Decimal(1000), "currency": "EUR"}
            tx.execute(tables.pay.insert(), [{"person_id": who, **values} for who in people])
    return company


def _judged(core: Core, people: list[int] | None) -> Cost:
    with statements(core.database) as cost:
        plausibility.judge_in_parts(core, people)
    return cost


@pytest.mark.parametrize("all_held", [False, True], ids=["none held", "all held"])
def test_a_firm_three_times_as_large_is_judged_by_as_many_statements(any_core: Core, all_held: bool) -> None:
    company = _firm(any_core, 3, all_held=all_held)
    few = [company[name] for name in (ADA, "Ben Sample", "Rosa Chief")]  # two with a range, one without
    assert _judged(any_core, few).statements == _judged(any_core, None).statements - 1  # who there is


def test_to_judge_one_person_reads_no_row_of_the_others(any_core: Core) -> None:
    company = _firm(any_core, 20, all_held=True)
    plausibility.judge_in_parts(any_core)
    assert len(plausibility.page(any_core, limit=1000)) > 400
    assert _judged(any_core, [company[ADA]]).rows < 30


def test_who_of_a_team_is_held_is_found_among_the_team_alone(core: Core) -> None:
    """Though everybody is held, so that SQLite would walk all of them by their state."""
    company = _firm(core, 20, all_held=True)
    plausibility.judge_in_parts(core)
    for cycle_id in (None, 7):
        with statements(core.database) as cost, core.database.reading() as tx:
            assert set(withheld.held_people(tx, [company[ADA]], cycle_id=cycle_id)) == {company[ADA]}
        assert cost.database_steps <= 2
        with statements(core.database) as cost, core.database.reading() as tx:
            mine = sa.select(tables.person.c.id).where(
                tables.person.c.manager_id == company["Dana Lead"],
                withheld.is_held(tables.person.c.id, cycle_id),
            )
            assert len(tx.execute(mine).all()) == 8
        assert cost.database_steps <= 5


def test_a_release_judges_those_whom_it_is_about(any_core: Core) -> None:
    company = _firm(any_core, 20, all_held=True)
    plausibility.judge_in_parts(any_core)
    mine = [one.id for one in plausibility.page(any_core, limit=1000) if one.person_id == company[ADA]]
    with statements(any_core.database) as cost:
        plausibility.release(any_core, SYSTEM, mine, "Unpaid leave")
    assert cost.rows < 60
    with any_core.database.reading() as tx:
        assert company[ADA] not in withheld.held_people(tx)


def test_all_of_a_rule_are_released_in_parts_that_are_kept(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    _firm(any_core, 2, all_held=True)
    plausibility.judge_in_parts(any_core)
    number = plausibility.counts(any_core)[HeldRule.PAY_JUMP]
    monkeypatch.setattr(batches, "SIZE", 10)
    held = plausibility.page(any_core, limit=1000)
    up_to = [one.id for one in held if one.rule == HeldRule.PAY_JUMP][-3]
    done = plausibility.release_all(any_core, SYSTEM, HeldRule.PAY_JUMP, "All on leave", up_to=up_to)
    assert done == number - 2
    assert plausibility.counts(any_core)[HeldRule.PAY_JUMP] == 2
    released = plausibility.page(any_core, state=HeldState.RELEASED, limit=1000)
    with any_core.database.reading() as tx:
        audited = audits.page(tx, action="plausibility.release", limit=1000)
    assert {one.subject for one in audited} == {f"held:{one.id}" for one in released}


def test_parts_hold_the_same_as_all_at_once(any_core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    company = _firm(any_core, 2, all_held=True)
    with any_core.database.transaction() as tx:
        insert(
            tx,
            tables.rating,
            person_id=company[ADA],
            period_ended_on=date(2026, 10, 1),
            score=Decimal(85),
        )
    monkeypatch.setattr(batches, "SIZE", 7)
    plausibility.judge_in_parts(any_core)
    parts = {(one.rule, one.subject, one.value) for one in plausibility.page(any_core, limit=1000)}
    with any_core.database.transaction() as tx:
        tx.execute(tables.held_fact.delete())
        plausibility.judge(tx, any_core)
    whole = {(one.rule, one.subject, one.value) for one in plausibility.page(any_core, limit=1000)}
    assert {rule for rule, _subject, _value in parts} >= {
        HeldRule.COMPA_RATIO,
        HeldRule.PAY_JUMP,
        HeldRule.RATING_SCALE,
    }
    assert whole == parts
