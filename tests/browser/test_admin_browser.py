"""The admin's and the operator's pages in a real browser: accessible, within the screen, usable without script and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from plugin.services.core import Core
from plugin.services.sources import connection_setup, sync
from tests.browser.conftest import Opened, Visit, served
from tests.browser.looks import LOOKS
from tests.web.admin_world import HR, MANAGER, OPERATOR, PASSWORD, World


@pytest.fixture
def stage() -> str:
    return "admin-12"


@pytest.fixture
def site(core: Core, world: World) -> Iterator[str]:
    """The address of a running server over the admin's world."""
    named = replace(core, settings=replace(core.settings, company_name="Example Works"))
    with served(named) as address:
        yield address


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Path | None:
    folder: Path | None = request.config.getoption("--screenshots")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def sign_in(someone: Visit, email: str) -> None:
    someone.go("/sign-in")
    someone.page.fill("#email", email)
    someone.page.fill("#password", PASSWORD)
    someone.page.click("form.stack button[type=submit]")
    someone.page.wait_for_url(lambda url: "sign-in" not in url)


def hr_pages(world: World) -> dict[str, str]:
    files, suite = f"/admin/connections/{world.files}", f"/admin/connections/{world.suite}"
    return {
        "overview": "/admin",
        "connections": "/admin/connections",
        "catalogue": "/admin/connections/add",
        "connection-add": "/admin/connections/add/frappe_hr",
        "connection": files,
        "connection-failed": f"/admin/connections/{world.failing}",
        "connection-runs": f"{files}/runs",
        "connection-run": f"{files}/runs/1",
        "connection-set-aside": f"{files}/set-aside",
        "connection-fields": f"{files}/fields",
        "connection-test": f"{files}/test",
        "connection-schedule": f"{suite}/schedule",
        "connection-settings": f"{suite}/settings",
        "connection-webhook": f"{suite}/webhook",
        "connection-timeline": f"{files}/timeline",
        "connection-remove": f"{files}/remove",
        "people-to-match": "/admin/people-to-match",
        "person-find": "/admin/people-to-match/find?kind=email&value=guest.person1@example.org&q=e",
        "set-aside": "/admin/set-aside",
        "inbound-failed": "/admin/inbound-failed",
        "webhooks": "/admin/webhooks",
        "webhook-add": "/admin/webhooks/add",
        "webhook": f"/admin/webhooks/{world.broken_endpoint}",
        "webhook-remove": f"/admin/webhooks/{world.endpoint}/remove",
        "deliveries": "/admin/deliveries",
        "dead-letters": "/admin/deliveries?state=dead",
        "writes": "/admin/deliveries?kind=write",
        "delivery": "/admin/deliveries/1",
        "badges": "/admin/badges",
        "badges-undecided": "/admin/badges?verdict=undetermined",
        "badge": "/admin/badges/3",
        "issuers": "/admin/issuers",
        "issuer-add": "/admin/issuers/add",
    }


def operator_pages(world: World) -> dict[str, str]:
    return {
        "system": "/admin/system",
        "audit": "/admin/audit?check=1",
        "accounts": "/admin/accounts",
        "account-add": "/admin/accounts/add",
        "account": f"/admin/accounts/{world.accounts[MANAGER]}?q=e",
        "tokens": "/admin/tokens",
        "token-add": "/admin/tokens/add",
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_is_accessible_and_fits(
    visit: Opened, world: World, screenshots: Path | None, width: int, dark: bool
) -> None:
    for email, pages in ((HR, hr_pages(world)), (OPERATOR, operator_pages(world))):
        someone = visit(width=width, dark=dark)
        sign_in(someone, email)
        for name, path in pages.items():
            someone.go(path)
            if screenshots is not None:
                place = screenshots / f"admin-{name}-{width}{'-dark' if dark else ''}.png"
                someone.page.screenshot(path=place, full_page=True)
            assert someone.violations() == [], name
            assert not someone.is_wider_than_the_screen(), name


def test_pages_fit_at_320_and_in_forced_colours(visit: Opened, world: World) -> None:
    someone = visit(width=320, forced=True)
    sign_in(someone, HR)
    for name in ("overview", "connection", "connection-add", "badge", "dead-letters"):
        someone.go(hr_pages(world)[name])
        assert someone.violations() == [], name
        assert not someone.is_wider_than_the_screen(), name


def test_forms_with_errors_are_accessible(visit: Opened, world: World) -> None:
    someone = visit()
    sign_in(someone, HR)
    someone.go("/admin/connections/add/xapi_lrs")
    someone.page.fill("#s-endpoint", "https://lrs.example.com/?query")
    someone.page.fill("#s-username", "reader")
    someone.page.fill("#s-password", "a secret")
    someone.page.get_by_role("button", name="Save").click()
    expect(someone.page.locator("#s-endpoint-error")).to_contain_text("Must end before any ?")
    expect(someone.page.locator("#s-endpoint")).to_have_attribute("aria-invalid", "true")
    assert someone.violations() == []


def test_a_test_keeps_what_was_typed_even_the_secret(visit: Opened, core: Core) -> None:
    someone = visit()
    sign_in(someone, HR)
    someone.go("/admin/connections/add/csv_folder")
    someone.page.fill("#name", "More files")
    someone.page.fill("#s-folder", "nowhere")
    someone.page.get_by_role("button", name="Test first").click()
    expect(someone.page.locator("#result")).to_contain_text("1 step failed:")
    expect(someone.page.locator("#result")).to_contain_text("What to do:")
    expect(someone.page.locator("#s-folder")).to_have_value("nowhere")
    assert len(connection_setup.page(core)) == 5
    assert someone.violations() == []


def test_a_connection_is_added_run_and_removed_without_scripts(visit: Opened, core: Core) -> None:
    someone = visit(scripts=False)
    sign_in(someone, HR)
    page = someone.page
    someone.go("/admin/connections")
    page.get_by_role("link", name="Add a connection").click()
    page.get_by_role("link", name="Files (CSV, Excel)").click()
    page.fill("#name", "Second files")
    page.fill("#s-folder", "hr")
    page.get_by_role("button", name="Test first").click()
    expect(page.locator("#result")).to_contain_text("A test saves nothing.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Second files")
    page.get_by_role("button", name="Run now").click()
    sync.perform_next(core)
    page.reload()
    expect(page.locator("main")).to_contain_text("Partially completed")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Remove…").click()
    page.fill("#name", "Second files")
    page.get_by_role("button", name="Remove connection").click()
    expect(page.locator("#notice")).to_contain_text("Second files removed.")


def test_a_run_shows_its_end_by_itself(visit: Opened, core: Core, world: World) -> None:
    someone = visit()
    sign_in(someone, HR)
    someone.go(f"/admin/connections/{world.files}")
    someone.page.get_by_role("button", name="Run now").click()
    live = someone.page.locator("#live-part")
    expect(live).to_contain_text("starts as soon as a worker is free")
    sync.perform_next(core)
    expect(live).to_contain_text("The last run took over all records", timeout=12_000)
    expect(someone.page.locator("#live-part")).to_have_count(1)


def test_a_person_is_found_while_typing_and_linked_by_keyboard(visit: Opened, world: World) -> None:
    someone = visit()
    sign_in(someone, HR)
    someone.go("/admin/people-to-match")
    link = someone.page.get_by_role("link", name="Find the employee for guest.person1@example.org")
    link.focus()
    someone.page.keyboard.press("Enter")
    someone.page.locator("#q").fill("")
    someone.page.locator("#q").press_sequentially("cleo")
    expect(someone.page.locator("#candidates tbody tr")).to_have_count(1)
    someone.page.keyboard.press("Tab")  # the search button
    someone.page.keyboard.press("Tab")  # this is the person
    expect(someone.page.get_by_role("button", name="Select this employee Cleo Placeholder")).to_be_focused()
    someone.page.keyboard.press("Enter")
    expect(someone.page.locator("#notice")).to_contain_text("Matched.")
    expect(someone.page.locator("main")).not_to_contain_text("guest.person1@example.org")


def test_hostile_badge_text_runs_no_script(visit: Opened, world: World) -> None:
    someone = visit()
    sign_in(someone, HR)
    met: list[str] = []
    someone.page.on("dialog", lambda dialog: (met.append(dialog.message), dialog.dismiss()))
    for number in (1, 2, 3, 4):
        someone.go(f"/admin/badges/{number}")
    someone.go("/admin/badges")
    someone.go("/admin/issuers")
    assert met == []
    assert someone.page.locator("main img, main script, main a[href^=javascript]").count() == 0
