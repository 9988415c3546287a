"""One press takes back what an applied file changed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from plugin.errors import Conflict
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import auditing
from plugin.services.people import persons
from plugin.services.sources import connection_setup, dropped_files, file_effects, file_undo, merging, sync
from plugin.store import tables
from plugin.store.database import Tx
from plugin.store.sources import intake
from tests import small_company
from tests.conftest import FrozenClock

HEAD = "person_id;name;email;employee_number;annual;currency;effective_on\n"
FIRST = HEAD + (
    "1;Ada;ada@example.test;71;50000;EUR;2026-04-01\n2;Ben;ben@example.test;72;60000;EUR;2026-04-01\n"
)
SECOND = HEAD + (
    "1;Ada Sample;ada@new.test;71;51000;EUR;2026-04-01\n"
    "2;Ben;ben@example.test;72;60000;EUR;2026-04-01\n"
    "3;Cleo;cleo@example.test;73;70000;EUR;2026-04-01\n"
)


def connection(core: Core, name: str = "Dropped", **settings: Any) -> int:
    return connection_setup.add(core, SYSTEM, connector="csv_folder", name=name, settings=settings)


def applied(core: Core, connection_id: int, text: str, name: str = "people.csv") -> int:
    kept = dropped_files.drop(core, SYSTEM, connection_id, name, text.encode())
    run_id = dropped_files.apply(core, SYSTEM, connection_id, kept.token)
    assert sync.perform_next(core) is not None
    return run_id


def undone(core: Core, connection_id: int, run_id: int) -> file_undo.Undo:
    done, run = file_undo.undo(core, SYSTEM, connection_id, run_id)
    ended = sync.perform_next(core)
    assert ended is not None
    assert ended.id == run
    return done


def facts(core: Core) -> dict[str, list[tuple[Any, ...]]]:
    """All that is known of people, without ids and times of ours."""

    def rows(tx: Tx, *columns: Any) -> list[tuple[Any, ...]]:
        query = sa.select(*columns)
        if columns[0].table is not tables.person:
            query = query.join(tables.person, tables.person.c.id == columns[0].table.c.person_id)
        return sorted((tuple(row) for row in tx.execute(query)), key=str)

    person, pay, name = tables.person.c, tables.pay.c, tables.person_identifier.c
    with core.database.reading() as tx:
        return {
            "people": rows(tx, person.source_id, person.display_name, person.employee_number, person.left_on),
            "pay": rows(tx, pay.effective_on, person.source_id, pay.annual),
            "names": rows(tx, name.kind, name.value, person.source_id, name.from_on, name.until_on),
        }


def test_everything_is_as_it_was_before_the_file(any_core: Core, clock: FrozenClock) -> None:
    made = connection(any_core)
    applied(any_core, made, FIRST)
    before = facts(any_core)
    clock.advance(days=3)
    run_id = applied(any_core, made, SECOND)
    assert facts(any_core) != before
    clock.advance(hours=1)
    done = undone(any_core, made, run_id)
    assert (done.taken_back, done.restored, done.people) == (2, 2, 1)
    assert facts(any_core) == before
    assert file_undo.offered(any_core, made) is None
    with pytest.raises(Conflict, match="already undone"):
        file_undo.undo(any_core, SYSTEM, made, run_id)
    assert "file.undo" in [one.action for one in auditing.page(any_core)]


def test_the_same_file_can_be_applied_again(any_core: Core) -> None:
    made = connection(any_core)
    applied(any_core, made, FIRST)
    run_id = applied(any_core, made, SECOND)
    after = facts(any_core)
    undone(any_core, made, run_id)
    kept = dropped_files.drop(any_core, SYSTEM, made, "people.csv", SECOND.encode())
    seen = dropped_files.look(any_core, made, kept)
    assert [(one.new, one.changed) for one in file_effects.of(any_core, made, seen)] == [(1, 1), (1, 1)]
    applied(any_core, made, SECOND)
    assert {name: facts(any_core)[name] for name in ("people", "pay")} == {
        name: after[name] for name in ("people", "pay")
    }


def test_what_another_source_said_counts_again(any_core: Core) -> None:
    first = connection(any_core)
    applied(any_core, first, FIRST)
    before = facts(any_core)
    other = connection(any_core, "Pay")
    text = "person_id;effective_on;annual;currency\n72;2026-04-01;61000;EUR\n71;2027-04-01;52000;EUR\n"
    run_id = applied(any_core, other, text, "pay.csv")
    assert len(facts(any_core)["pay"]) == 3
    undone(any_core, other, run_id)
    assert facts(any_core) == before


def test_records_of_others_wait_again_for_a_person_whom_the_file_brought(any_core: Core) -> None:
    pay = connection(any_core, "Pay")
    applied(any_core, pay, "person_id;effective_on;annual;currency\n71;2026-04-01;52000;EUR\n", "pay.csv")
    people = connection(any_core)
    run_id = applied(any_core, people, "person_id;name;employee_number\n1;Ada;71\n")
    assert len(facts(any_core)["pay"]) == 1
    undone(any_core, people, run_id)
    assert facts(any_core) == {"people": [], "pay": [], "names": []}
    applied(any_core, people, "person_id;name;employee_number\n1;Ada;71\n")
    assert len(facts(any_core)["pay"]) == 1


def test_a_file_is_not_undone_once_another_source_changed_the_same(any_core: Core) -> None:
    first, other = connection(any_core), connection(any_core, "Pay")
    run_id = applied(any_core, first, FIRST)
    text = "person_id;effective_on;annual;currency\n72;2026-04-01;61000;EUR\n"
    applied(any_core, other, text, "pay.csv")
    offered = file_undo.offered(any_core, first)
    assert offered is not None
    assert offered.why_not == "1 of its records has been changed since by another source."
    before = facts(any_core)
    with pytest.raises(Conflict, match="1 of its records"):
        file_undo.undo(any_core, SYSTEM, first, run_id)
    assert facts(any_core) == before


def test_a_file_is_undone_before_those_that_came_before_it(any_core: Core) -> None:
    made = connection(any_core)
    first = applied(any_core, made, FIRST)
    second = applied(any_core, made, SECOND)
    with pytest.raises(Conflict, match="later file"):
        file_undo.undo(any_core, SYSTEM, made, first)
    undone(any_core, made, second)


def test_a_file_is_not_undone_once_a_cycle_has_calculated_with_it(any_core: Core) -> None:
    company = small_company.fill(any_core)
    made = connection(any_core)
    run_id = applied(any_core, made, FIRST.replace("EUR;2026", "EUR;2025"))
    small_company.open_cycle(any_core, company)
    before = facts(any_core)
    with pytest.raises(Conflict, match="2 recommendations of Merit cycle 2027"):
        file_undo.undo(any_core, SYSTEM, made, run_id)
    assert facts(any_core) == before


def test_a_merge_stands_in_the_way_as_long_as_it_stands(any_core: Core) -> None:
    first = connection(any_core, "First")
    applied(any_core, first, FIRST)
    made = connection(any_core, "Second")
    run_id = applied(any_core, made, HEAD + "Q1;Ada S.;ada@example.test;;52000;EUR;2026-05-01\n")
    (pair,) = merging.proposals(any_core)
    merged = merging.merge(any_core, SYSTEM, pair.kept.id, pair.merged.id)
    with pytest.raises(Conflict, match="merged"):
        file_undo.undo(any_core, SYSTEM, made, run_id)
    merging.undo(any_core, SYSTEM, merged)
    merging.refuse(any_core, SYSTEM, pair.kept.id, pair.merged.id)
    undone(any_core, made, run_id)
    with any_core.database.reading() as tx:
        assert sum(sum(states.values()) for states in intake.counts(tx, made).values()) == 0, "none is in use"
    assert [one.source_id for one in persons.find(any_core, "Ada")] == ["1"]


def test_an_erased_person_is_in_nothing_that_is_kept_for_undoing(any_core: Core) -> None:
    made = connection(any_core)
    applied(any_core, made, FIRST)
    applied(any_core, made, SECOND)
    (ada,) = persons.find(any_core, "Ada")
    persons.erase(any_core, SYSTEM, ada.id)
    with any_core.database.reading() as tx:
        kept = str(tx.execute(sa.select(tables.inbox_before.c.raw)).all())
    assert "Ada" not in kept


def test_what_a_complete_file_withdrew_comes_back(any_core: Core) -> None:
    made = connection(any_core, complete=True)
    applied(any_core, made, SECOND)
    before = facts(any_core)
    applied(any_core, made, FIRST)
    run_id = applied(any_core, made, FIRST + "\n")
    assert len(facts(any_core)["pay"]) == 2
    undone(any_core, made, run_id)
    assert {who[0]: who[3] for who in facts(any_core)["people"]} == {"1": None, "2": None, "3": None}
    assert len(facts(any_core)["pay"]) == len(before["pay"])
