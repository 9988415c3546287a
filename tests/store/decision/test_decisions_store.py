"""Rows with versions, moves of all or nobody, and participants, on both databases."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plugin.errors import Conflict, NotFound
from plugin.store import batches
from plugin.store.cycle import changes, cycles
from plugin.store.cycle.cycles import Participant
from plugin.store.database import Database, Tx, insert
from plugin.store.decision import decisions
from plugin.store.decision.decisions import UNDECIDED
from plugin.store.tables import person, policy

AT = datetime(2026, 11, 1, tzinfo=UTC)


def _world(tx: Tx) -> tuple[int, list[int]]:
    """A cycle with a head, one manager and two reports."""
    policy_id = insert(tx, policy, name="P", document={}, hash="0" * 64, created_at=AT)
    day = date(2026, 11, 1)
    draft: cycles.CycleDraft = {
        "name": "Cycle",
        "snapshot_on": day,
        "effective_on": day,
        "due_on": day,
        "currency": "EUR",
        "rates": {},
        "budget_percent": Decimal(3),
        "policy_id": policy_id,
    }
    cycle_id = cycles.add(tx, AT, draft)
    ids = [
        insert(tx, person, source_id=f"P{i}", display_name=f"Person {i}", fte=Decimal(1), updated_at=AT)
        for i in range(4)
    ]
    bosses = [None, ids[0], ids[1], ids[1]]
    people = [Participant(i, boss, f"Person {i}", None) for i, boss in zip(ids, bosses, strict=True)]
    cycles.replace_participants(tx, cycle_id, people)
    return cycle_id, ids


def _save(tx: Tx, cycle_id: int, person_id: int, version: int, **values: object) -> int:
    common = {**vars(UNDECIDED), "state": "decided", "decided_at": AT, "decided_by": "somebody@example.com"}
    return decisions.save(tx, cycle_id, person_id, version, **{**common, **values}).version


def test_versions_grow_and_old_ones_conflict(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
        assert _save(tx, cycle_id, ids[2], 0, percent=Decimal("3.10")) == 1
        assert _save(tx, cycle_id, ids[2], 1, percent=Decimal("3.2")) == 2
        for old in (0, 1):
            with pytest.raises(Conflict):
                _save(tx, cycle_id, ids[2], old, percent=Decimal(9))
        found = decisions.of_people(tx, cycle_id, ids)
        assert list(found) == [ids[2]]
        assert (found[ids[2]].percent, found[ids[2]].version) == (Decimal("3.2"), 2)


def test_a_move_takes_all_or_nobody(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
        _save(tx, cycle_id, ids[2], 0, percent=Decimal(3))
    with pytest.raises(Conflict), any_database.transaction() as tx:
        decisions.move(tx, cycle_id, [ids[2], ids[3]], expected=("decided",), to="submitted")
    with any_database.reading() as tx:
        assert decisions.counts(tx, cycle_id) == {"decided": 1}


def test_decisions_of_those_who_left_the_cycle_do_not_count(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
        _save(tx, cycle_id, ids[2], 0, percent=Decimal(3))
        _save(tx, cycle_id, ids[3], 0, percent=Decimal(3))
        cycles.remove_participant(tx, cycle_id, ids[3])
        assert [d.person_id for d in decisions.of_cycle(tx, cycle_id)] == [ids[2]]


def test_direct_reports_and_those_of_nobody(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
        assert [p.person_id for p in cycles.direct_reports(tx, cycle_id, ids[1])] == ids[2:]
        assert [p.person_id for p in cycles.direct_reports(tx, cycle_id, 0)] == [ids[0]]
        cycles.remove_participant(tx, cycle_id, ids[1])
        heads = [p.person_id for p in cycles.direct_reports(tx, cycle_id, 0)]
        assert heads == [ids[0], ids[2], ids[3]]  # their manager does not take part any more


def test_a_change_is_queued_once_and_settled_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
        found = [(ids[2], "pay_changed", {"from": "1", "to": "2"})]
        assert changes.add(tx, cycle_id, AT, found) == 1  # type: ignore[arg-type]
        assert changes.add(tx, cycle_id, AT, found) == 0  # type: ignore[arg-type]
        (change,) = changes.listed(tx, cycle_id, open_only=True)
        assert change.display_name == f"Person {ids[2]}"
        changes.settle(tx, change.id, "keep", "hr@example.com", AT)
        with pytest.raises(Conflict):
            changes.settle(tx, change.id, "remove", "hr@example.com", AT)
        assert changes.listed(tx, cycle_id, open_only=True) == []


def test_a_cycle_changed_by_somebody_else_conflicts(any_database: Database) -> None:
    with any_database.transaction() as tx:
        cycle_id, _ids = _world(tx)
        cycles.change(tx, cycle_id, 1, state="review")
        with pytest.raises(Conflict):
            cycles.change(tx, cycle_id, 1, state="closed")
        assert cycles.get(tx, cycle_id).state == "review"
        with pytest.raises(NotFound):
            cycles.get(tx, cycle_id + 1)


@pytest.mark.parametrize("count", [0, 1, batches.SIZE, batches.SIZE + 1])
def test_batches_hold_everything_once(count: int) -> None:
    parts = list(batches.parts(range(count)))
    assert [i for part in parts for i in part] == list(range(count))
    assert all(0 < len(part) <= batches.SIZE for part in parts)


def test_two_first_decisions_at_the_same_moment_are_one_and_a_conflict(any_database: Database) -> None:
    """On PostgreSQL both transactions may look before either writes; the unique key decides."""
    with any_database.transaction() as tx:
        cycle_id, ids = _world(tx)
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def decide(percent: str) -> None:
        gate.wait()
        try:
            with any_database.transaction() as tx:
                _save(tx, cycle_id, ids[2], 0, percent=Decimal(percent))
                time.sleep(0.05)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    both = [threading.Thread(target=decide, args=(percent,)) for percent in ("3", "4")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcomes) == ["conflict", "saved"]
    with any_database.reading() as tx:
        assert len(decisions.of_people(tx, cycle_id, ids)) == 1
