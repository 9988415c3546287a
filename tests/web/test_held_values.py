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

_RULES = {
    "pay_factor": "4", "compa_low": "0.5", "compa_high": "2", "peers_factor": "3", "raises_percent": "0.5", "rating_low": "1",
    "rating_high": "5", "headcount_percent": "20", "headcount_free": "10", "also_paid_in": "ch:eur",
}  # fmt: skip


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


def test_a_reason_that_is_too_long_is_refused_with_the_limit_and_kept(core: Core, hana: Visitor) -> None:
    _trip(core)
    fact, long = plausibility.page(core)[0], "x" * 3000
    said = "Use at most 2,000 characters. Your text has 3,000."
    for address, more in (
        (f"/admin/held/{fact.id}", {}),
        ("/admin/held", {"rule": fact.rule, "up_to": str(fact.id)}),
        ("/admin/held/rules", _RULES | {"pay_factor": "5"}),
    ):
        answer = hana.post(address, data={"reason": long, **more})
        assert answer.status_code == 422
        assert said in answer.text
        assert long in answer.text
    assert hana.get("/admin/held").text.count('maxlength="2000"') >= len(plausibility.page(core))
    assert hana.post(f"/admin/held/{fact.id}", data={"reason": "x" * 2000}).status_code == 303


def test_a_form_that_can_no_longer_be_taken_gives_the_words_back(hana: Visitor) -> None:
    answer = hana.post("/admin/held/999999", data={"reason": "Moved to a <board> seat"})
    assert answer.status_code == 404
    assert "Moved to a &lt;board&gt; seat</textarea>" in answer.text


@pytest.mark.parametrize(
    ("language", "percent"), [("en", "20.0%"), ("en", "20.0 %"), ("de", "20,0\N{NARROW NO-BREAK SPACE}%")]
)
def test_the_rules_take_back_every_figure_as_the_page_shows_it(
    core: Core, hana: Visitor, language: str, percent: str
) -> None:
    hana.get(f"/admin/held/rules?lang={language}")
    half = percent.replace("20", "0").replace("0,0", "0,5").replace("0.0", "0.5")
    values = _RULES | {
        "pay_factor": "6",
        "headcount_percent": percent,
        "raises_percent": half,
        "reason": "As shown",
    }
    values |= {"compa_low": "0,5"} if language == "de" else {}
    answer = hana.post("/admin/held/rules", data=values)
    assert answer.status_code == 303, answer.text
    found = plausibility.rules(core).thresholds
    assert (found.headcount_percent, found.raises_percent) == (20, Decimal("0.5"))


def test_what_is_wrong_with_a_rule_is_said_by_its_label(hana: Visitor) -> None:
    wrong = hana.post("/admin/held/rules", data=_RULES | {"headcount_percent": "2 a 0", "reason": "A slip"})
    assert "<li>Headcount change, in percent: Enter a percentage" in wrong.text
    assert "eadcount_percent:" not in wrong.text


def test_the_rules_are_read_and_changed_on_one_page(core: Core, hana: Visitor) -> None:
    page = hana.get("/admin/held/rules").text
    assert "Pay that is 3 times the last pay or more" in page
    values = _RULES
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
