"""Every refusal under /scim/v2 has the shape of RFC 7644, whatever part of the application refuses."""

from __future__ import annotations

import pytest

from plugin.services.operation.rate_limit import Buckets
from plugin.services.people import api_tokens
from plugin.web.scim import serving
from tests.web.scim.conftest import USER, Provider

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def assert_is_scim(answer: object, status: int) -> None:
    body = answer.get_json(force=True)  # type: ignore[attr-defined]
    assert answer.content_type.startswith("application/scim+json")  # type: ignore[attr-defined]
    assert (answer.status_code, body["schemas"], body["status"]) == (status, [ERROR], str(status))  # type: ignore[attr-defined]
    assert body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/999", 404),
        ("PROPFIND", "/Users", 405),
        ("TRACE", "/Users", 405),
        ("DELETE", "/Schemas", 405),
    ],
)
def test_what_is_not_there_or_not_possible(provider: Provider, method: str, path: str, status: int) -> None:
    assert_is_scim(provider.call(method, path), status)


def test_another_content_type_is_refused(provider: Provider) -> None:
    answer = provider.client.post(
        "/scim/v2/Users",
        data="userName=ada",
        headers={"Authorization": f"Bearer {provider.token}", "Content-Type": "text/plain"},
    )
    assert_is_scim(answer, 415)


def test_a_body_that_is_too_large_is_refused(provider: Provider) -> None:
    body = {"schemas": [USER], "userName": "a" * 3_000_000}
    assert_is_scim(provider.call("POST", "/Users", body), 413)


def test_an_error_that_nobody_foresaw_says_nothing_of_itself(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(api_tokens, "caller_of", broken)
    monkeypatch.setitem(provider.client.application.config, "PROPAGATE_EXCEPTIONS", False)
    answer = provider.client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {provider.token}"})
    assert_is_scim(answer, 500)
    assert "secret" not in answer.get_data(as_text=True)


def test_an_account_that_sends_too_much_is_told_how_long_to_wait(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PER_ACCOUNT", Buckets(rate=0.5, burst=2, monotonic=lambda: 0.0))
    assert [provider.call("GET", "/Users").status_code for _turn in range(2)] == [200, 200]
    answer = provider.call("GET", "/Users")
    assert_is_scim(answer, 429)
    assert answer.headers["Retry-After"] == "3"
