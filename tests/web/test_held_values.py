"""HR sees what is held and why, releases it with a reason, and changes the rules on their page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from plugin.services.core import Core
from plugin.services.operation import task_requests
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.database import insert
from tests.web.admin_world import HR, World
from tests.web.conftest import Visitor


@pytest.fixture
def hana(app: Flask, world: World) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(HR, "long enough word").status_code == 303
    someone.get("/admin")
    return someone


def _trip(core: Core) -> None:
    with core.database.transaction() as tx:
        for day, amount in ((date(2025, 1, 1), 50_000), (date(2026, 1, 1), 4_000)):
            tx.execute(tables.pay.delete().where(tables.pay.c.effective_on == day))
            insert(tx, tables.pay, person_id=1, effective_on=day, annual=Decimal(amount), currency="EUR")
        plausibility.judge(tx, core)


def test_a_held_value_is_seen_released_and_held_again(core: Core, hana: Visitor) -> None:
    _trip(core)
    assert "Held values" in hana.get("/admin").text
    page = hana.get("/admin/held").text
    assert "Pay is €4,000; the last plausible pay was €50,000." in page
    fact_id = plausibility.page(core)[0].id
    assert hana.post(f"/admin/held/{fact_id}", data={"reason": " "}).status_code == 422
    assert hana.post(f"/admin/held/{fact_id}", data={"reason": "Moved to a board seat"}).status_code == 303
    assert "Moved to a board seat" in hana.get("/admin/held?state=released").text
    assert hana.post(f"/admin/held/{fact_id}/undo").status_code == 303
    assert fact_id in [one.id for one in plausibility.page(core)]


def test_the_rules_are_read_and_changed_on_one_page(core: Core, hana: Visitor) -> None:
    page = hana.get("/admin/held/rules").text
    assert "Pay that is 3 times the last pay or more" in page
    values = {
        "pay_factor": "4", "compa_low": "0.5", "compa_high": "2", "raises_percent": "0.5", "rating_low": "1",
        "rating_high": "5", "headcount_percent": "20", "headcount_free": "10", "also_paid_in": "ch:eur",
    }  # fmt: skip
    assert hana.post("/admin/held/rules", data=values).status_code == 422
    wrong = hana.post("/admin/held/rules", data=values | {"pay_factor": "much", "reason": "Bonus years"})
    assert wrong.status_code == 422
    assert "much" in wrong.text
    _trip(core)
    saved = hana.post("/admin/held/rules", data=values | {"pay_factor": "20", "reason": "Bonus years"})
    assert saved.status_code == 303
    before = len(plausibility.page(core))
    assert task_requests.perform_next(core)
    assert len(plausibility.page(core)) < before
    assert "0 more values are held." in hana.get(saved.location).text
    found = plausibility.rules(core)
    assert (found.thresholds.pay_factor, found.thresholds.also_paid_in) == (20, ("CH:EUR",))
    assert "Bonus years" in hana.get("/admin/held/rules").text
