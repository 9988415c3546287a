"""A policy's file is taken whole or refused by field; its words say what the advisor does with it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.policy import pay_policy
from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix, check
from plugin.advisor.policy.pay_policy import (
    ApprovalRules,
    Eligibility,
    Policy,
    Proration,
    RangeRules,
    SkillPolicy,
)
from plugin.errors import InvalidInput, NotFound
from plugin.services.core import Core
from plugin.services.cycle import policy_list, policy_words
from plugin.services.model import training
from plugin.store import tables
from tests.small_company import Company, count, draft_cycle, fill, policy


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _file(change: Callable[[Any], object] | None = None) -> bytes:
    document = json.loads(pay_policy.to_json(policy()))
    if change is not None:
        change(document)
    return json.dumps(document).encode()


def test_a_file_is_stored_once_and_the_same_content_in_another_form_is_the_same_policy(
    core: Core, company: Company
) -> None:
    first = policy_list.add(core, company.analyst, _file())
    pretty = json.dumps(json.loads(_file()), indent=4).encode("utf-8-sig")
    again = policy_list.add(core, company.hr, pretty)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.policy_id == again.policy_id
    assert policy_list.shown(core, first.policy_id).entry.added_by == "anil@example.com"


@pytest.mark.parametrize(
    ("change", "field", "wrong"),
    [
        (lambda d: d["matrix"]["cells"][3].update(low="many"), "matrix.cells.3.low", "can't be read"),
        (lambda d: d["matrix"]["cells"][3].update(low=1.5), "matrix.cells.3.low", "quotation marks"),
        (lambda d: d["matrix"]["cells"][3].pop("low"), "matrix.cells.3.low", "is missing"),
        (lambda d: d["matrix"]["cells"][3].update(high="NaN"), "matrix.cells.3.high", "can't be read"),
        (
            lambda d: d["matrix"]["cells"][3].update(maximum="1E+999999"),
            "matrix.cells.3.maximum",
            "can't be read",
        ),
        (lambda d: d["matrix"]["cells"][0].update(default="7"), "cells", "Cell Unrated × no range must rise"),
        (lambda d: d["matrix"]["cells"].pop(1), "cells", "Add a cell for Unrated × low"),
        (lambda d: d["matrix"]["cells"].append(d["matrix"]["cells"][0]), "cells", "appears twice"),
        (
            lambda d: d["matrix"]["cells"][0].update(bands=["Unrated"]),
            "cells",
            "does not match any combination",
        ),
        (lambda d: d["eligibility"].update(hired_by="30.09.2026"), "eligibility.hired_by", "can't be read"),
        (lambda d: d["eligibility"].update(months_since_raise=-1), "months_since_raise", "0 or more months"),
        (lambda d: d["skills"].update(cap_points="-1"), "cap_points", "Enter 0 or more"),
        (lambda d: d["skills"].update(scarcity_valid_days=10**12), "scarcity_valid_days", "0 to 36,500"),
        (lambda d: d["proration"].update(leave_counts=["holiday"]), "leave_counts", "Enter any of parental"),
        (lambda d: d.update(money_unit="0.005"), "money_unit", "multiple of 0.01"),
        (lambda d: d.update(model_points="-0.1"), "model_points", "Enter 0 or more"),
        (lambda d: d.update(name=" "), "name", "1 to 200"),
        (lambda d: d.update(name="x" * 201), "name", "1 to 200"),
        (lambda d: d.update(pool="3"), "pool", "unknown field"),
        (lambda d: d.pop("matrix"), "matrix", "is missing"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_nothing_is_stored(
    core: Core, company: Company, change: Callable[[Any], object], field: str, wrong: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        policy_list.add(core, company.analyst, _file(change))
    assert wrong in refused.value.fields[field]
    assert refused.value.remedy
    assert count(core, tables.policy) == 0


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"{", "line 1, column 2"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[]", "must be a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"name": ' + b"9" * 5000 + b"}", "must be JSON"),
        (b'{"name": "a", "name": "b"}', "appears twice"),
        (b'{"name": "\\ud800"}', "unpaired surrogates"),
        (b'{"name": "\\u0000"}', "NUL characters"),
        (b'{"name": "\\\\u0000 \\ud83d\\ude00"}', "matrix: is missing"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_in_words(content: bytes, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=wrong):
        policy_list.read(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(st.characters(categories=None)) | st.floats() | st.integers(),
        st.lists,
    ),
    st.data(),
)
def test_no_value_in_any_place_is_more_than_refused(value: object, data: st.DataObject) -> None:
    document = json.loads(pay_policy.to_json(policy()))
    place: Any = document
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = value
            break
        place = place[key]
    with suppress(InvalidInput):
        taken = policy_list.read(json.dumps(document).encode())
        assert policy_list.read(pay_policy.to_json(taken)) == taken


def test_many_bands_without_cells_are_refused_without_laying_out_all_combinations() -> None:
    names = ("level", "job_family", "country", "org_unit")
    bands = (
        *(Band(f"b{i}", values=(f"v{i}",)) for i in range(1000)),
        Band("rest", values=("*",)),
        Band("none", missing=True),
    )
    wide = Matrix(tuple(Criterion(name, bands) for name in names), ())
    with pytest.raises(InvalidInput, match=f"lacks {1002**4:,} cells, the first for b0 × b0 × b0 × b0"):
        check(wide)


def test_the_list_names_who_added_a_policy_and_which_cycles_use_it(core: Core, company: Company) -> None:
    used = training.add_policy(core, company.hr, policy())
    first = draft_cycle(core, company, policy_id=used)
    second = draft_cycle(core, company, name="Another", effective_on=date(2028, 4, 1), policy_id=used)
    spare = training.add_policy(core, company.analyst, policy("Spare"))
    listed, total = policy_list.listed(core)
    assert total == 2
    assert [one.entry.id for one in listed] == [spare, used]
    assert [one.entry.added_by for one in listed] == ["anil@example.com", "hana@example.com"]
    assert [[cycle.id for cycle in one.cycles] for one in listed] == [[], [second, first]]
    assert [one.entry.id for one in policy_list.listed(core, skipped=1, limit=1)[0]] == [used]
    with pytest.raises(NotFound):
        policy_list.shown(core, 99)


# --- words ----------------------------------------------------------------------------------------------------------


def _words(changed: Policy) -> str:
    return " ".join(words for one in policy_words.sections(changed) for _, words in one.facts)


def test_rules_that_are_off_are_said_to_be_off() -> None:
    said = _words(replace(policy(), eligibility=Eligibility(), model_points=Decimal(0)))
    for part in (
        "whatever their hire date",
        "does not affect eligibility",
        "All countries are included",
        "No proration",
        "Only policy and skills count",
        "Limited only by the budget",
    ):
        assert part in said, part


def test_each_rule_is_said_with_its_figure() -> None:
    made = Policy(
        "All rules",
        policy().matrix,
        Eligibility(date(2026, 9, 30), 6, ("FR", "IT")),
        Proration(date(2026, 1, 1), date(2026, 12, 31), ("unpaid",), since_pay_change=True),
        SkillPolicy(pool_percent=Decimal("0.50"), scarcity_valid_days=200),
        RangeRules(raise_to_minimum=False, remainder_as_lump_sum=False),
        ApprovalRules(Decimal("1.5"), Decimal(20)),
        Decimal("0.50"),
        Decimal("0.8"),
    )
    said = _words(made)
    for part in (
        "Hired by 30 September 2026. Employees hired later are eligible only for HR adjustments.",
        "At least 6 months",
        "Excluded: FR and IT",
        "The prorated share counts from the latest pay change",
        "Days of unpaid leave reduce the prorated share",
        "Skill: 0.4 points; Knowledge: 0.2 points",
        "foundational × 0.75; intermediate × 1; advanced × 1.25; expert × 1.5",
        "× (1 + 1 × scarcity",
        "older than 200 days",
        "At most 1.5 points.",
        "At most 0.5% of the pay of all eligible employees",
        "not raised to the minimum",
        "The rest is not paid",
        "multiples of 0.5 ",
        "at most 0.8 points",
        "more than 1.5 points from the recommendation",
        "20.0% of pay, for HR too",
    ):
        assert part in said, part


def test_a_matrix_of_two_criteria_is_laid_out_with_every_cell_in_its_place() -> None:
    matrix = policy().matrix
    laid = policy_words.grid(matrix)
    assert laid is not None
    assert (laid.row_title, laid.column_title) == ("Rating", "Compa-ratio")
    for label, cells in laid.rows:
        assert [cell.bands for cell in cells] == [(label, column) for column in laid.columns]
    assert sum(len(cells) for _, cells in laid.rows) == len(matrix.cells)
    one = Matrix(matrix.criteria[:1], ())
    assert policy_words.grid(one) is None


def test_bands_say_which_values_they_take() -> None:
    level = Criterion(
        "level", (Band("E", values=("E1", "E2")), Band("rest", values=("*",)), Band("none", missing=True))
    )
    rating = policy().matrix.criteria[0]
    labels = itertools.product((b.label for b in rating.bands), (b.label for b in level.bands))
    cells = tuple(Cell(key, *(Decimal(1),) * 5) for key in labels)
    (_, ratings), (name, levels) = policy_words.bands(Matrix((rating, level), cells))
    assert dict(ratings)["Below"] == "below 2"
    assert dict(ratings)["Meets"] == "3 to below 4"
    assert dict(ratings)["Outstanding"] == "5 and above"
    assert dict(ratings)["Unrated"] == "employees without a value"
    assert (name, levels) == (
        "Level",
        (("E", "E1, E2"), ("rest", "all others"), ("none", "employees without a value")),
    )
