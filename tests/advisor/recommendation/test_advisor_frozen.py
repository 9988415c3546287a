"""Packed snapshots: read back row by row, with rows replaced, and never without their hash."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.recommendation import frozen
from plugin.advisor.recommendation.snapshot import EmployeeRow, Snapshot, snapshot, to_json
from plugin.domain import Money
from plugin.errors import InvalidInput, Tampered

AS_OF = date(2026, 11, 20)
WORDS = st.text(st.sampled_from('abÄß中🎓"\\,]}[{:'), max_size=12)


@st.composite
def rows(draw: st.DrawFn, low: int = 1, high: int = 40) -> list[EmployeeRow]:
    ids = draw(st.sets(st.integers(low, high), max_size=12))
    return [
        EmployeeRow(
            person_id=who,
            annual=Money(Decimal(draw(st.integers(1, 200_000))), "EUR"),
            job_family=draw(WORDS),
            level=draw(WORDS),
        )
        for who in ids
    ]


def frozen_of(found: list[EmployeeRow], label: str = "a firm") -> Snapshot:
    return snapshot(AS_OF, "EUR", found, typical_label=label)


@given(rows(), WORDS, st.integers(1, 40))
def test_a_packed_snapshot_comes_back_whole_in_pieces_of_any_size(
    found: list[EmployeeRow], label: str, piece: int
) -> None:
    value = frozen_of(found, label)
    packed = frozen.pack(value)
    assert zlib.decompress(packed.content) == to_json(value)
    assert packed.hash == value.hash
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(frozen, "PIECE", piece)
        assert frozen.read(packed.content, packed.hash) == value


@given(rows(), rows(high=60))
def test_newer_rows_take_the_place_of_older_ones_and_the_hash_is_that_of_the_whole(
    found: list[EmployeeRow], newer: list[EmployeeRow]
) -> None:
    value = frozen_of(found)
    merged = frozen_of([*({row.person_id: row for row in [*found, *newer]}).values()])
    patch = frozen.patch(value, newer)
    back = frozen.read(frozen.pack(value).content, merged.hash, patch)
    assert back == merged
    assert back.hash == merged.hash == frozen_of(list(back.rows)).hash
    assert frozen.rows_of(patch) == tuple(sorted(newer, key=lambda row: row.person_id))


def two() -> Snapshot:
    return frozen_of([EmployeeRow(i, Money(Decimal(50_000 + i), "EUR")) for i in (3, 7)])


def test_a_snapshot_with_other_bytes_is_refused_before_its_rows_are_judged() -> None:
    value = two()
    data = to_json(value)
    for wrong in (
        data.replace(b"50007", b"90007"),
        data.replace(b'"fte":"1"', b'"fte":"7"'),  # no row at all: still told as tampered
        data.replace(b"EUR", b"USD"),
        data[:-30],
        data + b" ",
    ):
        with pytest.raises(Tampered):
            frozen.read(zlib.compress(wrong), value.hash)


@pytest.mark.parametrize("cut", [0, 1, 10, 60])
def test_cut_off_content_is_refused(cut: int) -> None:
    packed = frozen.pack(two())
    with pytest.raises(Tampered):
        frozen.read(packed.content[:cut], packed.hash)


def test_a_changed_patch_is_refused() -> None:
    value = two()
    newer = replace(value.rows[0], annual=Money(Decimal(61_000), "EUR"))
    merged = frozen_of([newer, value.rows[1]])
    forged = frozen.patch(value, [replace(newer, annual=Money(Decimal(91_000), "EUR"))])
    assert frozen.read(frozen.pack(value).content, merged.hash, frozen.patch(value, [newer])) == merged
    for patch in (forged, None, zlib.compress(b"{}")):
        with pytest.raises(Tampered):
            frozen.read(frozen.pack(value).content, merged.hash, patch)


def test_right_bytes_that_this_release_cannot_read_say_what_is_wrong() -> None:
    import hashlib

    data = to_json(two()).replace(b'"fte":"1"', b'"fte":"7"')
    with pytest.raises(InvalidInput, match="at most 1"):
        frozen.read(zlib.compress(data), hashlib.sha256(data).hexdigest())
