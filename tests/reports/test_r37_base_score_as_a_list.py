"""shap #4184, #4202: XGBoost 3.1 writes ``base_score`` as a list of one, and explanations fall over or start elsewhere.

https://github.com/shap/shap/issues/4184 https://github.com/shap/shap/issues/4202

Right: as XGBoost itself, whatever form the file has; several base scores are several outputs and refused.
"""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest
import xgboost

from plugin.advisor.treeshap import contributions, read_forest
from plugin.errors import InvalidInput

RANDOM = np.random.default_rng(37)
ROWS = RANDOM.normal(size=(300, 4))
PAY = ROWS[:, 0] * 2 + ROWS[:, 1] + 52.0


def train(label: Any = PAY, **parameters: Any) -> xgboost.Booster:
    return xgboost.train({"nthread": 1, "max_depth": 3, **parameters}, xgboost.DMatrix(ROWS, label), 8)


class Stored:
    """A booster whose file writes its base score in another form."""

    def __init__(self, booster: xgboost.Booster, base_score: str) -> None:
        document = json.loads(booster.save_raw("json"))
        document["learner"]["learner_model_param"]["base_score"] = base_score
        self._raw = json.dumps(document).encode()

    def save_raw(self, _form: str) -> bytes:
        return self._raw


def base(form: str) -> float:
    return float(read_forest(cast("Any", Stored(train(), form))).base)


@pytest.mark.parametrize("form", ["5.2E1", "52", "[5.2E1]", "[52]", "[ 5.2e+01 ]", "52.0"])
def test_every_form_of_one_number_is_that_number(form: str) -> None:
    assert base(form) == 52.0


@pytest.mark.parametrize("form", ["[5E-1,5E-1]", "[1,2,3]", "[]"])
def test_another_number_of_scores_is_refused(form: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        base(form)
    assert refused.value.fields == {"booster": "several outputs"}


LABELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "estimated from the data": (PAY, {}),
    "given": (PAY, {"base_score": 40.0}),
    "zero": (PAY, {"base_score": 0.0}),
    "a chance": (PAY > 52, {"objective": "binary:logistic"}),
    "a chance that is given": (PAY > 52, {"objective": "binary:logistic", "base_score": 0.2}),
    "a count": (np.round(np.abs(PAY)), {"objective": "count:poisson"}),
    "a median": (PAY, {"objective": "reg:absoluteerror"}),
    "a quantile": (PAY, {"objective": "reg:quantileerror", "quantile_alpha": 0.9}),
}


@pytest.mark.parametrize("label", LABELS)
def test_what_is_explained_begins_where_xgboost_begins(label: str) -> None:
    values, parameters = LABELS[label]
    booster = train(values, **parameters)
    theirs = booster.predict(xgboost.DMatrix(ROWS), pred_contribs=True)
    np.testing.assert_allclose(contributions(booster, ROWS), theirs, atol=1e-4)
    margin = booster.predict(xgboost.DMatrix(ROWS), output_margin=True)
    with_background = contributions(booster, ROWS, background=ROWS[:50])
    np.testing.assert_allclose(with_background.sum(axis=1), margin, atol=1e-3)


def test_a_stored_model_explains_as_before_it_was_stored() -> None:
    booster = train()
    for form in ("json", "ubj"):
        again = xgboost.Booster({"nthread": 1})
        again.load_model(bytearray(booster.save_raw(form)))
        np.testing.assert_array_equal(contributions(again, ROWS), contributions(booster, ROWS))
