"""The API does what the pages do, for those who may, and tells its shape in OpenAPI."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from plugin.app import create_app
from plugin.domain import Role
from plugin.domain.ids import LARGEST_ID
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens, signing_in
from plugin.services.sources import sync
from plugin.store.sources import connections

BODIES: dict[str, dict[str, Any]] = {  # bodies that are right
    "/connections/{connection_id}": {
        "connector": "csv_folder",
        "version": 1,
        "name": "Files",
        "settings": {"folder": "hr"},
    },
    "/connections/{connection_id}/schedule": {"version": 1, "every_minutes": 60, "sinks": []},
    "/connections/{connection_id}/state": {"version": 1, "state": "paused"},
    "/endpoints/{endpoint_id}/state": {"state": "paused"},
    "/endpoints/{endpoint_id}": {"name": "Receiver", "url": "https://receiver.example.com/"},
}
CANARY = "canary-secret-987654321"


@pytest.fixture
def client(core: Core) -> FlaskClient:
    return create_app(core).test_client()


def token_of(core: Core, role: Role) -> dict[str, str]:
    email = f"{role.value}@example.com"
    account_id = account_setup.add_account(
        core, SYSTEM, email=email, display_name="", password="long enough word", roles=[role]
    )
    return {
        "Authorization": f"Bearer {api_tokens.make(core, SYSTEM, account_id=account_id, name='test').reveal()}"
    }


@pytest.fixture
def admin(core: Core) -> dict[str, str]:
    return token_of(core, Role.HR_ADMIN)


@pytest.fixture
def folder(core: Core) -> Path:
    path = Path(core.settings.files_root) / "hr"
    path.mkdir(parents=True)
    (path / "people.csv").write_text("person_id,name,email\nE1,Ada Example,ada@example.com\n")
    (path / "learning.csv").write_text(
        "record_id,email,activity_id,title,outcome,occurred_at,hours\n"
        "R1,unknown@example.com,https://lms.example.org/1,Testing,completed,2026-01-01T00:00:00Z,1\n"
    )
    return path


def test_document_is_valid_openapi_and_names_every_address(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    validate(document)
    named = set(document["paths"])
    rules = {str(rule) for rule in client.application.url_map.iter_rules() if str(rule).startswith("/api/v1")}
    assert len(named) == len(rules) > 15


def test_connection_is_added_run_and_its_records_matched(
    client: FlaskClient, core: Core, admin: dict[str, str], folder: Path
) -> None:
    def call(method: str, path: str, **options: Any) -> Any:
        answer = client.open("/api/v1" + path, method=method, headers=admin, **options)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json()

    added = call(
        "POST",
        "/connections",
        json={"connector": "csv_folder", "name": "Files", "settings": {"folder": folder.name}},
    )
    address = f"/connections/{added['id']}"
    assert call("POST", address + "/check")["ok"]
    queued = call("POST", address + "/runs", json={})
    assert queued["state"] == "queued"
    sync.perform_next(core)
    assert call("GET", f"/runs/{queued['id']}")["state"] == "succeeded"
    (person,) = call("GET", "/people?search=ada")["items"]
    (unknown,) = call("GET", "/unmatched")["items"]
    assert (unknown["value"], unknown["records"]) == ("unknown@example.com", 1)
    linked = call(
        "POST",
        "/unmatched",
        json={"kind": unknown["kind"], "value": unknown["value"], "person_id": person["id"]},
    )
    assert linked["applied"] == 1
    assert call("GET", "/unmatched")["items"] == []
    paused = call("PUT", address + "/state", json={"version": added["version"], "state": "paused"})
    assert paused["state"] == "paused"


def test_secrets_are_never_given_back(client: FlaskClient, admin: dict[str, str]) -> None:
    settings = {"endpoint": "https://lrs.example.com/xAPI", "username": "u", "password": CANARY}
    answer = client.post(
        "/api/v1/connections",
        headers=admin,
        json={"connector": "xapi_lrs", "name": "LRS", "settings": settings},
    )
    assert answer.get_json()["settings"]["password"] is True
    everything = [
        client.get(path, headers=admin).get_data(as_text=True)
        for path in ("/api/v1/connections", "/api/v1/connections/1")
    ]
    assert CANARY not in "".join([*everything, answer.get_data(as_text=True)])


def test_wrong_settings_are_named(client: FlaskClient, admin: dict[str, str]) -> None:
    body = {"connector": "xapi_lrs", "name": "LRS", "settings": {"endpoint": "no address", "colour": "blue"}}
    answer = client.post("/api/v1/connections", headers=admin, json=body)
    assert answer.status_code == 422
    named = {one["pointer"] for one in answer.get_json()["errors"]}
    assert {"#/settings/endpoint", "#/settings/colour", "#/settings/username"} <= named


def test_own_network_needs_the_operators_word(client: FlaskClient, admin: dict[str, str]) -> None:
    settings = {
        "endpoint": "https://lrs.example.com",
        "username": "u",
        "password": "p",
        "networks": ["10.0.0.0/8"],
    }
    answer = client.post(
        "/api/v1/connections",
        headers=admin,
        json={"connector": "xapi_lrs", "name": "LRS", "settings": settings},
    )
    assert answer.status_code == 403
    assert [one["pointer"] for one in answer.get_json()["errors"]] == ["#/settings/networks"]


@pytest.mark.parametrize("number", [0, 999, LARGEST_ID, LARGEST_ID + 1, 2**63, 10**30])
def test_unknown_ids_are_not_found(client: FlaskClient, admin: dict[str, str], number: int) -> None:
    document = client.get("/api/openapi.json").get_json()
    asked = 0
    for path, operations in document["paths"].items():
        for method in set(operations) & {"get", "post", "put", "delete"} if "{" in path else ():
            address = re.sub(r"{\w+}", str(number), path)
            sent = {"headers": admin, "json": BODIES.get(path.removeprefix("/api/v1"), {})}
            answer = client.open(address, method=method.upper(), **sent)
            assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), (method, path)
            asked += 1
    assert asked > 15


def test_old_version_is_a_conflict(client: FlaskClient, admin: dict[str, str], folder: Path) -> None:
    body = {"connector": "csv_folder", "name": "Files", "settings": {"folder": folder.name}}
    added = client.post("/api/v1/connections", headers=admin, json=body).get_json()
    address = f"/api/v1/connections/{added['id']}/state"
    assert client.put(address, headers=admin, json={"version": 1, "state": "paused"}).status_code == 200
    assert client.put(address, headers=admin, json={"version": 1, "state": "active"}).status_code == 409


def test_browser_session_needs_the_form_token(client: FlaskClient, core: Core) -> None:
    account_setup.add_account(
        core,
        SYSTEM,
        email="hr@example.com",
        display_name="",
        password="long enough word",
        roles=[Role.HR_ADMIN],
    )
    signed_in = signing_in.with_password(core, "hr@example.com", "long enough word")
    with client.session_transaction() as session:
        session["key"], session["csrf"] = signed_in.key.reveal(), "word"
    assert client.get("/api/v1/connections").status_code == 200
    assert client.post("/api/v1/deliveries/replay", json={}).status_code == 400
    assert (
        client.post("/api/v1/deliveries/replay", json={}, headers={"X-CSRF-Token": "word"}).status_code == 200
    )


def test_expired_and_revoked_tokens_are_refused(
    client: FlaskClient, core: Core, admin: dict[str, str], clock: Any
) -> None:
    assert client.get("/api/v1/connectors", headers=admin).status_code == 200
    clock.advance(days=91)
    assert client.get("/api/v1/connectors", headers=admin).status_code == 401
    clock.advance(days=-91)
    api_tokens.revoke(core, SYSTEM, 1)
    assert client.get("/api/v1/connectors", headers=admin).status_code == 401


def test_connection_of_an_uninstalled_package_can_be_seen_and_removed(
    client: FlaskClient, core: Core, admin: dict[str, str]
) -> None:
    with core.database.transaction() as tx:
        connections.add(tx, core.clock(), connector="gone_lms", name="Old", settings={}, hook_token="word")
    (shown,) = client.get("/api/v1/connections", headers=admin).get_json()["items"]
    assert shown["connector"] == "gone_lms"
    checked = client.post(f"/api/v1/connections/{shown['id']}/check", headers=admin).get_json()
    assert checked["ok"] is False
    assert len(checked["steps"]) == 1
    assert client.delete(f"/api/v1/connections/{shown['id']}", headers=admin).status_code == 204


@pytest.mark.parametrize("limit", ["1_0", "\u0665", "1e1", "5.5", "1,000", ""])
def test_a_number_in_an_address_is_written_plainly(
    client: FlaskClient, admin: dict[str, str], limit: str
) -> None:
    assert client.get("/api/v1/connections", query_string={"limit": "5"}, headers=admin).status_code == 200
    answer = client.get("/api/v1/connections", query_string={"limit": limit}, headers=admin)
    assert answer.status_code == 422
