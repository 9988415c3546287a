"""Impact ratios (who is chosen how often) that never come without counts and an exact test.

The four-fifths rule alone flags 65% of teams of 10 + 10 that treat everybody alike; with the exact test under 4%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.domain import JsonObject
from plugin.errors import InvalidInput

FOUR_FIFTHS = 0.8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class ImpactRow:
    """One group against the group with the highest rate. ``ratio`` and ``p_value`` are 1 for that group itself.

    ``low`` and ``high`` are the ratio's 95% interval (Katz, with half a case added where nobody was chosen).
    """

    group: str
    n: int
    chosen: int
    rate: float
    ratio: float
    low: float
    high: float
    p_value: float

    @property
    def is_flagged(self) -> bool:
        """Under four fifths **and** unlikely to be chance."""
        return self.ratio < FOUR_FIFTHS and self.p_value < SIGNIFICANT

    def to_json(self) -> JsonObject:
        return {
            "group": self.group,
            "n": self.n,
            "chosen": self.chosen,
            "rate": round(self.rate, 4),
            "ratio": round(self.ratio, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "p_value": round(self.p_value, 6),
            "is_flagged": self.is_flagged,
        }


@dataclass(frozen=True)
class ImpactTable:
    """All groups, largest rate first, and how many people have no known group."""

    rows: tuple[ImpactRow, ...]
    unknown: int

    def to_json(self) -> JsonObject:
        return {"rows": [row.to_json() for row in self.rows], "unknown": self.unknown}


def impact_table(is_chosen: npt.NDArray[np.bool_], group: Sequence[str]) -> ImpactTable:
    """Rates and ratios by group; ``""`` is an unknown group, counted and left out of the ratios.

    Raises InvalidInput with fewer than two known groups. Exact test: Fisher, two-sided.
    """
    labels = np.asarray(group, dtype=str)
    if len(labels) != len(is_chosen):
        raise InvalidInput("an impact ratio needs one group per person")  # machine text
    known = [name for name in np.unique(labels).tolist() if name]
    if len(known) < 2:
        raise InvalidInput("an impact ratio needs two groups")  # machine text
    counts = {name: (int(is_chosen[labels == name].sum()), int((labels == name).sum())) for name in known}
    order = sorted(known, key=lambda name: (-counts[name][0] / counts[name][1], name))
    best = counts[order[0]]
    rows = [_row(name, counts[name], best, is_best=name == order[0]) for name in order]
    return ImpactTable(tuple(rows), int((labels == "").sum()))


def top_share(values: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.bool_]:
    """Who is in the top ``share`` (0 to 1); everybody tied with the last one is in, so no tie is broken by row order."""
    if not 0 < share < 1 or len(values) == 0:
        raise InvalidInput("share must lie between 0 and 1, of at least one person")  # machine text
    place = max(1, round(share * len(values)))
    limit = np.partition(values, len(values) - place)[len(values) - place]
    chosen: npt.NDArray[np.bool_] = values >= limit
    return chosen


def fisher_p(chosen_a: int, n_a: int, chosen_b: int, n_b: int) -> float:
    """Two-sided exact p-value that both groups are chosen alike."""
    from scipy import stats

    return float(stats.fisher_exact([[chosen_a, n_a - chosen_a], [chosen_b, n_b - chosen_b]])[1])


def _row(name: str, ours: tuple[int, int], best: tuple[int, int], *, is_best: bool) -> ImpactRow:
    rate, best_rate = ours[0] / ours[1], best[0] / best[1]
    if is_best or best_rate == 0:
        return ImpactRow(name, ours[1], ours[0], rate, 1.0, 1.0, 1.0, 1.0)
    a, b = max(ours[0], 0.5), max(best[0], 0.5)
    error = float(np.sqrt(max(1 / a - 1 / ours[1] + 1 / b - 1 / best[1], 0.0)))
    middle = float(np.log((a / ours[1]) / (b / best[1])))
    low, high = np.exp([middle - 1.96 * error, middle + 1.96 * error]).tolist()
    return ImpactRow(name, ours[1], ours[0], rate, rate / best_rate, low, high, fisher_p(*ours, *best))
