"""What is too odd to be used waits for a person: each rule just in and just out, in any order, released, undone and tripped again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from plugin.domain import HeldRule, HeldState, Thresholds
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.services.core import Core
from plugin.services.cycle import recommending, snapshots
from plugin.services.decision import approving, deciding, handing_in, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.evidence import skill_ledger
from plugin.services.payroll import listing
from plugin.services.people import persons, plausibility, plausibility_words
from plugin.store import tables
from plugin.store.cycle import facts
from plugin.store.database import insert
from plugin.store.model import study
from plugin.store.operation import audits
from plugin.store.people import withheld
from tests.small_company import MADE_AT, SNAPSHOT_ON, Company, draft_cycle, fill, open_cycle

D = Decimal
ADA = (
    "Ada Example"  # E2, IE, 54,000 then 56,000 EUR since 2025-04-01; range 50,000 to 74,000, midpoint 62,000
)


@pytest.fixture
def company(any_core: Core) -> Company:
    found = fill(any_core)
    judge(any_core)
    return found


def judge(core: Core) -> int:
    with core.database.transaction() as tx:
        return plausibility.judge(tx, core)


def held(core: Core) -> list[tuple[HeldRule, str, str, str]]:
    return [(one.rule, one.name, one.value, one.against) for one in plausibility.page(core)]


def ids(core: Core, rule: HeldRule) -> list[int]:
    return [one.id for one in plausibility.page(core, rule=rule)]


def pay(
    core: Core, company: Company, amount: str, day: date = date(2025, 4, 1), currency: str = "EUR"
) -> None:
    """As a source that says another figure of a day, or of a new one."""
    with core.database.transaction() as tx:
        mine = (tables.pay.c.person_id == company[ADA]) & (tables.pay.c.effective_on == day)
        tx.execute(tables.pay.delete().where(mine))
        values = {"effective_on": day, "annual": D(amount), "currency": currency}
        insert(tx, tables.pay, person_id=company[ADA], **values)


def without_range(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        ada = tables.person.c.id == company[ADA]
        tx.execute(tables.person.update().where(ada).values(job_family="Gardening"))


def left_out(core: Core) -> dict[str, str]:
    with core.database.reading() as tx:
        built = snapshots.build(tx, SNAPSHOT_ON, "EUR", {})
    return {one.display_name: one.reason for one in built.left_out}


def test_a_plausible_company_is_not_held(any_core: Core, company: Company) -> None:
    assert company[ADA]
    assert held(any_core) == []
    assert left_out(any_core) == {}


@pytest.mark.parametrize(
    ("amount", "is_held"),
    [("167999", False), ("168000", True), ("18666.67", False), ("18666.66", True), ("56000", False)],
)
@pytest.mark.parametrize("day", [date(2025, 4, 1), date(2026, 4, 1)], ids=["replaced", "later"])
def test_pay_three_times_the_last_or_a_third_of_it_is_held(
    any_core: Core, company: Company, amount: str, is_held: bool, day: date
) -> None:
    """56,000 before, whether the figure of that day is replaced or a later one follows."""
    without_range(any_core, company)
    pay(any_core, company, amount, day)
    judge(any_core)
    expected = [(HeldRule.PAY_JUMP, ADA, f"{D(amount).normalize():f} EUR", "56000 EUR")]
    assert held(any_core) == (expected if is_held else [])
    assert (ADA in left_out(any_core)) is is_held


@pytest.mark.parametrize(
    ("amount", "is_held"), [("31000", False), ("30999.99", True), ("124000", False), ("124000.01", True)]
)
def test_pay_outside_half_to_twice_the_midpoint_is_held(
    any_core: Core, company: Company, amount: str, is_held: bool
) -> None:
    pay(any_core, company, amount)
    judge(any_core)
    assert [one[0] for one in held(any_core)] == ([HeldRule.COMPA_RATIO] if is_held else [])


def test_a_held_value_is_nothing_that_the_next_is_compared_with(any_core: Core, company: Company) -> None:
    without_range(any_core, company)
    pay(any_core, company, "4700", date(2026, 2, 1))
    judge(any_core)
    assert len(held(any_core)) == 1
    pay(any_core, company, "58000", date(2026, 3, 1))
    judge(any_core)
    assert [one[2] for one in held(any_core)] == ["4700 EUR"]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_order_of_arrival_changes_nothing(any_core: Core, order: tuple[int, ...]) -> None:
    """A wrong figure, the range and the corrected figure of a person of whom nothing was known."""
    company = fill(any_core)
    with any_core.database.transaction() as tx:
        tx.execute(tables.pay.delete().where(tables.pay.c.person_id == company[ADA]))
        tx.execute(tables.pay_range.update().values(job_family="later"))
    judge(any_core)

    def arrive_range() -> None:
        with any_core.database.transaction() as tx:
            tx.execute(tables.pay_range.update().values(job_family="Engineering"))

    steps: list[Callable[[], None]] = [
        lambda: pay(any_core, company, "12000", date(2026, 4, 1)),
        arrive_range,
        lambda: pay(any_core, company, "57000", date(2026, 5, 1)),
    ]
    for number in order:
        steps[number]()
        judge(any_core)
    found = {(who, value) for _rule, who, value, _against in held(any_core)}
    if order.index(2) < order.index(0) or order.index(1) < order.index(2):
        assert found <= {(ADA, "12000 EUR")}
    judge(any_core)
    assert {(who, value) for _rule, who, value, _against in held(any_core)} == found


@pytest.mark.parametrize(
    ("low", "high", "amount", "is_held"),
    [
        ("0.5005", "2", "31031", False),
        ("0.5005", "2", "31030.99", True),
        ("0.5", "1.9999", "123993.8", False),
        ("0.5", "1.9999", "123993.81", True),
    ],
)
def test_a_threshold_counts_with_all_its_decimals(
    any_core: Core, company: Company, low: str, high: str, amount: str, is_held: bool
) -> None:
    plausibility.change(any_core, company.hr, Thresholds(compa_low=D(low), compa_high=D(high)), "Exact")
    pay(any_core, company, amount)
    judge(any_core)
    assert [one[0] for one in held(any_core)] == ([HeldRule.COMPA_RATIO] if is_held else [])


@pytest.mark.parametrize("country", ["", "Atlantis", "US"], ids=["none", "unknown", "of the new currency"])
@pytest.mark.parametrize("day", [date(2025, 4, 1), date(2026, 4, 1)], ids=["replaced", "later"])
def test_pay_in_another_currency_than_the_last_is_held_until_released(
    any_core: Core, company: Company, country: str, day: date
) -> None:
    with any_core.database.transaction() as tx:
        ada = tables.person.c.id == company[ADA]
        tx.execute(tables.person.update().where(ada).values(country=country))
    pay(any_core, company, "56000", day, "USD")
    judge(any_core)
    assert held(any_core) == [(HeldRule.CURRENCY_CHANGE, ADA, "56000 USD", "56000 EUR")]
    assert ADA in left_out(any_core)
    fact_id = ids(any_core, HeldRule.CURRENCY_CHANGE)
    plausibility.release(any_core, company.hr, fact_id, "Moved")
    assert held(any_core) == []
    plausibility.undo(any_core, company.hr, fact_id[0])
    judge(any_core)
    assert held(any_core) == [(HeldRule.CURRENCY_CHANGE, ADA, "56000 USD", "56000 EUR")]
    pay(any_core, company, "57000", day)
    judge(any_core)
    assert ids(any_core, HeldRule.CURRENCY_CHANGE) == []


def test_a_currency_that_is_not_the_countrys_is_held_unless_the_rules_allow_the_pair(
    any_core: Core, company: Company
) -> None:
    pay(any_core, company, "56000", currency="USD")
    judge(any_core)
    plausibility.release(
        any_core, company.hr, ids(any_core, HeldRule.CURRENCY_CHANGE), "Paid from Boston since April"
    )
    assert held(any_core) == [(HeldRule.CURRENCY, ADA, "56000 USD", "EUR")]
    plausibility.change(any_core, company.hr, Thresholds(also_paid_in=("IE:USD",)), "Seconded from Boston")
    judge(any_core)
    assert held(any_core) == []


@pytest.mark.parametrize(
    ("score", "is_held"), [("1", False), ("0.99", True), ("5", False), ("5.01", True), ("88", True)]
)
def test_a_rating_off_its_scale_is_held(any_core: Core, company: Company, score: str, is_held: bool) -> None:
    with any_core.database.transaction() as tx:
        mine = tables.rating.c.person_id == company[ADA]
        tx.execute(tables.rating.update().where(mine).values(score=D(score)))
    judge(any_core)
    assert {one[0] for one in held(any_core)} == ({HeldRule.RATING_SCALE} if is_held else set())
    assert (ADA in left_out(any_core)) is is_held


@pytest.mark.parametrize(
    ("ends", "is_held"),
    [((50, 50, 74), False), ((62, 61, 74), True), ((50, 75, 74), True), ((50, 74, 74), False)],
)
def test_a_range_upside_down_is_held_and_the_one_before_it_holds(
    any_core: Core, company: Company, ends: tuple[int, ...], is_held: bool
) -> None:
    assert company[ADA]
    names = ("minimum", "midpoint", "maximum")
    key = {"job_family": "Engineering", "level": "E2", "country": "IE", "currency": "EUR"}
    with any_core.database.transaction() as tx:
        values = {name: D(end * 1000) for name, end in zip(names, ends, strict=True)}
        insert(tx, tables.pay_range, effective_on=date(2026, 1, 1), **key, **values)
    judge(any_core)
    assert [one[0] for one in held(any_core)] == ([HeldRule.RANGE_ORDER] if is_held else [])
    with any_core.database.reading() as tx:
        subjects = withheld.held_subjects(tx, (HeldRule.RANGE_ORDER,))
        found = facts.ranges_on(tx, SNAPSHOT_ON, held=subjects)["Engineering", "E2", "IE"]
    assert found.midpoint == (62_000 if is_held else ends[1] * 1000)


def test_a_range_in_another_currency_is_held(any_core: Core, company: Company) -> None:
    assert company[ADA]
    with any_core.database.transaction() as tx:
        tx.execute(tables.pay_range.update().where(tables.pay_range.c.level == "E3").values(currency="USD"))
    judge(any_core)
    assert [(rule, value) for rule, _name, value, _against in held(any_core)] == [
        (HeldRule.RANGE_CURRENCY, "77000 USD")
    ]


def _connection(core: Core) -> int:
    with core.database.transaction() as tx:
        times = {"created_at": MADE_AT, "updated_at": MADE_AT}
        named = {"connector": "csv_folder", "name": "Files", "hook_token": "t"}
        return insert(
            tx, tables.connection, settings={}, sinks=[], state="active", version=1, **named, **times
        )


@pytest.mark.parametrize(
    ("largest", "number", "is_held"), [("0.499", 3, True), ("0.5", 3, False), ("0.1", 2, False)]
)
def test_a_whole_column_of_raises_below_half_a_percent_is_held_and_teaches_nothing(
    any_core: Core, company: Company, largest: str, number: int, is_held: bool
) -> None:
    connection_id, day = _connection(any_core), date(2025, 4, 1)
    people = list(company.people.values())[:number]
    with any_core.database.transaction() as tx:
        for who in people:
            kept = {
                "content_hash": "h",
                "kind": "upsert",
                "raw": {},
                "received_at": MADE_AT,
                "state": "applied",
            }
            found = insert(
                tx,
                tables.inbox,
                connection_id=connection_id,
                stream="raises",
                remote_key=str(who),
                run_id=7,
                **kept,
            )
            percent = D(largest) if who == people[0] else D("0.03")
            insert(tx, tables.past_raise, person_id=who, effective_on=day, percent=percent, inbox_id=found)
    judge(any_core)
    assert [one[0] for one in held(any_core)] == ([HeldRule.RAISES_COLUMN] if is_held else [])
    with any_core.database.reading() as tx:
        assert bool(facts.raise_days(tx)) is not is_held
        assert bool(facts.raises_between(tx, date(2025, 1, 1), date(2025, 12, 31))) is not is_held


def _people(core: Core, connection_id: int, number: int) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.person.delete().where(tables.person.c.connection_id == connection_id))
        for n in range(number):
            named = {"source_id": f"H-{n}", "display_name": f"Head {n}", "fte": D(1), "updated_at": MADE_AT}
            insert(tx, tables.person, connection_id=connection_id, **named)


@pytest.mark.parametrize(
    ("before", "now", "is_held"),
    [(100, 120, False), (100, 121, True), (100, 80, False), (100, 79, True), (10, 20, False), (10, 21, True)],
)
def test_a_headcount_that_moves_by_a_fifth_at_once_holds_the_connection(
    any_core: Core, company: Company, before: int, now: int, is_held: bool
) -> None:
    connection_id = _connection(any_core)
    for number in (before, now):
        _people(any_core, connection_id, number)
        judge(any_core)
    assert held(any_core) == ([(HeldRule.HEADCOUNT, "", str(now), str(before))] if is_held else [])
    judge(any_core)  # the next run finds the same and does not call it usual
    assert len(held(any_core)) == is_held
    with any_core.database.reading() as tx:
        assert len(withheld.held_people(tx)) == (now if is_held else 0)
    if is_held:
        plausibility.release(any_core, company.hr, [plausibility.page(any_core)[0].id], "Acquired a firm")
        judge(any_core)
        assert held(any_core) == []


# --- release --------------------------------------------------------------------------------------------------------


def _one(core: Core) -> int:
    found = plausibility.page(core)
    assert len(found) == 1
    return found[0].id


def test_a_release_is_for_this_value_by_a_person_with_a_reason_and_audited(
    any_core: Core, company: Company
) -> None:
    pay(any_core, company, "30000")
    judge(any_core)
    fact_id = _one(any_core)
    with pytest.raises(InvalidInput, match="reason"):
        plausibility.release(any_core, company.hr, [fact_id], "  ")
    assert plausibility.release(any_core, company.hr, [fact_id], "Paid half by the university") == 1
    judge(any_core)
    assert held(any_core) == []
    assert ADA not in left_out(any_core)
    with any_core.database.reading() as tx:
        entry = audits.page(tx, subject=f"held:{fact_id}", limit=1)[0]
    assert (entry.actor, entry.action) == ("hana@example.com", "plausibility.release")
    with pytest.raises(NotFound):
        plausibility.release(any_core, company.hr, [fact_id], "again")
    pay(any_core, company, "29000")
    judge(any_core)
    assert [one[2] for one in held(any_core)] == ["29000 EUR"]
    pay(any_core, company, "56000")
    judge(any_core)
    assert held(any_core) == []


@pytest.mark.parametrize("amount", ["30000", "200000"], ids=["compa", "jump"])
def test_a_release_can_be_undone_until_a_snapshot_uses_it(
    any_core: Core, company: Company, amount: str
) -> None:
    pay(any_core, company, amount)
    judge(any_core)
    before = held(any_core)
    ids = [one.id for one in plausibility.page(any_core)]
    plausibility.release(any_core, company.hr, ids, "As agreed")
    for one in ids:
        plausibility.undo(any_core, company.hr, one)
    judge(any_core)
    assert held(any_core) == before
    plausibility.release(any_core, company.hr, [one.id for one in plausibility.page(any_core)], "As agreed")
    recommending.take_snapshot(any_core, company.hr, draft_cycle(any_core, company))
    released = plausibility.page(any_core, state=HeldState.RELEASED)
    assert {one.used_at is not None for one in released} == {True}
    with pytest.raises(NotAllowed, match="already uses"):
        plausibility.undo(any_core, company.hr, released[0].id)


def test_the_rules_are_changed_with_a_reason_in_versions(any_core: Core, company: Company) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        plausibility.change(any_core, company.hr, Thresholds(compa_low=D("0.95")), "")
    with pytest.raises(InvalidInput, match="no rule"):
        plausibility.change(any_core, company.hr, Thresholds(), "nothing")
    with pytest.raises(InvalidInput) as wrong:
        Thresholds(pay_factor=D(1), also_paid_in=("Switzerland",))
    assert set(wrong.value.fields) == {"pay_factor", "also_paid_in"}
    plausibility.change(any_core, company.hr, Thresholds(compa_low=D("0.95")), "Try a tight rule")
    assert judge(any_core) > 0
    found = plausibility.rules(any_core)
    assert (found.thresholds.compa_low, found.versions[0].reason) == (D("0.95"), "Try a tight rule")
    plausibility.change(any_core, company.hr, Thresholds(), "Back")
    judge(any_core)
    assert (held(any_core), len(plausibility.rules(any_core).versions)) == ([], 2)
    said = plausibility_words.sentences(replace(Thresholds(), pay_factor=D(4)))
    assert "4 times" in said["pay_factor"]


# --- in a cycle -----------------------------------------------------------------------------------------------------


def test_who_is_held_gets_no_figure_no_decision_and_nothing_is_sent(any_core: Core, company: Company) -> None:
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    deciding.decide(any_core, company.dana, cycle_id, ada, Choice(percent=D("4.5")))
    pay(any_core, company, "12000")
    judge(any_core)
    row = worksheet.load(any_core, company.dana, cycle_id).row(ada)
    assert (row.status, row.recommended, row.percent, row.is_editable) == ("held", None, None, False)
    for actor in (company.dana, company.hr):
        with pytest.raises(NotAllowed, match="HR is checking"):
            deciding.decide(any_core, actor, cycle_id, ada, Choice(percent=D("4.0"), version=1))
        with pytest.raises(NotAllowed, match="HR is checking"):
            deciding.undo(any_core, actor, cycle_id, ada, 1)
    with pytest.raises(NotAllowed, match="HR is checking"):
        approving.approve(any_core, company.hr, cycle_id, [ada])
    with any_core.database.transaction() as tx:
        tx.execute(tables.decision.update().values(state="approved"))
    line = next(one for one in listing.lines(any_core, cycle_id) if one.person_id == ada)
    assert "held" in line.problem
    assert worksheet.load(any_core, company.dana, cycle_id).counts.held == 1
    assert worksheet.load(any_core, company.omar, cycle_id).counts.held == 0


def test_a_shortfall_beyond_the_maximum_is_held_and_after_release_decided_up_to_it(
    any_core: Core, company: Company
) -> None:
    pay(any_core, company, "36000")
    cycle_id, ada = open_cycle(any_core, company), company[ADA]
    assert [(rule, name, against) for rule, name, _value, against in held(any_core)] == [
        (HeldRule.LARGEST_RAISE, ADA, "25%")
    ]
    assert worksheet.load(any_core, company.dana, cycle_id).row(ada).status == "held"
    assert handing_in.accept_rest(any_core, company.dana, cycle_id, company["Dana Lead"]).done > 0
    plausibility.release(any_core, company.hr, [_one(any_core)], "25 % now, the rest next year")
    choice = Choice(percent=D("25.1"), reason_code="equity")
    for actor in (company.dana, company.hr):
        with pytest.raises(InvalidInput, match=r"25\.0%"):
            deciding.decide(any_core, actor, cycle_id, ada, choice)
    saved = deciding.decide(any_core, company.hr, cycle_id, ada, Choice(percent=D(25), reason_code="equity"))
    assert saved.percent == 25


def test_an_erased_person_leaves_no_held_value(any_core: Core, company: Company) -> None:
    pay(any_core, company, "12000")
    judge(any_core)
    assert held(any_core)
    persons.erase(any_core, company.hr, company[ADA])
    assert held(any_core) == []


# --- what counts while a value is held ------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2026, 6, 30)])
def test_held_pay_is_no_pay_change_and_no_last_pay(any_core: Core, company: Company, day: date) -> None:
    ada = company[ADA]
    with any_core.database.reading() as tx:
        before = facts.pay_on(tx, SNAPSHOT_ON)
    pay(any_core, company, "4700", day)
    judge(any_core)
    with any_core.database.reading() as tx:
        assert facts.pay_on(tx, SNAPSHOT_ON) == before
        assert facts.pay_on(tx, SNAPSHOT_ON, people=[ada])[ada].changed_on == date(2025, 4, 1)
    ledger = skill_ledger.of_person(any_core, ada)
    assert (ledger.pay_changed_on, ledger.since) == (date(2025, 4, 1), date(2025, 4, 1))
    plausibility.release(any_core, company.hr, [one.id for one in plausibility.page(any_core)], "Board seat")
    with any_core.database.reading() as tx:
        assert facts.pay_on(tx, SNAPSHOT_ON)[ada] == facts.PayOn(D(4700), "EUR", day)
    assert skill_ledger.of_person(any_core, ada).pay_changed_on == day


def test_a_held_rating_is_no_rating_of_a_snapshot_or_a_study(any_core: Core, company: Company) -> None:
    mine = tables.rating.c.person_id == company[ADA]
    with any_core.database.transaction() as tx:
        tx.execute(tables.rating.update().where(mine).values(score=D(88)))
    judge(any_core)
    with any_core.database.reading() as tx:
        assert company[ADA] not in facts.ratings_on(tx, SNAPSHOT_ON)
        assert company[ADA] not in {one.person_id for one in study.ratings(tx)}
    plausibility.release(any_core, company.hr, [one.id for one in plausibility.page(any_core)], "Of 100")
    with any_core.database.reading() as tx:
        assert facts.ratings_on(tx, SNAPSHOT_ON)[company[ADA]][0].score == 88
        assert company[ADA] in {one.person_id for one in study.ratings(tx)}
