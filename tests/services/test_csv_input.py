"""What people type as numbers is read as they mean it, or refused; a blank parts thousands and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.errors import InvalidInput
from plugin.services.csv_input import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.5", "3.5"),
        (" 3,2 % ", "3.2"),
        ("1 200.50", "1200.50"),
        ("1\u202f200\u202f000", "1200000"),
        ("-4", "-4"),
    ],
)
def test_numbers_are_read_as_they_are_meant(text: str, value: str) -> None:
    assert number(text, "amount") == Decimal(value)


@pytest.mark.parametrize("text", ["3 5", "1 20", "1 2000", "3.5.1", "a lot", "NaN", "Infinity"])
def test_slips_of_the_hand_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        number(text, "amount")
    assert list(caught.value.fields) == ["amount"]


@pytest.mark.parametrize("text", ["", "  ", "%"])
def test_nothing_is_nothing(text: str) -> None:
    assert number(text, "amount") is None
