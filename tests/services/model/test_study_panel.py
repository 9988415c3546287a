"""The study on the company's own records: the panel is what the store says, and a known effect is found again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from plugin.advisor.study import regressions
from plugin.advisor.study.panel import LearningPanel
from plugin.cli.model.study import study
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending
from plugin.services.model import study_panel
from plugin.store import tables
from plugin.store.database import Tx, insert
from tests.small_company import MADE_AT, draft_cycle, fill

PEOPLE = 60
YEARS = (2021, 2022, 2023, 2024, 2025)
KINDS = ("knowledge", "skill", "contribution", "performance", "membership")
ME = Actor("study@example.com")


def _entries(tx: Tx) -> dict[str, int]:
    return {
        kind: insert(
            tx,
            tables.catalogue_entry,
            badge_class_id=f"https://badges.example.org/study/{kind}",
            name=kind,
            issuer_id="https://badges.example.org",
            issuer_name="Example Academy",
            facts={},
            kind=kind,
            programme="certification",
            strategic=kind == "skill",
            strategic_until=date(2024, 12, 31),
            state="decided",
        )
        for kind in KINDS
    }


def _person(tx: Tx, number: int) -> int:
    return insert(
        tx,
        tables.person,
        source_id=f"S-{number}",
        display_name=f"Study Person {number:03}",
        job_family="Engineering",
        level="E2",
        country="IE",
        hired_on=date(2015, 1, 1),
        fte=Decimal(1),
        updated_at=MADE_AT,
    )


def _award(tx: Tx, person_id: int, entry: int, on: date, **changes: object) -> None:
    number = tx.execute(sa.select(sa.func.count()).select_from(tables.badge_award)).scalar_one()
    values: dict[str, object] = {
        "source_id": f"study-{number}",
        "state": "active",
        "verdict": "valid",
        "trust": "trusted",
        "codes": [],
        "steps": [],
    }
    insert(
        tx,
        tables.badge_award,
        person_id=person_id,
        catalogue_entry_id=entry,
        issued_on=on,
        **(values | changes),
    )


def _learn(tx: Tx, person_id: int, on: date, hours: int) -> None:
    number = tx.execute(sa.select(sa.func.count()).select_from(tables.learning)).scalar_one()
    insert(
        tx,
        tables.learning,
        person_id=person_id,
        inbox_id=500_000 + number,
        source_id=f"study-{number}",
        activity_id=f"https://courses.example.org/{number}",
        title="A course",
        outcome="completed",
        occurred_at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
        hours=Decimal(hours),
    )


def _skills(person: int, year: int) -> int:
    """How many skill badges a person earns in a year."""
    return (person * 7 + year * 3 + person * year) % 4


def _knowledge(person: int, year: int) -> int:
    return (person * 5 + year * 11 + person * person) % 3


def _score(person: int, year: int) -> float:
    """0.3 a skill badge and 0.1 a knowledge badge beside what lasts of the person, what the year brings, and noise."""
    lasting, of_year = (person % 5) / 4, (year % 2) / 10
    noise = ((person * 31 + year * 17) % 13 - 6) / 100
    return 2 + lasting + of_year + 0.3 * _skills(person, year) + 0.1 * _knowledge(person, year) + noise


def _year_store(core: Core) -> dict[int, int]:
    """Ratings at the ends of years, badges by the two rules, hours in each year. Person -> number."""
    with core.database.transaction() as tx:
        entries = _entries(tx)
        people = {_person(tx, number): number for number in range(PEOPLE)}
        for person_id, number in people.items():
            for year in YEARS:
                for n in range(_skills(number, year)):
                    _award(tx, person_id, entries["skill"], date(year, 2 + n, 10))
                for n in range(_knowledge(number, year)):
                    _award(tx, person_id, entries["knowledge"], date(year, 6 + n, 10))
                _learn(tx, person_id, date(year, 3, 1), 20 + number)
                score = Decimal(f"{_score(number, year):.2f}")
                insert(
                    tx, tables.rating, person_id=person_id, period_ended_on=date(year, 12, 31), score=score
                )
    return people


def _rows(panel: LearningPanel) -> list[tuple[float, ...]]:
    """Without the numbers of people, in a fixed order."""
    columns = ("half_year", "annual_hours", "knowledge", "skill", "other", "strategic", "target")
    return sorted(zip(*(getattr(panel, name).tolist() for name in columns), strict=True))


def test_the_panel_is_what_the_store_says(core: Core) -> None:
    people = _year_store(core)
    built = study_panel.build(core, ME)
    expected = sorted(
        (
            year,
            20.0 + number,
            _knowledge(number, year),
            _skills(number, year),
            0,
            _skills(number, year) if year < 2025 else 0,
            round(_score(number, year), 2),
        )
        for number in people.values()
        for year in YEARS
    )
    assert (built.outcome, built.period, built.promotions) == ("rating", "year", None)
    assert _rows(built.panel) == expected


def test_a_known_effect_of_badges_is_found_again_and_what_cannot_be_known_is_said(core: Core) -> None:
    _year_store(core)
    built = study_panel.build(core, ME)
    found = regressions.run_what_can(built.panel, built.promotions, built.period)
    for name, truth in (("points per skill badge", 0.3), ("points per knowledge badge", 0.1)):
        assert found.get(name).value == pytest.approx(truth, abs=0.01), name
        assert found.get(name).published is None
    assert found.get("skill badge / knowledge badge").published == 2.0
    assert any("odds of promotion" in one for one in found.left_out)
    assert "points per other badge" not in {one.name for one in found.estimates}
    text = found.to_text() + " ".join(built.notes)
    for said in (
        "Periods: 5.",
        "Promotions are unknown",
        "read as if they were equally far apart",
        "Not identifiable",
    ):
        assert said in text, said


def test_a_ratio_over_nothing_is_left_out_and_said(core: Core) -> None:
    _year_store(core)
    panel = study_panel.build(core, ME).panel
    noise = replace(panel, target=np.random.default_rng(1).normal(3, 1, len(panel)))
    found = regressions.run_what_can(noise, None, "year")
    assert "skill badge / knowledge badge" not in {one.name for one in found.estimates}
    assert any("cannot be told from 0" in one for one in found.left_out)


def test_people_are_numbers_that_are_drawn_anew_each_time(core: Core) -> None:
    _year_store(core)
    first, again = (study_panel.build(core, ME).panel for _ in range(2))
    assert _rows(first) == _rows(again)
    assert set(first.person.tolist()) == set(range(PEOPLE))
    assert first.person.tolist() != again.person.tolist()


def test_only_verified_badges_of_trusted_issuers_that_show_learning_count(core: Core) -> None:
    people = _year_store(core)
    plain = study_panel.build(core, ME).panel
    who, day = next(iter(people)), date(2023, 9, 9)
    with core.database.transaction() as tx:
        entries = dict(
            tx.execute(sa.select(tables.catalogue_entry.c.name, tables.catalogue_entry.c.id)).all()
        )
        for changes in ({"state": "revoked"}, {"verdict": "invalid"}, {"trust": "unknown"}):
            _award(tx, who, entries["skill"], day, **changes)
        for kind in ("performance", "membership"):
            _award(tx, who, entries[kind], day)
    assert _rows(study_panel.build(core, ME).panel) == _rows(plain)
    with core.database.transaction() as tx:
        _award(tx, who, entries["contribution"], day)
    assert study_panel.build(core, ME).panel.other.sum() == 1


def test_results_from_before_the_first_badge_are_no_rows_without_badges(core: Core) -> None:
    people = _year_store(core)
    with core.database.transaction() as tx:
        for person_id in people:
            insert(
                tx, tables.rating, person_id=person_id, period_ended_on=date(2019, 12, 31), score=Decimal(5)
            )
    built = study_panel.build(core, ME)
    assert len(built.panel) == PEOPLE * len(YEARS)
    assert any(
        "results before the first verified badge" in one and f"2021): {PEOPLE};" in one for one in built.notes
    )


def test_people_with_one_period_are_dropped_and_counted(core: Core) -> None:
    _year_store(core)
    with core.database.transaction() as tx:
        for number in range(3):
            late = _person(tx, 900 + number)
            insert(tx, tables.rating, person_id=late, period_ended_on=date(2025, 12, 31), score=Decimal(3))
    built = study_panel.build(core, ME)
    assert len(np.unique(built.panel.person)) == PEOPLE
    assert any("employees with fewer than 2 periods: 3." in one for one in built.notes)


def test_ratings_twice_a_year_make_half_years_with_their_own_badges(core: Core) -> None:
    people = _year_store(core)
    with core.database.transaction() as tx:
        for person_id in people:
            for year in YEARS:
                day = date(year, 6, 30)
                insert(tx, tables.rating, person_id=person_id, period_ended_on=day, score=Decimal(3))
    built = study_panel.build(core, ME)
    assert built.period == "half-year"
    halves = built.panel.half_year
    assert set(halves.tolist()) == {2 * year + half for year in YEARS for half in (0, 1)}
    assert built.panel.skill[halves % 2 == 1].sum() == 0, "skill badges are of February to April"
    assert built.panel.skill[halves % 2 == 0].sum() == sum(
        _skills(number, year) for number in people.values() for year in YEARS
    )


def test_raises_are_the_outcome_when_asked_for_and_look_back_from_the_month_before(core: Core) -> None:
    people = _year_store(core)
    with core.database.transaction() as tx:
        for person_id, number in people.items():
            for year in YEARS[1:]:
                percent = Decimal(f"{1 + _skills(number, year - 1) / 10:.1f}")
                day = date(year, 1, 15)
                insert(tx, tables.past_raise, person_id=person_id, effective_on=day, percent=percent)
    built = study_panel.build(core, ME, "raise")
    panel = built.panel
    assert panel.target.tolist() == [1 + skills / 10 for skills in panel.skill.tolist()]
    assert any("the policy’s points" in one for one in built.notes)


def test_levels_of_two_snapshots_a_period_apart_tell_promotions(core: Core) -> None:
    company = fill(core)
    with core.database.transaction() as tx:
        tx.execute(tables.rating.delete())
    people = _year_store(core)
    with core.database.transaction() as tx:
        for person_id in people:
            insert(
                tx,
                tables.pay,
                person_id=person_id,
                effective_on=date(2020, 1, 1),
                annual=Decimal(60_000),
                currency="EUR",
            )
    days = (date(2024, 11, 20), date(2025, 11, 20))
    moved = [person_id for person_id, number in people.items() if number % 5 < 2]
    for n, day in enumerate(days):
        cycle_id = draft_cycle(core, company, name=f"Cycle {day.year}", snapshot_on=day)
        if n:
            with core.database.transaction() as tx:
                promoted = tables.person.c.id.in_(moved)
                tx.execute(tables.person.update().where(promoted).values(level="E3"))
        recommending.take_snapshot(core, company.hr, cycle_id)
    built = study_panel.build(core, ME)
    assert built.promotions is not None
    assert built.promotions.half_year.tolist() == [2025] * PEOPLE
    assert built.promotions.promoted.sum() == len(moved)
    assert built.panel.promoted[built.panel.half_year < 2025].sum() == 0
    found = regressions.run_what_can(built.panel, built.promotions, built.period)
    assert any(one.name == "odds per badge" for one in found.estimates), found.left_out


@pytest.mark.parametrize("outcome", [None, "raise"])
def test_an_empty_store_is_refused_in_words(core: Core, outcome: str | None) -> None:
    with pytest.raises(InvalidInput, match="no ratings or raises"):
        study_panel.build(core, ME, outcome)


def test_a_handful_of_people_is_no_study(core: Core) -> None:
    fill(core)
    with pytest.raises(InvalidInput, match="Only ") as refused:
        study_panel.build(core, ME)
    assert "At least 30" in refused.value.remedy


def test_who_ran_the_study_is_audited(core: Core) -> None:
    _year_store(core)
    study_panel.build(core, ME)
    with core.database.reading() as tx:
        (row,) = [row for row in tx.execute(tables.audit.select()) if row.action == "study.build"]
    assert (row.actor, row.detail["people"]) == ("study@example.com", PEOPLE)


def test_the_command_names_nobody(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    people = _year_store(core)
    monkeypatch.setattr("plugin.cli.opening.core", lambda: core)
    answer = CliRunner().invoke(study, ["--from-store", "--json"])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert (document["outcome"], document["period"], document["people"]) == ("rating", "year", PEOPLE)
    assert document["built_from"]
    text = CliRunner().invoke(study, ["--from-store"]).stdout
    assert "Panel from the store" in text
    for said in (answer.stdout, text):
        assert "Study Person" not in said
        assert not any(f"S-{number}" in said for number in people.values())


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (["--from-store", "--simulate"], "one panel"),
        (["--outcome", "raise", "--simulate"], "only with --from-store"),
        (["--from-store", "--confound", "ability"], "only with --simulate"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], wrong: str) -> None:
    answer = CliRunner().invoke(study, options)
    assert isinstance(answer.exception, InvalidInput)
    assert wrong in str(answer.exception)
