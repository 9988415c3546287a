"""What the study and the list of policies read is the same on every database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from plugin.store.cycle import frozen_inputs
from plugin.store.database import Database, insert
from plugin.store.model import study
from plugin.store.model.study import Earned, Result
from plugin.store.tables import badge_award, catalogue_entry, past_raise, person, policy, rating

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_badges_count_by_decided_kind_and_are_strategic_as_of_their_day(any_database: Database) -> None:
    with any_database.transaction() as tx:
        who = insert(tx, person, source_id="s", display_name="Study Person", fte=Decimal(1), updated_at=AT)
        entries = [
            insert(
                tx,
                catalogue_entry,
                badge_class_id=f"https://badges.example.org/{name}",
                name=name,
                issuer_id="https://badges.example.org",
                issuer_name="Example Academy",
                facts={},
                kind="skill",
                strategic=True,
                strategic_from=date(2024, 1, 1),
                state=name,
            )
            for name in ("decided", "proposed")
        ]
        for number, (entry, year, changes) in enumerate(
            (
                (entries[0], 2023, {}),
                (entries[0], 2024, {}),
                (entries[1], 2024, {}),
                (entries[0], 2025, {"state": "revoked"}),
                (entries[0], 2025, {"verdict": "undetermined"}),
                (entries[0], 2025, {"trust": "blocked"}),
            )
        ):
            values = {"state": "active", "verdict": "valid", "trust": "trusted", "codes": [], "steps": []}
            ids = {"person_id": who, "catalogue_entry_id": entry, "source_id": str(number)}
            insert(tx, badge_award, **ids, issued_on=date(year, 5, number + 1), **(values | changes))
        assert study.earned(tx) == [
            Earned(who, date(2023, 5, 1), "skill", strategic=False),
            Earned(who, date(2024, 5, 2), "skill", strategic=True),
            Earned(who, date(2024, 5, 3), "", strategic=False),
        ]


def test_results_are_those_of_people_who_are_not_erased_in_the_order_of_days(any_database: Database) -> None:
    with any_database.transaction() as tx:
        people = [
            insert(
                tx, person, source_id=name, display_name=name, fte=Decimal(1), updated_at=AT, erased_at=erased
            )
            for name, erased in (("here", None), ("erased", AT))
        ]
        for who in people:
            for year in (2025, 2024):
                insert(tx, rating, person_id=who, period_ended_on=date(year, 12, 31), score=Decimal("3.5"))
            insert(tx, past_raise, person_id=who, effective_on=date(2025, 4, 1), percent=Decimal("2.1"))
        assert study.ratings(tx) == [
            Result(people[0], date(year, 12, 31), Decimal("3.5")) for year in (2024, 2025)
        ]
        assert study.raises(tx) == [Result(people[0], date(2025, 4, 1), Decimal("2.1"))]


def test_policies_come_newest_first_in_parts(any_database: Database) -> None:
    with any_database.transaction() as tx:
        ids = [
            insert(tx, policy, name=f"P{n}", document={}, hash=f"{n:064x}", created_at=AT, created_by=None)
            for n in range(3)
        ]
        assert [one.id for one in frozen_inputs.newest_first(tx)] == ids[::-1]
        assert [one.id for one in frozen_inputs.newest_first(tx, skipped=1, limit=1)] == [ids[1]]
        assert frozen_inputs.number(tx) == 3
        assert (frozen_inputs.of_hash(tx, f"{1:064x}"), frozen_inputs.of_hash(tx, "0")) == (ids[1], None)
        assert frozen_inputs.get(tx, ids[0]).added_at == AT
