"""Ridge regression with signs held to the declared directions: the model for small firms and a baseline for all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plugin.advisor.model.tables import Floats
from plugin.domain import Json, canonical_json


@dataclass(frozen=True)
class Ridge:
    """``predict`` = intercept + sum coef * (x - mean); a missing value counts as the mean."""

    mean: Floats
    coef: Floats
    intercept: float

    def predict(self, x: Floats) -> Floats:
        """(n,) points."""
        values: Floats = self.intercept + self.contributions(x).sum(axis=1)
        return values

    def contributions(self, x: Floats) -> Floats:
        """(n, p): exact Shapley values of a linear model against the training mean; they and the intercept sum to predict."""
        shift = x - self.mean
        return np.where(np.isnan(shift), 0.0, shift) * self.coef

    def dump(self) -> bytes:
        """Canonical JSON."""
        value: Json = {"mean": self.mean.tolist(), "coef": self.coef.tolist(), "intercept": self.intercept}
        return canonical_json(value)


def load(data: bytes) -> Ridge:
    """Back from ``dump``."""
    found = json.loads(data)
    return Ridge(np.array(found["mean"]), np.array(found["coef"]), float(found["intercept"]))


def fit(x: Floats, y: Floats, directions: Sequence[int] = (), *, alpha: float = 10.0) -> Ridge:
    """Closed form on standardised columns; a feature whose sign runs against its direction is left out and all is solved again."""
    known = ~np.isnan(x)
    mean = np.where(
        known.any(axis=0), np.where(known, x, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0
    )
    centred = np.where(known, x - mean, 0.0)
    scale = np.sqrt((centred**2).mean(axis=0))
    live = scale > 1e-12
    scaled = centred / np.where(live, scale, 1.0)
    sign = np.array(directions or [0] * x.shape[1])
    coef = _solve(scaled, y - y.mean(), live, alpha)
    while ((coef * sign < 0) & live).any():
        live = live & ~(coef * sign < 0)
        coef = _solve(scaled, y - y.mean(), live, alpha)
    return Ridge(mean, coef / np.where(scale > 1e-12, scale, 1.0), float(y.mean()))


def _solve(x: Floats, y: Floats, live: np.typing.NDArray[np.bool_], alpha: float) -> Floats:
    coef = np.zeros(x.shape[1])
    part = x[:, live]
    if part.shape[1]:
        coef[live] = np.linalg.solve(part.T @ part + alpha * np.eye(part.shape[1]), part.T @ y)
    return coef
