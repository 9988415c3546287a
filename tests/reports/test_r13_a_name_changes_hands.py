"""snipe-it #11397, infisical #7936: an e-mail address or a number is handed on, shared, recycled, corrected.

https://github.com/snipe/snipe-it/issues/11397, https://github.com/Infisical/infisical/issues/7936

Right: the holder on the day of the record; else a task with both people. The product gave learning, pay and a verified badge to
the first holder for ever, in four ways, with nothing in "unmatched".
"""

from __future__ import annotations

import hashlib
import random
from datetime import date, timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.connectors.base import Upsert
from plugin.domain import IdentifierKind, JsonObject, PersonRecord, Stream
from plugin.domain.holders import Claim, holders
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import applying, connection_setup, inbox, matching
from plugin.store import tables
from plugin.store.people import identities, rulings
from tests.conftest import FrozenClock
from tests.reports.kit import Files, owners, renumber, states

PEOPLE = "person_id,name,email,employee_number,hired_on,left_on\n"
LEARNING = "activity_id,outcome,occurred_at,email,employee_number\n"
BADGES = "badge_class_id,badge_name,issuer_id,issued_on,email,employee_number\n"
PAY = "person_id,effective_on,annual,currency\n"
COURSE = "https://c.example/py,completed,{day}T10:00:00Z,{email},{number}\n"
BADGE = "https://b.example/k8s,Kubernetes,https://b.example,{day},{email},{number}\n"


def course(day: str, email: str = "", number: str = "") -> str:
    return COURSE.format(day=day, email=email, number=number)


def badge(day: str, email: str = "", number: str = "") -> str:
    return BADGE.format(day=day, email=email, number=number)


@pytest.fixture
def files(any_core: Core) -> Files:
    renumber(any_core)
    return Files(any_core)


def test_an_address_handed_on_after_its_holder_left_is_the_new_holders(files: Files, any_core: Core) -> None:
    files.read(people=PEOPLE + "P1,Old Holder,j.smith@example.com,1001,2015-01-01,\n")
    files.read(
        people=PEOPLE
        + "P1,Old Holder,,1001,2015-01-01,2026-06-30\nP2,New Holder,j.smith@example.com,1002,2026-07-15,\n",
        learning=LEARNING
        + course("2026-09-01", "j.smith@example.com")
        + course("2020-09-01", "j.smith@example.com"),
        badges=BADGES + badge("2026-10-01", "j.smith@example.com"),
    )
    assert owners(any_core, "badges") == ["P2"]
    assert owners(any_core, "learning") == ["P1", "P2"]


def test_what_came_before_the_handing_on_was_known_is_put_right(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE + "P1,Old Holder,j.smith@example.com,1001,2015-01-01,\n",
        learning=LEARNING + course("2026-09-01", "j.smith@example.com"),
        badges=BADGES + badge("2026-10-01", "j.smith@example.com"),
    )
    assert owners(any_core, "badges") == ["P1"]
    files.read(
        people=PEOPLE
        + "P1,Old Holder,,1001,2015-01-01,2026-06-30\nP2,New Holder,j.smith@example.com,1002,2026-07-15,\n"
    )
    assert owners(any_core, "badges") == ["P2"]
    assert owners(any_core, "learning") == ["P2"]


def test_days_on_which_nobody_held_the_address_are_nobodys(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE
        + "P1,Old Holder,j.smith@example.com,,2015-01-01,2026-06-30\nP2,New Holder,j.smith@example.com,,2026-07-15,\n",
        learning=LEARNING
        + course("2026-07-07", "j.smith@example.com")
        + course("2014-07-07", "j.smith@example.com"),
    )
    assert owners(any_core, "learning") == []
    assert states(any_core, "learning") == [("waiting", "identity_outside")] * 2
    assert [one.value for one in matching.unmatched(any_core)] == ["j.smith@example.com"]


def test_a_recycled_number_is_its_holders_of_the_day(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE
        + "A-1,Old Holder,old@example.com,1001,2015-01-01,2024-06-30\nB-9,New Holder,new@example.com,1001,2026-01-01,\n",
        pay=PAY + "1001,2026-01-01,50000,EUR\n1001,2020-01-01,40000,EUR\n",
        learning=LEARNING + course("2026-09-01", number="1001"),
    )
    assert owners(any_core, "pay") == ["A-1", "B-9"]
    assert owners(any_core, "learning") == ["B-9"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_suites_own_id_wins_over_anothers_number(
    files: Files, any_core: Core, order: tuple[int, ...]
) -> None:
    rows = [f"{n},{name},,{number},," for n, name, number in ((1, "Ada", 3), (2, "Ben", 1), (3, "Cleo", 2))]
    files.read(
        people=PEOPLE + "\n".join(rows[place] for place in order) + "\n",
        pay=PAY + "".join(f"{n},2026-01-01,5{n}000,EUR\n" for n in (3, 1, 2)),
    )
    query = sa.select(tables.person.c.source_id, tables.pay.c.annual).join(
        tables.pay, tables.pay.c.person_id == tables.person.c.id
    )
    with any_core.database.reading() as tx:
        assert sorted((row.source_id, int(row.annual)) for row in tx.execute(query)) == [
            ("1", 51000),
            ("2", 52000),
            ("3", 53000),
        ]


def test_a_shared_mailbox_is_asked_about_and_is_nobodys(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE + "P1,Ada Example,shopfloor@example.com,,,\nP2,Ben Sample,shopfloor@example.com,,,\n",
        badges=BADGES + badge("2026-10-01", "shopfloor@example.com"),
    )
    assert owners(any_core, "badges") == []
    assert states(any_core, "badges") == [("waiting", "identity_ambiguous")]


def test_an_address_that_moves_between_two_who_are_there_is_asked_about(files: Files, any_core: Core) -> None:
    """Corrected or handed on: the files do not say, and nothing is attached to a guess; what stood with the first is taken back."""
    files.read(
        people=PEOPLE + "P1,Ada Example,,,,\nP2,Ben Sample,ada@example.com,,,\n",
        badges=BADGES + badge("2026-10-01", "ada@example.com"),
    )
    assert owners(any_core, "badges") == ["P2"]
    files.read(people=PEOPLE + "P1,Ada Example,ada@example.com,,,\nP2,Ben Sample,ben@example.com,,,\n")
    assert owners(any_core, "badges") == []
    assert states(any_core, "badges") == [("waiting", "identity_ambiguous")]


def test_a_corrected_address_is_the_persons_from_the_start(
    files: Files, any_core: Core, clock: FrozenClock
) -> None:
    files.read(
        people=PEOPLE + "P1,Ada Example,adda@example.com,,2020-01-01,\n",
        learning=LEARNING
        + course("2021-05-01", "Ada@Example.com")
        + course("2021-05-02", "adda@example.com")
        + course("2026-12-24", "adda@example.com"),
    )
    clock.advance(days=10)
    files.read(people=PEOPLE + "P1,Ada Example,ada@example.com,,2020-01-01,\n")
    assert owners(any_core, "learning") == ["P1", "P1"]
    assert states(any_core, "learning")[-1] == ("waiting", "identity_outside")  # after the old one had ended


def test_a_record_that_names_two_people_is_asked_about(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE + "P1,Ada Example,ada@example.com,1,,\nP2,Ben Sample,ben@example.com,2,,\n",
        learning=LEARNING + course("2026-05-01", "ada@example.com", "2"),
    )
    assert states(any_core, "learning") == [("waiting", "identity_ambiguous")]


def test_the_spelling_stays_beside_the_normal_form(files: Files, any_core: Core) -> None:
    files.read(people=PEOPLE + "P1,Ada Example,Ada.Example@Example.COM,,,\n")
    with any_core.database.reading() as tx:
        held = identities.of_person(tx, _id(any_core, "P1"))
        spelled = rulings.addresses_on(tx, _id(any_core, "P1"), date(2026, 1, 1))
    (address,) = (one for one in held if one.kind == IdentifierKind.EMAIL)
    assert (address.value, address.spelling) == ("ada.example@example.com", "Ada.Example@Example.COM")
    assert set(spelled) == {"ada.example@example.com", "Ada.Example@Example.COM"}
    hashes = {one.value for one in held if one.kind == IdentifierKind.EMAIL_SHA1}
    for form in ("Ada.Example@Example.COM", "Ada.Example@example.com", "ada.example@example.com"):
        assert hashlib.sha1(f"mailto:{form}".encode()).hexdigest() in hashes


def test_an_answer_by_hand_is_for_the_days_that_nobody_else_holds(files: Files, any_core: Core) -> None:
    files.read(
        people=PEOPLE + "P1,Old Holder,,,2010-01-01,2019-06-30\nP2,New Holder,j@example.com,,2020-07-15,\n",
        learning=LEARNING + course("2016-07-07", "j@example.com") + course("2021-07-07", "j@example.com"),
    )
    matching.link(any_core, SYSTEM, kind="email", value="J@example.com", person_id=_id(any_core, "P1"))
    assert owners(any_core, "learning") == ["P1", "P2"]


def test_who_is_hired_again_holds_the_name_in_both_times(
    files: Files, any_core: Core, clock: FrozenClock
) -> None:
    row = "P1,Ada Example,ada@example.com,1001,{},{}\n"
    files.read(people=PEOPLE + row.format("2015-01-01", "2019-12-31"))
    clock.advance(days=1)
    files.read(
        people=PEOPLE + row.format("2024-01-01", ""),
        learning=LEARNING
        + "".join(course(day, number="1001") for day in ("2018-01-01", "2022-01-01", "2025-01-01")),
    )
    assert owners(any_core, "learning") == ["P1", "P1"]
    assert states(any_core, "learning")[-1] == ("waiting", "identity_outside")


def _id(core: Core, source_id: str) -> int:
    with core.database.reading() as tx:
        return tx.execute(
            sa.select(tables.person.c.id).where(tables.person.c.source_id == source_id)
        ).scalar_one()


# --- whatever the order of arrival ----------------------------------------------------------------------------------

FIRST = date(2020, 1, 1)
SPELL = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)
WORLD = st.lists(st.tuples(st.sampled_from(["a@x.example", "b@x.example"]), SPELL), min_size=1, max_size=4)
DAYS = st.lists(
    st.tuples(st.sampled_from(["A@x.example", "b@x.example"]), st.integers(0, 60)), min_size=1, max_size=5
)


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


@settings(max_examples=8)
@given(world=WORLD, days=DAYS, order=st.randoms(use_true_random=False))
def test_a_record_is_its_days_holders_or_nobodys_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template, world, days, order: random.Random
) -> None:
    """People in any order, before or after the records, in one run or in several: the same in the end."""
    core = _fresh(tmp_path_factory, sqlite_template)
    files = Files(core)
    people = [
        f"P{n},Person {n},{email},,{_day(first)},{_day(last)}\n"
        for n, (email, (first, last)) in enumerate(world)
    ]
    learned = [course(str(_day(day)), email) for email, day in dict.fromkeys(days)]
    order.shuffle(people)
    order.shuffle(learned)
    steps = [("people", PEOPLE, people), ("learning", LEARNING, learned)]
    order.shuffle(steps)
    for name, header, rows in steps:
        cut = order.randint(0, len(rows))
        for part in {cut, len(rows)}:
            files.read(**{name: header + "".join(rows[:part])})
        files.read(**{name: header + "".join(rows)})
    claims = [Claim(n, _day(first), _day(last), email) for n, (email, (first, last)) in enumerate(world)]
    expected = []
    for email, day in dict.fromkeys(days):
        who = holders([one for one in claims if one.source == email.lower()], _day(day))
        expected += [f"P{next(iter(who))}"] if len(who) == 1 else []
    assert owners(core, "learning") == sorted(expected)
    core.database.close()


def _fresh(factory: pytest.TempPathFactory, template) -> Core:
    import shutil

    from plugin.store.database import Database
    from tests.conftest import core_over

    folder = factory.mktemp("order")
    shutil.copy(template, folder / "a.sqlite3")
    return core_over(Database(f"sqlite:///{folder / 'a.sqlite3'}"), FrozenClock.at_the_start(), folder)


def test_names_of_a_record_are_the_same_in_any_order() -> None:
    record = PersonRecord("P1", "Ada", emails=("Ada@example.com", "ada@Example.com"), employee_number=" 7 ")
    first = identities.names_of(record, 3)
    assert first["email", "ada@example.com"] == "Ada@example.com"
    assert first["employee_number", "7"] == "7"
    assert ("suite_id", "3/P1") in first


@pytest.mark.parametrize(
    "form", ["Ada.Example@Example.COM", "Ada.Example@example.com", "ada.example@example.com"]
)
def test_a_hashed_address_is_the_address_in_every_spelling(files: Files, any_core: Core, form: str) -> None:
    """xAPI-Data 2.4.2.3: the platform hashes what it holds; two holders of a hash are asked about under the address."""
    settings_: JsonObject = {"client_id": "platform", "client_secret": "x" * 40}
    made = connection_setup.add(any_core, SYSTEM, connector="xapi_receiver", name="LRS", settings=settings_)
    statement: JsonObject = {
        "id": "5ba7204a-e169-41ce-92e5-807419f05d5e",
        "actor": {"mbox_sha1sum": hashlib.sha1(f"mailto:{form}".encode()).hexdigest()},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://c.example/py"},
        "timestamp": "2026-05-01T10:00:00Z",
    }
    inbox.accept(any_core, made, Stream.LEARNING, [Upsert(str(statement["id"]), statement)])
    applying.apply_pending(any_core, made)
    ada = "P1,Ada Example,Ada.Example@Example.COM,,,\n"
    files.read(people=PEOPLE + ada)
    assert owners(any_core, "learning") == ["P1"]
    files.read(people=PEOPLE + ada + "P2,Ada Other,ada.example@example.com,,,\n")
    assert owners(any_core, "learning") == []
