"""A sign that PostgreSQL refuses is a mistake in a field, on every way in and on both databases, never an error of ours."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin.domain import Role, plain_text
from plugin.errors import InvalidInput
from plugin.services.core import Core
from tests.small_company import Company
from tests.web.conftest import Visitor
from tests.web.test_api import token_of


def test_a_nul_in_a_note_is_told_beside_its_label(dana: Visitor, company: Company, cycle_id: int) -> None:
    page, pid = f"/team/{cycle_id}/{company['Dana Lead']}", company["Ada Example"]
    dana.get(page)
    typed = {f"raise-{pid}": "3", f"version-{pid}": "0", f"note-{pid}": "good\0work"}
    answer = dana.post(f"{page}/people/{pid}", typed, htmx=page)
    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert "Note: the text contains a character" in said
    assert f"note-{pid}:" not in said.lower()
    assert dana.get("/?x=%00").status_code == 422


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_the_api_names_the_field(app: Flask, core: Core, text: str) -> None:
    answer = app.test_client().post(
        "/api/v1/connections",
        json={"connector": "csv_folder", "name": text, "settings": {}},
        headers=token_of(core, Role.HR_ADMIN),
    )
    assert answer.status_code == 422
    said = "contains a character that cannot be stored"
    assert answer.get_json()["errors"] == [{"pointer": "#/name", "detail": said}]


@pytest.mark.parametrize("document", [["a", {"b": "\0"}], {"a\0": 1}, {"a": [{"b": ["\ud800"]}]}, "\0"])
def test_every_place_of_a_document_is_looked_at(document: Any) -> None:
    assert not plain_text.is_plain(document)
    with pytest.raises(InvalidInput):
        plain_text.require(plain_text.texts(document))


@pytest.mark.parametrize("document", [None, 1, "a", {"a": [1.5, None, "ünïcödé 😀"]}, []])
def test_all_other_texts_pass(document: Any) -> None:
    assert plain_text.is_plain(document)
