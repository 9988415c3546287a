"""The rule of a home page on the connection's page: tried, saved, removed; wrong entries are named. Double records are merged."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from plugin.app import create_app
from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup
from plugin.services.sources import merging
from tests.reports.kit import Files, owners
from tests.reports.test_r21_the_name_of_an_account import HOME, platform
from tests.services.sources.test_conflicts import PEOPLE
from tests.web.admin_world import HR
from tests.web.conftest import Visitor
from tests.web.test_conflict_pages import LIST, text_of

__all__ = ["platform"]


@pytest.fixture
def hana(any_core: Core) -> Visitor:
    account_setup.add_account(
        any_core, SYSTEM, email=HR, display_name="Hana", password="long enough word", roles=[Role.HR_ADMIN]
    )
    app: Flask = create_app(any_core)
    app.testing = True
    visitor = Visitor(app.test_client())
    visitor.sign_in(HR, "long enough word")
    visitor.get("/admin")
    return visitor


def test_a_rule_is_tried_saved_and_removed(hana: Visitor, platform: int, any_core: Core) -> None:
    page = f"/admin/connections/{platform}/account-names"
    assert HOME in text_of(hana.get(page))
    wish = {"home_page": HOME, "name_is": "employee_number"}
    tried = text_of(hana.post(page, {**wish, "do": "try"}))
    assert "2 of 3 records would match." in tried
    assert "(1 of 1): 9999" in tried
    assert owners(any_core, "learning") == []
    assert hana.post(page, {**wish, "do": "save"}).status_code == 303
    assert "Saved. 2 records matched." in text_of(hana.get(page))
    assert owners(any_core, "learning") == ["P1", "P2"]
    hana.post(page, {"home_page": HOME, "do": "remove"})
    assert owners(any_core, "learning") == []


def test_a_list_is_read_and_a_bad_one_named(hana: Visitor, platform: int, any_core: Core) -> None:
    page = f"/admin/connections/{platform}/account-names"
    wish = {"home_page": "https://list.example", "name_is": "own_list", "do": "save"}
    for text in (b"", b"account_name,employee\nada_x,\n", b"\xff\xfe", b"account_name,employee\nada_x,77\n"):
        found = hana.post(page, {**wish, "file": (io.BytesIO(text), "list.csv")})
        assert found.status_code == 422, text
    good = (io.BytesIO(b"account_name,employee\nada_x,1001\n"), "list.csv")
    assert hana.post(page, {**wish, "file": good}).status_code == 303
    assert owners(any_core, "learning") == ["P1"]
    assert hana.post(page, {"home_page": "", "name_is": "what", "do": "try"}).status_code == 422


def test_double_records_are_merged_and_split(hana: Visitor, any_core: Core) -> None:
    Files(any_core).read(people=PEOPLE + "P1,Ada Example,ada@example.com,1,,\n")
    Files(any_core, "other").read(people=PEOPLE + "Q1,Ada Example,ada@example.com,2,,\n")
    text = text_of(hana.get(LIST))
    kept, other = (re.search(f'name="{name}" value="(\\d+)"', text) for name in ("kept_id", "merged_id"))
    assert kept is not None
    assert other is not None
    hana.post("/admin/people-to-match/merge", {"kept_id": kept[1], "merged_id": other[1]})
    text = text_of(hana.get(LIST))
    assert "Merged: everything counts for one person now." in text
    undone = re.search(r'name="merge_id" value="(\d+)"', text)
    assert undone is not None
    hana.post("/admin/people-to-match/split", {"merge_id": undone[1]})
    assert len(merging.proposals(any_core)) == 1
    hana.post("/admin/people-to-match/merge", {"kept_id": kept[1], "merged_id": other[1], "do": "refuse"})
    assert merging.proposals(any_core) == []
