"""SAP KBA 3201077: an export says 9999-12-31 where something has no end.

Right: no end. So do 2199-12-31 and 9999-01-01, in every column that ends something; as a beginning such a day is refused.
"""

from __future__ import annotations

from datetime import date

import pytest

from plugin.domain import BadgeRecord, LeaveRecord, PersonRecord, Stream
from tests.reports.dropped import Dropped

ENDS = (
    "9999-12-31",
    "2199-12-31",
    "9999-01-01",
    "31.12.9999",
    "12/31/9999",
    "99991231",
    "9999-12-31 00:00:00",
    "0000-00-00",
)


@pytest.mark.parametrize("end", ENDS)
def test_no_end_in_every_file_that_has_ends(dropped: Dropped, end: str) -> None:
    dropped.put(
        "people.csv",
        f"person_id,name,hired_on,left_on\nP1,Ada,2020-01-01,{end}\nP2,Ben,2020-01-01,2026-10-31\n",
    )
    dropped.put("leaves.csv", f"person_id,kind,started_on,ended_on\nP1,parental,2026-01-01,{end}\n")
    dropped.put(
        "badges.csv",
        "badge_class_id,badge_name,issuer_id,issued_on,email,expires_on\n"
        f"https://b.example/1,B1,https://b.example,2026-01-01,p1@example.com,{end}\n",
    )
    people = dropped.read(Stream.PEOPLE)
    assert [one.left_on for one in people.values() if isinstance(one, PersonRecord)] == [
        None,
        date(2026, 10, 31),
    ]
    (leave,) = dropped.read(Stream.LEAVES).values()
    assert isinstance(leave, LeaveRecord)
    assert leave.ended_on is None
    (badge,) = dropped.read(Stream.BADGES).values()
    assert isinstance(badge, BadgeRecord)
    assert badge.expires_on is None
    assert dropped.faults == {}


def test_a_person_who_comes_back_has_no_end_again(dropped: Dropped) -> None:
    """An open end takes an earlier end back; it is not a cell that could not be read."""
    dropped.put("people.csv", "person_id,name,left_on\nP1,Ada,2026-10-31\n")
    dropped.read(Stream.PEOPLE)
    dropped.put("people.csv", "person_id,name,left_on\nP1,Ada,9999-12-31\n")
    (ada,) = dropped.read(Stream.PEOPLE).values()
    assert isinstance(ada, PersonRecord)
    assert ada.left_on is None


def test_an_open_end_is_no_beginning(dropped: Dropped) -> None:
    dropped.put("people.csv", "person_id,name,hired_on\nP1,Ada,9999-12-31\n")
    (ada,) = dropped.read(Stream.PEOPLE).values()
    assert isinstance(ada, PersonRecord)
    assert ada.hired_on is None
    assert dropped.faults == {"2 hired_on": "date"}
    dropped.put("pay.csv", "person_id,effective_on,annual,currency\nP1,9999-12-31,50000,EUR\n")
    assert dropped.read(Stream.PAY) == {}
    assert dropped.faults == {"2": "date"}
