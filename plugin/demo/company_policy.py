"""The demo company's pay policy as the advisor knows it: the true matrix, but not all that its managers really do.

The difference (see plugin.demo.company_truth) is deliberate: it is what a model can learn beyond the policy in this simulated company.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.advisor.policy.pay_policy import Policy
from plugin.demo.company_truth import COMPA_EDGES, POLICY_MATRIX

BELOW, ABOVE, FURTHEST = (
    Decimal("0.8"),
    Decimal("1.5"),
    Decimal(4),
)  # from a cell's default to low, high and max


def demo_policy(name: str = "Merit 2026 (simulated)") -> Policy:
    """Rating x compa-ratio with five-point cells; unrated people and people without a range have rows of their own."""
    return Policy(name, _matrix())


def _matrix() -> Matrix:
    ratings = Criterion("rating", (*_rating_bands(), Band("unrated", missing=True)))
    compa = Criterion("compa_ratio", (*_compa_bands(), Band("no range", missing=True)))
    rows = [*range(1, len(POLICY_MATRIX)), 0]  # row 0 of the truth is for the unrated
    middle = POLICY_MATRIX.shape[1] // 2  # people without a range get what the middle of a range gets
    columns = [*range(POLICY_MATRIX.shape[1]), middle]
    cells = tuple(
        _cell((rating.label, place.label), Decimal(str(POLICY_MATRIX[row, column])))
        for rating, row in zip(ratings.bands, rows, strict=True)
        for place, column in zip(compa.bands, columns, strict=True)
    )
    return Matrix((ratings, compa), cells)


def _rating_bands() -> list[Band]:
    """One band a whole rating: 1 from below 1.5, 5 from 4.5."""
    half = Decimal("0.5")
    last = len(POLICY_MATRIX) - 1
    return [
        Band(str(score), None if score == 1 else score - half, None if score == last else score + half)
        for score in range(1, last + 1)
    ]


def _compa_bands() -> list[Band]:
    edges = [Decimal(str(edge)) for edge in COMPA_EDGES]
    inner = [Band(f"{low} to {high}", low, high) for low, high in pairwise(edges)]
    return [Band(f"below {edges[0]}", None, edges[0]), *inner, Band(f"from {edges[-1]}", edges[-1], None)]


def _cell(bands: tuple[str, str], default: Decimal) -> Cell:
    low = max(default - BELOW, Decimal(0))
    return Cell(bands, Decimal(0), low, default, default + ABOVE, default + FURTHEST)
