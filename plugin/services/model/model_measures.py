"""What a model does on the whole, measured when it is trained: how much each group of reasons moves, and whether they add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plugin.domain import JsonObject

if TYPE_CHECKING:
    from plugin.advisor.model.artefact import Artefact
    from plugin.advisor.model.tables import Table

MOST_ROWS = 20_000  # of the newest year; enough for means


def measure(artefact: Artefact, table: Table) -> JsonObject:
    """On the newest year. ``reasons``: mean absolute contribution in points, by group (contributions of a group are added
    before the absolute value is taken) and by feature; ``gap``: the largest difference between a figure and its reasons."""
    from plugin.advisor.model.predictor import Predictor
    from plugin.advisor.recommendation.values import Group

    newest = table.take(np.nonzero(table.year == table.year.max())[0][:MOST_ROWS])
    predictor = Predictor(artefact)
    base, parts = predictor.contributions(newest.x)
    gap = np.abs(base + parts.sum(axis=1) - predictor.delta(newest.x)).max() if len(newest) else 0.0
    chosen = predictor.features
    groups = {group: [i for i, one in enumerate(chosen) if one.group is group] for group in Group}
    reasons: JsonObject = {
        group.value: float(np.abs(parts[:, where].sum(axis=1)).mean())
        for group, where in groups.items()
        if where
    }
    single: JsonObject = {one.name: float(np.abs(parts[:, i]).mean()) for i, one in enumerate(chosen)}
    return {
        "people": len(newest),
        "reasons": reasons,
        "features": single,
        "gap": float(gap),
        "directed": sum(one.direction != 0 for one in chosen),
    }
