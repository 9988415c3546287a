"""Bytes that no honest sender sends, on every way in: refused as somebody's mistake, never a fault of ours, and no secret address in a log."""

from __future__ import annotations

import base64
import hmac
import io
import json
import logging
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

import plugin.web
from plugin.domain import Role
from plugin.services.core import SYSTEM, Core
from plugin.services.operation.rate_limit import Buckets
from plugin.services.people import account_setup, provider_accounts
from plugin.services.sources import connection_setup, sync
from plugin.web import auth
from plugin.webhooks import inbound, lrs
from tests.small_company import PASSWORD, Company
from tests.web.conftest import Visitor
from tests.web.test_api import token_of
from tests.web.whole_world import OPERATOR, WHO

DIGITS = "9" * 5000
TEXTS = {
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "digits": DIGITS,
    "power": "1e400",
    "nan": "NaN",
    "deep": "[" * 1500,
    "unusual": "١٢٣\u202e\ufffe\U0010ffff",
    "blank": " \u00a0\t",
}
BODIES = {
    "surrogate": b'{"type": "x", "name": "a\\ud800b", "\\udfff": 1}',
    "nul": b'{"type": "x", "name": "a\\u0000b", "\\u0000": 1}',
    "not_utf_8": b'{"name": "\xff\xfe\xc0\x80"}',
    "surrogate_in_utf_8": b'{"name": "\xed\xa0\x80"}',
    "utf_16": '{"name": "x"}'.encode("utf-16"),
    "utf_32": '{"name": "x"}'.encode("utf-32"),
    "deep_list": b"[" * 100_000,
    "deep_object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep_and_closed": b"[" * 900 + b"]" * 900,
    "digits": b'{"name": ' + DIGITS.encode() + b"}",
    "large": b'{"name": 1' + b"0" * 400 + b', "version": 1' + b"0" * 30 + b', "limit": 1e400}',
    "power": b'{"name": 1e400, "limit": -1e400, "version": 1e400}',
    "nan": b'{"name": NaN, "limit": Infinity}',
    "twice": b'{"name": "a", "name": "b"}',
    "empty": b"",
    "null": b"null",
    "text": b'"x"',
    "list": b"[[], {}, null]",
    "wrong_kinds": b'{"name": {"a": []}, "settings": [1], "schemas": 7, "Operations": {"op": []}, "url": false}',
}
STAYS = ("sign_out", "end_session", "end_one_session", "end_sessions", "end_other_sessions")


@pytest.fixture(autouse=True)
def fresh_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((inbound, "_BY_ADDRESS"), (inbound, "_BY_TOKEN"), (lrs, "_BY_ADDRESS")):
        monkeypatch.setattr(module, name, Buckets(rate=10_000, burst=10_000))


@pytest.fixture
def served(app: Flask) -> Iterator[FlaskClient]:
    """As outside of tests: what is not caught is a 500, and logged."""
    app.testing = False
    yield app.test_client()
    app.testing = True


def _failed(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{one.getMessage()} {one.exc_text or one.exc_info}"[:500]
        for one in caplog.records
        if one.levelno >= logging.ERROR
    ]


def _address(rule: str, ids: dict[str, object]) -> str:
    """Of a route; a part that ``ids`` doesn't name is 1."""
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: str(ids.get(found[1], 1)), rule)


# --- what machines send ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_machines(core: Core, served: FlaskClient, caplog: pytest.LogCaptureFixture, body: bytes) -> None:
    """A signed webhook, the receiver of statements, its tokens, the API and SCIM."""
    hook = _suite(core)
    digest = base64.b64encode(hmac.digest(b"hook secret", body, sha256)).decode()
    sent = {"webhook": served.post(hook, data=body, headers={"X-Frappe-Webhook-Signature": digest})}
    base, headers = _receiver(core)
    sent["statements"] = served.post(f"{base}/statements", data=body, headers=headers)
    name = "?statementId=6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
    sent["statement"] = served.put(f"{base}/statements{name}", data=body, headers=headers)
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    sent["token"] = served.post(f"{base}/oauth/token", data=body, headers=form)
    token = provider_accounts.make_token(core, SYSTEM, email="idp@example.com", name="p").reveal()
    scim = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    for method, path in (
        ("POST", "Users"),
        ("PUT", "Users/u1"),
        ("PATCH", "Users/u1"),
        ("POST", "Groups"),
        ("POST", ".search"),
    ):
        sent[f"scim {method} {path}"] = served.open(
            f"/scim/v2/{path}", method=method, data=body, headers=scim
        )
    ours = token_of(core, Role.HR_ADMIN) | {"Content-Type": "application/json"}
    for rule in served.application.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"}):
                address = _address(rule.rule, {})
                sent[f"{method} {address}"] = served.open(address, method=method, data=body, headers=ours)
    assert {name: one.status_code for name, one in sent.items() if one.status_code >= 500} == {}, _failed(
        caplog
    )
    assert len(sent) > 15
    assert {one.status_code for one in sent.values()} <= {200, 202, 204, 400, 401, 404, 409, 413, 415, 422}
    said = caplog.text
    assert not any(secret in said for secret in (hook.rsplit("/", 1)[1], base.rsplit("/", 1)[1]))


def _suite(core: Core) -> str:
    added = connection_setup.add(
        core,
        SYSTEM,
        connector="frappe_hr",
        name="Suite",
        settings={
            "base_url": "https://hr.example.com",
            "api_key": "k",
            "api_secret": "s",
            "webhook_secret": "hook secret",
            "company": "Works",
        },
    )
    return f"/hooks/{connection_setup.shown(core, added).connection.hook_token}"


def _receiver(core: Core) -> tuple[str, dict[str, str]]:
    added = connection_setup.add(
        core,
        SYSTEM,
        connector="xapi_receiver",
        name="Platform",
        settings={"client_id": "p", "client_secret": "a-client-secret"},
    )
    basic = base64.b64encode(b"p:a-client-secret").decode()
    headers = {
        "Authorization": f"Basic {basic}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    return f"/xapi/{connection_setup.shown(core, added).connection.hook_token}", headers


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_addresses_and_headers_of_machines(
    core: Core, served: FlaskClient, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    raw = quote(text[:1500], errors="surrogatepass")
    base, headers = _receiver(core)
    token = provider_accounts.make_token(core, SYSTEM, email="idp@example.com", name="p").reveal()
    scim = {"Authorization": f"Bearer {token}"}
    ours = token_of(core, Role.HR_ADMIN)
    odd = text.encode("utf-8", "replace").decode("latin-1").replace("\0", "").replace("\t", "")[:900]
    calls = [
        ("POST", f"/hooks/{raw}", {}),
        ("POST", f"/xapi/{raw}/statements", headers),
        ("GET", f"{base}/statements?statementId={raw}", headers),
        ("GET", f"{base}/statements", {**headers, "Authorization": f"Bearer {odd}"}),
        ("GET", f"{base}/statements", {**headers, "Authorization": f"Basic {odd}"}),
        ("GET", f"{base}/statements", {**headers, "X-Experience-API-Version": odd}),
        ("GET", f"/scim/v2/Users/{raw}", scim),
        ("GET", f"/scim/v2/Users?filter={raw}&startIndex={raw}&count={raw}&sortBy={raw}&attributes={raw}", scim),
        ("GET", f"/scim/v2/Users?filter=userName eq %22{raw}%22", scim),
        ("GET", f"/scim/v2/{raw}", scim),
        ("GET", "/scim/v2/Users", {"Authorization": f"Bearer {odd}"}),
        ("GET", "/scim/v2/Users/u1", {**scim, "If-None-Match": odd}),
        ("GET", f"/api/v1/connections?after={raw}&limit={raw}&q={raw}&{raw}={raw}", ours),
        ("GET", f"/api/v1/people?after={raw}&limit={raw}&q={raw}&kind={raw}", ours),
        ("GET", f"/api/v1/connections/{raw}", ours),
        ("GET", "/api/v1/connections", {"Authorization": f"Bearer {odd}"}),
        ("GET", f"/sign-in?next={raw}&lang={raw}", {"Accept-Language": odd, "Cookie": f"advisor={odd}; advisor-known={odd}"}),
        ("GET", f"/static/{raw}", {}),
        ("GET", f"/{raw}", {"Accept": odd, "User-Agent": odd, "X-CSRF-Token": odd}),
    ]  # fmt: skip
    found = {
        call[1][:60]: served.open(call[1], method=call[0], headers=call[2]).status_code for call in calls
    }
    assert {name: status for name, status in found.items() if status >= 500} == {}, _failed(caplog)
    assert base.rsplit("/", 1)[1] not in caplog.text


# --- what people's browsers send ------------------------------------------------------------------------------------


def _fields() -> list[str]:
    """The name of every field that a view reads from a form."""
    root = Path(plugin.web.__file__).parent
    of = re.compile(
        r'(?:form\.get|form\.getlist|sent_\w+|typed\.\w+|sent_number)\(\s*"(\w+)"|values\.get\("(\w+)"'
    )
    found = {
        name for path in root.rglob("*.py") for pair in of.findall(path.read_text("utf-8")) for name in pair
    }
    assert found >= {"email", "version", "every_minutes", "name"}
    return sorted(found - {"", "csrf_token"})


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_forms(
    app: Flask,
    core: Core,
    company: Company,
    cycle_id: int,
    served: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    text: str,
) -> None:
    if core.database.is_sqlite:
        pytest.skip("PostgreSQL refuses more")
    account_setup.add_account(
        core, SYSTEM, email=OPERATOR, display_name="Olaf", password=PASSWORD, roles=[Role.OPERATOR]
    )
    who = {role: Visitor(app.test_client()) for role in WHO}
    for role, visitor in who.items():
        assert visitor.sign_in(WHO[role]).status_code == 303
        visitor.get("/how")
    ids: dict[str, object] = {
        "cycle_id": cycle_id,
        "manager_id": company["Dana Lead"],
        "person_id": company["Ada Example"],
    }
    form = dict.fromkeys(_fields(), text) | {
        f"{name}-1": text for name in ("raise", "note", "version", "s-endpoint")
    }
    found: dict[str, int] = {}
    for rule in app.url_map.iter_rules():
        access = auth.access_of(app, rule.endpoint)
        if "POST" not in (rule.methods or set()) or access == auth.OWN or rule.endpoint.endswith(STAYS):
            continue
        role = (
            min(access & WHO.keys())
            if isinstance(access, frozenset) and access & WHO.keys()
            else Role.HR_ADMIN
        )
        address = _address(rule.rule, ids)
        body = urlencode({"csrf_token": who[role].token, **form}, errors="surrogatepass")
        kind = "application/x-www-form-urlencoded"
        found[f"{role} {address}"] = who[role].client.post(address, data=body, content_type=kind).status_code
    assert {name: status for name, status in found.items() if status >= 500} == {}, _failed(caplog)
    statuses = list(found.values())
    assert len(statuses) > 60
    assert 422 in statuses
    assert statuses.count(400) + statuses.count(401) < 5  # they came past the session and the form token


def test_every_answer_that_a_person_or_a_machine_gets_is_kept_by_no_cache(
    core: Core, served: FlaskClient, app: Flask, company: Company
) -> None:
    token = provider_accounts.make_token(core, SYSTEM, email="idp@example.com", name="p").reveal()
    machines = {"/scim/v2/Users": token, "/scim/v2/Users/u99": token, "/scim/v2/ServiceProviderConfig": token}
    ours = token_of(core, Role.HR_ADMIN)
    for path in ("/api/v1/connections", "/api/v1/connections/99", "/api/v1/nothing", "/api/openapi.json"):
        for headers in (ours, {}):
            assert served.get(path, headers=headers).headers["Cache-Control"] == "no-store", path
    for path, key in machines.items():
        for headers in ({"Authorization": f"Bearer {key}"}, {}):
            assert served.get(path, headers=headers).headers["Cache-Control"] == "no-store", path
    dana = Visitor(app.test_client())
    dana.sign_in("dana@example.com")
    for path in ("/", "/team", "/how", "/account", "/nothing", "/admin"):
        assert dana.get(path).headers["Cache-Control"] == "no-store", path
    assert (
        dana.client.get("/account", headers={"Accept": "application/json"}).headers["Cache-Control"]
        == "no-store"
    )
    assert served.get("/sign-in").headers["Cache-Control"] == "no-store"
    static = served.get("/static/app.css?v=1")
    static.close()
    assert "immutable" in static.headers["Cache-Control"]


def test_a_fault_of_ours_is_logged_without_the_secret_address(
    core: Core, served: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(inbound.inbound_events, "source", broken)
    for path in ("/hooks/secret-canary-1", "/xapi/secret-canary-1/statements"):
        assert served.post(path, data=json.dumps({})).status_code >= 400
    assert "RuntimeError" in caplog.text
    assert "/hooks/<string:hook_token>" in caplog.text
    assert "secret-canary-1" not in caplog.text


FILES = {
    "nuls": b"\0" * 4000,
    "nul_in_a_cell": b"person_id,name\nE1,A\0da\n",
    "surrogate": b"person_id,name\nE1,A\xed\xa0\x80da\n",
    "not_utf_8": b"person_id,name\nE1,A\xff\xfe\xc0da\n",
    "digits": b"person_id,name,fte\nE1,Ada," + DIGITS.encode() + b"\n",
    "power": b"person_id,name,fte\nE1,Ada,1e400\n",
    "one_long_line": b'"' + b"a," * 200_000,
    "many_columns": b",".join(b"c%d" % i for i in range(1000)) + b"\n1\n",
    "no_workbook": b"PK\x03\x04" + b"\xff" * 500,
    "utf_16": "person_id,name\nE1,Ada\n".encode("utf-16"),
}


NAMES = {
    **{
        f"{kind}-{name}": (name, data)
        for kind, data in FILES.items()
        for name in ("people.csv", "people.xlsx")
    },
    "unseen": ("p\ufffe\u202e.csv", FILES["surrogate"]),
    "above": ("../../people.csv", FILES["surrogate"]),
    "long": ("p" * 400 + ".csv", FILES["surrogate"]),
}


@pytest.mark.parametrize(("name", "data"), NAMES.values(), ids=NAMES)
def test_files(
    app: Flask,
    core: Core,
    company: Company,
    served: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    name: str,
    data: bytes,
) -> None:
    hana = Visitor(app.test_client())
    hana.sign_in("hana@example.com")
    hana.get("/admin")
    added = connection_setup.add(core, SYSTEM, connector="csv_folder", name="Dropped", settings={})
    answer = hana.post(f"/admin/connections/{added}/files", {"file": (io.BytesIO(data), name)})
    assert answer.status_code in (303, 413, 422), _failed(caplog)
    if answer.status_code == 303:
        address = answer.headers["Location"]
        for more in ("", "/rejected.csv"):
            assert hana.get(address + more).status_code < 500, (more, _failed(caplog))
        assert hana.post(f"{address}/apply", {}).status_code < 500, _failed(caplog)
        sync.perform_next(core)
    assert not _failed(caplog)
