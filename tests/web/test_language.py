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
