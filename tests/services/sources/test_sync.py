"""The sync kernel on real files: once, resumed, revised, withdrawn, unmatched, and never more than asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from plugin.connectors.base import Upsert
from plugin.domain import HeldRule, InboxState, Role, Stream
from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import backlog, endpoint_setup
from plugin.services.people import account_setup, plausibility, signing_in
from plugin.services.sources import applying, connection_setup, inbox, matching, run_requests, sync
from plugin.store import tables
from plugin.store.database import Tx
from plugin.store.people import withheld

PEOPLE = """person_id,name,email,employee_number,manager_id,job_title,job_family,level,org_unit,country,hired_on,left_on,fte
E1,Ada Example,ada@example.com,1001,,Head,Engineering,L5,Lab,DE,2015-01-01,,1
E2,Bram Sample,bram@example.com,1002,E1,Engineer,Engineering,L3,Lab,DE,2019-03-01,,0.8
"""
PAY = """person_id,effective_on,annual,currency
E1,2026-01-01,98000.50,EUR
E2,2026-01-01,61000,EUR
E9,2026-01-01,50000,EUR
"""
LEARNING = """record_id,email,employee_number,activity_id,title,outcome,occurred_at,hours,score_percent
R1,Bram@Example.com,,https://lms.example.org/c/1,Testing,completed,2026-05-04T10:00:00Z,3.5,80
R2,old.bram@example.com,,https://lms.example.org/c/2,Writing,completed,2026-05-05T10:00:00Z,2,
R3,bram@example.com,,https://lms.example.org/c/3,Broken,completed,yesterday,2,
"""


@pytest.fixture
def folder(core_or_any: Core) -> Path:
    path = Path(core_or_any.settings.files_root) / "hr"
    path.mkdir(parents=True)
    (path / "people.csv").write_text(PEOPLE)
    (path / "pay.csv").write_text(PAY)
    (path / "learning.csv").write_text(LEARNING)
    return path


@pytest.fixture
def core_or_any(any_core: Core) -> Core:
    return any_core


@pytest.fixture
def connection_id(core_or_any: Core, folder: Path) -> int:
    return connection_setup.add(
        core_or_any,
        SYSTEM,
        connector="csv_folder",
        name="Files",
        settings={"folder": folder.name, "complete": True},
    )


def run(core: Core, connection_id: int) -> run_requests.Run:
    run_id = run_requests.request_run(core, SYSTEM, connection_id)
    ended = sync.perform_next(core, run_id=run_id)
    assert ended is not None
    return ended


def rows(core: Core, table: sa.Table) -> list[sa.RowMapping]:
    with core.database.reading() as tx:
        return list(tx.execute(sa.select(table).order_by(table.c.id)).mappings())


def test_files_become_people_pay_and_learning(any_core: Core, connection_id: int) -> None:
    ended = run(any_core, connection_id)
    assert ended.state == "partial"  # one row was refused, and says so
    ada, bram = rows(any_core, tables.person)
    assert (ada["display_name"], bram["manager_id"], bram["fte"]) == (
        "Ada Example",
        ada["id"],
        Decimal("0.8"),
    )
    assert [(row["person_id"], row["annual"]) for row in rows(any_core, tables.pay)] == [
        (ada["id"], Decimal("98000.5")),
        (bram["id"], Decimal(61000)),
    ]
    assert [(row["source_id"], row["hours"]) for row in rows(any_core, tables.learning)] == [
        ("R1", Decimal("3.5"))
    ]


def test_refused_row_is_kept_with_place_and_reason(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    (rejected,) = run_requests.rejections(any_core, connection_id)
    assert "4" in rejected.place
    assert "learning.csv" in rejected.place
    assert "occurred_at" in rejected.message


def test_second_run_changes_nothing(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    before = [rows(any_core, table) for table in (tables.inbox, tables.person, tables.pay, tables.learning)]
    again = run(any_core, connection_id)
    assert again.counts["new"] == again.counts["changed"] == 0
    assert [
        rows(any_core, table) for table in (tables.inbox, tables.person, tables.pay, tables.learning)
    ] == before


def test_nobody_is_created_for_an_unknown_address(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    assert len(rows(any_core, tables.person)) == 2
    names = [(one.kind, one.value, one.records) for one in matching.unmatched(any_core)]
    assert ("email", "old.bram@example.com", 1) in names
    assert ("employee_number", "E9", 1) in names


def test_linked_address_lets_the_waiting_record_in(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    bram = rows(any_core, tables.person)[1]["id"]
    counts = matching.link(any_core, SYSTEM, kind="email", value="Old.Bram@example.com", person_id=bram)
    assert counts["applied"] == 1
    assert [row["source_id"] for row in rows(any_core, tables.learning)] == ["R1", "R2"]
    with pytest.raises(InvalidInput, match="belongs to an employee"):
        matching.link(any_core, SYSTEM, kind="email", value="old.bram@example.com", person_id=bram)


def test_new_employee_lets_the_waiting_record_in(any_core: Core, connection_id: int, folder: Path) -> None:
    run(any_core, connection_id)
    (folder / "people.csv").write_text(
        PEOPLE + "E9,Cleo Fictive,cleo@example.com,1009,E1,Engineer,Engineering,L3,Lab,DE,2026-01-01,,1\n"
    )
    run(any_core, connection_id)
    assert [row["annual"] for row in rows(any_core, tables.pay)][-1] == Decimal(50000)
    assert all(one.value != "E9" for one in matching.unmatched(any_core))


def test_revised_record_replaces_and_going_back_counts(
    any_core: Core, connection_id: int, folder: Path
) -> None:
    for hours in ("4", "3.5"):
        run(any_core, connection_id)
        (folder / "learning.csv").write_text(LEARNING.replace(",3.5,80", f",{hours},80"))
    run(any_core, connection_id)
    assert [row["hours"] for row in rows(any_core, tables.learning)] == [Decimal("3.5")]
    assert rows(any_core, tables.inbox)[-2]["revision"] == 3


def test_row_gone_from_two_complete_files_is_withdrawn(
    any_core: Core, connection_id: int, folder: Path
) -> None:
    good = "\n".join(LEARNING.splitlines()[:3]) + "\n"
    (folder / "learning.csv").write_text(good)
    run(any_core, connection_id)
    header = LEARNING.splitlines()[0]
    for spare in ("", "\n"):  # two listings that differ, both without R1
        (folder / "learning.csv").write_text(f"{header}\n{LEARNING.splitlines()[2]}\n{spare}")
        kept = len(rows(any_core, tables.learning))
        run(any_core, connection_id)
    assert kept == 1  # after the first listing it still counts
    assert rows(any_core, tables.learning) == []


def test_mass_delete_is_held_back(any_core: Core, connection_id: int, folder: Path) -> None:
    many = PEOPLE + "".join(
        f"X{n},Extra {n},x{n}@example.com,{n},E1,,Engineering,L3,Lab,DE,2020-01-01,,1\n" for n in range(40)
    )
    (folder / "people.csv").write_text(many)
    run(any_core, connection_id)
    for spare in ("", "\n"):
        (folder / "people.csv").write_text(PEOPLE + spare)
        ended = run(any_core, connection_id)
    assert (ended.state, ended.code) == ("partial", "mass_delete")
    assert all(row["left_on"] is None for row in rows(any_core, tables.person))


def test_missing_folder_fails_with_a_remedy(any_core: Core, folder: Path) -> None:
    broken = connection_setup.add(
        any_core, SYSTEM, connector="csv_folder", name="Broken", settings={"folder": "nowhere"}
    )
    ended = run(any_core, broken)
    assert ended.state == "failed"
    assert ended.message
    assert ended.remedy
    assert any(probe.ok is False and probe.remedy for probe in connection_setup.check(any_core, broken))


def test_waiting_request_is_not_doubled(any_core: Core, connection_id: int) -> None:
    first = run_requests.request_run(any_core, SYSTEM, connection_id)
    assert run_requests.request_run(any_core, SYSTEM, connection_id, ["pay"]) == first


def test_paused_connection_does_not_run(any_core: Core, connection_id: int) -> None:
    shown = connection_setup.shown(any_core, connection_id)
    connection_setup.set_state(any_core, SYSTEM, connection_id, shown.connection.version, "paused")
    run_requests.request_run(any_core, SYSTEM, connection_id)
    assert sync.perform_next(any_core) is None


def test_dead_workers_run_is_taken_over(any_core: Core, connection_id: int, clock) -> None:
    from plugin.store.sources import runs

    run_id = run_requests.request_run(any_core, SYSTEM, connection_id)
    with any_core.database.transaction() as tx:
        assert runs.claim(tx, any_core.clock()) is not None  # a worker that dies here
    assert sync.perform_next(any_core) is None
    clock.advance(minutes=6)
    assert run_requests.free_stuck(any_core) == 1
    ended = sync.perform_next(any_core)
    assert ended is not None
    assert (ended.id, ended.state) == (run_id, "partial")


def test_account_of_a_person_is_linked(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    person_id = rows(any_core, tables.person)[0]["id"]
    account = account_setup.add_account(
        any_core,
        SYSTEM,
        email="m@example.com",
        display_name="M",
        password="long enough word",
        roles=[Role.MANAGER],
    )
    account_setup.link_person(any_core, SYSTEM, account, person_id)
    assert (
        signing_in.with_password(any_core, "m@example.com", "long enough word").actor.person_id == person_id
    )


def test_what_no_database_can_hold_does_not_stop_its_neighbours(
    any_core: Core, connection_id: int, folder: Path
) -> None:
    long = "x" * 6000
    (folder / "people.csv").write_text(
        PEOPLE + f"E3,Long {long},long@example.com,1003,E1,,Engineering,L3,Lab,DE,2020-01-01,,1\n"
    )
    (folder / "pay.csv").write_text(PAY + "E1,2025-01-01,99999999999999999,EUR\n")
    run(any_core, connection_id)
    assert len(rows(any_core, tables.person)) == 2
    assert len(rows(any_core, tables.pay)) == 2
    said = {(one.stream, one.code) for one in matching.set_aside(any_core)} | {
        (one.stream, one.code) for one in run_requests.rejections(any_core, connection_id)
    }
    assert {stream for stream, _ in said} >= {"people", "pay"}


def test_signs_that_cannot_be_stored_are_set_aside(any_core: Core, connection_id: int) -> None:
    bad = [
        Upsert("R8", {"title": "null \x00 inside"}),
        Upsert("R9", {"title": "half \ud800 sign"}),
        Upsert("k" * 600, {}),
    ]
    counts = inbox.accept(any_core, connection_id, Stream.LEARNING, [*bad, Upsert("R10", {"title": "good"})])
    assert (counts["rejected"], counts["new"]) == (3, 1)
    assert {one.code for one in run_requests.rejections(any_core, connection_id)} == {"unstorable"}


def test_change_and_its_undoing_are_two_deliveries(
    any_core: Core, connection_id: int, folder: Path, clock
) -> None:
    endpoint_setup.add(any_core, SYSTEM, endpoint_setup.Wish("All", "https://in.example.com/x"))
    for hours in ("3.5", "4", "3.5", "3.5"):
        (folder / "learning.csv").write_text(LEARNING.replace(",3.5,80", f",{hours},80"))
        clock.advance(minutes=1)
        run(any_core, connection_id)
    sent = [one for one in backlog.page(any_core) if one.event_type == "learning.recorded"]
    assert len(sent) == 3


def test_run_that_breaks_ends_at_once_and_says_so(
    core_or_any: Core, connection_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> dict[str, int]:
        raise KeyError

    with monkeypatch.context() as patched:
        patched.setattr(sync.applying, "apply_pending", broken)
        with pytest.raises(KeyError):  # for the worker's log
            run(core_or_any, connection_id)
    (ended,) = run_requests.page(core_or_any)
    assert (ended.state, ended.code, ended.attempts) == ("failed", "unexpected", 1)
    assert "worker's log" in str(ended.remedy)
    assert run(core_or_any, connection_id).state in ("succeeded", "partial"), "what was read is not lost"


class _Killed(Exception):
    pass


def test_values_that_a_crash_left_unjudged_are_held_and_judged_by_the_next_run(
    any_core: Core, connection_id: int
) -> None:
    """The process dies after the pay was stored, while it stores what comes next."""
    run(any_core, connection_id)
    ada, bram = (row["id"] for row in rows(any_core, tables.person))
    with any_core.database.transaction() as tx:
        kept = tables.inbox.c
        wage = (kept.stream == Stream.PAY) & (kept.person_id == ada)
        raw = tx.execute(sa.select(kept.raw).where(wage)).scalar_one()
        tx.execute(tables.inbox.update().where(wage).values(raw={**raw, "annual": "8166"}))
        tx.execute(tables.inbox.update().where(kept.person_id.is_not(None)).values(state=InboxState.PENDING))
    batches: list[None] = []

    def die_with_the_learning(tx: Tx) -> None:
        batches.append(None)
        if len(batches) == 3:
            raise _Killed

    with pytest.raises(_Killed):
        applying.apply_pending(any_core, connection_id, step=die_with_the_learning)
    assert Decimal(8166) in [row["annual"] for row in rows(any_core, tables.pay)]
    assert plausibility.page(any_core) == []
    with any_core.database.reading() as tx:
        assert withheld.held_people(tx) == dict.fromkeys((ada, bram), (HeldRule.UNJUDGED,))
    applying.apply_pending(any_core, connection_id)
    with any_core.database.reading() as tx:
        assert withheld.held_people(tx) == {ada: (HeldRule.PAY_JUMP,)}


def test_a_run_that_ends_leaves_nobody_waiting(any_core: Core, connection_id: int) -> None:
    run(any_core, connection_id)
    with any_core.database.reading() as tx:
        assert tx.execute(sa.select(tables.unjudged)).all() == []
