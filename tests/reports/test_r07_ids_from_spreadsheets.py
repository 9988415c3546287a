"""MicrobeTrace #190, react-csv #181: employee numbers with an invisible character, an apostrophe, as 1.23E+05 or as ="00123" never match.

Right: what nobody sees is trimmed; what a spreadsheet made of an id is refused with the remedy. So for every id and address.
"""

from __future__ import annotations

import pytest

from plugin.domain import Identifier, IdentifierKind, LearningRecord, PayRecord, PersonRecord, Stream
from tests.reports.dropped import Dropped

INVISIBLE = ("\u200b", "\ufeff", "\u00ad", "\u00a0", "\u200e", "\u2060", "\u3000")
MADE = ('"=""00123"""', "'00124", "1.23E+05", '"1,23E+05"', "1E+05", "123.0", '"=""""&""123"""', "＝123")


def person(dropped: Dropped, number: str) -> PersonRecord:
    dropped.put("people.csv", f"person_id,name,email,employee_number\nP1,Ada,ada@example.com,{number}\n")
    (found,) = dropped.read(Stream.PEOPLE).values()
    assert isinstance(found, PersonRecord)
    return found


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda sign: f"U+{ord(sign):04X}")
@pytest.mark.parametrize("where", ["{}00125", "00125{}"])
def test_invisible_characters_are_trimmed_from_ids(dropped: Dropped, sign: str, where: str) -> None:
    assert person(dropped, where.format(sign)).employee_number == "00125"
    assert dropped.faults == {}


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad"], ids=lambda sign: f"U+{ord(sign):04X}")
def test_invisible_characters_inside_ids_and_addresses_too(dropped: Dropped, sign: str) -> None:
    dropped.put(
        "learning.csv",
        "activity_id,outcome,occurred_at,email,employee_number\n"
        f"c,completed,2026-01-01,ada{sign}@example.com,001{sign}25\n",
    )
    (found,) = dropped.read(Stream.LEARNING).values()
    assert isinstance(found, LearningRecord)
    assert found.learner == (
        Identifier(IdentifierKind.EMAIL, "ada@example.com"),
        Identifier(IdentifierKind.EMPLOYEE_NUMBER, "00125"),
    )


@pytest.mark.parametrize("number", MADE)
def test_an_optional_number_that_a_spreadsheet_made_costs_the_cell(dropped: Dropped, number: str) -> None:
    assert person(dropped, number).employee_number is None
    assert dropped.faults == {"2 employee_number": "spreadsheet_id"}


@pytest.mark.parametrize("number", MADE)
def test_as_a_key_it_costs_the_row_with_the_remedy(dropped: Dropped, number: str) -> None:
    dropped.put(
        "pay.csv",
        f"person_id,effective_on,annual,currency\n{number},2026-01-01,50000,EUR\nP2,2026-01-01,50000,EUR\n",
    )
    assert set(dropped.read(Stream.PAY)) == {"P2|2026-01-01"}
    assert dropped.faults == {"2": "spreadsheet_id"}


@pytest.mark.parametrize("number", ["00125", "E12", "1E5", "12-34", "A.0", "@7", "-7", "HR-EMP-00001"])
def test_ids_that_only_look_odd_are_ids(dropped: Dropped, number: str) -> None:
    dropped.put("pay.csv", f"person_id,effective_on,annual,currency\n{number},2026-01-01,50000,EUR\n")
    (found,) = dropped.read(Stream.PAY).values()
    assert isinstance(found, PayRecord)
    assert found.person_source_id == number
