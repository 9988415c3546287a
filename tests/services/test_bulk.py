"""The collector rests during bulk work, however many pieces of it there are, and never for longer."""

from __future__ import annotations

import gc

import pytest

from plugin.services.bulk import bulk


def test_the_collector_rests_until_the_last_piece_of_work_has_ended() -> None:
    assert gc.isenabled()
    with bulk():
        assert not gc.isenabled()
        with bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_failure_wakes_it_too() -> None:
    @bulk()
    def work() -> None:
        assert not gc.isenabled()
        raise ValueError("broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            work()
        assert gc.isenabled()
