"""The plain rules by which the advisor gives no number for a person."""

from __future__ import annotations

import numpy as np

from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation.context import Context
from plugin.advisor.recommendation.values import NO_FACTS, AbstainCode, Abstention, Facts


def judge(context: Context) -> tuple[Abstention | None, ...]:
    """One entry per row, None = speak. Data first, then rating; the last two rules only while a model speaks."""
    strange = _strange(context)
    frozen = frozenset(context.settings.frozen_ratings)
    return tuple(_one(context, i, strange[i], frozen) for i in range(len(context.snapshot.rows)))


def too_much(settings: AdvisorSettings) -> Abstention:
    """The rules together give more than anyone may decide."""
    return Abstention(AbstainCode.ABOVE_MAXIMUM, Facts(points=settings.largest))


def _one(context: Context, i: int, strange: str, frozen: frozenset[str]) -> Abstention | None:
    row = context.snapshot.rows[i]
    if row.data_problems:
        return Abstention(AbstainCode.UNVERIFIED_DATA, Facts(problem=row.data_problems[0]))
    if str(row.person_id) in frozen:
        return Abstention(AbstainCode.RATING_FROZEN, NO_FACTS)
    if row.rating is None:
        return Abstention(AbstainCode.RATING_MISSING, NO_FACTS)
    if context.predictor is None:
        return None
    others = context.comparable[row.job_family, row.level] - 1
    if others < context.settings.peers_at_least:
        return Abstention(AbstainCode.TOO_FEW_COMPARABLE, Facts(people=others))
    return Abstention(AbstainCode.OUT_OF_DISTRIBUTION, Facts(feature=strange)) if strange else None


def _strange(context: Context) -> list[str]:
    """Per row the name of the first feature outside the range seen in training (widened by a twentieth), else ''.

    One feature at a time: an odd combination of usual values is not noticed. A missing value is not strange.
    """
    if context.predictor is None:
        return [""] * len(context.snapshot.rows)
    low, high = context.predictor.seen
    outside = (context.x < low) | (context.x > high)
    first = np.argmax(outside, axis=1)
    names = [feature.name for feature in context.predictor.features]
    return [names[j] if row.any() else "" for row, j in zip(outside, first, strict=True)]
