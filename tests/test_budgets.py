"""The budgets of `make budgets` hold: statements and own files, the same for a team three times as large."""

from __future__ import annotations

import pytest

from benchmarks.budgets import Figures, measure

LARGER = "_in_a_team_three_times_as_large"
MOST = {  # statements, own files with templates
    "row_edit": (8, 49),
    "worksheet": (13, 49),
    "approval_of_10": (10, 23),
    "approval_of_30": (10, 23),
    "sync_page_of_30": (57, 53),
    "sync_page_of_90": (57, 53),
    "webhook": (4, 25),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Figures]:
    return measure(is_timed=False)


@pytest.mark.parametrize("name", MOST)
def test_statements_and_files_keep_within_their_budget(found: dict[str, Figures], name: str) -> None:
    assert (found[name]["statements"] <= MOST[name][0], found[name]["files"] <= MOST[name][1]) == (
        True,
        True,
    ), found[name]


def test_a_row_edit_costs_the_same_in_a_larger_team(found: dict[str, Figures]) -> None:
    small, large = found["row_edit"], found[f"row_edit{LARGER}"]
    for name in ("statements", "rows", "documents", "files"):
        assert large[name] == small[name], name


def test_an_approval_decodes_no_document_of_anybody(found: dict[str, Figures]) -> None:
    assert found["approval_of_10"]["documents"] == found["approval_of_30"]["documents"]
    assert found["approval_of_10"]["statements"] == found["approval_of_30"]["statements"]
