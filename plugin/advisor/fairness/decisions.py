"""What managers' decisions do to the gap: audits look at models, hardly anybody audits overrides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.fairness.gap import Gap, adjusted_gap
from plugin.advisor.fairness.impact import fisher_p
from plugin.domain import JsonObject
from plugin.errors import InvalidInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SAME_POINTS = 0.005  # half of the smallest step of a decision: below it the difference is the float's


@dataclass(frozen=True)
class OverrideCounts:
    """Decisions of one group by direction; ``mean_points`` is the mean of decision minus recommendation."""

    up: int
    unchanged: int
    down: int
    mean_points: float

    @property
    def total(self) -> int:
        return self.up + self.unchanged + self.down

    def to_json(self) -> JsonObject:
        return {
            "up": self.up,
            "unchanged": self.unchanged,
            "down": self.down,
            "mean_points": round(self.mean_points, 4),
        }


@dataclass(frozen=True)
class DecisionAudit:
    """The adjusted gap before and after decisions. ``change`` is the gap that the overrides add, with its own error.

    ``p_down`` and ``p_up`` are exact p-values that both groups are overridden alike in that direction.
    """

    before: Gap
    after: Gap
    change: Gap
    group: OverrideCounts
    reference: OverrideCounts
    p_down: float
    p_up: float

    @property
    def unchanged_share(self) -> float:
        """Share of recommendations that were accepted as they stood."""
        return (self.group.unchanged + self.reference.unchanged) / (self.group.total + self.reference.total)

    def to_json(self) -> JsonObject:
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "change": self.change.to_json(),
            "group": self.group.to_json(),
            "reference": self.reference.to_json(),
            "p_down": round(self.p_down, 6),
            "p_up": round(self.p_up, 6),
            "unchanged_share": round(self.unchanged_share, 4),
        }


def audit_decisions(
    recommended: Floats,
    decided: Floats,
    in_group: Mask,
    *,
    category: Ints | None = None,
    controls: Floats | None = None,
) -> DecisionAudit:
    """Compare decided with recommended raises (points of pay, one a person). InvalidInput without both groups."""
    if len(recommended) != len(decided) or not np.isfinite(recommended).all():
        raise InvalidInput("every decision needs its recommendation")  # machine text
    group, reference = (_counts((decided - recommended)[rows]) for rows in (in_group, ~in_group))

    def gap(values: Floats) -> Gap:
        return adjusted_gap(values, in_group, category=category, controls=controls)

    return DecisionAudit(
        before=gap(recommended),
        after=gap(decided),
        change=gap(decided - recommended),
        group=group,
        reference=reference,
        p_down=fisher_p(group.down, group.total, reference.down, reference.total),
        p_up=fisher_p(group.up, group.total, reference.up, reference.total),
    )


def _counts(difference: Floats) -> OverrideCounts:
    up, down = int((difference > SAME_POINTS).sum()), int((difference < -SAME_POINTS).sum())
    mean = float(difference.mean()) if len(difference) else 0.0
    return OverrideCounts(up, len(difference) - up - down, down, mean)
