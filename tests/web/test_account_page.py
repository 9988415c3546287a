"""One's own account page: where one is signed in, and the end of it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from plugin.web import agents
from tests.small_company import PASSWORD, Company
from tests.web.conftest import Visitor

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604.1"


@pytest.fixture
def phone(app: Flask, company: Company) -> Visitor:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = PHONE
    client.environ_base["REMOTE_ADDR"] = "127.0.0.44"
    someone = Visitor(client)
    assert someone.sign_in("dana@example.com").status_code == 303
    return someone


def _ends(visitor: Visitor) -> list[str]:
    page = visitor.get("/account").get_data(as_text=True)
    return re.findall(r'action="(/account/sessions/\d+/end)"', page)


def test_it_lists_where_one_is_signed_in(dana: Visitor, phone: Visitor, omar: Visitor) -> None:
    page = dana.get("/account").get_data(as_text=True)
    assert "Safari on iPhone" in page
    assert "127.0.0.44" in page
    assert page.count("This session") == 1
    assert len(_ends(dana)) == 2


def test_another_session_ends_at_once(dana: Visitor, phone: Visitor) -> None:
    page = dana.get("/account").get_data(as_text=True)
    other = next(one for one in _ends(dana) if "This session" not in page.split(one)[0].rsplit("<li>", 1)[1])
    assert dana.post(other).status_code == 303
    assert phone.get("/how").headers["Location"].startswith("/sign-in")
    assert dana.get("/how").status_code == 200


def test_all_others_end_and_this_one_goes_on(dana: Visitor, phone: Visitor) -> None:
    phone.get("/account")
    assert phone.post("/account/sessions/end-others").status_code == 303
    assert phone.get("/account").status_code == 200
    assert dana.get("/how").status_code == 303


def test_ending_this_one_signs_out(dana: Visitor) -> None:
    (mine,) = _ends(dana)
    assert dana.post(mine).headers["Location"].startswith("/sign-in")
    assert dana.get("/how").status_code == 303


def test_sessions_of_others_are_not_found(dana: Visitor, omar: Visitor) -> None:
    (theirs,) = _ends(omar)
    dana.get("/account")
    assert dana.post(theirs).status_code == 404
    assert omar.get("/how").status_code == 200


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_named_as_people_know_them(agent: str, said: str) -> None:
    assert agents.words(agent) == said


def test_one_changes_one_s_password_and_stays_signed_in_here_alone(
    app: Flask, dana: Visitor, phone: Visitor
) -> None:
    dana.get("/account")
    new = "four unlikely words together"
    refused = (
        ({"old": "wrong", "password": new}, "Enter your current password."),
        ({"old": PASSWORD, "password": "password1234"}, "Enter a password that is harder to guess"),
        ({"old": PASSWORD, "password": "dana-lead-2026"}, "Leave out your name"),
    )
    for form, said in refused:
        answer = dana.post("/account/password", form)
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
    assert dana.post("/account/password", {"old": PASSWORD, "password": new}).status_code == 303
    assert "Password changed." in dana.get("/account").get_data(as_text=True)
    assert phone.get("/how").status_code == 303
    assert Visitor(app.test_client()).sign_in("dana@example.com", new).status_code == 303


def test_guessing_at_the_current_password_is_slowed_too(dana: Visitor) -> None:
    dana.get("/account")
    found = {dana.post("/account/password", {"old": "wrong", "password": "x"}).status_code for _ in range(11)}
    assert found == {422, 429}
