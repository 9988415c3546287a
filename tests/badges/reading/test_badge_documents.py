"""What a badge may make us fetch, and how failures come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugin.badges import Document, FetchRefused, IndexDocuments, MappedDocuments, PublicOnly, Unreachable
from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.reading.documents import Fetching
from plugin.errors import ConfigError
from plugin.http_client import Client
from plugin.services.evidence.badge_documents import HttpDocuments
from tests.badges.issuing import Issuer, judge


class Recording:
    """Answers everything and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str) -> Document:
        self.asked.append(url)
        return Document(200, b"{}")


HOSTILE = [
    "http://example.com/x",
    "ftp://example.com/x",
    "file:///etc/passwd",
    "gopher://example.com/",
    "data:application/json,{}",
    "https://localhost/x",
    "https://localhost./x",
    "https://service.internal/x",
    "https://printer.local/x",
    "https://intranet/x",
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0x7f.0.0.1/x",
    "https://0x7f000001/x",
    "https://10.0.0.8/x",
    "https://172.16.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/x",
    "https://0.0.0.0/x",
    "https://224.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[fe80::1%25eth0]/x",
    "https://[fd00::1]/x",
    "https://[fec0::1]/x",
    "https://user@example.com/x",
    "https://example.com:pass@127.0.0.1/x",
    "https://example.com\\@127.0.0.1/x",
    "https://example.com:22/x",
    "https://example.com:99999/x",
    "https://exa mple.com/x",
    "https://example.com/\r\nHost: x",
    "https://ex\u00e4mple.com/x",
    "https:///x",
    "//example.com/x",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_refused_before_anything_is_asked(url: str) -> None:
    inner = Recording()
    with pytest.raises(FetchRefused):
        PublicOnly(inner).fetch(url)
    assert inner.asked == []


@pytest.mark.parametrize(
    "url", ["https://example.com/x?y=1", "https://8.8.8.8/x", "https://example.com:443/x"]
)
def test_public_address_is_asked(url: str) -> None:
    inner = Recording()
    PublicOnly(inner).fetch(url)
    assert inner.asked == [url]


def test_refused_address_leaves_the_badge_undetermined() -> None:
    issuer = Issuer(did="did:web:localhost")
    signed = issuer.sign(issuer.badge())
    from datetime import UTC, datetime

    from plugin.badges import verify

    verdict = verify(
        json.dumps(signed), documents=PublicOnly(Recording()), now=datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert (verdict.verdict, verdict.codes) == ("undetermined", ("fetch_refused",))


@pytest.mark.parametrize(
    ("addresses", "error"), [(["127.0.0.1"], FetchRefused), (["93.184.215.14", "10.0.0.1"], FetchRefused)]
)
def test_name_that_resolves_to_a_private_address_is_refused(
    addresses: list[str], error: type[Exception]
) -> None:
    with Client(resolver=lambda _host, _port: addresses) as client, pytest.raises(error):
        HttpDocuments(client).fetch("https://academy.example.org/x")


def test_name_that_does_not_resolve_is_unreachable() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    with Client(resolver=unknown) as client, pytest.raises(Unreachable):
        HttpDocuments(client).fetch("https://academy.example.org/x")


def test_index_maps_urls_to_files_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    entries = {
        "https://a.example.org/": "a.json",
        "https://b.example.org/": {"status": 410},
        "https://c.example.org/": "no.json",
    }
    (tmp_path / "index.json").write_text(json.dumps(entries))
    documents = IndexDocuments(tmp_path / "index.json")
    assert documents.fetch("https://a.example.org/") == Document(200, b"{}")
    assert documents.fetch("https://b.example.org/").status == 410
    for url in ("https://c.example.org/", "https://d.example.org/"):
        with pytest.raises(Unreachable):
            documents.fetch(url)


@pytest.mark.parametrize(
    "text",
    ["[]", "no", '"x"', '{"https://a.example.org/": 7}', '{"https://a.example.org/": {"status": "x"}}'],
)
def test_index_that_is_none_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(ConfigError):
        IndexDocuments(tmp_path / "index.json")


def test_each_document_is_asked_once_and_their_number_is_bounded() -> None:
    inner = Recording()
    fetching = Fetching(inner, Limits(fetches=3))
    for number in (1, 2, 3, 1, 2):
        fetching.get(f"https://example.com/{number}", missing="document_unreachable")
    assert len(inner.asked) == 3
    with pytest.raises(BadgeProblem) as problem:
        fetching.get("https://example.com/4", missing="document_unreachable")
    assert problem.value.code == "fetch_limit"


def test_answer_beyond_the_bound_counts_as_none() -> None:
    documents = MappedDocuments({"https://example.com/": Document(200, b"x" * 11)})
    with pytest.raises(BadgeProblem) as problem:
        Fetching(documents, Limits(fetched_bytes=10)).get(
            "https://example.com/", missing="document_unreachable"
        )
    assert problem.value.code == "document_unreachable"


def test_badge_by_unknown_address_is_undetermined() -> None:
    assert judge("https://academy.example.org/assertions/1").codes == ("hosted_unreachable",)


def test_address_that_gives_an_address_is_not_followed() -> None:
    first = "https://academy.example.org/1"
    assert judge(first, {first: Document(200, b"https://academy.example.org/2")}).codes == ("unreadable",)
