"""Takes a cycle's snapshot, makes its recommendations, silences the model, and computes any old figure again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from plugin.advisor import codec
from plugin.advisor import snapshot as snapshot_form
from plugin.advisor.policy import Policy
from plugin.advisor.recommendation import Status
from plugin.advisor.settings import AdvisorSettings
from plugin.advisor.snapshot import Snapshot
from plugin.domain import JsonObject, Money, total_money
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.services import advice, cycle_settings, models, snapshots
from plugin.services.advice import Advice
from plugin.services.core import Actor, Core
from plugin.services.snapshots import LeftOut
from plugin.store import audits, cycles, decisions, guidance, pools, teams
from plugin.store.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.guidance import AdviceRun, MadeRecommendation, StoredPolicy, StoredSnapshot

if TYPE_CHECKING:
    from plugin.advisor.recommend import Run

FROZEN = ("approved", "exported", "closed")


@dataclass(frozen=True)
class Taken:
    """What a snapshot holds and whom it leaves out."""

    snapshot_id: int
    hash: str
    people: int
    left_out: tuple[LeftOut, ...]


def take_snapshot(core: Core, actor: Actor, cycle_id: int) -> Taken:
    """Freezes everybody's data as of the cycle's day, and who reports to whom. NotAllowed once the cycle is open."""
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in ("draft", "notice", "shadow"):
            raise NotAllowed(
                "the snapshot of an open cycle is frozen",
                code="cycle_state",
                remedy="use the desk of changes for single people",
            )
        built = snapshots.build(
            tx, found.snapshot_on, found.currency, found.rates, label=core.settings.company_name
        )
        if not built.snapshot.rows:
            raise InvalidInput(
                "nobody is in the snapshot", remedy="import people and pay, or check the snapshot's day"
            )
        now = core.clock()
        snapshot_id = store_snapshot(tx, cycle_id, built.snapshot, core)
        cycles.replace_participants(tx, cycle_id, built.participants)
        cycles.change(tx, cycle_id, found.version)
        detail: JsonObject = {
            "hash": built.snapshot.hash,
            "people": len(built.snapshot.rows),
            "left_out": len(built.left_out),
        }
        audits.append(tx, now, actor.name, "cycle.snapshot", f"cycle:{cycle_id}", detail)
    return Taken(snapshot_id, built.snapshot.hash, len(built.snapshot.rows), built.left_out)


def left_out(core: Core, cycle_id: int) -> tuple[int, tuple[LeftOut, ...]]:
    """How many people a snapshot of the cycle's day would hold by the data of now, and whom it would leave out and why."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        built = snapshots.build(tx, found.snapshot_on, found.currency, found.rates)
    return len(built.participants), built.left_out


def store_snapshot(tx: Tx, cycle_id: int, frozen: Snapshot, core: Core) -> int:
    """Its id."""
    return guidance.add_snapshot(tx, cycle_id, frozen.hash, snapshot_form.to_json(frozen), core.clock())


def read_snapshot(stored: StoredSnapshot) -> Snapshot:
    """Tampered when the stored bytes are not those of their hash."""
    return snapshot_form.from_json(stored.document, expected_hash=stored.hash)


@dataclass(frozen=True)
class Made:
    """One run of the advisor over a cycle."""

    run_id: int
    people: int
    advised: int
    silent: int  # abstained
    ruled: int  # fixed by HR, or raised by range minimum and adjustments alone
    not_eligible: int
    switched_off: str | None
    coverage: float | None  # of ranges measured on this cycle's decisions, 0 to 1; None = the policy's ranges


def make_recommendations(core: Core, actor: Actor, cycle_id: int) -> Made:
    """Advice for everybody in the newest snapshot; decisions that were made stay as they are.

    NotFound without a snapshot, NotAllowed once the cycle is approved, InvalidInput when the pool is below the floors.
    """
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state in FROZEN:
            raise NotAllowed(f"the cycle is {found.state}", code="cycle_state")
        return make(tx, core, actor, found, guidance.newest_snapshot(tx, cycle_id), None)


def make(
    tx: Tx, core: Core, actor: Actor, found: Cycle, stored: StoredSnapshot, only: Sequence[int] | None
) -> Made:
    from plugin.advisor import recommend

    frozen = read_snapshot(stored)
    policy = models.read_policy(tx, found.policy_id)
    artefact = models.load_artefact(tx, found.model_id)
    given = cycle_settings.of_cycle(tx, found, frozen, policy, artefact)
    run = recommend.start(frozen, policy, artefact, given.settings, given.layers)
    now = core.clock()
    run_id = guidance.add_run(
        tx,
        AdviceRun(
            0,
            found.id,
            stored.id,
            found.policy_id,
            found.model_id,
            cast("JsonObject", codec.to_json(given.settings)),
            now,
            actor.name,
            completed_at=now,
        ),
    )
    counts: dict[str, int] = {}
    still_in = {p.person_id for p in cycles.participants(tx, found.id)}
    wanted = still_in if only is None else still_in & set(only)
    people = guidance.add_recommendations(tx, found.id, run_id, _documents(run, wanted, counts))
    pools.replace(tx, found.id, given.pools)
    audits.append(
        tx, now, actor.name, "cycle.recommend", f"cycle:{found.id}", {"run": run_id, "people": people}
    )
    calibration = given.settings.calibration
    return Made(
        run_id,
        people,
        counts.get("advised", 0) + counts.get("policy_only", 0),
        counts.get("abstained", 0),
        counts.get("fixed", 0) + counts.get("rules_only", 0),
        counts.get("ineligible", 0),
        run.context.switched_off,
        calibration.coverage["all"] if calibration is not None else None,
    )


def start(tx: Tx, frozen: Snapshot, policy: Policy, model_id: int | None, settings: AdvisorSettings) -> Run:
    from plugin.advisor import recommend

    return recommend.start(frozen, policy, models.load_artefact(tx, model_id), settings)


def _documents(run: Run, wanted: set[int], counts: dict[str, int]) -> Iterator[MadeRecommendation]:
    """Chunk by chunk, so that memory stays bounded."""
    from plugin.advisor.steps import pool_of

    place = pool_of(run.context.frame, run.context.settings.pools)
    rows = run.context.snapshot.rows
    positions = [i for i, row in enumerate(rows) if row.person_id in wanted]
    size = run.context.settings.chunk
    for first in range(0, len(positions), size):
        for made in advise(run, positions[first : first + size]):
            status = made.recommendation.status.value
            counts[status] = counts.get(status, 0) + 1
            i = run.context.snapshot.position(made.row.person_id)
            yield advice.to_store(made, str(place[i]) if run.context.frame.takes_part[i] else None)


def advise(run: Run, positions: Sequence[int]) -> Iterator[Advice]:
    """Advice with peers and what-ifs for the rows at these positions of the snapshot, in their order."""
    from plugin.advisor.peers import peers
    from plugin.advisor.whatif import what_ifs_of

    rows = run.context.snapshot.rows
    guesses = what_ifs_of(run, positions)
    for i, made, what_ifs in zip(positions, run.build(positions), guesses, strict=True):
        if made.status == Status.INELIGIBLE:
            yield Advice(rows[i], made)
        else:
            yield Advice(rows[i], made, peers(run, rows[i].person_id), what_ifs)


def set_matrix_only(core: Core, actor: Actor, cycle_id: int, *, on: bool, reason: str) -> Made | None:
    """The kill switch. The cycle goes on: suggestions are made anew from policy and skills alone (or with the model again).

    Decisions stay as they are. None when no recommendations had been made yet. A reason is needed.
    """
    if not reason.strip():
        raise InvalidInput("say why", fields={"reason": "write one or two sentences"})
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state in FROZEN:
            raise NotAllowed(f"the cycle is {found.state}", code="cycle_state")
        values = {"matrix_only": on, "matrix_only_reason": reason.strip() if on else None}
        cycles.change(tx, cycle_id, found.version, **values)
        detail: JsonObject = {"on": on, "reason": reason.strip()}
        audits.append(tx, core.clock(), actor.name, "cycle.matrix_only", f"cycle:{cycle_id}", detail)
        if not guidance.has_recommendations(tx, cycle_id):
            return None
        switched = cycles.get(tx, cycle_id)
        return make(tx, core, actor, switched, guidance.newest_snapshot(tx, cycle_id), None)


# --- frozen replay --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    """A figure computed again from its frozen inputs. ``matches`` says whether every byte of the advice is the same."""

    matches: bool
    stored: Advice
    computed: Advice
    snapshot_hash: str
    policy_hash: str
    model_hash: str | None
    made_at: str


def replay(core: Core, cycle_id: int, person_id: int, *, on: date | None = None) -> Replay:
    """The person's advice as it stood at the end of the day ``on`` (default: now), from snapshot, policy, model and settings.

    NotFound when nothing was advised by then; Tampered when an input is not that of its hash.
    """
    with core.database.reading() as tx:
        runs = [r for r in guidance.runs(tx, cycle_id) if on is None or r.made_at.date() <= on]
        if not runs:
            raise NotFound("nothing was advised by that day")
        stored = guidance.as_of_run(tx, cycle_id, person_id, runs[0].id)
        made_by = guidance.get_run(tx, stored.advice_run_id)
        kept = guidance.get_snapshot(tx, made_by.snapshot_id)
        frozen = read_snapshot(kept)
        policy = models.read_policy(tx, made_by.policy_id)
        settings = codec.from_json(AdvisorSettings, made_by.settings)
        run = start(tx, frozen, policy, made_by.model_id, settings)
    position = frozen.position(person_id)
    computed = next(advise(run, [position]))
    return Replay(
        matches=advice.to_document(computed) == stored.document,
        stored=advice.from_stored(stored),
        computed=computed,
        snapshot_hash=kept.hash,
        policy_hash=policy.hash,
        model_hash=run.context.model_hash,
        made_at=made_by.made_at.isoformat(),
    )


# --- for HR's page --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overview:
    """How far a cycle is. ``decisions`` counts by state; ``planned`` is what all suggestions cost beyond what is reserved."""

    participants: int
    snapshot_hash: str | None
    advised: int
    decisions: dict[str, int]
    planned: Money | None
    budget: Money | None


def overview(core: Core, cycle_id: int) -> Overview:
    """NotFound when there is no such cycle."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        people = len(cycles.participants(tx, cycle_id))
        taken = guidance.has_snapshot(tx, cycle_id)
        kept = guidance.newest_snapshot(tx, cycle_id).hash if taken else None
        sums = teams.cycle_sums(tx, cycle_id)
        funding = [
            Money(row.funding, found.currency) for row in pools.of_cycle(tx, cycle_id) if not row.parent
        ]
        return Overview(
            people,
            kept,
            sums.eligible,
            decisions.counts(tx, cycle_id),
            Money(sums.planned, found.currency).rounded() if sums.eligible else None,
            total_money(funding, found.currency).rounded() if sums.eligible else None,
        )


def policies(core: Core) -> list[StoredPolicy]:
    """Newest first."""
    with core.database.reading() as tx:
        return guidance.policies(tx)
