"""LearningLocker #408, xAPI 1.0.3 data 2.3.2: a voided statement.

https://github.com/LearningLocker/learninglocker/issues/408
https://github.com/adlnet/xAPI-Spec/blob/master/xAPI-Data.md#232-voided
What is queued because of a fact that was withdrawn is not sent; what has arrived in the HR suite is cancelled there, or becomes a
task for HR. The queued write was still carried out, and what had arrived stayed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from plugin.connectors.writing import Create, Desired, Done, Noop, Refuse, Rejected, Withdraw
from plugin.connectors.xapi_records import record_of
from plugin.domain import (
    Identifier,
    IdentifierKind,
    JsonObject,
    LearningRecord,
    Outcome,
    PersonRecord,
    Sink,
    Stream,
)
from plugin.services.core import Core
from plugin.services.delivery import events
from plugin.store import tables
from plugin.store.database import Tx
from plugin.store.people import persons
from plugin.store.people.persons import Person
from plugin.store.sources import connections, records
from plugin.store.sources.records import Placed
from tests.reports.frappe_company import WRITER, met, site, written

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA = Identifier(IdentifierKind.EMAIL, "ada@example.com")
COURSE = LearningRecord("s1", (ADA,), "https://example.org/sql", "SQL", Outcome.COMPLETED, AT)


def _ada(tx: Tx) -> Person:
    made = connections.add(tx, AT, connector="frappe_hr", name="Suite", settings={}, hook_token="t")
    connections.change(tx, AT, made, 1, sinks=["training", "skills"])
    one = PersonRecord(source_id="HR-EMP-00001", display_name="Ada Example", hired_on=date(2020, 1, 1))
    return persons.get(tx, persons.put(tx, AT, made, [one])[0]["HR-EMP-00001"])


def _learn(tx: Tx, who: Person, inbox_id: int, record: LearningRecord) -> None:
    placed = [Placed(inbox_id, who.id, record)]
    records.put(tx, AT, Stream.LEARNING, placed)
    events.recorded(tx, AT, Stream.LEARNING, placed)


def _void(tx: Tx, *inbox_ids: int) -> None:
    gone = records.learnt(tx, inbox_ids)
    records.withdraw(tx, Stream.LEARNING, inbox_ids)
    events.retracted(tx, AT, (), gone)


def _queue(tx: Tx) -> list[tuple[str, str]]:
    return [
        (row.event_type, row.state) for row in tx.execute(tables.outbox.select().order_by(tables.outbox.c.id))
    ]


def _arrived(tx: Tx) -> None:
    tx.execute(tables.outbox.update().values(state="done", attempts=1))


def test_a_queued_write_of_a_voided_statement_is_taken_back(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        _learn(tx, _ada(tx), 1, COURSE)
        _void(tx, 1)
        assert _queue(tx) == [("training.write", "superseded")]


def test_what_arrived_is_withdrawn_from_the_suite_once(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        who = _ada(tx)
        _learn(tx, who, 1, COURSE)
        _arrived(tx)
        gone = records.learnt(tx, [1])
        _void(tx, 1)
        events.retracted(tx, AT, (), gone)
        assert _queue(tx) == [("training.write", "done"), ("training.withdraw", "due")]
        row = tx.execute(
            tables.outbox.select().where(tables.outbox.c.event_type == "training.withdraw")
        ).one()
        assert (row.payload["is_withdrawn"], row.payload["values"]["course"]) == (True, "SQL")


def test_a_training_that_another_record_still_proves_stays(any_core: Core) -> None:
    """A course reports "passed" and "completed" on one day: voiding one of the two takes nothing away."""
    with any_core.database.transaction() as tx:
        who = _ada(tx)
        _learn(tx, who, 1, COURSE)
        _learn(tx, who, 2, replace(COURSE, source_id="s2", outcome=Outcome.PASSED))
        _arrived(tx)
        _void(tx, 1)
        assert [state for _kind, state in _queue(tx)] == ["done"]
        _void(tx, 2)
        assert _queue(tx)[-1] == ("training.withdraw", "due")


def test_a_record_that_now_says_failed_takes_its_training_back(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        who = _ada(tx)
        _learn(tx, who, 1, COURSE)
        _learn(tx, who, 1, replace(COURSE, outcome=Outcome.FAILED))
        assert _queue(tx) == [("training.write", "superseded")]


def test_learnt_again_after_it_was_withdrawn_it_is_written_again(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        who = _ada(tx)
        _learn(tx, who, 1, COURSE)
        _arrived(tx)
        _void(tx, 1)
        _learn(tx, who, 2, COURSE)
        assert _queue(tx) == [
            ("training.write", "done"),
            ("training.withdraw", "superseded"),
            ("training.write", "due"),
        ]


# --- what never becomes a training ------------------------------------------------------------------------------------


def _statement(verb: str, result: JsonObject, definition: JsonObject) -> JsonObject:
    return {
        "id": "7a1f2c1e-0000-4000-8000-000000000001",
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": "https://example.org/sql", "definition": definition},
        "result": result,
        "timestamp": AT.isoformat(),
    }


QUESTION = "http://adlnet.gov/expapi/activities/cmi.interaction"


@pytest.mark.parametrize(
    ("verb", "result", "definition"),
    [
        ("completed", {"success": False, "completion": True}, {}),
        ("passed", {"success": False}, {}),
        ("failed", {"success": False}, {}),
        ("completed", {"completion": False}, {}),
        ("passed", {"success": True}, {"type": QUESTION, "interactionType": "choice"}),
        ("completed", {"success": True}, {"interactionType": "true-false"}),
        ("passed", {"success": True}, {"type": "http://adlnet.gov/expapi/activities/question"}),
    ],
)
def test_failed_and_single_questions_are_no_completed_training(
    verb: str, result: JsonObject, definition: JsonObject
) -> None:
    found = record_of(_statement(verb, result, definition), Stream.LEARNING, now=AT)
    assert isinstance(found, LearningRecord)
    assert found.outcome not in events.ACHIEVED


def test_a_whole_quiz_is_one() -> None:
    kind = "http://adlnet.gov/expapi/activities/assessment"
    found = record_of(_statement("passed", {"success": True}, {"type": kind}), Stream.LEARNING, now=AT)
    assert found.outcome in events.ACHIEVED  # type: ignore[union-attr]


# --- in Frappe HR -----------------------------------------------------------------------------------------------------


def _course(who: str, title: str = "SQL") -> Desired:
    values: JsonObject = {
        "course": title,
        "completed_on": "2026-10-01",
        "hours": "6.5",
        "evidence": "https://example.org/1",
    }
    return Desired(Sink.TRAINING, f"training:{who}/{title}", who, values)


def _skill(who: str, level: str = "0.8") -> Desired:
    values: JsonObject = {"skill": "SQL", "proficiency": level, "evaluated_on": "2026-10-01"}
    return Desired(Sink.SKILLS, f"skill:{who}/SQL", who, values)


def _taken_out(ctx: object, desired: Desired) -> object:
    gone = replace(desired, is_withdrawn=True)
    action = WRITER.plan(ctx, gone, WRITER.lookup(ctx, [gone]).get(gone.key))  # type: ignore[arg-type]
    return WRITER.apply(ctx, action, UUID(int=1)) if isinstance(action, Create | Withdraw) else action  # type: ignore[arg-type]


def test_a_training_is_cancelled_and_can_be_written_anew() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    with met(fake) as ctx:
        assert isinstance(_taken_out(ctx, _course(who)), Noop)
        assert isinstance(written(ctx, _course(who)), Done)
        assert isinstance(_taken_out(ctx, _course(who)), Done)
        assert fake.held("Training Result") == fake.held("Training Event") == []
        assert isinstance(_taken_out(ctx, _course(who)), Noop)
        assert isinstance(written(ctx, _course(who)), Done)
    assert len(fake.held("Training Result", docstatus=1)) == 1


def test_without_the_right_to_cancel_it_becomes_a_task_for_hr() -> None:
    fake = site(denied=frozenset({("Training Result", "cancel")}))
    who = fake.employee("Ada Example")
    with met(fake) as ctx:
        assert isinstance(written(ctx, _course(who)), Done)
        outcome = _taken_out(ctx, _course(who))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "by_hand"


def test_a_revoked_badge_takes_its_skill_out_and_no_other() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    fake.insert("Skill", {"skill_name": "Welding"})
    fake.insert(
        "Employee Skill Map", {"employee": who, "employee_skills": [{"skill": "Welding", "proficiency": 0.4}]}
    )
    with met(fake) as ctx:
        assert isinstance(written(ctx, _skill(who)), Done)
        assert isinstance(_taken_out(ctx, _skill(who)), Done)
    rows = fake.docs["Employee Skill Map"][who]["employee_skills"]
    assert [row["skill"] for row in rows] == ["Welding"]  # type: ignore[union-attr,index,call-overload]


def test_a_skill_that_hr_has_raised_since_is_left_to_hr() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    with met(fake) as ctx:
        assert isinstance(written(ctx, _skill(who)), Done)
        rows: list[JsonObject] = [{"skill": "SQL", "proficiency": 1.0}]
        fake.update("Employee Skill Map", who, {"employee_skills": [*rows]})
        outcome = _taken_out(ctx, _skill(who))
    assert isinstance(outcome, Refuse)
    assert outcome.code == "by_hand"
