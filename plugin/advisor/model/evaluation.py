"""Says how much a model knows beyond simple rules on cycles that it has not seen, and whether it may speak."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plugin.advisor.model import banned, boosting, ridge
from plugin.advisor.model.tables import (
    Comparison,
    Evaluation,
    Floats,
    Ints,
    Score,
    Table,
    TrainOptions,
    Verdict,
    VerdictCode,
)
from plugin.errors import InvalidInput
from plugin.texts import _

LEAST_TRAINING_ROWS = 30
Predictions = Mapping[str, Floats]


def evaluate_table(table: Table, options: TrainOptions | None = None) -> Evaluation:
    """Rolling years: for each year but the first, train on all years before and test on it.

    Methods: mean, median, matrix (training mean of the row's policy cell), policy (margin as it stands plus the last level),
    ridge, model. The verdict is on the last year only. InvalidInput for banned names (unless ``table.pay_use`` is False), or
    fewer than two years or too few rows.
    """
    chosen = options or TrainOptions()
    if table.pay_use:
        banned.check(table.names)
    years = [int(y) for y in np.unique(table.year)]
    tested = [y for y in years[1:] if (table.year < y).sum() >= LEAST_TRAINING_ROWS]
    if not tested:
        raise InvalidInput(
            _("Training needs past raises of at least two years, with 30 before the last year."),
            remedy=_("Import earlier raises."),
        )
    kind = kind_of(table, chosen)
    held = {year: _predictions(table, year, kind, chosen) for year in tested}
    scores = [*_scores_by_year(table, held), *_scores_together(table, held)]
    last = table.take(table.year == tested[-1])
    verdict = _verdict(table, last, held[tested[-1]], kind, chosen)
    errors = np.abs(last.y - held[tested[-1]]["model"])
    return Evaluation(kind, tuple(scores), verdict, *_track_record(last, errors))


def kind_of(table: Table, options: TrainOptions) -> str:
    """ridge below ``ridge_below`` decisions, else xgboost, unless the options fix it."""
    if options.kind != "auto":
        return options.kind
    return "ridge" if len(table) < options.ridge_below else "xgboost"


def residual(table: Table) -> tuple[Floats, float]:
    """What the policy layers leave over, centred year by year, and the last year's own level.

    The level of a year (its budget, its inflation) is the company's decision: the model learns who differs, not how much the
    year brings.
    """
    rest = table.y - table.base
    last = 0.0
    for year in np.unique(table.year):
        rows = table.year == year
        last = float(rest[rows].mean())
        rest[rows] -= last
    return rest, last


def fit_predict(kind: str, train: Table, x: Floats, options: TrainOptions) -> Floats:
    """What ``kind`` trained on ``train`` says of ``x``: points beyond margin and level."""
    rest, _level = residual(train)
    if kind == "ridge":
        return ridge.fit(train.x, rest, train.directions, alpha=options.ridge_alpha).predict(x)
    data = boosting.train(train.x, rest, train.directions, options)
    return boosting.predict(boosting.load(data, threads=options.threads), x, threads=options.threads)


def _predictions(table: Table, year: int, kind: str, options: TrainOptions) -> Predictions:
    train, test = table.take(table.year < year), table.take(table.year == year)
    _rest, level = residual(train)
    base = test.base + level
    found = {
        "mean": np.full(len(test), train.y.mean()),
        "median": np.full(len(test), np.median(train.y)),
        "ridge": base + fit_predict("ridge", train, test.x, options),
    }
    if table.cells is not None:
        found["matrix"] = _cell_means(train, test)
    if table.margin is not None:
        found["policy"] = base
    found["model"] = found["ridge"] if kind == "ridge" else base + fit_predict(kind, train, test.x, options)
    return found


def _cell_means(train: Table, test: Table) -> Floats:
    if train.cells is None or test.cells is None:
        raise InvalidInput("the table has no policy cells")  # machine text
    found, inverse = np.unique(train.cells, return_inverse=True)
    means = np.bincount(inverse, weights=train.y) / np.bincount(inverse)
    where = np.clip(np.searchsorted(found, test.cells), 0, len(found) - 1)
    return np.where(found[where] == test.cells, means[where], train.y.mean())


def score(method: str, year: int | None, y: Floats, predicted: Floats) -> Score:
    """MAE in points and R2 against the mean of ``y``."""
    spread = float(((y - y.mean()) ** 2).sum())
    r2 = 1 - float(((y - predicted) ** 2).sum()) / spread if spread else 0.0
    return Score(method, year, len(y), float(np.abs(y - predicted).mean()), r2)


def _scores_by_year(table: Table, held: Mapping[int, Predictions]) -> list[Score]:
    return [
        score(method, year, table.y[table.year == year], values)
        for year, predictions in held.items()
        for method, values in predictions.items()
    ]


def _scores_together(table: Table, held: Mapping[int, Predictions]) -> list[Score]:
    y = np.concatenate([table.y[table.year == year] for year in held])
    methods = next(iter(held.values()))
    return [
        score(m, None, y, np.concatenate([predictions[m] for predictions in held.values()])) for m in methods
    ]


def _verdict(table: Table, last: Table, found: Predictions, kind: str, options: TrainOptions) -> Verdict:
    rivals = [m for m in found if m != "model" and not (m == "ridge" and kind == "ridge")]
    comparisons = tuple(_compare(last, found[m], found["model"], m, options) for m in rivals)
    year = int(last.year[0])
    if not table.pay_use:
        return Verdict(False, VerdictCode.COMPARISON_ONLY, year, len(last), comparisons)
    code = VerdictCode.NOT_BETTER if any(not c.beaten for c in comparisons) else VerdictCode.BETTER
    return Verdict(code is VerdictCode.BETTER, code, year, len(last), comparisons)


def _compare(last: Table, rival: Floats, model: Floats, name: str, options: TrainOptions) -> Comparison:
    gains = np.abs(last.y - rival) - np.abs(last.y - model)
    low, high = np.quantile(_bootstrap(gains, last.cluster, options), [0.025, 0.975])
    r2_gain = score("", None, last.y, model).r2 - score("", None, last.y, rival).r2
    return Comparison(name, float(gains.mean()), float(low), float(high), r2_gain)


def _bootstrap(gains: Floats, cluster: Ints | None, options: TrainOptions) -> Floats:
    """Means of resamples; whole clusters are drawn when the table names them."""
    rng = np.random.default_rng(options.seed)
    groups = np.arange(len(gains)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    sums, sizes = np.bincount(groups, weights=gains), np.bincount(groups)
    means = np.empty(options.bootstrap)
    for i in range(options.bootstrap):
        drawn = rng.integers(0, len(sums), len(sums))
        means[i] = sums[drawn].sum() / sizes[drawn].sum()
    return means


def _track_record(last: Table, errors: Floats) -> tuple[dict[str, float], dict[str, int]]:
    """80 % quantile of the absolute error and n, for all and for each band with 30 people or more."""
    within, people = {"all": float(np.quantile(errors, 0.8))}, {"all": len(errors)}
    for band in np.unique(last.band) if last.band is not None else ():
        part = errors[last.band == band]
        if band >= 0 and len(part) >= 30:
            within[str(int(band))], people[str(int(band))] = float(np.quantile(part, 0.8)), len(part)
    return within, people
