"""LearningLocker #501; RFC 3986, 6.2: https://github.com/LearningLocker/learninglocker/issues/501

A store's own host written otherwise (``LRS.example.com``, ``:443``) is the same host; the product said "another host" and the
whole stream stopped. Right: addresses are compared in their normal form, wherever hosts are compared.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from plugin.badges.ob2 import hosting
from plugin.badges.trust import IssuerEntry, decide
from plugin.badges.verdict import Issuer
from plugin.connectors import xapi_lrs
from plugin.domain import IdentifierKind, IssuerKind, Trust, identifier
from plugin.domain.web_addresses import normal_address, same_address, same_host, same_origin
from plugin.errors import ConfigError
from plugin.http_client import outgoing
from plugin.xapi.people import identifiers

PLAIN = "https://lrs.example.com/xAPI/statements"


@pytest.mark.parametrize(
    "spelled",
    [
        "https://LRS.example.com/xAPI/statements",
        "HTTPS://lrs.example.com/xAPI/statements",
        "https://lrs.example.com:443/xAPI/statements",
        "https://lrs.example.com:/xAPI/statements",
        "https://lrs.example.com/x%41PI/statements",
        "https://lrs.example.com/./old/../xAPI/statements",
        "https://lrs%2Eexample.com/xAPI/statements",
    ],
)
def test_spellings_of_one_address_are_one(spelled: str) -> None:
    assert same_address(spelled, PLAIN)
    assert same_host(spelled, PLAIN)
    assert same_origin(spelled, PLAIN)
    assert outgoing.origin(spelled) == outgoing.origin(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        "https://lrs.example.com:8443/xAPI/statements",
        "http://lrs.example.com:443/xAPI/statements",
        "https://lrs.example.com.evil.example/xAPI/statements",
        "https://evil.example/lrs.example.com",
        "https://[lrs.example.com/xAPI",
    ],
)
def test_another_host_stays_another(other: str) -> None:
    assert not same_origin(other, PLAIN)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://B%C3%bccher.example", "https://xn--bcher-kva.example/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:DB8::0:1]:80/a%2fb", "http://[2001:db8::1]/a%2Fb"),
        ("https://example.com/%7Eada?q=%7e#%7E", "https://example.com/~ada?q=~#~"),
        ("https://a%2fb.example/", "https://a%2Fb.example/"),
        ("https://a%e2%84%80b.example/", "https://a%E2%84%80b.example/"),
        ("urn:example:A%2f", "urn:example:A%2f"),
    ],
)
def test_normal_form(url: str, normal: str) -> None:
    assert normal_address(url) == normal
    assert normal_address(normal) == normal


def _next_page(more: str) -> str | None:
    context = SimpleNamespace(settings={"endpoint": "https://lrs.example.com/xAPI"})
    response = SimpleNamespace(json=lambda: {"more": more})
    return xapi_lrs._more(cast("Any", context), cast("Any", response))


@pytest.mark.parametrize(
    "host", ["https://LRS.Example.com", "https://lrs.example.com:443", "//LRS.example.com:443"]
)
def test_the_stores_next_page_is_followed(host: str) -> None:
    assert _next_page(f"{host}/xAPI/more?p=2") == "https://lrs.example.com/xAPI/more?p=2"


def test_the_key_still_goes_nowhere_else() -> None:
    with pytest.raises(ConfigError):
        _next_page("https://lrs.example.com.evil.example/xAPI/more?p=2")


def test_a_trusted_issuer_spelled_otherwise_is_trusted() -> None:
    issuer = Issuer(
        "https://Badges.example.org:443/issuer",
        "Issuer",
        binding="hosted",
        origin="https://badges.example.org",
    )
    for kind, value in (
        (IssuerKind.ISSUER, "https://badges.example.org/issuer"),
        (IssuerKind.ORIGIN, "BADGES.example.org:443"),
    ):
        assert decide(issuer, [IssuerEntry(kind, value)]) is Trust.TRUSTED
        assert decide(issuer, [IssuerEntry(kind, value, blocked=True)]) is Trust.BLOCKED


def test_a_badge_may_live_where_its_issuer_says_in_another_spelling() -> None:
    def issuer(**policy: object) -> Any:
        return SimpleNamespace(node={"verification": policy}, url="https://Badges.example.org/i")

    home = "https://badges.example.org:443/a/1"
    hosting.check_scope(home, issuer())
    hosting.check_scope(home, issuer(startsWith="https://badges.EXAMPLE.org/a/"))
    hosting.check_scope(home, issuer(allowedOrigins=["Badges.example.org:443"]))
    for policy in ({"startsWith": "https://badges.example.org/b/"}, {"allowedOrigins": ["badges.example"]}):
        with pytest.raises(Exception, match=r"none of the beginnings|not one of the hosts"):
            hosting.check_scope(home, issuer(**policy))


def test_an_account_has_one_home_page_however_it_is_written() -> None:
    homes = ("https://Moodle.example:443", "https://moodle.example/", "HTTPS://moodle.example")
    found = {identifiers({"account": {"homePage": home, "name": "1001"}}) for home in homes}
    assert len(found) == 1
    assert {identifier(IdentifierKind.ACCOUNT, f"{home}|1001").value for home in homes} == {
        "https://moodle.example|1001"
    }
