"""The HR admin drops files, sees how they are read and what would change, answers for columns, and applies them."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import texts
from plugin.connectors.csv_folder.columns import ColumnKind
from plugin.domain import ProcessKind, Role, RunState, Thresholds
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import steps, task_requests
from plugin.services.operation.processes import Process
from plugin.services.operation.steps import Step
from plugin.services.people import account_setup, plausibility
from plugin.services.sources import connection_setup, dropped_files, file_reading, run_requests, sync
from plugin.store import tables
from plugin.store.operation import leased_work, tasks
from plugin.web.admin import file_words
from tests.conftest import FrozenClock
from tests.small_company import PASSWORD, fill, open_cycle
from tests.web.admin_world import HR
from tests.web.conftest import Visitor

PEOPLE = (
    "Employees of Larkfield;;;;\n\n"
    "Pers.Nr.;Name;Mail;Eintritt;Beschäftigungsgrad;Parkplatz\n"
    "104417;Brandt, Lena;l.brandt@example.com;01.09.2025;0,8;P1\n"
    "104418;Wójcik, Hanka;n/a;15.03.2021;1;P2\n"
    "1,04E+05;Quast, Benno;b.quast@example.com;01.02.2018;1;P3\n"
)


@pytest.fixture
def hana(app: Flask, core: Core) -> Visitor:
    account_setup.add_account(
        core, SYSTEM, email=HR, display_name="Hana", password="long enough word", roles=[Role.HR_ADMIN]
    )
    someone = Visitor(app.test_client())
    assert someone.sign_in(HR, "long enough word").status_code == 303
    someone.get("/admin")
    return someone


@pytest.fixture
def files(core: Core) -> int:
    return connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})


def drop(hana: Visitor, files: int, text: str | bytes, name: str = "people.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return hana.post(f"/admin/connections/{files}/files", {"file": (io.BytesIO(data), name)})


def page(hana: Visitor, address: str) -> str:
    answer = hana.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", str(answer.get_data(as_text=True)))


def dropped(hana: Visitor, files: int, text: str | bytes, name: str = "people.csv") -> str:
    answer = drop(hana, files, text, name)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def counted(core: Core) -> int:
    with core.database.reading() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(tables.inbox)).scalar_one())


def test_preview_shows_how_the_file_is_read_and_saves_nothing(hana: Visitor, core: Core, files: int) -> None:
    text = page(hana, dropped(hana, files, PEOPLE))
    for said in (
        "What we read in people.csv",
        "nothing is saved yet",
        "Line 3",
        "Semicolon",
        "Decimal comma",
        "Usual name",
        "Ignored",
        "1 cell, line 5",
        "line 6",
        "0 today, 2 afterwards",
        "Apply 2 new, 0 changed",
        "Brandt, Lena",
        "1 of 3 rows is rejected.",
    ):
        assert said in text, said
    assert counted(core) == 0


def test_preview_says_how_many_rows_are_nobodys(hana: Visitor, files: int) -> None:
    pay = "person_id,effective_on,annual,currency\n" + "".join(
        f"{one},2026-04-01,50000,EUR\n" for one in range(900, 912)
    )
    address = dropped(hana, files, pay, "pay.csv")
    assert "12 rows name employee numbers that no one has." in page(hana, address)
    assert "900" in page(hana, f"{address}?show=waiting")


def test_apply_runs_the_ordinary_sync_over_the_file(hana: Visitor, core: Core, files: int) -> None:
    address = dropped(hana, files, PEOPLE)
    answer = hana.post(f"{address}/apply", {})
    assert answer.status_code == 303
    run = sync.perform_next(core)
    assert run is not None
    assert (run.state, run.counts["new"], run.counts["rejected"], run.counts["cells"]) == (
        RunState.PARTIAL,
        2,
        1,
        1,
    )
    assert "1 of 3 rows could not be used." in page(hana, str(answer.headers["Location"]))
    assert hana.get(address).status_code == 404
    again = page(
        hana, dropped(hana, files, PEOPLE.replace("0,8", "0,9").replace("104418;Wójcik", "104419;Maly"))
    )
    assert "2 today, 3 afterwards" in again
    assert "Apply 1 new, 1 changed" in again
    same = page(hana, dropped(hana, files, PEOPLE))
    assert "No differences. Nothing to apply." in same


def test_an_applied_file_is_undone_with_one_press(hana: Visitor, core: Core, files: int) -> None:
    run_page = str(hana.post(f"{dropped(hana, files, PEOPLE)}/apply", {}).headers["Location"])
    assert "The file is still being read." in page(hana, run_page)
    run = sync.perform_next(core)
    assert run is not None
    for address in (run_page, f"/admin/connections/{files}/files"):
        assert "New records: 2. Changed or withdrawn: 0. New employees: 2." in page(hana, address)
        assert "Undo people.csv" in page(hana, address)
    answer = hana.post(f"/admin/connections/{files}/files/undo", {"run_id": str(run.id)})
    sync.perform_next(core)
    assert "New records removed: 2." in page(hana, str(answer.headers["Location"]))
    assert "Undo people.csv" not in page(hana, run_page)
    again = hana.post(f"/admin/connections/{files}/files/undo", {"run_id": str(run.id)})
    assert "has already undone this file" in page(hana, str(again.headers["Location"]))
    assert counted(core) == 0


def test_a_connection_says_by_type_what_was_not_read(hana: Visitor, core: Core, files: int) -> None:
    hana.post(f"{dropped(hana, files, PEOPLE)}/apply", {})
    sync.perform_next(core)
    text = page(hana, f"/admin/connections/{files}")
    assert re.findall(r'data-label="Not read">(\d+)<', text)[:2] == ["2", "0"]


def test_an_encoding_that_nothing_proves_is_asked_about(hana: Visitor, core: Core, files: int) -> None:
    address = dropped(hana, files, PEOPLE.encode("cp1250"))
    text = page(hana, address)
    assert "is not UTF-8" in text
    assert "Wójcik, Hanka" in text
    assert hana.post(f"{address}/apply", {}).status_code >= 400
    assert hana.post(f"{address}/answers", {"encoding": "cp1250"}).status_code == 303
    assert "Wójcik, Hanka" in page(hana, address)
    hana.post(f"{address}/apply", {})
    assert connection_setup.shown(core, files).connection.settings["encoding"] == "cp1250"


def test_answers_about_columns_are_remembered(hana: Visitor, core: Core, files: int) -> None:
    text = "Kennung,Wer,Boss\nP1,Ada,\nP2,Ben,P1\n"
    address = dropped(hana, files, text)
    asked = page(hana, address)
    assert "Say what these columns are called in the file: Employee ID, Name." in asked
    assert "Apply" not in asked.split("submitbar")[1]
    answers = {
        f"c-{place}{part}": said
        for place, (heading, column) in enumerate(
            [("Kennung", "person_id"), ("Wer", "name"), ("Boss", "manager_id")]
        )
        for part, said in (("-heading", heading), ("-before", ""), ("", column))
    }
    assert hana.post(f"{address}/answers", answers).status_code == 303
    assert "Apply 2 new" in page(hana, address)
    hana.post(f"{address}/apply", {})
    sync.perform_next(core)
    assert connection_setup.shown(core, files).connection.settings["columns"] == {
        "Kennung": "person_id",
        "Wer": "name",
        "Boss": "manager_id",
    }
    assert "Remembered" in page(hana, dropped(hana, files, text))


def test_two_columns_with_one_meaning_block_apply(hana: Visitor, files: int) -> None:
    address = dropped(hana, files, "person_id,name,mail,Work email\nP1,Ada,a@example.com,b@example.com\n")
    text = page(hana, address)
    assert text.count('status reason">Your answer') == 2
    assert hana.post(f"{address}/apply", {}).status_code == 422
    hana.post(f"{address}/answers", {"c-3": "", "c-3-before": "email", "c-3-heading": "Work email"})
    assert "Apply 1 new" in page(hana, address)


def test_one_file_may_hold_people_and_pay(hana: Visitor, core: Core, files: int) -> None:
    head = "Employee ID,Name,Annual salary,Currency,Effective date\n"
    hana.post(f"{dropped(hana, files, head + 'E1,Ada,50000,EUR,2026-01-01' + chr(10))}/apply", {})
    run = sync.perform_next(core)
    assert run is not None
    assert (run.state, run.counts["new"], run.counts["applied"]) == (RunState.SUCCEEDED, 2, 2)
    text = page(hana, dropped(hana, files, head + "E1,Ada,160000,EUR,2027-01-01\n"))
    assert "Check them" in text


def test_a_file_expires_and_may_be_discarded(
    hana: Visitor, clock: FrozenClock, core: Core, files: int
) -> None:
    address = dropped(hana, files, PEOPLE)
    clock.advance(minutes=31)
    hana.sign_in(HR, "long enough word")
    assert hana.get(address).status_code == 404
    assert dropped_files.waiting(core, files) == []
    address = dropped(hana, files, PEOPLE)
    assert hana.post(f"{address}/discard", {}).status_code == 303
    assert hana.get(address).status_code == 404


@pytest.mark.parametrize(("name", "data"), [("people.pdf", b"%PDF"), ("people.csv", b"")])
def test_what_is_no_file_of_ours_is_refused_with_the_remedy(
    hana: Visitor, files: int, name: str, data: bytes
) -> None:
    answer = drop(hana, files, data, name)
    assert answer.status_code == 422
    assert "was not accepted" in answer.get_data(as_text=True)


def test_rejected_rows_can_be_downloaded_with_their_reasons(hana: Visitor, files: int) -> None:
    text = hana.get(dropped(hana, files, PEOPLE) + "/rejected.csv").get_data(as_text=True)
    assert text.splitlines()[0].startswith("\ufeffLine,Pers.Nr.,Name")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["5", "6"]
    reasons = [row[-1] for row in csv.reader(text.splitlines()[1:])]
    assert not any(reason.split()[0] in file_words.COLUMNS for reason in reasons)


def test_a_preview_says_times_and_results_as_the_reader_does(app: Flask) -> None:
    with app.test_request_context(), texts.reading("de"):
        at = file_words.value("occurred_at", ColumnKind.MOMENT, "2026-03-01T12:00:00+00:00")
        assert at.startswith("1. März 2026")
        assert file_words.value("outcome", ColumnKind.TEXT, "Completed") == "Kurs abgeschlossen"


def test_files_of_one_connection_are_not_seen_from_another(hana: Visitor, core: Core, files: int) -> None:
    token = dropped(hana, files, PEOPLE).rpartition("/")[2]
    other = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Other", settings={})
    assert hana.get(f"/admin/connections/{other}/files/{token}").status_code == 404
    assert hana.get(f"/admin/connections/{files}/files/..%2f..").status_code == 404


def test_a_connection_with_a_folder_takes_no_files(hana: Visitor, core: Core) -> None:
    other = connection_setup.add(
        core, SYSTEM, connector="csv_folder", name="Folder", settings={"folder": "hr"}
    )
    assert "This connection reads its files from a folder" in page(hana, f"/admin/connections/{other}/files")
    assert drop(hana, other, PEOPLE).status_code >= 400


def test_a_run_that_was_asked_for_twice_is_one(hana: Visitor, core: Core, files: int) -> None:
    for _n in range(2):
        hana.post(f"{dropped(hana, files, PEOPLE)}/apply", {})
    assert len(run_requests.page(core, connection_id=files)) == 1


PAY = "Employee ID,Name,Annual salary,Currency,Effective date\n"


def _applied(hana: Visitor, core: Core, files: int, text: str) -> None:
    hana.post(f"{dropped(hana, files, text)}/apply", {})
    assert sync.perform_next(core) is not None


@pytest.mark.parametrize(
    ("factor", "annual", "held"), [("3", "150000", True), ("4", "150000", False), ("1.5", "76000", True)]
)
def test_pay_that_the_gate_would_hold_is_shown_as_held_before_it_is_applied(
    hana: Visitor, core: Core, files: int, factor: str, annual: str, held: bool
) -> None:
    """By HR's own thresholds, and what is shown is what happens."""
    if factor != "3":
        plausibility.change(core, SYSTEM, Thresholds(pay_factor=Decimal(factor)), "as our firm pays")
    _applied(hana, core, files, PAY + "E1,Ada,50000,EUR,2026-01-01\n")
    new = PAY + f"E1,Ada,{annual},EUR,2026-10-01\n"
    text = page(hana, dropped(hana, files, new))
    assert ("1 is held until HR releases it" in text) is held
    _applied(hana, core, files, new)
    assert bool(plausibility.counts(core)) is held


@pytest.mark.parametrize(("more", "held"), [(10, False), (11, True), (40, True)])
def test_a_headcount_that_the_gate_would_hold_is_shown_before(
    hana: Visitor, core: Core, files: int, more: int, held: bool
) -> None:
    rows = [f"E{n},Person {n}\n" for n in range(20 + more)]
    _applied(hana, core, files, "person_id,name\n" + "".join(rows[:20]))
    text = page(hana, dropped(hana, files, "person_id,name\n" + "".join(rows)))
    assert (f"The headcount goes from 20 to {20 + more} and is held" in text) is held
    _applied(hana, core, files, "person_id,name\n" + "".join(rows))
    assert bool(plausibility.counts(core)) is held


def test_a_running_cycle_is_named_with_what_it_means_for_it(app: Flask, core: Core, files: int) -> None:
    company = fill(core)
    someone = Visitor(app.test_client())
    assert someone.sign_in(HR, PASSWORD).status_code == 303
    someone.get("/admin")
    assert "is running: its recommendations" not in page(someone, dropped(someone, files, PEOPLE))
    cycle_id = open_cycle(core, company)
    text = page(someone, dropped(someone, files, PEOPLE))
    assert "The cycle Merit cycle 2027 is running" in text
    assert f"/cycles/{cycle_id}" in text


@pytest.fixture
def all_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "AT_ONCE", 1)


@pytest.mark.usefixtures("all_large")
def test_the_page_of_a_large_file_says_how_far_the_worker_is(hana: Visitor, core: Core, files: int) -> None:
    address = dropped(hana, files, PEOPLE)
    text = page(hana, address)
    for said in ("The file is being read", "Waiting for the worker", "No worker is running", "every 2s"):
        assert said in text, said
    Process.here(core, ProcessKind.WORKER, "w").beat(core)
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
        assert held is not None
        tasks.say(tx, core.clock(), held.lease, steps.at(Step.READING_ROWS, 12_000, 40_000))
    for part in (page(hana, address), hana.get(address, **{"HX-Request": "true"}).get_data(as_text=True)):
        assert "12,000 of 40,000 rows read" in part
        assert "No worker is running" not in part
    assert "<html" not in part
    file_reading.perform(core, SYSTEM, held.row.arguments, lambda _words: None)
    assert hana.get(address, **{"HX-Request": "true"}).headers["HX-Redirect"] == address
    assert "Apply 2 new, 0 changed" in page(hana, address)


@pytest.mark.usefixtures("all_large")
def test_a_changed_answer_about_a_large_file_is_read_by_the_worker_too(
    hana: Visitor, core: Core, files: int
) -> None:
    address = dropped(hana, files, PEOPLE.encode("cp1250"))
    page(hana, address)
    assert task_requests.perform_next(core)
    text = page(hana, address)
    assert "is not UTF-8" in text
    assert "Wójcik, Hanka" in text
    assert hana.post(f"{address}/answers", {"encoding": "cp1250"}).status_code == 303
    assert "The file is being read" in page(hana, address)
    assert task_requests.perform_next(core)
    text = page(hana, address)
    assert "Wójcik, Hanka" in text
    assert "Read and compared on" in text
    assert len(task_requests.newest(core, file_reading.KIND)) == 2
    assert "1,04E+05" in hana.get(f"{address}/rejected.csv").get_data(as_text=True)


@pytest.mark.usefixtures("all_large")
def test_reading_that_failed_is_said_and_done_again(hana: Visitor, core: Core, files: int) -> None:
    address = dropped(hana, files, PEOPLE)
    page(hana, address)
    with core.database.transaction() as tx:
        held = tasks.claim(tx, core.clock())
        assert held is not None
        leased_work.set_aside(tx, core.clock(), held.lease, leased_work.lost())
    assert "The worker was lost in the middle of this work" in page(hana, address)
    hana.post(f"{address}/answers", {})
    assert "The file is being read" in page(hana, address)
    assert task_requests.perform_next(core)
    assert "Apply 2 new" in page(hana, address)


def test_the_run_of_an_applied_file_says_that_it_is_saving(hana: Visitor, core: Core, files: int) -> None:
    run_page = str(hana.post(f"{dropped(hana, files, PEOPLE)}/apply", {}).headers["Location"])
    text = page(hana, run_page)
    for said in (
        "Saving.",
        "The records of people.csv are being applied.",
        "No worker is running.",
        "every 5s",
    ):
        assert said in text, said
    sync.perform_next(core)
    text = page(hana, run_page)
    assert "Saving." not in text
    assert "every 5s" not in text
