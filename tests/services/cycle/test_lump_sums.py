"""What is paid once because base pay is at its top: shown, counted, approved, sent or left to be paid by hand, never lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from plugin.connectors import load
from plugin.connectors.base import Writer
from plugin.domain import Json, Role
from plugin.errors import NotAllowed
from plugin.http_client import Limits
from plugin.manifest import manifest_of
from plugin.services.core import Actor, Core
from plugin.services.cycle import budgets, life
from plugin.services.decision import approving, deciding, handing_in, sheet, team_list, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.delivery import endpoint_setup, writes
from plugin.services.delivery.endpoint_setup import Wish
from plugin.services.payroll import listing, send
from plugin.store import tables
from plugin.store.decision import decisions, scope
from plugin.testing.driver import connected
from plugin.testing.faults import Fault, Kind
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve
from tests.small_company import Company, count, exported, fill, open_cycle, suite

SITE: dict[str, Json] = {"api_key": "key", "api_secret": "secret", "company": "Example Works"}
SECOND_HR = Actor("second.hr@example.com", frozenset({"hr_admin"}))
D = Decimal


@pytest.fixture
def company(core: Core) -> Company:
    """Dev is paid 73,500, 0.6 points below the top of 74,000; Finn 91,999 of 92,000, no room for a tenth of a point."""
    made = fill(core)
    with core.database.transaction() as tx:
        for name, since, pay in (
            ("Dev Placeholder", date(2026, 4, 1), 73_500),
            ("Finn Pattern", date(2024, 4, 1), 91_999),
        ):
            newest = (tables.pay.c.person_id == made[name]) & (tables.pay.c.effective_on == since)
            tx.execute(tables.pay.update().where(newest).values(annual=D(pay)))
    return made


@pytest.fixture
def cycle_id(core: Core, company: Company) -> int:
    return open_cycle(core, company)


def _row(core: Core, company: Company, cycle_id: int, name: str) -> sheet.Row:
    return worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).row(company[name])


def _approved(core: Core, company: Company, cycle_id: int) -> None:
    for lead, actor in (
        ("Dana Lead", company.dana),
        ("Omar Lead", company.omar),
        ("Rosa Chief", company.chief),
    ):
        handing_in.accept_rest(core, actor, cycle_id, company[lead])
        if lead == "Dana Lead":
            deciding.decide(core, actor, cycle_id, company["Gia Mockup"], Choice(percent=D("2.0")))
        handing_in.submit(core, actor, cycle_id, company[lead])
    handing_in.accept_rest(core, company.hr, cycle_id, scope.NO_MANAGER)
    handing_in.submit(core, company.hr, cycle_id, scope.NO_MANAGER)
    with core.database.reading() as tx:
        people = [one.person_id for one in decisions.of_cycle(tx, cycle_id, ("submitted",))]
    approving.approve(core, SECOND_HR, cycle_id, people)
    life.advance(core, company.hr, cycle_id, "review")
    life.advance(core, company.hr, cycle_id, "approved")


def _writes(core: Core, who: int) -> list[dict[str, object]]:
    with core.database.reading() as tx:
        rows = tx.execute(
            tables.outbox.select().where(tables.outbox.c.person_id == who).order_by(tables.outbox.c.id)
        )
        return [row.payload["values"] for row in rows if row.kind == "write"]


def _arrive(core: Core, company: Company, cycle_id: int) -> dict[str, int]:
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
    return send.collect(core, company.hr, cycle_id)


def test_an_accepted_suggestion_holds_its_lump_sum(core: Core, company: Company, cycle_id: int) -> None:
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    row = _row(core, company, cycle_id, "Dev Placeholder")
    assert row.recommended is not None
    made = row.recommended.recommendation
    assert (made.percent, made.lump_points) == (D("0.6"), D("1.9"))
    assert row.paid_once == made.lump_sum
    assert made.lump_sum.amount == D(1397)  # 1.9 % of 73,500, with the steps' rounding


def test_a_budget_pays_for_lump_sums_and_says_the_same_everywhere(
    core: Core, company: Company, cycle_id: int
) -> None:
    empty = worksheet.load(core, company.chief, cycle_id, company["Dana Lead"]).budget
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    sheet = worksheet.load(core, company.chief, cycle_id, company["Dana Lead"])
    both = [
        row.raised_by.amount + (row.paid_once.amount if row.paid_once else 0)
        for row in sheet.rows
        if row.raised_by
    ]
    assert sum(row.paid_once is not None for row in sheet.rows) == 2
    assert sheet.budget.used.amount == sum(both)
    assert empty.recommended == sheet.budget.recommended
    gia = _row(core, company, cycle_id, "Gia Mockup").recommended
    assert gia is not None
    assert (
        sheet.budget.recommended.amount == sum(both) + gia.planned.amount
    )  # all but her are decided as recommended
    listed = team_list.teams_below(core, company.chief, cycle_id)
    mine = next(team for team in listed.teams if team.manager_id == company["Dana Lead"])
    assert mine.budget == sheet.budget
    pool = budgets.state(core, cycle_id).lines[0]
    assert pool.used == sheet.budget.used


def test_lump_sums_are_counted_and_collected_on_both_databases(any_core: Core) -> None:
    company = fill(any_core)
    with any_core.database.transaction() as tx:
        dev = tables.pay.update().where(tables.pay.c.person_id == company["Dev Placeholder"])
        tx.execute(dev.values(annual=D(73_500)))
    cycle_id = open_cycle(any_core, company)
    suite(any_core, lump_sum_component="Bonus")
    _approved(any_core, company, cycle_id)
    sheet = worksheet.load(any_core, company.chief, cycle_id, company["Dana Lead"])
    listed = team_list.teams_below(any_core, company.chief, cycle_id).teams
    assert {team.manager_id: team.budget for team in listed}[company["Dana Lead"]] == sheet.budget
    with any_core.database.reading() as tx:
        assert decisions.merit_points(tx, cycle_id)[company["Dev Placeholder"]] > D("2.4")
    send.export(any_core, company.hr, cycle_id)
    assert _arrive(any_core, company, cycle_id)["done"] == 22


def test_merit_that_is_measured_counts_lump_sums(core: Core, company: Company, cycle_id: int) -> None:
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    with core.database.reading() as tx:
        points = decisions.merit_points(tx, cycle_id)[company["Dev Placeholder"]]
    assert abs(points - D("2.5")) < D("0.01")


def test_a_lump_sum_is_sent_beside_the_raise_once_each(core: Core, company: Company, cycle_id: int) -> None:
    suite(core, lump_sum_component="Bonus")
    _approved(core, company, cycle_id)
    lines = {line.name: line for line in exported(core, company.hr, cycle_id)}
    send.export(core, company.hr, cycle_id)
    dev, day = lines["Dev Placeholder"], "2027-04-01"
    assert (dev.once, dev.by_hand, dev.state) == (D("1397.00"), "", "queued")
    assert _writes(core, company["Dev Placeholder"]) == [
        {"annual": "73941.00", "currency": "EUR", "effective_on": day},
        {"lump_sum": "1397.00", "currency": "EUR", "effective_on": day},
    ]
    finn = _writes(core, company["Finn Pattern"])
    assert [set(values) for values in finn] == [{"lump_sum", "currency", "effective_on"}]  # base pay stays
    assert _arrive(core, company, cycle_id) == {"done": 22, "dead": 0, "queued": 0}
    assert life.advance(core, company.hr, cycle_id, "exported").state == "exported"
    assert {line.by_hand for line in listing.lines(core, cycle_id)} == {""}


def test_a_lump_sum_that_is_not_written_keeps_the_raise_from_being_done(
    core: Core, company: Company, cycle_id: int
) -> None:
    suite(core, lump_sum_component="Bonus")
    _approved(core, company, cycle_id)
    send.export(core, company.hr, cycle_id)
    once = tables.outbox.c.subject.like("%/once")
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
        tx.execute(tables.outbox.update().where(once).values(state="dead"))
    assert send.collect(core, company.hr, cycle_id) == {"done": 20, "dead": 2, "queued": 0}
    assert _row(core, company, cycle_id, "Dev Placeholder").state == "failed"
    assert count(core, tables.reward) == 3  # Finn's badge is paid with the lump sum that did not arrive
    assert _arrive(core, company, cycle_id)["done"] == 2
    assert count(core, tables.reward) == 4


def test_without_a_component_each_lump_sum_is_told_to_be_paid_by_hand(
    core: Core, company: Company, cycle_id: int
) -> None:
    suite(core)
    _approved(core, company, cycle_id)
    before = {line.name: line for line in listing.lines(core, cycle_id)}
    assert "pay it by hand" in before["Dev Placeholder"].by_hand
    assert before["Ada Example"].by_hand == ""
    send.export(core, company.hr, cycle_id)
    assert [set(values) for values in _writes(core, company["Dev Placeholder"])] == [
        {"annual", "currency", "effective_on"}
    ]
    assert (
        _row(core, company, cycle_id, "Finn Pattern").state == "exported"
    )  # base pay stays: nothing to write
    _arrive(core, company, cycle_id)
    after = {line.name: line for line in listing.lines(core, cycle_id)}
    assert (after["Dev Placeholder"].state, after["Dev Placeholder"].once) == ("done", D("1397.00"))
    assert "pay it by hand" in after["Dev Placeholder"].by_hand
    assert (after["Finn Pattern"].state, bool(after["Finn Pattern"].by_hand)) == ("no_change", True)


def test_raise_and_lump_sum_arrive_in_the_suite_once_each(
    core: Core, company: Company, cycle_id: int
) -> None:
    """Through the worker and the connector to a fake site over HTTP, with the answer of a write lost on the way."""
    fake = FakeFrappeHr(**SITE, clock=core.clock)  # type: ignore[arg-type]
    fake.insert("Salary Component", {"salary_component": "Bonus", "type": "Earning"})
    for number, name in enumerate(company.people, start=1):
        fake.assignment(fake.employee(name, employee=f"P-{number:03}"), "2020-01-01", 4_000.0)
    suite(core, lump_sum_component="Bonus")
    _approved(core, company, cycle_id)
    send.export(core, company.hr, cycle_id)
    with serve(fake.app, faults=fake.faults) as site:
        given = {
            **SITE,
            "lump_sum_component": "Bonus",
            "base_url": site.base_url,
            "networks": ["127.0.0.0/8"],
        }
        hr, limits = load("frappe_hr"), Limits(total_seconds=1.0, gap_seconds=0.5, attempts=2)
        with connected(hr, manifest_of("frappe_hr"), given, clock=core.clock, limits=limits) as ctx:
            fake.faults.plan(Fault(Kind.COMMIT_THEN_HANG, seconds=1.5), method="POST", after=3)
            for _ in range(60):
                if not writes.perform_next(core, lambda _core, _id: (cast("Writer", hr), ctx)):
                    core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    assert fake.faults.met == 1
    assert send.collect(core, company.hr, cycle_id) == {"done": 22, "dead": 0, "queued": 0}
    assert (
        len(fake.held("Salary Structure Assignment", from_date="2027-04-01", docstatus=1)) == 21
    )  # Finn's pay stays
    paid = {one["employee"]: one["amount"] for one in fake.held("Additional Salary", docstatus=1)}
    dev, finn = (
        f"P-{list(company.people).index(name) + 1:03}" for name in ("Dev Placeholder", "Finn Pattern")
    )
    assert set(paid) == {dev, finn}
    assert paid[dev] == 1397.0
    assert len(fake.held("Additional Salary")) == 2


def test_the_webhook_says_what_is_paid_once(core: Core, company: Company, cycle_id: int) -> None:
    suite(core, lump_sum_component="Bonus")
    endpoint_setup.add(core, company.hr, Wish("Hook", "https://hooks.example.com/x", ("raise.approved",)))
    _approved(core, company, cycle_id)
    send.export(core, company.hr, cycle_id)
    with core.database.reading() as tx:
        told = {
            row.person_id: row.payload["data"]
            for row in tx.execute(tables.outbox.select().where(tables.outbox.c.kind == "webhook"))
        }
    assert told[company["Dev Placeholder"]]["lump_sum"] == "1397.00"
    assert told[company["Ada Example"]]["lump_sum"] == "0.00"
    assert len(told) == 22


# --- the top of the range -------------------------------------------------------------------------------------------


def test_only_hr_approves_base_pay_above_its_range_and_the_list_of_teams_counts_it(
    core: Core, company: Company, cycle_id: int
) -> None:
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    deciding.decide(core, company.dana, cycle_id, company["Gia Mockup"], Choice(percent=D("2.0")))
    dev = _row(core, company, cycle_id, "Dev Placeholder")
    choice = Choice(percent=D("1.0"), reason_code="retention", version=dev.version)  # 235 above the top
    deciding.decide(core, company.dana, cycle_id, company["Dev Placeholder"], choice)
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    row = _row(core, company, cycle_id, "Dev Placeholder")
    assert row.recommended is not None
    assert row.decision is not None
    assert row.needs_hr
    listed = team_list.teams_below(core, company.chief, cycle_id).teams
    assert {team.manager_id: team.for_hr for team in listed}[company["Dana Lead"]] == 1
    with pytest.raises(NotAllowed) as caught:
        approving.approve(core, company.chief, cycle_id, [company["Dev Placeholder"]])
    assert "above the range maximum" in str(caught.value)
    assert approving.approve(core, SECOND_HR, cycle_id, [company["Dev Placeholder"]]) == 1


@pytest.mark.parametrize(
    ("percent", "role"), [("0.68", Role.MANAGER), ("0.69", Role.HR_ADMIN), ("0.6", Role.MANAGER)]
)
def test_the_top_of_the_range_is_met_to_two_decimals_in_both_places(
    core: Core, company: Company, cycle_id: int, percent: str, role: Role
) -> None:
    """0.68 % of 73,500 is 499.80 of the 500 that are left."""
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    deciding.decide(core, company.dana, cycle_id, company["Gia Mockup"], Choice(percent=D("2.0")))
    dev = _row(core, company, cycle_id, "Dev Placeholder")
    choice = Choice(percent=D(percent), reason_code="performance", version=dev.version)
    deciding.decide(core, company.dana, cycle_id, company["Dev Placeholder"], choice)
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    row = _row(core, company, cycle_id, "Dev Placeholder")
    assert row.needs_hr == (role == Role.HR_ADMIN)
    listed = team_list.teams_below(core, company.chief, cycle_id).teams
    assert {team.manager_id: team.for_hr for team in listed}[company["Dana Lead"]] == int(
        role == Role.HR_ADMIN
    )
