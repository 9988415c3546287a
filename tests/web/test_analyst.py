"""Analysts see measured cards and approve what others trained."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from plugin.domain import JsonObject
from plugin.services.core import Core
from plugin.services.model import training
from plugin.store.model import model_versions
from plugin.store.model.model_versions import Fresh
from tests.small_company import MADE_AT, Company
from tests.web.conftest import Visitor

CARD: JsonObject = {
    "decisions": 1200,
    "metadata": {
        "kind": "ridge",
        "features": ["compa_ratio"],
        "data_sha256": "ab" * 32,
        "years": [2024, 2025],
    },
    "evaluation": {
        "scores": [
            {"method": "policy", "year": None, "n": 600, "mae": 0.91, "r2": 0.31},
            {"method": "model", "year": None, "n": 600, "mae": 0.72, "r2": None},
        ],
        "verdict": {
            "approved": True,
            "sentence": "It was closer than every simple rule on 2025.",
            "comparisons": [{"baseline": "policy", "gain": 0.19, "low": 0.1, "high": 0.28, "r2_gain": 0.1}],
        },
    },
}


@pytest.fixture
def anil(app: Flask, company: Company) -> Visitor:
    someone = Visitor(app.test_client())
    someone.sign_in("anil@example.com")
    return someone


def _model(core: Core, by: str, state: str = "checked") -> int:
    content = f"{by}{state}".encode()
    fresh = Fresh(content, hashlib.sha256(content).hexdigest(), CARD, state)
    with core.database.transaction() as tx:
        return model_versions.add(tx, fresh, MADE_AT, by)


def test_the_card_shows_what_was_measured(anil: Visitor, core: Core) -> None:
    model_id = _model(core, "trainer@example.com")
    assert "Awaiting approval" in anil.get("/models").get_data(as_text=True)
    text = anil.get(f"/models/{model_id}").get_data(as_text=True)
    for shown in ("It was closer than every simple rule on 2025.", "0.72 points", "0.91 points", "+0.190"):
        assert shown in text, shown


def test_a_second_person_approves_uses_and_rolls_back(anil: Visitor, core: Core) -> None:
    model_id = _model(core, "trainer@example.com")
    page = f"/models/{model_id}"
    anil.get(page)
    assert anil.post(f"{page}/approve", {"note": " "}).status_code == 422
    assert anil.post(f"{page}/approve", {"note": "Better on 2025."}).status_code == 303
    assert anil.post(f"{page}/approve", {"note": "Again."}).status_code == 409
    assert anil.post(f"{page}/use").status_code == 303
    assert training.card(core, model_id).state == "in_use"
    assert anil.post(f"{page}/roll-back", {"note": "Odd figures."}).status_code == 303
    assert training.card(core, model_id).state == "retired"


def test_the_trainer_cannot_approve(anil: Visitor, core: Core) -> None:
    model_id = _model(core, "anil@example.com")
    text = anil.get(f"/models/{model_id}").get_data(as_text=True)
    assert "Another person must approve" in text
    anil.get("/how")
    anil.get("/models")
    answer = anil.post(f"/models/{model_id}/approve", {"note": "Mine is fine."})
    assert answer.status_code == 422
    assert training.card(core, model_id).state == "checked"
