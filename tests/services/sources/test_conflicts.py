"""Two people, one name: HR sees both, answers once, the records move, and every step can be taken back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from plugin.domain import IdentityAnswer
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import auditing
from plugin.services.people import persons
from plugin.services.sources import conflicts
from plugin.services.sources.conflicts import Wish
from plugin.store import tables
from tests.conftest import FrozenClock
from tests.reports.kit import Files, owners, renumber, states

MAIL = "l.brandt@example.com"
PEOPLE = "person_id,name,email,employee_number,hired_on,left_on\n"
LARS = f"P1,Lars Brandt,{MAIL},100231,2019-03-01,\n"
LENA = f"P2,Lena Brandt,{MAIL},104417,2025-09-01,\n"
DAYS = ("2021-05-11", "2022-03-02", "2025-11-18", "2026-02-09", "2026-05-27")
LEARNING = "activity_id,title,outcome,occurred_at,email\n" + "".join(
    f"https://c.example/{day},Course {day},completed,{day}T10:00:00Z,{MAIL}\n" for day in DAYS
)


@pytest.fixture
def files(any_core: Core) -> Files:
    """Both are there today, so that from 2025 on nobody can say whose the address is."""
    renumber(any_core)
    found = Files(any_core)
    found.read(people=PEOPLE + LENA + LARS, learning=LEARNING)
    return found


def people(core: Core) -> dict[str, int]:
    query = sa.select(tables.person.c.source_id, tables.person.c.id)
    with core.database.reading() as tx:
        return {row.source_id: row.id for row in tx.execute(query)}


def test_only_what_two_people_could_have_waits(files: Files, any_core: Core) -> None:
    assert owners(any_core, "learning") == ["P1", "P1"]
    (question,) = conflicts.page(any_core)
    assert (question.kind, question.value, question.records) == ("email", MAIL, 3)
    assert conflicts.count(any_core) == 1
    case = conflicts.load(any_core, "email", MAIL)
    assert [one.person.display_name for one in case.sides] == ["Lars Brandt", "Lena Brandt"]
    assert [one.title for one in case.records] == [f"Course {day}" for day in DAYS[2:]]
    ids = people(any_core)
    assert case.starts == {ids["P1"]: None, ids["P2"]: date(2025, 9, 1)}
    assert not case.is_clear  # he has not left: whose the address is from then on is a guess
    assert case.misfits == {ids["P1"]: 0, ids["P2"]: 0}


def test_handed_on_moves_each_record_to_the_holder_of_its_day(files: Files, any_core: Core) -> None:
    ids = people(any_core)
    starts = {ids["P1"]: None, ids["P2"]: date(2026, 2, 1)}
    _id, counts = conflicts.answer(
        any_core, SYSTEM, "email", MAIL, Wish(IdentityAnswer.HANDED_ON, starts=starts, note="IT says so")
    )
    assert counts == {"applied": 3, "waiting": 0, "unusable": 0}
    assert owners(any_core, "learning") == ["P1", "P1", "P1", "P2", "P2"]
    assert conflicts.page(any_core) == []
    (done,) = conflicts.answered(any_core)
    assert done.records == {"Lars Brandt": 1, "Lena Brandt": 2}
    assert [one.action for one in auditing.page(any_core, limit=1)] == ["identity.decide"]


def test_all_to_one_person_and_back(files: Files, any_core: Core) -> None:
    wish = Wish(IdentityAnswer.ONE_PERSON, person_id=people(any_core)["P2"])
    ruling, _counts = conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    assert owners(any_core, "learning") == ["P2"] * 5  # the name is hers: what stood with him as well
    conflicts.undo(any_core, SYSTEM, ruling)
    assert owners(any_core, "learning") == ["P1", "P1"]
    assert conflicts.page(any_core)[0].records == 3
    with pytest.raises(Conflict):
        conflicts.undo(any_core, SYSTEM, ruling)


def test_a_shared_mailbox_names_nobody_also_in_later_records(files: Files, any_core: Core) -> None:
    conflicts.answer(any_core, SYSTEM, "email", MAIL, Wish(IdentityAnswer.SHARED))
    later = LEARNING + f"https://c.example/n,New,completed,2026-06-01T10:00:00Z,{MAIL.upper()}\n"
    files.read(learning=later)
    assert owners(any_core, "learning") == []
    assert set(states(any_core, "learning")) == {("rejected", "identity_shared")}
    assert conflicts.page(any_core) == []


def test_an_answer_holds_for_records_that_come_later(files: Files, any_core: Core) -> None:
    wish = Wish(IdentityAnswer.ONE_PERSON, person_id=people(any_core)["P1"])
    conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    files.read(learning=LEARNING + f"https://c.example/n,New,completed,2026-06-01T10:00:00Z,{MAIL}\n")
    assert owners(any_core, "learning") == ["P1"] * 6


def test_two_answers_at_once_are_one(files: Files, any_core: Core) -> None:
    wish = Wish(IdentityAnswer.SHARED)
    conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    with pytest.raises(Conflict, match="has already decided"):
        conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    with pytest.raises(NotFound):
        conflicts.answer(any_core, SYSTEM, "email", "nobody@example.com", wish)


def test_an_answer_must_fit_the_question(files: Files, any_core: Core) -> None:
    ids = people(any_core)
    wrong = (
        Wish(IdentityAnswer.ONE_PERSON, person_id=5_000),
        Wish(IdentityAnswer.ONE_PERSON),
        Wish(IdentityAnswer.HANDED_ON, starts={ids["P1"]: None}),
        Wish(IdentityAnswer.HANDED_ON, starts={ids["P1"]: None, ids["P2"]: None}),
        Wish(IdentityAnswer.SHARED, note="x" * 2001),
    )
    for wish in wrong:
        with pytest.raises(InvalidInput):
            conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    assert conflicts.page(any_core)[0].records == 3


def test_the_question_goes_when_the_suite_answers_it(
    files: Files, any_core: Core, clock: FrozenClock
) -> None:
    clock.advance(days=1)
    files.read(people=PEOPLE + LENA + LARS.replace("2019-03-01,", "2019-03-01,2024-03-31"))
    assert conflicts.page(any_core) == []
    assert owners(any_core, "learning") == ["P1", "P1", "P2", "P2", "P2"]


def test_an_erased_person_takes_the_name_along(files: Files, any_core: Core) -> None:
    ids = people(any_core)
    conflicts.answer(any_core, SYSTEM, "email", MAIL, Wish(IdentityAnswer.ONE_PERSON, person_id=ids["P1"]))
    persons.erase(any_core, SYSTEM, ids["P1"])
    assert conflicts.answered(any_core) == []


def test_times_that_follow_each_other_by_the_suites_word_are_recommended(
    files: Files, any_core: Core, clock: FrozenClock
) -> None:
    clock.advance(days=1)
    files.read(people=PEOPLE + LENA + LARS.replace(MAIL, "lars@example.com"))
    case = conflicts.load(any_core, "email", MAIL)
    ids = people(any_core)
    assert case.starts == {ids["P1"]: None, ids["P2"]: clock().date()}
    assert case.is_clear
    assert {one.holder_id for one in case.records} == {ids["P1"]}


NINE, TEN = "Vor Nine", "Vor Ten"
TWO = (
    "person_id,name,email,employee_number\n"
    f"P9,{NINE},p9@files.example,00009\nP10,{TEN},p10@files.example,00010\n"
)
RECORDS = "activity_id,outcome,occurred_at,email,employee_number\n"


def course(key: str, email: str, number: str) -> str:
    return f"https://c.example/{key},completed,2026-05-01T10:00:00Z,{email},{number}\n"


@pytest.fixture
def contradicted(any_core: Core) -> Files:
    """One record whose address is one person's alone and whose number is another's alone."""
    renumber(any_core)
    found = Files(any_core)
    found.read(people=TWO, learning=RECORDS + course("r4", "p9@files.example", "00010"))
    return found


def test_a_record_of_two_people_is_asked_about_alone(contradicted: Files, any_core: Core) -> None:
    assert owners(any_core, "learning") == []
    (question,) = conflicts.page(any_core)
    assert (question.kind, question.label, question.records) == ("record", "p9@files.example / 00010", 1)
    case = conflicts.load(any_core, question.kind, question.value)
    assert case.is_record
    assert not case.is_clear
    assert {one.person.display_name: one.named for one in case.sides} == {
        NINE: ("p9@files.example",),
        TEN: ("00010",),
    }
    assert {one.holder_id for one in case.records} == {None}
    with pytest.raises(NotFound):
        conflicts.load(any_core, "email", "p9@files.example")
    with pytest.raises(InvalidInput):
        conflicts.answer(any_core, SYSTEM, *_name(any_core), Wish(IdentityAnswer.HANDED_ON))


def _name(core: Core) -> tuple[str, str]:
    (question,) = conflicts.page(core)
    return question.kind, question.value


def test_the_answer_about_a_record_moves_no_name(contradicted: Files, any_core: Core) -> None:
    wish = Wish(IdentityAnswer.ONE_PERSON, person_id=people(any_core)["P10"])
    ruling, counts = conflicts.answer(any_core, SYSTEM, *_name(any_core), wish)
    assert counts == {"applied": 1, "waiting": 0, "unusable": 0}
    assert owners(any_core, "learning") == ["P10"]
    (done,) = conflicts.answered(any_core)
    assert (done.label, done.records) == ("p9@files.example / 00010", {TEN: 1})
    later = (course("r5", "p9@files.example", ""), course("r6", "p9@files.example", "00009"))
    contradicted.read(learning=RECORDS + course("r4", "p9@files.example", "00010") + "".join(later))
    assert owners(any_core, "learning") == ["P10", "P9", "P9"]
    conflicts.undo(any_core, SYSTEM, ruling)
    assert owners(any_core, "learning") == ["P9", "P9"]
    assert _name(any_core)[0] == "record"


def test_a_record_of_two_people_may_belong_to_no_one(contradicted: Files, any_core: Core) -> None:
    conflicts.answer(any_core, SYSTEM, *_name(any_core), Wish(IdentityAnswer.SHARED))
    assert states(any_core, "learning") == [("rejected", "identity_shared")]
    contradicted.read(
        learning=RECORDS
        + course("r4", "p9@files.example", "00010")
        + course("r5", "p9@files.example", "00009")
    )
    assert owners(any_core, "learning") == ["P9"]


def test_a_record_that_the_suite_makes_plain_is_no_longer_asked_about(
    contradicted: Files, any_core: Core
) -> None:
    contradicted.read(people=TWO.replace("p9@files.example", "other@files.example"))
    assert owners(any_core, "learning") == []  # the address was his on the record's day
    contradicted.read(people=TWO, learning=RECORDS + course("r4", "p10@files.example", "00010"))
    assert owners(any_core, "learning") == ["P10"]
    assert conflicts.page(any_core) == []


def test_a_second_name_that_contradicts_a_ruling_asks_again(any_core: Core) -> None:
    renumber(any_core)
    files = Files(any_core)
    shared = TWO.replace("p10@files.example", "p9@files.example")
    files.read(people=shared, learning=RECORDS + course("r1", "p9@files.example", ""))
    wish = Wish(IdentityAnswer.ONE_PERSON, person_id=people(any_core)["P10"])
    conflicts.answer(any_core, SYSTEM, "email", "p9@files.example", wish)
    rows = course("r1", "p9@files.example", "") + course("r2", "p9@files.example", "00009")
    files.read(learning=RECORDS + rows + course("r3", "p9@files.example", "00010"))
    assert owners(any_core, "learning") == ["P10", "P10"]
    assert _name(any_core)[0] == "record"


def test_a_name_of_two_people_is_a_task_before_a_record_waits_for_it(
    any_core: Core, clock: FrozenClock
) -> None:
    renumber(any_core)
    files = Files(any_core)
    files.read(people=PEOPLE + LENA + LARS)
    (question,) = conflicts.page(any_core)
    assert (question.kind, question.value, question.records) == ("email", MAIL, 0)
    assert conflicts.count(any_core) == 1
    case = conflicts.load(any_core, "email", MAIL)
    assert [one.person.display_name for one in case.sides] == ["Lars Brandt", "Lena Brandt"]
    wish = Wish(IdentityAnswer.ONE_PERSON, person_id=people(any_core)["P2"])
    ruling, _counts = conflicts.answer(any_core, SYSTEM, "email", MAIL, wish)
    assert conflicts.count(any_core) == 0
    files.read(learning=LEARNING)
    assert owners(any_core, "learning") == ["P2"] * 5
    conflicts.undo(any_core, SYSTEM, ruling)
    assert conflicts.count(any_core) == 1


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("P2,Lars Brandt,{},104417,2025-09-01,\n", ["Lars Brandt (100231)", "Lars Brandt (104417)"]),
        ("P2,Lars Brandt,{},100231,2025-09-01,\n", ["Lars Brandt (P1)", "Lars Brandt (P2)"]),
    ],
)
def test_two_of_one_name_are_told_apart(any_core: Core, second: str, told: list[str]) -> None:
    Files(any_core).read(people=PEOPLE + LARS + second.format(MAIL), learning=LEARNING)
    case = conflicts.load(any_core, "email", MAIL)
    assert [one.person.display_name for one in case.sides] == told
