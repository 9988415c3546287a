"""How pay came about in the demo company: ratings, ranges and yearly raises from the written-down truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.demo.company_evidence import Badges, new_evidence
from plugin.demo.company_truth import (
    COUNTRY_FACTOR,
    FAMILY_FACTOR,
    LEVEL_MIDPOINT,
    RANGE_GROWTH,
    RATING_SHARES,
    SCARCE_FAMILIES,
    TRUTH,
    CompanySettings,
    RaiseInputs,
    expected_points,
    rating_period_end,
)
from plugin.demo.company_workforce import Workforce, days

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SETTLED = np.timedelta64(180, "D")  # hired later than this before the cycle: no raise yet


@dataclass(frozen=True, eq=False)
class History:
    """Ratings, pay and raises. Matrices have a row a person and a column a past cycle, oldest first.

    ``rating`` has one more column, for the open cycle; 0 means unrated. ``raise_points`` is NaN where nobody decided.
    ``pay`` is base pay before the first cycle in column 0, after cycle c in column c + 1; whole euro a year.
    """

    rating: Ints
    pay: Floats
    raise_points: Floats
    expected: Floats  # what the truth without programme, bias and noise gives, NaN where nobody decided
    programme: Floats


def midpoints(family: Ints, level: Ints, country: Ints, years_from_now: int) -> Floats:
    """Midpoints of the ranges in euro a year, to the hundred; ``years_from_now`` is 0 today, -1 a year ago."""
    today = LEVEL_MIDPOINT[level] * FAMILY_FACTOR[family] * COUNTRY_FACTOR[country]
    points: Floats = np.round(today * (1 + RANGE_GROWTH) ** years_from_now / 100) * 100
    return points


def decide_history(
    rng: np.random.Generator,
    people: Workforce,
    badges: Badges,
    is_disadvantaged: npt.NDArray[np.bool_],
    settings: CompanySettings,
) -> History:
    """All past cycles, one after the other, since pay position depends on the raises before."""
    cycles, count = settings.cycles, len(people)
    rating = _ratings(rng, people, settings)
    programme = rng.normal(0, TRUTH.programme_sd, cycles)
    pay = np.zeros((count, cycles + 1))
    decided, expected = np.full((count, cycles), np.nan), np.full((count, cycles), np.nan)
    started = np.clip(rng.normal(0.95, 0.09, count), 0.78, 1.22)
    pay[:, 0] = np.round(started * _midpoints_of(people, -cycles))
    evidence = new_evidence(people, badges, settings)
    for cycle, effective_on in enumerate(settings.cycle_dates):
        day = days(effective_on)
        newcomers = people.hired_on > day - np.timedelta64(365, "D")
        pay[newcomers, cycle] = np.round(started * _midpoints_of(people, cycle - cycles))[newcomers]
        rows = _eligible(people, day)
        inputs = RaiseInputs(
            rating=rating[:, cycle],
            compa=pay[:, cycle] / _midpoints_of(people, cycle - cycles),
            skill=evidence.skill[:, cycle],
            knowledge=evidence.knowledge[:, cycle],
            strategic=evidence.strategic[:, cycle],
            is_scarce=SCARCE_FAMILIES[people.column("family")],
        )
        truth = expected_points(inputs)
        points = truth + programme[cycle] + rng.normal(0, TRUTH.noise_sd, count)
        points = points - settings.label_bias_points * is_disadvantaged
        points = np.round(np.clip(points, 0, TRUTH.highest), 1)
        expected[rows, cycle], decided[rows, cycle] = truth[rows], points[rows]
        pay[:, cycle + 1] = np.where(rows, np.round(pay[:, cycle] * (1 + points / 100)), pay[:, cycle])
    return History(rating, pay, decided, expected, programme)


def _midpoints_of(people: Workforce, years_from_now: int) -> Floats:
    return midpoints(
        people.column("family"), people.column("level"), people.column("country"), years_from_now
    )


def _eligible(people: Workforce, day: np.datetime64) -> npt.NDArray[np.bool_]:
    here = people.present | (people.left_on > day)
    return (people.hired_on <= day - _SETTLED) & here


def _ratings(rng: np.random.Generator, people: Workforce, settings: CompanySettings) -> Ints:
    """Ratings follow ability with much noise; who came in the half year before, and one in a hundred, is unrated."""
    dates = (*settings.cycle_dates, settings.next_cycle_on)
    shown = 0.7 * people.ability[:, None] + np.sqrt(1 - 0.49) * rng.standard_normal((len(people), len(dates)))
    steps = np.quantile(shown, np.cumsum(RATING_SHARES)[:-1])
    rating = 1 + np.searchsorted(steps, shown)
    rating[rng.random(rating.shape) < 0.01] = 0
    for column, effective_on in enumerate(dates):
        closed = days(rating_period_end(effective_on))
        rating[people.hired_on > closed - _SETTLED, column] = 0
        rating[~people.present & (people.left_on < closed), column] = 0
    whole: Ints = rating.astype(np.int64)
    return whole
