"""The tables that training, evaluation and intervals work on: any feature matrix with a label and a year."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from plugin.advisor.column_names import check_order
from plugin.errors import InvalidInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """``n`` decisions with ``p`` features.

    ``x`` (n, p) may hold NaN, and a data frame's columns must be ``names`` in their order; ``y`` (n,) the raise in points of pay; ``year`` (n,) the cycle; ``margin`` (n,) what the policy
    layers say (zeros when there is none); ``directions`` per feature -1, 0 or +1 (monotone); ``cells`` (n,) the policy cell of
    a row, for the baseline "matrix" (-1 = none); ``band`` (n,) the rating, for intervals (-1 = none); ``cluster`` (n,) who
    belongs together in a bootstrap (person or unit). ``pay_use=False`` marks a table for benchmarks only: banned names are
    let in and no model trained on it can ever be approved.
    """

    names: tuple[str, ...]
    x: Floats
    y: Floats
    year: Ints
    margin: Floats | None = None
    directions: tuple[int, ...] = ()
    cells: Ints | None = None
    band: Ints | None = None
    cluster: Ints | None = None
    pay_use: bool = True

    def __post_init__(self) -> None:
        n = len(self.y)
        check_order("x", self.x, self.names)
        object.__setattr__(self, "x", np.asarray(self.x))
        if self.x.shape != (n, len(self.names)) or len(self.year) != n:
            raise InvalidInput(
                f"table: x is {self.x.shape}, y has {n} rows, {len(self.names)} names"
            )  # machine text
        if not np.isfinite(self.y).all():
            raise InvalidInput("table: a label is not finite")  # machine text
        if self.directions and len(self.directions) != len(self.names):
            raise InvalidInput("table: directions and names differ in length")  # machine text
        for name, column in (("margin", self.margin), ("cells", self.cells), ("band", self.band)):
            if column is not None and len(column) != n:
                raise InvalidInput(f"table: {name} has {len(column)} rows instead of {n}")  # machine text

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: npt.NDArray[np.bool_] | Ints) -> Table:
        """The same columns for a mask or an index of rows."""
        return Table(
            self.names,
            self.x[rows],
            self.y[rows],
            self.year[rows],
            None if self.margin is None else self.margin[rows],
            self.directions,
            None if self.cells is None else self.cells[rows],
            None if self.band is None else self.band[rows],
            None if self.cluster is None else self.cluster[rows],
            self.pay_use,
        )

    @property
    def base(self) -> Floats:
        """The margin, zeros when there is none."""
        return np.zeros(len(self.y)) if self.margin is None else self.margin


@dataclass(frozen=True)
class Score:
    """One method on one held-out year (or ``year`` None = all held-out years together)."""

    method: str  # mean, median, matrix, policy, ridge, model
    year: int | None
    n: int
    mae: float  # points of pay
    r2: float  # against the held-out years' own mean


@dataclass(frozen=True)
class Comparison:
    """Paired bootstrap of |error of baseline| - |error of model| on the held-out cycle: above 0 = the model is better."""

    baseline: str
    gain: float
    low: float  # 2.5 % quantile
    high: float  # 97.5 % quantile
    r2_gain: float

    @property
    def beaten(self) -> bool:
        """The model is better for sure (interval above zero) and explains no less of the variance."""
        return self.low > 0 and self.r2_gain > 0


class VerdictCode(StrEnum):
    BETTER = "better"  # than each simple rule
    NOT_BETTER = "not_better"
    COMPARISON_ONLY = "comparison_only"  # the table holds what may never move pay


@dataclass(frozen=True)
class Verdict:
    """Whether the model may speak; ``tested`` decisions of the held-out year. ``wording.verdict`` makes the sentence."""

    approved: bool
    code: VerdictCode
    held_out_year: int
    tested: int
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """Rolling years: trained on all years before, tested on each year in turn."""

    kind: str  # xgboost or ridge
    scores: tuple[Score, ...]
    verdict: Verdict
    absolute_error_80: dict[str, float] = field(default_factory=dict)  # by rating band; "all"
    n_held_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainOptions:
    """Defaults are the measured ones of docs/reference/advisor.md."""

    depth: int = 4
    eta: float = 0.1
    trees: int = 300
    early_stopping: int = 20
    max_bin: int = 256
    min_child_weight: float = 10.0
    validation_share: float = 0.2
    ridge_below: int = 3000  # fewer decisions than this: ridge
    ridge_alpha: float = 10.0
    seed: int = 7
    threads: int = 1
    bootstrap: int = 400
    kind: str = "auto"  # auto, xgboost, ridge
