"""The only place that trains XGBoost: monotone, early stopped and the same bytes for the same data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plugin.advisor.model.tables import Floats, TrainOptions
from plugin.errors import ConfigError
from plugin.texts import _


def library() -> Any:
    """The xgboost module, imported on first use (0.7 s); ConfigError naming both extras when there is none."""
    try:
        import xgboost
    except ImportError as error:
        raise ConfigError(
            _("XGBoost is not installed."),
            remedy=_("pip install 'raise-advisor[cpu]' (18 MB), or 'raise-advisor[gpu]' (about 700 MB)"),
        ) from error
    return xgboost


def train(
    x: Floats, y: Floats, directions: Sequence[int], options: TrainOptions, *, quantile: float | None = None
) -> bytes:
    """UBJ bytes of a booster for ``y`` (what the layers below leave over); ``quantile`` for an interval's end.

    Trees are counted by early stopping on a seeded part of the rows, then grown once more on all rows, so that no row is lost.
    """
    xgb = library()
    held = np.random.default_rng(options.seed).random(len(y)) < options.validation_share
    parameters = _parameters(directions, options, quantile)
    trees = options.trees
    if held.any() and not held.all():
        trees = _best_trees(x, y, held, parameters, options)
    booster = xgb.train(parameters, xgb.DMatrix(x, y, nthread=options.threads), trees)
    return bytes(booster.save_raw("ubj"))


def _best_trees(x: Floats, y: Floats, held: Any, parameters: dict[str, Any], options: TrainOptions) -> int:
    xgb = library()
    probe = xgb.train(
        parameters,
        xgb.DMatrix(x[~held], y[~held], nthread=options.threads),
        options.trees,
        evals=[(xgb.DMatrix(x[held], y[held], nthread=options.threads), "held")],
        early_stopping_rounds=options.early_stopping,
        verbose_eval=False,
    )
    return int(probe.best_iteration) + 1


def _parameters(directions: Sequence[int], options: TrainOptions, quantile: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "objective": "reg:squarederror",
        "base_score": 0.0,
        "max_depth": options.depth,
        "eta": options.eta,
        "max_bin": options.max_bin,
        "min_child_weight": options.min_child_weight,
        "tree_method": "hist",
        "nthread": options.threads,
        "seed": options.seed,
    }
    if quantile is not None:
        found |= {"objective": "reg:quantileerror", "quantile_alpha": quantile, "min_child_weight": 1.0}
    if any(directions):
        found["monotone_constraints"] = "(" + ",".join(str(d) for d in directions) + ")"
    return found


def load(data: bytes, *, threads: int = 1) -> Any:
    """The booster. Load after a fork, with one thread in web workers (a booster loaded with two hangs a forked child)."""
    booster = library().Booster({"nthread": threads})
    booster.load_model(bytearray(data))
    return booster


def predict(booster: Any, x: Floats, *, threads: int = 1) -> Floats:
    """(n,) points; on a DMatrix, never a QuantileDMatrix with bins of its own."""
    values: Floats = booster.predict(library().DMatrix(x, nthread=threads)).astype(np.float64)
    return values


def contributions(booster: Any, x: Floats, *, threads: int = 1) -> Floats:
    """(n, p + 1) exact path-dependent Shapley values by XGBoost itself (``pred_contribs``), the last column the base."""
    values = booster.predict(library().DMatrix(x, nthread=threads), pred_contribs=True)
    return np.asarray(values, dtype=np.float64)
