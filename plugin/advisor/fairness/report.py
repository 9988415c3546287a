"""The fairness report of a training run or a raise cycle, its gates, and who must approve: the only reader of protected data.

Pure functions on arrays; nobody's attribute leaves this module, only counts and estimates of groups that are large
enough. What the figures mean, and what they cannot say, stands in docs/reference/fairness.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from plugin.advisor.fairness.decisions import DecisionAudit, audit_decisions
from plugin.advisor.fairness.gap import CategoryGap, Gap, adjusted_gap, gaps_by_category
from plugin.advisor.fairness.gates import (
    SEVERITY,
    Gate,
    GateCode,
    GateLimits,
    judge_blindness,
    judge_gap,
    judge_impact,
    judge_pay,
    judge_proxy,
    judge_size,
    judge_unchanged,
)
from plugin.advisor.fairness.impact import ImpactTable, impact_table, top_share
from plugin.advisor.fairness.proxy import ProxyScan, proxy_scan
from plugin.domain import FairnessVerdict, JsonObject
from plugin.errors import InvalidInput, NotAllowed
from plugin.texts import _, ngettext

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FairnessInput:
    """One row a person. ``in_group`` marks the group that is looked at, ``is_known`` whose attribute is known at all.

    ``category`` is the category of equal work; ``controls`` (n, k) are factors that may explain pay (level, rating,
    tenure), ``features`` (n, p) what the model sees. ``pay`` is full-time pay a year, the others are points of pay.
    What is None is not measured. ``label`` and ``decided`` may hold NaN for people without one: those are left out of
    what is measured with it. ``of_training``: a model is judged, so no gate asks for decisions or for
    pay as it is, which no model made; the gaps in pay are reported all the same.
    """

    in_group: Mask
    category: Sequence[str]
    recommended: Floats | None = None
    label: Floats | None = None
    decided: Floats | None = None
    pay: Floats | None = None
    controls: Floats | None = None
    features: Floats | None = None
    feature_names: tuple[str, ...] = ()
    is_known: Mask | None = None
    attribute: str = "sex"
    group: str = "women"
    reference: str = "men"
    of_training: bool = False


@dataclass(frozen=True)
class FairnessReport:
    """All figures and gates for one protected attribute."""

    attribute: str
    group: str
    reference: str
    n_group: int
    n_reference: int
    unknown: int
    recommendation: Gap | None
    label: Gap | None
    impact: ImpactTable | None
    proxy: ProxyScan | None
    decisions: DecisionAudit | None
    categories: tuple[CategoryGap, ...]
    gates: tuple[Gate, ...] = field(default=())

    @property
    def verdict(self) -> FairnessVerdict:
        """The worst gate."""
        return max(
            (gate.verdict for gate in self.gates), key=SEVERITY.index, default=FairnessVerdict.NOT_MEASURED
        )

    @property
    def approvals_needed(self) -> int:
        """Different people who must approve: one when all is well, else two."""
        return 1 if self.verdict is FairnessVerdict.PASS else 2

    def to_json(self) -> JsonObject:
        return {
            "attribute": self.attribute,
            "group": self.group,
            "reference": self.reference,
            "n_group": self.n_group,
            "n_reference": self.n_reference,
            "unknown": self.unknown,
            "verdict": self.verdict.value,
            "approvals_needed": self.approvals_needed,
            "recommendation_gap": self.recommendation.to_json() if self.recommendation else None,
            "label_gap": self.label.to_json() if self.label else None,
            "impact": self.impact.to_json() if self.impact else None,
            "proxy": self.proxy.to_json() if self.proxy else None,
            "decisions": self.decisions.to_json() if self.decisions else None,
            "categories": [row.to_json() for row in self.categories],
            "gates": [gate.to_json() for gate in self.gates],
        }


def report(people: FairnessInput, limits: GateLimits | None = None, *, seed: int = 0) -> FairnessReport:
    """Measure what the input allows and judge it. With fewer than ``min_per_group`` known people of either group
    nothing is measured, and the counts are not given either. InvalidInput when columns differ in length."""
    limits = limits or GateLimits()
    known, rows = _known(people)
    counts = int(rows.in_group.sum()), int((~rows.in_group).sum())
    unknown = int((~known).sum())
    if min(counts) < limits.min_per_group:
        names = (people.attribute, people.group, people.reference)
        return FairnessReport(*names, 0, 0, unknown, None, None, None, None, None, (), (judge_size(limits),))
    category = np.unique(np.asarray(rows.category, dtype=str), return_inverse=True)[1]
    recommended = _gap_of(rows.recommended, rows, category)
    label = _gap_of(rows.label, rows, category)
    impact = _impact(rows, people, limits, unknown)
    proxy = _proxy(rows, seed)
    decisions = _decisions(rows, category, limits)
    categories = _categories(rows, limits)
    gates = [
        judge_gap(GateCode.GAP, recommended, limits),
        judge_blindness(label, recommended, limits),
        judge_impact(impact, limits),
        judge_proxy(proxy, limits),
    ]
    if not people.of_training:
        change = decisions.change if decisions else None
        gates += [
            judge_pay(categories, limits),
            judge_gap(GateCode.OVERRIDES, change, limits),
            judge_unchanged(decisions, limits),
        ]
    return FairnessReport(
        people.attribute,
        people.group,
        people.reference,
        *counts,
        unknown,
        recommended,
        label,
        impact,
        proxy,
        decisions,
        categories,
        tuple(gates),
    )


def check_approval(report: FairnessReport, approvers: Sequence[str], reason: str = "") -> None:
    """Raise NotAllowed unless enough different people approved; a failed gate needs a written reason too."""
    check_verdict(report.verdict, report.approvals_needed, approvers, reason)


def check_verdict(verdict: FairnessVerdict, needed: int, approvers: Sequence[str], reason: str = "") -> None:
    """``check_approval`` for a report of which only the verdict is at hand, e.g. a stored one."""
    if len(set(approvers)) < needed:
        raise NotAllowed(
            ngettext(
                "This fairness report needs approval by %(num)s person.",
                "This fairness report needs approval by %(num)s different people.",
                needed,
            ),
            remedy=_("Ask a second person to read the report and approve it."),
        )
    if verdict is FairnessVerdict.FAIL and not reason.strip():
        raise NotAllowed(
            _("A failed fairness check needs a written reason."), remedy=_("Enter why it is acceptable.")
        )


def _known(people: FairnessInput) -> tuple[Mask, FairnessInput]:
    """Rows whose attribute is known, with all columns checked for length."""
    n = len(people.in_group)
    columns = (people.recommended, people.label, people.decided, people.pay, people.controls, people.features)
    if len(people.category) != n or any(c is not None and len(c) != n for c in columns):
        raise InvalidInput("fairness: the columns differ in length")  # machine text
    known = np.ones(n, bool) if people.is_known is None else people.is_known

    def cut(column: Floats | None) -> Floats | None:
        return None if column is None else column[known]

    return known, FairnessInput(
        in_group=people.in_group[known],
        category=np.asarray(people.category, dtype=str)[known].tolist(),
        recommended=cut(people.recommended),
        label=cut(people.label),
        decided=cut(people.decided),
        pay=cut(people.pay),
        controls=cut(people.controls),
        features=cut(people.features),
        feature_names=people.feature_names,
    )


def _gap_of(values: Floats | None, rows: FairnessInput, category: Ints) -> Gap | None:
    if values is None:
        return None
    has = np.isfinite(values)
    controls = None if rows.controls is None else rows.controls[has]
    try:
        return adjusted_gap(values[has], rows.in_group[has], category=category[has], controls=controls)
    except InvalidInput:
        return None  # every category holds one group only: there is nobody to compare with


def _impact(
    rows: FairnessInput, people: FairnessInput, limits: GateLimits, unknown: int
) -> ImpactTable | None:
    if rows.recommended is None:
        return None
    labels = np.where(rows.in_group, people.group, people.reference).tolist()
    table = impact_table(top_share(rows.recommended, limits.top_share), labels)
    return ImpactTable(table.rows, unknown)


def _proxy(rows: FairnessInput, seed: int) -> ProxyScan | None:
    if rows.features is None:
        return None
    try:
        return proxy_scan(rows.features, rows.feature_names, rows.in_group, seed=seed)
    except InvalidInput:
        return None  # fewer people than folds


def _decisions(rows: FairnessInput, category: Ints, limits: GateLimits) -> DecisionAudit | None:
    """Of those who are decided; None while fewer than ``min_per_group`` of either group are."""
    if rows.decided is None or rows.recommended is None:
        return None
    has = np.isfinite(rows.decided)
    group = rows.in_group[has]
    if min(int(group.sum()), int((~group).sum())) < limits.min_per_group:
        return None
    controls = None if rows.controls is None else rows.controls[has]
    try:
        return audit_decisions(
            rows.recommended[has], rows.decided[has], group, category=category[has], controls=controls
        )
    except InvalidInput:
        return None


def _categories(rows: FairnessInput, limits: GateLimits) -> tuple[CategoryGap, ...]:
    if rows.pay is None:
        return ()
    return tuple(
        gaps_by_category(
            rows.pay, rows.in_group, rows.category, rows.controls, min_per_group=limits.min_per_group
        )
    )
