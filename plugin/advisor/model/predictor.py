"""A stored model made ready to speak: points beyond policy, their exact reasons, and an interval's raw ends."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from plugin.advisor.column_names import check_order
from plugin.advisor.model import boosting, features, interval, ridge
from plugin.advisor.model.artefact import Artefact
from plugin.advisor.model.tables import Floats
from plugin.domain import Json
from plugin.errors import InvalidInput


class Predictor:
    """Loads the blobs on first use, so make it after a fork. ``threads`` 1 in web workers, 2 in jobs."""

    def __init__(self, artefact: Artefact, *, threads: int = 1) -> None:
        self.artefact = artefact
        self.threads = threads

    @cached_property
    def features(self) -> tuple[features.Feature, ...]:
        """The declared features in the model's order; InvalidInput when one of them may no longer move pay."""
        names = self.artefact.metadata.get("features")
        if not isinstance(names, list):
            raise InvalidInput("the model names no features")  # machine text
        return features.choose(str(name) for name in names)

    @property
    def _is_ridge(self) -> bool:
        return self.artefact.metadata.get("kind") == "ridge"

    def _open(self, blob: str) -> Any:
        data = self.artefact.blobs[blob]
        return ridge.load(data) if self._is_ridge else boosting.load(data, threads=self.threads)

    @cached_property
    def _model(self) -> Any:
        return self._open("model")

    @cached_property
    def _ends(self) -> tuple[Any, Any]:
        return self._open("lower"), self._open("upper")

    def _in_order(self, x: Floats) -> Floats:
        names = self.artefact.metadata.get("features")
        check_order("x", x, [str(name) for name in names] if isinstance(names, list) else ())
        return np.asarray(x)

    def _predict(self, model: Any, x: Floats) -> Floats:
        x = self._in_order(x)
        values: Floats = (
            model.predict(x) if self._is_ridge else boosting.predict(model, x, threads=self.threads)
        )
        return values

    def delta(self, x: Floats) -> Floats:
        """(n,) points beyond policy, the year's level left to policy and budget."""
        return self._predict(self._model, x)

    @cached_property
    def _forest(self) -> Any:
        from plugin.advisor import treeshap

        return treeshap.read_forest(self._model)

    def contributions(self, x: Floats, *, engine: str = "xgboost") -> tuple[float, Floats]:
        """Base and (n, p) exact Shapley values; base + row sum = ``delta`` (up to float32 rounding).

        ``engine``: xgboost (``pred_contribs``) or tables (our own, for whole firms). They differ by at most 2e-5 points.
        """
        x = self._in_order(x)
        if self._is_ridge:
            return float(self._model.intercept), self._model.contributions(x)
        if engine == "tables":
            from plugin.advisor import treeshap

            found = treeshap.contributions(self._forest, x, threads=self.threads).astype(np.float64)
        else:
            found = boosting.contributions(self._model, x, threads=self.threads)
        return float(found[0, -1]) if len(found) else 0.0, found[:, :-1]

    def raw_ends(self, x: Floats) -> tuple[Floats, Floats]:
        """Raw lower and upper quantile beyond policy, to be calibrated."""
        lower, upper = self._ends
        return self._predict(lower, x), self._predict(upper, x)

    @cached_property
    def calibration(self) -> interval.Calibration:
        """The interval's calibration, ``interval.NONE`` when the model has none."""
        if "lower" not in self.artefact.blobs:
            return interval.NONE
        return interval.from_json(self.artefact.metadata.get("interval"))

    @cached_property
    def seen(self) -> tuple[Floats, Floats]:
        """Smallest and largest value per feature in training, a twentieth of the span wider on both sides.

        A feature that never varied there has no bounds: the model cannot have learned anything from it.
        """
        found = self.artefact.metadata.get("seen")
        seen = found if isinstance(found, dict) else {}
        pairs = [_pair(seen.get(feature.name)) for feature in self.features]
        low, high = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
        slack = np.where(np.isfinite(high - low), (high - low) / 20, 0.0)
        return low - slack, high + slack

    @property
    def tested_year(self) -> int | None:
        """The held-out year of the evaluation."""
        verdict = self.artefact.metadata.get("verdict")
        year = verdict.get("held_out_year") if isinstance(verdict, dict) else None
        return year if isinstance(year, int) else None

    def track_record(self, band: int) -> tuple[float, int] | None:
        """(points within which 8 of 10 held-out decisions lay, how many) for a rating band, else for all."""
        found = self.artefact.metadata.get("evaluation")
        if not isinstance(found, dict):
            return None
        within, people = found.get("absolute_error_80"), found.get("n_held_out")
        if not isinstance(within, dict) or not isinstance(people, dict):
            return None
        key = str(band) if str(band) in within else "all"
        return float(str(within[key])), int(str(people[key]))


def _pair(value: Json) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2 and value[0] != value[1]:
        return float(str(value[0])), float(str(value[1]))
    return -np.inf, np.inf
