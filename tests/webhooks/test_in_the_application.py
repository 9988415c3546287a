"""The machine endpoints inside the whole application: no sign-in, no form token, no session, hardened headers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from plugin.app import create_app
from plugin.services.core import SYSTEM, Core
from plugin.services.sources import connection_setup


@pytest.fixture
def whole(core: Core) -> FlaskClient:
    return create_app(core).test_client()


def test_unsigned_hook_is_refused_as_json(whole: FlaskClient) -> None:
    answer = whole.post("/hooks/no-such-token", data=b"{}")
    assert (answer.status_code, answer.json["code"]) == (401, "auth")
    assert "Set-Cookie" not in answer.headers


def test_statement_comes_in_with_basic_credentials(whole: FlaskClient, core: Core) -> None:
    values = {"client_id": "platform", "client_secret": "a-client-secret-of-the-tests-0123456789"}
    added = connection_setup.add(core, SYSTEM, connector="xapi_receiver", name="P", settings=values)
    token = connection_setup.shown(core, added).connection.hook_token
    body = {
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://courses.example.com/python"},
    }
    answer = whole.post(
        f"/xapi/{token}/statements",
        json=body,
        headers={"X-Experience-API-Version": "1.0.3"},
        auth=(values["client_id"], values["client_secret"]),
    )
    assert answer.status_code == 200, answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/hooks/x", "/xapi/x/statements", "/xapi/x/oauth/token", "/xapi/x/nothing"])
def test_errors_of_machine_addresses_are_no_pages_for_people(whole: FlaskClient, path: str) -> None:
    answer = whole.delete(path)
    assert answer.status_code in (404, 405)
    assert "Set-Cookie" not in answer.headers
