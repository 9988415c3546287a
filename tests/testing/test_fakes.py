"""The fake vendors themselves: what connectors and badge verification are tested against must behave as described."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from plugin.errors import ConfigError, RetryLater
from plugin.http_client import Client, Limits, networks
from plugin.testing.fake_badge_issuer import FakeBadgeIssuer
from plugin.testing.faults import Fault, Faults, Kind, error_inside, rate_limited
from plugin.testing.serving import serve

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(limits=Limits(total_seconds=1, gap_seconds=0.5, attempts=1)) as made:
        yield made


@pytest.fixture
def issuer() -> FakeBadgeIssuer:
    made = FakeBadgeIssuer()
    made.badge("sql", "SQL Practitioner", tags=("data",), skill="SQL")
    made.award(
        "1",
        "sql",
        "ada@example.com",
        issued_on="2026-10-02T00:00:00Z",
        expires="2028-10-02T00:00:00Z",
        salt="s",
    )
    return made


def test_badge_can_be_walked_from_assertion_to_issuer(issuer: FakeBadgeIssuer, client: Client) -> None:
    with serve(issuer.app) as served:
        found = [client.fetch_document(served.base_url + "/assertions/1", networks=LOOPBACK).json()]
        for link in ("badge", "issuer"):
            found.append(client.fetch_document(found[-1][link], networks=LOOPBACK).json())  # type: ignore[index,call-overload,arg-type]
    assert [one["type"] for one in found] == ["Assertion", "BadgeClass", "Issuer"]  # type: ignore[index,call-overload]
    digest = hashlib.sha256(b"ada@example.coms").hexdigest()
    assert found[0]["recipient"] == {
        "type": "email",
        "hashed": True,
        "identity": f"sha256${digest}",
        "salt": "s",
    }  # type: ignore[index,call-overload]


@pytest.mark.parametrize(("as_200", "status"), [(False, 410), (True, 200)])
def test_badge_taken_back_says_so_in_both_ways(
    issuer: FakeBadgeIssuer, client: Client, as_200: bool, status: int
) -> None:
    issuer.revoked_is_200 = as_200
    issuer.revoke("1", "left the course")
    with serve(issuer.app) as served:
        document = client.fetch_document(served.base_url + "/assertions/1", networks=LOOPBACK)
    body = document.json()
    assert document.status == status
    assert isinstance(body, dict)
    assert (body["revoked"], body["revocationReason"]) == (True, "left the course")


def test_unknown_badge_is_404(issuer: FakeBadgeIssuer, client: Client) -> None:
    with serve(issuer.app) as served:
        assert client.fetch_document(served.base_url + "/assertions/none", networks=LOOPBACK).status == 404


def test_fake_on_loopback_needs_its_network_allowed(issuer: FakeBadgeIssuer, client: Client) -> None:
    with serve(issuer.app) as served, pytest.raises(ConfigError):
        client.fetch_document(served.base_url + "/assertions/1")


def test_fault_waits_for_its_request_and_passes_then(issuer: FakeBadgeIssuer, client: Client) -> None:
    faults = Faults()
    faults.plan(error_inside({"error": 1}), path="/assertions", after=1, times=1)
    with serve(issuer.app, faults=faults) as served:
        bodies = [
            client.fetch_document(served.base_url + "/assertions/1", networks=LOOPBACK).json()
            for _ in range(3)
        ]
    assert ["error" in body for body in bodies] == [False, True, False]  # type: ignore[operator]
    assert faults.met == 1


@pytest.mark.dates
@pytest.mark.parametrize("as_date", [False, True])
def test_rate_limit_comes_in_both_forms(issuer: FakeBadgeIssuer, client: Client, as_date: bool) -> None:
    faults = Faults()
    faults.plan(rate_limited(60, as_date=as_date))
    with serve(issuer.app, faults=faults) as served, pytest.raises(RetryLater) as caught:
        client.fetch_document(served.base_url + "/issuer", networks=LOOPBACK)
    assert caught.value.wait is not None
    assert 30 < caught.value.wait <= 60


def test_server_ends_at_once_though_a_request_hangs(issuer: FakeBadgeIssuer, client: Client) -> None:
    faults = Faults()
    faults.plan(Fault(Kind.HANG, seconds=86_400))
    with serve(issuer.app, faults=faults) as served, pytest.raises(RetryLater):
        client.fetch_document(served.base_url + "/issuer", networks=LOOPBACK)
