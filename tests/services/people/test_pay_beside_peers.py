"""First pay without a range is compared with the pay of peers, whoever is judged first and however many at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from plugin.domain import HeldRule, HeldState, Stream, Thresholds
from plugin.services.core import SYSTEM, Core
from plugin.services.people import plausibility, plausibility_words
from plugin.store import batches, tables
from plugin.store.database import insert
from plugin.store.people import implausible_peers, withheld
from tests.conftest import FrozenClock
from tests.reports.kit import renumber
from tests.small_company import MADE_AT

D = Decimal
SINCE = date(2026, 1, 1)
FIVE = ("48000", "50000", "52000", "54000", "90000")  # their median is 52,000
LEVEL = {"level": "L2"}
NEW = "New Example"


def hire(
    core: Core, name: str, *pays: str, day: date = SINCE, currency: str = "EUR", **job: str | None
) -> int:
    """Somebody with pay from a day on and, where there is more, from each year's day before it."""
    with core.database.transaction() as tx:
        named = {"source_id": name, "display_name": name, "fte": D(1), "updated_at": MADE_AT}
        who = insert(tx, tables.person, **{"country": "DE", **named, **job})
        for years, amount in enumerate(reversed(pays)):
            since = day.replace(year=day.year - years)
            insert(tx, tables.pay, person_id=who, effective_on=since, annual=D(amount), currency=currency)
    return who


def peers(core: Core, amounts: Collection[str] = FIVE, **job: str | None) -> list[int]:
    return [hire(core, f"Peer {n} of {job}", amount, amount, **job) for n, amount in enumerate(amounts)]


def judge(core: Core) -> dict[str, tuple[str, str]]:
    plausibility.judge_in_parts(core)
    return held(core)


def held(core: Core) -> dict[str, tuple[str, str]]:
    found = plausibility.page(core, rule=HeldRule.PAY_BESIDE_PEERS, limit=500)
    return {one.name: (one.value, one.against) for one in found}


@pytest.mark.parametrize(
    ("amount", "is_held"),
    [
        ("12000", True),  # 52,000 a year, 1,000 a week, read as 1,000 a month
        ("225333.3333", True),
        ("17333.3333", True),
        ("17333.3334", False),
        ("156000", False),
        ("156000.0001", True),
    ],
)
@pytest.mark.parametrize(
    "job",
    [LEVEL, {"job_family": "Care"}, {"job_title": "Nurse"}, {}],
    ids=["level", "job", "title", "country"],
)
def test_first_pay_more_than_three_times_off_the_peers_median_is_held(
    any_core: Core, job: dict[str, str], amount: str, is_held: bool
) -> None:
    peers(any_core, **job)
    who = hire(any_core, NEW, amount, **job)
    value = f"{D(amount).normalize():f} EUR"
    assert judge(any_core) == ({NEW: (value, "52000 EUR")} if is_held else {})
    with any_core.database.reading() as tx:
        assert withheld.held_people(tx) == ({who: (HeldRule.PAY_BESIDE_PEERS,)} if is_held else {})


def test_an_executive_is_compared_with_the_same_level_alone(any_core: Core) -> None:
    peers(any_core, [*FIVE, *FIVE], job_family="Care", **LEVEL)
    peers(any_core, ("300000", "310000", "320000", "330000", "340000"), job_family="Care", level="X1")
    hire(any_core, "Rosa Chief", "400000", job_family="Care", level="X1")
    hire(any_core, "Only Officer", "400000", job_family="Care", level="X2")
    hire(any_core, NEW, "400000", job_family="Care", **LEVEL)
    assert set(judge(any_core)) == {NEW}


@pytest.mark.parametrize(
    "fifth",
    [None, {"currency": "CHF"}, {"country": "FR"}, {"left_on": date(2026, 2, 1)}, {"day": date(2090, 1, 1)}],
    ids=["none", "other currency", "other country", "has left", "only later pay"],
)
def test_four_peers_say_nothing(any_core: Core, fifth: dict[str, object] | None) -> None:
    peers(any_core, FIVE[:4], **LEVEL)
    hire(any_core, NEW, "12000", **LEVEL)
    if fifth is not None:
        hire(any_core, "Fifth", "50000", **{**LEVEL, **fifth})  # type: ignore[arg-type]
    assert NEW not in judge(any_core)
    hire(any_core, "Right fifth", "50000", **LEVEL)
    assert set(judge(any_core)) >= {NEW}


def test_earlier_pay_or_a_range_speaks_instead(any_core: Core) -> None:
    peers(any_core, **LEVEL)
    hire(any_core, "With history", "12000", "12500", **LEVEL)
    hire(any_core, "With a range", "12000", job_family="Interns", **LEVEL)
    ends = {"minimum": D(9000), "midpoint": D(12_000), "maximum": D(15_000)}
    with any_core.database.transaction() as tx:
        of = {"job_family": "Interns", "level": "L2", "country": "", "effective_on": SINCE}
        insert(tx, tables.pay_range, currency="EUR", **of, **ends)
    hire(any_core, NEW, "12000", **LEVEL)
    assert set(judge(any_core)) == {NEW}


def test_a_raise_on_pay_that_is_held_is_held_too(any_core: Core) -> None:
    """Nobody released it, so it is no earlier pay."""
    peers(any_core, **LEVEL)
    who = hire(any_core, NEW, "12000", **LEVEL)
    judge(any_core)
    for amount, day, against in (("12600", 2, {NEW}), ("54600", 3, set())):
        with any_core.database.transaction() as tx:
            since = date(2026, day, 1)
            insert(tx, tables.pay, person_id=who, effective_on=since, annual=D(amount), currency="EUR")
        assert set(judge(any_core)) == against
    with any_core.database.reading() as tx:
        assert withheld.held_people(tx) == {}


def test_who_is_held_by_another_rule_is_no_peer_and_who_is_held_by_this_one_is(any_core: Core) -> None:
    """Six of eight were read by the month: among them, those that other rules hold do not move the median."""
    peers(any_core, **LEVEL)
    for n in range(6):
        hire(any_core, f"Jump {n}", "52000", "12000", **LEVEL)
    hire(any_core, NEW, "12000", **LEVEL)
    hire(any_core, "Second", "13000", **LEVEL)
    # for each of the two: the other one and FIVE
    assert judge(any_core) == {NEW: ("12000 EUR", "51000 EUR"), "Second": ("13000 EUR", "51000 EUR")}


@pytest.mark.parametrize("size", [1, 2, 3, 500])
@pytest.mark.parametrize("order", list(permutations(range(3)))[:4], ids=str)
def test_neither_order_nor_number_nor_ids_change_what_is_held(
    any_core: Core, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...], size: int
) -> None:
    renumber(any_core, size * 40 + sum(order[:2]) * 7)
    groups = [
        lambda: [hire(any_core, NEW, "12000", **LEVEL), hire(any_core, "Second", "13000", **LEVEL)],
        lambda: [hire(any_core, f"Jump {n}", "52000", "12000", **LEVEL) for n in range(6)],
        lambda: peers(any_core, **LEVEL),
    ]
    people = [who for number in order for who in groups[number]()]
    monkeypatch.setattr(batches, "SIZE", size)
    with any_core.database.transaction() as tx:
        plausibility.mark(tx, any_core, Stream.PAY, people, [])
    plausibility.judge_waiting(any_core)
    expected = {NEW: ("12000 EUR", "51000 EUR"), "Second": ("13000 EUR", "51000 EUR")}
    assert held(any_core) == expected
    for who in reversed(people):
        plausibility.judge_in_parts(any_core, [who])
    assert held(any_core) == expected
    with any_core.database.transaction() as tx:
        assert plausibility.judge(tx, any_core) == 0
    assert held(any_core) == expected


def test_who_changes_while_a_firm_is_judged_is_judged_as_changed(
    any_core: Core, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = peers(any_core, **LEVEL)
    judge(any_core)
    found = implausible_peers.groups

    def meanwhile(*given: object) -> object:
        clock.advance(minutes=1)
        with any_core.database.transaction() as tx:
            mine = tables.pay.c.person_id == people[0]
            tx.execute(
                tables.pay.update().where(mine, tables.pay.c.effective_on == SINCE).values(annual=D(900))
            )
            plausibility.mark(tx, any_core, Stream.PAY, people[:1], [])
        return found(*given)  # type: ignore[arg-type]

    with any_core.database.transaction() as tx:
        plausibility.mark(tx, any_core, Stream.PAY, people, [])
    monkeypatch.setattr(implausible_peers, "groups", meanwhile)
    plausibility.judge_waiting(any_core)
    with any_core.database.reading() as tx:
        assert withheld.held_people(tx) == {people[0]: (HeldRule.PAY_JUMP,)}


def test_a_release_is_for_this_value_and_can_be_undone(any_core: Core) -> None:
    peers(any_core, **LEVEL)
    who = hire(any_core, NEW, "12000", **LEVEL)
    judge(any_core)
    fact = plausibility.page(any_core)[0]
    assert plausibility_words.why(fact) == "Pay is €12,000; the median pay of peers is €52,000."
    plausibility.release(any_core, SYSTEM, [fact.id], "A student for two days a week")
    assert judge(any_core) == {}
    assert [one.id for one in plausibility.page(any_core, state=HeldState.RELEASED)] == [fact.id]
    plausibility.undo(any_core, SYSTEM, fact.id)
    assert judge(any_core) == {NEW: ("12000 EUR", "52000 EUR")}
    plausibility.release(any_core, SYSTEM, [fact.id], "A student for two days a week")
    with any_core.database.transaction() as tx:
        tx.execute(tables.pay.update().where(tables.pay.c.person_id == who).values(annual=D(11_000)))
    assert judge(any_core) == {NEW: ("11000 EUR", "52000 EUR")}


def test_the_factor_is_a_rule_that_hr_sets(any_core: Core) -> None:
    peers(any_core, **LEVEL)
    hire(any_core, NEW, "12000", **LEVEL)
    plausibility.change(any_core, SYSTEM, Thresholds(peers_factor=D("4.5")), "Many trainees")
    assert judge(any_core) == {}
    plausibility.change(any_core, SYSTEM, Thresholds(peers_factor=D("4.3333")), "Fewer trainees")
    assert set(judge(any_core)) == {NEW}


def test_pay_is_compared_to_the_last_of_its_digits(any_core: Core) -> None:
    peers(any_core, ("50000", "50000", "50000.0001", "50000.0002", "90000", "90000"), **LEVEL)
    hire(any_core, NEW, "150000.0005", **LEVEL)  # for six peers, thrice 50,000.00015 and not a unit more
    hire(any_core, "Second", "150000.0005", country="FR", **LEVEL)
    peers(any_core, ("50000", "50000", "50000.0001", "50000.0002", "90000", "90000"), country="FR", **LEVEL)
    assert judge(any_core) == dict.fromkeys((NEW, "Second"), ("150000.0005 EUR", "50000.00015 EUR"))
