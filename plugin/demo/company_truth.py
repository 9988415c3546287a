"""What is true in the demo company: its settings, its jobs and how its past raises were really decided.

Everything here is ours and invented; only the spread of learning hours and the badge mix come from the published
study (see plugin.demo.simulator). The truth is written down so that a model can be judged against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from plugin.errors import InvalidInput
from plugin.texts import _

FAMILIES = ("Technical sales", "Software engineering", "Consulting", "Customer support", "Finance")
FAMILY_FACTOR = np.array([1.05, 1.08, 1.02, 0.86, 0.95])
SCARCE_FAMILIES = np.array([True, True, False, False, False])
COUNTRIES = ("DE", "FR", "NL", "ES", "IE")  # all pay in euro: no exchange rates in the demo
COUNTRY_FACTOR = np.array([1.05, 0.97, 1.05, 0.82, 1.10])
LEVELS = ("L1", "L2", "L3", "L4", "L5", "M1", "M2", "M3", "M4")
LEVEL_MIDPOINT = np.array([40_000, 48_000, 58_000, 70_000, 84_000, 82_000, 104_000, 135_000, 180_000])
FIRST_MANAGER_LEVEL = 5
RANGE_WIDTH = 0.2  # minimum and maximum are 20% below and above the midpoint
RANGE_GROWTH = 0.02  # the ranges move 2% a year


@dataclass(frozen=True)
class CompanySettings:
    """What may be changed in the simulated company. ``as_of`` is the eve of the open raise cycle."""

    as_of: date = date(2026, 9, 30)
    cycles: int = 8  # past yearly raise cycles with known decisions
    badges_per_year: float = 0.9  # per person; kept low so that a demo verifies each one over HTTP
    learning_years: int = 2  # how far back single learning records reach
    attrition: float = 0.05  # share of seats that change hands in a year
    label_bias_points: float = (
        0.0  # points taken from women's raises in every second unit, to test fairness checks
    )

    def __post_init__(self) -> None:
        if self.cycles < 1 or self.learning_years < 1:
            raise InvalidInput(_("Enter at least one past cycle and one year of learning."))
        if not 0 <= self.attrition <= 0.5 or self.badges_per_year < 0 or self.label_bias_points < 0:
            raise InvalidInput(
                _("Enter attrition from 0 to 0.5, and badges_per_year and label_bias_points of 0 or more.")
            )

    @property
    def next_cycle_on(self) -> date:
        """The day from which the open cycle's raises count: the first of the month after next."""
        return _first_of_month(self.as_of, 2)

    @property
    def cycle_dates(self) -> tuple[date, ...]:
        """Effective days of the past cycles, oldest first; the same day of each year before ``next_cycle_on``."""
        last = self.next_cycle_on
        return tuple(last.replace(year=last.year - back) for back in range(self.cycles, 0, -1))

    @property
    def history_from(self) -> date:
        """One year before the oldest cycle: nothing in the company's records is older, but hire dates."""
        return self.next_cycle_on.replace(year=self.next_cycle_on.year - self.cycles - 1)


DEFAULTS = CompanySettings()


def rating_period_end(effective_on: date) -> date:
    """Ratings close with the month before the one in which a cycle is prepared, whatever day of that month it is."""
    return _first_of_month(effective_on, -2) - timedelta(days=1)


def _first_of_month(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


# --- how raises were decided ----------------------------------------------------------------------------------------

COMPA_EDGES = np.array([0.85, 0.95, 1.05, 1.15])
# Points of pay; rows: unrated, rating 1 to 5; columns: compa-ratio below 0.85, to 0.95, to 1.05, to 1.15, above.
POLICY_MATRIX = np.array(
    [
        [2.5, 2.2, 2.0, 1.6, 1.0],
        [0.5, 0.3, 0.0, 0.0, 0.0],
        [1.5, 1.2, 1.0, 0.6, 0.2],
        [3.2, 2.8, 2.4, 1.8, 1.0],
        [4.4, 3.9, 3.3, 2.6, 1.6],
        [5.6, 5.0, 4.2, 3.4, 2.2],
    ]
)
# How much of the skill points people get, by rating: managers reward new skills of those who do well. 0 is unrated.
SKILL_BY_RATING = np.array([1.0, 0.3, 0.5, 1.0, 1.5, 1.8])
RATING_SHARES = np.array([0.03, 0.12, 0.55, 0.23, 0.07])  # of ratings 1 to 5


@dataclass(frozen=True)
class RaiseTruth:
    """The parts of a past raise in points of pay, beyond the policy matrix. Documented in docs/reference/simulator.md."""

    skill: float = 0.6  # per skill badge earned since the last pay change
    knowledge: float = 0.25  # per knowledge badge
    strategic: float = 0.4  # more, per strategic skill badge
    scarce_family: float = 0.3  # more, per skill badge in a job family that is hard to hire for
    cap: float = 3.0  # all of the above together
    catch_up: float = 1.2  # ratings of 4 and 5 while pay is under 0.95 of the midpoint
    inside_band: float = -4.0  # per 1.0 of compa-ratio away from the middle of its matrix cell
    programme_sd: float = 0.04  # the year's programme moves everybody's raise
    noise_sd: float = 0.5  # what no record explains
    highest: float = 12.0


TRUTH = RaiseTruth()


@dataclass(frozen=True)
class RaiseInputs:
    """What a past decision depended on; arrays of one length. ``rating`` 0 means unrated."""

    rating: npt.NDArray[np.int64]
    compa: npt.NDArray[np.float64]
    skill: npt.NDArray[np.int64]
    knowledge: npt.NDArray[np.int64]
    strategic: npt.NDArray[np.int64]
    is_scarce: npt.NDArray[np.bool_]


def policy_points(rating: npt.NDArray[np.int64], compa: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The matrix cell of each person, points of pay."""
    cells: npt.NDArray[np.float64] = POLICY_MATRIX[rating, np.searchsorted(COMPA_EDGES, compa, side="right")]
    return cells


def skill_points(inputs: RaiseInputs, truth: RaiseTruth = TRUTH) -> npt.NDArray[np.float64]:
    """The true part of new evidence, capped, points of pay."""
    per_skill = truth.skill + truth.scarce_family * inputs.is_scarce
    points = (
        per_skill * inputs.skill + truth.knowledge * inputs.knowledge + truth.strategic * inputs.strategic
    )
    capped: npt.NDArray[np.float64] = np.minimum(points * SKILL_BY_RATING[inputs.rating], truth.cap)
    return capped


def expected_points(inputs: RaiseInputs, truth: RaiseTruth = TRUTH) -> npt.NDArray[np.float64]:
    """The raise without programme, bias and noise: the best that any model could know."""
    edges = np.concatenate([[0.75], COMPA_EDGES, [1.25]])
    band = np.searchsorted(COMPA_EDGES, inputs.compa, side="right")
    middle = (edges[band] + edges[band + 1]) / 2
    inside = truth.inside_band * np.clip(inputs.compa - middle, -0.05, 0.05)
    catch_up = truth.catch_up * ((inputs.rating >= 4) & (inputs.compa < COMPA_EDGES[1]))
    points: npt.NDArray[np.float64] = (
        policy_points(inputs.rating, inputs.compa) + skill_points(inputs, truth) + inside + catch_up
    )
    return points
