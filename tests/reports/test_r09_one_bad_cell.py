"""Power-MVP-Elite #3, espocrm #2133: one optional cell that cannot be read refused the person, and the old state lived on.

Right: the row without that cell, the cell listed, what is on record for it kept; the row is refused only when its key is unusable.
Common forms of addresses, days and flags are read.
"""

from __future__ import annotations

from datetime import date

import pytest

from plugin.domain import BadgeRecord, LearningRecord, LeaveRecord, PayRecord, PersonRecord, Stream
from tests.reports.dropped import Dropped


def people(dropped: Dropped, text: str, **settings: object) -> dict[str, PersonRecord]:
    dropped.put("people.csv", text)
    found = dropped.read(Stream.PEOPLE, **settings)
    return {key: one for key, one in found.items() if isinstance(one, PersonRecord)}


def test_the_file_of_the_report(dropped: Dropped) -> None:
    found = people(
        dropped,
        "person_id,name,email,hired_on\n"
        "P1,Ada Example,n/a,2020-01-01\n"
        "P2,Ben Sample,ben@example.com; ben.s@example.com,2020-01-01\n"
        "P3,Cleo Demo,Cleo Demo <cleo@example.com>,2020-01-01\n"
        "P4,Dan Demo,dan@example.com,01.02.2020\n"
        "P5,Eve Demo,eve@example.com,2020-02-01 00:00:00\n",
    )
    assert dropped.faults == {"2 email": "email"}
    assert [one.emails for one in found.values()] == [
        (),
        ("ben@example.com", "ben.s@example.com"),
        ("cleo@example.com",),
        ("dan@example.com",),
        ("eve@example.com",),
    ]
    assert [one.hired_on for one in found.values()] == [*[date(2020, 1, 1)] * 3, *[date(2020, 2, 1)] * 2]


def test_what_is_on_record_stays_where_the_new_cell_cannot_be_read(dropped: Dropped) -> None:
    people(dropped, "person_id,name,email,job_title\nP1,Ada,ada@example.com,Engineer\n")
    found = people(dropped, "person_id,name,email,job_title\nP1,Ada Example,n/a,\n")["P1"]
    assert (found.display_name, found.emails, found.job_title) == ("Ada Example", ("ada@example.com",), None)


def test_what_is_on_record_stays_where_the_file_has_no_column_for_it(dropped: Dropped) -> None:
    people(dropped, "person_id,name,email,org_unit,fte\nP1,Ada,ada@example.com,Sales,0.5\nP2,Ben,,Sales,1\n")
    found = people(dropped, "person_id,name,fte\nP1,Ada Example,\nP3,Cleo,1\n")
    ada, cleo = found["P1"], found["P3"]
    assert (ada.display_name, ada.emails, ada.org_unit) == ("Ada Example", ("ada@example.com",), "Sales")
    assert ada.fte == 1  # an empty cell of a column that is there clears it
    assert (cleo.emails, cleo.org_unit) == ((), None)


@pytest.mark.parametrize(
    "left", ["31.10.2026", "2026-10-31 00:00:00", "20261031", "31/10/2026", "31 Oct 2026", "10/31/2026"]
)
def test_a_leaver_leaves(dropped: Dropped, left: str) -> None:
    people(dropped, "person_id,name,left_on\nP1,Ada,\n")
    assert people(dropped, f"person_id,name,left_on\nP1,Ada,{left}\n")["P1"].left_on == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("rest", "code"), [("", "date"), ("P2,Ben,13/02/2020\n", ""), ("P2,Ben,02/13/2020\n", "")]
)
def test_a_day_that_means_two_things_is_decided_by_its_column_or_refused(
    dropped: Dropped, rest: str, code: str
) -> None:
    found = people(dropped, f"person_id,name,hired_on\nP1,Ada,03/04/2020\n{rest}")["P1"].hired_on
    expected = {"": None, "P2,Ben,13/02/2020\n": date(2020, 4, 3), "P2,Ben,02/13/2020\n": date(2020, 3, 4)}
    assert found == expected[rest]
    assert dropped.faults == ({"2 hired_on": code} if code else {})


@pytest.mark.parametrize(
    ("locale", "day"), [("en-US", date(2020, 3, 4)), ("en-GB", date(2020, 4, 3)), ("de", date(2020, 4, 3))]
)
def test_a_declared_locale_decides_days(dropped: Dropped, locale: str, day: date) -> None:
    text = "person_id,name,hired_on\nP1,Ada,03/04/2020\n"
    assert people(dropped, text, locale=locale)["P1"].hired_on == day


BADGE = "badge_id,badge_class_id,badge_name,issuer_id,issued_on,email,revoked\nb1,https://b.example/1,B1,https://b.example,2026-01-01,a@example.com,"


@pytest.mark.parametrize(
    ("word", "revoked"),
    [
        *[(word, True) for word in ("Y", "yes", "TRUE", "1", "x", "X", "ja", "J", "wahr", "oui")],
        *[(word, False) for word in ("N", "no", "False", "0", "nein", "", "non")],
    ],
)
def test_flags_are_read_in_the_usual_words(dropped: Dropped, word: str, revoked: bool) -> None:
    dropped.put("badges.csv", f"{BADGE}{word}\n")
    (badge,) = dropped.read(Stream.BADGES).values()
    assert isinstance(badge, BadgeRecord)
    assert badge.revoked is revoked
    assert dropped.faults == {}


def test_a_flag_that_cannot_be_read_leaves_a_revoked_badge_revoked(dropped: Dropped) -> None:
    dropped.put("badges.csv", f"{BADGE}Y\n")
    dropped.read(Stream.BADGES)
    dropped.put("badges.csv", f"{BADGE}perhaps\n")
    (badge,) = dropped.read(Stream.BADGES).values()
    assert isinstance(badge, BadgeRecord)
    assert badge.revoked
    assert dropped.faults == {"2 revoked": "flag"}


def test_optional_cells_of_leaves_and_learning_cost_only_themselves(dropped: Dropped) -> None:
    dropped.put("leaves.csv", "person_id,kind,started_on,ended_on,protected\nP1,sick,2026-01-01,soon,maybe\n")
    (leave,) = dropped.read(Stream.LEAVES).values()
    assert isinstance(leave, LeaveRecord)
    assert (leave.ended_on, leave.protected) == (None, True)
    assert dropped.faults == {"2 ended_on": "date", "2 protected": "flag"}
    dropped.put(
        "learning.csv",
        "email,activity_id,outcome,occurred_at,hours,score_percent\na@example.com,c,completed,2026-01-01,many,100000\n",
    )
    (learned,) = dropped.read(Stream.LEARNING).values()
    assert isinstance(learned, LearningRecord)
    assert (learned.hours, learned.score_scaled) == (None, None)
    assert dropped.faults == {"2 hours": "number", "2 score_percent": "range"}


def test_a_bad_key_costs_the_row(dropped: Dropped) -> None:
    dropped.put(
        "pay.csv",
        "person_id,effective_on,annual,currency\nP1,soon,50000,EUR\n,2026-01-01,50000,EUR\nP3,2026-01-01,50000,EUR\n",
    )
    assert set(dropped.read(Stream.PAY)) == {"P3|2026-01-01"}
    assert dropped.faults == {"2": "date", "3": "missing"}


@pytest.mark.parametrize(
    "head", ["sep=;\n", "Employees of Larkfield\n\n", "Report;;\nas of;31.12.2026;\n", "\ufeff"]
)
def test_lines_above_the_header_are_no_header(dropped: Dropped, head: str) -> None:
    found = people(dropped, f"{head}person_id;name;hired_on\nP1;Ada;2020-01-01\n")
    assert found["P1"].hired_on == date(2020, 1, 1)
    assert dropped.faults == {}


def test_of_two_records_of_one_day_the_later_counts(dropped: Dropped) -> None:
    rows = ["P1,2026-01-01,52000,EUR,2", "P1,2026-01-01,50000,EUR,1", "P2,2026-01-01,40000,EUR,1"]
    for order in (rows, rows[::-1]):
        dropped.put("pay.csv", "\n".join(["person_id,effective_on,annual,currency,sequence", *order]))
        found = {
            key: one.annual.amount
            for key, one in dropped.read(Stream.PAY).items()
            if isinstance(one, PayRecord)
        }
        assert found == {"P1|2026-01-01": 52_000, "P2|2026-01-01": 40_000}
        assert dropped.faults == {}


def test_the_same_row_twice_is_one_row_and_two_different_ones_are_asked_about(dropped: Dropped) -> None:
    dropped.put(
        "pay.csv",
        "person_id,effective_on,annual,currency\nP1,2026-01-01,50000,EUR\nP1,01.01.2026,50000.00,EUR\nP1,2026-01-01,52000,EUR\n",
    )
    assert set(dropped.read(Stream.PAY)) == {"P1|2026-01-01"}
    assert dropped.faults == {"4": "twice"}
