"""Advises some people of a running cycle anew from today's data: the snapshot is read once, and its new rows are one patch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from plugin.advisor.recommendation import frozen, snapshot
from plugin.advisor.recommendation.snapshot import EmployeeRow, Snapshot
from plugin.advisor.recommendation.values import Recommendation
from plugin.domain import JsonObject
from plugin.errors import Conflict
from plugin.services.bulk import bulk
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending, snapshots
from plugin.services.cycle.recommending import Prepared
from plugin.services.cycle.snapshots import Built
from plugin.services.decision import following, judging
from plugin.services.operation.steps import Step, at
from plugin.store import batches
from plugin.store.cycle import cycles, frozen_inputs, pools, recommendations
from plugin.store.cycle.cycles import Cycle, Participant
from plugin.store.cycle.recommendations import MadeRecommendation
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.texts import _

Say = Callable[[str], object]


@dataclass
class Fresh:
    """People with today's data: the snapshot with their new rows, and what recommendations from it rest on.

    ``people`` have data today, by id; ``snapshot_id`` is that of the snapshot with the new rows, None until it is stored.
    """

    people: Mapping[int, Participant]
    whole: Snapshot
    prepared: Prepared
    patch: bytes
    based_on: int  # the snapshot that was the newest one
    snapshot_id: int | None = field(default=None)

    def row(self, person_id: int) -> EmployeeRow:
        return self.whole.row(person_id)


@bulk()
def read(core: Core, actor: Actor, cycle_id: int, people: Collection[int], say: Say) -> Fresh | None:
    """None when there is no data of any of ``people`` today. Nothing is written."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        built = today(tx, core, found, people)
        rows = built.snapshot.rows
        if not rows:
            return None
        say(at(Step.READING_SNAPSHOT))
        stored = frozen_inputs.newest_snapshot(tx, cycle_id)
        whole = _with_rows(recommending.read_snapshot(stored), rows)
        say(at(Step.RECALCULATING))
        prepared = recommending.prepare(tx, core, actor, found, stored, whole)
    taking_part = {one.person_id: one for one in built.participants}
    new = {row.person_id for row in rows}
    before = frozen.rows_of(stored.newer) if stored.newer is not None else ()
    patch = frozen.patch(whole, [*(row for row in before if row.person_id not in new), *rows])
    return Fresh(taking_part, whole, prepared, patch, stored.id)


@bulk()
def tried(
    core: Core, actor: Actor, cycle_id: int, ways: Sequence[Sequence[EmployeeRow]]
) -> list[dict[int, Recommendation]]:
    """For each of the ways: what a refresh would recommend to its people, by id, were these their data. Nothing is stored."""
    made = []
    with core.database.reading() as tx:
        found, stored = cycles.get(tx, cycle_id), frozen_inputs.newest_snapshot(tx, cycle_id)
        before = recommending.read_snapshot(stored)
        for rows in ways:
            whole = _with_rows(before, rows)
            run = recommending.prepare(tx, core, actor, found, stored, whole).run
            built = run.build([whole.position(row.person_id) for row in rows])
            made.append({one.person_id: one for one in built})
    return made


def today(tx: Tx, core: Core, found: Cycle, people: Collection[int]) -> Built:
    """The data of ``people``, and why some have none."""
    on, asked = max(core.clock().date(), found.snapshot_on), set(people)
    few = asked if len(asked) <= batches.SIZE else None  # of many, everybody is read
    now = snapshots.build(tx, on, found.currency, found.rates, people=few)
    rows = tuple(row for row in now.snapshot.rows if row.person_id in asked)
    return replace(
        now,
        snapshot=replace(now.snapshot, rows=rows),
        participants=tuple(one for one in now.participants if one.person_id in asked),
    )


def _with_rows(whole: Snapshot, rows: Sequence[EmployeeRow]) -> Snapshot:
    new = {row.person_id for row in rows}
    others = (one for one in whole.rows if one.person_id not in new)
    return snapshot.snapshot(whole.as_of, whole.currency, [*others, *rows], typical_label=whole.typical_label)


@bulk()
def recommend(fresh: Fresh, people: Sequence[int]) -> list[MadeRecommendation]:
    """The new recommendation of some of the people of ``fresh``."""
    return recommending.to_store(fresh.prepared.run, [fresh.whole.position(who) for who in people])


def store(tx: Tx, core: Core, actor: Actor, fresh: Fresh, made: Sequence[MadeRecommendation]) -> Decimal:
    """New recommendations count from now on, and decisions follow it; what it adds to the planned money.

    Only the new rows are stored, with the first of the people: they rest on the whole snapshot. Conflict when somebody
    else was refreshed before that.
    """
    found, now, people = fresh.prepared.found, core.clock(), [one.person_id for one in made]
    recommending.must_be_unchanged(tx, fresh.prepared)
    snapshot_id = fresh.snapshot_id or _store_rows(tx, core, fresh)
    old = recommendations.current(tx, found.id, people)
    before = recommendations.planned(tx, found.id, people)
    cycles.put_participants(tx, found.id, (fresh.people[who] for who in people))
    run_id = frozen_inputs.add_run(tx, replace(fresh.prepared.entry, snapshot_id=snapshot_id))
    recommendations.add(tx, found.id, run_id, made)
    frozen_inputs.complete(tx, found.id, run_id, now)
    pools.replace(tx, found.id, fresh.prepared.pools)
    detail: JsonObject = {"run": run_id, "people": len(people)}
    audits.append(tx, now, actor.name, "cycle.recommend", f"cycle:{found.id}", detail)
    judging.judge_again(tx, found, people)
    recommending.hold_too_large(tx, core, fresh.prepared, run_id, people)
    following.after_refresh(core, tx, actor, found.id, people, old)
    fresh.snapshot_id = snapshot_id
    return recommendations.planned(tx, found.id, people) - before


def _store_rows(tx: Tx, core: Core, fresh: Fresh) -> int:
    found = fresh.prepared.found
    if frozen_inputs.newest_id(tx, found.id) != fresh.based_on:
        raise Conflict(_("another employee was refreshed in the meantime"), remedy=_("choose Refresh again"))
    return frozen_inputs.add_snapshot(
        tx, found.id, fresh.whole.hash, fresh.patch, core.clock(), base_id=fresh.prepared.root_id
    )
