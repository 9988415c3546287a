"""A page comes in the language that its reader chose, else in the browser's, else in the company's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from plugin import texts
from plugin.app import create_app
from plugin.services.core import Core
from tests.web.conftest import Visitor


def _language(visitor: Visitor, address: str = "/sign-in", **headers: str) -> str:
    page = visitor.get(address, **headers).get_data(as_text=True)
    return page.split('<html lang="', 1)[1].split(">", 1)[0].replace('" dir="', " ").strip('"')


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("de-AT,en;q=0.5", "de ltr"),
        ("ar", "ar rtl"),
        ("fi", "en ltr"),
        ("en-US,de;q=0.9", "en ltr"),
        ("*;q=x", "en ltr"),
    ],
)
def test_the_browsers_language_is_used_when_we_have_it(visitor: Visitor, asked: str, shown: str) -> None:
    assert _language(visitor, **{"Accept-Language": asked}) == shown


def test_a_choice_stays_with_the_browser_and_wins(visitor: Visitor) -> None:
    response = visitor.get("/sign-in?lang=de")
    assert "advisor-language=de" in response.headers["Set-Cookie"]
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert _language(visitor, **{"Accept-Language": "ar"}) == "de ltr"
    assert _language(visitor, "/sign-in?lang=xx") == "de ltr"
    assert _language(visitor, "/nothing-here") == "de ltr"


def test_the_companys_language_comes_last(core: Core) -> None:
    german = replace(core, settings=replace(core.settings, language="de"))
    visitor = Visitor(create_app(german).test_client())
    assert _language(visitor) == "de ltr"
    assert _language(visitor, **{"Accept-Language": "en"}) == "en ltr"


def test_a_request_leaves_no_language_behind(visitor: Visitor) -> None:
    visitor.get("/sign-in?lang=de")
    assert texts.locale() == "en"


def test_a_value_cannot_bring_markup_into_a_message(app: Flask) -> None:
    template = "{{ _('Hello %(name)s', name=name) }} {% trans num=2000 %}{{ num }} row{% pluralize %}{{ num }} rows{% endtrans %}"
    with app.test_request_context():
        shown = app.jinja_env.from_string("{% autoescape true %}" + template + "{% endautoescape %}").render(
            name="<b>"
        )
    assert shown == "Hello &lt;b&gt; 2,000 rows"


def test_an_account_keeps_its_language_and_it_wins(dana: Visitor, app: Flask) -> None:
    assert "as in the browser" in dana.get("/account").get_data(as_text=True)
    saved = dana.post("/account/language", {"language": "de"})
    assert saved.status_code == 303
    page = dana.get("/account", **{"Accept-Language": "ar"}).get_data(as_text=True)
    assert "Sprache gespeichert." in page
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page
    elsewhere = Visitor(app.test_client())
    elsewhere.sign_in("dana@example.com")
    assert _language(elsewhere, "/account", **{"Accept-Language": "en"}) == "de ltr"
    assert _language(elsewhere, "/nothing-here") == "de ltr"


def test_an_account_goes_back_to_what_the_browser_asks_for(dana: Visitor) -> None:
    dana.get("/account")
    dana.post("/account/language", {"language": "de"})
    dana.post("/account/language", {"language": ""})
    assert _language(dana, "/account", **{"Accept-Language": "ar"}) == "ar rtl"


def test_of_other_languages_none_is_kept(dana: Visitor) -> None:
    dana.get("/account")
    assert dana.post("/account/language", {"language": "xx"}).status_code == 422
    assert _language(dana, "/account", **{"Accept-Language": "en"}) == "en ltr"


def test_a_link_shows_one_page_in_another_language(dana: Visitor) -> None:
    dana.get("/account")
    dana.post("/account/language", {"language": "de"})
    assert _language(dana, "/account?lang=en") == "en ltr"
    assert _language(dana, "/account") == "de ltr"


def test_the_shell_and_the_worker_keep_the_installations_language(dana: Visitor) -> None:
    dana.get("/account")
    dana.post("/account/language", {"language": "de"})
    assert texts.locale() == "en"


def test_programs_are_answered_as_they_ask(dana: Visitor) -> None:
    dana.get("/account")
    dana.post("/account/language", {"language": "de"})
    answer = dana.client.get("/api/v1/nothing", headers={"Accept-Language": "en"})
    assert answer.get_json()["title"] == "Not found"
