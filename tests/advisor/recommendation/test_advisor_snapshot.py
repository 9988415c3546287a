"""A snapshot derives pay position from full-time pay, hashes its content and refuses what cannot be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.snapshot import EmployeeRow, from_json, months_between, snapshot, to_json
from plugin.domain import Money
from plugin.errors import InvalidInput, Tampered
from tests.advisor.advisor_company import AS_OF, badge, euro, people, person


def test_part_time_pay_does_not_change_the_place_in_range() -> None:
    full, half = person(annual=euro(54000)), person(annual=euro(54000), fte=Decimal("0.5"))
    assert full.compa_ratio == half.compa_ratio == Decimal("0.9")
    assert full.range_penetration == half.range_penetration == Decimal("0.25")
    assert half.paid == euro(27000)


def test_pay_below_and_above_range_leaves_penetration_unclipped() -> None:
    below, above = person(annual=euro(42000)), person(annual=euro(78000))
    assert below.range_penetration == Decimal("-0.25")
    assert above.range_penetration == Decimal("1.25")


def test_person_without_range_has_no_position() -> None:
    row = person(range_minimum=None, range_midpoint=None, range_maximum=None)
    assert row.compa_ratio is None
    assert row.range_penetration is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"fte": Decimal(0)},
        {"fte": Decimal("1.2")},
        {"annual": euro(0)},
        {"rating": Decimal(6)},
        {"range_midpoint": None},
        {"range_midpoint": euro(90000)},
        {"range_midpoint": Money(Decimal(60000), "USD")},
    ],
)
def test_impossible_row_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        person(**wrong)


def test_scarcity_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(InvalidInput):
        badge(scarcity=Decimal("1.1"))


@given(st.permutations(people(6)))
def test_order_of_rows_does_not_change_the_hash(rows: list[EmployeeRow]) -> None:
    assert snapshot(AS_OF, "EUR", rows).hash == snapshot(AS_OF, "EUR", people(6)).hash


def test_any_changed_figure_changes_the_hash() -> None:
    first = snapshot(AS_OF, "EUR", [person()])
    assert first.hash != snapshot(AS_OF, "EUR", [person(annual=euro("60000.01"))]).hash
    assert first.hash != snapshot(AS_OF, "EUR", [person(new_evidence=(badge(),))]).hash
    assert first.hash != snapshot(date(2026, 4, 2), "EUR", [person()]).hash


def test_snapshot_survives_json_and_tampering_is_noticed() -> None:
    first = snapshot(AS_OF, "EUR", people(20))
    data = to_json(first)
    assert from_json(data, expected_hash=first.hash) == first
    with pytest.raises(Tampered):
        from_json(data.replace(b'"rating":"3"', b'"rating":"5"', 1), expected_hash=first.hash)


def test_pieces_of_a_snapshot_are_its_canonical_json() -> None:
    for rows in ([], people(1), people(3)):
        value = snapshot(AS_OF, "EUR", rows, typical_label="Example Ltd")
        assert to_json(value) == codec.to_bytes(value)
        assert value.hash == codec.hash_of(value)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"fte":"1"', b'"fte":1.5', "rows.0.fte"),
        (b'"fte":"1"', b'"fte":"x"', "rows.0.fte"),
        (b'"as_of":"2026-04-01"', b'"as_of":"1 April"', "as_of"),
        (b'"person_id":1,', b'"person_id":true,', "rows.0.person_id"),
        (b'"annual":{"amount":"60000","currency":"EUR"}', b'"annual":60000', "rows.0.annual"),
        (b'"person_id":1,', b"", "rows.0"),
        (b'"data_problems":[]', b'"data_problems":{}', "data_problems"),
    ],
)
def test_unreadable_field_is_named(old: bytes, new: bytes, where: str) -> None:
    data = to_json(snapshot(AS_OF, "EUR", [person()]))
    assert old in data
    with pytest.raises(InvalidInput, match=where):
        from_json(data.replace(old, new))


def test_unknown_field_in_stored_snapshot_is_refused() -> None:
    data = to_json(snapshot(AS_OF, "EUR", [person()]))
    with pytest.raises(InvalidInput, match="sex"):
        from_json(data.replace(b'"fte":', b'"sex":"x","fte":'))


def test_two_rows_of_one_person_are_refused() -> None:
    with pytest.raises(InvalidInput):
        snapshot(AS_OF, "EUR", [person(1), person(1)])


def test_row_in_another_currency_is_refused() -> None:
    with pytest.raises(InvalidInput):
        snapshot(AS_OF, "USD", [person()])


def test_months_count_whole_months_only() -> None:
    assert months_between(date(2025, 4, 2), date(2026, 4, 1)) == 11
    assert months_between(date(2025, 4, 1), date(2026, 4, 1)) == 12
    assert months_between(date(2026, 5, 1), date(2026, 4, 1)) == 0
    assert person(last_pay_change_on=None, hired_on=date(2026, 1, 1)).months_since_raise(AS_OF) == 3
