"""A run that cannot use everything is partial, and says how much it could not use and the commonest reason, wherever it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from plugin.connectors.base import Reject, Upsert
from plugin.domain import RunState, Stream
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import installation_status
from plugin.services.sources import connection_setup, inbox, run_requests, sync
from plugin.store import tables
from plugin.store.sources.runs import Run


@pytest.fixture
def folder(any_core: Core) -> Path:
    path = Path(any_core.settings.files_root) / "hr"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def connection_id(any_core: Core, folder: Path) -> int:
    return connection_setup.add(
        any_core, SYSTEM, connector="csv_folder", name="Files", settings={"folder": folder.name}
    )


def run(core: Core, connection_id: int) -> Run:
    ended = sync.perform_next(core, run_id=run_requests.request_run(core, SYSTEM, connection_id))
    assert ended is not None
    return ended


def test_number_and_commonest_reason(any_core: Core, folder: Path, connection_id: int) -> None:
    (folder / "people.csv").write_text(
        "person_id,name,email,fte\nP1,Ada,n/a,1\nP2,Ben,none,1\nP3,Cleo,c@example.com,9\n,Dan,,\nP5,Eve,,1\n"
    )
    ended = run(any_core, connection_id)
    assert ended.state == RunState.PARTIAL
    assert (ended.counts["read"], ended.counts["new"]) == (5, 4)
    assert (ended.counts["rejected"], ended.counts["cells"]) == (1, 3)
    assert ended.message == (
        "1 of 5 rows could not be used. 3 cells could not be read; the rest of their rows is used. "
        "Most common reason (2 times): email must be an email address."
    )
    assert ended.remedy
    found = {one.place: one.code for one in run_requests.rejections(any_core, connection_id)}
    assert found == {
        "people.csv line 2, email": "email",
        "people.csv line 3, email": "email",
        "people.csv line 4, fte": "range",
        "people.csv line 5": "missing",
    }


def test_records_that_cannot_be_applied_make_a_run_partial(
    any_core: Core, folder: Path, connection_id: int
) -> None:
    """As on a real suite, where 81 of 81 ratings could not be used and the run had succeeded."""
    (folder / "people.csv").write_text(f"person_id,name\nP1,{'x' * 400}\nP2,Ben\n")
    ended = run(any_core, connection_id)
    assert ended.state == RunState.PARTIAL
    assert ended.counts["unusable"] == 1
    assert (ended.message or "").startswith("1 of 2 rows could not be used. Reason: ")


def test_a_run_that_used_everything_says_nothing(any_core: Core, folder: Path, connection_id: int) -> None:
    (folder / "people.csv").write_text("person_id,name\nP1,Ada\n")
    ended = run(any_core, connection_id)
    assert (ended.state, ended.message) == (RunState.SUCCEEDED, None)


def test_value_on_record_stays_where_the_new_cell_cannot_be_read(
    any_core: Core, folder: Path, connection_id: int
) -> None:
    (folder / "people.csv").write_text("person_id,name,left_on\nP1,Ada,31.10.2026\nP2,Ben,\n")
    run(any_core, connection_id)
    (folder / "people.csv").write_text("person_id,name,left_on\nP1,Ada Example,soon\nP2,Ben,never\n")
    assert run(any_core, connection_id).counts["changed"] == 1  # Ben is as he was
    with any_core.database.reading() as tx:
        rows = tx.execute(
            sa.select(tables.person.c.display_name, tables.person.c.left_on).order_by("source_id")
        )
        assert [(row.display_name, str(row.left_on)) for row in rows] == [
            ("Ada Example", "2026-10-31"),
            ("Ben", "None"),
        ]


def test_cells_that_are_kept_come_from_the_live_record_of_that_key(
    any_core: Core, connection_id: int
) -> None:
    first = [
        Upsert("P1", {"person_id": "P1", "name": "Ada", "email": "ada@example.com"}),
        Upsert("P2", {"name": "Ben"}),
    ]
    inbox.accept(any_core, connection_id, Stream.PEOPLE, first)
    counts = inbox.accept(
        any_core,
        connection_id,
        Stream.PEOPLE,
        [
            Reject("line 2", "email", "no address", cell="email"),
            Upsert("P1", {"person_id": "P1", "name": "Ada"}, kept=("email",)),
            Upsert("P3", {"person_id": "P3", "name": "Eve"}, kept=("email",)),
        ],
    )
    assert (counts["read"], counts["unchanged"], counts["new"], counts["cells"]) == (2, 1, 1, 1)


def test_rows_that_could_not_be_read_count_as_rejected_until_the_file_is_read_anew(
    any_core: Core, folder: Path, connection_id: int
) -> None:
    """An unchanged file isn't read again, and another file says nothing of this one."""
    (folder / "people.csv").write_text("person_id,name,email\nP1,Ada,n/a\n,Dan,d@example.com\n")
    first = run(any_core, connection_id)
    (folder / "ratings.csv").write_text("person_id,value,on\nP1,4,2026-06-30\n")
    run(any_core, connection_id)
    assert installation_status.of(any_core, connection_id).rejected == 2
    assert installation_status.page(any_core)[0].rejected == 2
    assert installation_status.work(any_core).unread == 2
    (unread,) = run_requests.unread(any_core)
    assert (unread.run_id, unread.stream, unread.number) == (first.id, Stream.PEOPLE, 2)
    (folder / "people.csv").write_text("person_id,name,email\nP1,Ada,a@example.com\nP2,Dan,d@example.com\n")
    run(any_core, connection_id)
    assert installation_status.of(any_core, connection_id).rejected == 0
    assert run_requests.unread(any_core, connection_id=connection_id) == []


def test_an_older_row_counts_until_its_record_was_read(any_core: Core, connection_id: int) -> None:
    """A source that reads only what is new never tells an unread row again by itself."""
    runs_made = [_read(any_core, connection_id, key) for key in ("bad", "other", "bad-too", "later")]
    assert _unread(any_core, connection_id) == {runs_made[0]: 1, runs_made[2]: 1}
    mended = _read(any_core, connection_id, "bad", is_mended=True)
    assert _unread(any_core, connection_id) == {runs_made[2]: 1}
    again = _read(any_core, connection_id, "bad-too")
    assert _unread(any_core, connection_id) == {again: 1}
    assert len(run_requests.rejections(any_core, connection_id)) == 3
    assert mended > runs_made[3]


def _workbook(folder: Path, *rows: list[str]) -> None:
    book = Workbook()
    for row in (["person_id", "name"], *rows):
        book.active.append(row)
    book.save(folder / "people.xlsx")


def _read(core: Core, connection_id: int, key: str, *, is_mended: bool = False) -> int:
    """A run that takes one record, which cannot be read when its key says so."""
    run_id = run_requests.request_run(core, SYSTEM, connection_id)
    bad = key.startswith("bad") and not is_mended
    change = Reject("a page", "odd", "it is odd", key=key) if bad else Upsert(key, {"name": key})
    with core.database.transaction() as tx:
        inbox.take(tx, core.clock(), connection_id, Stream.PEOPLE, [change], run_id=run_id, slice_key="all")
        tx.execute(tables.run.update().where(tables.run.c.id == run_id).values(state=RunState.SUCCEEDED))
    return run_id


def _unread(core: Core, connection_id: int) -> dict[int, int]:
    return {one.run_id: one.number for one in run_requests.unread(core, connection_id=connection_id)}


def test_another_file_of_the_stream_leaves_a_row_without_a_key_unread(
    any_core: Core, folder: Path, connection_id: int
) -> None:
    (folder / "people.csv").write_text("person_id,name\nP1,Ada\n,Dan\n")
    _workbook(folder, ["P3", "Cleo"])
    run(any_core, connection_id)
    _workbook(folder, ["P3", "Cleo"], ["P4", "Eve"])
    run(any_core, connection_id)
    assert sum(_unread(any_core, connection_id).values()) == 1
    (folder / "people.csv").write_text("person_id,name\nP1,Ada\nP2,Dan\n,Dee\n")
    anew = run(any_core, connection_id)
    assert _unread(any_core, connection_id) == {anew.id: 1}
    (folder / "people.csv").unlink()  # what it stood in is gone
    run(any_core, connection_id)
    assert _unread(any_core, connection_id) == {}
