"""Badges mean what a person says; alignments are understood by address; files bring what they should and nothing else."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.evidence import catalogue_files, meanings, skill_lists
from plugin.services.evidence.meanings import Same
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.evidence import catalogue
from plugin.store.operation import audits

ESCO = "http://data.europa.eu/esco/skill/1"
HR = Actor("hana@example.com")


def entry(core: Core, name: str, **values: object) -> int:
    facts = values.pop("facts", {})
    row: dict[str, object] = {
        "badge_class_id": f"https://badges.example.org/{name}",
        "name": name,
        "issuer_id": "https://badges.example.org",
        "issuer_name": "Example Academy",
        "facts": facts,
        "strategic": False,
        "state": "proposed",
        "version": 1,
    }
    with core.database.transaction() as tx:
        return insert(tx, tables.catalogue_entry, **(row | values))


def load(core: Core, text: str, framework: str = "ESCO") -> catalogue_files.Imported:
    return catalogue_files.import_skills(core, SYSTEM, text, framework=framework)


@pytest.mark.parametrize(
    ("url", "framework"),
    [
        ("http://data.europa.eu/esco/skill/abc", "ESCO"),
        ("https://data.europa.eu/esco/skill/abc", "ESCO"),
        ("https://www.onetonline.org/link/summary/15-1252.00", "O*NET"),
        ("https://evil.example/?http://data.europa.eu/esco/skill/abc", ""),
        ("https://data.europa.eu.evil.example/esco/skill/abc", ""),
        ("http://data.europa.eu/esco/occupation/abc", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_public_frameworks_are_told_by_the_beginning_of_the_address(url: str, framework: str) -> None:
    assert skill_lists.framework_of(url) == framework


@pytest.mark.parametrize("url", [ESCO, ESCO + "/", ESCO.replace("http:", "https:"), f" {ESCO} "])
def test_an_alignment_is_found_however_its_address_is_written(any_core: Core, url: str) -> None:
    load(any_core, f"url,name\n{ESCO},SQL\n")
    one = entry(any_core, "sql", facts={"alignments": [{"name": "something else", "url": url}]})
    meanings.propose(any_core)
    assert [skill.name for skill in meanings.shown(any_core, one).skills] == ["SQL"]
    (alignment,) = skill_lists.alignments(any_core, one)
    assert alignment.skill is not None
    assert alignment.framework == "ESCO"


def test_a_prefix_of_an_address_is_no_match(core: Core) -> None:
    load(core, f"url,name\n{ESCO},SQL\n")
    with core.database.reading() as tx:
        assert catalogue.find_skill(tx, url=ESCO + "2", name="") is None
        assert catalogue.find_skill(tx, url=ESCO[:-1], name="") is None


def test_names_and_synonyms_are_found_in_any_case_and_each_belongs_to_one_skill(any_core: Core) -> None:
    load(any_core, f"url,name,synonyms\n{ESCO},SQL,Databases| |QUERIES\nurn:own:2,Cooking,databases\n")
    for name in ("sql", "databases", "Queries"):
        found, unknown = skill_lists.find_skills(any_core, [name])
        assert (len(found), unknown) == (1, [])
    assert skill_lists.find_skills(any_core, ["juggling"]) == ([], ["juggling"])
    names = {one.skill.name: one.synonyms for one in skill_lists.skills(any_core)}
    assert names == {"SQL": ("databases", "queries"), "Cooking": ()}
    assert [one.skill.name for one in skill_lists.skills(any_core, search="quer")] == ["SQL"]
    assert skill_lists.skills(any_core, search="100%_") == []


def test_a_list_that_is_loaded_again_renews_and_removes_nothing(any_core: Core) -> None:
    load(any_core, f"url,name,synonyms\n{ESCO},SQL,databases\nurn:own:2,Cooking,\n")
    done = load(any_core, f"url,name,synonyms\n{ESCO},Structured queries,databases|more\n")
    assert done == catalogue_files.Imported(1, ())
    assert {one.skill.name: one.synonyms for one in skill_lists.skills(any_core)} == {
        "Structured queries": ("databases", "more"),
        "Cooking": (),
    }
    with any_core.database.reading() as tx:
        assert audits.first_break(tx) is None


def test_many_entries_are_decided_with_what_is_the_same_for_all(any_core: Core) -> None:
    ids = [
        entry(any_core, "one", kind="skill", programme="certification", level="advanced"),
        entry(any_core, "two"),
        entry(any_core, "three", kind="knowledge"),
    ]
    assert meanings.decide_many(any_core, HR, ids) == 1
    assert meanings.counts(any_core) == {"proposed": 2, "decided": 1}
    same = Same(kind="skill", programme="specialization", strategic=True)
    assert meanings.decide_many(any_core, HR, ids, same) == 3
    found = [one.entry for one in meanings.page(any_core, state="decided")]
    assert {(one.kind, one.programme, one.strategic_owner) for one in found} == {
        ("skill", "specialization", "hana@example.com")
    }
    assert [one.level for one in found] == ["advanced", None, None]


def test_one_wrong_word_in_a_bulk_edit_changes_nothing(any_core: Core) -> None:
    ids = [entry(any_core, "one", kind="skill", programme="certification"), entry(any_core, "two")]
    with pytest.raises(InvalidInput):
        meanings.decide_many(any_core, HR, ids, Same(level="guru"))
    assert meanings.counts(any_core) == {"proposed": 2, "decided": 0}


@settings(max_examples=60)
@given(text=st.one_of(st.text(max_size=200), st.text(alphabet='urn:,name\n\r"\0|x=', max_size=200)))
def test_no_file_breaks_the_import(core: Core, text: str) -> None:
    for body in (text, "url,name\n" + text):
        with suppress(InvalidInput):
            load(core, body)
    kept = [one.skill.url for one in skill_lists.skills(core, limit=10_000)]
    assert all(url and url.startswith(("http://", "https://", "urn:")) for url in kept)


def test_open_jobs_are_whole_and_figures_are_kept_exactly(core: Core) -> None:
    load(core, f"url,name\n{ESCO},SQL\n")
    header = "skill,measured_on,source,open_jobs,new_hire_pay_ratio\n"
    rows = f"{ESCO},2026-10-01,Desk,2.5,\nSQL,2026-10-01,Desk,2.0,1.075\nsql,2026-10-02,Desk,,\n"
    done = catalogue_files.import_scarcity(core, SYSTEM, header + rows)
    assert (done.rows, [bad.line for bad in done.bad]) == (1, [2, 4])
    (figure,) = skill_lists.scarcities(core)
    assert (figure.open_jobs, figure.new_hire_pay_ratio) == (2, Decimal("1.075"))
