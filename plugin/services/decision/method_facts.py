"""The figures behind the page "How recommendations are made": the policy and the model of the newest cycle, as they are."""

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
    """``approved`` None: it was never evaluated. ``gain``: points that it came closer than the best simple rule, on ``tested``
    decisions of ``year``, which it was not trained on; ``speaks`` whether the cycle uses it."""

    model_id: int
    approved: bool | None
    gain: float | None
    year: int | None
    tested: int
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
    rules_see: tuple[str, ...]  # codes of what the policy's matrix and its other rules look at
    leave_counts: tuple[str, ...]  # kinds of leave that shorten the year
    model_sees: tuple[str, ...]  # names of the declared inputs, whether a model is in use or not
    refused: tuple[str, ...]  # codes of what the code refuses as an input


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


OTHER_RULES = ("badges", "dates", "fte")  # what a policy looks at beside its matrix


def _facts(cycle: Cycle | None, policy: Policy | None, model: ModelFacts | None) -> GuidanceFacts:
    """The lists come from the code and the policy themselves, so that the page cannot promise something else."""
    from plugin.advisor.model import banned, features

    seen = [criterion.name for criterion in policy.matrix.criteria] if policy else []
    return GuidanceFacts(
        cycle,
        policy,
        model,
        (*seen, *OTHER_RULES),
        policy.proration.leave_counts if policy else (),
        tuple(features.DEFAULT),
        tuple(entry.code for entry in banned.REGISTRY),
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
        approved=bool(words["approved"]) if "approved" in words else None,
        gain=min(_gains(words), default=None),
        year=year if isinstance(year := words.get("held_out_year"), int) else None,
        tested=_tested(known),
        speaks=speaks and bool(words.get("approved")),
        trained_on=found.trained_at.date(),
        approved_by=found.approved_by,
        decisions=number if isinstance(number, int) else 0,
        scores=tuple(_scores(known)),
    )


def _gains(verdict: JsonObject) -> list[float]:
    rows = verdict.get("comparisons")
    found = [
        _float(row.get("gain")) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)
    ]
    return [gain for gain in found if gain is not None]


def _tested(evaluation: JsonObject) -> int:
    counts = evaluation.get("n_held_out")
    number = counts.get("all") if isinstance(counts, dict) else None
    return number if isinstance(number, int) else 0


def _scores(known: JsonObject) -> list[tuple[str, float | None, float | None]]:
    rows = known.get("scores")
    return [
        (str(row.get("method")), _float(row.get("mae")), _float(row.get("r2")))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("year") is None
    ]


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
