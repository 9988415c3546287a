"""The rules by which fairness figures become pass, warn or fail, in one place so that they can be argued about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.advisor.fairness.decisions import DecisionAudit
from plugin.advisor.fairness.gap import MIN_PER_GROUP, CategoryGap, Gap
from plugin.advisor.fairness.impact import ImpactTable
from plugin.advisor.fairness.proxy import ProxyScan, carried_over
from plugin.domain import FairnessVerdict, JsonObject

SEVERITY = (FairnessVerdict.PASS, FairnessVerdict.NOT_MEASURED, FairnessVerdict.WARN, FairnessVerdict.FAIL)


@dataclass(frozen=True)
class GateLimits:
    """Where gates change colour. An effect must be large **and** unlikely to be chance (p under ``significance``)."""

    significance: float = 0.05
    gap_warn_points: float = 0.1
    gap_fail_points: float = 0.3
    ratio_warn: float = 0.9
    ratio_fail: float = 0.8  # four fifths
    proxy_warn: float = 0.7
    proxy_fail: float = 0.85
    pay_gap_percent: float = 5.0  # of the directive 2023/970, on the plain average
    unchanged_warn: float = 0.95
    unchanged_from: int = 30  # decisions
    min_per_group: int = MIN_PER_GROUP
    top_share: float = 0.3


@dataclass(frozen=True)
class Gate:
    """One rule: its verdict, the figure in words and what the rule is."""

    name: str
    verdict: FairnessVerdict
    found: str
    rule: str

    def to_json(self) -> JsonObject:
        return {"name": self.name, "verdict": self.verdict.value, "found": self.found, "rule": self.rule}


def _absent(name: str, rule: str) -> Gate:
    return Gate(name, FairnessVerdict.NOT_MEASURED, "no data, or nobody to compare with", rule)


def judge_gap(name: str, gap: Gap | None, limits: GateLimits) -> Gate:
    rule = (
        f"under {limits.gap_warn_points} points, or may be chance; fails from {limits.gap_fail_points} points"
    )
    if gap is None:
        return _absent(name, rule)
    verdict = FairnessVerdict.PASS
    if gap.p_value < limits.significance and abs(gap.estimate) >= limits.gap_warn_points:
        verdict = (
            FairnessVerdict.FAIL if abs(gap.estimate) >= limits.gap_fail_points else FairnessVerdict.WARN
        )
    return Gate(name, verdict, _in_words(gap), rule)


def judge_blindness(label: Gap | None, recommended: Gap | None, limits: GateLimits) -> Gate:
    """The attribute-blind test: does a model that never saw the attribute repeat the gap of its labels?"""
    name = "attribute-blind test"
    rule = "the recommendations do not repeat a gap that the past raises show"
    if label is None or recommended is None:
        return _absent(name, rule)
    share = carried_over(label, recommended)
    is_real = label.p_value < limits.significance and recommended.p_value < limits.significance
    repeats = is_real and share > 0.1 and abs(recommended.estimate) >= limits.gap_warn_points
    found = (
        f"past raises {_in_words(label)}; {100 * share:.0f}% of it is in the recommendations"
        if label.p_value < limits.significance
        else f"past raises {_in_words(label)}, which may be chance"
    )
    return Gate(name, FairnessVerdict.WARN if repeats else FairnessVerdict.PASS, found, rule)


def judge_impact(table: ImpactTable | None, limits: GateLimits) -> Gate:
    name = "impact ratio"
    rule = f"among the top {limits.top_share:.0%}: {limits.ratio_warn} or more, or may be chance; fails under {limits.ratio_fail}"
    if table is None:
        return _absent(name, rule)
    worst = min(table.rows, key=lambda row: row.ratio)
    verdict = FairnessVerdict.PASS
    if worst.p_value < limits.significance and worst.ratio < limits.ratio_warn:
        verdict = FairnessVerdict.FAIL if worst.ratio < limits.ratio_fail else FairnessVerdict.WARN
    found = f"{worst.group} {worst.ratio:.2f} ({worst.chosen} of {worst.n}, exact p {worst.p_value:.3f})"
    return Gate(name, verdict, found, rule)


def judge_proxy(scan: ProxyScan | None, limits: GateLimits) -> Gate:
    name = "proxy scan"
    rule = (
        f"the features guess the group with an AUC under {limits.proxy_warn}; fails from {limits.proxy_fail}"
    )
    if scan is None:
        return _absent(name, rule)
    verdict = FairnessVerdict.PASS
    if scan.auc >= limits.proxy_warn and scan.auc > scan.chance:
        verdict = FairnessVerdict.FAIL if scan.auc >= limits.proxy_fail else FairnessVerdict.WARN
    strongest = f", most by {scan.features[0][0]}" if scan.features else ""
    return Gate(name, verdict, f"AUC {scan.auc:.2f}{strongest}", rule)


def judge_pay(categories: Sequence[CategoryGap], limits: GateLimits) -> Gate:
    """The law triggers on the plain average; we fail only when the adjusted gap, corrected for looking often, agrees."""
    name = "pay gap by category"
    rule = f"no category of equal work with an average gap of {limits.pay_gap_percent:g}% or more"
    shown = [row for row in categories if row.average is not None]
    if not shown:
        return _absent(name, rule)
    over = [row for row in shown if row.average and abs(row.average.estimate) >= limits.pay_gap_percent]
    sure = [
        row
        for row in over
        if row.adjusted
        and row.p_holm is not None
        and row.p_holm < limits.significance
        and abs(row.adjusted.estimate) >= limits.pay_gap_percent
    ]
    verdict = FairnessVerdict.FAIL if sure else FairnessVerdict.WARN if over else FairnessVerdict.PASS
    found = (
        f"{len(over)} of {len(shown)} categories shown, {len(sure)} of them also adjusted and beyond chance"
    )
    return Gate(name, verdict, found, rule)


def judge_unchanged(audit: DecisionAudit | None, limits: GateLimits) -> Gate:
    name = "accepted unchanged"
    rule = (
        f"under {limits.unchanged_warn:.0%} of {limits.unchanged_from} or more: people decide, not the tool"
    )
    if audit is None or audit.group.total + audit.reference.total < limits.unchanged_from:
        return _absent(name, rule)
    share = audit.unchanged_share
    verdict = FairnessVerdict.WARN if share >= limits.unchanged_warn else FairnessVerdict.PASS
    return Gate(name, verdict, f"{share:.0%} of the recommendations", rule)


def _in_words(gap: Gap) -> str:
    unit = "%" if gap.unit == "percent" else " points"
    return f"{gap.estimate:+.2f}{unit} (95% {gap.low:+.2f} to {gap.high:+.2f}; {gap.n_group} and {gap.n_reference})"
