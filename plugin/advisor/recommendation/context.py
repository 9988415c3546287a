"""Everything that a run needs to know beside one person: policy layers of all, the population's baseline, the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plugin.advisor.model import features
from plugin.advisor.model.artefact import Artefact
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import guideline, skills
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.policy.skills import Ledger
from plugin.advisor.recommendation.frame import Frame, frame
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.advisor.recommendation.values import ModelOff

OWN_ENGINE_FROM = 2000  # people: below, XGBoost's own contributions are quick enough


@dataclass(frozen=True)
class Context:
    """Made by ``prepare``. ``predictor`` is None when no model may speak; ``model_off`` then says why."""

    snapshot: Snapshot
    policy: Policy
    settings: AdvisorSettings
    frame: Frame
    predictor: Predictor | None
    model_off: ModelOff | None
    model_hash: str | None

    @cached_property
    def x(self) -> Floats:
        """(n, p) the model's features; (n, 0) without a model."""
        if self.predictor is None:
            return np.zeros((len(self.snapshot.rows), 0))
        return features.build(self.frame.columns, self.predictor.features)

    @cached_property
    def population(self) -> Ints:
        """Matrix bands of everybody who takes part: the named population of the baseline (all when nobody does)."""
        part = self.frame.bands[self.frame.takes_part]
        return part if len(part) else self.frame.bands

    @cached_property
    def people(self) -> int:
        """Size of the named population."""
        return int(self.frame.takes_part.sum())

    @cached_property
    def model_base(self) -> float:
        """What the model adds to everybody: its base value."""
        if self.predictor is None or not len(self.x):
            return 0.0
        return self.predictor.contributions(self.x[:1], engine=self.engine)[0]

    @cached_property
    def baseline_tenths(self) -> int:
        """The typical raise before new skills, in tenths of a point."""
        base, _ = guideline.contributions(self.policy.matrix, self.population[:1], self.population)
        return int(np.floor((base + self.model_base) * 10 + 0.5 + 1e-9))

    @cached_property
    def rewarded(self) -> Ledger:
        """The ledger "pay a skill once" by person."""
        return skills.ledger(self.settings.rewarded)

    @cached_property
    def engine(self) -> str:
        """Which engine explains: the same for one person as for the whole run, so that a replay meets every rounding again."""
        chosen = self.settings.explain_engine
        if chosen != "auto":
            return chosen
        return "tables" if len(self.snapshot.rows) >= OWN_ENGINE_FROM else "xgboost"

    @cached_property
    def peer_groups(self) -> dict[tuple[str, str], Ints]:
        """Positions of everybody who takes part, per (job family, level)."""
        found: dict[tuple[str, str], list[int]] = {}
        for i in np.flatnonzero(self.frame.takes_part).tolist():
            row = self.snapshot.rows[i]
            found.setdefault((row.job_family, row.level), []).append(i)
        return {key: np.array(where, dtype=np.int64) for key, where in found.items()}

    @cached_property
    def comparable(self) -> dict[tuple[str, str], int]:
        """Number of rated people per (job family, level)."""
        counts: dict[tuple[str, str], int] = {}
        for row in self.snapshot.rows:
            if row.rating is not None:
                key = (row.job_family, row.level)
                counts[key] = counts.get(key, 0) + 1
        return counts


def prepare(
    snapshot: Snapshot,
    policy: Policy,
    model: Artefact | None = None,
    settings: AdvisorSettings | None = None,
    found: Frame | None = None,
) -> Context:
    """Compute the policy layers once and decide whether the model may speak. Keep the context to serve many pages.

    ``found`` is ``frame(snapshot, policy, settings.rewarded)`` when it is at hand already.
    """
    chosen = settings or AdvisorSettings()
    why = silence(model, chosen)
    predictor = Predictor(model, threads=chosen.threads) if model is not None and why is None else None
    return Context(
        snapshot,
        policy,
        chosen,
        found or frame(snapshot, policy, chosen.rewarded),
        predictor,
        why,
        model.sha256 if model is not None else None,
    )


def silence(model: Artefact | None, settings: AdvisorSettings) -> ModelOff | None:
    """Why no model is used, None when one is."""
    if settings.matrix_only:
        return ModelOff.SWITCHED_OFF
    if model is None:
        return ModelOff.NO_MODEL
    return None if model.approved else ModelOff.NOT_APPROVED
