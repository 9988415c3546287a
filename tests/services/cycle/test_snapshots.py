"""The snapshot of a day holds what was known on that day and nothing later, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from plugin.advisor.model import features
from plugin.advisor.policy.pay_policy import SkillPolicy
from plugin.advisor.policy.skills import points
from plugin.advisor.recommendation import frame
from plugin.services.core import Core
from plugin.services.cycle import snapshots
from plugin.services.cycle.snapshots import Built
from plugin.store import migrate, tables
from plugin.store.database import Database, insert
from plugin.store.evidence import evidence_facts
from plugin.store.evidence.evidence_facts import Scarce
from tests.small_company import MADE_AT, SNAPSHOT_ON, Company, fill, policy


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _build(core: Core, on: date = SNAPSHOT_ON, **rates: str) -> Built:
    with core.database.reading() as tx:
        return snapshots.build(tx, on, "EUR", rates)


def test_a_row_holds_what_was_known_on_the_day(core: Core, company: Company) -> None:
    row = _build(core).snapshot.row(company["Ada Example"])
    assert row.annual.amount == Decimal(56_000)
    assert row.last_pay_change_on == date(2025, 4, 1)
    assert row.range_midpoint is not None
    assert row.range_midpoint.amount == Decimal(62_000)
    assert (row.rating, row.previous_rating) == (Decimal(4), Decimal(3))
    assert [piece.name for piece in row.new_evidence] == ["Python Data Science", "Kubernetes Administrator"]
    assert row.new_evidence[1].strategic
    assert row.new_evidence[1].skill == "Kubernetes"
    assert row.learning_hours == Decimal("31.5")


def test_an_earlier_day_knows_nothing_of_later_pay_ratings_and_badges(core: Core, company: Company) -> None:
    row = _build(core, date(2025, 3, 31)).snapshot.row(company["Ada Example"])
    assert row.annual.amount == Decimal(54_000)
    assert row.last_pay_change_on is None
    assert row.rating is None
    assert row.new_evidence == ()
    assert row.learning_hours == 0


def test_evidence_from_before_the_last_raise_is_not_new_but_still_held(core: Core, company: Company) -> None:
    row = _build(core).snapshot.row(company["Cleo Instance"])
    assert row.new_evidence == ()
    assert row.skills_held == ("Data science",)


def test_who_has_left_or_is_not_hired_yet_is_not_in(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.person.update()
            .where(tables.person.c.id == company["Eve Specimen"])
            .values(left_on=date(2026, 11, 1))
        )
    late = {row.person_id for row in _build(core).snapshot.rows}
    early = {row.person_id for row in _build(core, date(2026, 10, 1)).snapshot.rows}
    assert company["Eve Specimen"] in early - late
    assert company["Hugo Recent"] in late - early


@pytest.mark.parametrize(
    "change",
    [{"state": "revoked"}, {"expires_on": date(2026, 11, 1)}],
    ids=["revoked", "expired"],
)
def test_a_badge_that_does_not_hold_on_the_day_is_no_evidence(
    core: Core, company: Company, change: dict[str, object]
) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.badge_award.update()
            .where(tables.badge_award.c.person_id == company["Finn Pattern"])
            .values(**change)
        )
    assert _build(core).snapshot.row(company["Finn Pattern"]).new_evidence == ()


def test_a_badge_whose_meaning_is_only_proposed_moves_nothing(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.catalogue_entry.update().values(state="proposed"))
    assert all(row.new_evidence == () for row in _build(core).snapshot.rows)


def test_a_repeated_pay_record_is_no_change_of_pay(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        insert(
            tx,
            tables.pay,
            person_id=company["Ada Example"],
            effective_on=date(2026, 1, 1),
            annual=Decimal("56000.00"),
            currency="EUR",
        )
    assert _build(core).snapshot.row(company["Ada Example"]).last_pay_change_on == date(2025, 4, 1)


def test_people_without_pay_or_rate_are_listed_not_lost(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.pay.delete().where(tables.pay.c.person_id == company["Ada Example"]))
        tx.execute(
            tables.pay.update().where(tables.pay.c.person_id == company["Ben Sample"]).values(currency="USD")
        )
    built = _build(core)
    assert {(one.display_name, one.reason) for one in built.left_out} == {
        ("Ada Example", "no pay on file for that date"),
        ("Ben Sample", "the cycle needs a rate for USD"),
    }
    assert company["Ada Example"] not in {p.person_id for p in built.participants}


def test_pay_in_another_currency_is_converted_at_the_frozen_rate(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.pay.update().where(tables.pay.c.person_id == company["Ben Sample"]).values(currency="USD")
        )
    row = _build(core, USD="0.9").snapshot.row(company["Ben Sample"])
    assert (row.annual.amount, row.annual.currency) == (Decimal("56250.00"), "EUR")
    assert row.data_problems == ("pay_range_currency",)  # the range is in euros: the advisor abstains


def test_the_same_data_give_the_same_hash_and_a_change_gives_another(core: Core, company: Company) -> None:
    first = _build(core).snapshot.hash
    assert _build(core).snapshot.hash == first
    with core.database.transaction() as tx:
        tx.execute(
            tables.rating.update()
            .where(tables.rating.c.person_id == company["Ada Example"])
            .values(score=Decimal(3))
        )
    assert _build(core).snapshot.hash != first


def test_the_number_of_queries_does_not_grow_with_the_company(core: Core, company: Company) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        sa.event.listen(core.database.engine, "before_cursor_execute", note)
        _build(core)
        sa.event.remove(core.database.engine, "before_cursor_execute", note)
        return sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in seen)

    before = queries()
    with core.database.transaction() as tx:
        for i in range(40):
            who = insert(
                tx,
                tables.person,
                source_id=f"X{i}",
                display_name=f"Extra {i}",
                fte=Decimal(1),
                updated_at=MADE_AT,
            )
            insert(
                tx,
                tables.pay,
                person_id=who,
                effective_on=date(2024, 1, 1),
                annual=Decimal(50_000),
                currency="EUR",
            )
    assert queries() == before <= 13  # one of them: who is held


def test_both_databases_freeze_the_same_snapshot(core: Core, any_core: Core, tmp_path: Path) -> None:
    fill(any_core)
    other = Database(f"sqlite:///{tmp_path}/other.sqlite3")
    migrate.upgrade(other)
    reference = replace(core, database=other)
    fill(reference)
    assert _build(any_core).snapshot.hash == _build(reference).snapshot.hash
    other.close()


def test_scarcity_is_the_mean_of_the_known_signals_kept_between_0_and_1() -> None:
    day = date(2026, 1, 1)
    full = Scarce(day, Decimal(240), Decimal(50), None, "survey")
    half = Scarce(day, Decimal(60), None, Decimal("1.10"), "survey")
    assert snapshots.scarcity_score(full) == Decimal("1.00")
    assert snapshots.scarcity_score(half) == Decimal("0.50")
    assert snapshots.scarcity_score(Scarce(day, None, None, Decimal("0.8"), "survey")) == 0


def test_past_cycles_know_nothing_of_the_raise_itself(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        insert(
            tx,
            tables.past_raise,
            person_id=company["Ada Example"],
            effective_on=date(2025, 4, 1),
            percent=Decimal("3.7"),
        )
    with core.database.reading() as tx:
        (past,) = snapshots.past_cycles(tx, "EUR", {})
    assert past.year == 2025
    assert past.snapshot.as_of == date(2025, 3, 31)
    assert past.snapshot.row(company["Ada Example"]).annual.amount == Decimal(54_000)
    assert past.decided[company["Ada Example"]] == Decimal("3.7")
    assert past.decided[company["Ben Sample"]] == 0


def test_learning_hours_count_the_last_twelve_months_only(core: Core, company: Company) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.learning.update()
            .where(tables.learning.c.person_id == company["Ada Example"])
            .values(occurred_at=datetime(2025, 11, 1, tzinfo=UTC))
        )
    with core.database.reading() as tx:
        assert company["Ada Example"] not in evidence_facts.learning_hours(tx, SNAPSHOT_ON)


@pytest.mark.parametrize("trust", ["unknown", "blocked"])
def test_a_genuine_badge_of_an_untrusted_issuer_shows_and_does_not_count(
    core: Core, company: Company, trust: str
) -> None:
    with core.database.transaction() as tx:
        tx.execute(
            tables.badge_award.update()
            .where(tables.badge_award.c.person_id == company["Finn Pattern"])
            .values(trust=trust)
        )
    row = _build(core).snapshot.row(company["Finn Pattern"])
    assert [piece.verdict for piece in row.new_evidence] == ["undetermined"]
    assert row.skills_held == ()
    counted = points(row, SNAPSHOT_ON, SkillPolicy())
    assert (counted.points, [one.code for one in counted.refused]) == (0, ["unverified"])
    trusted = _build(core).snapshot.row(company["Ada Example"])
    assert points(trusted, SNAPSHOT_ON, SkillPolicy()).points > 0


@pytest.mark.parametrize("kind", ["performance", "membership", "contribution", None])
def test_badges_that_show_no_skill_never_become_a_skill_feature(
    core: Core, company: Company, kind: str | None
) -> None:
    as_skills = _build(core).snapshot
    with core.database.transaction() as tx:
        tx.execute(tables.catalogue_entry.update().values(kind=kind))
    changed = _build(core).snapshot
    with core.database.transaction() as tx:
        tx.execute(tables.badge_award.delete())
    bare = _build(core).snapshot
    assert any(row.new_evidence for row in changed.rows)
    assert all(row.skills_held == () for row in changed.rows)
    rules = policy()
    counted, shown, none = (
        features.build(frame.frame(one, rules).columns, features.choose())
        for one in (as_skills, changed, bare)
    )
    assert np.array_equal(shown, none, equal_nan=True)
    assert not np.array_equal(counted, none, equal_nan=True)


def test_the_evidence_page_tells_genuine_from_trusted(core: Core, company: Company) -> None:
    who = company["Finn Pattern"]
    with core.database.transaction() as tx:
        assert [one.verdict for one in evidence_facts.award_details(tx, who)] == ["valid"]
        tx.execute(
            tables.badge_award.update().where(tables.badge_award.c.person_id == who).values(trust="unknown")
        )
        assert [one.verdict for one in evidence_facts.award_details(tx, who)] == ["untrusted"]
