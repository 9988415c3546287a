"""The page of one's own account, where the language is chosen, in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Opened
from tests.small_company import Company


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_a_language_is_chosen_and_stays(visit: Opened, company: Company, width: int, dark: bool) -> None:
    reader = visit(width=width, dark=dark)
    reader.sign_in("dana@example.com")
    reader.page.locator(".own").click()
    reader.page.get_by_role("combobox", name="Language of the pages").select_option("de")
    reader.page.get_by_role("button", name="Save").click()
    assert reader.page.locator("html").get_attribute("lang") == "de"
    assert reader.page.get_by_text("Sprache gespeichert.").is_visible()
    assert reader.violations() == []
    assert not reader.is_wider_than_the_screen()
    reader.picture(f"account-{width}{'-dark' if dark else ''}", whole=True)
