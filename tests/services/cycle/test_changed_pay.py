"""Pay, hours or currency that change after the recommendations: no raise leaves on old figures, and decisions follow refreshed data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.domain import Money
from plugin.errors import NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, life, settling
from plugin.services.decision import approving, deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.payroll import listing, raise_lines, send
from plugin.services.payroll.checks import Line
from plugin.store import tables
from plugin.store.cycle.changes import CycleChange
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import insert
from plugin.store.decision import decisions, scope
from plugin.store.decision.decisions import Decision
from tests.small_company import Company, exported, fill, open_cycle, suite

SECOND_HR = Actor("second.hr@example.com", frozenset({"hr_admin"}))
D = Decimal


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _approved(core: Core, company: Company, cycle_id: int, **choices: str) -> None:
    """Everybody as recommended, approved; ``choices`` by first name of Dana's team."""
    leads = [("Dana Lead", company.dana), ("Omar Lead", company.omar), ("Rosa Chief", company.chief)]
    for lead, actor in leads:
        handing_in.accept_rest(core, actor, cycle_id, company[lead])
    handing_in.accept_rest(core, company.hr, cycle_id, scope.NO_MANAGER)
    for row in worksheet.load(core, company.hr, cycle_id, company["Dana Lead"]).rows:
        typed = choices.get(row.name.split()[0], "2.0" if row.percent is None else "")
        if typed and row.is_editable:
            choice = Choice(percent=D(typed), reason_code="equity", version=row.version)
            deciding.decide(core, company.hr, cycle_id, row.person_id, choice)
    for lead, actor in leads:
        handing_in.submit(core, actor, cycle_id, company[lead])
    handing_in.submit(core, company.hr, cycle_id, scope.NO_MANAGER)
    with core.database.reading() as tx:
        people = [one.person_id for one in decisions.of_cycle(tx, cycle_id, ("submitted",))]
    approving.approve(core, SECOND_HR, cycle_id, people)


def _closed(core: Core, company: Company, cycle_id: int) -> None:
    life.advance(core, company.hr, cycle_id, "review")
    life.advance(core, company.hr, cycle_id, "approved")


def _pay(core: Core, who: int, amount: str, on: date = date(2026, 11, 21), currency: str = "EUR") -> None:
    with core.database.transaction() as tx:
        insert(tx, tables.pay, person_id=who, effective_on=on, annual=D(amount), currency=currency)


def _hours(core: Core, who: int, fte: str) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.person.update().where(tables.person.c.id == who).values(fte=D(fte)))


def _line(core: Core, cycle_id: int, who: int) -> Line:
    return next(line for line in listing.lines(core, cycle_id) if line.person_id == who)


def _settle(core: Core, company: Company, cycle_id: int, who: int, choice: str = "refresh") -> None:
    """Every change of a person."""
    change_desk.find_changes(core, company.hr, cycle_id)

    def mine() -> list[CycleChange]:
        return [one for one in change_desk.open_changes(core, cycle_id) if one.person_id == who]

    assert mine()
    while waiting := mine():
        settling.settle_change(core, company.hr, cycle_id, waiting[0].id, choice)


def _decision(core: Core, cycle_id: int, who: int) -> Decision:
    with core.database.reading() as tx:
        return decisions.of_people(tx, cycle_id, [who])[who]


# --- before anything leaves -----------------------------------------------------------------------------------------


def test_a_raise_that_would_lower_pay_is_held_back_with_what_to_do(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id, Ada="5.0")
    _closed(core, company, cycle_id)
    assert _line(core, cycle_id, ada).problem == ""
    _pay(core, ada, "66000")  # the raise would bring 58,800
    line = _line(core, cycle_id, ada)
    assert line.problem == "the raise would lower pay, which is now €66,000"
    assert "refresh this employee" in line.remedy
    suite(core)
    sent = {one.person_id: one.state for one in exported(core, company.hr, cycle_id)}
    assert sent[ada] == "ready"
    assert list(sent.values()).count("queued") == 21


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("pay", "pay is now €57,000 instead of €56,000"),
        ("hours", "FTE is now 50% instead of 100%"),
        ("currency", "pay is now in USD instead of EUR"),
        ("later", "different pay is on file for the effective date of the raise: €58,000"),
        ("gone", "this employee has left the company"),
    ],
)
def test_what_is_not_as_it_was_advised_on_is_held_back(
    core: Core, company: Company, change: str, said: str
) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id, Ada="5.0")
    _closed(core, company, cycle_id)
    if change == "pay":
        _pay(core, ada, "57000")
    elif change == "hours":
        _hours(core, ada, "0.5")
    elif change == "currency":
        _pay(core, ada, "56000", currency="USD")
    elif change == "later":
        _pay(core, ada, "58000", date(2027, 2, 1))
    else:
        with core.database.transaction() as tx:
            tx.execute(
                tables.person.update().where(tables.person.c.id == ada).values(left_on=date(2026, 11, 1))
            )
    line = _line(core, cycle_id, ada)
    assert line.problem == said
    assert line.remedy


def test_the_raise_itself_coming_back_from_the_suite_holds_nothing_back(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id, Ada="5.0")
    _closed(core, company, cycle_id)
    _pay(core, ada, "58799.98", date(2027, 4, 1))  # twelve months of a rounded month
    assert _line(core, cycle_id, ada).problem == ""


def test_what_hr_kept_on_the_desk_is_sent_unless_it_lowers_pay(core: Core, company: Company) -> None:
    cycle_id, ada, ben = open_cycle(core, company), company["Ada Example"], company["Ben Sample"]
    _approved(core, company, cycle_id, Ada="5.0", Ben="2.9")
    _pay(core, ada, "57000")
    _pay(core, ben, "70000")
    _settle(core, company, cycle_id, ada, "keep")
    _settle(core, company, cycle_id, ben, "keep")
    _closed(core, company, cycle_id)
    assert _line(core, cycle_id, ada).problem == ""
    assert _line(core, cycle_id, ada).annual == D("58800.00")
    assert "the raise would lower pay" in _line(core, cycle_id, ben).problem
    _pay(core, ada, "57500", date(2026, 11, 22))
    core.clock.advance(days=2)  # type: ignore[attr-defined]
    assert (
        "pay is now €57,500" in _line(core, cycle_id, ada).problem
    )  # another change than the one that was kept


def test_a_cycle_is_not_approved_while_changes_wait_for_a_choice(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id)
    life.advance(core, company.hr, cycle_id, "review")
    _hours(core, ada, "0.5")
    change_desk.find_changes(core, company.hr, cycle_id)
    with pytest.raises(NotAllowed) as caught:
        life.advance(core, company.hr, cycle_id, "approved")
    assert "1 change since the snapshot" in str(caught.value)
    _settle(core, company, cycle_id, ada, "keep")
    assert life.advance(core, company.hr, cycle_id, "approved").state == "approved"


def test_a_cycle_that_was_sent_in_part_can_go_back_and_be_approved_again(
    core: Core, company: Company
) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    suite(core)
    _approved(core, company, cycle_id, Ada="5.0")
    _closed(core, company, cycle_id)
    _hours(core, ada, "0.5")
    send.export(core, company.hr, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
    assert send.collect(core, company.hr, cycle_id)["done"] == 21
    life.advance(core, company.hr, cycle_id, "review")
    _settle(core, company, cycle_id, ada)
    handing_in.submit(core, company.hr, cycle_id, company["Dana Lead"])
    approving.approve(core, SECOND_HR, cycle_id, [ada])
    life.advance(core, company.hr, cycle_id, "approved")
    assert _line(core, cycle_id, ada).problem == ""
    assert _line(core, cycle_id, ada).annual == D("58800.00")


# --- refreshed under a decision -------------------------------------------------------------------------------------


def test_fewer_hours_after_approval_send_the_decision_back_with_its_money_anew(
    core: Core, company: Company
) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id, Ada="5.0")
    _hours(core, ada, "0.5")
    _settle(core, company, cycle_id, ada)
    found = _decision(core, cycle_id, ada)
    assert (found.state, found.percent, found.amount) == ("sent_back", D(5), D(1400))
    assert (found.approved_by, found.approved_at) == (None, None)
    assert found.approver_note is not None
    assert "FTE: 100% to 50%" in found.approver_note
    assert "5.0% is now €1,400 per year instead of €2,800." in found.approver_note
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    approving.approve(core, SECOND_HR, cycle_id, [ada])
    _closed(core, company, cycle_id)
    assert _line(core, cycle_id, ada).annual == D("58800.00")  # 5 % of full-time pay, not 10


def test_a_decided_raise_stays_decided_with_new_money_and_the_manager_sees_why(
    core: Core, company: Company
) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    first = deciding.decide(core, company.dana, cycle_id, ada, Choice(percent=D("5.0")))
    _pay(core, ada, "60000")
    _settle(core, company, cycle_id, ada)
    found = _decision(core, cycle_id, ada)
    assert (found.state, found.amount, found.decided_by) == ("decided", D(3000), first.decided_by)
    assert found.version > first.version
    assert "full-time-equivalent pay: €56,000 to €60,000" in (found.approver_note or "")
    again = deciding.decide(
        core, company.dana, cycle_id, ada, Choice(percent=D("4.9"), version=found.version)
    )
    assert again.approver_note is None


def test_undo_after_a_refresh_brings_back_the_percent_of_the_new_pay(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    first = deciding.decide(core, company.dana, cycle_id, ada, Choice(percent=D("5.0")))
    deciding.decide(core, company.dana, cycle_id, ada, Choice(percent=D("5.5"), version=first.version))
    _pay(core, ada, "60000")
    _settle(core, company, cycle_id, ada)
    back = deciding.undo(core, company.dana, cycle_id, ada, _decision(core, cycle_id, ada).version)
    assert (back.percent, back.amount) == (D(5), D(3000))


def test_a_new_manager_alone_touches_no_money(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    _approved(core, company, cycle_id, Ada="5.0")
    with core.database.transaction() as tx:
        moved = tables.person.update().where(tables.person.c.id == ada)
        tx.execute(moved.values(manager_id=company["Omar Lead"]))
    _settle(core, company, cycle_id, ada)
    assert _decision(core, cycle_id, ada).state == "approved"


# --- other currencies -----------------------------------------------------------------------------------------------


def _in_dollars(core: Core, company: Company) -> tuple[int, int]:
    """Ben in the US, paid 62,500 USD at a working share of 0.8, in a cycle in EUR at 0.90."""
    ben = company["Ben Sample"]
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().where(tables.pay.c.person_id == ben).values(currency="USD"))
        tx.execute(tables.person.update().where(tables.person.c.id == ben).values(country="US"))
    return open_cycle(core, company, rates={"USD": "0.90"}), ben


def test_a_refreshed_person_in_another_currency_gets_the_raise_on_the_refreshed_pay(
    core: Core, company: Company
) -> None:
    cycle_id, ben = _in_dollars(core, company)
    _pay(core, ben, "75000", currency="USD")
    _settle(core, company, cycle_id, ben)
    _approved(core, company, cycle_id, Ben="3.0")
    _closed(core, company, cycle_id)
    line = _line(core, cycle_id, ben)
    assert (line.annual, line.currency, line.problem) == (D("77250.00"), "USD", "")


def test_a_typed_amount_is_honoured_to_the_cent_in_another_currency(core: Core, company: Company) -> None:
    cycle_id, ben = _in_dollars(core, company)
    _approved(core, company, cycle_id)
    approving.send_back(core, SECOND_HR, cycle_id, [ben], "Again, please.")
    version = _decision(core, cycle_id, ben).version
    choice = Choice(amount=D(1237), reason_code="equity", version=version)
    deciding.decide(core, company.hr, cycle_id, ben, choice)
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    approving.approve(core, SECOND_HR, cycle_id, [ben])
    _closed(core, company, cycle_id)
    more = (_line(core, cycle_id, ben).annual - 62_500) * D("0.8") * D("0.90")
    assert abs(more - 1237) < D("0.01")


@given(
    st.decimals(D(20_000), D(200_000), places=2),
    st.sampled_from((D(1), D("0.8"), D("0.55"))),
    st.decimals(D("0.2"), D(5), places=4),
    st.integers(0, 9_000),
)
def test_what_leaves_is_the_decided_money_to_the_cent(own: D, fte: D, rate: D, amount: int) -> None:
    converted = (own * rate).quantize(D("0.01"))
    row = EmployeeRow(1, Money(converted, "EUR"), fte=fte, paid_in=Money(own, "USD"))
    found = raise_lines.figures(_cycle(str(rate)), _decided(D(amount)), PersonRecommendation(row, None))  # type: ignore[arg-type]
    gained = (found.after.amount - found.before.amount) * fte * rate
    assert found.before.amount == own
    assert abs(gained - amount) <= D("0.005") * fte * rate
    assert found.after.amount >= found.before.amount


def _cycle(rate: str) -> Cycle:
    values = dict.fromkeys(Cycle.__dataclass_fields__) | {"currency": "EUR", "rates": {"USD": rate}}
    return Cycle(**values)  # type: ignore[arg-type]


def _decided(amount: D) -> Decision:
    values = dict.fromkeys(Decision.__dataclass_fields__) | {"amount": amount}
    return Decision(**values)  # type: ignore[arg-type]


def test_what_hr_entered_in_the_suite_after_a_raise_had_arrived_is_said(core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    suite(core)
    _approved(core, company, cycle_id)
    _closed(core, company, cycle_id)
    exported(core, company.hr, cycle_id)
    with core.database.transaction() as tx:
        tx.execute(tables.outbox.update().values(state="done"))
    send.collect(core, company.hr, cycle_id)
    line = _line(core, cycle_id, ada)
    assert (line.state, line.note) == ("done", "")
    _pay(core, ada, str(line.annual), on=date(2027, 4, 1))
    assert _line(core, cycle_id, ada).note == ""
    with core.database.transaction() as tx:
        mine = tables.pay.update().where(tables.pay.c.person_id == ada)
        tx.execute(mine.where(tables.pay.c.effective_on == date(2027, 4, 1)).values(annual=D("99000")))
    assert "€99,000" in _line(core, cycle_id, ada).note
