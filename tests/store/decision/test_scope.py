"""Whose raises a person may see: against a plain reference on random reporting lines, circles included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.errors import NotFound
from plugin.store.database import Database, Tx, insert
from plugin.store.decision import scope
from plugin.store.decision.decisions import UNDECIDED
from plugin.store.decision.scope import Viewer
from plugin.store.tables import cycle, decision, participant, person, policy

AT = datetime(2026, 11, 1, tzinfo=UTC)


def _cycle(tx: Tx, name: str = "Cycle") -> int:
    digest = f"{abs(hash(name)):064x}"[:64]
    policy_id = insert(tx, policy, name=name, document={}, hash=digest, created_at=AT)
    day = date(2026, 11, 1)
    return insert(
        tx,
        cycle,
        name=name,
        state="open",
        snapshot_on=day,
        effective_on=day,
        due_on=day,
        currency="EUR",
        rates={},
        budget_percent=Decimal(3),
        budget={},
        policy_id=policy_id,
        matrix_only=False,
        reveal="together",
        version=1,
        created_at=AT,
    )


def _people(tx: Tx, count: int) -> list[int]:
    return [
        insert(tx, person, source_id=f"P{i}", display_name=f"Person {i}", fte=Decimal(1), updated_at=AT)
        for i in range(count)
    ]


def _join(tx: Tx, cycle_id: int, ids: list[int], bosses: list[int | None]) -> None:
    for i, boss in enumerate(bosses):
        tx.execute(
            participant.insert().values(
                cycle_id=cycle_id,
                person_id=ids[i],
                manager_id=None if boss is None else ids[boss],
                display_name=f"Person {i}",
            )
        )


def _reference(bosses: list[int | None], me: int) -> set[int]:
    """Walks up from everybody: who meets ``me`` on the way is below."""
    below: set[int] = set()
    for start in range(len(bosses)):
        seen: set[int] = set()
        at: int | None = bosses[start]
        while at is not None and at not in seen:
            if at == me:
                below.add(start)
                break
            seen.add(at)
            at = bosses[at]
    return below - {me}


@st.composite
def organisations(draw: st.DrawFn) -> list[int | None]:
    size = draw(st.integers(1, 9))
    return [draw(st.none() | st.integers(0, size - 1)) for _ in range(size)]


@settings(max_examples=60)
@given(bosses=organisations())
def test_one_sees_exactly_who_is_below_whatever_circles_there_are(
    database: Database, bosses: list[int | None]
) -> None:
    with database.reading() as tx:  # rolled back, so that every example starts empty
        cycle_id, ids = _cycle(tx), _people(tx, len(bosses))
        _join(tx, cycle_id, ids, bosses)
        for me in range(len(bosses)):
            expected = {ids[i] for i in _reference(bosses, me)}
            assert scope.visible(tx, cycle_id, Viewer(ids[me]), ids) == expected


def test_the_rule_holds_on_both_databases(any_database: Database) -> None:
    with any_database.reading() as tx:
        cycle_id, ids = _cycle(tx), _people(tx, 5)
        _join(tx, cycle_id, ids, [None, 0, 1, 2, 0])
        assert scope.visible(tx, cycle_id, Viewer(ids[1]), ids) == {ids[2], ids[3]}
        assert scope.visible(tx, cycle_id, Viewer(ids[3]), ids) == frozenset()


def test_another_cycles_reporting_lines_do_not_count(database: Database) -> None:
    with database.reading() as tx:
        first, second, ids = _cycle(tx, "One"), _cycle(tx, "Two"), _people(tx, 3)
        _join(tx, first, ids, [None, 0, 1])
        _join(tx, second, ids, [None, 0, 0])
        assert scope.visible(tx, first, Viewer(ids[1]), ids) == {ids[2]}
        assert scope.visible(tx, second, Viewer(ids[1]), ids) == frozenset()


def test_nobody_sees_themselves_not_even_hr(database: Database) -> None:
    with database.reading() as tx:
        cycle_id, ids = _cycle(tx), _people(tx, 3)
        _join(tx, cycle_id, ids, [0, 0, 1])
        assert ids[0] not in scope.visible(tx, cycle_id, Viewer(ids[0]), ids)
        assert scope.visible(tx, cycle_id, Viewer(ids[0], everyone=True), ids) == {ids[1], ids[2]}


def test_an_account_without_an_employee_sees_nobody(database: Database) -> None:
    with database.reading() as tx:
        cycle_id, ids = _cycle(tx), _people(tx, 3)
        _join(tx, cycle_id, ids, [None, None, 1])
        assert scope.visible(tx, cycle_id, Viewer(None), ids) == frozenset()


def test_a_stranger_and_a_person_who_does_not_exist_look_the_same(database: Database) -> None:
    with database.reading() as tx:
        cycle_id, ids = _cycle(tx), _people(tx, 3)
        _join(tx, cycle_id, ids, [None, 0, None])
        sentences = set()
        for person_id in (ids[2], 999_999):
            with pytest.raises(NotFound) as caught:
                scope.check(tx, cycle_id, Viewer(ids[0]), person_id)
            sentences.add(str(caught.value))
        assert len(sentences) == 1


def test_teams_waiting_counts_managers_below_only(database: Database) -> None:
    with database.reading() as tx:
        cycle_id, ids = _cycle(tx), _people(tx, 5)
        _join(tx, cycle_id, ids, [None, 0, 1, 1, 0])
        for who in (2, 3, 4):
            insert(
                tx,
                decision,
                **vars(UNDECIDED),
                cycle_id=cycle_id,
                person_id=ids[who],
                state="submitted",
                version=1,
                decided_at=AT,
            )
        for states, waiting in ((("open", "review"), 1), (("approved",), 0)):
            found = scope.teams_waiting(tx, states, Viewer(ids[0]), at_most=9)
            assert found == waiting  # person 4 is the head's own report
        assert tx.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one() == 3


def test_teams_that_wait_are_counted_over_all_open_cycles_each_by_its_own_lines(
    any_database: Database,
) -> None:
    with any_database.reading() as tx:
        ids, first, second = _people(tx, 4), _cycle(tx), _cycle(tx, "Second")
        _join(tx, first, ids, [None, 0, 1, 1])
        _join(tx, second, ids, [None, 0, 0, 2])
        for cycle_id, who in ((first, 2), (second, 3)):
            insert(
                tx,
                decision,
                cycle_id=cycle_id,
                person_id=ids[who],
                state="submitted",
                version=1,
                decided_at=AT,
                **vars(UNDECIDED),
            )

        def waiting(viewer: Viewer) -> int:
            return scope.teams_waiting(tx, ("open",), viewer, at_most=9)

        assert waiting(Viewer(ids[0])) == 2
        assert waiting(Viewer(ids[1])) == 0  # the team of the second cycle is another one's
        assert waiting(Viewer(None, everyone=True)) == 2
        assert waiting(Viewer(ids[1], everyone=True)) == 1  # never one's own team
