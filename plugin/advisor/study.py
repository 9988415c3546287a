"""The published study's regressions on a panel, with what they can and cannot show said in words.

Source of the published figures: F. Qin and T. Kochan, "The Learning System at IBM: A Case Study" (MIT, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.panel import LearningPanel
from plugin.advisor.study_panel import (
    Fit,
    lead_fit,
    pooled_fit,
    split_panel_jackknife,
    within_fit,
)
from plugin.advisor.study_promotion import promotion_fit
from plugin.domain import JsonObject

Floats = npt.NDArray[np.float64]

WIDE = 1.96  # standard errors each side of a 95% interval
SUSPECT = 2.0  # |t| of the lead beyond which feedback is suspected
PUBLISHED = {
    "points per badge": 1.0,
    "skill badge / knowledge badge": 2.0,
    "odds per badge": 1.09,
    "odds per skill badge": 1.16,
    "odds of super learners": 1.62,
    "odds of steady learners": 1.26,
}
NOT_IDENTIFIABLE = (
    "Whether badges act when earned (flow) or as long as they are held (stock); here they count when earned.",
    "What knowledge and other badges are worth apart: the published figures fix only their mix.",
    "Which part of the odds of promotion is caused by learning: the able may learn more and be promoted more.",
    "The effect of strategic badges: the study names it and gives no number.",
    "The ratio of skill to knowledge badges to better than about half a unit either way on 100,000 rows.",
)


@dataclass(frozen=True)
class Estimate:
    """One figure with its 95% interval. ``published`` is the study's figure for it, None where it gives none.

    ``standard_error`` is on the scale of ``value``; odds ratios have their interval from the log scale.
    """

    name: str
    value: float
    standard_error: float
    low: float
    high: float
    method: str
    published: float | None = None

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "value": round(self.value, 5),
            "standard_error": round(self.standard_error, 5),
            "low": round(self.low, 5),
            "high": round(self.high, 5),
            "method": self.method,
            "published": self.published,
        }


@dataclass(frozen=True)
class StudyReport:
    """All estimates, warnings that this panel raises, and what no panel of this kind can show."""

    people: int
    rows: int
    half_years: int
    estimates: tuple[Estimate, ...]
    warnings: tuple[str, ...]
    not_identifiable: tuple[str, ...] = NOT_IDENTIFIABLE

    def get(self, name: str) -> Estimate:
        """The estimate of that name; KeyError without it."""
        return {estimate.name: estimate for estimate in self.estimates}[name]

    def to_json(self) -> JsonObject:
        return {
            "people": self.people,
            "rows": self.rows,
            "half_years": self.half_years,
            "estimates": [estimate.to_json() for estimate in self.estimates],
            "warnings": list(self.warnings),
            "not_identifiable": list(self.not_identifiable),
        }

    def to_text(self) -> str:
        """A table for the terminal, warnings and limits below it."""
        lines = [f"{self.people:,} people, {self.half_years} half-years, {self.rows:,} rows", ""]
        lines.append(f"{'':44} {'value':>8} {'se':>7}   {'95% interval':<18} {'study':>6}")
        for e in self.estimates:
            study = "" if e.published is None else f"{e.published:g}"
            interval = f"{e.low:.3f} to {e.high:.3f}"
            lines.append(f"{e.name:44} {e.value:8.3f} {e.standard_error:7.3f}   {interval:<18} {study:>6}")
        lines += ["", "Warnings from this panel:", *(f"  - {w}" for w in self.warnings or ("none",))]
        lines += ["", "Not identifiable here or in the study:", *(f"  - {n}" for n in self.not_identifiable)]
        return "\n".join(lines)


def run(panel: LearningPanel) -> StudyReport:
    """All regressions of the study on ``panel``, on one thread (threads that wait for each other cost three times the
    CPU). ConfigError without the extra ``study``, InvalidInput when the panel cannot carry them."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        return _run(panel)


def _run(panel: LearningPanel) -> StudyReport:
    badges = {"badges": panel.badges.astype(np.float64)}
    kinds = {
        "knowledge": panel.knowledge.astype(np.float64),
        "skill": panel.skill.astype(np.float64),
        "other": panel.other.astype(np.float64),
    }
    within, pooled, lead = within_fit(panel, badges), pooled_fit(panel, badges), lead_fit(panel)
    by_kind = within_fit(panel, kinds)
    strategic = within_fit(panel, {**badges, "strategic": panel.strategic.astype(np.float64)})
    jackknife, jackknife_error, _ = split_panel_jackknife(panel)
    estimates = (
        _linear("points per badge", within, "badges", "person and half-year effects"),
        _plain("points per badge, jackknife", jackknife, jackknife_error, "split-panel jackknife"),
        _linear("points per badge, pooled", pooled, "badges", "pooled least squares, no person effects"),
        _linear("points of next half-year's badges", lead, "lead", "lead test; 0 without feedback"),
        *(
            _linear(f"points per {kind} badge", by_kind, kind, "person and half-year effects")
            for kind in kinds
        ),
        _ratio(by_kind),
        _linear("points more if strategic", strategic, "strategic", "person and half-year effects"),
        *_promotion(panel, badges, kinds),
    )
    warnings = tuple(_warnings(within, pooled, lead, jackknife))
    people, periods = len(np.unique(panel.person)), len(np.unique(panel.half_year))
    return StudyReport(people, len(panel), periods, estimates, warnings)


def _promotion(
    panel: LearningPanel, badges: dict[str, Floats], kinds: dict[str, Floats]
) -> tuple[Estimate, ...]:
    hours = {"super": panel.is_super.astype(np.float64), "steady": panel.is_steady.astype(np.float64)}
    all_badges = promotion_fit(panel, {**badges, **hours})
    by_kind = promotion_fit(panel, {**kinds, **hours})
    without = promotion_fit(panel, hours)
    method = "logit with half-year effects, hours and badges in"
    return (
        _odds("odds per badge", all_badges, "badges", method),
        _odds("odds per skill badge", by_kind, "skill", method),
        _odds("odds of super learners", all_badges, "super", method),
        _odds("odds of steady learners", all_badges, "steady", method),
        _odds("odds of super learners, badges left out", without, "super", "logit, hours only"),
        _odds("odds of steady learners, badges left out", without, "steady", "logit, hours only"),
    )


def _warnings(within: Fit, pooled: Fit, lead: Fit, jackknife: float) -> list[str]:
    found = []
    t_lead = lead.value("lead") / lead.error("lead")
    if abs(t_lead) > SUSPECT:
        found.append(
            f"Next half-year's badges go with this half-year's results (t = {t_lead:.1f}): results feed back into "
            f"learning, or something drives both. Prefer the jackknife ({jackknife:.2f}) to the within estimate "
            f"({within.value('badges'):.2f})."
        )
    apart = pooled.value("badges") - within.value("badges")
    error = float(np.hypot(pooled.error("badges"), within.error("badges")))
    if abs(apart) > 3 * error:
        found.append(
            f"Pooled and within estimates differ by {apart:+.2f} points a badge: people who learn more differ in "
            "lasting ways. The pooled figure is not an effect, and the odds of promotion, which cannot be compared "
            "within a person, are open to the same doubt."
        )
    return found


def _plain(name: str, value: float, error: float, method: str) -> Estimate:
    return Estimate(
        name, value, error, value - WIDE * error, value + WIDE * error, method, PUBLISHED.get(name)
    )


def _linear(name: str, fit: Fit, column: str, method: str) -> Estimate:
    return _plain(name, fit.value(column), fit.error(column), method)


def _odds(name: str, fit: Fit, column: str, method: str) -> Estimate:
    log, error = fit.value(column), fit.error(column)
    low, value, high = np.exp([log - WIDE * error, log, log + WIDE * error]).tolist()
    return Estimate(name, value, value * error, low, high, method, PUBLISHED.get(name))


def _ratio(fit: Fit) -> Estimate:
    """Skill over knowledge by the delta method."""
    name = "skill badge / knowledge badge"
    knowledge, skill = fit.value("knowledge"), fit.value("skill")
    slope = np.zeros(len(fit.names))
    slope[fit.names.index("skill")] = 1 / knowledge
    slope[fit.names.index("knowledge")] = -skill / knowledge**2
    error = float(np.sqrt(slope @ fit.covariance @ slope))
    return _plain(name, skill / knowledge, error, "ratio of two within estimates, delta method")
