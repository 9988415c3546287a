"""Groups of two protected attributes at once (women over 50, …): what a table of one attribute at a time cannot show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.fairness.gap import SMALL_COMBINATION, holm
from plugin.advisor.fairness.gates import GateLimits
from plugin.advisor.fairness.impact import FOUR_FIFTHS, SIGNIFICANT, fisher_p, top_share
from plugin.advisor.fairness.report import FairnessInput
from plugin.domain import JsonObject

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class IntersectionRow:
    """One combination of groups. ``ratio``: its rate divided by the highest; ``p_value``: exact, two-sided, against all
    others together; ``p_holm``: corrected for the number of rows looked at."""

    groups: tuple[str, ...]
    n: int
    chosen: int
    rate: float
    ratio: float
    p_value: float
    p_holm: float

    @property
    def is_flagged(self) -> bool:
        """Under four fifths **and** unlikely to be chance, having looked at all rows."""
        return self.ratio < FOUR_FIFTHS and self.p_holm < SIGNIFICANT

    def to_json(self) -> JsonObject:
        return {
            "groups": list(self.groups),
            "n": self.n,
            "chosen": self.chosen,
            "rate": round(self.rate, 4),
            "ratio": round(self.ratio, 4),
            "p_value": round(self.p_value, 6),
            "p_holm": round(self.p_holm, 6),
            "is_flagged": self.is_flagged,
        }


@dataclass(frozen=True)
class Intersections:
    """All combinations, highest rate first, and how many people lack one of the attributes. No rows: ``hidden_because``."""

    attributes: tuple[str, ...]
    rows: tuple[IntersectionRow, ...]
    unknown: int
    hidden_because: str = ""

    def to_json(self) -> JsonObject:
        return {
            "attributes": list(self.attributes),
            "rows": [row.to_json() for row in self.rows],
            "unknown": self.unknown,
            "hidden_because": self.hidden_because,
        }


def intersections(people: Sequence[FairnessInput], limits: GateLimits | None = None) -> Intersections | None:
    """Who is among the top share of recommendations, by two attributes at once, of people of whom both are known.

    None with fewer than two attributes or without recommendations. When any combination has fewer than ``min_per_group``
    people, all are hidden: the tables of the single attributes give the sums, so that in a table of two by two each cell
    tells all others.
    """
    limits = limits or GateLimits()
    if len(people) < 2 or people[0].recommended is None:
        return None
    first, second = people[0], people[1]
    known = _known(first) & _known(second)
    cells = {
        (_name(first, is_first), _name(second, is_second)): known
        & (first.in_group == is_first)
        & (second.in_group == is_second)
        for is_first in (True, False)
        for is_second in (True, False)
    }
    names = (first.attribute, second.attribute)
    unknown = int((~known).sum())
    if min(int(rows.sum()) for rows in cells.values()) < limits.min_per_group:
        return Intersections(names, (), unknown, SMALL_COMBINATION)
    chosen = np.zeros(len(known), dtype=bool)
    chosen[known] = top_share(people[0].recommended[known], limits.top_share)
    return Intersections(names, _rows(cells, chosen, known), unknown)


def _known(one: FairnessInput) -> Mask:
    return np.ones(len(one.in_group), dtype=bool) if one.is_known is None else one.is_known


def _name(one: FairnessInput, is_group: bool) -> str:
    return one.group if is_group else one.reference


def _rows(cells: dict[tuple[str, str], Mask], chosen: Mask, known: Mask) -> tuple[IntersectionRow, ...]:
    everybody, all_chosen = int(known.sum()), int(chosen.sum())
    counts = {groups: (int(chosen[rows].sum()), int(rows.sum())) for groups, rows in cells.items()}
    best = max(c / n for c, n in counts.values())
    p_values = {g: fisher_p(c, n, all_chosen - c, everybody - n) for g, (c, n) in counts.items()}
    corrected = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    found = [
        IntersectionRow(g, n, c, c / n, c / n / best if best else 1.0, p_values[g], corrected[g])
        for g, (c, n) in counts.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.rate, row.groups)))
