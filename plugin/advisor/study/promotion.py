"""Logit of promotion on badges and learning hours: odds ratios with errors clustered by person."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from plugin.advisor.study.panel import LearningPanel
from plugin.advisor.study.panel_models import Fit
from plugin.errors import ConfigError, InvalidInput

Floats = npt.NDArray[np.float64]


def promotion_fit(panel: LearningPanel, columns: dict[str, Floats]) -> Fit:
    """Log odds per unit of each column, with half-year dummies. ConfigError without the extra ``study``;
    InvalidInput when nobody or everybody was promoted or a column separates the two perfectly."""
    try:
        from statsmodels.discrete.discrete_model import Logit
        from statsmodels.tools import sm_exceptions as trouble
    except ImportError as error:
        raise ConfigError(
            "the study needs linearmodels and statsmodels", remedy="pip install 'raise-advisor[study]'"
        ) from error
    if panel.promoted.all() or not panel.promoted.any():
        raise InvalidInput("promotion odds need people who were promoted and people who were not")
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
        raise InvalidInput(f"the panel cannot carry a promotion model: {error}") from error
    k = len(columns)
    covariance = np.asarray(found.cov_params(), np.float64)[:k, :k]
    return Fit(tuple(columns), np.asarray(found.params, np.float64)[:k], covariance, len(panel))
