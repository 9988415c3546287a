"""Pay gaps with their uncertainty, in one regression stage and as the plain average, and what must stay hidden.

A two-stage check (regress on level first, compare residuals after) finds too small a gap exactly where one sex is
concentrated in low levels, so there is none here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from plugin.domain import JsonObject
from plugin.errors import InvalidInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MIN_PER_GROUP = 5  # fewer of either group: the category's figures are not shown
# Why figures are hidden, as reports store it; plugin/advisor/fairness/wording.py has the words.
SMALL_GROUP, TOTAL, CONTROLS = "small_group", "total", "controls"
SMALL_COMBINATION = "small_combination"


@dataclass(frozen=True)
class Gap:
    """How the group differs from the reference; negative = the group gets less. The interval covers 95%.

    ``unit`` is "percent" (of the reference's pay) or "points" (of pay, for raises).
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    n_group: int
    n_reference: int
    unit: str

    def to_json(self) -> JsonObject:
        return {
            "estimate": round(self.estimate, 4),
            "standard_error": round(self.standard_error, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "p_value": round(self.p_value, 6),
            "n_group": self.n_group,
            "n_reference": self.n_reference,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class CategoryGap:
    """One category of equal work. Gaps and counts are None where too few people would be recognisable.

    ``p_holm`` is the adjusted gap's p-value after Holm's correction over all categories shown.
    """

    category: str
    adjusted: Gap | None
    average: Gap | None
    p_holm: float | None
    hidden_because: str = ""

    def to_json(self) -> JsonObject:
        return {
            "category": self.category,
            "adjusted": self.adjusted.to_json() if self.adjusted else None,
            "average": self.average.to_json() if self.average else None,
            "p_holm": None if self.p_holm is None else round(self.p_holm, 6),
            "hidden_because": self.hidden_because,
        }


def adjusted_gap(
    outcome: Floats,
    in_group: Mask,
    *,
    category: Ints | None = None,
    controls: Floats | None = None,
    is_pay: bool = False,
) -> Gap:
    """Single-stage least squares of the outcome on the group, a constant per category and the controls, HC3 errors.

    ``outcome`` (n,) is pay (``is_pay``: its logarithm is used, the gap is in percent) or raises in points;
    ``category`` (n,) whole numbers; ``controls`` (n, k) without missing values. Raises InvalidInput when the group
    cannot be told from the controls or there are too few rows. HC3: MacKinnon and White (1985).
    """
    _check(outcome, in_group, is_pay=is_pay)
    y = np.log(outcome) if is_pay else outcome
    cells = np.zeros(len(y), np.int64) if category is None else category
    _, cells, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    columns = [in_group.astype(np.float64)[:, None]] + ([] if controls is None else [controls])
    x = _demean(np.column_stack(columns), cells, sizes)
    freedom = len(y) - len(sizes) - np.linalg.matrix_rank(x)
    if freedom < 1 or _is_explained(x):
        raise InvalidInput("too few people, or the controls give the group away")  # machine text
    coefficient, error = _first_coefficient(x, _demean(y[:, None], cells, sizes)[:, 0], sizes[cells])
    return _gap(coefficient, error, freedom, in_group, is_log=is_pay)


def average_gap(pay: Floats, in_group: Mask) -> Gap:
    """The directive's plain gap: difference of average pay in percent of the reference's average (2023/970 Art. 3).

    The interval is that of a ratio of two means (delta method, Welch's degrees of freedom).
    """
    _check(pay, in_group, is_pay=True)
    ours, theirs = pay[in_group], pay[~in_group]
    if min(len(ours), len(theirs)) < 2:
        raise InvalidInput("an average gap needs two people of each group")  # machine text
    ratio = ours.mean() / theirs.mean()
    parts = np.array([ours.var(ddof=1) / len(ours), ratio**2 * theirs.var(ddof=1) / len(theirs)])
    error = float(np.sqrt(parts.sum()) / theirs.mean())
    counts = np.array([len(ours) - 1, len(theirs) - 1])
    freedom = float(parts.sum() ** 2 / max((parts**2 / counts).sum(), 1e-300))
    return _interval(
        100 * (ratio - 1), 100 * error, freedom, (int(in_group.sum()), int((~in_group).sum())), "percent"
    )


def gaps_by_category(
    pay: Floats,
    in_group: Mask,
    category: Sequence[str],
    controls: Floats | None = None,
    *,
    min_per_group: int = MIN_PER_GROUP,
) -> list[CategoryGap]:
    """Adjusted and average pay gap within each category of equal work, in order of name, small ones hidden.

    Hidden are categories under ``min_per_group`` of either group, and further ones as long as what is hidden could
    be had by subtracting what is shown from the whole (complementary suppression).
    """
    names, cells = np.unique(np.asarray(category, dtype=str), return_inverse=True)
    counts = np.array(
        [
            np.bincount(cells[in_group], minlength=len(names)),
            np.bincount(cells[~in_group], minlength=len(names)),
        ]
    ).T
    reasons = suppression(counts, min_per_group)
    shown = [
        _category(
            names[i],
            pay[cells == i],
            in_group[cells == i],
            None if controls is None else controls[cells == i],
        )
        for i in range(len(names))
        if not reasons[i]
    ]
    corrected = iter(_holm(shown))
    return [
        CategoryGap(str(name), None, None, None, reason) if reason else next(corrected)
        for name, reason in zip(names, reasons, strict=True)
    ]


def suppression(counts: Ints, min_per_group: int = MIN_PER_GROUP) -> list[str]:
    """Why each category is hidden, "" where it is shown. ``counts`` (categories, 2) are people of group and reference."""
    reasons = [SMALL_GROUP if row.min() < min_per_group else "" for row in counts]
    order = sorted(range(len(counts)), key=lambda i: (counts[i].min(), counts[i].sum(), i))
    for i in order:
        hidden = [j for j, reason in enumerate(reasons) if reason]
        if not hidden or (len(hidden) > 1 and counts[hidden].sum(axis=0).min() >= min_per_group):
            break
        if not reasons[i]:
            reasons[i] = TOTAL
    return reasons


def _category(name: str, pay: Floats, in_group: Mask, controls: Floats | None) -> CategoryGap:
    average = average_gap(pay, in_group)
    try:
        adjusted = adjusted_gap(pay, in_group, controls=controls, is_pay=True)
    except InvalidInput:
        return CategoryGap(str(name), None, average, None, CONTROLS)
    return CategoryGap(str(name), adjusted, average, adjusted.p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected for looking at all of them; in the order given (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = largest
    return corrected


def _holm(rows: list[CategoryGap]) -> list[CategoryGap]:
    """The same rows with p-values corrected for the number of categories looked at."""
    tested = [i for i, row in enumerate(rows) if row.adjusted]
    corrected = list(rows)
    for i, value in zip(tested, holm([rows[i].p_holm or 0.0 for i in tested]), strict=True):
        corrected[i] = replace(rows[i], p_holm=value)
    return corrected


def _check(outcome: Floats, in_group: Mask, *, is_pay: bool) -> None:
    if len(outcome) != len(in_group) or not np.isfinite(outcome).all():
        raise InvalidInput("fairness needs one finite outcome per person")  # machine text
    if is_pay and (outcome <= 0).any():
        raise InvalidInput("pay must be above zero")  # machine text
    if in_group.all() or not in_group.any():
        raise InvalidInput("a gap needs people of both groups")  # machine text


def _demean(columns: Floats, cells: Ints, sizes: Ints) -> Floats:
    """Columns minus their mean within each cell: the same fit as one dummy a cell (Frisch-Waugh-Lovell)."""
    sums = np.stack([np.bincount(cells, column, len(sizes)) for column in columns.T], axis=1)
    centred: Floats = columns - (sums / sizes[:, None])[cells]
    return centred


def _is_explained(x: Floats) -> bool:
    """Whether the first column (the group) is constant within cells or a combination of the others."""
    scale = float(x[:, 0] @ x[:, 0])
    if scale < 1e-9:
        return True
    rest = x[:, 1:]
    left = x[:, 0] - rest @ np.linalg.lstsq(rest, x[:, 0], rcond=None)[0] if rest.shape[1] else x[:, 0]
    return float(left @ left) < 1e-9 * scale


def _first_coefficient(x: Floats, y: Floats, cell_sizes: Ints) -> tuple[float, float]:
    """The group's coefficient and its HC3 standard error; a row that fits itself perfectly adds nothing."""
    bread = np.linalg.pinv(x.T @ x)
    beta = bread @ (x.T @ y)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x) + 1 / cell_sizes
    free = np.clip(1 - leverage, 0, None)
    residual = np.where(free > 1e-8, (y - x @ beta) / np.maximum(free, 1e-8), 0.0)
    weights = x @ bread[:, 0]
    return float(beta[0]), float(np.sqrt(np.sum((weights * residual) ** 2)))


def _gap(coefficient: float, error: float, freedom: float, in_group: Mask, *, is_log: bool) -> Gap:
    counts = (int(in_group.sum()), int((~in_group).sum()))
    found = _interval(coefficient, error, freedom, counts, "percent" if is_log else "points")
    if not is_log:
        return found
    low, middle, high = (100 * np.expm1([found.low, coefficient, found.high])).tolist()
    return Gap(middle, 100 * float(np.exp(coefficient)) * error, low, high, found.p_value, *counts, "percent")


def _interval(estimate: float, error: float, freedom: float, counts: tuple[int, int], unit: str) -> Gap:
    from scipy import stats

    reach = float(stats.t.ppf(0.975, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(estimate) / error, freedom)) if error > 0 else float(estimate == 0)
    return Gap(float(estimate), error, estimate - reach, estimate + reach, p_value, *counts, unit)
