"""erpnext #4422, hrms #171: the source itself says a wrong pay period, so that no connector can know. The gate does.

1,000 a week stands in the file as 12,000 a year, or in a salary structure that calls itself monthly. What was right before stays
right for the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.domain import HeldRule, OutboxKind
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.cycle import life, recommending
from plugin.services.decision import worksheet
from plugin.services.delivery import backlog
from plugin.services.payroll import listing
from plugin.services.people import plausibility
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve
from tests.reports.frappe_company import NOW
from tests.reports.kit import Files
from tests.small_company import draft_cycle

HR = Actor("hana@example.com", frozenset({"hr_admin"}))
PEOPLE = """person_id,name,manager_id,job_family,level,country,hired_on
1,Mona Example,,Engineering,E3,DE,2015-01-01
2,Ada Example,1,Engineering,E2,DE,2020-01-01
3,Ben Sample,1,Engineering,E2,DE,{hired}
4,Cleo Demo,1,Engineering,E2,DE,2020-01-01
"""
RANGES = """job_family,level,country,effective_on,minimum,midpoint,maximum,currency
Engineering,E2,DE,2020-01-01,42000,52000,62000,EUR
Engineering,E3,DE,2020-01-01,60000,75000,90000,EUR
"""
PAY = "person_id,effective_on,annual,currency\n"
RIGHT = PAY + "1,2025-01-01,75000,EUR\n2,2025-01-01,52000,EUR\n4,2025-01-01,53000,EUR\n"
RANGES_OF_THE_SITE = """job_family,level,country,effective_on,minimum,midpoint,maximum,currency
Engineer,L2,DE,2020-01-01,42000,52000,62000,EUR
"""


def _held(core: Core) -> set[tuple[str, HeldRule]]:
    return {(one.name, one.rule) for one in plausibility.page(core)}


def _people(core: Core) -> dict[str, int]:
    with core.database.reading() as tx:
        query = sa.select(tables.person.c.display_name, tables.person.c.id)
        return {row.display_name: row.id for row in tx.execute(query)}


def _no_figure_anywhere(core: Core, names: set[str]) -> None:
    """Not in the snapshot, no recommendation, no worksheet figure, nothing to send."""
    people = _people(core)
    held = {people[name] for name in names}
    cycle_id = draft_cycle(core, _Company())
    life.advance(core, HR, cycle_id, "notice")
    taken = recommending.take_snapshot(core, HR, cycle_id)
    assert {one.person_id for one in taken.left_out} == held
    life.advance(core, HR, cycle_id, "shadow")
    recommending.make_recommendations(core, HR, cycle_id)
    with core.database.reading() as tx:
        found = recommendations.current(tx, cycle_id, list(people.values()))
    assert not held & set(found)
    assert found
    assert max(one.percent or Decimal(0) for one in found.values()) < 25
    life.advance(core, HR, cycle_id, "open")
    sheet = worksheet.load(core, HR, cycle_id, people["Mona Example"])
    shown = {row.name: row for row in sheet.rows}
    assert all(shown[name].recommended is None for name in names & set(shown))
    assert not {line.person_id for line in listing.lines(core, cycle_id)} & held
    assert not backlog.page(core, kind=OutboxKind.WRITE)


class _Company:
    """What ``draft_cycle`` asks for."""

    hr = HR


def test_a_file_of_weekly_pay_times_twelve_is_held(any_core: Core) -> None:
    """Ada's pay was known, Ben is new: both files ended as a year's pay of 12,000."""
    files = Files(any_core)
    files.read(
        people=PEOPLE.format(hired="2020-01-01"), pay_ranges=RANGES, pay=RIGHT + "3,2025-01-01,50000,EUR\n"
    )
    assert _held(any_core) == set()
    with any_core.database.transaction() as tx:  # Ben is hired with the wrong file only
        who = tables.pay.c.person_id == _people(any_core)["Ben Sample"]
        tx.execute(tables.pay.delete().where(who))
        tx.execute(
            tables.plausible_pay.delete().where(
                tables.plausible_pay.c.person_id == _people(any_core)["Ben Sample"]
            )
        )
        tx.execute(tables.inbox.delete().where(tables.inbox.c.stream == "pay"))
    wrong = RIGHT.replace("2,2025-01-01,52000", "2,2025-01-01,12000") + "3,2026-01-01,12000,EUR\n"
    files.read(pay=wrong)
    assert _held(any_core) == {
        ("Ada Example", HeldRule.PAY_JUMP),
        ("Ada Example", HeldRule.COMPA_RATIO),
        ("Ben Sample", HeldRule.COMPA_RATIO),
    }
    _no_figure_anywhere(any_core, {"Ada Example", "Ben Sample"})


@contextmanager
def _suite(core: Core, site: FakeFrappeHr) -> Iterator[int]:
    with serve(site.app, faults=site.faults) as served:
        settings = {
            "api_key": "key", "api_secret": "secret", "company": site.company, "networks": ["127.0.0.0/8"],
            "base_url": served.base_url, "default_country": "DE",
        }  # fmt: skip
        yield connection_setup.add(core, SYSTEM, connector="frappe_hr", name="HR suite", settings=settings)


def _run(core: Core, connection_id: int) -> None:
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, connection_id))
    assert ended is not None
    assert ended.state == "succeeded", ended


@pytest.mark.parametrize("base", [1000.0, 2000.0], ids=["weekly", "fortnightly"])
def test_a_salary_structure_with_the_wrong_frequency_is_held(any_core: Core, base: float) -> None:
    """Ada moves to a structure that says Monthly and holds a week's pay; Ben begins in it; Cleo's weekly structure says so."""
    site = FakeFrappeHr(clock=lambda: NOW)
    site.structure("By week", frequency="Weekly")
    site.structure("By week, set up wrong", frequency="Monthly")
    job = {"designation": "Engineer", "grade": "L2"}
    boss = site.employee("Mona Example", designation="Head", grade="L5")
    ada, cleo = (site.employee(name, reports_to=boss, **job) for name in ("Ada Example", "Cleo Demo"))
    site.assignment(boss, "2025-01-01", 6250.0)
    site.assignment(ada, "2025-01-01", 4333.0)
    site.assignment(cleo, "2025-01-01", 1000.0, salary_structure="By week")
    Files(any_core, "ranges").read(pay_ranges=RANGES_OF_THE_SITE)
    with _suite(any_core, site) as connection_id:
        _run(any_core, connection_id)
        assert _held(any_core) == set()
        ben = site.employee("Ben Sample", reports_to=boss, **job)
        for who in (ada, ben):
            site.assignment(who, "2026-01-01", base, salary_structure="By week, set up wrong")
        _run(any_core, connection_id)
    # a fortnight's 2,000 read as monthly is 24,000: not a third of 52,000, but under half of the range's midpoint
    jumps = {("Ada Example", HeldRule.PAY_JUMP)} if base == 1000 else set()
    assert _held(any_core) == jumps | {
        ("Ada Example", HeldRule.COMPA_RATIO),
        ("Ben Sample", HeldRule.COMPA_RATIO),
    }
    _no_figure_anywhere(any_core, {"Ada Example", "Ben Sample"})
