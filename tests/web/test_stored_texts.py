"""What runs, tasks and records left as messages is read in the reader's language, whoever caused it."""

from __future__ import annotations

import html

import sqlalchemy as sa

from plugin.domain import InboxState, RunState
from plugin.errors import GiveUp
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import task_requests
from plugin.services.sources import run_requests
from plugin.store import tables
from plugin.store.operation import leased_work, queues
from plugin.store.operation.leased_work import Reason
from plugin.store.sources import intake, runs
from plugin.texts import _
from tests.conftest import FrozenClock
from tests.web import admin_world
from tests.web.admin_world import World
from tests.web.conftest import Visitor


def _in_german(visitor: Visitor, address: str) -> str:
    page = visitor.get(address, **{"Accept-Language": "de"})
    assert page.status_code == 200
    return html.unescape(page.get_data(as_text=True))


def _hr(visitor: Visitor) -> Visitor:
    assert visitor.sign_in(admin_world.HR, admin_world.PASSWORD).status_code == 303
    return visitor


def _claimed(core: Core, queue: queues.Queue[object]) -> leased_work.Lease:  # type: ignore[type-var]
    with core.database.transaction() as tx:
        held = leased_work.claim(tx, core.clock(), queue)
    assert held is not None
    return held.lease


def _refused(core: Core, connection_id: int) -> int:
    """A run that the other system's answer stopped; its id."""
    with core.database.transaction() as tx:
        tx.execute(tables.run.update().values(state=RunState.SUCCEEDED))
    run_id = run_requests.request_run(core, SYSTEM, connection_id)
    lease, error = (
        _claimed(core, runs.QUEUE),
        GiveUp(_("the response (status %(status)s) is not JSON", status=200)),
    )
    with core.database.transaction() as tx:
        leased_work.set_aside(tx, core.clock(), lease, Reason(error.code, str(error)))
    return run_id


def test_a_failed_run_says_why_and_what_to_do(core: Core, world: World, visitor: Visitor) -> None:
    run_id = _refused(core, world.failing)
    hana = _hr(visitor)
    for address in (
        f"/admin/connections/{world.failing}",
        f"/admin/connections/{world.failing}/runs/{run_id}",
    ):
        page = _in_german(hana, address)
        assert "ie Antwort (Status 200) ist kein JSON" in page
        assert "starten Sie den Lauf erneut" in page
        assert "is not JSON" not in page


def test_a_reason_within_a_message_is_read_too(world: World, visitor: Visitor) -> None:
    hana = _hr(visitor)
    assert "Port 9 gehört nicht zu einem Webserver" in _in_german(hana, f"/admin/connections/{world.failing}")
    partial = _in_german(hana, f"/admin/connections/{world.files}")
    assert "Häufigster Grund (2 Mal): outcome muss einer dieser Werte sein" in partial


def test_a_message_of_an_older_version_stays(core: Core, world: World, visitor: Visitor) -> None:
    run_id = _refused(core, world.failing)
    with core.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE run SET message = 'the old words', remedy = 'the old remedy'")
    page = _in_german(_hr(visitor), f"/admin/connections/{world.failing}/runs/{run_id}")
    assert "he old words" in page
    assert "he old remedy" in page


def test_a_lost_worker_is_told_of(core: Core, clock: FrozenClock, visitor: Visitor, world: World) -> None:
    with core.database.transaction() as tx:
        tx.execute(tables.run.update().values(state=RunState.SUCCEEDED))
    run_id = run_requests.request_run(core, SYSTEM, world.failing)
    for _once in range(runs.QUEUE.most_losses):
        _claimed(core, runs.QUEUE)
        clock.advance(seconds=runs.QUEUE.lease.total_seconds() + 1)
        run_requests.free_stuck(core)
    page = _in_german(_hr(visitor), f"/admin/connections/{world.failing}/runs/{run_id}")
    assert "er Worker ist mitten in dieser Arbeit ausgefallen" in page
    assert "beheben Sie, was die Meldung sagt" not in page
    assert "ehen Sie im Protokoll des Workers nach, was ihn beendet hat" in page


def test_rows_and_records_that_cannot_be_used_say_why(core: Core, world: World, visitor: Visitor) -> None:
    with core.database.transaction() as tx:
        item = intake.Mark(1, InboxState.REJECTED, code="missing", message=_("the appraisal needs a score"))
        intake.mark(tx, core.clock(), [item])
        last = tx.execute(sa.select(sa.func.max(tables.rejected_row.c.run_id))).scalar_one()
    hana = _hr(visitor)
    rows = _in_german(hana, f"/admin/connections/{world.files}/runs/{last}")
    assert "learning.csv Zeile 33" in rows
    assert "utcome muss einer dieser Werte sein" in rows
    assert "ie Beurteilung benötigt eine Punktzahl" in _in_german(hana, "/admin/set-aside")


def test_a_failed_task_says_why(core: Core, visitor: Visitor, world: World) -> None:
    visitor.sign_in("anna@example.com", admin_world.PASSWORD)
    task_id = task_requests.request(core, SYSTEM, "train", "policy:77", {"policy_id": 77})
    assert task_requests.perform_next(core)
    page = _in_german(visitor, f"/tasks/{task_id}")
    assert "ie Richtlinie ist nicht vorhanden" in page
    assert "starten Sie die Aufgabe dann erneut" in page
