"""How connections do and what waits, on both databases: each state is told from the runs and holds that make it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.domain import OutboxKind, Role
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import installation_status
from plugin.services.people import account_setup, api_tokens
from plugin.services.sources import connection_setup, run_requests, sync
from plugin.store.delivery import holds
from plugin.store.delivery.holds import Hold
from plugin.store.operation import leased_work, slots
from plugin.store.operation.leased_work import Reason
from plugin.store.operation.slots import Beat
from plugin.store.sources import runs


@pytest.fixture
def files(any_core: Core) -> int:
    folder = Path(any_core.settings.files_root) / "hr"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    return connection_setup.add(
        any_core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": "hr"}
    )


def run(core: Core, connection_id: int) -> None:
    run_requests.request_run(core, SYSTEM, connection_id)
    assert sync.perform_next(core) is not None


def state(core: Core, connection_id: int) -> str:
    return installation_status.of(core, connection_id).state


def test_states_follow_the_runs(any_core: Core, files: int) -> None:
    assert state(any_core, files) == "never"
    run_requests.request_run(any_core, SYSTEM, files)
    assert state(any_core, files) == "queued"
    with any_core.database.transaction() as tx:
        held = runs.claim(tx, any_core.clock())
    assert held is not None
    assert state(any_core, files) == "running"
    with any_core.database.transaction() as tx:
        leased_work.again(tx, any_core.clock(), held.lease, any_core.clock(), Reason("transient", "busy"))
    assert state(any_core, files) == "retrying"
    assert sync.perform_next(any_core) is not None
    assert state(any_core, files) == "ok"
    assert installation_status.of(any_core, files).records == {"applied": 1}


def test_a_bad_row_makes_it_partial(any_core: Core, files: int) -> None:
    folder = Path(any_core.settings.files_root) / "hr"
    (folder / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n,Nobody,\n")
    run(any_core, files)
    assert state(any_core, files) == "partial"


def test_a_missing_folder_makes_it_failed_and_a_pause_goes_before(any_core: Core, files: int) -> None:
    (Path(any_core.settings.files_root) / "hr" / "people.csv").unlink()
    (Path(any_core.settings.files_root) / "hr").rmdir()
    run(any_core, files)
    assert state(any_core, files) == "failed"
    assert installation_status.of(any_core, files).needs_a_person
    connection_setup.set_state(any_core, SYSTEM, files, 1, "paused")
    assert state(any_core, files) == "paused"


def test_a_hold_without_end_needs_a_person(any_core: Core, files: int, clock: Any) -> None:
    clock.advance(seconds=1)
    with any_core.database.transaction() as tx:
        holds.hold(tx, Hold(OutboxKind.WRITE, files, None, "auth", "refused", clock()))
    assert state(any_core, files) == "held"
    assert len(installation_status.work(any_core).holds) == 1


def test_a_receiver_listens_and_is_never_late(any_core: Core, clock: Any) -> None:
    settings = {"client_id": "c", "client_secret": "x" * 40}
    added = connection_setup.add(
        any_core, SYSTEM, connector="xapi_receiver", name="Pushed", settings=settings
    )
    clock.advance(days=30)
    found = installation_status.of(any_core, added)
    assert (found.state, found.is_pushed, found.is_stale) == ("listening", True, False)


def test_next_and_late_follow_the_schedule(any_core: Core, files: int, clock: Any) -> None:
    assert installation_status.of(any_core, files).next_at is None
    connection_setup.set_schedule(any_core, SYSTEM, files, 1, every_minutes=60, sinks=[])
    run(any_core, files)
    found = installation_status.of(any_core, files)
    assert (found.next_at, found.is_stale) == (clock() + timedelta(hours=1), False)
    clock.advance(hours=4, minutes=1)
    assert installation_status.of(any_core, files).is_stale


def test_days_are_those_of_the_companys_time_zone(any_core: Core, files: int, clock: Any) -> None:
    from dataclasses import replace

    clock.moment = clock.moment.replace(hour=23, minute=30)  # already tomorrow in Tokyo
    run(any_core, files)
    clock.advance(hours=1)
    tokyo = replace(any_core, settings=replace(any_core.settings, time_zone="Asia/Tokyo"))
    here, there = installation_status.days(any_core, files), installation_status.days(tokyo, files)
    assert [(day.on.day, day.runs) for day in here[-2:]] == [(21, 1), (22, 0)]
    assert [(day.on.day, day.runs) for day in there[-2:]] == [(21, 0), (22, 1)]
    assert len(here) == len(there) == 30
    assert here[-2].changed == 1


def test_work_counts_what_waits_and_who_is_alive(any_core: Core, files: int, clock: Any) -> None:
    folder = Path(any_core.settings.files_root) / "hr"
    (folder / "learning.csv").write_text(
        "record_id,email,activity_id,title,outcome,occurred_at\n"
        "R1,guest@example.org,https://lms.example.org/1,Testing,completed,2026-01-01T00:00:00Z\n"
    )
    run(any_core, files)
    with any_core.database.transaction() as tx:
        slots.beat(tx, Beat("worker:a:1", "worker", clock(), clock()))
        slots.beat(tx, Beat("worker:b:2", "worker", clock(), clock() - timedelta(hours=1)))
    work = installation_status.work(any_core)
    assert work.unmatched == 1
    assert work.records == {"applied": 1, "waiting": 1}
    assert work.runs == {"succeeded": 1}
    assert work.connections == {"active": 1}
    assert [one.process for one in work.processes] == ["worker:a:1"]
    assert installation_status.streams(any_core, files)["learning"] == {"waiting": 1}
    assert installation_status.names(any_core) == {files: "Files"}


def test_connections_are_paged(any_core: Core, files: int) -> None:
    more = [
        connection_setup.add(
            any_core, SYSTEM, connector="csv_folder", name=f"Files {n}", settings={"folder": "hr"}
        )
        for n in range(3)
    ]
    first = installation_status.page(any_core, limit=2)
    assert [one.connection.id for one in first] == [files, more[0]]
    rest = installation_status.page(any_core, after=more[0], limit=5)
    assert [one.connection.id for one in rest] == more[1:]


def test_tokens_of_all_accounts_newest_first(any_core: Core) -> None:
    for n in range(3):
        account = account_setup.add_account(
            any_core,
            SYSTEM,
            email=f"a{n}@example.com",
            display_name="",
            password="long enough word",
            roles=[Role.OPERATOR],
        )
        api_tokens.make(any_core, SYSTEM, account_id=account, name=f"t{n}")
    newest = installation_status.tokens(any_core, limit=2)
    assert [(one.token.name, one.email) for one in newest] == [
        ("t2", "a2@example.com"),
        ("t1", "a1@example.com"),
    ]
    assert [one.token.name for one in installation_status.tokens(any_core, before=newest[-1].token.id)] == [
        "t0"
    ]


def test_ready_when_the_database_is_of_this_release(any_core: Core) -> None:
    assert installation_status.is_ready(any_core)
