"""Reporting lines follow what the sources say, contain no circle, and a run looks at the people concerned alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from plugin.services.core import SYSTEM, Core
from plugin.services.sources import applying, connection_setup, merging
from plugin.store import tables
from plugin.store.people import reporting_lines
from tests.services.sources.test_file_undo import applied, connection

HEAD = "person_id;name;manager_id\n"


def managers(core: Core) -> dict[str, str | None]:
    boss, person = tables.person.alias("boss"), tables.person
    query = sa.select(person.c.source_id, boss.c.source_id.label("boss")).outerjoin(
        boss, boss.c.id == person.c.manager_id
    )
    with core.database.reading() as tx:
        return {row.source_id: row.boss for row in tx.execute(query)}


@pytest.mark.parametrize(
    ("rows", "linked"),
    [
        ("a;Ada;b\nb;Ben;a\n", {"a": None, "b": None}),
        ("a;Ada;b\nb;Ben;c\nc;Cleo;a\nd;Dan;a\n", {"a": None, "b": None, "c": None, "d": "a"}),
        ("a;Ada;\nb;Ben;a\nc;Cleo;b\n", {"a": None, "b": "a", "c": "b"}),
    ],
)
def test_nobody_in_a_circle_has_a_manager(any_core: Core, rows: str, linked: dict[str, str | None]) -> None:
    made = connection(any_core)
    applied(any_core, made, HEAD + rows)
    assert managers(any_core) == linked
    assert applying.link_managers(any_core) == 0


def test_hr_is_told_of_a_circle_until_the_source_corrects_it(any_core: Core) -> None:
    made = connection(any_core)
    applied(any_core, made, HEAD + "a;Ada;b\nb;Ben;a\nc;Cleo;nobody\nd;Dan;a\n")
    told = applying.unlinked_managers(any_core, limit=9)
    assert [(one.name, one.circle) for one in told] == [
        ("Ada", ("Ada", "Ben", "Ada")),
        ("Ben", ("Ben", "Ada", "Ben")),
        ("Cleo", ()),
    ]
    applied(any_core, made, HEAD + "a;Ada;\nb;Ben;a\nc;Cleo;a\nd;Dan;a\n")
    assert managers(any_core) == {"a": None, "b": "a", "c": "a", "d": "a"}
    assert applying.unlinked_managers(any_core, limit=9) == []


def test_a_link_that_closes_a_circle_with_stored_ones_opens_all_of_it(any_core: Core) -> None:
    made = connection(any_core)
    applied(any_core, made, HEAD + "a;Ada;\nb;Ben;a\nc;Cleo;b\nd;Dan;c\n")
    applied(any_core, made, HEAD + "a;Ada;c\n")
    assert managers(any_core) == {"a": None, "b": None, "c": None, "d": "c"}
    applied(any_core, made, HEAD + "a;Ada;d\n")
    assert managers(any_core) == dict.fromkeys("abcd")
    applied(any_core, made, HEAD + "a;Ada;\n")
    assert managers(any_core) == {"a": None, "b": "a", "c": "b", "d": "c"}


def test_a_run_links_what_looking_at_everybody_would(any_core: Core) -> None:
    """Managers of another connection, by number and address, known before and after those who report to them."""
    people = connection(any_core)
    head = "person_id;name;manager_id;employee_number;email\n"
    applied(any_core, people, head + "1;Ada;71;;\n2;Ben;boss@example.test;;\n3;Cleo;1;;\n")
    bosses = connection_setup.add(any_core, SYSTEM, connector="csv_folder", name="Bosses", settings={})
    applied(any_core, bosses, head + "x;Xena;;71;\ny;Yves;;;BOSS@example.test\n")
    linked = {"1": "x", "2": "y", "3": "1", "x": None, "y": None}
    assert managers(any_core) == linked
    assert applying.link_managers(any_core) == 0
    applied(any_core, bosses, head + "x;Xena;;72;\ny;Yves;;71;\n")
    assert managers(any_core)["1"] == "y"
    assert applying.link_managers(any_core) == 0


def test_who_reports_to_a_merged_record_reports_to_the_kept_one(any_core: Core) -> None:
    made = connection(any_core)
    applied(any_core, made, HEAD + "a;Ada;\nb;Ada;\nc;Cleo;b\n")
    with any_core.database.reading() as tx:
        ids = {row.source_id: row.id for row in tx.execute(sa.select(tables.person))}
    merge_id = merging.merge(any_core, SYSTEM, ids["a"], ids["b"])
    assert managers(any_core)["c"] == "a"
    merging.undo(any_core, SYSTEM, merge_id)
    assert managers(any_core)["c"] == "b"


@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12) | st.none()))
def test_circles_are_those_who_are_above_themselves(links: dict[int, int | None]) -> None:
    def is_above_itself(start: int) -> bool:
        who = links.get(start)
        for _step in range(len(links)):
            if who == start:
                return True
            who = None if who is None else links.get(who)
        return False

    assert reporting_lines.circles(links) == {one for one in links if is_above_itself(one)}
