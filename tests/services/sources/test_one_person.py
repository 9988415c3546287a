"""Rename, rehire, transfer, managers elsewhere, two connections: one person, history kept, reporting lines right."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugin.domain import HeldRule
from plugin.errors import Conflict, InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle import change_desk
from plugin.services.people import persons
from plugin.services.sources import merging
from plugin.services.sources.applying import apply_everything
from plugin.store import tables
from plugin.store.cycle import facts
from plugin.store.people import withheld
from tests.conftest import FrozenClock
from tests.reports.kit import Files, owners, renumber
from tests.small_company import fill, open_cycle

PEOPLE = "person_id,name,email,employee_number,manager_id,hired_on,left_on\n"
LEARNING = "activity_id,outcome,occurred_at,email\n"


def course(day: str, email: str) -> str:
    return f"https://c.example/{day},completed,{day}T10:00:00Z,{email}\n"


def managers(core: Core) -> dict[str, str | None]:
    boss = tables.person.alias("boss")
    query = sa.select(tables.person.c.source_id, boss.c.source_id.label("lead")).outerjoin(
        boss, boss.c.id == tables.person.c.manager_id
    )
    with core.database.reading() as tx:
        return {
            row.source_id: row.lead for row in tx.execute(query.where(tables.person.c.erased_at.is_(None)))
        }


def ids(core: Core) -> dict[str, int]:
    with core.database.reading() as tx:
        rows = tx.execute(sa.select(tables.person.c.source_id, tables.person.c.id))
        return {row.source_id: row.id for row in rows}


@pytest.fixture
def hr(any_core: Core) -> Files:
    renumber(any_core)
    return Files(any_core)


def test_a_new_name_is_the_same_person(hr: Files, any_core: Core, clock: FrozenClock) -> None:
    hr.read(people=PEOPLE + "P1,Lena Brandt,l.brandt@example.com,7,,2020-01-01,\n")
    clock.advance(days=3)
    hr.read(
        people=PEOPLE + "P1,Lena Kolb,l.kolb@example.com,7,,2020-01-01,\n",
        learning=LEARNING
        + course("2025-01-01", "l.brandt@example.com")
        + course("2025-02-01", "L.Kolb@example.com"),
    )
    assert owners(any_core, "learning") == ["P1", "P1"]
    kinds = [
        one.value for one in persons.stored(any_core, ids(any_core)["P1"]).identifiers if one.kind == "email"
    ]
    assert kinds == ["l.brandt@example.com", "l.kolb@example.com"]


def test_managers_are_found_in_other_connections(hr: Files, any_core: Core) -> None:
    hr.read(
        people=PEOPLE
        + "P1,Rosa Chief,rosa@example.com,1,P1,2010-01-01,\nP2,Dana Lead,dana@example.com,2,rosa@example.com,2010-01-01,\n"
    )
    other = Files(any_core, "other")
    other.read(
        people=PEOPLE
        + "Q1,Ben Sample,,11,2,2020-01-01,\nQ2,Cleo Demo,,12,Q1,2020-01-01,\nQ3,Dev Any,,13,nobody,2020-01-01,\n"
    )
    assert managers(any_core) == {"P1": None, "P2": "P1", "Q1": "P2", "Q2": "Q1", "Q3": None}


def test_a_manager_who_comes_later_is_linked_in_the_other_connection(hr: Files, any_core: Core) -> None:
    other = Files(any_core, "other")
    other.read(people=PEOPLE + "Q1,Ben Sample,,11,dana@example.com,2020-01-01,\n")
    assert managers(any_core) == {"Q1": None}
    hr.read(people=PEOPLE + "P2,Dana Lead,dana@example.com,2,,2010-01-01,\n")
    assert managers(any_core)["Q1"] == "P2"


def test_a_person_of_two_connections_is_proposed_merged_and_parted(
    hr: Files, any_core: Core, clock: FrozenClock
) -> None:
    hr.read(
        people=PEOPLE
        + "P1,Ada Example,ada@example.com,1,,2015-01-01,\nP2,Ben Sample,ben@example.com,2,P1,2015-01-01,\n"
    )
    other = Files(any_core, "other")
    other.read(people=PEOPLE + 'Q1,"Example, Ada",Ada@Example.com,900,,2018-01-01,\n')
    third = Files(any_core, "lms")
    third.read(
        learning=LEARNING + course("2025-01-01", "ada@example.com") + course("2016-01-01", "ada@example.com")
    )
    assert owners(any_core, "learning") == ["P1"]
    (pair,) = merging.proposals(any_core)
    assert pair.shared == (("email", "ada@example.com"),)
    people = ids(any_core)
    merged = merging.merge(any_core, SYSTEM, people["P1"], people["Q1"])
    assert owners(any_core, "learning") == ["P1", "P1"]
    assert merging.proposals(any_core) == []
    with any_core.database.reading() as tx:
        employed = [one.person_id for one in facts.employed(tx, clock().date())]
    assert sorted(employed) == sorted([people["P1"], people["P2"]])
    assert [one.id for one in persons.find(any_core, "ada")] == [people["P1"]]
    with pytest.raises(InvalidInput):
        merging.merge(any_core, SYSTEM, people["P2"], people["Q1"])
    other.read(people=PEOPLE + 'Q1,"Example, Ada",Ada@Example.com,901,,2018-01-01,\n')
    assert owners(any_core, "learning") == ["P1", "P1"]
    merging.undo(any_core, SYSTEM, merged)
    assert owners(any_core, "learning") == ["P1"]
    assert len(merging.proposals(any_core)) == 1
    with pytest.raises(Conflict):
        merging.undo(any_core, SYSTEM, merged)


def test_the_record_in_a_running_cycle_is_the_one_to_keep(any_core: Core) -> None:
    company = fill(any_core)
    cycle_id = open_cycle(any_core, company)
    Files(any_core, "other").read(people=PEOPLE + "Q1,Ada Example,ada@twice.example,900,,2026-01-01,\n")
    names, quinn = tables.person_identifier, ids(any_core)["Q1"]
    with any_core.database.transaction() as tx:
        found = tx.execute(sa.select(names).where(names.c.person_id == quinn, names.c.kind == "email"))
        shared = {name: value for name, value in found.mappings().one().items() if name != "id"}
        tx.execute(names.insert().values({**shared, "person_id": company["Ada Example"]}))
    (pair,) = merging.proposals(any_core)
    assert pair.kept.id == company["Ada Example"], "hired earlier, but it takes part"
    assert change_desk.find_changes(any_core, SYSTEM, cycle_id) >= 0
    (kept, other) = (pair.kept.id, pair.merged.id)
    merged = merging.merge(any_core, SYSTEM, other, kept)  # the other way round, as HR may choose
    change_desk.find_changes(any_core, SYSTEM, cycle_id)
    assert ("left", kept) in waiting(any_core, cycle_id)
    merging.undo(any_core, SYSTEM, merged)
    change_desk.find_changes(any_core, SYSTEM, cycle_id)
    assert ("left", kept) not in waiting(any_core, cycle_id), "what differs no longer waits for nobody"


def waiting(core: Core, cycle_id: int) -> list[tuple[str, int]]:
    with core.database.reading() as tx:
        rows = tx.execute(
            sa.select(tables.cycle_change.c.kind, tables.cycle_change.c.person_id).where(
                tables.cycle_change.c.cycle_id == cycle_id, tables.cycle_change.c.choice.is_(None)
            )
        )
        return [(str(row.kind), row.person_id) for row in rows]


def test_two_who_are_not_one_are_not_proposed_again(hr: Files, any_core: Core) -> None:
    hr.read(people=PEOPLE + "P1,Jan Smit,jan@example.com,1,,2015-01-01,\n")
    Files(any_core, "other").read(people=PEOPLE + "Q1,Jan Smit,jan@example.com,1,,2015-01-01,\n")
    (pair,) = merging.proposals(any_core)
    refused = merging.refuse(any_core, SYSTEM, pair.kept.id, pair.merged.id)
    assert merging.proposals(any_core) == []
    merging.undo(any_core, SYSTEM, refused)
    assert len(merging.proposals(any_core)) == 1


def test_a_transfer_keeps_the_history_and_the_reports(hr: Files, any_core: Core) -> None:
    """Left one company, joined the other with a new record: the record of today is kept, and the history comes along."""
    hr.read(
        people=PEOPLE
        + "P1,Ada Example,ada@example.com,1,,2015-01-01,2025-12-31\nP9,Ada Example,ada@example.com,9,,2026-01-01,\n"
        + "P2,Ben Sample,,2,P1,2015-01-01,\n",
        pay="person_id,effective_on,annual,currency\nP1,2020-01-01,50000,EUR\nP9,2026-01-01,60000,EUR\n",
        learning=LEARNING + course("2020-01-01", "ada@example.com") + course("2026-05-01", "ada@example.com"),
    )
    (pair,) = merging.proposals(any_core)
    assert (pair.kept.source_id, pair.merged.source_id) == ("P9", "P1")
    merging.merge(any_core, SYSTEM, pair.kept.id, pair.merged.id)
    assert owners(any_core, "learning") == ["P9", "P9"]
    assert owners(any_core, "pay") == ["P9", "P9"]
    assert managers(any_core)["P2"] == "P9"


def test_who_is_merged_or_parted_waits_to_be_judged_in_the_same_transaction(
    hr: Files, any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process died right after it; what is left is judged by the next run."""
    hr.read(
        people=PEOPLE
        + "P1,Ada Example,ada@example.com,1,,2015-01-01,\nP9,Ada Example,ada@example.com,9,,2026-01-01,\n",
        pay="person_id,effective_on,annual,currency\nP1,2024-01-01,52000,EUR\nP9,2026-01-01,12000,EUR\n",
    )
    p1, p9 = (ids(any_core)[name] for name in ("P1", "P9"))
    assert _held(any_core) == {}

    def killed(_core: Core) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging, "apply_everything", killed)
    with pytest.raises(KeyboardInterrupt):
        merging.merge(any_core, SYSTEM, p9, p1)
    assert _held(any_core)[p9] == (HeldRule.UNJUDGED,)
    monkeypatch.undo()
    apply_everything(any_core)
    assert _held(any_core) == {p9: (HeldRule.PAY_JUMP,)}
    monkeypatch.setattr(merging, "apply_everything", killed)
    (merged,) = (one.id for one, _kept, _merged in merging.decided(any_core))
    with pytest.raises(KeyboardInterrupt):
        merging.undo(any_core, SYSTEM, merged)
    assert all(HeldRule.UNJUDGED in _held(any_core)[who] for who in (p1, p9))
    monkeypatch.undo()
    apply_everything(any_core)
    assert _held(any_core) == {}


def test_who_is_merged_waits_for_nothing_when_there_is_nothing_to_apply(hr: Files, any_core: Core) -> None:
    both = "P1,Ada Example,ada@example.com,1,,2015-01-01,\nP9,Ada Example,ada@example.com,9,,2026-01-01,\n"
    hr.read(people=PEOPLE + both)
    people = ids(any_core)
    merged = merging.merge(any_core, SYSTEM, people["P9"], people["P1"])
    assert _held(any_core) == {}
    merging.undo(any_core, SYSTEM, merged)
    assert _held(any_core) == {}


def _held(core: Core) -> dict[int, tuple[HeldRule, ...]]:
    with core.database.reading() as tx:
        return withheld.held_people(tx)
