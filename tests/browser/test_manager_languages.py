"""The manager's pages in each language: no rule broken, no wider than the screen, Arabic from right to left."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Opened
from tests.small_company import Company

LOOKS = [("de", 1440, False), ("de", 390, True), ("ar", 1440, True), ("ar", 390, False)]


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS)
def test_pages_hold_in_the_reader_s_language(
    visit: Opened, company: Company, cycle_id: int, language: str, width: int, dark: bool
) -> None:
    manager = visit(width=width, dark=dark)
    manager.sign_in("dana@example.com")
    team, ada = f"/team/{cycle_id}/{company['Dana Lead']}", company["Ada Example"]
    for name, address in (
        ("worksheet", f"{team}?open={ada}&lang={language}"),
        ("review", f"{team}/review"),
        ("data", f"/team/{cycle_id}/people/{ada}/data"),
        ("how", "/how"),
    ):
        manager.go(address)
        root = manager.page.locator("html")
        assert root.get_attribute("lang") == language
        assert root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert manager.violations() == []
        assert not manager.is_wider_than_the_screen()
        manager.picture(f"{name}-{language}-{width}{'-dark' if dark else ''}", whole=True)
