"""Badges and issuers on the pages: evidence step by step, decisions, and hostile text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from plugin.services.core import Core
from plugin.services.evidence import badge_checks
from tests.web.admin_world import HR, World
from tests.web.conftest import Visitor


@pytest.fixture
def hana(app: Flask, world: World) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(HR, "long enough word").status_code == 303
    someone.get("/admin")
    return someone


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def rows(page: str) -> int:
    return page.count('<tr role="row"><th scope="row"')


@pytest.mark.parametrize(
    ("filters", "number"),
    [("", 4), ("verdict=valid", 2), ("verdict=valid&trust=trusted", 1), ("verdict=invalid", 1), ("person=1", 1), ("trust=blocked", 0)],
)  # fmt: skip
def test_list_shows_only_what_was_asked(hana: Visitor, filters: str, number: int) -> None:
    assert rows(text_of(hana.get(f"/admin/badges?{filters}"))) == number


def test_evidence_says_each_step_in_words(hana: Visitor) -> None:
    page = text_of(hana.get("/admin/badges/4"))
    assert "Issued to this employee" in page
    assert "recipient_mismatch" not in page
    assert "This badge doesn’t count. The failed check says why" in page
    assert "Dan Nobody" in page


@pytest.mark.parametrize(
    ("award", "said"),
    [(1, "This badge is genuine, belongs to this employee"), (2, "This badge doesn’t count yet. The check is missing information"), (3, "decide whether to trust its issuer")],
)  # fmt: skip
def test_conclusion_says_whether_it_counts(hana: Visitor, award: int, said: str) -> None:
    assert said in text_of(hana.get(f"/admin/badges/{award}"))


def test_issuer_is_trusted_from_the_badges_page(hana: Visitor, core: Core) -> None:
    page = text_of(hana.get("/admin/badges/3"))
    found = re.search(r'action="(/admin/issuers/(\d+))"', page)
    assert found is not None
    answer = hana.post(found[1], {"trust": "trusted", "back": "/admin/badges/3"})
    assert answer.headers["Location"] == "/admin/badges/3"
    decided = badge_checks.issuers(core, after=int(found[2]) - 1, limit=1)[0]
    assert (decided.trust, decided.decided_by) == ("trusted", HR)


def test_unknown_issuers_stand_in_a_queue_until_decided(hana: Visitor) -> None:
    assert rows(text_of(hana.get("/admin/issuers?trust=unknown"))) == 1
    hana.post("/admin/issuers/2", {"trust": "blocked", "back": "/admin/issuers?trust=unknown"})
    page = text_of(hana.get("/admin/issuers?trust=unknown"))
    assert "Issuer blocked: its badges don’t count. 2 badges will be checked again." in page
    assert "No issuers need a decision." in page


def test_unknown_word_for_trust_is_refused(hana: Visitor) -> None:
    assert hana.post("/admin/issuers/2", {"trust": "adored"}).status_code == 422


def test_issuer_is_added_beforehand(hana: Visitor, core: Core) -> None:
    data = {"kind": "origin", "value": "https://new.example.org", "name": "New", "trust": "trusted"}
    assert hana.post("/admin/issuers/add", data).status_code == 303
    assert badge_checks.issuers(core)[-1].value == "https://new.example.org"


@pytest.mark.parametrize("value", ["", "javascript:alert(1)", "x" * 1001, "ftp://a.example"])
def test_issuer_that_cannot_be_is_refused_beside_the_field(hana: Visitor, value: str) -> None:
    answer = hana.post(
        "/admin/issuers/add", {"kind": "origin", "value": value, "name": "", "trust": "trusted"}
    )
    assert answer.status_code == 422
    assert 'id="value-error"' in text_of(answer)


def test_badge_is_checked_again(hana: Visitor, core: Core, clock: Any) -> None:
    hana.post("/admin/badges/2/recheck")
    assert badge_checks.get(core, 2).recheck_at == clock()


def test_undecided_badges_are_checked_again_together(hana: Visitor, core: Core, clock: Any) -> None:
    page = text_of(hana.get("/admin/badges?verdict=undetermined"))
    ids = re.findall(r'name="award" value="(\d+)"', page)
    assert ids == ["2"]
    clock.advance(minutes=1)
    hana.post("/admin/badges/recheck", {"award": ids})
    assert badge_checks.get(core, 2).recheck_at == clock()


def test_withdrawn_badge_says_so(hana: Visitor, core: Core) -> None:
    from plugin.store.evidence import badges

    with core.database.transaction() as tx:
        badges.judge(tx, 1, state="revoked")
    assert "its source has withdrawn it" in text_of(hana.get("/admin/badges/1"))
