"""A token may do what it was made for, never more than its account's roles give, and the document says what each call needs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.domain import Role, Scope, scopes_of
from plugin.domain.people import SCOPES_OF
from plugin.errors import InvalidInput
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens
from plugin.web import auth
from tests.web.api.conftest import Headers, token_of

METHODS = ("get", "post", "put", "delete")


def calls(client: FlaskClient) -> list[tuple[str, str, str | None]]:
    """Method, address and scope of every operation, as the document says it."""
    found = []
    for path, operations in client.get("/api/openapi.json").get_json()["paths"].items():
        for method in set(operations) & set(METHODS):
            (needed,) = operations[method]["security"]
            address = path
            for name in ("connection_id", "run_id", "endpoint_id", "delivery_id", "cycle_id", "manager_id"):
                address = address.replace("{" + name + "}", "999")
            found.append((method, address, next(iter(needed["token"]), None)))
    return sorted(found, key=str)


def _status(client: FlaskClient, method: str, address: str, headers: Headers) -> tuple[int, str]:
    answer = client.open(address, method=method.upper(), headers=headers, json={})
    kind = (answer.get_json(silent=True) or {}).get("type", "") if answer.status_code >= 400 else ""
    return answer.status_code, kind.rpartition(":")[2]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_exactly_its_scopes(client: FlaskClient, core: Core, role: Role) -> None:
    headers = token_of(core, role)
    for method, address, scope in calls(client):
        status, kind = _status(client, method, address, headers)
        may = scope is None or scope in scopes_of([role])
        assert (kind != "not_allowed") == may, (method, address, status)
        assert _status(client, method, address, {})[0] == 401, (method, address)


@pytest.mark.parametrize("scope", SCOPES_OF[Role.HR_ADMIN])
def test_a_token_with_one_scope_opens_that_one_alone(client: FlaskClient, core: Core, scope: Scope) -> None:
    headers = token_of(core, Role.HR_ADMIN, [scope])
    opened = set()
    for method, address, needed in calls(client):
        status, kind = _status(client, method, address, headers)
        if kind == "scope":
            assert needed not in (scope, None), (method, address)
        elif kind != "not_allowed":
            assert needed in (scope, None), (method, address, status)
            opened.add(needed)
    assert opened == {scope, None}


def test_a_missing_scope_is_named_and_told_in_the_header(client: FlaskClient, core: Core) -> None:
    headers = token_of(core, Role.HR_ADMIN, [Scope.READ_PEOPLE])
    answer = client.get("/api/v1/connections", headers=headers)
    assert answer.status_code == 403
    assert "read:connections" in answer.get_json()["detail"]
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_every_scope_is_needed_somewhere(client: FlaskClient) -> None:
    needed = {scope for _method, _address, scope in calls(client) if scope}
    assert needed | {Scope.SCIM} == set(Scope)
    assert {scope for given in SCOPES_OF.values() for scope in given} == set(Scope)


def test_a_role_that_is_taken_away_takes_its_scopes_from_the_token(client: FlaskClient, core: Core) -> None:
    headers = token_of(core, Role.HR_ADMIN)
    me = client.get("/api/v1/me", headers=headers).get_json()
    assert set(me["scopes"]) == scopes_of([Role.HR_ADMIN])
    account_setup.set_roles(core, SYSTEM, me["account_id"], [Role.MANAGER])
    assert client.get("/api/v1/me", headers=headers).get_json()["scopes"] == ["read:decisions"]
    assert client.get("/api/v1/connections", headers=headers).status_code == 403
    account_setup.set_roles(core, SYSTEM, me["account_id"], [Role.ANALYST, Role.MANAGER, Role.HR_ADMIN])
    assert "read:models" not in client.get("/api/v1/me", headers=headers).get_json()["scopes"]


def _account(core: Core, role: Role) -> int:
    email = f"{role}@example.com"
    return account_setup.add_account(
        core, SYSTEM, email=email, display_name="", password="long enough word", roles=[role]
    )


def test_a_token_is_not_made_for_more_than_its_account_may(core: Core) -> None:
    manager = _account(core, Role.MANAGER)
    for scopes in ([Scope.READ_PEOPLE], [Scope.READ_DECISIONS, Scope.READ_AUDIT], []):
        with pytest.raises(InvalidInput) as problem:
            api_tokens.make(core, SYSTEM, account_id=manager, name="x", scopes=scopes)
        assert set(problem.value.fields) == {"scopes"}
    assert api_tokens.page(core, manager) == []


def test_last_use_is_noted_to_the_minute(client: FlaskClient, core: Core, clock: Any) -> None:
    account = _account(core, Role.HR_ADMIN)
    token = api_tokens.make(core, SYSTEM, account_id=account, name="x").reveal()
    assert api_tokens.page(core, account)[0].last_used_at is None
    seen = []
    for seconds in (0, 30, 31, 100):
        clock.advance(seconds=seconds)
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        seen.append(api_tokens.page(core, account)[0].last_used_at)
    assert seen[0] == seen[1]
    assert seen[1] < seen[2] < seen[3] == clock()


def test_the_account_that_was_closed_is_no_caller(client: FlaskClient, core: Core) -> None:
    headers = token_of(core, Role.MANAGER)
    me = client.get("/api/v1/me", headers=headers).get_json()
    account_setup.set_active(core, SYSTEM, me["account_id"], active=False)
    answer = client.get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (401, "urn:raise-advisor:problem:token")


def test_every_address_of_the_api_is_a_resource_that_asks_who_calls(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/api/v1")]
    assert len(rules) > 20
    for rule in rules:
        assert auth.access_of(app, rule.endpoint) == auth.OWN
        assert hasattr(app.view_functions[rule.endpoint].view_class, "reads"), rule
