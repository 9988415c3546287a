"""The manager's pages in a real browser: saved on change, keyboard, no script, every width, both schemes, no rule broken."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from plugin.services.core import Core
from plugin.services.decision import deciding, handing_in, worksheet
from tests.browser.conftest import Opened
from tests.small_company import Company, rename_badge

WIDTHS = [(1440, False), (1440, True), (1024, False), (390, False), (390, True), (320, False)]


def _team(company: Company, cycle_id: int, more: str = "") -> str:
    return f"/team/{cycle_id}/{company['Dana Lead']}{more}"


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_the_worksheet_is_accessible_at_every_width(
    visit: Opened, company: Company, cycle_id: int, width: int, dark: bool
) -> None:
    manager = visit(width=width, dark=dark)
    manager.sign_in("dana@example.com")
    manager.go(_team(company, cycle_id, f"?open={company['Ada Example']}"))
    field = manager.page.locator(f"#raise-{company['Ben Sample']}")
    field.fill("4.5")
    field.press("Tab")
    expect(manager.page.locator(f"#s-{company['Ben Sample']}")).to_have_text("Add a reason")
    assert manager.violations() == []
    assert not manager.is_wider_than_the_screen()
    manager.page.evaluate("window.scrollTo(0, 0)")
    manager.picture(f"worksheet-{width}{'-dark' if dark else ''}", whole=width < 600)


def test_a_raise_is_saved_when_the_field_is_left(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    pid = company["Ada Example"]
    manager.page.fill(f"#raise-{pid}", "5")
    manager.page.press(f"#raise-{pid}", "Tab")
    expect(manager.page.locator("#live")).to_have_text("Ada Example: 5.0%, new pay €58,800. €16,283 left.")
    expect(manager.page.locator("#budget")).to_contain_text("€2,800 of €19,083 used")
    expect(manager.page.locator("#submitbar")).to_contain_text("6 employees to decide")
    expect(manager.page.locator("#show")).to_contain_text("To decide 6")
    manager.page.reload()
    expect(manager.page.locator(f"#raise-{pid}")).to_have_value("5.0")
    assert worksheet.load(core, company.dana, cycle_id).row(pid).percent == 5


def test_two_edits_in_a_row_do_not_conflict(visit: Opened, company: Company, cycle_id: int) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    field = manager.page.locator(f"#raise-{company['Ada Example']}")
    for value in ("5.0", "4.5", "6.0"):
        field.fill(value)
        field.press("Tab")
        expect(manager.page.locator("#live")).to_contain_text(f"Ada Example: {value}%")


def test_enter_in_a_field_saves_without_a_conflict_of_its_own(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    for name, value in (("Ada Example", "5.0"), ("Ben Sample", "3.0"), ("Cleo Instance", "4.8")):
        field = manager.page.locator(f"#raise-{company[name]}")
        field.fill(value)
        field.press("Enter")
        expect(manager.page.locator(f"#s-{company[name]}")).to_have_text("In range")
        expect(manager.page.locator("#notice")).to_have_text("")
    manager.page.reload()
    expect(manager.page.locator("#budget")).to_contain_text("3 of 7")
    expect(manager.page.locator(f"#raise-{company['Cleo Instance']}")).to_have_value("4.8")


def test_a_refused_figure_stays_in_its_field_with_the_reason(
    visit: Opened, company: Company, cycle_id: int
) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    pid = company["Ben Sample"]
    field = manager.page.locator(f"#raise-{pid}")
    field.fill("9")
    field.press("Tab")
    expect(manager.page.locator(f"#s-{pid}")).to_contain_text("Enter a raise between")
    expect(field).to_have_value("9")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert manager.violations() == []
    field.fill("3")
    field.press("Tab")
    expect(manager.page.locator(f"#s-{pid}")).to_have_text("In range")


def test_a_reason_is_chosen_and_a_change_undone(visit: Opened, company: Company, cycle_id: int) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    pid = company["Ben Sample"]
    manager.page.fill(f"#raise-{pid}", "4.5")
    manager.page.press(f"#raise-{pid}", "Tab")
    manager.page.select_option(f"#why-{pid}", "market")
    expect(manager.page.locator(f"#s-{pid}")).to_have_text("Reason given")
    manager.page.click(f"#r-{pid} .undo")
    expect(manager.page.locator(f"#s-{pid}")).to_have_text("Add a reason")


def test_somebody_elses_edit_is_not_overwritten(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    pid = company["Ada Example"]
    from decimal import Decimal

    deciding.decide(core, company.hr, cycle_id, pid, deciding.Choice(percent=Decimal("4.4")))
    manager.page.fill(f"#raise-{pid}", "5")
    manager.page.press(f"#raise-{pid}", "Tab")
    expect(manager.page.locator(f"#s-{pid}")).to_contain_text("Someone else changed this row")
    expect(manager.page.locator(f"#raise-{pid}")).to_have_value("4.4")


def test_everything_works_without_a_script(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    manager = visit(scripts=False)
    manager.sign_in("dana@example.com")
    page = manager.page
    page.fill(f"#raise-{company['Ada Example']}", "5")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(f"#s-{company['Ada Example']}")).to_have_text("In range")
    page.locator(f"#r-{company['Ada Example']} .c-why a").click()
    expect(page.get_by_role("heading", name="Why 5.7%?")).to_be_visible()
    page.get_by_role("button", name="Use 5.7%").click()
    expect(page.locator(f"#raise-{company['Ada Example']}")).to_have_value("5.7")
    page.locator(f"#r-{company['Ada Example']} .undo").click()
    expect(page.locator(f"#raise-{company['Ada Example']}")).to_have_value("5.0")
    page.get_by_role("button", name="Accept remaining recommendations").click()
    page.fill(f"#raise-{company['Gia Mockup']}", "2")
    page.press(f"#raise-{company['Gia Mockup']}", "Enter")
    expect(page.locator("#submitbar")).to_contain_text("All raises are decided.")
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("button", name="Submit to approver").click()
    expect(page.locator("#submitbar")).to_contain_text("Submitted. Your approver has it.")
    assert worksheet.load(core, company.dana, cycle_id).step == 1


def test_review_and_approval_by_two_people(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    from decimal import Decimal

    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    for name, percent, code in (("Gia Mockup", "2.0", None), ("Dev Placeholder", "3.9", "new_duties")):
        row = worksheet.load(core, company.dana, cycle_id).row(company[name])
        choice = deciding.Choice(percent=Decimal(percent), reason_code=code, version=row.version)
        deciding.decide(core, company.dana, cycle_id, company[name], choice)
    manager = visit()
    manager.sign_in("dana@example.com")
    manager.page.get_by_role("button", name="Review and submit").click()
    expect(manager.page.get_by_role("heading", name="Review and submit")).to_be_visible()
    assert manager.violations() == []
    manager.picture("review")
    manager.page.get_by_role("button", name="Submit to approver").click()
    expect(manager.page.locator(".notice").first).to_contain_text("7 raises submitted to your approver")
    chief = visit()
    chief.sign_in("rosa@example.com")
    chief.go("/approvals")
    expect(chief.page.locator(".count")).to_contain_text("1")
    assert chief.violations() == []
    chief.page.get_by_role("link", name="Dana Lead").click()
    expect(chief.page.get_by_role("row", name=re.compile("Dev Placeholder"))).to_contain_text("+1.4")
    assert chief.violations() == []
    chief.picture("approval")
    chief.page.get_by_role("button", name="Approve selected").click()
    expect(chief.page.locator(".notice").first).to_contain_text("7 raises approved")


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_other_pages_are_accessible_too(
    visit: Opened, company: Company, cycle_id: int, width: int
) -> None:
    manager = visit(width=width)
    manager.go("/sign-in")
    assert manager.violations() == []
    manager.sign_in("dana@example.com")
    person = f"/team/{cycle_id}/people/{company['Ada Example']}/data"
    for path in ("/how", person, _team(company, cycle_id, "/review"), "/approvals", "/nothing-here"):
        manager.go(path)
        assert manager.violations() == [], path
        assert not manager.is_wider_than_the_screen(), path


def test_forced_colours_keep_everything_visible(visit: Opened, company: Company, cycle_id: int) -> None:
    manager = visit(forced=True)
    manager.sign_in("dana@example.com")
    manager.go(_team(company, cycle_id, f"?open={company['Ada Example']}"))
    assert manager.violations() == []


def test_a_hostile_badge_name_stays_text_in_the_browser(
    visit: Opened, core: Core, company: Company, cycle_id: int
) -> None:
    """The name reaches the page by the frozen snapshot; a cycle made after the renaming shows it."""
    from tests.small_company import open_cycle

    rename_badge(core, "</script><img src=x onerror=document.title='broken'>")
    later = open_cycle(core, company, name="Later cycle")
    manager = visit()
    manager.sign_in("dana@example.com")
    manager.go(_team(company, later, f"?open={company['Ada Example']}"))
    expect(manager.page.locator(f"#r-{company['Ada Example']}")).to_contain_text("<img src=x onerror")
    assert manager.page.locator("img").count() == 0
    assert "broken" not in manager.page.title()


def test_injected_htmx_without_the_nonce_does_nothing(visit: Opened, company: Company, cycle_id: int) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    refused = manager.page.evaluate(
        "() => { try { document.body.innerHTML = '<p>x</p>'; return 'done'; } catch (e) { return e.name; } }"
    )
    assert refused == "TypeError"  # trusted types: scripts cannot write HTML
    manager.complaints.clear()


def test_the_keyboard_reaches_every_field_and_nothing_is_hidden_under_the_bar(
    visit: Opened, company: Company, cycle_id: int
) -> None:
    manager = visit(height=700)
    manager.sign_in("dana@example.com")
    seen: list[str] = []
    for _ in range(60):
        manager.page.keyboard.press("Tab")
        place = manager.page.evaluate(
            """() => { const e = document.activeElement, b = e.getBoundingClientRect(),
            s = document.querySelector('#submitbar').getBoundingClientRect();
            const covered = e !== document.body && !e.closest('#submitbar') && b.bottom > s.top + 2 && b.top < s.bottom && s.top < innerHeight;
            return [e.id || e.tagName, covered]; }"""
        )
        seen.append(place[0])
        assert not place[1], place
    for name in ("Ada Example", "Gia Mockup"):
        assert f"raise-{company[name]}" in seen


def test_it_prints_without_navigation(visit: Opened, company: Company, cycle_id: int) -> None:
    manager = visit()
    manager.sign_in("dana@example.com")
    manager.page.emulate_media(media="print")
    expect(manager.page.locator(".topbar")).to_be_hidden()
    expect(manager.page.locator("#submitbar")).to_be_hidden()
    expect(manager.page.locator(f"#r-{company['Ada Example']}")).to_be_visible()
