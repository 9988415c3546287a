"""What is kept of a training run beside the model's bytes: measured figures, and how its labels were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from plugin.domain import Json, JsonObject
from plugin.errors import InvalidInput
from plugin.services.model import fairness_training, model_measures
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
        "measured": model_measures.measure(trained.artefact, held.table),
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
    raise InvalidInput(f"a {type(value).__name__} cannot stand in a model card")
