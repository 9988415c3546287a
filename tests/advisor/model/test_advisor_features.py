"""A protected attribute, or what stands in for it, cannot become a feature, and importing the advisor stays cheap."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.model import banned, features, wording
from plugin.advisor.model.tables import Table
from plugin.advisor.model.training import train
from plugin.advisor.recommendation.frame import frame
from plugin.errors import InvalidInput
from tests.advisor.advisor_company import company, policy

WORDS = sorted({word.strip("*") for entry in banned.REGISTRY for word in entry.words})


@given(
    st.sampled_from(WORDS), st.sampled_from(["", "is_", "employee_"]), st.sampled_from(["", "_code", "_2024"])
)
def test_banned_word_is_found_inside_any_name(word: str, before: str, after: str) -> None:
    assert banned.find(f"{before}{word}{after}") is not None
    assert banned.find(f"{before}{word}{after}".upper()) is not None


@pytest.mark.parametrize(
    "name",
    [
        "isFemale",
        "birthYear",
        "lwage",
        "hourly_wage",
        "ZIPCode",
        "last_raise_percent",
        "AttritionRisk",
        "expersq",
    ],
)
def test_usual_spellings_are_caught(name: str) -> None:
    assert banned.find(name) is not None


@pytest.mark.parametrize("name", [*features.DEFAULT, "language_level", "package_manual", "management_course"])
def test_declared_features_and_harmless_words_are_free(name: str) -> None:
    assert banned.find(name) is None


def test_every_ban_has_a_reason() -> None:
    assert all(wording.refused(entry.code)[1].endswith(".") for entry in banned.REGISTRY)
    with pytest.raises(InvalidInput) as caught:
        features.choose(("rating", "gender"))
    assert "protected" in caught.value.fields["gender"]
    assert "rating" not in caught.value.fields


@pytest.mark.parametrize("name", ["performance_badges", "membership_badges", "shoe_size"])
def test_undeclared_and_disallowed_features_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        features.choose((name,))
    assert caught.value.fields[name]


def test_model_cannot_be_trained_on_a_protected_attribute() -> None:
    x = np.zeros((100, 1))
    table = Table(("sex",), x, np.zeros(100), np.repeat([2024, 2025], 50))
    with pytest.raises(InvalidInput, match="cannot be used for pay"):
        train(table)


def test_built_matrix_holds_the_declared_numbers() -> None:
    snap = company(30)
    layers = frame(snap, policy())
    chosen = features.choose()
    x = features.build(layers.columns, chosen)
    names = [feature.name for feature in chosen]
    for row, values in zip(snap.rows, x, strict=True):
        assert values[names.index("compa_ratio")] == pytest.approx(float(row.compa_ratio or 0))
        assert values[names.index("months_since_raise")] == row.months_since_raise(snap.as_of)
        assert values[names.index("rating_change")] == float((row.rating or 0) - (row.previous_rating or 0))


def test_all_columns_that_a_badge_moves_are_constrained_upwards() -> None:
    moved = [feature for feature in features.FEATURES if feature.moved_by_badge]
    assert len(moved) >= 4
    assert all(feature.direction == 1 for feature in moved)


def test_importing_the_advisor_loads_no_heavy_library() -> None:
    code = (
        "import sys, plugin.advisor.recommendation.recommend, plugin.advisor.model.training, plugin.advisor.recommendation.peers, plugin.advisor.recommendation.whatif, "
        "plugin.advisor.policy.pools; print([m for m in ('xgboost', 'shap', 'scipy', 'pandas', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
