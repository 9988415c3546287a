"""The desk of changes: what happened to people after the snapshot, and what it does to the cycle and its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from plugin.advisor.recommendation.snapshot import EmployeeRow, Snapshot
from plugin.domain import BadgeVerdict, ChangeKind, CycleState, JsonObject
from plugin.errors import NotAllowed, NotFound
from plugin.services import reasons
from plugin.services.bulk import bulk
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending, snapshots
from plugin.services.operation.steps import Step, at
from plugin.store.cycle import changes, cycles, frozen_inputs
from plugin.store.cycle.changes import CycleChange, OpenKind
from plugin.store.cycle.cycles import Cycle, Objection, Participant
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.texts import _

Say = Callable[[str], object]
OPEN = (CycleState.OPEN, CycleState.REVIEW)


@bulk()
def find_changes(core: Core, actor: Actor, cycle_id: int, *, say: Say = lambda _: None) -> int:
    """Compares today's data with the snapshot, queues what differs and drops what waits and differs no longer; says how many differences
    are new."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state not in OPEN:
            return 0
        say(at(Step.READING_SNAPSHOT))
        whole = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, cycle_id))
        say(at(Step.READING_TODAY))
        differences = _differences(tx, core, found, whole)
    with core.database.transaction() as tx:
        if cycles.get(tx, cycle_id).state not in OPEN:
            return 0
        new = changes.add(tx, cycle_id, core.clock(), differences)
        gone = changes.drop_others(tx, cycle_id, differences)
        if new or gone:
            detail: JsonObject = {"new": new, "gone": gone}
            audits.append(tx, core.clock(), actor.name, "cycle.changes", f"cycle:{cycle_id}", detail)
        return new


def _differences(
    tx: Tx, core: Core, found: Cycle, whole: Snapshot
) -> list[tuple[int, ChangeKind, JsonObject]]:
    today = core.clock().date()
    now = snapshots.build(tx, max(today, found.snapshot_on), found.currency, found.rates)
    rows = {row.person_id: row for row in now.snapshot.rows}
    leads = {p.person_id: p.manager_id for p in now.participants}
    found_now: list[tuple[int, ChangeKind, JsonObject]] = []
    people = cycles.participants(tx, found.id)
    for person in people:
        who = person.person_id
        if who not in rows:
            found_now.append((who, ChangeKind.LEFT, {}))
            continue
        if leads[who] != person.manager_id:
            found_now.append((who, ChangeKind.TRANSFERRED, {"from": person.manager_id, "to": leads[who]}))
        found_now.extend(
            (who, kind, detail) for kind, detail in _changed(whole.row(who), rows[who], whole.as_of)
        )
    known = {p.person_id for p in people} | changes.removed(tx, found.id)
    found_now.extend((who, ChangeKind.JOINED, {}) for who in sorted(rows.keys() - known))
    return found_now


def _changed(old: EmployeeRow, new: EmployeeRow, as_of: date) -> Iterator[tuple[ChangeKind, JsonObject]]:
    """What a recommendation rests on, except learning hours, which grow every day: kind, and from what to what."""
    before, after = _facts(old, as_of), _facts(new, as_of)
    differing = [kind for kind in after if before[kind] != after[kind]]
    for kind in differing:
        if not (
            ChangeKind.PROMOTED in differing and kind == ChangeKind.PAY_RANGE_CHANGED
        ):  # another job has another range
            yield kind, {"from": _said(before[kind]), "to": _said(after[kind])}


def _facts(row: EmployeeRow, as_of: date) -> dict[ChangeKind, object]:
    """What is compared, by the kind of change that it makes."""
    return {
        ChangeKind.PAY_CHANGED: row.annual.amount,
        ChangeKind.PROMOTED: f"{row.job_family} {row.level}",
        ChangeKind.HOURS_CHANGED: row.fte,
        ChangeKind.RATING_CHANGED: row.rating,
        ChangeKind.PAY_RANGE_CHANGED: _range(row),
        ChangeKind.UNIT_CHANGED: row.org_unit,
        ChangeKind.COUNTRY_CHANGED: row.country,
        ChangeKind.HIRING_DAY_CHANGED: row.hired_on,
        ChangeKind.BADGES_CHANGED: _badges(row, as_of),
        ChangeKind.DATA_PROBLEMS_CHANGED: ", ".join(row.data_problems),
    }


def is_moot(change: CycleChange, row: EmployeeRow, person: Participant, as_of: date) -> bool:
    """Whether what the change says is what the person's refreshed data say."""
    if change.kind == ChangeKind.TRANSFERRED:
        return change.detail.get("to") == person.manager_id
    found = _facts(row, as_of)
    return change.kind == ChangeKind.JOINED or (
        change.kind in found and change.detail.get("to") == _said(found[change.kind])
    )


def _said(value: object) -> str:
    return "nothing" if value is None or value == "" else str(value)


def _range(row: EmployeeRow) -> str:
    ends = (row.range_minimum, row.range_midpoint, row.range_maximum)
    return " – ".join(str(end.amount) for end in ends if end is not None)


def _badges(row: EmployeeRow, as_of: date) -> str:
    """New evidence that holds, by name; what was earned after the snapshot's day is for the next cycle."""
    names = {
        one.name for one in row.new_evidence if one.verdict == BadgeVerdict.VALID and one.issued_on <= as_of
    }
    return ", ".join(sorted(names))


def put_on_desk(core: Core, actor: Actor, cycle_id: int, person_id: int) -> int:
    """Queues a person whom somebody looks at for another reason, e.g. a report of wrong data; how many changes are new.

    NotFound when the person is not in the cycle, NotAllowed unless the cycle is open.
    """
    with core.database.transaction() as tx:
        if cycles.get(tx, cycle_id).state not in OPEN:
            raise NotAllowed(_("the cycle is not open"), code="cycle_state")
        if not cycles.participants(tx, cycle_id, [person_id]):
            raise NotFound(_("this employee is not in the cycle"))
        now = core.clock()
        new = changes.add(
            tx, cycle_id, now, [(person_id, ChangeKind.REPORTED, {"from": "", "to": now.isoformat()})]
        )
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


def open_kinds(core: Core, cycle_id: int) -> list[OpenKind]:
    """Kinds of changes that wait for a choice, with their number, the largest first."""
    with core.database.reading() as tx:
        return changes.open_kinds(tx, cycle_id)


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
    words = reasons.read(text, "answer", _("Response"), _("Enter a response."))
    with core.database.transaction() as tx:
        if all(one.id != objection_id for one in cycles.objections(tx, cycle_id)):
            raise NotFound(_("this report is not open"))
        now = core.clock()
        cycles.answer_objection(tx, objection_id, words, actor.name, now)
        audits.append(tx, now, actor.name, "objection.answer", f"cycle:{cycle_id}", {"id": objection_id})
