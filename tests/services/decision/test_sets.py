"""What is done to many rows at once is the same as one by one: values, versions, the audit chain, and all or nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from benchmarks.metering import statements
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.services.core import Core
from plugin.services.decision import approving, deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.store import tables
from plugin.store.decision import decisions
from plugin.store.operation import audits
from tests.growth import more_reports
from tests.small_company import Company, fill, open_cycle

D = Decimal


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


def _decide_the_rest(core: Core, company: Company, cycle_id: int) -> None:
    """Those for whom there is no figure to accept."""
    for row in worksheet.load(core, company.dana, cycle_id).rows:
        if row.is_editable and row.percent is None and row.recommended:
            choice = Choice(percent=row.recommended.recommendation.planned, version=row.version)
            deciding.decide(core, company.dana, cycle_id, row.person_id, choice)


def test_a_team_is_accepted_submitted_recalled_and_approved_in_a_fixed_number_of_statements(
    any_core: Core, company: Company
) -> None:
    with any_core.database.transaction() as tx:
        more_reports(tx, company, "Dana Lead", 3)
    cycle_id, manager = open_cycle(any_core, company), company["Dana Lead"]
    asked = {}
    with statements(any_core.database) as asked["accept"]:
        taken = handing_in.accept_rest(any_core, company.dana, cycle_id, manager)
    _decide_the_rest(any_core, company, cycle_id)
    with statements(any_core.database) as asked["submit"]:
        handing_in.submit(any_core, company.dana, cycle_id, manager)
    with statements(any_core.database) as asked["recall"]:
        handing_in.recall(any_core, company.dana, cycle_id, manager)
    handing_in.submit(any_core, company.dana, cycle_id, manager)
    people = [row.person_id for row in worksheet.load(any_core, company.dana, cycle_id).rows if row.decision]
    with statements(any_core.database) as asked["approve"]:
        approving.approve(any_core, company.chief, cycle_id, people)
    assert len(people) >= taken.done > 10
    assert {name: cost.statements for name, cost in asked.items() if cost.statements > 12} == {}
    with any_core.database.reading() as tx:
        assert audits.first_break(tx) is None


def test_accepting_the_rest_stores_what_deciding_one_by_one_stores(any_core: Core, company: Company) -> None:
    first, second = open_cycle(any_core, company), open_cycle(any_core, company, name="Second")
    handing_in.accept_rest(any_core, company.dana, first, company["Dana Lead"])
    for row in worksheet.load(any_core, company.dana, second).rows:
        if row.is_editable and row.recommended and row.recommended.percent is not None:
            choice = Choice(percent=row.recommended.percent)
            deciding.decide(any_core, company.dana, second, row.person_id, choice)
    with any_core.database.reading() as tx:
        assert decisions.of_cycle(tx, first) == decisions.of_cycle(tx, second)
        query = sa.select(tables.audit.c.detail).where(tables.audit.c.action == "decision.save")
        entries = tx.execute(query.order_by(tables.audit.c.seq)).scalars().all()
        half = len(entries) // 2
        assert entries[:half] == entries[half:]
        assert half > 4


def test_rows_of_an_old_version_stop_all(any_core: Core, company: Company) -> None:
    cycle_id, ada, ben = open_cycle(any_core, company), company["Ada Example"], company["Ben Sample"]
    for who in (ada, ben):
        deciding.decide(any_core, company.dana, cycle_id, who, Choice(percent=D(4)))
    for old in ({ada: 1, ben: 2}, {ada: 1, ben: 0}):
        values = {**deciding.UNDECIDED, "note": "changed", "decided_at": any_core.clock()}
        rows = {who: (version, values) for who, version in old.items()}
        with pytest.raises(Conflict), any_core.database.transaction() as tx:
            decisions.save_many(tx, cycle_id, rows)
    with any_core.database.transaction() as tx:
        found = decisions.of_people(tx, cycle_id, [ada, ben])
        assert [found[who].note for who in (ada, ben)] == [None, None]
        decisions.save_many(tx, cycle_id, {who: (1, {"note": f"of {who}"}) for who in (ada, ben)})
        found = decisions.of_people(tx, cycle_id, [ada, ben])
        assert [(found[who].note, found[who].version) for who in (ada, ben)] == [
            (f"of {ada}", 2),
            (f"of {ben}", 2),
        ]


def test_one_who_may_not_be_approved_stops_the_approval_of_all(any_core: Core, company: Company) -> None:
    cycle_id, manager = open_cycle(any_core, company), company["Dana Lead"]
    handing_in.accept_rest(any_core, company.dana, cycle_id, manager)
    _decide_the_rest(any_core, company, cycle_id)
    handing_in.submit(any_core, company.dana, cycle_id, manager)
    ada, stranger = company["Ada Example"], company["Rosa Chief"]
    with pytest.raises(NotFound):
        approving.approve(any_core, company.chief, cycle_id, [ada, stranger])
    with pytest.raises(NotAllowed, match="a raise you decided"):
        approving.approve(any_core, company.chief, cycle_id, [ada, company["Omar Lead"]])
    assert worksheet.load(any_core, company.dana, cycle_id).row(ada).state == "submitted"


@pytest.mark.parametrize("reveal", ["together", "on_request", "after_own"])
def test_what_is_said_of_a_team_is_what_its_rows_add_up_to(any_core: Core, reveal: str) -> None:
    company = fill(any_core)
    cycle_id = open_cycle(any_core, company, reveal=reveal)
    dana, ada = company.dana, company["Ada Example"]
    worksheet.open_detail(any_core, dana, cycle_id, company["Ben Sample"])
    if reveal == "after_own":
        deciding.estimate(any_core, dana, cycle_id, ada, D(3))
        deciding.estimate(any_core, dana, cycle_id, company["Eve Specimen"], D(3))
    version = 1 if reveal == "after_own" else 0
    deciding.decide(any_core, dana, cycle_id, ada, Choice(percent=D("3.0"), version=version))
    for actor, manager in ((dana, "Dana Lead"), (company.chief, "Omar Lead"), (company.hr, "Rosa Chief")):
        sheet = worksheet.load(any_core, actor, cycle_id, company[manager])
        eligible = [row for row in sheet.rows if row.recommended and row.recommended.is_eligible]
        decided = [row for row in eligible if row.percent is not None]
        counts = sheet.counts
        assert (counts.total, counts.total + counts.not_eligible) == (len(eligible), len(sheet.rows))
        assert (counts.decided, counts.todo) == (len(decided), len(eligible) - len(decided))
        assert counts.reasons == sum(row.status in ("reason", "note") for row in eligible)
        assert counts.outside == sum(row.status in ("reason", "note", "explained") for row in eligible)
        assert counts.unchanged == sum(worksheet.is_unchanged(row) for row in decided)
        assert sheet.hidden == sum(not row.is_revealed for row in eligible)
        assert sheet.is_editable == any(row.is_editable for row in sheet.rows)
        assert sheet.budget.used.amount == sum(
            (row.decision.budget_cost for row in decided if row.decision), D(0)
        )
        assert sheet.budget.payroll.amount == sum(
            (r.recommended.row.paid.amount for r in eligible if r.recommended), D(0)
        )
        tops = [r.recommended.recommendation.high for r in eligible if r.recommended]
        assert sheet.top == max([*tops, *(row.percent or D(0) for row in eligible)])
