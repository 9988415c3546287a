"""Rejected records, and rows that never became records: each page says both."""

from __future__ import annotations

from flask import Flask

from plugin.services.core import SYSTEM, Core
from plugin.services.sources import run_requests
from plugin.store.sources import runs
from plugin.store.sources.runs import NewRejection
from plugin.store.tables import rejected_row, run
from tests.web.admin_world import HR, World
from tests.web.conftest import Visitor


def test_a_row_that_could_not_be_read_is_counted_and_linked(app: Flask, core: Core, world: World) -> None:
    first = run_requests.request_run(core, SYSTEM, world.files)
    row = NewRejection(world.files, first, "people", "people.csv:3", "bad_date", "made up", core.clock())
    with core.database.transaction() as tx:
        tx.execute(rejected_row.delete())
        runs.reject(tx, [row, row])
        tx.execute(run.update().where(run.c.id == first).values(counts={"rejected": 1, "cells": 1}))
    someone = Visitor(app.test_client())
    someone.sign_in(HR, "long enough word")
    link = f'href="/admin/connections/{world.files}/runs/{first}#rows"'
    pages = ("/admin/set-aside", f"/admin/connections/{world.files}/set-aside")
    for address in pages:
        page = someone.get(address).get_data(as_text=True)
        assert "There are no rejected records to retry." in page
        assert "All records that were read could be used." not in page
        assert "2 rows or cells in the run of" in page
        assert link in page
    page = someone.get(f"/admin/connections/{world.files}").get_data(as_text=True)
    assert "2 rows or cells not read" in page
    assert link in page
    listed = someone.get("/admin/connections").get_data(as_text=True)
    assert f'<a href="/admin/connections/{world.files}/set-aside">2</a>' in listed
    overview = someone.get("/admin").get_data(as_text=True)
    assert '<span class="num">2</span> <span class="task-t">Rejected records</span>' in overview


def test_nothing_rejected_is_said_only_when_everything_was_read(app: Flask, core: Core, world: World) -> None:
    with core.database.transaction() as tx:
        tx.execute(rejected_row.delete())
    someone = Visitor(app.test_client())
    someone.sign_in(HR, "long enough word")
    page = someone.get("/admin/set-aside").get_data(as_text=True)
    assert "No rejected records. All records that were read could be used." in page
