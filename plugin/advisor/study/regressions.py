"""The published study's regressions on a panel, with what they can and cannot show said in words.

Source of the published figures: F. Qin and T. Kochan, "The Learning System at IBM: A Case Study" (MIT, 2020).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from plugin.advisor.study.panel import LearningPanel
from plugin.advisor.study.panel_models import (
    Fit,
    lead_fit,
    pooled_fit,
    promotion_fit,
    split_panel_jackknife,
    within_fit,
)
from plugin.advisor.study.report import PUBLISHED, Estimate, StudyReport
from plugin.domain import BadgeKind
from plugin.errors import InvalidInput

Floats = npt.NDArray[np.float64]

WIDE = 1.96  # standard errors each side of a 95% interval
RATIO = "skill badge / knowledge badge"
FIRST, JACKKNIFE, POOLED = "points per badge", "points per badge, jackknife", "points per badge, pooled"
SUSPECT = 2.0  # |t| of the lead beyond which feedback is suspected


def run(panel: LearningPanel) -> StudyReport:
    """All regressions of the study on ``panel``, on one thread (threads that wait for each other cost three times the
    CPU). ConfigError without the extra ``study``, InvalidInput when the panel cannot carry them."""
    with _one_thread():
        found = [part() for part in _parts(panel, panel, "half-year", _kinds(panel)).values()]
    return _report(panel, "half-year", tuple(one for part in found for one in part), ())


def run_what_can(panel: LearningPanel, promotions: LearningPanel | None, period: str) -> StudyReport:
    """The same on a company's own panel, whose rows are ``period``s (half-year or year): what it cannot carry is left out
    and said.

    Its points are not the study's per cent of target, so the published figures stand beside the ratio and the odds only.
    ``promotions`` are the rows whose promotions are known, None when none are. InvalidInput when badges do not vary within
    people.
    """
    kinds = _present(_kinds(panel))
    estimates: list[Estimate] = []
    left_out = [] if promotions is not None else ["odds of promotion: no changes of level are known"]
    with _one_thread():
        for name, part in _parts(panel, promotions, period, kinds).items():
            try:
                estimates += _usable(part())
            except InvalidInput as error:
                if name == FIRST:
                    raise
                left_out.append(f"{name}: {error}")
    if _is_weak([one for one in estimates if one.name == "points per knowledge badge"]):
        estimates = [one for one in estimates if one.name != RATIO]
        left_out.append(f"{RATIO}: the points of a knowledge badge cannot be told from 0")
    own = (replace(one, published=None) if one.name.startswith("points") else one for one in estimates)
    return _report(panel, period, tuple(own), tuple(left_out))


def _is_weak(found: list[Estimate]) -> bool:
    return any(abs(one.value) < SUSPECT * one.standard_error for one in found)


def _one_thread() -> AbstractContextManager[object]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits


def _usable(found: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    if not all(np.isfinite([one.value, one.standard_error, one.low, one.high]).all() for one in found):
        raise InvalidInput("too few rows for a standard error")
    return found


def _report(
    panel: LearningPanel, period: str, estimates: tuple[Estimate, ...], left_out: tuple[str, ...]
) -> StudyReport:
    people, periods = len(np.unique(panel.person)), len(np.unique(panel.half_year))
    warnings = tuple(_warnings({one.name: one for one in estimates}, period))
    return StudyReport(people, len(panel), periods, estimates, warnings, period=period, left_out=left_out)


def _kinds(panel: LearningPanel) -> dict[str, Floats]:
    return {kind: getattr(panel, kind).astype(np.float64) for kind in ("knowledge", "skill", "other")}


def _parts(
    panel: LearningPanel, promotions: LearningPanel | None, period: str, kinds: dict[str, Floats]
) -> dict[str, Callable[[], tuple[Estimate, ...]]]:
    """What is estimated, by name, in the order of the report."""
    badges, within = {"badges": panel.badges.astype(np.float64)}, f"person and {period} effects"
    strategic = {**badges, "strategic": panel.strategic.astype(np.float64)}

    def jackknife() -> tuple[Estimate, ...]:
        value, error, _ = split_panel_jackknife(panel)
        return (_plain(JACKKNIFE, value, error, "split-panel jackknife"),)

    def by_kind() -> tuple[Estimate, ...]:
        fit = within_fit(panel, kinds)
        points = tuple(_linear(f"points per {kind} badge", fit, kind, within) for kind in kinds)
        return (*points, _ratio(fit)) if {BadgeKind.KNOWLEDGE, BadgeKind.SKILL} <= set(kinds) else points

    pooled = "pooled least squares, no person effects"
    parts: dict[str, Callable[[], tuple[Estimate, ...]]] = {
        FIRST: lambda: (_linear(FIRST, within_fit(panel, badges), "badges", within),),
        JACKKNIFE: jackknife,
        POOLED: lambda: (_linear(POOLED, pooled_fit(panel, badges), "badges", pooled),),
        _next(period): lambda: (
            _linear(_next(period), lead_fit(panel), "lead", "lead test; 0 without feedback"),
        ),
        "points by kind of badge": by_kind,
        "points more if strategic": lambda: (
            _linear("points more if strategic", within_fit(panel, strategic), "strategic", within),
        ),
    }
    if promotions is not None:
        parts |= _promotions(promotions, period)
    return parts


def _next(period: str) -> str:
    return f"points of next {period}'s badges"


def _promotions(panel: LearningPanel, period: str) -> dict[str, Callable[[], tuple[Estimate, ...]]]:
    """The odds, by name, in the order of the report."""
    badges, kinds = {"badges": panel.badges.astype(np.float64)}, _present(_kinds(panel))
    learners = {"super": panel.is_super.astype(np.float64), "steady": panel.is_steady.astype(np.float64)}
    hours, method = _present(learners), f"logit with {period} effects, hours and badges in"

    def by_kind() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, {**kinds, **hours})
        return (
            (_odds("odds per skill badge", fit, BadgeKind.SKILL, method),) if BadgeKind.SKILL in kinds else ()
        )

    def all_badges() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, {**badges, **hours})
        per_tier = (_odds(f"odds of {name} learners", fit, name, method) for name in hours)
        return (_odds("odds per badge", fit, "badges", method), *per_tier)

    def hours_only() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, hours)
        names = {name: f"odds of {name} learners, badges left out" for name in hours}
        return tuple(_odds(names[name], fit, name, "logit, hours only") for name in hours)

    odds = {"odds of promotion": all_badges, "odds per skill badge": by_kind}
    return {**odds, "odds of learners, badges left out": hours_only} if hours else odds


def _present(columns: dict[str, Floats]) -> dict[str, Floats]:
    """Those that are not 0 for everybody."""
    return {name: values for name, values in columns.items() if values.any()}


def _warnings(found: dict[str, Estimate], period: str) -> list[str]:
    """From the estimates that there are."""
    said = []
    within, pooled, lead = found[FIRST], found.get(POOLED), found.get(_next(period))
    if lead is not None and abs(lead.value / lead.standard_error) > SUSPECT:
        jackknife = found.get(JACKKNIFE)
        better = (
            f"Prefer the jackknife ({jackknife.value:.2f})"
            if jackknife
            else "There is no jackknife to prefer"
        )
        said.append(
            f"Next {period}'s badges go with this {period}'s results (t = {lead.value / lead.standard_error:.1f}): results "
            f"feed back into learning, or something drives both. {better} to the within estimate ({within.value:.2f})."
        )
    if pooled is not None and abs(pooled.value - within.value) > 3 * np.hypot(
        pooled.standard_error, within.standard_error
    ):
        said.append(
            f"Pooled and within estimates differ by {pooled.value - within.value:+.2f} points a badge: people who learn more "
            "differ in lasting ways. The pooled figure is not an effect, and the odds of promotion, which cannot be compared "
            "within a person, are open to the same doubt."
        )
    return said


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
    knowledge, skill = fit.value("knowledge"), fit.value("skill")
    slope = np.zeros(len(fit.names))
    slope[fit.names.index("skill")] = 1 / knowledge
    slope[fit.names.index("knowledge")] = -skill / knowledge**2
    error = float(np.sqrt(slope @ fit.covariance @ slope))
    return _plain(RATIO, skill / knowledge, error, "ratio of two within estimates, delta method")
