"""Leave from a file to the recommendation: it lowers nothing unless the policy counts its kind, and a page shows only what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin.advisor.policy.pay_policy import Policy, Proration
from plugin.advisor.recommendation import wording
from plugin.advisor.recommendation.values import Note, NoteCode
from plugin.app import create_app
from plugin.domain import JsonObject
from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import snapshots
from plugin.services.decision import worksheet
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.model import training
from plugin.services.people import persons
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store import tables
from plugin.store.database import insert
from tests.small_company import MADE_AT, SNAPSHOT_ON, Company, count, fill, open_cycle, policy
from tests.web.conftest import Visitor

NEUTRAL = Note(NoteCode.LEAVE_NEUTRAL)
LEAVES = """person_id,kind,started_on,ended_on,protected
{ada},parental,2026-02-01,2026-05-31,
{ada},sick,2026-07-06,2026-07-10,
{ben},unpaid,2025-03-01,2025-05-31,
{cleo},unpaid,2026-10-01,,
{cleo},unpaid,2026-12-01,2026-12-24,no
"""


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


@pytest.fixture
def folder(core: Core, company: Company) -> Path:
    """The people of the company stand in it under their employee numbers."""
    path = Path(core.settings.files_root) / "hr"
    path.mkdir(parents=True)
    numbers = {"ada": company["Ada Example"], "ben": company["Ben Sample"], "cleo": company["Cleo Instance"]}
    with core.database.transaction() as tx:
        for number in numbers.values():
            given = {"kind": "employee_number", "value": f"N{number}", "source": "test", "added_at": MADE_AT}
            insert(tx, tables.person_identifier, person_id=number, spelling=f"N{number}", **given)
    (path / "leaves.csv").write_text(LEAVES.format(**{name: f"N{n}" for name, n in numbers.items()}))
    return path


@pytest.fixture
def imported(core: Core, folder: Path) -> int:
    settings: JsonObject = {"folder": folder.name, "complete": True}
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Files", settings=settings)
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, made))
    assert ended is not None
    assert ended.state == "succeeded"
    return made


def _prorated(*kinds: str) -> Policy:
    return replace(policy(), proration=Proration(date(2026, 1, 1), date(2026, 12, 31), leave_counts=kinds))


def _recommended(core: Core, company: Company, name: str, *kinds: str) -> PersonRecommendation:
    """Of a cycle of its own under a policy that counts these kinds."""
    policy_id = training.add_policy(core, company.hr, _prorated(*kinds))
    cycle_id = open_cycle(core, company, name=f"Cycle {kinds}", policy_id=policy_id)
    found = worksheet.load(core, company.dana, cycle_id, company["Dana Lead"]).row(company[name]).recommended
    assert found is not None
    return found


def test_a_row_holds_the_leaves_that_touch_the_year_before_its_day(
    core: Core, company: Company, imported: int
) -> None:
    assert count(core, tables.leave) == 5
    with core.database.reading() as tx:
        found = snapshots.build(tx, SNAPSHOT_ON, "EUR", {}).snapshot
        early = snapshots.build(tx, date(2026, 3, 1), "EUR", {}).snapshot
    ada, ben, cleo = (found.row(company[n]).leaves for n in ("Ada Example", "Ben Sample", "Cleo Instance"))
    assert [(one.kind, one.started_on, one.ended_on, one.protected) for one in ada] == [
        ("parental", date(2026, 2, 1), date(2026, 5, 31), True),
        ("sick", date(2026, 7, 6), date(2026, 7, 10), True),
    ]
    assert ben == ()  # ended more than a year ago
    assert [(one.started_on, one.ended_on, one.protected) for one in cleo] == [
        (date(2026, 10, 1), None, False)  # what begins later is not known on the day
    ]
    assert [one.kind for one in early.row(company["Ada Example"]).leaves] == ["parental"]
    assert [one.started_on for one in early.row(company["Ben Sample"]).leaves] == [date(2025, 3, 1)]


def test_leave_lowers_no_raise_and_says_so_only_for_those_who_were_away(
    core: Core, company: Company, imported: int
) -> None:
    ada = _recommended(core, company, "Ada Example")
    with core.database.transaction() as tx:
        tx.execute(tables.leave.delete())
    never = _recommended(core, company, "Ada Example", "other")
    assert ada.recommendation.percent == never.recommendation.percent
    assert NEUTRAL in ada.recommendation.notes
    assert NEUTRAL not in never.recommendation.notes


def test_leave_of_a_kind_that_counts_shortens_the_year(core: Core, company: Company, imported: int) -> None:
    cleo = _recommended(core, company, "Cleo Instance", "unpaid")
    (counted,) = (note for note in cleo.recommendation.notes if note.code is NoteCode.LEAVE_COUNTED)
    assert wording.note(counted) == (
        "92 days of leave count under this policy. The raise is prorated to 75%."
    )
    assert NEUTRAL in _recommended(core, company, "Ada Example", "unpaid", "other").recommendation.notes


def test_a_withdrawn_leave_is_gone(core: Core, company: Company, imported: int, folder: Path) -> None:
    lines = (folder / "leaves.csv").read_text().splitlines()
    (folder / "leaves.csv").write_text("\n".join(lines[:-1]) + "\n")
    for _ in range(2):
        sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, imported))
    assert count(core, tables.leave) == 4


def test_erasing_a_person_erases_leaves_and_what_the_inbox_holds_of_them(
    core: Core, company: Company, imported: int
) -> None:
    with core.database.reading() as tx:
        mine = tables.inbox.c.person_id == company["Ada Example"]
        assert tx.execute(sa.select(sa.func.count()).where(mine)).scalar_one() == 2
    persons.erase(core, company.hr, company["Ada Example"])
    with core.database.reading() as tx:
        assert tx.execute(sa.select(sa.func.count()).where(mine)).scalar_one() == 0
        held = sa.select(tables.leave.c.person_id).distinct()
        assert set(tx.execute(held).scalars()) == {company["Ben Sample"], company["Cleo Instance"]}


def test_a_policy_names_known_kinds_of_leave_and_a_period_in_which_they_count() -> None:
    with pytest.raises(InvalidInput) as caught:
        _prorated("sabbatical")
    assert "leave_counts" in caught.value.fields
    with pytest.raises(InvalidInput):
        Proration(leave_counts=("unpaid",))


def _page(core: Core, company: Company, name: str, *kinds: str) -> tuple[str, str]:
    """What Dana reads of one person: the page with the data used, and the open row."""
    policy_id = training.add_policy(core, company.hr, _prorated(*kinds))
    cycle_id = open_cycle(core, company, name=f"Page {kinds}", policy_id=policy_id)
    app: Flask = create_app(core)
    app.testing = True
    dana = Visitor(app.test_client())
    dana.sign_in("dana@example.com")
    data = dana.get(f"/team/{cycle_id}/people/{company[name]}/data").get_data(as_text=True)
    why = dana.get(f"/team/{cycle_id}/{company['Dana Lead']}?open={company[name]}").get_data(as_text=True)
    return data, why


def test_a_manager_sees_no_leave_that_the_policy_does_not_count(
    core: Core, company: Company, imported: int
) -> None:
    data, why = _page(core, company, "Ada Example", "unpaid")
    assert "Leave that counts" not in data
    assert "arental" not in data
    assert "ick" not in data.replace("Nickname", "")
    assert "family status, sick leave, past raises." in why


def test_a_manager_sees_the_leave_that_counts_and_no_other(
    core: Core, company: Company, imported: int
) -> None:
    data, why = _page(core, company, "Ada Example", "sick")
    assert "Sick leave, 6 July 2026 to 10 July 2026" in data
    assert "arental" not in data
    assert "sick leave" not in why
    assert "family status, past raises." in why
