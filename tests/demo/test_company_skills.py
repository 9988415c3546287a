"""The demo's list of skills fits its badges, and its figures are plainly simulated."""

from datetime import date

from plugin.demo.company import simulate_company
from plugin.demo.company_skills import ATTRIBUTION, FRAMEWORK, SOURCE, scarcity_csv, skills_csv
from plugin.services.core import SYSTEM, Core
from plugin.services.cycle.snapshots import scarcity_score
from plugin.services.evidence import catalogue_files, skill_lists
from plugin.store.evidence import catalogue, evidence_facts

TODAY = date(2026, 11, 21)


def load(core: Core) -> None:
    skills = catalogue_files.import_skills(
        core, SYSTEM, skills_csv(), framework=FRAMEWORK, attribution=ATTRIBUTION
    )
    figures = catalogue_files.import_scarcity(core, SYSTEM, scarcity_csv(TODAY))
    assert (skills.bad, figures.bad) == ((), ())


def test_every_alignment_of_the_demos_badges_is_understood(core: Core) -> None:
    load(core)
    said = {
        one["targetUrl"]
        for document in simulate_company(1, 60).badge_documents()
        for one in document.body.get("alignment", [])
    }
    with core.database.reading() as tx:
        assert said
        assert all(catalogue.find_skill(tx, url=url, name="") for url in said)


def test_figures_say_that_they_are_simulated_and_differ_by_skill(core: Core) -> None:
    load(core)
    figures = skill_lists.scarcities(core)
    assert {one.source for one in figures} == {SOURCE}
    assert "simulated" in SOURCE.lower()
    assert len(figures) == 2 * len(skill_lists.skills(core, limit=500))
    with core.database.reading() as tx:
        scores = {scarcity_score(one) for one in evidence_facts.scarcity_on(tx, TODAY).values()}
    assert len(scores) > 10
    assert min(scores) < max(scores) / 2


def test_the_list_names_its_maker_and_is_found_by_other_names(core: Core) -> None:
    load(core)
    assert [(name, said) for name, said, _ in skill_lists.frameworks(core)] == [(FRAMEWORK, ATTRIBUTION)]
    assert [one.skill.name for one in skill_lists.skills(core, search="mlops")] == ["Model Operations"]
