"""The figures behind the page "How suggestions are made": the policy and the model of the newest cycle, as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plugin.advisor.policy import eligibility
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.recommendation.snapshot import EmployeeRow, LeavePeriod
from plugin.domain import CycleState, JsonObject
from plugin.services.core import Core
from plugin.services.model import training
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.model import model_versions


@dataclass(frozen=True)
class ModelFacts:
    """``sentence`` is the verdict of the evaluation, word for word; ``speaks`` whether the cycle uses the model."""

    model_id: int
    sentence: str
    speaks: bool
    trained_on: date
    approved_by: str | None
    decisions: int
    scores: tuple[tuple[str, float | None, float | None], ...]  # method, mean absolute error in points, R2


@dataclass(frozen=True)
class GuidanceFacts:
    """``cycle`` None: no cycle was made yet."""

    cycle: Cycle | None
    policy: Policy | None
    model: ModelFacts | None
    rules_see: tuple[str, ...]  # what the policy's matrix and its other rules look at
    model_sees: tuple[str, ...]  # the declared list, whether a model is in use or not
    refused: tuple[tuple[str, str], ...]  # what the code refuses as an input: name, reason


def current(core: Core) -> GuidanceFacts:
    """Of the newest cycle that is past its draft; without one of the newest policy."""
    with core.database.reading() as tx:
        found = next((cycle for cycle in cycles.newest_first(tx) if cycle.state != CycleState.DRAFT), None)
        if found is not None:
            policy = training.read_policy(tx, found.policy_id)
            return _facts(found, policy, _model(tx, found.model_id, speaks=not found.matrix_only))
        stored = frozen_inputs.newest_first(tx, limit=1)
        return _facts(None, training.read_policy(tx, stored[0].id) if stored else None, None)


def leave_kinds(core: Core, cycle_id: int) -> tuple[str, ...]:
    """The kinds of leave that shorten the year under the cycle's policy; none by default. NotFound."""
    return _policy(core, cycle_id).proration.leave_counts


def leaves_used(core: Core, cycle_id: int, row: EmployeeRow) -> list[LeavePeriod]:
    """A person's leaves that shorten the year under the cycle's policy; what else is known of leaves enters nothing. NotFound."""
    return eligibility.counted(row, _policy(core, cycle_id).proration)


def _policy(core: Core, cycle_id: int) -> Policy:
    with core.database.reading() as tx:
        return training.read_policy(tx, cycles.get(tx, cycle_id).policy_id)


CRITERIA = {
    "rating": "performance rating",
    "compa_ratio": "place in the pay range",
    "range_penetration": "place in the pay range",
    "level": "level",
    "job_family": "job family",
    "country": "country",
    "org_unit": "unit",
}


def _facts(cycle: Cycle | None, policy: Policy | None, model: ModelFacts | None) -> GuidanceFacts:
    """The lists come from the code and the policy themselves, so that the page cannot promise something else."""
    from plugin.advisor.model import banned, features

    seen = [CRITERIA[criterion.name] for criterion in policy.matrix.criteria] if policy else []
    seen += [
        "verified new badges and their skills",
        "days of hiring and of the last change of pay",
        "working share",
    ]
    if policy and policy.proration.leave_counts:
        seen.append(
            f"leave of the kinds {', '.join(policy.proration.leave_counts)}, for the part of the year"
        )
    return GuidanceFacts(
        cycle,
        policy,
        model,
        tuple(dict.fromkeys(seen)),
        tuple(features.BY_NAME[name].label for name in features.DEFAULT),
        tuple((entry.code.replace("_", " "), entry.reason) for entry in banned.REGISTRY),
    )


def _model(tx: Tx, model_id: int | None, *, speaks: bool) -> ModelFacts | None:
    if model_id is None:
        return None
    found = model_versions.get(tx, model_id)
    return model_facts(found, speaks=speaks)


def model_facts(found: model_versions.ModelVersion, *, speaks: bool) -> ModelFacts:
    """The measured figures of a model card."""
    evaluation = found.card.get("evaluation")
    known: JsonObject = evaluation if isinstance(evaluation, dict) else {}
    verdict = known.get("verdict")
    words: JsonObject = verdict if isinstance(verdict, dict) else {}
    number = found.card.get("decisions")
    return ModelFacts(
        model_id=found.id,
        sentence=str(words.get("sentence", "This model was never evaluated.")),
        speaks=speaks and bool(words.get("approved")),
        trained_on=found.trained_at.date(),
        approved_by=found.approved_by,
        decisions=number if isinstance(number, int) else 0,
        scores=tuple(_scores(known)),
    )


def _scores(known: JsonObject) -> list[tuple[str, float | None, float | None]]:
    rows = known.get("scores")
    return [
        (str(row.get("method")), _float(row.get("mae")), _float(row.get("r2")))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("year") is None
    ]


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
