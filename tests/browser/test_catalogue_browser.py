"""The catalogue's pages in a real browser: every width, both schemes, with and without script, no rule broken, no hostile word at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from plugin.services.core import Core
from plugin.services.evidence import meanings, skill_ledger
from tests.browser.conftest import Opened
from tests.browser.looks import LOOKS
from tests.small_company import Company
from tests.web.catalogue_world import World, extend

pytestmark = pytest.mark.postgresql


@pytest.fixture
def world(core: Core, company: Company, cycle_id: int) -> World:
    return extend(core, company, cycle_id)


def _pages(world: World) -> dict[str, str]:
    return {
        "entries": "/catalogue/",
        "entry": f"/catalogue/entries/{world.hostile}",
        "upload": "/catalogue/import",
        "skills": "/catalogue/skills",
        "skill": f"/catalogue/skills/{world.skill}",
        "load-skills": "/catalogue/skills/import",
        "scarcity": "/catalogue/scarcity",
        "load-scarcity": "/catalogue/scarcity/import",
        "hours": "/catalogue/hours",
        "reviews": "/catalogue/reviews",
        "person": f"/catalogue/people/{world.ada}",
    }


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_is_accessible_at_every_width(visit: Opened, world: World, width: int, dark: bool) -> None:
    hr = visit(width=width, dark=dark)
    hr.sign_in("hana@example.com")
    for name, address in _pages(world).items():
        hr.go(address)
        assert hr.violations() == [], name
        assert not hr.is_wider_than_the_screen(), name
        hr.picture(f"catalogue-{name}-{width}{'-dark' if dark else ''}", whole=True)


def test_a_badges_words_never_run(visit: Opened, world: World) -> None:
    """The fixture fails on any complaint of the content security policy, an alert would be a dialog."""
    hr = visit()
    dialogs: list[str] = []
    hr.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    hr.sign_in("hana@example.com")
    for address in _pages(world).values():
        hr.go(address)
        lures = hr.page.eval_on_selector_all(
            "a", "all => all.filter(a => a.protocol === 'javascript:').length"
        )
        assert lures == 0
        assert hr.page.locator("main script").count() == 0
    assert dialogs == []


def test_badges_are_ticked_and_decided_without_script(visit: Opened, core: Core, world: World) -> None:
    hr = visit(scripts=False)
    hr.sign_in("hana@example.com")
    hr.go("/catalogue/?state=proposed")
    hr.page.get_by_label("Select Plain badge").check()
    hr.page.locator("#b-kind").select_option("membership")
    hr.page.locator("#b-programme").select_option("special_achievement")
    hr.page.get_by_role("button", name="Decide selected badges").click()
    expect(hr.page.locator("#notice")).to_contain_text("1 badge decided.")
    assert meanings.shown(core, world.plain).entry.kind == "membership"


def test_a_decision_with_a_mistake_keeps_what_was_typed(visit: Opened, world: World) -> None:
    hr = visit(width=390)
    hr.sign_in("hana@example.com")
    hr.go(f"/catalogue/entries/{world.hostile}")
    hr.page.get_by_label("The company needs this skill more than others").check()
    hr.page.locator("#strategic_until").fill("2027-12-31")
    hr.page.get_by_role("button", name="Decide").click()
    expect(hr.page.locator(".notice[role=alert]")).to_contain_text("enter an owner for the strategic skill")
    expect(hr.page.locator("#strategic_until")).to_have_value("2027-12-31")
    assert hr.violations() == []
    hr.page.locator("#strategic_owner").fill("Head of Data")
    hr.page.get_by_role("button", name="Decide").click()
    expect(hr.page.locator("#notice")).to_contain_text("Decision saved.")


def test_a_file_is_loaded_and_its_bad_lines_are_shown(visit: Opened, world: World, tmp_path: Path) -> None:
    file = tmp_path / "skills.csv"
    file.write_text("url,name\nurn:own:1,Welding\nnowhere,<b>Bad</b>\n")
    hr = visit()
    hr.sign_in("hana@example.com")
    hr.go("/catalogue/skills/import")
    hr.page.locator("#framework").fill("Own list")
    hr.page.locator("#file").set_input_files(file)
    hr.page.get_by_role("button", name="Load", exact=True).click()
    expect(hr.page.locator("main .notice[role=status]")).to_contain_text("1 row loaded.")
    expect(hr.page.locator("main .notice[role=status]")).to_contain_text(
        "Line 3: Url must be a web address or a URN"
    )
    assert hr.violations() == []
    hr.go("/catalogue/skills?q=weld")
    expect(hr.page.locator("main table")).to_contain_text("Welding")


def test_a_review_is_kept_with_a_note(visit: Opened, core: Core, world: World) -> None:
    hr = visit()
    hr.sign_in("hana@example.com")
    hr.go("/catalogue/reviews")
    hr.page.get_by_label("Reason for your decision").fill("Still used daily.")
    hr.page.get_by_role("button", name="Keep the reward").click()
    expect(hr.page.locator("main")).to_contain_text("No open reviews.")
    assert skill_ledger.counts(core)["kept"] == 1
