"""Who may open what: every route says so, and nobody gets further than that."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from plugin.app import create_app
from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, guessing, sessions
from plugin.web import auth
from tests.small_company import Company
from tests.web.conftest import Visitor

ROLES = {
    "dana@example.com": Role.MANAGER,
    "hana@example.com": Role.HR_ADMIN,
    "anil@example.com": Role.ANALYST,
}


def _routes(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    silent = sorted({rule.endpoint for rule in _routes(app) if auth.access_of(app, rule.endpoint) is None})
    assert silent == []


def test_public_routes_are_few_and_known(app: Flask) -> None:
    public = {rule.endpoint for rule in _routes(app) if auth.access_of(app, rule.endpoint) == auth.PUBLIC}
    assert {"pages.sign_in", "pages.sign_in_post", "pages.static"} <= public
    assert not {name for name in public if name.startswith(("manager.", "admin.", "analyst."))}


def test_a_route_that_says_nothing_stays_shut(core: Core) -> None:
    app = create_app(core)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    response = app.test_client().get("/forgotten")
    assert response.status_code == 403
    assert "secret" not in response.get_data(as_text=True)


def test_no_role_opens_a_page_of_another_role(app: Flask, company: Company) -> None:
    """The matrix role x route over every page of ours: 403 for the wrong role, whatever the numbers in the address."""
    checked = 0
    for email, role in ROLES.items():
        visitor = Visitor(app.test_client())
        visitor.sign_in(email)
        visitor.get("/how")
        for rule in _routes(app):
            access = auth.access_of(app, rule.endpoint)
            if not isinstance(access, frozenset) or role in access:
                continue
            address = app.url_map.bind("localhost").build(
                rule.endpoint, dict.fromkeys(rule.arguments, 1), force_external=False
            )
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            response = visitor.get(address) if method == "GET" else visitor.post(address)
            assert response.status_code == 403, (email, method, address, response.status_code)
            checked += 1
    assert checked > 20


def test_nobody_gets_in_without_signing_in(app: Flask) -> None:
    for rule in _routes(app):
        access = auth.access_of(app, rule.endpoint)
        if not isinstance(access, frozenset):
            continue
        address = app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        path = address.removeprefix("http://localhost")
        if "GET" in (rule.methods or ()):
            response = app.test_client().get(path)
            assert response.status_code == 303, path
            assert response.headers["Location"].startswith("/sign-in?next=")
        else:
            assert app.test_client().post(path).status_code == 401, path


def test_sign_in_leads_to_the_page_that_was_wanted(visitor: Visitor, company: Company) -> None:
    response = visitor.sign_in("dana@example.com", next="/how")
    assert response.status_code == 303
    assert response.headers["Location"] == "/how"
    assert visitor.get("/how").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:alert(1)"],
)
def test_sign_in_never_leads_to_another_site(visitor: Visitor, company: Company, target: str) -> None:
    response = visitor.sign_in("dana@example.com", next=target)
    assert response.headers["Location"] == "/"


def test_a_wrong_password_says_nothing_about_the_address(visitor: Visitor, company: Company) -> None:
    sentences = []
    for email in ("dana@example.com", "nobody@example.com"):
        response = visitor.sign_in(email, "wrong password")
        assert response.status_code == 401
        text = response.get_data(as_text=True)
        sentences.append(text[text.index("notice bad") : text.index("<form")])
    assert sentences[0] == sentences[1]


def test_many_wrong_passwords_are_slowed_with_429_and_a_time(visitor: Visitor, company: Company) -> None:
    for _ in range(guessing.PAIR.free):
        visitor.sign_in("dana@example.com", "wrong password")
    response = visitor.sign_in("dana@example.com")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "Too many wrong passwords" in response.get_data(as_text=True)


def test_signing_out_ends_it(app: Flask, dana: Visitor) -> None:
    """Also for whoever copied the cookie."""
    dana.get("/how")
    copied = Visitor(app.test_client())
    cookie = dana.client.get_cookie("advisor")
    assert cookie is not None
    copied.client.set_cookie("advisor", cookie.value)
    assert copied.get("/how").status_code == 200
    assert dana.post("/sign-out").status_code == 303
    for visitor in (dana, copied):
        assert visitor.get("/how").headers["Location"].startswith("/sign-in")


def test_ended_sessions_are_out_at_once(core: Core, dana: Visitor, company: Company) -> None:
    assert company.dana.account_id is not None
    sessions.end_all(core, SYSTEM, company.dana.account_id)
    assert dana.get("/team").headers["Location"].startswith("/sign-in")


def test_an_ended_session_sends_htmx_to_the_sign_in_page(visitor: Visitor) -> None:
    response = visitor.client.get("/team", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/sign-in")


def test_an_account_without_an_employee_sees_no_team(app: Flask, core: Core, company: Company) -> None:
    account_setup.add_account(
        core,
        SYSTEM,
        email="new@example.com",
        display_name="New Account",
        password="only-for-tests-0000",
        roles=[Role.MANAGER],
    )
    visitor = Visitor(app.test_client())
    visitor.sign_in("new@example.com")
    assert "No team" in visitor.get("/team").get_data(as_text=True)
