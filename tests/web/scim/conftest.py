"""An identity provider's account with its token, and what it may send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.services.core import SYSTEM, Core
from plugin.services.people import provider_accounts
from tests.conftest import app_over

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Document = dict[str, Any]


@dataclass
class Provider:
    """An identity provider at our door."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.open(f"/scim/v2{path}", method=method, json=body, headers=sent)
        assert response.status_code < 500, response.get_data(as_text=True)
        return response

    def get(self, path: str) -> Document:
        response = self.call("GET", path)
        assert response.status_code == 200, response.get_json(force=True)
        found: Document = response.get_json(force=True)
        return found

    def found(self, query: str, endpoint: str = "Users") -> list[str]:
        """The userNames (or names of groups) that a filter finds."""
        body = self.client.get(
            f"/scim/v2/{endpoint}",
            query_string={"filter": query},
            headers={"Authorization": f"Bearer {self.token}"},
        ).get_json(force=True)
        assert "Resources" in body or body["totalResults"] == 0, body
        return [one.get("userName") or one["displayName"] for one in body.get("Resources", [])]

    def join(self, user_name: str, **more: object) -> Document:
        response = self.call("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})
        assert response.status_code == 201, response.get_json(force=True)
        made: Document = response.get_json(force=True)
        return made

    def group(self, name: str, *members: str) -> Document:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members]}
        response = self.call("POST", "/Groups", body)
        assert response.status_code == 201, response.get_json(force=True)
        made: Document = response.get_json(force=True)
        return made

    def patch(self, path: str, *operations: Document, status: int = 204, **headers: str) -> Document:
        response = self.call(
            "PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **headers
        )
        assert response.status_code == status, response.get_json(force=True)
        return response.get_json(force=True) if response.data else {}


def provider_at(core: Core) -> Provider:
    token = provider_accounts.make_token(core, SYSTEM, email="entra@example.com", name="Entra ID")
    return Provider(app_over(core).test_client(), token.reveal())


@pytest.fixture
def core(any_core: Core) -> Core:
    return any_core


@pytest.fixture
def provider(core: Core) -> Provider:
    return provider_at(core)
