"""The HR admin sets up, tests, runs, changes and removes connections on the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from plugin.domain import InboxState, Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup
from plugin.services.sources import connection_opening, connection_setup, run_requests, sync
from plugin.testing.fake_xapi_lrs import FakeXapiLrs
from plugin.testing.serving import serve
from tests.web.admin_world import HR, PASSWORD, World
from tests.web.conftest import Visitor

SECRET = "typed-secret-271828"


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
def folder(core: Core) -> Path:
    path = Path(core.settings.files_root) / "hr"
    path.mkdir(parents=True)
    (path / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    (path / "learning.csv").write_text(
        "record_id,email,activity_id,title,outcome,occurred_at,hours\n"
        "R1,guest.ada@example.org,https://lms.example.org/1,Testing,completed,2026-01-01T00:00:00Z,1\n"
    )
    return path


def add_files(hana: Visitor, **more: str) -> int:
    answer = hana.post(
        "/admin/connections/add/csv_folder", {"do": "save", "name": "Files", "s-folder": "hr", **more}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(answer.headers["Location"].rpartition("/")[2])


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_catalogue_names_every_connector(hana: Visitor) -> None:
    text = text_of(hana.get("/admin/connections/add"))
    for title in ("Files (CSV, Excel)", "Frappe HR", "Learning record store (xAPI)"):
        assert title in text


def test_form_says_what_is_read_why_and_what_is_not_seen(hana: Visitor) -> None:
    text = text_of(hana.get("/admin/connections/add/frappe_hr"))
    for said in (
        "The position in the pay range and the amount of a raise.",
        "Role HR Manager.",
        "Deletions, unless",
        "https://hr.example.com",
    ):
        assert said in text
    assert re.search(r'<input id="s-api_secret" name="s-api_secret" type="password" value=""', text)


def test_unknown_connector_is_not_found(hana: Visitor) -> None:
    assert hana.get("/admin/connections/add/nothing").status_code == 404


def test_wrong_fields_say_so_beside_themselves_and_keep_what_was_typed(hana: Visitor) -> None:
    answer = hana.post(
        "/admin/connections/add/xapi_lrs",
        {
            "do": "save",
            "name": "Store",
            "s-endpoint": "no address",
            "s-username": "reader",
            "s-password": SECRET,
        },
    )
    text = text_of(answer)
    assert answer.status_code == 422
    assert 'id="s-endpoint-error">Must be a web address that begins with https://' in text
    assert re.search(r'id="s-endpoint"[^>]*aria-describedby="s-endpoint-help s-endpoint-error"', text)
    assert 'value="no address"' in text
    assert 'value="reader"' in text
    assert SECRET not in text


def test_settings_in_the_fold_open_when_one_is_wrong(hana: Visitor) -> None:
    data = {"do": "save", "name": "S", "s-endpoint": "https://lrs.example.com", "s-username": "u", "s-password": "p"}  # fmt: skip
    fine = text_of(hana.post("/admin/connections/add/xapi_lrs", {**data, "s-page_size": "0"}))
    assert '<details class="fine" open>' in fine
    assert "Must be from 1 to 1,000" in fine


def test_test_before_saving_shows_steps_and_saves_nothing(hana: Visitor, core: Core, folder: Path) -> None:
    data = {"do": "test", "name": "Files", "s-folder": "hr"}
    text = text_of(hana.post("/admin/connections/add/csv_folder", data))
    assert "A test saves nothing." in text
    assert "Every step passed" in text
    assert connection_setup.page(core) == []


def test_failed_test_says_the_step_the_words_and_the_remedy(hana: Visitor, core: Core) -> None:
    fake = FakeXapiLrs(username="key", password="right")
    with serve(fake.app) as served:
        data = {
            "do": "test",
            "name": "Store",
            "s-endpoint": served.base_url + "/xAPI",
            "s-username": "key",
            "s-password": SECRET,
            "s-networks": "127.0.0.0/8",
        }
        text = text_of(hana.post("/admin/connections/add/xapi_lrs", data))
    assert "1 step failed:" in text
    assert "What to do:" in text
    assert SECRET not in text
    assert "Enter the secret again" in text


def test_with_htmx_a_test_answers_with_the_steps_alone(hana: Visitor, folder: Path) -> None:
    data = {"do": "test", "name": "Files", "s-folder": "hr"}
    address = "/admin/connections/add/csv_folder"
    text = text_of(hana.post(address, data, htmx=address))
    assert "Every step passed" in text
    assert "<form" not in text


def test_connection_is_added_run_and_its_rows_shown(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    with (folder / "people.csv").open("a") as file:
        file.write(",No Id,\n")
    assert hana.post(f"/admin/connections/{added}/run").status_code == 303
    assert "Queued" in text_of(hana.get(f"/admin/connections/{added}"))
    ended = sync.perform_next(core)
    assert ended is not None
    page = text_of(hana.get(f"/admin/connections/{added}"))
    assert "Partially completed" in page
    run = text_of(hana.get(f"/admin/connections/{added}/runs/{ended.id}"))
    assert "people.csv line 3" in run
    assert "1 run: 1 partially completed" in page
    assert HR in text_of(hana.get(f"/admin/connections/{added}/timeline"))


def test_a_run_without_a_worker_says_so(hana: Visitor, folder: Path) -> None:
    added = add_files(hana)
    hana.post(f"/admin/connections/{added}/run")
    assert "no worker is running" in text_of(hana.get(f"/admin/connections/{added}"))


SFTP = {
    "do": "save",
    "name": "Payroll's server",
    "s-host": "sftp.example.com",
    "s-username": "raise",
    "s-private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\r\nabc\r\n-----END OPENSSH PRIVATE KEY-----\r\n",
    "s-host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDMaKCmpEls1JuvMiGVxjg4",
    "s-names": "people = Staff_*.csv",
}


def test_a_server_of_files_is_added_with_its_key_kept_secret(hana: Visitor, core: Core) -> None:
    answer = hana.post("/admin/connections/add/csv_folder", SFTP)
    assert answer.status_code == 303, text_of(answer)
    added = int(answer.headers["Location"].rpartition("/")[2])
    shown = connection_setup.shown(core, added)
    assert shown.settings["private_key"] is True
    assert shown.settings["names"] == {"people": "Staff_*.csv"}
    _connector, ctx = connection_opening.opened(core, added)
    assert ctx.settings["private_key"] == SFTP["s-private_key"].replace("\r\n", "\n")
    form = text_of(hana.get(f"/admin/connections/{added}/settings"))
    assert "A value is set. Leave empty to keep it." in form
    assert "OPENSSH PRIVATE" not in form
    assert "sftp.example.com" in text_of(hana.get(f"/admin/connections/{added}/files"))


@pytest.mark.parametrize("missing", ["s-host_key", "s-username", "s-private_key"])
def test_a_server_without_what_it_needs_is_told_beside_its_field(
    hana: Visitor, core: Core, missing: str
) -> None:
    answer = hana.post("/admin/connections/add/csv_folder", {**SFTP, missing: ""})
    assert answer.status_code == 422
    text = text_of(answer)
    assert "enter this too, since “SFTP server” is set" in text
    assert f'id="{missing}-error"' in text
    assert "OPENSSH PRIVATE" not in text
    assert connection_setup.page(core) == []


def test_empty_secret_keeps_the_stored_one(hana: Visitor, core: Core) -> None:
    data = {"s-endpoint": "https://lrs.example.com/xAPI", "s-username": "u", "s-password": SECRET}
    hana.post("/admin/connections/add/xapi_lrs", {"do": "save", "name": "Store", **data})
    page = text_of(hana.get("/admin/connections/1/settings"))
    assert "A value is set. Leave empty to keep it." in page
    assert SECRET not in page
    changed = {**data, "s-username": "other", "s-password": "", "name": "Store", "version": "1", "do": "save"}
    assert hana.post("/admin/connections/1/settings", changed).status_code == 303
    _, ctx = connection_opening.opened(core, 1)
    assert (ctx.settings["username"], ctx.settings["password"]) == ("other", SECRET)


def test_test_of_a_change_uses_the_stored_secret(hana: Visitor, core: Core) -> None:
    fake = FakeXapiLrs(username="key", password=SECRET)
    with serve(fake.app) as served:
        data = {
            "name": "Store",
            "s-endpoint": served.base_url + "/xAPI",
            "s-username": "key",
            "s-password": SECRET,
            "s-networks": "127.0.0.0/8",
        }
        hana.post("/admin/connections/add/xapi_lrs", {"do": "save", **data})
        again = {**data, "s-password": "", "do": "test", "version": "1"}
        kept = text_of(hana.post("/admin/connections/1/settings", again))
        wrong = text_of(hana.post("/admin/connections/1/settings", {**again, "s-password": "wrong"}))
    step = "Reach the store and sign in"
    assert re.search(rf'class="status ok">Passed</span><div><p class="strong">{step}', kept)
    assert f"1 step failed: {step}" in wrong


def test_a_secret_typed_for_a_test_is_asked_for_again(hana: Visitor) -> None:
    data = {
        "s-endpoint": "https://lrs.invalid/xAPI",
        "s-username": "u",
        "s-password": SECRET,
        "name": "Store",
    }
    hana.post("/admin/connections/add/xapi_lrs", {"do": "save", **data})
    assert "Enter the secret again" not in text_of(hana.get("/admin/connections/1/settings"))
    wrong = {**data, "s-page_size": "0", "s-password": "new one", "do": "test", "version": "1"}
    assert "Enter the secret again" in text_of(hana.post("/admin/connections/1/settings", wrong))
    kept = {**wrong, "s-password": ""}
    assert "Enter the secret again" not in text_of(hana.post("/admin/connections/1/settings", kept))


def test_a_name_that_is_taken_is_told_beside_its_field(hana: Visitor, core: Core, folder: Path) -> None:
    first = add_files(hana)
    connection_setup.add(core, SYSTEM, connector="csv_folder", name="Others", settings={"folder": "hr"})
    for address, data in (
        ("/admin/connections/add/csv_folder", {"do": "save", "name": "Others", "s-folder": "hr"}),
        (
            f"/admin/connections/{first}/settings",
            {"do": "save", "name": "Others", "s-folder": "hr", "version": "1"},
        ),
    ):
        answer = hana.post(address, data)
        assert answer.status_code == 422, address
        assert 'id="name-error">Is already in use' in text_of(answer)


def test_an_old_version_is_not_saved_and_shows_what_was_typed(
    hana: Visitor, core: Core, folder: Path
) -> None:
    added = add_files(hana)
    connection_setup.set_schedule(core, SYSTEM, added, 1, every_minutes=60, sinks=[])
    answer = hana.post(
        f"/admin/connections/{added}/settings",
        {"do": "save", "version": "1", "name": "My new name", "s-folder": "hr"},
    )
    assert answer.status_code == 409
    assert "Another admin changed this connection" in text_of(answer)
    assert "My new name" in text_of(answer)
    assert connection_setup.shown(core, added).connection.name == "Files"


def test_schedule_and_writes_are_saved(hana: Visitor, core: Core) -> None:
    settings = {"base_url": "https://hr.example.com", "api_key": "k", "api_secret": "s", "company": "Example"}
    suite = connection_setup.add(core, SYSTEM, connector="frappe_hr", name="Suite", settings=settings)
    data: dict[str, object] = {"version": "1", "every_minutes": "360", "sinks": ["skills", "training"]}
    assert hana.post(f"/admin/connections/{suite}/schedule", data).status_code == 303
    found = connection_setup.shown(core, suite).connection
    assert (found.every_minutes, found.sinks) == (360, ["skills", "training"])
    text = text_of(hana.get(f"/admin/connections/{suite}/schedule"))
    assert re.search(r'value="360" selected>Every 6 hours', text)


def test_unknown_sink_is_refused_with_a_reason(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    answer = hana.post(
        f"/admin/connections/{added}/schedule", {"version": "1", "every_minutes": "60", "sinks": "raises"}
    )
    assert answer.status_code == 422
    assert "connector can’t write" in text_of(answer).replace("&#39;", "’").replace("'", "’")


def test_pause_and_go_on(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    hana.post(f"/admin/connections/{added}/state", {"version": "1", "state": "paused"})
    assert "While paused, this connection reads and writes nothing" in text_of(
        hana.get(f"/admin/connections/{added}")
    )
    hana.post(f"/admin/connections/{added}/state", {"version": "2", "state": "active"})
    assert connection_setup.shown(core, added).connection.state == "active"


def test_pause_on_an_old_page_is_a_conflict(hana: Visitor, folder: Path) -> None:
    added = add_files(hana)
    hana.post(f"/admin/connections/{added}/state", {"version": "1", "state": "paused"})
    assert (
        hana.post(f"/admin/connections/{added}/state", {"version": "1", "state": "active"}).status_code == 409
    )


def test_read_again_forgets_the_cursors(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    assert hana.post(f"/admin/connections/{added}/read-again").status_code == 303
    assert "requested a full read" in text_of(hana.get(f"/admin/connections/{added}/timeline"))


def test_removal_needs_the_name(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    assert hana.post(f"/admin/connections/{added}/remove", {"name": "Fil"}).status_code == 422
    assert len(connection_setup.page(core)) == 1
    assert hana.post(f"/admin/connections/{added}/remove", {"name": "Files"}).status_code == 303
    assert connection_setup.page(core) == []


def test_webhook_address_is_shown_once_and_renewed(hana: Visitor, core: Core) -> None:
    secret = SECRET * 3
    data = {"do": "save", "name": "Pushing", "s-client_id": "platform", "s-client_secret": secret, "s-strict_cmi5": "true"}  # fmt: skip
    first = text_of(hana.post("/admin/connections/add/xapi_receiver", data))
    token = connection_setup.shown(core, 1).connection.hook_token
    assert f"http://127.0.0.1:8080/xapi/{token}" in first
    assert token not in text_of(hana.get("/admin/connections/1/webhook"))
    second = text_of(hana.post("/admin/connections/1/webhook", {"version": "1"}))
    renewed = connection_setup.shown(core, 1).connection.hook_token
    assert renewed != token
    assert renewed in second
    assert secret not in first + second


def test_box_that_is_not_ticked_is_no(hana: Visitor, core: Core) -> None:
    data = {"do": "save", "name": "P", "s-client_id": "platform", "s-client_secret": SECRET * 3}
    hana.post("/admin/connections/add/xapi_receiver", data)
    assert connection_setup.shown(core, 1).settings["strict_cmi5"] is False


def test_failed_run_says_what_and_what_to_do(app: Flask, world: World) -> None:
    someone = Visitor(app.test_client())
    someone.sign_in(HR, "long enough word")
    text = text_of(someone.get(f"/admin/connections/{world.failing}"))
    assert "The last run stopped:" in text
    assert 'class="notice bad"' in text


def test_stale_connection_is_later_than_planned(hana: Visitor, core: Core, clock: Any, folder: Path) -> None:
    added = add_files(hana)
    connection_setup.set_schedule(core, SYSTEM, added, 1, every_minutes=60, sinks=[])
    run_requests.request_run(core, SYSTEM, added)
    sync.perform_next(core)
    assert "overdue" not in text_of(hana.get("/admin"))
    clock.advance(hours=5)
    hana.sign_in(HR, PASSWORD)
    assert "overdue" in text_of(hana.get("/admin"))


def test_fields_show_what_the_other_side_fills(hana: Visitor, folder: Path) -> None:
    added = add_files(hana)
    text = text_of(hana.post(f"/admin/connections/{added}/fields"))
    assert "email" in text
    assert "%" in text


def test_unmatched_name_is_found_and_linked(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    run_requests.request_run(core, SYSTEM, added)
    sync.perform_next(core)
    listed = text_of(hana.get("/admin/people-to-match"))
    assert "guest.ada@example.org" in listed
    find = text_of(hana.get("/admin/people-to-match/find?kind=email&value=guest.ada@example.org&q=ada"))
    person = re.search(r'name="person_id" value="(\d+)"', find)
    assert person is not None
    answer = hana.post(
        "/admin/people-to-match", {"kind": "email", "value": "guest.ada@example.org", "person_id": person[1]}
    )
    assert answer.status_code == 303
    after = text_of(hana.get("/admin/people-to-match"))
    assert "Matched. 1 waiting record is now in use." in after
    assert "All records are matched." in after


def test_search_by_htmx_answers_with_people_only(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    run_requests.request_run(core, SYSTEM, added)
    sync.perform_next(core)
    address = "/admin/people-to-match/find?kind=email&value=x@example.org&q=ada"
    text = text_of(hana.get(address, **{"HX-Request": "true"}))
    assert "Ada Example" in text
    assert "<html" not in text


def test_linking_twice_or_to_nobody_changes_nothing(hana: Visitor, core: Core, folder: Path) -> None:
    added = add_files(hana)
    run_requests.request_run(core, SYSTEM, added)
    sync.perform_next(core)
    taken = {"kind": "email", "value": "ada@example.com", "person_id": "1"}
    hana.post("/admin/people-to-match", taken)
    assert "already belongs to an employee" in text_of(hana.get("/admin/people-to-match"))
    for person in ("", "0", "999", "9" * 30):
        assert hana.post("/admin/people-to-match", {**taken, "person_id": person}).status_code == 404


def test_set_aside_record_is_tried_again(app: Flask, core: Core, world: World) -> None:
    _reject_one(core)
    someone = Visitor(app.test_client())
    someone.sign_in(HR, "long enough word")
    text = text_of(someone.get(f"/admin/connections/{world.files}/set-aside"))
    assert "an invented reason" in text.lower()
    item = re.search(r'name="item" value="(\d+)"', text)
    assert item is not None
    someone.post(f"/admin/connections/{world.files}/try-again", {"item": item[1]})
    after = text_of(someone.get(f"/admin/connections/{world.files}/set-aside"))
    assert "an invented reason" not in after.lower()
    assert "1 record is now in use." in after


def _reject_one(core: Core) -> None:
    from plugin.store.sources import intake

    with core.database.transaction() as tx:
        (first,) = intake.page(tx, state=InboxState.APPLIED, limit=1)
        mark = intake.Mark(first.id, InboxState.REJECTED, code="made_up", message="an invented reason")
        intake.mark(tx, core.clock(), [mark])


def test_world_has_a_name_that_only_looks_like_markup(app: Flask, world: World) -> None:
    someone = Visitor(app.test_client())
    someone.sign_in(HR, "long enough word")
    assert "HR suite &lt;script&gt;" in text_of(someone.get(f"/admin/connections/{world.suite}"))
