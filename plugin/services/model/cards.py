"""What is kept of a training run beside the model's bytes: measured figures, and how its labels were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import numpy as np

from plugin.domain import Json, JsonObject
from plugin.errors import InvalidInput
from plugin.services.model import fairness_training
from plugin.services.model.fairness_repair import Repair
from plugin.services.model.fairness_training import HeldOut

if TYPE_CHECKING:
    from plugin.advisor.model.artefact import Trained
    from plugin.advisor.model.tables import Floats


def card(trained: Trained, held: HeldOut, policy_id: int, said: Floats) -> JsonObject:
    """Measured figures only; a NaN (a score of an empty year) becomes null. ``said``: see ``fairness_training.predicted``."""
    found: dict[str, object] = {
        "policy_id": policy_id,
        "decisions": len(held.table),
        "years": sorted({int(year) for year in held.table.year}),
        "metadata": trained.artefact.metadata,
        "evaluation": asdict(trained.evaluation),
        "measured": measure(trained.artefact, held.table),
    }
    if held.repair is not None:
        found["repair"] = asdict(held.repair)
        found["as_they_were"] = fairness_training.as_they_were(trained.evaluation.kind, held, said)
    return cast("JsonObject", _finite(found))


def marked(trained: Trained, repair: Repair | None) -> Trained:
    """With the repair in the model's own bytes, so that a model of repaired labels is never taken for one of others."""
    if repair is None:
        return trained
    metadata = trained.artefact.metadata | {"labels_repaired": _finite(asdict(repair))}
    return replace(trained, artefact=replace(trained.artefact, metadata=metadata))


def _finite(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - the test for NaN
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    raise InvalidInput(f"a {type(value).__name__} cannot stand in a model card")  # machine text


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
