"""Turns past cycles into a table and a table into a model artefact with its evaluation, the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import numpy as np

from plugin.advisor.model import banned, boosting, drift, evaluation, features, interval, ridge
from plugin.advisor.model.artefact import Artefact, Trained
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import Evaluation, Table, TrainOptions
from plugin.advisor.policy import guideline
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.settings import RewardedSkill
from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.frame import band_of, frame, margin_of
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import JsonObject
from plugin.errors import InvalidInput
from plugin.texts import _


@dataclass(frozen=True)
class PastCycle:
    """A cycle that was decided: the data of its day and the base raise in points that each person got (labels only)."""

    year: int
    snapshot: Snapshot
    decided: Mapping[int, Decimal]
    rewarded: tuple[RewardedSkill, ...] = field(default=())


def own_year(policy: Policy, past: Sequence[PastCycle]) -> int | None:
    """The year whose raises a policy is for, when no cycle says it: its dates lie before them, at most a year. None: no dates."""
    newest = policy.newest_day
    if newest is None or not past:
        return None
    first = past[-1].snapshot.as_of + timedelta(days=1)  # like this, the first raises of a year
    return newest.year + ((first.month, first.day) < (newest.month, newest.day))


def table_of(
    cycles: Sequence[PastCycle],
    policy: Policy,
    names: Sequence[str] = features.DEFAULT,
    *,
    policy_year: int | None = None,
) -> Table:
    """One row per eligible person with a decision. The margin is what the policy layers say of them.

    ``policy_year`` is the year of the policy's own cycle: for another year its dates are moved by the difference; None when
    they hold as they are.
    Unrated people are left out of a cycle in which anybody is rated: there, no rating mostly means too new to be judged.
    """
    chosen = features.choose(names)
    rules = [policy.moved(c.year - policy_year) if policy_year is not None else policy for c in cycles]
    parts = [_part(cycle, rule, chosen) for cycle, rule in zip(cycles, rules, strict=True)]
    if not parts or not sum(len(part) for part in parts):
        raise InvalidInput(
            _("No past raise of a rated employee to learn from."), remedy=_("Import past raises and ratings.")
        )
    return Table(
        parts[0].names,
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate([part.year for part in parts]),
        margin=np.concatenate([part.base for part in parts]),
        directions=features.directions(chosen),
        cells=np.concatenate([part.cells for part in parts if part.cells is not None]),
        band=np.concatenate([part.band for part in parts if part.band is not None]),
        cluster=np.concatenate([part.cluster for part in parts if part.cluster is not None]),
    )


def _part(cycle: PastCycle, policy: Policy, chosen: Sequence[features.Feature]) -> Table:
    found = frame(cycle.snapshot, policy, cycle.rewarded)
    ids = np.array([row.person_id for row in cycle.snapshot.rows], dtype=np.int64)
    rated = ~np.isnan(found.columns.rating)
    keep = (
        found.takes_part
        & (rated if rated.any() else ~rated)
        & np.array([int(i) in cycle.decided for i in ids], dtype=bool)
    )
    labels = np.array([float(cycle.decided.get(int(i), Decimal(0))) for i in ids])
    return Table(
        tuple(feature.name for feature in chosen),
        features.build(found.columns, chosen)[keep],
        labels[keep],
        np.full(int(keep.sum()), cycle.year, dtype=np.int64),
        margin_of(found, policy)[keep],
        features.directions(chosen),
        guideline.cells(policy.matrix, found.bands)[keep],
        band_of(found.columns.rating)[keep],
        ids[keep],
    )


def train(table: Table, options: TrainOptions | None = None) -> Trained:
    """Evaluate on rolling years, then train on everything. A model that fails its evaluation is stored, but switched off.

    InvalidInput for banned names or fewer than two years.
    """
    chosen = options or TrainOptions()
    if table.pay_use:
        banned.check(table.names)
    result = evaluation.evaluate_table(table, chosen)
    rest, level = evaluation.residual(table)
    if result.kind == "ridge":
        blobs = {"model": ridge.fit(table.x, rest, table.directions, alpha=chosen.ridge_alpha).dump()}
    else:
        blobs = {"model": boosting.train(table.x, rest, table.directions, chosen)}
    ends, calibration = _interval(table, result.kind, chosen)
    metadata = _metadata(table, result, chosen, level)
    metadata["interval"] = interval.to_json(calibration)
    return Trained(Artefact(metadata, blobs | ends), result)


def _interval(
    table: Table, kind: str, options: TrainOptions
) -> tuple[dict[str, bytes], interval.Calibration]:
    """Quantile boosters from all years but the last, calibrated and measured on the last. Ridge: its own line as both ends."""
    last = table.year == table.year.max()
    before, held = table.take(~last), table.take(last)
    rest, _ = evaluation.residual(before)
    if kind == "ridge":
        both = ridge.fit(before.x, rest, before.directions, alpha=options.ridge_alpha).dump()
        ends = {"lower": both, "upper": both}
    else:
        quantiles = {"lower": 0.05, "upper": 0.95}
        ends = {
            n: boosting.train(before.x, rest, before.directions, options, quantile=q)
            for n, q in quantiles.items()
        }
    low, high = Predictor(Artefact({"kind": kind}, ends)).raw_ends(held.x)
    return ends, interval.calibrate(held.y, held.base + low, held.base + high, held.band, seed=options.seed)


def calibrate_on(artefact: Artefact, decided: Table) -> interval.Calibration:
    """Ranges calibrated on decisions of the current cycle, for ``AdvisorSettings.calibration``; the model stays as it is."""
    low, high = Predictor(artefact).raw_ends(decided.x)
    return interval.calibrate(decided.y, decided.base + low, decided.base + high, decided.band)


def _metadata(table: Table, result: Evaluation, options: TrainOptions, level: float) -> JsonObject:
    metadata = codec.to_json(
        {
            "kind": result.kind,
            "features": table.names,
            "directions": table.directions,
            "evaluation": result,
            "verdict": result.verdict,
            "options": options,
            "level": level,
            "rows": len(table),
            "years": [int(year) for year in np.unique(table.year)],
            "seen": _seen(table),
            "deciles": drift.deciles(table),
            "data_sha256": data_hash(table),
            "versions": _versions(result.kind),
            "pay_use": table.pay_use,
        }
    )
    if not isinstance(metadata, dict):
        raise InvalidInput("metadata is not an object")  # machine text
    return metadata


def _seen(table: Table) -> dict[str, list[float]]:
    """Smallest and largest value of each feature in training, for the out-of-distribution rule."""
    known = {name: table.x[:, i][~np.isnan(table.x[:, i])] for i, name in enumerate(table.names)}
    return {name: [float(c.min()), float(c.max())] for name, c in known.items() if len(c)}


def data_hash(table: Table) -> str:
    """SHA-256 over names and the bytes of all columns."""
    digest = hashlib.sha256(repr((table.names, table.directions)).encode())
    for column in (table.x, table.y, table.year, table.base):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _versions(kind: str) -> dict[str, str]:
    versions = {"numpy": np.__version__}
    if kind == "xgboost":
        versions["xgboost"] = str(boosting.library().__version__)
    return versions
