"""Two sites of one vendor whose ids are the same, and an API user that may not see everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SITES = (
    ("Kestrel Works", ("Ada Example", "Ben Sample"), 4000.0),
    ("Osprey Labs", ("Cleo Demo", "Dev Muster"), 5000.0),
)
STREAMS = frozenset(
    {"Employee", "Appraisal", "Salary Structure Assignment", "Leave Application", "Employee Skill Map"}
)


@pytest.fixture
def sites() -> list[FakeFrappeHr]:
    """Both call their people HR-EMP-00001 and HR-EMP-00002."""
    made = []
    for company, names, base in SITES:
        site = FakeFrappeHr(company=company, clock=lambda: NOW)
        boss = site.employee(names[0])
        site.assignment(site.employee(names[1], reports_to=boss), "2026-01-01", base)
        made.append(site)
    return made


@pytest.fixture
def connected(any_core: Core, sites: list[FakeFrappeHr]) -> Iterator[list[int]]:
    with ExitStack() as stack:
        ids = []
        for site in sites:
            served = stack.enter_context(serve(site.app, faults=site.faults))
            given = {
                "api_key": "key",
                "api_secret": "secret",
                "company": site.company,
                "networks": ["127.0.0.0/8"],
            }
            settings = given | {"base_url": served.base_url}
            ids.append(
                connection_setup.add(
                    any_core, SYSTEM, connector="frappe_hr", name=site.company, settings=settings
                )
            )
        yield ids


def _run(core: Core, connection_id: int) -> run_requests.Run:
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, connection_id))
    assert ended is not None
    return ended


def _people(core: Core) -> dict[tuple[int, str], sa.RowMapping]:
    with core.database.reading() as tx:
        rows = tx.execute(sa.select(tables.person)).mappings()
        return {(row["connection_id"], row["source_id"]): row for row in rows}


def test_the_same_id_on_two_sites_is_two_people(any_core: Core, connected: list[int]) -> None:
    assert [_run(any_core, one).state for one in connected] == ["succeeded", "succeeded"]
    people = _people(any_core)
    assert [people[one, "HR-EMP-00002"]["display_name"] for one in connected] == ["Ben Sample", "Dev Muster"]
    for one in connected:
        assert people[one, "HR-EMP-00002"]["manager_id"] == people[one, "HR-EMP-00001"]["id"]


def test_what_the_user_may_not_see_does_not_keep_the_rest_out(
    any_core: Core, connected: list[int], sites: list[FakeFrappeHr]
) -> None:
    sites[0].hidden = frozenset({"Employee Skill Map"})  # as with the roles HR Manager and HR User
    ended = _run(any_core, connected[0])
    assert (ended.state, ended.code) == ("partial", "permission")
    assert "Employee Skill Map" in str(ended.message)
    assert "role" in str(ended.remedy)
    assert len(_people(any_core)) == 2
    with any_core.database.reading() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.pay)).scalar_one() == 1


def test_what_was_hidden_arrives_when_it_is_granted(
    any_core: Core, connected: list[int], sites: list[FakeFrappeHr]
) -> None:
    sites[0].insert("Skill", {"skill_name": "SQL"})
    held = {"skill": "SQL", "proficiency": 0.6, "evaluation_date": "2026-02-01"}
    sites[0].insert("Employee Skill Map", {"employee": "HR-EMP-00002", "employee_skills": [held]})
    sites[0].hidden = frozenset({"Employee Skill Map"})
    assert _run(any_core, connected[0]).counts["applied"] == 3
    sites[0].hidden = frozenset()
    ended = _run(any_core, connected[0])
    assert (ended.state, ended.counts["applied"]) == ("succeeded", 1)


def test_a_user_that_may_see_nothing_fails_the_run(
    any_core: Core, connected: list[int], sites: list[FakeFrappeHr]
) -> None:
    sites[0].hidden = STREAMS
    ended = _run(any_core, connected[0])
    assert (ended.state, ended.code) == ("failed", "permission")


def test_a_refused_key_fails_the_run(any_core: Core, connected: list[int], sites: list[FakeFrappeHr]) -> None:
    sites[0].api_key = "another"
    ended = _run(any_core, connected[0])
    assert (ended.state, ended.code) == ("failed", "auth")
