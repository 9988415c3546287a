"""firefly-iii #4106: euro signs, percent signs, blanks of typesetting and brackets around a negative amount.

Right: read or refused with the line, never guessed.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.domain import HeldRule, PayRecord, PersonRecord, RaiseRecord, Stream
from plugin.services.core import Core
from plugin.services.people import plausibility
from tests.reports.dropped import Dropped
from tests.reports.kit import Files


@pytest.mark.parametrize(
    ("annual", "currency", "amount"),
    [
        ("$52,000.00", "USD", 52_000),
        ("52'000", "CHF", 52_000),
        ("52\u00a0000", "EUR", 52_000),
        ("52\u202f000,50", "EUR", Decimal("52000.5")),
        ("€ 52000", "EUR", 52_000),
        ("52000 €", "EUR", 52_000),
        ("EUR 52000", "eur", 52_000),
        ("52000.00", "usd", 52_000),
        ("52000", "€", 52_000),
    ],
)
def test_amounts_are_read_as_people_write_them(
    dropped: Dropped, annual: str, currency: str, amount: Decimal
) -> None:
    dropped.put("pay.csv", f'person_id,effective_on,annual,currency\nP1,2026-01-01,"{annual}",{currency}\n')
    (found,) = dropped.read(Stream.PAY).values()
    assert isinstance(found, PayRecord)
    assert found.annual.amount == amount


@pytest.mark.parametrize(
    ("annual", "currency", "code"),
    [
        ("(1,200.00)", "USD", "range"),
        ("1,200.00-", "USD", "range"),
        ("5.2E+04", "USD", "number"),
        ("€52000", "USD", "number"),
        ("52000 USD", "EUR", "number"),
        ("52k", "EUR", "number"),
        ("#REF!", "EUR", "formula"),
        ("=A1*12", "EUR", "formula"),
        ("52000", "$", "currency"),
        ("52000", "EURO", "currency"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_line(
    dropped: Dropped, annual: str, currency: str, code: str
) -> None:
    dropped.put("pay.csv", f'person_id,effective_on,annual,currency\nP1,2026-01-01,"{annual}",{currency}\n')
    assert dropped.read(Stream.PAY) == {}
    assert dropped.faults == {"2": code}


@pytest.mark.parametrize(
    ("percent", "value"),
    [
        ("3.5%", "3.5"),
        ("3,5", "3.5"),
        ("3,5 %", "3.5"),
        ("(2.5)", "-2.5"),
        ("2.5-", "-2.5"),
        ("\u22122,5", "-2.5"),
        ("0.035", "0.035"),
    ],
)
def test_percentages_are_read_as_people_write_them(dropped: Dropped, percent: str, value: str) -> None:
    """0.035 is what stands there; that a whole column lies below 0.5 % is for the plausibility gate to ask about."""
    dropped.put("raises.csv", f'person_id,effective_on,percent\nP1,2026-01-01,"{percent}"\n')
    (found,) = dropped.read(Stream.RAISES).values()
    assert isinstance(found, RaiseRecord)
    assert found.percent == Decimal(value)


@pytest.mark.parametrize(("fte", "value"), [("80%", "0.8"), ("0,8", "0.8"), ("1.000", "1"), ("100 %", "1")])
def test_working_time_is_read_as_people_write_it(dropped: Dropped, fte: str, value: str) -> None:
    dropped.put("people.csv", f'person_id,name,fte\nP1,Ada,"{fte}"\n')
    (found,) = dropped.read(Stream.PEOPLE).values()
    assert isinstance(found, PersonRecord)
    assert found.fte == Decimal(value)


@pytest.mark.parametrize(
    ("percents", "asked"),
    [
        (("0.035", "0.04", "0.028"), True),
        (('"0,035"', '"0,04"', '"0,028"'), True),
        (("0.3%", "0.45%", "0.2%"), True),
        (("0.035", "0.04", "0"), False),
        (("0.035", "0.04", "3.5"), False),
        (("0.035", "0.04"), False),
    ],
)
def test_a_whole_column_that_looks_like_fractions_is_asked_about(
    any_core: Core, percents: tuple[str, ...], asked: bool
) -> None:
    people = "".join(f"P{n},Person {n}\n" for n in range(3))
    raises = "".join(f"P{n},2025-04-01,{value}\n" for n, value in enumerate(percents))
    Files(any_core).read(
        people=f"person_id,name\n{people}", raises=f"person_id,effective_on,percent\n{raises}"
    )
    held = [one.rule for one in plausibility.page(any_core)]
    assert held == ([HeldRule.RAISES_COLUMN] if asked else [])
