"""The desk of changes: what happened to people after the snapshot, and what it does to the cycle and its budget."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor import snapshot as snapshot_form
from plugin.advisor.snapshot import Snapshot
from plugin.domain import JsonObject, Money
from plugin.errors import InvalidInput, NotAllowed, NotFound
from plugin.services import advice, cycle_advice, snapshots
from plugin.services.core import Actor, Core
from plugin.store import audits, cycles, guidance
from plugin.store.cycles import Cycle, CycleChange, Objection
from plugin.store.database import Tx


def find_changes(core: Core, actor: Actor, cycle_id: int) -> int:
    """Compares today's data with the snapshot and queues what differs; says how many differences are new."""
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in ("open", "review"):
            return 0
        frozen = cycle_advice.read_snapshot(guidance.newest_snapshot(tx, cycle_id))
        differences = _differences(tx, core, found, frozen)
        new = cycles.add_changes(tx, cycle_id, core.clock(), differences)
        if new:
            audits.append(tx, core.clock(), actor.name, "cycle.changes", f"cycle:{cycle_id}", {"new": new})
        return new


def _differences(tx: Tx, core: Core, found: Cycle, frozen: Snapshot) -> list[tuple[int, str, JsonObject]]:
    today = core.clock().date()
    now = snapshots.build(tx, max(today, found.snapshot_on), found.currency, found.rates)
    rows = {row.person_id: row for row in now.snapshot.rows}
    leads = {p.person_id: p.manager_id for p in now.participants}
    differences: list[tuple[int, str, JsonObject]] = []
    for person in cycles.participants(tx, found.id):
        who = person.person_id
        if who not in rows:
            differences.append((who, "left", {}))
            continue
        old, new = frozen.row(who), rows[who]
        if leads[who] != person.manager_id:
            differences.append((who, "transferred", {"from": person.manager_id, "to": leads[who]}))
        if new.annual != old.annual:
            pays: JsonObject = {"from": str(old.annual.amount), "to": str(new.annual.amount)}
            differences.append((who, "pay_changed", pays))
        if (new.job_family, new.level) != (old.job_family, old.level):
            jobs: JsonObject = {
                "from": f"{old.job_family} {old.level}",
                "to": f"{new.job_family} {new.level}",
            }
            differences.append((who, "promoted", jobs))
        if new.fte != old.fte:
            differences.append((who, "hours_changed", {"from": str(old.fte), "to": str(new.fte)}))
    known = {p.person_id for p in cycles.participants(tx, found.id)}
    differences.extend((who, "joined", {}) for who in sorted(rows.keys() - known))
    return differences


def open_changes(core: Core, cycle_id: int) -> list[CycleChange]:
    """What waits for a choice, oldest first."""
    with core.database.reading() as tx:
        return cycles.changes(tx, cycle_id, open_only=True)


@dataclass(frozen=True)
class Settled:
    """``budget_effect``: what the choice adds to (or takes from) the planned money of the cycle."""

    choice: str
    budget_effect: Money


def settle_change(core: Core, actor: Actor, cycle_id: int, change_id: int, choice: str) -> Settled:
    """``keep`` the snapshot's data, ``refresh`` the person from today's, or ``remove`` the person from the cycle.

    A refresh makes new advice for that person alone; a decision that was made stays and must be looked at again.
    """
    if choice not in ("keep", "refresh", "remove"):
        raise InvalidInput("unknown choice", fields={"choice": "keep, refresh or remove"})
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        change = next((c for c in cycles.changes(tx, cycle_id) if c.id == change_id), None)
        if change is None or found.state not in ("open", "review"):
            raise NotFound("no such change in an open cycle")
        before = _planned(tx, found, change.person_id)
        cycles.settle_change(tx, change_id, choice, actor.name, core.clock())
        if choice == "remove":
            cycles.remove_participant(tx, cycle_id, change.person_id)
        if choice == "refresh":
            _refresh(tx, core, actor, found, change.person_id)
        effect = _planned(tx, found, change.person_id) - before
        detail: JsonObject = {"kind": change.kind, "choice": choice, "effect": str(effect.amount)}
        subject = f"cycle:{cycle_id}:person:{change.person_id}"
        audits.append(tx, core.clock(), actor.name, "cycle.change", subject, detail)
        return Settled(choice, effect)


def _planned(tx: Tx, found: Cycle, person_id: int) -> Money:
    """What the budget expects for a person: nothing when not in the cycle."""
    stored = guidance.current(tx, found.id, [person_id]).get(person_id)
    if stored is None or not cycles.participants(tx, found.id, [person_id]):
        return Money(Decimal(0), found.currency)
    return advice.from_stored(stored).planned


def _refresh(tx: Tx, core: Core, actor: Actor, found: Cycle, person_id: int) -> None:
    """A new snapshot in which one row is today's, and new advice for that person."""
    today = max(core.clock().date(), found.snapshot_on)
    now = snapshots.build(tx, today, found.currency, found.rates)
    fresh = [row for row in now.snapshot.rows if row.person_id == person_id]
    if not fresh:
        raise NotAllowed("there is no data of this person today", remedy="choose keep or remove")
    frozen = cycle_advice.read_snapshot(guidance.newest_snapshot(tx, found.id))
    others = [row for row in frozen.rows if row.person_id != person_id]
    merged = snapshot_form.snapshot(
        frozen.as_of, frozen.currency, [*others, *fresh], typical_label=frozen.typical_label
    )
    person = next(p for p in now.participants if p.person_id == person_id)
    kept = [p for p in cycles.participants(tx, found.id) if p.person_id != person_id]
    cycles.replace_participants(tx, found.id, [*kept, person])
    snapshot_id = cycle_advice.store_snapshot(tx, found.id, merged, core)
    cycle_advice.make(tx, core, actor, found, guidance.get_snapshot(tx, snapshot_id), [person_id])


# --- reports of wrong data ------------------------------------------------------------------------------------------


def objections(core: Core, cycle_id: int) -> list[tuple[str, Objection]]:
    """What managers say is wrong, with the person's name, newest first."""
    with core.database.reading() as tx:
        names = {p.person_id: p.display_name for p in cycles.participants(tx, cycle_id)}
        return [(names.get(one.person_id, ""), one) for one in cycles.objections(tx, cycle_id)]


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
