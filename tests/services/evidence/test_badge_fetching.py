"""Documents of badges are fetched over one client that is closed, classes once a batch, and what may change every time."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from plugin.badges.reading.documents import Document, FetchRefused, Unreachable
from plugin.http_client import Client
from plugin.services.evidence import badge_documents
from plugin.services.evidence.badge_documents import OncePerBatch
from plugin.testing.fake_badge_issuer import FakeBadgeIssuer
from plugin.testing.serving import serve

LOOPBACK = ("127.0.0.0/8",)


class Counting:
    """Answers everything with one document and counts."""

    def __init__(self, body: object, status: int = 200) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer, self.asked = Document(status, raw, "application/json"), Counter[str]()

    def fetch(self, url: str) -> Document:
        self.asked[url] += 1
        return self.answer


@pytest.mark.parametrize("types", ["BadgeClass", "Issuer", "Profile", ["Profile", "Issuer"]])
def test_issuers_and_classes_are_fetched_once(types: object) -> None:
    inner = Counting({"type": types})
    once = OncePerBatch(inner)
    assert once.fetch("https://a.example/1") == once.fetch("https://a.example/1")
    once.fetch("https://a.example/2")
    assert inner.asked == {"https://a.example/1": 1, "https://a.example/2": 1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": "Assertion"}, 200),
        ({"type": ["Assertion", "BadgeClass"]}, 200),
        ({"type": ["BadgeClass", 1]}, 200),
        ({"type": "RevocationList"}, 200),
        ({"type": ["VerifiableCredential", "BitstringStatusListCredential"]}, 200),
        ({"type": "CryptographicKey"}, 200),
        ({"type": []}, 200),
        ({}, 200),
        ([], 200),
        (b"\x89PNG", 200),
        (b'{"type": "Issuer", "type": "Issuer"}', 200),
        ({"type": "BadgeClass"}, 404),
        ({"type": "BadgeClass"}, 410),
        ({"type": "BadgeClass", "image": "x" * 70_000}, 200),
    ],
)
def test_whatever_says_whether_a_badge_holds_is_asked_every_time(body: object, status: int) -> None:
    inner = Counting(body, status)
    once = OncePerBatch(inner)
    once.fetch("https://a.example/1")
    once.fetch("https://a.example/1")
    assert inner.asked["https://a.example/1"] == 2


def test_the_memory_is_bounded() -> None:
    inner = Counting({"type": "Issuer"})
    once = OncePerBatch(inner, most=2)
    for _ in range(2):
        for number in range(4):
            once.fetch(f"https://a.example/{number}")
    assert sorted(inner.asked.values()) == [1, 1, 2, 2]


def test_private_addresses_are_closed_unless_the_operator_opens_them() -> None:
    issuer = FakeBadgeIssuer()
    with serve(issuer.app) as served, Client() as client:
        url = f"{served.base_url}/issuer"
        with pytest.raises(FetchRefused):
            badge_documents.over(client).fetch(url)
        found = badge_documents.over(client, LOOPBACK).fetch(url)
        assert (found.status, found.content_type) == (200, "application/ld+json")
        with pytest.raises(Unreachable):
            badge_documents.over(client, LOOPBACK).fetch("http://127.0.0.1:9999/issuer")


def test_an_opened_client_is_closed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Client] = []
    real = Client.close

    def note(self: Client) -> None:
        closed.append(self)
        real(self)

    monkeypatch.setattr(Client, "close", note)
    with badge_documents.opened(LOOPBACK):
        assert closed == []
    assert len(closed) == 1
