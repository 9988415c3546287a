"""Takes a cycle's snapshot, makes its recommendations and silences the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec, frozen
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.advisor.recommendation.values import AbstainCode, ModelOff
from plugin.domain import CycleState, JsonObject, RecommendationStatus
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.services import reasons
from plugin.services.bulk import bulk
from plugin.services.core import Actor, Core
from plugin.services.cycle import run_inputs, snapshots
from plugin.services.cycle.run_inputs import must_not_be_frozen
from plugin.services.cycle.snapshots import LeftOut
from plugin.services.decision import judging, recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.model import training
from plugin.services.operation.steps import Step, at
from plugin.services.people import plausibility
from plugin.store.cycle import cycles, frozen_inputs, pools, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.frozen_inputs import RecommendationRun, StoredSnapshot
from plugin.store.cycle.pools import PoolRow
from plugin.store.cycle.recommendations import MadeRecommendation
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import held_facts
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.recommendation.recommend import Run

Say = Callable[[str], object]
STORED_AT_ONCE = 2000  # people; a write of about a tenth of a second
INPUTS_CHANGED = "inputs_changed"


@dataclass(frozen=True)
class Taken:
    """What a snapshot holds and whom it leaves out."""

    snapshot_id: int
    hash: str
    people: int
    left_out: tuple[LeftOut, ...]


@bulk()
def take_snapshot(core: Core, actor: Actor, cycle_id: int, *, say: Say = lambda _: None) -> Taken:
    """Freezes everybody's data as of the cycle's day, and who reports to whom. NotAllowed once the cycle is open.

    Conflict when the cycle was changed meanwhile: reading and packing keep nobody waiting, only storing is a transaction.
    """
    say(at(Step.READING_EMPLOYEES))
    plausibility.judge_in_parts(core)
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        _must_be_open_for_snapshots(found)
        built = snapshots.build(
            tx, found.snapshot_on, found.currency, found.rates, label=core.settings.company_name
        )
    if not built.snapshot.rows:
        raise InvalidInput(
            _("the snapshot contains no employees"),
            remedy=_("import employees and pay, or check the snapshot date"),
        )
    say(at(Step.PACKING, len(built.snapshot.rows)))
    packed = frozen.pack(built.snapshot)
    detail: JsonObject = {
        "hash": packed.hash,
        "people": len(built.snapshot.rows),
        "left_out": len(built.left_out),
    }
    with core.database.transaction() as tx:
        now = core.clock()
        cycles.change(tx, cycle_id, found.version)
        snapshot_id = frozen_inputs.add_snapshot(tx, cycle_id, packed.hash, packed.content, now)
        cycles.replace_participants(tx, cycle_id, built.participants)
        held_facts.mark_used(tx, now)
        audits.append(tx, now, actor.name, "cycle.snapshot", f"cycle:{cycle_id}", detail)
    return Taken(snapshot_id, packed.hash, len(built.snapshot.rows), built.left_out)


def _must_be_open_for_snapshots(found: Cycle) -> None:
    if found.state not in (CycleState.DRAFT, CycleState.NOTICE, CycleState.SHADOW):
        raise NotAllowed(
            _("the snapshot of an open cycle is frozen"),
            code="cycle_state",
            remedy=_("use the change list for individual employees"),
        )


def left_out(core: Core, cycle_id: int) -> tuple[int, tuple[LeftOut, ...]]:
    """How many people a snapshot of the cycle's day would hold by the data of now, and whom it would leave out and why."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        return snapshots.left_out(tx, found.snapshot_on, found.currency, found.rates)


def read_snapshot(stored: StoredSnapshot) -> Snapshot:
    """Tampered when the stored bytes are not those of their hash."""
    return frozen.read(stored.content, stored.hash, stored.newer)


@dataclass(frozen=True)
class Made:
    """One run of the advisor over a cycle."""

    run_id: int
    people: int
    recommended: int
    silent: int  # abstained
    ruled: int  # fixed by HR, or raised by range minimum and adjustments alone
    not_eligible: int
    model_off: ModelOff | None
    coverage: float | None  # of ranges measured on this cycle's decisions, 0 to 1; None = the policy's ranges


@dataclass(frozen=True)
class Prepared:
    """A run that can be stored: ``entry`` without its id, ``pools`` as they are when it is complete."""

    found: Cycle
    run: Run
    entry: RecommendationRun
    pools: tuple[PoolRow, ...]
    root_id: int  # of the whole snapshot


def prepare(
    tx: Tx, core: Core, actor: Actor, found: Cycle, stored: StoredSnapshot, whole: Snapshot
) -> Prepared:
    """InvalidInput when pools contradict each other or are below their floors. Nothing is written."""
    from plugin.advisor.recommendation import recommend

    now = core.clock()
    policy = training.read_policy(tx, found.policy_id)
    artefact = training.load_artefact(tx, found.model_id)
    given = run_inputs.of_cycle(tx, found, whole, policy, artefact)
    run = recommend.start(whole, policy, artefact, given.settings, given.layers)
    settings = cast("JsonObject", codec.to_json(given.settings))
    entry = RecommendationRun(
        0, found.id, stored.id, found.policy_id, found.model_id, settings, now, actor.name
    )
    return Prepared(found, run, entry, given.pools, stored.root_id)


@bulk()
def make_recommendations(core: Core, actor: Actor, cycle_id: int, *, say: Say = lambda _: None) -> Made:
    """Recommendations for everybody in the newest snapshot; decisions that were made stay as they are.

    Computed outside of any transaction and stored some at a time; it counts, for all at once, when all of it is there.
    NotFound without a snapshot, NotAllowed once the cycle is approved, InvalidInput when the pool is below the floors,
    Conflict (code inputs_changed) when switch, policy, model or snapshot were changed meanwhile: ask again.
    """
    say(at(Step.READING_SNAPSHOT))
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        must_not_be_frozen(found)
        stored = frozen_inputs.newest_snapshot(tx, cycle_id)
        still_in = {p.person_id for p in cycles.participants(tx, cycle_id)}
        whole = read_snapshot(stored)
        say(at(Step.APPLYING_POLICY, len(whole.rows)))
        prepared = prepare(tx, core, actor, found, stored, whole)
    positions = [i for i, row in enumerate(whole.rows) if row.person_id in still_in]
    for left in _unfinished(core, cycle_id):
        _discard(core, left)
    with core.database.transaction() as tx:
        run_id = frozen_inputs.add_run(tx, prepared.entry)
    try:
        counts = _store_all(core, cycle_id, run_id, prepared.run, positions, say)
        _complete(core, actor, run_id, prepared, len(positions))
    except BaseException:
        _discard(core, run_id)
        raise
    return _made(run_id, prepared.run, counts)


def _made(run_id: int, run: Run, counts: Counter[str]) -> Made:
    calibration = run.context.settings.calibration
    return Made(
        run_id,
        counts.total(),
        counts[RecommendationStatus.RECOMMENDED] + counts[RecommendationStatus.POLICY_ONLY],
        counts[RecommendationStatus.ABSTAINED],
        counts[RecommendationStatus.FIXED] + counts[RecommendationStatus.RULES_ONLY],
        counts[RecommendationStatus.INELIGIBLE],
        run.context.model_off,
        calibration.coverage["all"] if calibration is not None else None,
    )


def _store_all(
    core: Core, cycle_id: int, run_id: int, run: Run, positions: Sequence[int], say: Say
) -> Counter[str]:
    """People by status. Short transactions: others write in between."""
    counts: Counter[str] = Counter()
    for first in range(0, len(positions), STORED_AT_ONCE):
        part = positions[first : first + STORED_AT_ONCE]
        made = to_store(run, part)
        with core.database.transaction() as tx:
            frozen_inputs.must_be_unfinished(tx, run_id)
            recommendations.add(tx, cycle_id, run_id, made)
        counts.update(one.status for one in made)
        say(at(Step.RECOMMENDED, first + len(part), len(positions)))
    return counts


def _complete(core: Core, actor: Actor, run_id: int, prepared: Prepared, people: int) -> None:
    found = prepared.found
    with core.database.reading() as tx:
        changes = judging.ahead(tx, found, run_id)
    with core.database.transaction() as tx:
        must_be_unchanged(tx, prepared)
        now = core.clock()
        recommendations.many_were_added(tx)
        frozen_inputs.complete(tx, found.id, run_id, now)
        judging.put_ahead(tx, found, run_id, changes)
        hold_too_large(tx, core, prepared, run_id, None)
        pools.replace(tx, found.id, prepared.pools)
        detail: JsonObject = {"run": run_id, "people": people}
        audits.append(tx, now, actor.name, "cycle.recommend", f"cycle:{found.id}", detail)


def hold_too_large(
    tx: Tx, core: Core, prepared: Prepared, run_id: int, people: Collection[int] | None
) -> None:
    """Whose rules give more than anyone may decide waits for HR; ``people`` None: everybody of the cycle."""
    most = prepared.run.context.policy.approvals.hr_maximum
    beyond = recommendations.planned_of(tx, run_id, AbstainCode.ABOVE_MAXIMUM)
    plausibility.judge_raises(tx, core, prepared.found.id, beyond, most, people)


def must_be_unchanged(tx: Tx, prepared: Prepared) -> None:
    """NotAllowed when the cycle was approved meanwhile, Conflict when what the run rests on is no longer what counts."""
    before, now = prepared.found, cycles.get(tx, prepared.found.id)
    must_not_be_frozen(now)
    inputs = [(one.matrix_only, one.policy_id, one.model_id) for one in (before, now)]
    if inputs[0] != inputs[1] or frozen_inputs.newest_root(tx, now.id) != prepared.root_id:
        raise Conflict(
            _("the cycle's policy, model, model setting or snapshot has changed"),
            code=INPUTS_CHANGED,
            remedy=_("recalculate the recommendations"),
        )


def _unfinished(core: Core, cycle_id: int) -> list[int]:
    with core.database.reading() as tx:
        return frozen_inputs.unfinished_runs(tx, cycle_id)


def _discard(core: Core, run_id: int) -> None:
    """Some at a time, so that nobody waits long."""
    is_left = True
    while is_left:
        with core.database.transaction() as tx:
            is_left = frozen_inputs.discard_some(tx, run_id)


def start(tx: Tx, frozen: Snapshot, policy: Policy, model_id: int | None, settings: AdvisorSettings) -> Run:
    from plugin.advisor.recommendation import recommend

    return recommend.start(frozen, policy, training.load_artefact(tx, model_id), settings)


def to_store(run: Run, positions: Sequence[int]) -> list[MadeRecommendation]:
    """The recommendations of the rows at these positions of the snapshot as it is stored, with the pool that pays for each."""
    from plugin.advisor.recommendation.ledger_steps import pools_at

    place = pools_at(run.context.frame, run.context.settings.pools, positions)
    return [
        recommendation.to_store(made, pool)
        for made, pool in zip(recommend(run, positions), place, strict=True)
    ]


def recommend(run: Run, positions: Sequence[int]) -> Iterator[PersonRecommendation]:
    """Recommendations with peers and what-ifs for the rows at these positions of the snapshot, in their order."""
    from plugin.advisor.recommendation.peers import peers
    from plugin.advisor.recommendation.whatif import what_ifs_of

    rows = run.context.snapshot.rows
    guesses = what_ifs_of(run, positions)
    for i, made, what_ifs in zip(positions, run.build(positions), guesses, strict=True):
        if made.status == RecommendationStatus.INELIGIBLE:
            yield PersonRecommendation(rows[i], made)
        else:
            yield PersonRecommendation(rows[i], made, peers(run, rows[i].person_id), what_ifs)


def set_matrix_only(core: Core, actor: Actor, cycle_id: int, *, on: bool, reason: str) -> bool:
    """The kill switch, at once. The cycle goes on and decisions stay as they are. A reason is needed.

    True: there are recommendations, made before the switch; ``make_recommendations`` makes them anew from policy and
    skills alone (or with the model again).
    """
    words = reasons.read(
        reason, "reason", _("Reason for switching"), _("Give the reason in one or two sentences.")
    )
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        must_not_be_frozen(found)
        why = words if on else None
        cycles.change(tx, cycle_id, found.version, matrix_only=on, matrix_only_reason=why)
        detail: JsonObject = {"on": on, "reason": words}
        audits.append(tx, core.clock(), actor.name, "cycle.matrix_only", f"cycle:{cycle_id}", detail)
        return frozen_inputs.has_recommendations(tx, cycle_id)
