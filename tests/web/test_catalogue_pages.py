"""The catalogue's pages: who may open them, what a person decides there, files in and out, and hostile badges kept harmless."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from plugin.services.core import Core
from plugin.services.evidence import learning_hours, meanings, skill_ledger, skill_lists
from plugin.store import tables
from tests.small_company import Company
from tests.web.catalogue_world import ATTRIBUTION, FORMULA, HOSTILE, LURE, World, extend
from tests.web.conftest import Visitor

PAGES = (
    "/catalogue/",
    "/catalogue/skills",
    "/catalogue/scarcity",
    "/catalogue/hours",
    "/catalogue/entries.csv",
)
HR_PAGES = (
    "/catalogue/reviews",
    "/catalogue/import",
    "/catalogue/skills/import",
    "/catalogue/scarcity/import",
)


@pytest.fixture
def world(core: Core, company: Company) -> World:
    return extend(core, company)


def _signed_in(app: Flask, email: str) -> Visitor:
    someone = Visitor(app.test_client())
    assert someone.sign_in(email).status_code == 303
    return someone


@pytest.fixture
def hana(app: Flask, world: World) -> Visitor:
    return _signed_in(app, "hana@example.com")


@pytest.fixture
def anil(app: Flask, world: World) -> Visitor:
    return _signed_in(app, "anil@example.com")


def text(visitor: Visitor, address: str, status: int = 200) -> str:
    response = visitor.get(address)
    assert response.status_code == status, address
    return response.get_data(as_text=True)


# --- who may ----------------------------------------------------------------------------------------------------------


def test_hr_opens_everything_and_an_analyst_what_names_nobody(
    hana: Visitor, anil: Visitor, world: World
) -> None:
    alone = (f"/catalogue/people/{world.ada}", *HR_PAGES)
    shared = (f"/catalogue/entries/{world.plain}", f"/catalogue/skills/{world.skill}", *PAGES)
    assert {hana.get(one).status_code for one in (*alone, *shared)} == {200}
    assert {anil.get(one).status_code for one in shared} == {200}
    assert {anil.get(one).status_code for one in alone} == {403}


def test_managers_and_strangers_stay_outside(dana: Visitor, visitor: Visitor, world: World) -> None:
    assert {dana.get(one).status_code for one in (*PAGES, *HR_PAGES)} == {403}
    assert {visitor.get(one).status_code for one in (*PAGES, *HR_PAGES)} == {303}


def test_an_analyst_can_change_nothing(anil: Visitor, core: Core, world: World) -> None:
    anil.get("/catalogue/")
    for address in ("/catalogue/decide", f"/catalogue/entries/{world.plain}", "/catalogue/import"):
        assert anil.post(address, {"entry": str(world.plain)}).status_code == 403
    assert '<form method="post" action="/catalogue' not in text(anil, "/catalogue/")
    assert meanings.counts(core) == {"proposed": 2, "decided": 3}


def test_an_analyst_sees_hours_of_everybody_but_of_no_one(anil: Visitor, hana: Visitor) -> None:
    assert "Ada Example" in text(hana, "/catalogue/hours")
    page = text(anil, "/catalogue/hours")
    assert "Ada Example" not in page
    assert "Reached the goal" in page


@pytest.mark.parametrize(
    "address", ["/catalogue/entries/999999", "/catalogue/skills/999999", "/catalogue/people/999999"]
)
def test_what_does_not_exist_is_not_found(hana: Visitor, address: str) -> None:
    text(hana, address, 404)


def test_forms_need_their_token(hana: Visitor, world: World) -> None:
    hana.token = "wrong"
    assert hana.post("/catalogue/decide", {"entry": str(world.hostile)}).status_code == 400


# --- hostile badges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page", ["/catalogue/", "/catalogue/entries/{hostile}", "/catalogue/skills", "/catalogue/skills/{skill}"]
)
def test_a_badges_words_are_shown_and_do_nothing(hana: Visitor, world: World, page: str) -> None:
    shown = text(hana, page.format(**world.__dict__))
    assert HOSTILE not in shown
    assert not re.search(r"(href|src|action)=[\"']?\s*javascript:", shown, re.IGNORECASE)


def test_the_entry_quotes_the_badge_and_says_why_it_was_proposed(hana: Visitor, world: World) -> None:
    shown = text(hana, f"/catalogue/entries/{world.hostile}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "javascript:alert(document.cookie)" in shown  # as text
    assert "Tag kind:skill; tag programme:certification." in shown
    assert "ESCO" in shown
    assert "O*NET" in shown
    assert "not in any loaded list" in shown


def test_the_file_is_safe_to_open_in_a_spreadsheet(hana: Visitor) -> None:
    response = hana.get("/catalogue/entries.csv")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    body = response.get_data(as_text=True)
    assert "'" + FORMULA.split('"')[0] in body
    assert not re.search(r'(^|,)"?[=+@]', body, re.MULTILINE)


# --- deciding ---------------------------------------------------------------------------------------------------------


def _decision(version: int = 2, **changes: object) -> dict[str, object]:
    values = {"version": str(version), "kind": "skill", "programme": "certification", "level": "advanced"}
    return {**values, **changes}


def test_hr_decides_with_owner_dates_and_skills(
    hana: Visitor, core: Core, company: Company, world: World
) -> None:
    address = f"/catalogue/entries/{world.plain}"
    hana.get(address)
    sent = _decision(
        strategic="on",
        strategic_owner="Head of Data",
        strategic_from="2026-01-01",
        strategic_until="2027-12-31",
        more="databases\nhttps://data.europa.eu/esco/skill/2",
    )
    assert hana.post(address, sent).status_code == 303
    shown = meanings.shown(core, world.plain)
    assert (shown.entry.state, shown.entry.strategic_owner) == ("decided", "Head of Data")
    assert (shown.entry.strategic_from, shown.entry.strategic_until) == (date(2026, 1, 1), date(2027, 12, 31))
    assert [one.name for one in shown.skills] == ["Negotiation", "SQL"]
    hana.post(address, _decision(3, skill=str(shown.skills[0].id)))
    assert [one.name for one in meanings.shown(core, world.plain).skills] == ["Negotiation"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": ""}, "Kind: choose one of"),
        ({"strategic": "on"}, "Enter an owner for the strategic skill"),
        ({"strategic_from": "soon"}, "Enter a date"),
        ({"more": "Juggling"}, "Load the list that contains"),
        ({"version": "x"}, "Reload the page."),
    ],
)
def test_a_wrong_decision_says_what_and_keeps_what_was_typed(
    hana: Visitor, core: Core, world: World, changes: dict[str, object], words: str
) -> None:
    address = f"/catalogue/entries/{world.plain}"
    hana.get(address)
    response = hana.post(address, _decision(**{"strategic_owner": "", "more": "SQL", **changes}))
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert words in page
    assert (str(changes.get("more", "SQL")) + "</textarea>") in page
    assert meanings.shown(core, world.plain).entry.state == "proposed"


def test_two_people_do_not_overwrite_each_other(hana: Visitor, world: World) -> None:
    address = f"/catalogue/entries/{world.plain}"
    hana.get(address)
    assert hana.post(address, _decision()).status_code == 303
    assert hana.post(address, _decision()).status_code == 409


def test_ticked_badges_are_decided_together(hana: Visitor, core: Core, world: World) -> None:
    hana.get("/catalogue/?state=proposed")
    both = {"entry": [str(world.hostile), str(world.plain)]}
    hana.post("/catalogue/decide", both)
    assert "1 badge decided. 1 badge needs a kind and a program first." in text(hana, "/catalogue/")
    rest = {
        "entry": str(world.plain),
        "kind": "membership",
        "programme": "special_achievement",
        "strategic": "no",
    }
    hana.post("/catalogue/decide", rest)
    assert meanings.counts(core)["proposed"] == 0
    assert meanings.shown(core, world.plain).entry.kind == "membership"
    hana.post("/catalogue/decide", {"entry": ["x", "99999999999999999999"]})
    assert "Select the badges to decide" in text(hana, "/catalogue/")


def test_the_list_is_filtered_by_state_kind_and_name(hana: Visitor) -> None:
    assert "Plain badge" in text(hana, "/catalogue/?state=proposed&kind=none")
    assert "Plain badge" not in text(hana, "/catalogue/?state=decided")
    assert "Cloud Security" in text(hana, "/catalogue/?q=cloud")
    assert "No badges match" in text(hana, "/catalogue/?kind=performance")


# --- files ------------------------------------------------------------------------------------------------------------


def _file(body: str | bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(body.encode() if isinstance(body, str) else body), "list.csv")}


def test_the_catalogue_goes_out_and_comes_back(hana: Visitor, core: Core, world: World) -> None:
    body = hana.get("/catalogue/entries.csv").get_data(as_text=True)
    changed = body.replace(
        "Python Data Science,Example Academy,decided,https://badges.example.org/pds,skill",
        "x,x,x,https://badges.example.org/pds,knowledge",
    )
    assert changed != body
    hana.get("/catalogue/import")
    page = hana.post("/catalogue/import", _file(changed)).get_data(as_text=True)
    print(re.findall(r"<strong>.*?</div>", page))
    assert "3 rows loaded." in page
    assert "2 lines were skipped:" in page
    assert "Line 2: The entry can&#39;t be saved: strategic_owner" in page  # it never had one
    assert "Line 6: Kind is empty." in page
    (entry,) = [one.entry for one in meanings.page(core, search="python")]
    assert entry.kind == "knowledge"


@pytest.mark.parametrize(
    ("address", "body", "words"),
    [
        ("/catalogue/import", b"", "Choose a file that isn’t empty."),
        ("/catalogue/import", b"\xff\xfe\x00", "Save the file as CSV UTF-8."),
        ("/catalogue/import", b"name,kind\nx,y\n", "needs these columns: badge_class_id, programme"),
        ("/catalogue/import", b"badge_class_id,kind,programme\n\x00,y,z\n", "CSV"),
        ("/catalogue/skills/import", b"url,name\nurn:x,X\n", "<code>framework</code>: is required"),
        ("/catalogue/scarcity/import", b"skill\nSQL\n", "needs these columns: measured_on, source"),
        ("/catalogue/scarcity/import", b"skill,measured_on,source\n" + b"x" * 140_000, "CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_words(
    hana: Visitor, address: str, body: bytes, words: str
) -> None:
    hana.get(address)
    response = hana.post(address, _file(body))
    assert response.status_code == 422
    assert words in response.get_data(as_text=True)


def test_rejected_lines_are_shown_and_harmless(hana: Visitor) -> None:
    hana.get("/catalogue/scarcity/import")
    rows = f"skill,measured_on,source,open_jobs\nSQL,2026-11-01,Desk,3\n{HOSTILE},2026-11-01,Desk,3\nSQL,2026-11-01,Desk,1.5\n"
    page = hana.post("/catalogue/scarcity/import", _file(rows)).get_data(as_text=True)
    assert "1 row loaded." in page
    assert "Line 3: Unknown skill" in page
    assert "Line 4: Open_jobs: Enter a whole number, for example 12." in page
    assert HOSTILE not in page


def _sent(visitor: Visitor, address: str, body: bytes) -> TestResponse:
    """A large upload as bytes: the test client would spool it to a file that it never closes."""
    fields = {"csrf_token": visitor.token, "framework": "Long"}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
    whole = ("".join(parts) + head).encode() + body + b"\r\n--b--\r\n"
    return visitor.client.post(address, data=whole, content_type="multipart/form-data; boundary=b")


def test_a_list_as_long_as_esco_is_taken_and_a_much_longer_file_is_not(hana: Visitor, core: Core) -> None:
    hana.get("/catalogue/skills/import")
    rows = "".join(f"urn:long:{n},Skill {n},also {n}|{'x' * 60} {n}\n" for n in range(14_000))
    taken = _sent(hana, "/catalogue/skills/import", ("url,name,synonyms\n" + rows).encode())
    assert "14,000 rows loaded." in taken.get_data(as_text=True)
    assert ("Long", None, 14_000) in skill_lists.frameworks(core)
    for address in ("/catalogue/skills/import", "/catalogue/decide"):
        assert _sent(hana, address, b"x" * (17 * 2**20)).status_code == 413


def test_a_list_of_skills_is_loaded_with_its_attribution(hana: Visitor) -> None:
    hana.get("/catalogue/skills/import")
    own = _file("url,name,synonyms\nurn:own:1,Welding,MIG|TIG\n") | {
        "framework": "Own list",
        "attribution": "Made by Example Works.",
    }
    assert "1 row loaded." in hana.post("/catalogue/skills/import", own).get_data(as_text=True)
    page = text(hana, "/catalogue/skills?q=tig")
    assert "Welding" in page
    assert "Negotiation" not in page
    assert "Made by Example Works." in page
    assert ATTRIBUTION in page
    assert "Welding" not in text(hana, "/catalogue/skills?framework=ESCO")


def test_a_skill_shows_names_badges_and_dated_figures(hana: Visitor, world: World) -> None:
    page = text(hana, f"/catalogue/skills/{world.skill}")
    for words in ("structured query language", "31 October 2026", "62.5", "1.08", "Own hiring system"):
        assert words in page
    assert page.index("31 October 2026") < page.index("31 October 2025")


# --- hours ------------------------------------------------------------------------------------------------------------


def test_hours_of_a_year_by_tier(hana: Visitor) -> None:
    page = text(hana, "/catalogue/hours?year=2026&tier=adequate")
    assert "Ada Example" in page
    assert "8.5 hours to go" in page
    assert "Hugo Recent" not in page


def test_many_records_are_counted_only_when_asked(hana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_hours, "SMALL", 2)
    assert "Count all employees" in text(hana, "/catalogue/hours")
    assert "Ada Example" in text(hana, "/catalogue/hours?tier=super")  # no tier without a count
    assert "Reached the goal" in text(hana, "/catalogue/hours?all=1")


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_hr_decides_a_review_with_a_note(hana: Visitor, core: Core, world: World) -> None:
    page = text(hana, "/catalogue/reviews")
    assert "Badge withdrawn: Kubernetes Administrator" in page
    address = f"/catalogue/reviews/{world.review}"
    refused = hana.post(address, {"outcome": "kept", "note": " "})
    assert refused.status_code == 422
    assert "Enter a reason" in refused.get_data(as_text=True)
    assert hana.post(address, {"outcome": "kept", "note": "Still used daily."}).status_code == 303
    assert "No open reviews" in text(hana, "/catalogue/reviews")
    assert "Still used daily." in text(hana, "/catalogue/reviews?state=kept")
    assert skill_ledger.counts(core) == {"none": 1, "kept": 1}
    assert hana.post(address, {"outcome": "kept", "note": "Again."}).status_code == 409


def test_a_persons_ledger_says_what_was_paid_and_what_is_new(hana: Visitor, core: Core, world: World) -> None:
    page = text(hana, f"/catalogue/people/{world.ada}")
    for words in ("Merit cycle 2027", "Badge withdrawn", "Review: undecided", "New: may count"):
        assert words in page
    with core.database.transaction() as tx:
        award = tables.badge_award
        tx.execute(award.update().where(award.c.person_id == world.ada).values(trust="unknown"))
        assert tx.execute(sa.select(sa.func.count()).select_from(award)).scalar_one() == 5
    assert "Issuer not trusted" in text(hana, f"/catalogue/people/{world.ada}")


def test_a_badge_class_that_is_a_lure_is_no_link(hana: Visitor, world: World) -> None:
    assert f'href="{LURE}' not in text(hana, f"/catalogue/entries/{world.hostile}")
