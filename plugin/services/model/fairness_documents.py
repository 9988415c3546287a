"""Fairness reports over several attributes as one stored document with one verdict."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.advisor.fairness.gates import SEVERITY
from plugin.advisor.fairness.intersections import Intersections
from plugin.advisor.fairness.report import FairnessReport
from plugin.domain import FairnessVerdict, Json, JsonObject


def worst(reports: Sequence[FairnessReport]) -> FairnessVerdict:
    """The worst verdict; of an attribute with too few people only when there is nothing else."""
    measured = [one.verdict for one in reports if one.n_group]
    return max(measured or [FairnessVerdict.NOT_MEASURED], key=SEVERITY.index)


def needed(reports: Sequence[FairnessReport]) -> int:
    """Different people who must approve."""
    return 1 if worst(reports) is FairnessVerdict.PASS else 2


def document(
    reports: Sequence[FairnessReport], crossed: Intersections | None = None, **more: Json
) -> JsonObject:
    """``attributes``: one report each; ``intersections``: two attributes at once, null where only one is stored (reports
    made before it was measured lack the key); ``more`` says what it is about."""
    return {
        **more,
        "verdict": worst(reports).value,
        "attributes": [one.to_json() for one in reports],
        "intersections": crossed.to_json() if crossed else None,
    }
