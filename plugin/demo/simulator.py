"""A panel of technical sellers with a known truth, calibrated to the published study, so that methods can be tried.

The figures under PUBLISHED come from F. Qin and T. Kochan, "The Learning System at IBM: A Case Study" (MIT, 2020):
14,008 technical sellers, half-years 2014 to 2019. Everything under ASSUMED is ours. The panel is simulated: no row
of it was ever observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.study.panel import STEADY_HOURS, SUPER_HOURS, LearningPanel
from plugin.errors import InvalidInput
from plugin.texts import _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# --- PUBLISHED ------------------------------------------------------------------------------------------------------
SELLERS, HALF_YEARS = 14_008, 12
# 80% learn 40 hours a year or more and 62% learn 60 or more: the one lognormal through both has a mean of 100.6 hours.
HOURS_LOG_SD = 0.75631
HOURS_LOG_MEAN = 4.32541
BADGE_MIX = (0.52, 0.30, 0.18)  # knowledge, skill, other
POINTS_PER_BADGE = 1.0  # of the target, all kinds together
SKILL_OVER_KNOWLEDGE = 2.0
ODDS_PER_BADGE, ODDS_PER_SKILL_BADGE = 1.09, 1.16
ODDS_SUPER, ODDS_STEADY = 1.62, 1.26
PROMOTION_SHARE = 0.077


@dataclass(frozen=True)
class Assumptions:
    """ASSUMED: what the study does not say. Points are percent of the target."""

    badges_per_half_year: float = 2.5
    badge_spread: float = 0.6  # log sd of a person's lasting appetite for badges
    badges_follow_hours: float = 0.5  # elasticity of badges to learning hours
    strategic_share: float = (
        0.25  # of badges; the study gives no number, so strategic badges have no effect of their own
    )
    intercept: float = 90.0
    ability_sd: float = 15.0
    noise_sd: float = 22.0
    period_sd: float = 3.0
    lasting_hours_share: float = (
        0.6  # of the variance of log hours that belongs to the person, not to the year
    )
    ability_in_hours: float = 0.3  # correlation of ability and lasting hours when ability drives learning
    ability_in_badges: float = 0.1  # per standard deviation, on the log of the badge rate
    feedback: float = 0.06  # per noise_sd of last half-year's result, on the log of the badge rate
    ability_in_promotion: float = 0.6  # log odds per standard deviation
    stay: float = 0.62  # share of seats filled in a year, which makes about 100,000 rows


ASSUMED = Assumptions()


@dataclass(frozen=True)
class Confounding:
    """Which of the ways in which real life fools a regression are switched on."""

    ability_drives_learning: bool = False
    feedback: bool = False  # a good half-year is followed by more badges
    ability_drives_promotion: bool = False


CLEAN = Confounding()


def points_by_kind() -> Floats:
    """Points of target per knowledge, skill and other badge such that the mix gives 1 and skill is twice knowledge.

    Other badges are taken to be worth what knowledge badges are: the study cannot tell them apart, see docs.
    """
    knowledge, skill, other = BADGE_MIX
    unit = POINTS_PER_BADGE / (knowledge + SKILL_OVER_KNOWLEDGE * skill + other)
    return np.array([unit, SKILL_OVER_KNOWLEDGE * unit, unit])


def log_odds_by_kind() -> Floats:
    """Log odds of promotion per knowledge, skill and other badge such that the mix gives 1.09 and skill 1.16."""
    skill = BADGE_MIX[1]
    rest = (ODDS_PER_BADGE - skill * ODDS_PER_SKILL_BADGE) / (1 - skill)
    return np.log([rest, ODDS_PER_SKILL_BADGE, rest])


def simulate_panel(
    seed: int,
    sellers: int = SELLERS,
    half_years: int = HALF_YEARS,
    *,
    confounding: Confounding = CLEAN,
    assumed: Assumptions = ASSUMED,
) -> LearningPanel:
    """An unbalanced panel of ``sellers`` over an even number of ``half_years``; equal seeds give equal panels."""
    if sellers < 1 or half_years < 2 or half_years % 2:
        raise InvalidInput(_("Enter at least one seller and an even number of half-years, 2 or more."))
    rng = np.random.default_rng(seed)
    ability = rng.standard_normal(sellers)
    hours = _annual_hours(rng, ability, half_years // 2, confounding, assumed)
    in_period = np.repeat(hours, 2, axis=1)
    counts, target = _results(rng, ability, in_period, confounding, assumed)
    promoted = _promotions(rng, ability, in_period, counts, confounding, assumed)
    strategic = rng.binomial(counts.sum(axis=2), assumed.strategic_share)
    here = np.repeat(_employed(rng, sellers, half_years // 2, assumed), 2, axis=1)
    person, period = np.nonzero(here)
    return LearningPanel(
        person=person,
        half_year=period,
        annual_hours=in_period[here],
        knowledge=counts[here, 0],
        skill=counts[here, 1],
        other=counts[here, 2],
        strategic=strategic[here],
        target=target[here],
        promoted=promoted[here],
    )


def _annual_hours(
    rng: np.random.Generator, ability: Floats, years: int, confounding: Confounding, assumed: Assumptions
) -> Floats:
    """Hours (people, years) whose spread is the published one whether or not ability drives them."""
    lasting = rng.standard_normal(len(ability))
    if confounding.ability_drives_learning:
        link = assumed.ability_in_hours
        lasting = link * ability + np.sqrt(1 - link**2) * lasting
    share = assumed.lasting_hours_share
    yearly = rng.standard_normal((len(ability), years))
    mixed = np.sqrt(share) * lasting[:, None] + np.sqrt(1 - share) * yearly
    hours: Floats = np.exp(HOURS_LOG_MEAN + HOURS_LOG_SD * mixed)
    return hours


def _results(
    rng: np.random.Generator, ability: Floats, hours: Floats, confounding: Confounding, assumed: Assumptions
) -> tuple[Ints, Floats]:
    """Badges (people, half-years, kinds) and target percent, one half-year after the other because of the feedback."""
    people, periods = hours.shape
    spread, follow = assumed.badge_spread, assumed.badges_follow_hours
    log_rate: Floats = spread * rng.standard_normal((people,)) - spread**2 / 2
    if confounding.ability_drives_learning:
        log_rate = log_rate + assumed.ability_in_badges * ability - assumed.ability_in_badges**2 / 2
    by_hours: Floats = follow * (np.log(hours) - HOURS_LOG_MEAN) - (follow * HOURS_LOG_SD) ** 2 / 2
    rate: Floats = assumed.badges_per_half_year * np.exp(log_rate[:, None] + by_hours)
    noise = rng.normal(0, assumed.noise_sd, (people, periods))
    calendar = rng.normal(0, assumed.period_sd, (periods,))
    counts = np.zeros((people, periods, len(BADGE_MIX)), np.int64)
    target = np.zeros((people, periods))
    for t in range(periods):
        pace = rate[:, t]
        if confounding.feedback and t > 0:
            pace = pace * np.exp(assumed.feedback * noise[:, t - 1] / assumed.noise_sd)
        counts[:, t] = rng.poisson(pace[:, None] * np.array(BADGE_MIX))
        level = assumed.intercept + calendar[t] + assumed.ability_sd * ability
        target[:, t] = level + counts[:, t] @ points_by_kind() + noise[:, t]
    return counts, target


def _promotions(
    rng: np.random.Generator,
    ability: Floats,
    hours: Floats,
    counts: Ints,
    confounding: Confounding,
    assumed: Assumptions,
) -> npt.NDArray[np.bool_]:
    log_odds = counts @ log_odds_by_kind() + np.log(ODDS_SUPER) * (hours >= SUPER_HOURS)
    log_odds = log_odds + np.log(ODDS_STEADY) * ((hours >= STEADY_HOURS) & (hours < SUPER_HOURS))
    if confounding.ability_drives_promotion:
        log_odds = log_odds + assumed.ability_in_promotion * ability[:, None]
    chance = _with_mean(log_odds, PROMOTION_SHARE)
    drawn: npt.NDArray[np.bool_] = rng.random(chance.shape) < chance
    return drawn


def _with_mean(log_odds: Floats, mean: float) -> Floats:
    """Probabilities from the log odds, shifted by one constant so that they average ``mean`` (bisection)."""
    low, high = -30.0, 10.0
    for _step in range(60):
        middle = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-log_odds - middle))) < mean:
            low = middle
        else:
            high = middle
    chance: Floats = 1 / (1 + np.exp(-log_odds - low))
    return chance


def _employed(
    rng: np.random.Generator, sellers: int, years: int, assumed: Assumptions
) -> npt.NDArray[np.bool_]:
    """Who is in the panel in which year: one unbroken spell a person, from a random year on."""
    length = 1 + rng.binomial(years - 1, (assumed.stay * years - 1) / max(years - 1, 1), sellers)
    start = np.floor(rng.random(sellers) * (years - length + 1)).astype(np.int64)
    year = np.arange(years)[None, :]
    return (year >= start[:, None]) & (year < (start + length)[:, None])
