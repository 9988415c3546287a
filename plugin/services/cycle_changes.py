"""The desk of changes: what happened to people after the snapshot, and what it does to the cycle and its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plugin.advisor import frozen
from plugin.advisor import snapshot as snapshot_form
from plugin.advisor.snapshot import EmployeeRow, Snapshot
from plugin.domain import JsonObject, Money
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import advice, cycle_advice, decisions, snapshots
from plugin.services.bulk import bulk
from plugin.services.core import Actor, Core
from plugin.services.cycle_advice import Prepared
from plugin.store import audits, changes, cycles, guidance, pools, recommendations
from plugin.store.changes import CycleChange
from plugin.store.cycles import Cycle, Objection, Participant
from plugin.store.database import Tx
from plugin.store.recommendations import MadeRecommendation

Say = Callable[[str], object]
OPEN = ("open", "review")


@bulk()
def find_changes(core: Core, actor: Actor, cycle_id: int, *, say: Say = lambda _: None) -> int:
    """Compares today's data with the snapshot and queues what differs; says how many differences are new."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in OPEN:
            return 0
        say("reading the snapshot")
        whole = cycle_advice.read_snapshot(guidance.newest_snapshot(tx, cycle_id))
        say("reading today's data")
        differences = _differences(tx, core, found, whole)
    with core.database.transaction() as tx:
        if cycles.get(tx, cycle_id).state not in OPEN:
            return 0
        new = changes.add(tx, cycle_id, core.clock(), differences)
        if new:
            audits.append(tx, core.clock(), actor.name, "cycle.changes", f"cycle:{cycle_id}", {"new": new})
        return new


def _differences(tx: Tx, core: Core, found: Cycle, whole: Snapshot) -> list[tuple[int, str, JsonObject]]:
    today = core.clock().date()
    now = snapshots.build(tx, max(today, found.snapshot_on), found.currency, found.rates)
    rows = {row.person_id: row for row in now.snapshot.rows}
    leads = {p.person_id: p.manager_id for p in now.participants}
    found_now: list[tuple[int, str, JsonObject]] = []
    people = cycles.participants(tx, found.id)
    for person in people:
        who = person.person_id
        if who not in rows:
            found_now.append((who, "left", {}))
            continue
        if leads[who] != person.manager_id:
            found_now.append((who, "transferred", {"from": person.manager_id, "to": leads[who]}))
        found_now.extend(
            (who, kind, detail) for kind, detail in _changed(whole.row(who), rows[who], whole.as_of)
        )
    known = {p.person_id for p in people} | changes.removed(tx, found.id)
    found_now.extend((who, "joined", {}) for who in sorted(rows.keys() - known))
    return found_now


def _changed(old: EmployeeRow, new: EmployeeRow, as_of: date) -> Iterator[tuple[str, JsonObject]]:
    """What advice rests on, except learning hours, which grow every day: kind, and from what to what."""
    pairs: tuple[tuple[str, object, object], ...] = (
        ("pay_changed", old.annual.amount, new.annual.amount),
        ("promoted", f"{old.job_family} {old.level}", f"{new.job_family} {new.level}"),
        ("hours_changed", old.fte, new.fte),
        ("rating_changed", old.rating, new.rating),
        ("pay_range_changed", _range(old), _range(new)),
        ("unit_changed", old.org_unit, new.org_unit),
        ("country_changed", old.country, new.country),
        ("hiring_day_changed", old.hired_on, new.hired_on),
        ("badges_changed", _badges(old, as_of), _badges(new, as_of)),
        ("data_problems_changed", ", ".join(old.data_problems), ", ".join(new.data_problems)),
    )
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    is_promoted = any(kind == "promoted" for kind, _, _ in differing)
    for kind, before, after in differing:
        if not (is_promoted and kind == "pay_range_changed"):  # another job has another range
            yield kind, {"from": _said(before), "to": _said(after)}


def _said(value: object) -> str:
    return "nothing" if value is None or value == "" else str(value)


def _range(row: EmployeeRow) -> str:
    ends = (row.range_minimum, row.range_midpoint, row.range_maximum)
    return " – ".join(str(end.amount) for end in ends if end is not None)


def _badges(row: EmployeeRow, as_of: date) -> str:
    """New evidence that holds, by name; what was earned after the snapshot's day is for the next cycle."""
    names = {one.name for one in row.new_evidence if one.verdict == "valid" and one.issued_on <= as_of}
    return ", ".join(sorted(names))


def put_on_desk(core: Core, actor: Actor, cycle_id: int, person_id: int) -> int:
    """Queues a person whom somebody looks at for another reason, e.g. a report of wrong data; how many changes are new.

    NotFound when the person is not in the cycle, NotAllowed unless the cycle is open.
    """
    with core.database.transaction() as tx:
        if cycles.get(tx, cycle_id).state not in OPEN:
            raise NotAllowed("the cycle is not open", code="cycle_state")
        if not cycles.participants(tx, cycle_id, [person_id]):
            raise NotFound("no such person in this cycle")
        now = core.clock()
        new = changes.add(tx, cycle_id, now, [(person_id, "reported", {"from": "", "to": now.isoformat()})])
        subject = f"cycle:{cycle_id}:person:{person_id}"
        audits.append(tx, now, actor.name, "cycle.changes", subject, {"new": new})
        return new


def open_changes(
    core: Core, cycle_id: int, *, limit: int | None = None, offset: int = 0
) -> list[CycleChange]:
    """What waits for a choice, oldest first."""
    with core.database.reading() as tx:
        return changes.listed(tx, cycle_id, open_only=True, limit=limit, offset=offset)


def waiting(core: Core, cycle_id: int) -> int:
    """How many changes wait for a choice: after a change of all pay ranges, one for everybody."""
    with core.database.reading() as tx:
        return changes.waiting(tx, cycle_id)


@dataclass(frozen=True)
class Settled:
    """``budget_effect``: what the choice adds to (or takes from) the planned money of the cycle."""

    choice: str
    budget_effect: Money


def settle_change(
    core: Core, actor: Actor, cycle_id: int, change_id: int, choice: str, *, say: Say = lambda _: None
) -> Settled:
    """``keep`` the snapshot's data, ``refresh`` the person from today's, or ``remove`` the person from the cycle.

    A refresh makes new advice for that person alone; a decision follows the new data, and goes back to the manager when it
    was handed on already. It takes as long as reading the whole snapshot: pages ask the worker for it.
    """
    if choice not in ("keep", "refresh", "remove"):
        raise InvalidInput("unknown choice", fields={"choice": "keep, refresh or remove"})
    fresh = _refreshed(core, actor, cycle_id, change_id, say) if choice == "refresh" else None
    with core.database.transaction() as tx:
        found, change = _change(tx, cycle_id, change_id)
        before = _planned(tx, found, change.person_id)
        changes.settle(tx, change_id, choice, actor.name, core.clock())
        if choice == "remove":
            cycles.remove_participant(tx, cycle_id, change.person_id)
        if fresh is not None:
            _store(tx, core, actor, fresh)
        effect = _planned(tx, found, change.person_id) - before
        detail: JsonObject = {"kind": change.kind, "choice": choice, "effect": str(effect.amount)}
        subject = f"cycle:{cycle_id}:person:{change.person_id}"
        audits.append(tx, core.clock(), actor.name, "cycle.change", subject, detail)
        return Settled(choice, effect)


def _change(tx: Tx, cycle_id: int, change_id: int) -> tuple[Cycle, CycleChange]:
    found = cycles.get(tx, cycle_id)
    change = changes.one(tx, cycle_id, change_id)
    if change is None or found.state not in OPEN:
        raise NotFound("no such change in an open cycle")
    return found, change


def _planned(tx: Tx, found: Cycle, person_id: int) -> Money:
    """What the budget expects for a person: nothing when not in the cycle."""
    stored = recommendations.current(tx, found.id, [person_id]).get(person_id)
    return Money(Decimal(0), found.currency) if stored is None else advice.from_stored(stored).planned


@dataclass(frozen=True)
class _Fresh:
    """A person with today's data: the snapshot with the new row, and the advice that follows from it."""

    person: Participant
    prepared: Prepared
    made: MadeRecommendation
    hash: str  # of the snapshot with the new row
    patch: bytes
    based_on: int  # the snapshot that was the newest one


@bulk()
def _refreshed(core: Core, actor: Actor, cycle_id: int, change_id: int, say: Say) -> _Fresh:
    """Nothing is written. NotAllowed when there is no data of the person today."""
    with core.database.reading() as tx:
        found, change = _change(tx, cycle_id, change_id)
        today = max(core.clock().date(), found.snapshot_on)
        now = snapshots.build(tx, today, found.currency, found.rates, people=[change.person_id])
        if not now.snapshot.rows:
            raise NotAllowed("there is no data of this person today", remedy="choose keep or remove")
        say("reading the snapshot")
        stored = guidance.newest_snapshot(tx, cycle_id)
        whole = _with_row(cycle_advice.read_snapshot(stored), now.snapshot.rows[0])
        say("advising anew")
        prepared = cycle_advice.prepare(tx, core, actor, found, stored, whole)
    before = frozen.rows_of(stored.newer) if stored.newer is not None else ()
    kept = [row for row in before if row.person_id != change.person_id]
    made = cycle_advice.to_store(prepared.run, [whole.position(change.person_id)])[0]
    patch = frozen.patch(whole, [*kept, *now.snapshot.rows])
    return _Fresh(now.participants[0], prepared, made, whole.hash, patch, stored.id)


def _with_row(whole: Snapshot, row: EmployeeRow) -> Snapshot:
    others = [one for one in whole.rows if one.person_id != row.person_id]
    return snapshot_form.snapshot(
        whole.as_of, whole.currency, [*others, row], typical_label=whole.typical_label
    )


def _store(tx: Tx, core: Core, actor: Actor, fresh: _Fresh) -> None:
    """Only the new row is stored: it rests on the whole snapshot. Conflict when another person was refreshed meanwhile."""
    found, now = fresh.prepared.found, core.clock()
    cycle_advice.must_be_unchanged(tx, fresh.prepared)
    if guidance.newest_id(tx, found.id) != fresh.based_on:
        raise Conflict("somebody else was refreshed meanwhile", remedy="choose refresh again")
    snapshot_id = guidance.add_snapshot(
        tx, found.id, fresh.hash, fresh.patch, now, base_id=fresh.prepared.root_id
    )
    who = fresh.person.person_id
    old = recommendations.current(tx, found.id, [who]).get(who)
    cycles.put_participant(tx, found.id, fresh.person)
    run_id = guidance.add_run(tx, replace(fresh.prepared.entry, snapshot_id=snapshot_id))
    recommendations.add(tx, found.id, run_id, [fresh.made])
    guidance.complete(tx, found.id, run_id, now)
    pools.replace(tx, found.id, fresh.prepared.pools)
    detail: JsonObject = {"run": run_id, "people": 1}
    audits.append(tx, now, actor.name, "cycle.recommend", f"cycle:{found.id}", detail)
    decisions.after_refresh(core, tx, actor, found.id, who, old)


# --- reports of wrong data ------------------------------------------------------------------------------------------


def objections(core: Core, cycle_id: int) -> list[tuple[str, Objection]]:
    """What managers say is wrong, with the person's name, newest first."""
    with core.database.reading() as tx:
        found = cycles.objections(tx, cycle_id)
        about = cycles.participants(tx, cycle_id, {one.person_id for one in found})
        names = {p.person_id: p.display_name for p in about}
        return [(names.get(one.person_id, ""), one) for one in found]


def answer_objection(core: Core, actor: Actor, cycle_id: int, objection_id: int, text: str) -> None:
    """InvalidInput without words, NotFound when it is answered already or of another cycle."""
    if not text.strip():
        raise InvalidInput("write an answer", fields={"answer": "is empty"})
    with core.database.transaction() as tx:
        if all(one.id != objection_id for one in cycles.objections(tx, cycle_id)):
            raise NotFound("no such open report")
        now = core.clock()
        cycles.answer_objection(tx, objection_id, text.strip(), actor.name, now)
        audits.append(tx, now, actor.name, "objection.answer", f"cycle:{cycle_id}", {"id": objection_id})
