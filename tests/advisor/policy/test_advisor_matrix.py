"""A merit matrix is complete or refused, is read like a table, and is explained and fitted exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.policy import guideline, pay_policy
from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix, check
from plugin.advisor.recommendation.frame import Frame, fit_policy, frame
from plugin.advisor.recommendation.snapshot import snapshot
from plugin.errors import InvalidInput
from tests.advisor.advisor_company import COMPA, RATINGS, company, euro, matrix, person, policy

AS_OF = company(1).as_of


def frame_of(rules: pay_policy.Policy, *rows: object) -> Frame:
    return frame(snapshot(AS_OF, "EUR", rows), rules)  # type: ignore[arg-type]


@given(st.integers(0, len(matrix().cells) - 1))
def test_matrix_with_any_hole_is_refused(missing: int) -> None:
    full = matrix()
    with pytest.raises(InvalidInput, match="lacks"):
        check(Matrix(full.criteria, full.cells[:missing] + full.cells[missing + 1 :]))


def test_policy_with_a_hole_cannot_be_made() -> None:
    with pytest.raises(InvalidInput, match="lacks"):
        policy(matrix=Matrix(matrix().criteria, matrix().cells[1:]))


@given(st.integers(0, len(matrix().cells) - 1))
def test_cell_that_is_there_twice_is_refused(twice: int) -> None:
    full = matrix()
    with pytest.raises(InvalidInput, match="twice"):
        check(Matrix(full.criteria, (*full.cells, full.cells[twice])))


def numeric(*ends: tuple[str | None, str | None]) -> Criterion:
    bands = [Band(f"b{i}", *(None if e is None else Decimal(e) for e in pair)) for i, pair in enumerate(ends)]
    return Criterion("compa_ratio", (*bands, Band("none", missing=True)))


@pytest.mark.parametrize(
    ("criterion", "wrong"),
    [
        (numeric((None, "0.9"), ("1.0", None)), "gap"),
        (numeric((None, "1.0"), ("0.9", None)), "overlap"),
        (numeric((None, None), (None, None)), "overlap"),
        (numeric(("0.5", "1.0"), ("1.0", None)), "open below"),
        (numeric((None, "1.0"), ("1.0", "1.5")), "open above|open below"),
        (replace(COMPA, bands=COMPA.bands[:-1]), "without a value"),
        (replace(RATINGS, bands=RATINGS.bands[:-1]), "without a value"),
        (Criterion("level", (Band("E", values=("E1",)), Band("none", missing=True))), "all other values"),
        (
            Criterion(
                "level", (Band("a", values=("*", "E1")), Band("b", values=("E1",)), Band("n", missing=True))
            ),
            "one band only",
        ),
        (Criterion("shoe_size", (Band("all"), Band("none", missing=True))), "one of these criteria"),
        (Criterion("rating", (Band("x"), Band("x", missing=True))), "its own label"),
    ],
)
def test_criterion_with_hole_or_overlap_is_refused(criterion: Criterion, wrong: str) -> None:
    cells = tuple(Cell((band.label,), *(Decimal(1),) * 5) for band in criterion.bands)
    with pytest.raises(InvalidInput, match=wrong):
        check(Matrix((criterion,), cells))


def test_cell_whose_points_fall_is_refused() -> None:
    full = matrix()
    wrong = replace(full.cells[0], low=Decimal(3), default=Decimal(2))
    with pytest.raises(InvalidInput, match="rise"):
        check(Matrix(full.criteria, (wrong, *full.cells[1:])))


def test_six_criteria_are_refused() -> None:
    with pytest.raises(InvalidInput, match="five"):
        check(Matrix((RATINGS,) * 6, ()))


def cell_of(rules: pay_policy.Policy, **changes: object) -> tuple[str, ...]:
    found = frame_of(rules, person(**changes))
    keys = list(itertools.product(*([band.label for band in c.bands] for c in rules.matrix.criteria)))
    return keys[int(guideline.cells(rules.matrix, found.bands)[0])]


def test_people_fall_into_the_band_that_holds_their_value() -> None:
    assert cell_of(policy(), rating=Decimal("2.49"), annual=euro(56999)) == ("low", "below")
    assert cell_of(policy(), rating=Decimal("2.5"), annual=euro(57000)) == ("meets", "around")
    assert cell_of(policy(), rating=Decimal(5), annual=euro(63000)) == ("above", "over")


def test_unrated_people_and_people_without_range_have_their_own_row() -> None:
    nothing = {"range_minimum": None, "range_midpoint": None, "range_maximum": None}
    assert cell_of(policy(), rating=None, **nothing) == ("unrated", "no range")


def test_pay_below_the_range_is_read_as_the_range_minimum() -> None:
    rule = Criterion(
        "range_penetration",
        (Band("under", None, Decimal(0)), Band("in", Decimal(0)), Band("none", missing=True)),
    )
    cells = tuple(Cell((band.label,), *(Decimal(1),) * 5) for band in rule.bands)
    assert cell_of(policy(matrix=Matrix((rule,), cells)), annual=euro(40000)) == ("in",)


def test_text_bands_catch_named_values_others_and_missing_ones() -> None:
    rule = Criterion(
        "level",
        (Band("senior", values=("E3", "E4")), Band("rest", values=("*",)), Band("none", missing=True)),
    )
    cells = tuple(Cell((band.label,), *(Decimal(1),) * 5) for band in rule.bands)
    rules = policy(matrix=Matrix((rule,), cells))
    assert [cell_of(rules, level=level)[0] for level in ("E4", "E1", "")] == ["senior", "rest", "none"]


def test_criteria_shares_are_shapley_values_of_the_cell() -> None:
    rules, found = policy(), frame(company(60), policy())
    base, values = guideline.contributions(rules.matrix, found.bands, found.bands)
    default = guideline.table(rules.matrix)[:, 2].reshape(guideline.shape(rules.matrix))
    r, c = found.bands[:, 0], found.bands[:, 1]
    for i in range(len(found.bands)):
        alone_r, alone_c = default[r[i], c].mean(), default[r, c[i]].mean()
        both, none = default[r[i], c[i]], default[r, c].mean()
        assert values[i, 0] == pytest.approx(((alone_r - none) + (both - alone_c)) / 2)
        assert values[i, 1] == pytest.approx(((alone_c - none) + (both - alone_r)) / 2)
        assert base + values[i].sum() == pytest.approx(both)


def test_shares_of_three_criteria_sum_to_the_cell() -> None:
    levels = Criterion(
        "level", (Band("junior", values=("E0",)), Band("rest", values=("*",)), Band("none", missing=True))
    )
    criteria = (RATINGS, COMPA, levels)
    keys = list(itertools.product(*([band.label for band in c.bands] for c in criteria)))
    cells = tuple(Cell(key, *(Decimal(1 + i * i % 17) for _ in range(5))) for i, key in enumerate(keys))
    rules = policy(matrix=Matrix(criteria, cells))
    found = frame(company(60), rules)
    base, values = guideline.contributions(rules.matrix, found.bands, found.bands)
    default = guideline.table(rules.matrix)[guideline.cells(rules.matrix, found.bands), 2]
    np.testing.assert_allclose(base + values.sum(axis=1), default)
    assert base == pytest.approx(default.mean())


@given(st.sampled_from(["1.5", "2.0", "2.4", "3.0", "3.3"]))
def test_matrix_fitted_to_a_budget_spends_it_and_stays_complete(target: str) -> None:
    rules, found = policy(), frame(company(150), policy())
    fitted = guideline.fit_to_budget(rules.matrix, found.columns, found.factor, Decimal(target))
    check(fitted)
    default = guideline.table(fitted)[guideline.cells(fitted, found.bands), 2]
    spent = float(default @ found.columns.minor) / found.columns.minor.sum()
    assert float(target) - 0.02 < spent <= float(target)


def test_policy_fitted_for_those_who_take_part_costs_the_target() -> None:
    rules = policy(eligibility=pay_policy.Eligibility(exempt_countries=("YY",)))
    rows = [person(1), person(2, rating=Decimal(5), country="YY"), person(3, hired_on=None)]
    fitted = fit_policy(snapshot(AS_OF, "EUR", rows), rules, Decimal("2.0"))
    found = frame(snapshot(AS_OF, "EUR", rows), fitted)
    default = guideline.table(fitted.matrix)[guideline.cells(fitted.matrix, found.bands), 2]
    assert default[0] == default[2] == pytest.approx(2.0, abs=0.011)


def test_nothing_is_fitted_when_nobody_takes_part() -> None:
    rules = policy(eligibility=pay_policy.Eligibility(months_since_raise=999))
    with pytest.raises(InvalidInput, match="No employee is eligible"):
        fit_policy(company(10), rules, Decimal(2))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: pay_policy.SkillPolicy(cap_points=Decimal(-1)), "cap_points"),
        (lambda: pay_policy.SkillPolicy(kind_points={"skill": Decimal(-1)}), "kind_points.skill"),
        (lambda: pay_policy.Proration(AS_OF, None), "period_ended_on"),
        (lambda: pay_policy.Proration(AS_OF, AS_OF.replace(year=2025)), "period_ended_on"),
        (lambda: policy(model_points=Decimal(-1)), "model_points"),
        (lambda: policy(money_unit=Decimal("0.005")), "money_unit"),
    ],
)
def test_policy_values_that_cannot_be_are_refused_by_name(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make()
    assert field in caught.value.fields


def test_matrix_cannot_be_fitted_beyond_its_hard_limits() -> None:
    found = frame(company(50), policy())
    with pytest.raises(InvalidInput, match="hard limits"):
        guideline.fit_to_budget(matrix(), found.columns, found.factor, Decimal(9))


def test_policy_survives_json() -> None:
    rules = policy()
    assert pay_policy.from_json(pay_policy.to_json(rules)) == rules
    assert pay_policy.from_json(pay_policy.to_json(rules)).hash == rules.hash


def test_stored_policy_with_a_hole_is_refused() -> None:
    data = pay_policy.to_json(policy()).replace(b'["low","below"]', b'["low","around"]', 1)
    with pytest.raises(InvalidInput):
        pay_policy.from_json(data)


def test_table_is_in_the_order_of_the_cells() -> None:
    shuffled = Matrix(matrix().criteria, tuple(reversed(matrix().cells)))
    np.testing.assert_array_equal(guideline.table(shuffled), guideline.table(matrix()))
