"""A frozen class may grow: what was stored before keeps its bytes, its hash and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from plugin.advisor.recommendation import codec


@dataclass(frozen=True)
class Rule:
    cap: Decimal
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class GrownRule:
    cap: Decimal
    countries: tuple[str, ...] = ()
    floor: Decimal = codec.later(Decimal(0))


OLD = Rule(Decimal("1.5"), ("DE",))


def test_a_later_field_at_its_default_changes_neither_bytes_nor_hash() -> None:
    grown = GrownRule(OLD.cap, OLD.countries)
    assert codec.to_bytes(grown) == codec.to_bytes(OLD)
    assert codec.hash_of(grown) == codec.hash_of(OLD)


def test_what_was_stored_before_reads_with_the_default() -> None:
    assert codec.from_json(GrownRule, codec.to_json(OLD)) == GrownRule(OLD.cap, OLD.countries, Decimal(0))


@pytest.mark.parametrize("floor", [Decimal("0.1"), Decimal(-1)])
def test_a_later_field_that_says_something_is_written_and_read(floor: Decimal) -> None:
    grown = GrownRule(OLD.cap, OLD.countries, floor)
    assert codec.hash_of(grown) != codec.hash_of(OLD)
    assert codec.from_json(GrownRule, codec.to_json(grown)) == grown
