"""Whatever goes wrong, a program gets problem details (RFC 9457): one shape, a stable type, and what to do next."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from plugin.domain import Role, Scope
from plugin.errors import RetryLater
from plugin.services.core import SYSTEM, Core
from plugin.services.operation.rate_limit import Buckets
from plugin.services.people import account_setup, signing_in
from plugin.services.sources import connection_setup
from plugin.store import tables
from plugin.store.database import Database
from plugin.store.sources import connections
from plugin.web import problems
from plugin.web.api import caller, published
from tests.web.api.conftest import Headers, on_the_wire, token_of

SECRET = "canary 31415926"
NEW = {"connector": "csv_folder", "name": "Files", "settings": {}}


def fits(app: Flask, found: dict[str, Any]) -> None:
    """The published schema of a problem; nothing beside it."""
    root = {"$ref": "#/components/schemas/Problem", "components": published(app)["components"]}
    Draft202012Validator(root).validate(found)


def problem_of(app: Flask, answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
    found: dict[str, Any] = json.loads(answer.get_data())
    fits(app, found)
    assert found["status"] == answer.status_code
    assert found["title"]
    assert found["detail"].endswith(".") or "ra_…" in found["detail"]
    return found


@dataclass
class Ground:
    """What a case may use to go wrong."""

    app: Flask
    core: Core
    client: FlaskClient
    headers: Headers
    patch: pytest.MonkeyPatch

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.client.post(f"/api/v1{path}", headers=self.headers, **options)

    def put(self, path: str, body: object) -> TestResponse:
        return self.client.put(f"/api/v1{path}", headers=self.headers, json=body)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers | headers)


def _malformed(g: Ground) -> TestResponse:
    return g.post("/connections", data="{", content_type="application/json")


def _form_token(g: Ground) -> TestResponse:
    with g.client.session_transaction() as session:
        session["key"] = _hr(g.core)
    return g.client.post("/api/v1/connections", json=NEW)


def _hr(core: Core) -> str:
    """The key of a session."""
    word = "long enough word"
    roles = [Role.HR_ADMIN]
    account_setup.add_account(
        core, SYSTEM, email="h@example.com", display_name="", password=word, roles=roles
    )
    return signing_in.with_password(core, "h@example.com", word).key.reveal()


def _unauthenticated(g: Ground) -> TestResponse:
    return g.client.get("/api/v1/connections")


def _token(g: Ground) -> TestResponse:
    return g.get("/connections", Authorization="Bearer ra_unknown")


def _not_allowed(g: Ground) -> TestResponse:
    return g.client.get("/api/v1/connections", headers=token_of(g.core, Role.MANAGER))


def _not_found(g: Ground) -> TestResponse:
    return g.get("/connections/999")


def _method(g: Ground) -> TestResponse:
    answer = g.client.patch("/api/v1/connections", headers=g.headers)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    return answer


def _not_acceptable(g: Ground) -> TestResponse:
    return g.get("/connections", Accept="text/html")


def _conflict(g: Ground) -> TestResponse:
    added = connection_setup.add(g.core, SYSTEM, **NEW)
    return g.put(f"/connections/{added}/state", {"version": 7, "state": "paused"})


def _scope(g: Ground) -> TestResponse:
    headers = token_of(g.core, Role.HR_ADMIN, [Scope.READ_WEBHOOKS])
    return g.client.get("/api/v1/people", headers=headers)


def _network(g: Ground) -> TestResponse:
    body = {"name": "A", "url": "http://10.0.0.1/", "networks": ["10.0.0.0/8"]}
    return g.post("/endpoints", json=body)


KEY = {"Idempotency-Key": "a"}


def _busy(g: Ground) -> TestResponse:
    g.client.post("/api/v1/connections", json=NEW, headers=g.headers | KEY)
    with g.core.database.transaction() as tx:  # as a process leaves it that is killed in the middle
        tx.execute(tables.idempotency_key.update().values(answer=None))
    return g.client.post("/api/v1/connections", json=NEW, headers=g.headers | KEY)


def _key_reused(g: Ground) -> TestResponse:
    g.client.post("/api/v1/connections", json=NEW, headers=g.headers | KEY)
    return g.client.post("/api/v1/connections", json=NEW | {"name": "B"}, headers=g.headers | KEY)


def _taken(g: Ground) -> TestResponse:
    assert g.post("/connections", json=NEW).status_code == 201
    return g.post("/connections", json=NEW)


def _unsupported(g: Ground) -> TestResponse:
    added = g.post("/connections", json=NEW).get_json()
    return g.put(
        f"/connections/{added['id']}/schedule", {"version": 1, "every_minutes": 60, "sinks": ["skills"]}
    )


def _secret(g: Ground) -> TestResponse:
    settings = {"endpoint": "https://lrs.example.com", "username": "u", "password": "p"}
    body = {"connector": "xapi_lrs", "name": "LRS", "settings": settings}
    added = g.post("/connections", json=body).get_json()
    moved = {"endpoint": "https://other.example.com", "username": "u"}
    return g.put(f"/connections/{added['id']}", body | {"version": 1, "settings": moved})


def _no_connector(g: Ground) -> TestResponse:
    with g.core.database.transaction() as tx:
        gone = connections.add(
            tx, g.core.clock(), connector="gone", name="Old", settings={}, hook_token="word"
        )
    return g.post(f"/connections/{gone}/runs", json={})


def _too_large(g: Ground) -> TestResponse:
    return g.post(
        "/connections", data=b"x" * (g.core.settings.max_body_bytes + 1), content_type="application/json"
    )


def _media_type(g: Ground) -> TestResponse:
    return g.post("/connections", data="name=Files", content_type="application/x-www-form-urlencoded")


def _invalid(g: Ground) -> TestResponse:
    return g.post("/connections", json={})


def _rate(g: Ground) -> TestResponse:
    g.patch.setattr(caller, "PER_ACCOUNT", Buckets(rate=0.1, burst=1))
    assert g.get("/connections").status_code == 200
    answer = g.get("/connections")
    assert 9 <= int(answer.headers["Retry-After"]) <= 11
    return answer


def _failure(g: Ground) -> TestResponse:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    g.patch.setattr(connection_setup, "page", broken)
    g.patch.setattr(g.app, "testing", False)  # an application that people use does not pass errors on
    answer = g.get("/connections")
    assert SECRET not in answer.get_data(as_text=True)
    return answer


def _unavailable(g: Ground) -> TestResponse:
    def gone(*_: Any) -> None:
        raise RetryLater("the database does not respond", code="database")

    g.patch.setattr(Database, "_connected", gone)
    answer = g.get("/connections")
    assert int(answer.headers["Retry-After"]) > 0
    return answer


CASES: dict[str, Callable[[Ground], TestResponse]] = {
    "malformed": _malformed,
    "form_token": _form_token,
    "unauthenticated": _unauthenticated,
    "token": _token,
    "not_allowed": _not_allowed,
    "not_found": _not_found,
    "method": _method,
    "not_acceptable": _not_acceptable,
    "conflict": _conflict,
    "scope": _scope,
    "network": _network,
    "busy": _busy,
    "key_reused": _key_reused,
    "taken": _taken,
    "unsupported": _unsupported,
    "secret": _secret,
    "no_connector": _no_connector,
    "too_large": _too_large,
    "media_type": _media_type,
    "invalid": _invalid,
    "rate": _rate,
    "failure": _failure,
    "unavailable": _unavailable,
}


@pytest.mark.parametrize("code", list(problems.BY_CODE))
def test_each_problem_has_its_type_and_status(
    app: Flask, core: Core, client: FlaskClient, admin: Headers, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    answer = CASES[code](Ground(app, core, client, admin, monkeypatch))
    found = problem_of(app, answer)
    assert found["type"] == f"urn:raise-advisor:problem:{code}"
    assert answer.status_code == problems.BY_CODE[code].status
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert ("invalid_token" in answer.headers["WWW-Authenticate"]) == (code == "token")


def test_an_unknown_address_of_the_api_is_a_problem_and_one_of_the_pages_a_page(
    app: Flask, client: FlaskClient
) -> None:
    assert problem_of(app, client.get("/api/v1/nothing"))["type"].endswith(":not_found")
    assert problem_of(app, client.get("/nothing", headers={"Accept": "application/json"}))["status"] == 404
    assert client.get("/nothing", headers={"Accept": "text/html"}).mimetype == "text/html"


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"name": NaN}', '{"version": ' + "9" * 5000 + "}", b'"\xff"', "", '{"a": 1} {"b": 2}'],
    ids=["deep", "nan", "long number", "no utf-8", "nothing", "two"],
)
def test_what_is_no_json_is_told_as_that(app: Flask, client: FlaskClient, admin: Headers, body: str) -> None:
    answer = client.post("/api/v1/connections", data=body, headers=admin, content_type="application/json")
    code = "malformed" if body else "invalid"
    assert problem_of(app, answer)["type"].endswith(code)


def test_each_wrong_value_is_pointed_at(app: Flask, client: FlaskClient, admin: Headers) -> None:
    body = {"connector": "csv_folder", "name": "x" * 201, "settings": {"locale": "klingon"}, "a/b~c": 1}
    for connector, more in (("csv_folder", {"#/settings/locale"}), (5, {"#/connector"})):
        answer = client.post("/api/v1/connections", json=body | {"connector": connector}, headers=admin)
        pointers = {one["pointer"] for one in problem_of(app, answer)["errors"]}
        assert pointers == {"#/name", "#/a~1b~0c"} | more
    found = problem_of(app, client.get("/api/v1/connections?limit=0&colour=1", headers=admin))
    assert {one["parameter"] for one in found["errors"]} == {"limit", "colour"}
    found = problem_of(app, client.get("/api/v1/connections?limit=%00", headers=admin))
    assert [one["parameter"] for one in found["errors"]] == ["limit"]
    found = problem_of(app, client.post("/api/v1/connections", json=["a"], headers=admin))
    assert [one["pointer"] for one in found["errors"]] == ["#"]


def test_the_type_is_the_same_in_every_language(app: Flask, client: FlaskClient, admin: Headers) -> None:
    english, german = (
        problem_of(app, client.get("/api/v1/runs/999", headers=admin | {"Accept-Language": name}))
        for name in ("en", "de")
    )
    assert english["type"] == german["type"]
    assert english["title"] != german["title"]


def _sent(site: str, request: bytes) -> tuple[int, dict[str, Any]]:
    """Bytes as they are: what no client library would send."""
    from socket import create_connection

    with create_connection((urlsplit(site).hostname, urlsplit(site).port), timeout=20) as opened:
        opened.sendall(request)
        answer = http.client.HTTPResponse(opened)
        answer.begin()
        assert answer.headers.get_content_type() == "application/problem+json"
        return answer.status, json.loads(answer.read())


def test_what_the_http_server_refuses_is_a_problem_too(app: Flask, core: Core) -> None:
    with on_the_wire(core) as site:
        line = b"POST /api/v1/connections HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for sent, status, kind in (
            (line + b"Content-Length: 9999999\r\n\r\n", 413, "urn:raise-advisor:problem:too_large"),
            (line + b"Content-Length: five\r\n\r\n", 400, "urn:raise-advisor:problem:malformed"),
            (line + b"Transfer-Encoding: gzip\r\n\r\n", 501, "about:blank"),
            (b"no request at all\r\n\r\n", 400, "urn:raise-advisor:problem:malformed"),
        ):
            got, found = _sent(site, sent)
            fits(app, found)
            assert (got, found["status"], found["type"]) == (status, status, kind)


def test_the_reference_lists_every_problem_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/api.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| `[a-z_]+` \| \d{3} \|", line)]
    assert rows == [f"| `{kind.code}` | {kind.status} | {kind.detail} |" for kind in problems.KINDS]
