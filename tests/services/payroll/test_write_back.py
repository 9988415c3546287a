"""Approved raises leave once each, after checks, with a result per person; a paid skill is not paid again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.advisor.policy import skills
from plugin.advisor.policy.pay_policy import SkillPolicy
from plugin.errors import NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.cycle import life, snapshots
from plugin.services.decision import approving, deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.payroll import listing, send
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.decision import scope
from tests.small_company import Company, count, exported, fill, open_cycle, suite

SECOND_HR = Actor("second.hr@example.com", frozenset({"hr_admin"}))


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _approved(core: Core, company: Company, **choices: str) -> int:
    """A cycle in which everybody is approved; ``choices`` by first name of Dana's team."""
    cycle_id = open_cycle(core, company)
    teams = [
        ("Dana Lead", company.dana),
        ("Omar Lead", company.omar),
        ("Rosa Chief", company.chief),
    ]
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    for first, percent in {"Gia": "2.0", **choices}.items():
        name = next(n for n in company.people if n.startswith(first))
        row = worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).row(company[name])
        choice = Choice(percent=Decimal(percent), reason_code="equity", version=row.version)
        deciding.decide(core, company.hr, cycle_id, company[name], choice)
    for lead, actor in teams[1:]:
        handing_in.accept_rest(core, actor, cycle_id, company[lead])
    handing_in.accept_rest(core, company.hr, cycle_id, scope.NO_MANAGER)
    for lead, actor in teams:
        handing_in.submit(core, actor, cycle_id, company[lead])
    handing_in.submit(core, company.hr, cycle_id, scope.NO_MANAGER)
    with core.database.reading() as tx:
        from plugin.store.decision import decisions

        people = [d.person_id for d in decisions.of_cycle(tx, cycle_id, ("submitted",))]
    approving.approve(core, SECOND_HR, cycle_id, people)
    life.advance(core, company.hr, cycle_id, "review")
    life.advance(core, company.hr, cycle_id, "approved")
    return cycle_id


def _arrive(core: Core, company: Company, cycle_id: int, state: str = "done") -> dict[str, int]:
    """Every queued write ends in ``state``, and the results are read."""
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state=state))
    return send.collect(core, company.hr, cycle_id)


def _outbox(core: Core) -> list[dict[str, object]]:
    with core.database.reading() as tx:
        return [dict(row._mapping) for row in tx.execute(tables.outbox.select())]


def test_every_approved_raise_is_queued_once(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    lines = exported(core, company.hr, cycle_id)
    assert len(lines) == 22
    assert {line.state for line in lines} == {"queued"}
    assert len(_outbox(core)) == 22
    send.export(core, company.hr, cycle_id)
    assert len(_outbox(core)) == 22


def test_the_write_holds_full_time_pay_from_the_effective_day(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company, Ben="3.0")
    send.export(core, company.hr, cycle_id)
    ben = next(row for row in _outbox(core) if row["person_id"] == company["Ben Sample"])
    payload = ben["payload"]
    assert isinstance(payload, dict)
    assert payload["values"] == {"annual": "64375.00", "currency": "EUR", "effective_on": "2027-04-01"}
    assert payload["sink"] == "raises"


def test_a_raise_above_the_range_that_hr_did_not_approve_is_held_back(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    with core.database.transaction() as tx:
        tx.execute(
            tables.decision.update()
            .where(tables.decision.c.person_id == company["Dev Placeholder"])
            .values(percent=Decimal(15), amount=Decimal(10_050), reason_code="retention")
        )
    line = next(x for x in listing.lines(core, cycle_id) if x.person_id == company["Dev Placeholder"])
    assert "above the pay range maximum" in line.problem
    send.export(core, company.hr, cycle_id)
    assert company["Dev Placeholder"] not in {row["person_id"] for row in _outbox(core)}
    assert len(_outbox(core)) == 21
    with core.database.transaction() as tx:
        tx.execute(tables.decision.update().values(approved_by=company.hr.name))
    line = next(x for x in listing.lines(core, cycle_id) if x.person_id == company["Dev Placeholder"])
    assert line.problem == ""


@pytest.mark.parametrize(("percent", "is_held"), [("25.0", False), ("25.1", True)])
def test_a_raise_above_the_policys_maximum_is_held_however_it_came_there(
    core: Core,
    company: Company,
    percent: str,
    is_held: bool,
) -> None:
    """Stored before the limit held for everybody, or written into the table by somebody's script."""
    suite(core)
    cycle_id = _approved(core, company)
    ada = company["Ada Example"]
    with core.database.transaction() as tx:
        mine = tables.decision.c.person_id == ada
        tx.execute(
            tables.decision.update()
            .where(mine)
            .values(percent=Decimal(percent), approved_by="hana@example.com")
        )
    line = next(one for one in exported(core, company.hr, cycle_id) if one.person_id == ada)
    assert ("overall maximum" in line.problem) is is_held
    assert any(row["person_id"] == ada for row in _outbox(core)) is not is_held


def test_nothing_leaves_before_approval_or_without_asuite(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with pytest.raises(NotAllowed):
        send.export(core, company.hr, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.cycle.update().values(state="approved"))
    with pytest.raises(NotAllowed) as caught:
        send.export(core, company.hr, cycle_id)
    assert caught.value.code == "no_sink"


def test_a_raise_that_no_suite_takes_may_be_entered_by_hand(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    with core.database.transaction() as tx:
        declared = {
            "connector": "csv_folder",
            "name": "Files",
            "settings": {},
            "sinks": [],
            "state": "active",
        }
        at = {"hook_token": "other", "version": 1, "created_at": core.clock(), "updated_at": core.clock()}
        other = insert(tx, tables.connection, **declared, **at)
        mine = tables.person.update().where(tables.person.c.id == company["Ada Example"])
        tx.execute(mine.values(connection_id=other))
    line = next(x for x in listing.lines(core, cycle_id) if x.person_id == company["Ada Example"])
    assert line.problem == "the connection that this employee comes from does not write raises"
    assert line.remedy == "turn on Raises at that connection, or enter this raise in the HR suite by hand"


def test_results_come_back_per_person_and_end_the_cycle(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    assert send.collect(core, company.hr, cycle_id) == {"done": 0, "dead": 0, "queued": 22}
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
        tx.execute(
            tables.outbox.update()
            .where(tables.outbox.c.person_id == company["Ada Example"])
            .values(state="dead", message="no salary structure")
        )
    assert send.collect(core, company.hr, cycle_id) == {"done": 21, "dead": 1, "queued": 0}
    sheet = worksheet.load(core, company.dana, cycle_id)
    assert sheet.row(company["Ada Example"]).state == "failed"
    notes = {line.person_id: line.note for line in listing.lines(core, cycle_id)}
    assert notes.pop(company["Ada Example"]) == (
        "no salary structure; correct the cause and send it again, or enter this raise in the HR suite by hand"
    )
    assert set(notes.values()) == {""}
    with pytest.raises(NotAllowed):
        life.advance(core, company.hr, cycle_id, "exported")
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
    send.collect(core, company.hr, cycle_id)
    assert life.advance(core, company.hr, cycle_id, "exported").state == "exported"
    assert life.advance(core, company.hr, cycle_id, "closed").state == "closed"


def test_a_paid_badge_stands_in_the_ledger_and_brings_nothing_again(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    _arrive(core, company, cycle_id)
    assert count(core, tables.reward) == 4  # two of Ada, one of Ben, one of Finn
    with core.database.reading() as tx:
        built = snapshots.build(tx, core.clock().date(), "EUR", {})
    paid = {(entry.person_id, entry.skill) for entry in built.rewarded}
    assert (company["Ada Example"], "Kubernetes") in paid
    second = open_cycle(core, company, name="Second cycle", snapshot_on=core.clock().date())
    row = worksheet.load(core, company.dana, second).row(company["Finn Pattern"])
    assert row.recommended is not None
    first = worksheet.load(core, company.dana, cycle_id).row(company["Finn Pattern"]).recommended
    assert first is not None
    assert row.recommended.percent is not None
    assert first.percent is not None
    assert row.recommended.percent < first.percent


def _link(core: Core, entry_id: int, skill: str) -> None:
    """Links a skill of this name, made when it is new, to a badge class."""
    with core.database.transaction() as tx:
        known = tx.execute(sa.select(tables.skill.c.id).where(tables.skill.c.name == skill)).scalar()
        skill_id = known or insert(tx, tables.skill, name=skill, framework="company")
        insert(tx, tables.catalogue_skill, catalogue_entry_id=entry_id, skill_id=skill_id)


def _linux_badge(core: Core, person_id: int) -> None:
    """A trusted skill badge for Linux alone, earned on the first day after the snapshot."""
    url = "https://badges.example.org/linux"
    with core.database.transaction() as tx:
        made = {"issuer_id": "https://badges.example.org", "issuer_name": "Example Academy", "facts": {}}
        said = {"kind": "skill", "level": "advanced", "state": "decided"}
        entry = insert(tx, tables.catalogue_entry, badge_class_id=url, name="Linux", **made, **said)
        award = {"source_id": "linux", "issued_on": date(2026, 11, 21), "state": "active", "codes": []}
        judged = {"verdict": "valid", "trust": "trusted", "steps": []}
        insert(tx, tables.badge_award, person_id=person_id, catalogue_entry_id=entry, **award, **judged)
    _link(core, entry, "Linux")


def test_every_skill_of_a_paid_badge_is_paid_once(core: Core, company: Company) -> None:
    finn = company["Finn Pattern"]
    with core.database.reading() as tx:
        of_finn = tables.badge_award.c.person_id == finn
        entry = tx.execute(sa.select(tables.badge_award.c.catalogue_entry_id).where(of_finn)).scalar_one()
    _link(core, entry, "Linux")
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    _arrive(core, company, cycle_id)
    _linux_badge(core, finn)
    today = core.clock().date()
    with core.database.reading() as tx:
        built = snapshots.build(tx, today, "EUR", {})
    assert {entry.skill for entry in built.rewarded if entry.person_id == finn} == {"Kubernetes", "Linux"}
    of_him = [entry for entry in built.rewarded if entry.person_id == finn]
    found = skills.points(built.snapshot.row(finn), today, SkillPolicy(), of_him)
    assert found.points == 0
    assert {entry.code for entry in found.refused} == {"rewarded"}


def test_a_skill_stays_paid_when_it_is_taken_off_its_badge(core: Core, company: Company) -> None:
    finn = company["Finn Pattern"]
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    _arrive(core, company, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.catalogue_skill.delete())
        built = snapshots.build(tx, core.clock().date(), "EUR", {})
    assert {entry.skill for entry in built.rewarded if entry.person_id == finn} == {"Kubernetes"}


def test_a_refused_raise_pays_no_skill(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company, Finn="0")
    send.export(core, company.hr, cycle_id)
    _arrive(core, company, cycle_id)
    assert count(core, tables.reward) == 3


def test_a_skill_is_paid_once_when_its_raise_has_arrived_and_not_before(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    send.collect(core, company.hr, cycle_id)
    assert count(core, tables.reward) == 0  # queued: nothing has arrived
    assert _arrive(core, company, cycle_id, "dead")["dead"] == 22
    assert count(core, tables.reward) == 0
    _arrive(core, company, cycle_id)
    send.collect(core, company.hr, cycle_id)
    assert count(core, tables.reward) == 4


def test_a_raise_of_nothing_is_done_without_a_write_or_an_event(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company, Ben="0")
    lines = {line.name: line for line in exported(core, company.hr, cycle_id)}
    assert lines["Ben Sample"].state == "no_change"
    assert company["Ben Sample"] not in {row["person_id"] for row in _outbox(core)}
    ben = worksheet.load(core, company.dana, cycle_id).row(company["Ben Sample"])
    assert ben.state == "exported"
    again = {line.name: line.state for line in listing.lines(core, cycle_id)}
    assert again["Ben Sample"] == "no_change"
    _arrive(core, company, cycle_id)
    assert life.advance(core, company.hr, cycle_id, "exported").state == "exported"


def test_a_result_of_other_figures_is_not_taken_for_this_raise(core: Core, company: Company) -> None:
    suite(core)
    cycle_id = _approved(core, company)
    send.export(core, company.hr, cycle_id)
    ada = company["Ada Example"]
    with core.database.transaction() as tx:
        tx.execute(
            tables.decision.update().where(tables.decision.c.person_id == ada).values(amount=Decimal(1120))
        )
    assert _arrive(core, company, cycle_id) == {"done": 21, "dead": 0, "queued": 0}
    lines = {line.person_id: line for line in listing.lines(core, cycle_id)}
    assert lines[ada].state == "ready"
    send.export(core, company.hr, cycle_id)
    assert _arrive(core, company, cycle_id)["done"] == 1
