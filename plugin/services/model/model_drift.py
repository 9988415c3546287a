"""Is this cycle like what its model learned from? Inputs, the policy's own figures and the decided raises, compared by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import Json, JsonObject
from plugin.errors import InvalidInput, NotFound
from plugin.services.core import Core
from plugin.services.cycle import recommending
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.model.tables import Floats
    from plugin.advisor.policy.pay_policy import Policy

NOT_KNOWN = "not_kept"  # by the version that trained the model


def of_cycle(core: Core, cycle_id: int) -> JsonObject:
    """Figures of groups only, nothing is stored. ``inputs``: one entry a feature (see ``advisor.drift``); ``programme``: the
    policy's figure and, from 30 decided people, their raises; ``not_known`` says why there are none.

    InvalidInput when the cycle has no model or fewer than 30 people like those of training, NotFound without a snapshot.
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        artefact = training.load_artefact(tx, found.model_id)
        if artefact is None:
            raise InvalidInput(
                _("This cycle runs without a model."),
                remedy=_("Its recommendations come from policy and skills alone."),
            )
        if not frozen_inputs.has_snapshot(tx, cycle_id):
            raise NotFound(_("This cycle has no snapshot yet."), remedy=_("Take the snapshot first."))
        frozen = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, cycle_id))
        policy = training.read_policy(tx, found.policy_id)
        settings = _settings(tx, cycle_id)
        decided = [float(one.percent) for one in decisions.of_cycle(tx, cycle_id) if one.percent is not None]
    metadata = artefact.metadata
    made: JsonObject = {
        "cycle": found.name,
        "model_id": found.model_id,
        "learned_from": metadata.get("rows"),
        "years": metadata.get("years"),
        "is_repaired": "labels_repaired" in metadata,
        "decided": len(decided),
        "inputs": [],
        "programme": [],
        "not_known": "",
    }
    kept = metadata.get("deciles")
    if not isinstance(kept, dict):
        return made | {"not_known": NOT_KNOWN}
    return made | _compared(kept, frozen, policy, settings, np.array(decided, dtype=np.float64))


def _settings(tx: Tx, cycle_id: int) -> AdvisorSettings:
    """Of the newest run: what earlier cycles paid for is not new evidence."""
    runs = frozen_inputs.runs(tx, cycle_id)
    return codec.from_json(AdvisorSettings, runs[0].settings) if runs else AdvisorSettings()


def _compared(
    kept: JsonObject, frozen: Snapshot, policy: Policy, settings: AdvisorSettings, decided: Floats
) -> JsonObject:
    """Of people as in training: who takes part, and only rated ones where anybody is rated."""
    from plugin.advisor.model import drift, features
    from plugin.advisor.recommendation.frame import frame, margin_of

    found = frame(frozen, policy, settings.rewarded)
    rated = ~np.isnan(found.columns.rating)
    rows = found.takes_part & (rated if rated.any() else ~rated)
    chosen = [features.BY_NAME[name] for name in kept if name in features.BY_NAME]
    matrix = features.build(found.columns, chosen)[rows]
    inputs = {one.name: matrix[:, i] for i, one in enumerate(chosen)}
    programme = {drift.POLICY: margin_of(found, policy)[rows]}
    if len(decided) >= drift.SMALLEST:
        programme[drift.RAISE] = decided
    return {
        "people": int(rows.sum()),
        "inputs": _indices(kept, inputs),
        "programme": _indices(kept, programme),
    }


def _indices(kept: JsonObject, columns: dict[str, Floats]) -> list[Json]:
    """Largest first."""
    from plugin.advisor.model import drift

    found = [
        drift.drift(name, before, values)
        for name, values in columns.items()
        if (before := drift.from_json(kept.get(name))) is not None
    ]
    return [one.to_json() for one in sorted(found, key=lambda one: (-one.index, one.name))]
