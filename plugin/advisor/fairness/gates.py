"""The rules by which fairness figures become pass, warn or fail, in one place so that they can be argued about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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


class GateCode(StrEnum):  # machine text
    """What a gate judges; reports store the value."""

    SIZE = "group size"
    GAP = "recommendation gap"
    BLIND = "attribute-blind test"
    IMPACT = "impact ratio"
    PROXY = "proxy scan"
    PAY = "pay gap by category"
    OVERRIDES = "overrides"
    UNCHANGED = "accepted unchanged"


@dataclass(frozen=True)
class Gate:
    """One rule: its verdict, what was found (empty when nothing could be measured) and the limits of the rule.

    Both are figures by name in the units of ``GateLimits``; plugin/advisor/fairness/wording.py makes sentences of them.
    """

    name: GateCode
    verdict: FairnessVerdict
    found: JsonObject
    limits: JsonObject

    def to_json(self) -> JsonObject:
        return {
            "name": self.name.value,
            "verdict": self.verdict.value,
            "found": self.found,
            "limits": self.limits,
        }


def _absent(name: GateCode, limits: JsonObject) -> Gate:
    return Gate(name, FairnessVerdict.NOT_MEASURED, {}, limits)


def judge_size(limits: GateLimits) -> Gate:
    """Of groups that are too small to be measured."""
    return _absent(GateCode.SIZE, {"least": limits.min_per_group})


def judge_gap(name: GateCode, gap: Gap | None, limits: GateLimits) -> Gate:
    rule: JsonObject = {"warn": limits.gap_warn_points, "fail": limits.gap_fail_points}
    if gap is None:
        return _absent(name, rule)
    verdict = FairnessVerdict.PASS
    if gap.p_value < limits.significance and abs(gap.estimate) >= limits.gap_warn_points:
        verdict = (
            FairnessVerdict.FAIL if abs(gap.estimate) >= limits.gap_fail_points else FairnessVerdict.WARN
        )
    return Gate(name, verdict, _figures(gap), rule)


def judge_blindness(label: Gap | None, recommended: Gap | None, limits: GateLimits) -> Gate:
    """The attribute-blind test: does a model that never saw the attribute repeat the gap of its labels?"""
    if label is None or recommended is None:
        return _absent(GateCode.BLIND, {})
    share = carried_over(label, recommended)
    is_real = label.p_value < limits.significance and recommended.p_value < limits.significance
    repeats = is_real and share > 0.1 and abs(recommended.estimate) >= limits.gap_warn_points
    found = _figures(label)
    if label.p_value < limits.significance:
        found["carried_over"] = round(share, 4)
    return Gate(GateCode.BLIND, FairnessVerdict.WARN if repeats else FairnessVerdict.PASS, found, {})


def judge_impact(table: ImpactTable | None, limits: GateLimits) -> Gate:
    rule: JsonObject = {"top": limits.top_share, "warn": limits.ratio_warn, "fail": limits.ratio_fail}
    if table is None:
        return _absent(GateCode.IMPACT, rule)
    worst = min(table.rows, key=lambda row: row.ratio)
    verdict = FairnessVerdict.PASS
    if worst.p_value < limits.significance and worst.ratio < limits.ratio_warn:
        verdict = FairnessVerdict.FAIL if worst.ratio < limits.ratio_fail else FairnessVerdict.WARN
    found: JsonObject = {
        "group": worst.group,
        "ratio": round(worst.ratio, 4),
        "chosen": worst.chosen,
        "people": worst.n,
        "p_value": round(worst.p_value, 4),
    }
    return Gate(GateCode.IMPACT, verdict, found, rule)


def judge_proxy(scan: ProxyScan | None, limits: GateLimits) -> Gate:
    rule: JsonObject = {"warn": limits.proxy_warn, "fail": limits.proxy_fail}
    if scan is None:
        return _absent(GateCode.PROXY, rule)
    verdict = FairnessVerdict.PASS
    if scan.auc >= limits.proxy_warn and scan.auc > scan.chance:
        verdict = FairnessVerdict.FAIL if scan.auc >= limits.proxy_fail else FairnessVerdict.WARN
    strongest = scan.features[0][0] if scan.features else ""
    return Gate(GateCode.PROXY, verdict, {"auc": round(scan.auc, 4), "strongest": strongest}, rule)


def judge_pay(categories: Sequence[CategoryGap], limits: GateLimits) -> Gate:
    """The law triggers on the plain average; we fail only when the adjusted gap, corrected for looking often, agrees."""
    rule: JsonObject = {"percent": limits.pay_gap_percent}
    shown = [row for row in categories if row.average is not None]
    if not shown:
        return _absent(GateCode.PAY, rule)
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
    return Gate(GateCode.PAY, verdict, {"over": len(over), "shown": len(shown), "sure": len(sure)}, rule)


def judge_unchanged(audit: DecisionAudit | None, limits: GateLimits) -> Gate:
    rule: JsonObject = {"warn": limits.unchanged_warn, "least": limits.unchanged_from}
    if audit is None or audit.group.total + audit.reference.total < limits.unchanged_from:
        return _absent(GateCode.UNCHANGED, rule)
    share = audit.unchanged_share
    verdict = FairnessVerdict.WARN if share >= limits.unchanged_warn else FairnessVerdict.PASS
    return Gate(GateCode.UNCHANGED, verdict, {"share": round(share, 4)}, rule)


def _figures(gap: Gap) -> JsonObject:
    return {
        "estimate": round(gap.estimate, 4),
        "low": round(gap.low, 4),
        "high": round(gap.high, 4),
        "unit": gap.unit,
        "group": gap.n_group,
        "reference": gap.n_reference,
    }
