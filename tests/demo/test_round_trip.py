"""The main job end to end: from records of three systems to approved raises back in the HR suite, over real HTTP."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from plugin.demo import launch
from plugin.services.core import Actor
from plugin.services.cycle import life
from plugin.services.decision import approving, deciding, handing_in
from plugin.services.decision.deciding import Choice
from plugin.services.delivery import writes
from plugin.services.model import fairness_review
from plugin.services.payroll import listing, send
from plugin.services.payroll.checks import Line
from plugin.services.sources import connection_opening
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.store.decision import decisions, scope
from tests.small_company import exported

SIZE, SEED = 50, 3
HR = Actor("hr@example.com", frozenset({"hr_admin"}))
SECOND_HR = Actor("second.hr@example.com", frozenset({"hr_admin"}))


def decide_everybody(demo: launch.Demo) -> list[int]:
    """HR decides for all: the recommendation, or the policy's own figure where the advisor gives none."""
    core, cycle_id = demo.core, demo.cycle_id
    with core.database.reading() as tx:
        people = sorted(one.person_id for one in recommendations.all_current(tx, cycle_id))
    for person_id in people:
        with core.database.reading() as tx:
            case = deciding.read_case(tx, HR, cycle_id, person_id)
        if case.recommended.is_eligible:
            percent = (
                case.recommended.percent
                if case.recommended.percent is not None
                else case.recommended.recommendation.guideline.default
            )
            deciding.decide(core, HR, cycle_id, person_id, Choice(percent=percent, reason_code="equity"))
    with core.database.reading() as tx:
        managers = tx.execute(sa.select(tables.participant.c.manager_id).distinct()).scalars().all()
    leads = {manager for manager in managers if manager is not None} & set(people)
    for manager_id in (scope.NO_MANAGER, *sorted(leads)):
        handing_in.submit(core, HR, cycle_id, manager_id)
    with core.database.reading() as tx:
        return [one.person_id for one in decisions.of_cycle(tx, cycle_id, ("submitted",))]


def test_approved_raises_arrive_in_the_suite_once(demo: launch.Demo) -> None:
    core, cycle_id = demo.core, demo.cycle_id
    submitted = decide_everybody(demo)
    assert len(submitted) > 40
    approving.approve(core, SECOND_HR, cycle_id, submitted)
    life.advance(core, HR, cycle_id, "review")
    report_id = fairness_review.of_cycle(core, HR, cycle_id).report_id
    missing = fairness_review.history(core, cycle_id)[0].approvals_missing
    for person in (SECOND_HR, HR)[:missing]:
        fairness_review.approve(core, person, report_id, "Simulated people; the report was read.")
    life.advance(core, HR, cycle_id, "approved")
    lines = exported(core, HR, cycle_id)
    sent = [line for line in lines if line.state == "queued"]
    nothing = [line for line in lines if line.state == "no_change"]
    assert len(sent) > 35, [line.problem for line in lines]
    assert len(sent) + len(nothing) == len([line for line in lines if not line.problem])
    assert {line.percent for line in nothing} <= {Decimal(0)}
    while writes.perform_next(core, connection_opening.opened_writer):
        pass
    assert send.collect_due(core) == len(sent)
    assert send.collect_due(core) == 0
    told = listing.tally(core, cycle_id)
    assert (told.done, told.no_change, told.queued) == (len(sent), len(nothing), 0)
    assert_arrived(demo, sent)
    send.export(core, HR, cycle_id)
    assert not writes.perform_next(core, connection_opening.opened_writer)
    assert_arrived(demo, sent)


def assert_arrived(demo: launch.Demo, sent: list[Line]) -> None:
    """Base pay by month where it changes, and what is paid once beside it, each once; nothing for anybody else."""
    core, cycle_id = demo.core, demo.cycle_id
    day = life.get(core, cycle_id).effective_on.isoformat()
    base = demo.vendors.suite.held("Salary Structure Assignment", from_date=day)
    once = demo.vendors.suite.held("Additional Salary", payroll_date=day)
    assert {one["docstatus"] for one in base + once} == {1}
    with core.database.reading() as tx:
        people = tx.execute(sa.select(tables.person.c.id, tables.person.c.source_id))
        number = {row.id: row.source_id for row in people}
        decided = decisions.of_people(tx, cycle_id, [line.person_id for line in sent])
    paid = {number[line.person_id]: line.annual for line in sent if decided[line.person_id].amount}
    found = {str(one["employee"]): Decimal(str(one["base"])) for one in base}
    assert (set(found), len(base)) == (set(paid), len(paid))
    assert all(abs(found[who] * 12 - paid[who]) < Decimal("0.12") for who in paid)  # cents of a month's pay
    amounts = [(str(one["employee"]), Decimal(str(one["amount"]))) for one in once]
    assert sorted(amounts) == sorted((number[line.person_id], line.once) for line in sent if line.once)
