"""The plain rules by which the advisor gives no number for a person and says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.advisor.recommendation.context import Context


@dataclass(frozen=True)
class Abstention:
    """``code``: unverified_data, rating_frozen, rating_missing, too_few_comparable or out_of_distribution."""

    code: str
    sentence: str


def judge(context: Context) -> tuple[Abstention | None, ...]:
    """One entry per row, None = speak. Data first, then rating; the last two rules only while a model speaks."""
    strange = _strange(context)
    frozen = frozenset(context.settings.frozen_ratings)
    return tuple(_one(context, i, strange[i], frozen) for i in range(len(context.snapshot.rows)))


def _one(context: Context, i: int, strange: str, frozen: frozenset[str]) -> Abstention | None:
    row = context.snapshot.rows[i]
    if row.data_problems:
        problem = row.data_problems[0].replace("_", " ")
        return Abstention(
            "unverified_data", f"No suggestion: the data of this person is not verified ({problem})."
        )
    if str(row.person_id) in frozen:
        return Abstention(
            "rating_frozen", "No suggestion: the rating is frozen by HR; the policy guideline applies."
        )
    if row.rating is None:
        return Abstention(
            "rating_missing", "No suggestion: there is no rating; the guideline's unrated row applies."
        )
    if context.predictor is None:
        return None
    others = context.comparable[row.job_family, row.level] - 1
    if others < context.settings.peers_at_least:
        return Abstention("too_few_comparable", f"No suggestion: too few comparable people ({others}).")
    if strange:
        return Abstention(
            "out_of_distribution", f"No suggestion: {strange} lies outside what the model has seen."
        )
    return None


def _strange(context: Context) -> list[str]:
    """Per row the label of the first feature outside the range seen in training (widened by a twentieth), else ''.

    One feature at a time: an odd combination of usual values is not noticed. A missing value is not strange.
    """
    if context.predictor is None:
        return [""] * len(context.snapshot.rows)
    low, high = context.predictor.seen
    outside = (context.x < low) | (context.x > high)
    first = np.argmax(outside, axis=1)
    labels = [feature.label.lower() for feature in context.predictor.features]
    return [labels[j] if row.any() else "" for row, j in zip(outside, first, strict=True)]
