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
from plugin.figures.writing import decimals
from plugin.texts import N_, _

Floats = npt.NDArray[np.float64]

WIDE = 1.96  # standard errors each side of a 95% interval
RATIO = N_("skill badge / knowledge badge")
FIRST, JACKKNIFE, POOLED = (
    N_("points per badge"),
    N_("points per badge, jackknife"),
    N_("points per badge, pooled"),
)
NEXT, STRATEGIC = N_("points per badge of the next period"), N_("points more if strategic")
PER_KIND = {
    BadgeKind.KNOWLEDGE: N_("points per knowledge badge"),
    BadgeKind.SKILL: N_("points per skill badge"),
    "other": N_("points per other badge"),
}
ODDS, ODDS_SKILL = N_("odds per badge"), N_("odds per skill badge")
ODDS_OF = {"super": N_("odds of super learners"), "steady": N_("odds of steady learners")}
ODDS_WITHOUT = {
    "super": N_("odds of super learners, badges left out"),
    "steady": N_("odds of steady learners, badges left out"),
}
WITHIN, LOGIT = N_("person and period effects"), N_("logit with period effects, hours and badges in")
SUSPECT = 2.0  # |t| of the lead beyond which feedback is suspected


def run(panel: LearningPanel) -> StudyReport:
    """All regressions of the study on ``panel``, on one thread (threads that wait for each other cost three times the
    CPU). ConfigError without the extra ``study``, InvalidInput when the panel cannot carry them."""
    with _one_thread():
        found = [part() for part in _parts(panel, panel, _kinds(panel)).values()]
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
    left_out = [] if promotions is not None else [_("odds of promotion: no changes of level are known")]
    with _one_thread():
        for name, part in _parts(panel, promotions, kinds).items():
            try:
                estimates += _usable(part())
            except InvalidInput as error:
                if name == FIRST:
                    raise
                left_out.append(_("%(estimate)s: %(reason)s", estimate=_(name), reason=error))
    if _is_weak([one for one in estimates if one.name == PER_KIND[BadgeKind.KNOWLEDGE]]):
        estimates = [one for one in estimates if one.name != RATIO]
        left_out.append(
            _("%(estimate)s: the points of a knowledge badge cannot be told from 0", estimate=_(RATIO))
        )
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
        raise InvalidInput(_("There are too few rows for a standard error."))
    return found


def _report(
    panel: LearningPanel, period: str, estimates: tuple[Estimate, ...], left_out: tuple[str, ...]
) -> StudyReport:
    people, periods = len(np.unique(panel.person)), len(np.unique(panel.half_year))
    warnings = tuple(_warnings({one.name: one for one in estimates}))
    return StudyReport(people, len(panel), periods, estimates, warnings, period=period, left_out=left_out)


def _kinds(panel: LearningPanel) -> dict[str, Floats]:
    return {kind: getattr(panel, kind).astype(np.float64) for kind in ("knowledge", "skill", "other")}


def _parts(
    panel: LearningPanel, promotions: LearningPanel | None, kinds: dict[str, Floats]
) -> dict[str, Callable[[], tuple[Estimate, ...]]]:
    """What is estimated, by name, in the order of the report."""
    badges = {"badges": panel.badges.astype(np.float64)}
    strategic = {**badges, "strategic": panel.strategic.astype(np.float64)}

    def jackknife() -> tuple[Estimate, ...]:
        value, error, _rows = split_panel_jackknife(panel)
        return (_plain(JACKKNIFE, value, error, N_("split-panel jackknife")),)

    def by_kind() -> tuple[Estimate, ...]:
        fit = within_fit(panel, kinds)
        points = tuple(_linear(PER_KIND[kind], fit, kind, WITHIN) for kind in kinds)
        return (*points, _ratio(fit)) if {BadgeKind.KNOWLEDGE, BadgeKind.SKILL} <= set(kinds) else points

    pooled = N_("pooled least squares, no person effects")
    parts: dict[str, Callable[[], tuple[Estimate, ...]]] = {
        FIRST: lambda: (_linear(FIRST, within_fit(panel, badges), "badges", WITHIN),),
        JACKKNIFE: jackknife,
        POOLED: lambda: (_linear(POOLED, pooled_fit(panel, badges), "badges", pooled),),
        NEXT: lambda: (_linear(NEXT, lead_fit(panel), "lead", N_("lead test; 0 without feedback")),),
        N_("points by kind of badge"): by_kind,
        STRATEGIC: lambda: (_linear(STRATEGIC, within_fit(panel, strategic), "strategic", WITHIN),),
    }
    if promotions is not None:
        parts |= _promotions(promotions)
    return parts


def _promotions(panel: LearningPanel) -> dict[str, Callable[[], tuple[Estimate, ...]]]:
    """The odds, by name, in the order of the report."""
    badges, kinds = {"badges": panel.badges.astype(np.float64)}, _present(_kinds(panel))
    learners = {"super": panel.is_super.astype(np.float64), "steady": panel.is_steady.astype(np.float64)}
    hours = _present(learners)

    def by_kind() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, {**kinds, **hours})
        return (_odds(ODDS_SKILL, fit, BadgeKind.SKILL, LOGIT),) if BadgeKind.SKILL in kinds else ()

    def all_badges() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, {**badges, **hours})
        per_tier = (_odds(ODDS_OF[name], fit, name, LOGIT) for name in hours)
        return (_odds(ODDS, fit, "badges", LOGIT), *per_tier)

    def hours_only() -> tuple[Estimate, ...]:
        fit = promotion_fit(panel, hours)
        return tuple(_odds(ODDS_WITHOUT[name], fit, name, N_("logit, hours only")) for name in hours)

    odds = {N_("odds of promotion"): all_badges, ODDS_SKILL: by_kind}
    return {**odds, N_("odds of learners, badges left out"): hours_only} if hours else odds


def _present(columns: dict[str, Floats]) -> dict[str, Floats]:
    """Those that are not 0 for everybody."""
    return {name: values for name, values in columns.items() if values.any()}


def _warnings(found: dict[str, Estimate]) -> list[str]:
    """From the estimates that there are."""
    said = []
    within, pooled, lead = found[FIRST], found.get(POOLED), found.get(NEXT)
    if lead is not None and abs(lead.value / lead.standard_error) > SUSPECT:
        said.append(
            _(
                "Badges of the next period go with results of this period (t = %(t)s): results feed back into learning, "
                "or something drives both.",
                t=decimals(lead.value / lead.standard_error, 1),
            )
        )
        if jackknife := found.get(JACKKNIFE):
            said.append(
                _(
                    "Prefer the jackknife (%(jackknife)s) to the within estimate (%(within)s).",
                    jackknife=decimals(jackknife.value, 2),
                    within=decimals(within.value, 2),
                )
            )
    if pooled is not None and abs(pooled.value - within.value) > 3 * np.hypot(
        pooled.standard_error, within.standard_error
    ):
        said += [
            _(
                "Pooled and within estimates differ by %(points)s points per badge: people who learn more differ in lasting ways.",
                points=decimals(pooled.value - within.value, 2, is_signed=True),
            ),
            _("The pooled figure is not an effect. The odds of promotion are open to the same doubt."),
        ]
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
    return _plain(RATIO, skill / knowledge, error, N_("ratio of two within estimates, delta method"))
