"""An approved raise of who leaves before it takes effect waits for HR, before it is queued and after."""

from __future__ import annotations

from datetime import date

import pytest

from plugin.domain import HeldRule, OutboxKind, OutboxState
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import life
from plugin.services.delivery import backlog
from plugin.services.payroll import listing
from plugin.services.payroll.checks import Line
from plugin.services.people import plausibility, plausibility_words
from plugin.store import tables
from plugin.store.delivery import outbox
from tests.services.payroll.test_write_back import _approved
from tests.small_company import Company, exported, fill, suite

ADA, EFFECTIVE = "Ada Example", date(2027, 4, 1)


@pytest.fixture
def company(any_core: Core) -> Company:
    return fill(any_core)


def _leaves(core: Core, company: Company, day: date | None) -> None:
    """As the next run of the connection says it."""
    with core.database.transaction() as tx:
        who = tables.person.c.id == company[ADA]
        tx.execute(tables.person.update().where(who).values(left_on=day))
    plausibility.judge_in_parts(core, [company[ADA]])


def _line(core: Core, company: Company, cycle_id: int) -> Line:
    return next(one for one in listing.lines(core, cycle_id) if one.person_id == company[ADA])


def _held(core: Core) -> list[tuple[str, HeldRule]]:
    return [(one.name, one.rule) for one in plausibility.page(core)]


def _release(core: Core) -> None:
    plausibility.release(core, SYSTEM, [one.id for one in plausibility.page(core)], "Agreed in the contract")


@pytest.mark.parametrize(
    ("day", "is_held"),
    [
        (date(2027, 2, 28), True),
        (EFFECTIVE, True),
        (date(2027, 4, 2), False),
        (None, False),
    ],
)
def test_who_is_gone_on_the_day_of_the_raise_is_held_back(
    any_core: Core, company: Company, day: date | None, is_held: bool
) -> None:
    suite(any_core)
    cycle_id = _approved(any_core, company)
    _leaves(any_core, company, day)
    line = _line(any_core, company, cycle_id)
    assert ("Leaves before the raise takes effect" in line.problem) is is_held
    assert _held(any_core) == ([(ADA, HeldRule.LEAVES_BEFORE)] if is_held else [])
    sent = {one.person_id: one for one in exported(any_core, company.hr, cycle_id)}
    assert bool(sent[company[ADA]].problem) is is_held
    queued = {one.person_id for one in backlog.page(any_core, kind=OutboxKind.WRITE, limit=100)}
    assert (company[ADA] in queued) is not is_held
    assert len(queued) == 21 + (not is_held)


def test_a_released_raise_is_sent_with_its_reason_in_the_audit_trail(
    any_core: Core, company: Company
) -> None:
    suite(any_core)
    cycle_id = _approved(any_core, company)
    _leaves(any_core, company, date(2027, 3, 31))
    (fact,) = plausibility.page(any_core)
    assert (
        plausibility_words.why(fact)
        == "The last day is 31 March 2027; the raise takes effect on 1 April 2027."
    )
    _release(any_core)
    assert _line(any_core, company, cycle_id).problem == ""
    sent = {one.person_id: one.state for one in exported(any_core, company.hr, cycle_id)}
    assert sent[company[ADA]] == "queued"
    plausibility.judge_in_parts(any_core)
    assert _held(any_core) == []
    _leaves(any_core, company, date(2027, 2, 28))  # another day is another question
    assert _held(any_core) == [(ADA, HeldRule.LEAVES_BEFORE)]


def test_notice_that_was_known_before_the_cycle_was_approved_is_held_from_then_on(
    any_core: Core, company: Company
) -> None:
    suite(any_core)
    _leaves(any_core, company, date(2027, 3, 31))
    assert _held(any_core) == []
    cycle_id = _approved(any_core, company)
    assert _held(any_core) == [(ADA, HeldRule.LEAVES_BEFORE)]
    life.advance(any_core, company.hr, cycle_id, "review")
    plausibility.judge_in_parts(any_core)
    assert _held(any_core) == []  # HR decides in the cycle


def test_notice_after_a_raise_was_queued_stops_the_raise_and_nothing_else(
    any_core: Core, company: Company
) -> None:
    suite(any_core)
    cycle_id = _approved(any_core, company)
    exported(any_core, company.hr, cycle_id)
    _leaves(any_core, company, date(2027, 3, 31))
    assert backlog.summary(any_core, OutboxKind.WRITE).for_release == 1
    assert "held" in _line(any_core, company, cycle_id).problem
    with any_core.database.transaction() as tx:
        other = tables.outbox.c.person_id != company[ADA]
        tx.execute(tables.outbox.update().where(other).values(state=OutboxState.DONE))
        assert outbox.claim(tx, any_core.clock(), OutboxKind.WRITE) == []
        training = tables.outbox.update().where(tables.outbox.c.person_id == company[ADA])
        tx.execute(training.values(event_type="training.write"))
        assert len(outbox.claim(tx, any_core.clock(), OutboxKind.WRITE)) == 1


def test_a_leaver_without_a_raise_is_nothing_to_hold(any_core: Core, company: Company) -> None:
    suite(any_core)
    _approved(any_core, company, Ada="0.0")
    _leaves(any_core, company, date(2027, 3, 31))
    assert _held(any_core) == []
