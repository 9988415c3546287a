"""Each hour of learning counts once, whoever told it and however often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.services.core import Core
from plugin.services.evidence import learning_hours
from plugin.store import tables
from plugin.store.database import Database, Tx, insert
from plugin.store.evidence import evidence_facts, learning_time

ADL = "http://adlnet.gov/expapi/verbs/"
COURSE = "https://learn.example.org/course"
CMI5 = {"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
REGISTRATION = "7a3c3f1c-1111-4222-8333-444455556666"
AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
OUTCOMES = {"completed": "completed", "passed": "passed", "failed": "failed", "terminated": "ended"}


class Records:
    """Puts learning records of one person into a database as a run would."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.numbers = tx, count(1)
        common = {"settings": {}, "sinks": [], "created_at": AT, "updated_at": AT}
        self.store, self.files = (
            insert(tx, tables.connection, connector=name, name=name, hook_token=name, **common)
            for name in ("xapi_lrs", "csv_folder")
        )
        self.person = self.add_person("Ada Example")

    def add_person(self, name: str, **dates: date) -> int:
        source = f"P{next(self.numbers)}"
        row = {"source_id": source, "display_name": name, "fte": Decimal(1), "updated_at": AT}
        return insert(self.tx, tables.person, **row, **dates)

    def statement(
        self,
        verb: str,
        duration: str,
        *,
        at: datetime = AT,
        activity: str = COURSE,
        registration: str | None = None,
        session: str | None = None,
        parent: str | None = None,
        person: int | None = None,
    ) -> None:
        context: dict[str, object] = {}
        if registration:
            context["registration"] = registration
        if session:
            context |= {"extensions": {SESSION: session}, "contextActivities": {"category": [CMI5]}}
        if parent:
            context["contextActivities"] = {"parent": [{"id": parent}]}
        raw = {
            "id": str(UUID(int=next(self.numbers))),
            "actor": {"mbox": "mailto:ada@example.com"},
            "verb": {"id": ADL + verb},
            "object": {"id": activity},
            "result": {"duration": duration},
            "context": context,
            "timestamp": at.isoformat(),
        }
        self.record(OUTCOMES[verb], None, at=at, activity=activity, raw=raw, person=person)

    def record(
        self,
        outcome: str,
        hours: str | None,
        *,
        at: datetime = AT,
        activity: str = COURSE,
        raw: Mapping[str, object] | None = None,
        person: int | None = None,
    ) -> None:
        number = next(self.numbers)
        inbox_id = insert(
            self.tx,
            tables.inbox,
            connection_id=self.store if raw else self.files,
            stream="learning",
            remote_key=str(number),
            content_hash="",
            kind="upsert",
            raw=raw or {"hours": hours},
            received_at=at,
            state="applied",
        )
        insert(
            self.tx,
            tables.learning,
            person_id=person or self.person,
            inbox_id=inbox_id,
            source_id=str(number),
            activity_id=activity,
            title="A course",
            outcome=outcome,
            occurred_at=at,
            hours=None if hours is None else Decimal(hours),
        )

    def hours(self, year: int = 2026) -> Decimal:
        begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        found = dict(learning_time.by_person(self.tx, begin, end))
        return found[self.person].hours if self.person in found else Decimal(0)


@pytest.fixture
def records(any_database: Database) -> Iterator[Records]:
    with any_database.transaction() as tx:
        yield Records(tx)


def test_completed_and_passed_tell_the_same_hours_once(records: Records) -> None:
    records.statement("completed", "PT3H", registration=REGISTRATION)
    records.statement("passed", "PT2H", registration=REGISTRATION, at=AT + timedelta(minutes=1))
    assert records.hours() == 3


def test_a_course_and_its_parts_count_once(records: Records) -> None:
    records.statement("completed", "PT3H")
    for part in "ab":
        records.statement("completed", "PT1H30M", activity=COURSE + part, parent=COURSE)
    assert records.hours() == 3


def test_of_a_cmi5_session_only_its_end_counts_and_each_session_for_itself(records: Records) -> None:
    for session in ("one", "two"):
        records.statement("completed", "PT1H", registration=REGISTRATION, session=session)
        records.statement("terminated", "PT1H", registration=REGISTRATION, session=session)
    assert records.hours() == 2


def test_no_session_counts_more_than_a_working_day(records: Records) -> None:
    records.statement("completed", "PT60H")
    assert records.hours() == 8


def test_a_failed_course_adds_no_time(records: Records) -> None:
    records.statement("failed", "PT3H")
    records.record("failed", "3", activity=COURSE + "b")
    records.record("progressed", "3", activity=COURSE + "c")
    assert records.hours() == 0


def test_a_course_that_is_repeated_every_year_counts_every_year(records: Records) -> None:
    for year in (2025, 2026):
        records.statement("completed", "PT2H", at=AT.replace(year=year))
    assert (records.hours(2025), records.hours(2026)) == (2, 2)


def test_a_stay_over_new_year_counts_in_one_year_only(records: Records) -> None:
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    records.statement("completed", "PT2H", at=midnight - timedelta(minutes=1))
    records.statement("passed", "PT2H", at=midnight + timedelta(minutes=1))
    assert (records.hours(2025), records.hours(2026)) == (2, 0)


def test_hours_of_a_file_are_taken_as_they_are_once_a_day(records: Records) -> None:
    records.record("completed", "12.5")
    records.record("passed", "12.5", at=AT + timedelta(hours=1))
    records.record("completed", "4", at=AT + timedelta(days=1))
    assert records.hours() == Decimal("16.5")


def test_what_a_statement_told_is_not_added_again_from_a_file(records: Records) -> None:
    records.statement("completed", "PT2H")
    records.record("completed", "2", at=AT + timedelta(hours=1))
    records.record("completed", "2", activity=COURSE + "other")
    assert records.hours() == 4


def test_two_people_in_one_course_both_have_its_hours(records: Records) -> None:
    other = records.add_person("Ben Sample")
    for who in (records.person, other):
        records.statement("completed", "PT2H", person=who)
    found = dict(learning_time.by_person(records.tx, AT - timedelta(days=1), AT + timedelta(days=1)))
    assert {who: one.hours for who, one in found.items()} == {records.person: 2, other: 2}


def test_the_snapshot_uses_the_same_rule_over_twelve_months(records: Records) -> None:
    records.statement("completed", "PT3H", registration=REGISTRATION)
    records.statement("passed", "PT3H", registration=REGISTRATION)
    assert evidence_facts.learning_hours(records.tx, date(2026, 11, 20)) == {records.person: Decimal("3.0")}
    assert evidence_facts.learning_hours(records.tx, date(2027, 6, 1)) == {}


def test_everybody_is_counted_with_one_query(records: Records) -> None:
    for number in range(30):
        records.statement("completed", "PT1H", person=records.add_person(f"Sample {number}"))
    seen: list[str] = []

    def note(*call: object) -> None:
        seen.append(str(call[2]))

    sa.event.listen(records.tx.engine, "before_cursor_execute", note)
    found = dict(learning_time.by_person(records.tx, AT - timedelta(days=1), AT))
    sa.event.remove(records.tx.engine, "before_cursor_execute", note)
    assert (len(found), len(seen)) == (30, 1)


_TOLD = st.tuples(
    st.sampled_from(["completed", "passed", "failed", "terminated"]),
    st.integers(1, 12),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, REGISTRATION]),
    st.sampled_from([None, "s1", "s2"]),
)


@settings(max_examples=40)
@given(told=st.lists(_TOLD, max_size=8))
def test_telling_everything_twice_changes_nothing(database: Database, told: list[tuple[object, ...]]) -> None:
    with database.reading() as tx:  # rolled back
        records = Records(tx)

        def tell() -> None:
            for verb, hours, activity, registration, session in told:
                records.statement(
                    str(verb),
                    f"PT{hours}H",
                    activity=COURSE + str(activity),
                    registration=registration,  # type: ignore[arg-type]
                    session=session,  # type: ignore[arg-type]
                )

        tell()
        once = records.hours()
        longest = sum(min(int(str(hours)), 8) for _, hours, *_ in told)
        assert 0 <= once <= longest
        tell()
        assert records.hours() == once


# --- tiers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "tier"),
    [
        ("60", "super"),
        ("59.96", "super"),
        ("59.9", "steady"),
        ("40", "steady"),
        ("39.9", "adequate"),
        ("20", "adequate"),
        ("19.9", "under"),
        ("0", "under"),
    ],
)
def test_tiers_begin_where_the_study_has_them(hours: str, tier: str) -> None:
    assert learning_hours.tier(Decimal(hours)) == tier


def test_pages_and_totals_agree_and_hold_people_without_learning(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        records = Records(tx)
        for number, hours in enumerate(("65", "45", "25", "5")):
            who = records.add_person(f"Sample {number}")
            records.record("completed", hours, person=who)
        records.add_person("Gone Before", left_on=date(2025, 6, 1))
        records.add_person("Not Yet", hired_on=date(2027, 1, 1))
    found = learning_hours.totals(any_core, 2026)
    assert (found.people, found.hours, found.reached_goal) == (5, 140, 2)
    assert dict(found.by_tier) == {"super": 1, "steady": 1, "adequate": 1, "under": 2}
    assert found.mean == 28
    first = learning_hours.page(any_core, 2026, limit=2)
    rest = learning_hours.page(any_core, 2026, after=first[-1].person_id)
    assert [one.tier for one in (*first, *rest)] == ["under", "super", "steady", "adequate", "under"]
    assert [one.name for one in learning_hours.page(any_core, 2026, tier="steady")] == ["Sample 1"]
    assert learning_hours.years(any_core) == [2026]
    assert learning_hours.records(any_core, 2026) == 4
