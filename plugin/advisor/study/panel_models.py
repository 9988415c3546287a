"""Panel regressions of results on badges: person and half-year effects, the lead test, the split-panel jackknife.

linearmodels and statsmodels come with the extra ``study`` and are imported only when a study runs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.advisor.study.panel import LearningPanel
from plugin.errors import ConfigError, InvalidInput
from plugin.texts import _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HALVES_FROM = 4  # half-years a person needs so that both halves of the jackknife vary within the person


@dataclass(frozen=True)
class Fit:
    """Coefficients by name with their covariance; errors clustered by person. ``n`` rows."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    n: int

    def value(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    def error(self, name: str) -> float:
        i = self.names.index(name)
        return float(np.sqrt(self.covariance[i, i]))


def within_fit(panel: LearningPanel, columns: dict[str, Floats]) -> Fit:
    """PanelOLS of ``target`` with person and half-year effects. ConfigError without the extra, InvalidInput when a
    column does not vary within people."""
    pandas, linearmodels = _packages()
    frame, names = _frame(pandas, panel, columns)
    return _fit(linearmodels.PanelOLS, frame, names, entity_effects=True, time_effects=True)


def pooled_fit(panel: LearningPanel, columns: dict[str, Floats]) -> Fit:
    """Pooled least squares with half-year dummies and no person effects: what a naive analysis does."""
    pandas, linearmodels = _packages()
    periods = np.unique(panel.half_year)
    dummies = {f"half_year_{p}": (panel.half_year == p).astype(np.float64) for p in periods.tolist()}
    frame, names = _frame(pandas, panel, {**columns, **dummies})
    return _fit(linearmodels.PooledOLS, frame, names)


def lead_fit(panel: LearningPanel) -> Fit:
    """Results on badges of the half-year and of the one after: under strict exogeneity the lead's coefficient is 0."""
    order = np.lexsort((panel.half_year, panel.person))
    follows = (np.diff(panel.person[order]) == 0) & (np.diff(panel.half_year[order]) == 1)
    now, later = order[:-1][follows], order[1:][follows]
    if len(now) == 0:
        raise InvalidInput(_("The lead test needs people with two periods in a row."))
    badges = panel.badges.astype(np.float64)
    return within_fit(take(panel, now), {"badges": badges[now], "lead": badges[later]})


def split_panel_jackknife(panel: LearningPanel) -> tuple[float, float, int]:
    """Points per badge without the bias of feedback to first order, its standard error, and the rows used.

    Twice the within estimate less the mean of those of both halves of everybody's own time (Dhaene and Jochmans,
    2015), on people with four half-years or more; the error comes from each person's influence on all three fits.
    """
    rows = np.bincount(panel.person)[panel.person] >= HALVES_FROM
    if not rows.any():
        raise InvalidInput(_("The jackknife needs people with %(least)s or more periods.", least=HALVES_FROM))
    long = take(panel, rows)
    is_late = _late_half(long)
    people = int(long.person.max()) + 1
    whole, influence = _slope(long, np.ones(len(long), bool), people)
    early, early_influence = _slope(long, ~is_late, people)
    late, late_influence = _slope(long, is_late, people)
    total = 2 * influence - (early_influence + late_influence) / 2
    return 2 * whole - (early + late) / 2, float(np.sqrt((total**2).sum())), len(long)


def take(panel: LearningPanel, rows: Mask | Ints) -> LearningPanel:
    """The same columns for a mask or an index of rows."""
    return LearningPanel(
        person=panel.person[rows],
        half_year=panel.half_year[rows],
        annual_hours=panel.annual_hours[rows],
        knowledge=panel.knowledge[rows],
        skill=panel.skill[rows],
        other=panel.other[rows],
        strategic=panel.strategic[rows],
        target=panel.target[rows],
        promoted=panel.promoted[rows],
    )


def demean_two_ways(values: Floats, person: Ints, period: Ints) -> Floats:
    """``values`` (n,) less person and period means, by alternating until nothing moves by more than 1e-10."""
    left = values.astype(np.float64)
    people, periods = np.bincount(person), np.bincount(period)
    for _round in range(1000):
        before = left
        left = left - (np.bincount(person, left) / np.maximum(people, 1))[person]
        left = left - (np.bincount(period, left) / np.maximum(periods, 1))[period]
        if np.abs(left - before).max() < 1e-10:
            break
    return left


def _slope(panel: LearningPanel, rows: Mask, people: int) -> tuple[float, Floats]:
    """Within slope of the target on badges among ``rows``, and each person's influence on it."""
    person, period = panel.person[rows], panel.half_year[rows]
    x = demean_two_ways(panel.badges[rows].astype(np.float64), person, period)
    y = demean_two_ways(panel.target[rows], person, period)
    scale = float(x @ x)
    if scale < 1e-9:
        raise InvalidInput(_("The number of badges does not vary within people."))
    slope = float(x @ y) / scale
    return slope, np.bincount(person, x * (y - slope * x), people) / scale


def _late_half(panel: LearningPanel) -> Mask:
    """Which rows belong to the later half of the person's own rows; the middle one of an odd number is early."""
    order = np.lexsort((panel.half_year, panel.person))
    counts = np.bincount(panel.person)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(panel)) - starts[panel.person[order]]
    late = np.empty(len(panel), bool)
    late[order] = place >= (counts[panel.person[order]] + 1) // 2
    return late


def _packages() -> tuple[Any, Any]:
    try:
        import linearmodels
        import pandas
    except ImportError as error:
        raise ConfigError(
            _("The study needs the packages linearmodels and statsmodels."),
            remedy=_("Run: %(command)s", command="pip install 'raise-advisor[study]'"),
        ) from error
    return pandas, linearmodels


def _frame(pandas: Any, panel: LearningPanel, columns: dict[str, Floats]) -> tuple[Any, list[str]]:
    names = list(columns)
    index = pandas.MultiIndex.from_arrays([panel.person, panel.half_year], names=["person", "half_year"])
    return pandas.DataFrame({"target": panel.target, **columns}, index=index), names


def _fit(model: Any, frame: Any, names: list[str], **effects: bool) -> Fit:
    from linearmodels.panel.utility import AbsorbingEffectError

    try:
        found = model(frame["target"], frame[names], **effects).fit(cov_type="clustered", cluster_entity=True)
    except (AbsorbingEffectError, ValueError, np.linalg.LinAlgError) as error:
        raise InvalidInput(
            _("This regression can't be estimated from the data: %(error)s", error=error)
        ) from error
    covariance = np.asarray(found.cov, np.float64)
    return Fit(tuple(names), np.asarray(found.params, np.float64), covariance, int(found.nobs))


def promotion_fit(panel: LearningPanel, columns: dict[str, Floats]) -> Fit:
    """Log odds per unit of each column, with half-year dummies. ConfigError without the extra ``study``;
    InvalidInput when nobody or everybody was promoted or a column separates the two perfectly."""
    try:
        from statsmodels.discrete.discrete_model import Logit
        from statsmodels.tools import sm_exceptions as trouble
    except ImportError as error:
        raise ConfigError(
            _("The study needs the packages linearmodels and statsmodels."),
            remedy=_("Run: %(command)s", command="pip install 'raise-advisor[study]'"),
        ) from error
    if panel.promoted.all() or not panel.promoted.any():
        raise InvalidInput(_("Odds of promotion need people who were promoted and people who were not."))
    dummies = [(panel.half_year == p).astype(np.float64) for p in np.unique(panel.half_year)]
    x = np.column_stack([*columns.values(), *dummies])
    troubles = (trouble.PerfectSeparationWarning, trouble.HessianInversionWarning, trouble.ConvergenceWarning)
    try:
        with warnings.catch_warnings():
            for kind in troubles:
                warnings.simplefilter("error", kind)
            found = Logit(panel.promoted.astype(np.float64), x).fit(
                disp=False, method="newton", maxiter=50, cov_type="cluster", cov_kwds={"groups": panel.person}
            )
    except (*troubles, trouble.PerfectSeparationError, np.linalg.LinAlgError) as error:
        raise InvalidInput(
            _("Odds of promotion can't be estimated from the data: %(error)s", error=error)
        ) from error
    k = len(columns)
    covariance = np.asarray(found.cov_params(), np.float64)[:k, :k]
    return Fit(tuple(columns), np.asarray(found.params, np.float64)[:k], covariance, len(panel))
