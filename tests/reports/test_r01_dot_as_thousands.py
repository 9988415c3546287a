"""firefly-iii #8404, actualbudget #2374: ``52.000`` in a German file was taken as 52.

Right: a thousand where the file itself shows that its comma is the decimal mark (semicolons, ``64.500,00`` two rows below), else
refused as meaning two things. The same holds for a comma, and for hours, percent and ranges.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.domain import LearningRecord, PayRangeRecord, PayRecord, RaiseRecord, Stream
from tests.reports.dropped import Dropped


def pay(dropped: Dropped, text: str, **settings: object) -> dict[str, Decimal]:
    dropped.put("pay.csv", text)
    found = dropped.read(Stream.PAY, **settings)
    return {
        key.partition("|")[0]: one.annual.amount for key, one in found.items() if isinstance(one, PayRecord)
    }


def test_other_cells_of_the_column_decide(dropped: Dropped) -> None:
    text = (
        "person_id,effective_on,annual,currency\n"
        'P1,2026-01-01,52.000,EUR\nP2,2026-01-01,"64.500,00",EUR\nP3,2026-01-01,1.250.000,JPY\n'
    )
    assert pay(dropped, text) == {"P1": 52_000, "P2": 64_500, "P3": 1_250_000}
    assert dropped.faults == {}


def test_the_semicolon_decides_where_no_cell_does(dropped: Dropped) -> None:
    dropped.put(
        "pay_ranges.csv",
        "job_family;level;country;effective_on;minimum;midpoint;maximum;currency\n"
        "Eng;E2;DE;2026-01-01;48.000;60.000;72.000;EUR\n",
    )
    (found,) = dropped.read(Stream.PAY_RANGES).values()
    assert isinstance(found, PayRangeRecord)
    assert [one.amount for one in (found.minimum, found.midpoint, found.maximum)] == [48_000, 60_000, 72_000]


@pytest.mark.parametrize("annual", ["52.000", "52,000"])
def test_without_evidence_either_mark_is_refused(dropped: Dropped, annual: str) -> None:
    text = f'person_id,effective_on,annual,currency\nP1,2026-01-01,"{annual}",EUR\nP2,2026-01-01,61000,EUR\n'
    assert pay(dropped, text) == {"P2": 61_000}
    assert dropped.faults == {"2": "number"}


def test_the_mirror_image_is_read_by_its_own_evidence(dropped: Dropped) -> None:
    text = (
        "person_id,effective_on,annual,currency\n"
        'P1,2026-01-01,"52,000",USD\nP2,2026-01-01,"64,500.00",USD\nP3,2026-01-01,"1,250,000",JPY\n'
    )
    assert pay(dropped, text) == {"P1": 52_000, "P2": 64_500, "P3": 1_250_000}


def test_a_column_with_both_forms_decides_nothing(dropped: Dropped) -> None:
    text = (
        "person_id,effective_on,annual,currency\n"
        'P1,2026-01-01,52.000,EUR\nP2,2026-01-01,"64.500,00",EUR\nP3,2026-01-01,"61,000.00",EUR\n'
    )
    assert pay(dropped, text) == {"P2": 64_500, "P3": 61_000}
    assert dropped.faults == {"2": "number"}


@pytest.mark.parametrize(("locale", "amount"), [("de", 52_000), ("en-US", None), ("de-CH", None)])
def test_a_declared_locale_decides(dropped: Dropped, locale: str, amount: int | None) -> None:
    text = "person_id,effective_on,annual,currency\nP1,2026-01-01,52.000,EUR\n"
    assert pay(dropped, text, locale=locale) == ({} if amount is None else {"P1": amount})


@pytest.mark.parametrize(
    ("second", "hours"), [("12,5", Decimal(1250)), ("12.5", Decimal("1.25")), ("12", None)]
)
def test_hours_follow_the_column_too(dropped: Dropped, second: str, hours: Decimal | None) -> None:
    """Without evidence the record arrives, its hours do not."""
    dropped.put(
        "learning.csv",
        "record_id,email,activity_id,outcome,occurred_at,hours\n"
        f'r1,a@example.com,c,completed,2026-01-01,1.250\nr2,a@example.com,d,completed,2026-01-02,"{second}"\n',
    )
    found = dropped.read(Stream.LEARNING)["r1"]
    assert isinstance(found, LearningRecord)
    assert found.hours == hours
    assert dropped.faults == ({} if hours is not None else {"2 hours": "number"})


@pytest.mark.parametrize(("second", "percent"), [("2,75", None), ("2.75", Decimal(1)), ("2", None)])
def test_percent_follows_the_column_too(dropped: Dropped, second: str, percent: Decimal | None) -> None:
    """1.000 is 1 beside a decimal point; beside a decimal comma it would be a thousand percent, which HR never means but may write."""
    dropped.put(
        "raises.csv",
        f'person_id,effective_on,percent\nP1,2026-01-01,1.000\nP2,2026-01-01,"{second}"\n',
    )
    found = dropped.read(Stream.RAISES)
    one = found.get("P1|2026-01-01")
    if second == "2,75":
        assert isinstance(one, RaiseRecord)
        assert one.percent == 1000
    elif percent is None:
        assert dropped.faults == {"2": "number"}
    else:
        assert isinstance(one, RaiseRecord)
        assert one.percent == percent
