"""How far apart real decisions lie: conformalized quantile regression by rating, with its coverage measured, or none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.recommendation import codec
from plugin.domain import Json

LEAST_ROWS = 100  # below, a calibration says little (measured: 90 % of draws within .85 to .94 at 100)
LEAST_IN_BAND = 40  # of a rating, below which it has neither shifts nor a coverage of its own
TOLERANCE = 0.05  # measured coverage further from the level than this: not used


@dataclass(frozen=True)
class Calibration:
    """Shifts per rating band ("all" as fallback) that turn raw quantiles into an interval of coverage ``level``.

    ``coverage`` and ``n`` were measured on decisions that calibrated nothing. ``usable`` False: show the policy range.
    """

    level: float
    lower: dict[str, float]
    upper: dict[str, float]
    coverage: dict[str, float]
    n: dict[str, int]
    width: float
    usable: bool
    warning: str = ""  # a sentence of engine 1, which stored texts; read, never written

    def of_band(self, band: int) -> tuple[float, int] | None:
        """Coverage of a rating's own decisions and their number; None when they are too few to say."""
        number = self.n.get(str(band), 0)
        return (self.coverage[str(band)], number) if number >= LEAST_IN_BAND else None

    def holds(self, band: int) -> bool:
        """Whether the range may be shown for people of this rating: not when it was measured to promise too much there."""
        own = self.of_band(band)
        return self.usable and (own is None or own[0] >= self.level - TOLERANCE)


NONE = Calibration(0.9, {}, {}, {}, {}, 0.0, False)


def calibrate(
    y: Floats, low: Floats, high: Floats, band: Ints | None = None, *, level: float = 0.9, seed: int = 7
) -> Calibration:
    """Half of the decisions set the shifts, the other half measures coverage. ``low``/``high`` (n,) are raw quantiles.

    Asymmetric form: each end has its own shift at (1 - level) / 2, so a year's level moves both ends and widens nothing.
    """
    bands = np.full(len(y), -1) if band is None else band
    if len(y) < LEAST_ROWS:
        return NONE
    first = np.random.default_rng(seed).random(len(y)) < 0.5
    lower = _shifts((low - y)[first], bands[first], level)
    upper = _shifts((y - high)[first], bands[first], level)
    rest = ~first
    ends = apply(Calibration(level, lower, upper, {}, {}, 0.0, True), low[rest], high[rest], bands[rest])
    inside = (y[rest] >= ends[0]) & (y[rest] <= ends[1])
    return _measured(level, (lower, upper), inside, bands[rest], float((ends[1] - ends[0]).mean()))


def apply(calibration: Calibration, low: Floats, high: Floats, band: Ints) -> tuple[Floats, Floats]:
    """The calibrated ends (never crossed)."""
    down = low - _by_band(calibration.lower, band)
    up = high + _by_band(calibration.upper, band)
    return np.minimum(down, up), np.maximum(down, up)


def _shifts(scores: Floats, bands: Ints, level: float) -> dict[str, float]:
    found = {"all": conformal_quantile(scores, (1 + level) / 2)}
    for band in np.unique(bands[bands >= 0]):
        part = scores[bands == band]
        if len(part) >= LEAST_IN_BAND:
            found[str(int(band))] = conformal_quantile(part, (1 + level) / 2)
    return found


def conformal_quantile(scores: Floats, level: float) -> float:
    """The ceil((n + 1) * level)-th smallest score, the largest when there are too few (finite-sample split conformal)."""
    rank = min(math.ceil((len(scores) + 1) * level), len(scores))
    return float(np.sort(scores)[rank - 1])


def _by_band(shifts: Mapping[str, float], band: Ints) -> Floats:
    found, inverse = np.unique(band, return_inverse=True)
    values = np.array([shifts.get(str(int(b)), shifts["all"]) for b in found])
    return values[inverse]


def _measured(
    level: float,
    shifts: tuple[dict[str, float], dict[str, float]],
    inside: np.typing.NDArray[np.bool_],
    bands: Ints,
    width: float,
) -> Calibration:
    coverage, n = {"all": float(inside.mean())}, {"all": len(inside)}
    for band in np.unique(bands[bands >= 0]):
        part = inside[bands == band]
        coverage[str(int(band))], n[str(int(band))] = float(part.mean()), len(part)
    usable = abs(coverage["all"] - level) <= TOLERANCE
    return Calibration(level, shifts[0], shifts[1], coverage, n, width, usable)


def to_json(calibration: Calibration) -> Json:
    """For the model's metadata."""
    return codec.to_json(calibration)


def from_json(value: Json) -> Calibration:
    """Back from the metadata; NONE when there is no entry."""
    return NONE if value is None else codec.from_json(Calibration, value)
