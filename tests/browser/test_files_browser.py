"""Dropped files in a real browser: accessible and within the screen in every state, and usable without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.operation import task_requests
from plugin.services.people import account_setup
from plugin.services.sources import connection_setup, dropped_files, sync
from tests.browser.conftest import Opened, Visit, served
from tests.browser.looks import LOOKS
from tests.web.admin_world import HR, PASSWORD

HEAD = "Employees of Larkfield;;;;\n\nPers.Nr.;Name;Mail;Abteilung;Stelle;Eintritt;Beschäftigungsgrad;Jahresgehalt;Whg;gültig ab;Parkplatz\n"
ROWS = [
    ("Brandt, Lena", "54.200,00", "01.09.2025"),
    ("Wójcik, Hanka", "138.000,00", "15.03.2021"),
    ("Osei-Lund, Kwame", "76.200,00", "01.06.2019"),
    ("Thorsen, Ingrid", "48.600,00", "31.02.2021"),
    ("Quast, Benno", "41.900,00", "01.02.2018"),
    ("Fenwick, Orla", "69.300,00", "01.10.2016"),
    ("Duval, Mirko", "38.300,00", "n/a"),
    ("Sand, Ylva", "31.800,00", "01.08.2023"),
]


def people(rows: list[tuple[str, str, str]], first: int = 104417) -> str:
    return HEAD + "".join(
        f"{first + n};{name};p{n}@example.com;Devices;Engineer;{hired};1;{pay};EUR;01.04.2026;P{n}\n"
        for n, (name, pay, hired) in enumerate(rows)
    )


@pytest.fixture
def stage() -> str:
    return "empty"


@pytest.fixture
def files(core: Core) -> int:
    """A connection with one file applied and four waiting: a changed one, one in another encoding, one with unknown headings,
    a large one."""
    account_setup.add_account(
        core, SYSTEM, email=HR, display_name="Hana", password=PASSWORD, roles=[Role.HR_ADMIN]
    )
    made = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Files from payroll", settings={})
    first = dropped_files.drop(core, SYSTEM, made, "people.csv", people(ROWS).encode())
    dropped_files.apply(core, SYSTEM, made, first.token)
    sync.perform_next(core)
    changed = [("Osei-Lund, Kwame", "228.600,00", "01.06.2019") if "Osei" in one[0] else one for one in ROWS]
    text = people([*changed[:-1], ("Maly, Zofia", "92.400,00", "01.12.2026")]).replace(
        "Engineer;01.02", "Inspector;01.02"
    )
    text += "1,04E+05;Somebody;;;;;;50.000,00;EUR;01.04.2026;\n"
    dropped_files.drop(core, SYSTEM, made, "people-2026-12.csv", text.encode())
    dropped_files.drop(core, SYSTEM, made, "windows.csv", people(ROWS).encode("cp1250"))
    dropped_files.drop(core, SYSTEM, made, "unknown.csv", b"Kennung,Wer\nP1,Ada\n")
    dropped_files.drop(core, SYSTEM, made, "large.csv", people(ROWS * 400).encode())
    return made


@pytest.fixture
def site(core: Core, files: int) -> Iterator[str]:
    assert files
    with served(core) as address:
        yield address


def sign_in(someone: Visit) -> None:
    someone.go("/sign-in")
    someone.page.fill("#email", HR)
    someone.page.fill("#password", PASSWORD)
    someone.page.click("form.stack button[type=submit]")
    someone.page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_state_is_accessible_and_fits(
    visit: Opened, core: Core, files: int, width: int, dark: bool
) -> None:
    someone = visit(width=width, dark=dark)
    sign_in(someone)
    base = f"/admin/connections/{files}/files"
    waiting = {one.name: one.token for one in dropped_files.waiting(core, files)}
    pages = {
        "files": base,
        "file-preview": f"{base}/{waiting['people-2026-12.csv']}",
        "file-encoding": f"{base}/{waiting['windows.csv']}",
        "file-columns": f"{base}/{waiting['unknown.csv']}",
        "file-reading": f"{base}/{waiting['large.csv']}",
    }
    for name, path in pages.items():
        someone.go(path)
        someone.picture(f"admin-{name}-{width}{'-dark' if dark else ''}", whole=True)
        assert someone.violations() == [], name
        assert not someone.is_wider_than_the_screen(), name


def test_the_page_of_a_large_file_shows_its_preview_by_itself(visit: Opened, core: Core, files: int) -> None:
    someone = visit()
    sign_in(someone)
    token = next(one.token for one in dropped_files.waiting(core, files) if one.name == "large.csv")
    someone.go(f"/admin/connections/{files}/files/{token}")
    expect(someone.page.locator("main")).to_contain_text("Waiting for the worker")
    assert task_requests.perform_next(core)
    expect(someone.page.locator(".mean")).to_contain_text("Brandt, Lena")


def test_a_file_is_dropped_answered_and_applied_without_a_script(
    visit: Opened, core: Core, files: int
) -> None:
    someone = visit(scripts=False)
    sign_in(someone)
    someone.go(f"/admin/connections/{files}/files")
    text = b"Kennung,Wer\nP1,Ada Example\n"
    someone.page.set_input_files("#file", {"name": "staff.csv", "mimeType": "text/csv", "buffer": text})
    someone.page.get_by_role("button", name="Show what is read").click()
    someone.page.get_by_label("Meaning of column Kennung").select_option("person_id")
    someone.page.get_by_label("Meaning of column Wer").select_option("name")
    someone.page.get_by_role("button", name="Read again with these answers").click()
    expect(someone.page.locator(".mean")).to_contain_text("Ada Example")
    someone.page.get_by_role("button", name="Apply 1 new").click()
    expect(someone.page.locator("main")).to_contain_text("Waiting")
    ended = sync.perform_next(core)
    assert ended is not None
    assert ended.counts["new"] == 1
