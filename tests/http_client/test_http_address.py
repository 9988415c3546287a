"""Which addresses the guard lets through, by a table of hostile addresses with a faked resolver."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.errors import AdvisorError, ConfigError, InvalidInput, RetryLater
from plugin.http_client import Client, Guard, Limits, is_public, networks
from plugin.testing.raw_server import answer, raw_server, replies

HOSTS = {
    "public.example": ["93.184.215.14"],
    "inner.example": ["10.1.2.3"],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "mixed.example": ["93.184.215.14", "127.0.0.1"],
    "mixed6.example": ["2606:2800:21f:cb07::1", "::1"],
    "metadata.example": ["169.254.169.254"],
    "none.example": [],
}


def resolver(host: str, port: int) -> list[str]:
    if host in HOSTS:
        return HOSTS[host]
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(found[4][0]) for found in answers]


HOSTILE = [
    "http://public.example/",  # no TLS
    "https://loop.example/",
    "https://loop6.example/",
    "https://inner.example/",
    "https://mixed.example/",
    "https://mixed6.example/",
    "https://metadata.example/latest/meta-data/",
    "https://none.example/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://169.254.169.254/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[5f00::1]/",
    "https://user:pass@public.example/",
    "https://public.example:22/",
    "https://public.example:25/",
    "https://public.example:0/",
    "https://public.example:99999/",
    "https://public.example\\@127.0.0.1/",
    "https://public.example/a b",
    "https://public.example/\r\nHost: x",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "https:///nothing",
    "//public.example/",
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that anything tries to connect to; nothing really leaves."""
    made: list[object] = []

    def connect(_self: socket.socket, address: object) -> None:
        made.append(address)
        raise ConnectionRefusedError("recorded")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return made


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_refused_before_any_connection(url: str, connections: list[object]) -> None:
    with Client(resolver=resolver) as client, pytest.raises(ConfigError):
        client.bound().request("POST", url, data=b"x")
    assert connections == []


@pytest.mark.parametrize("url", ["https://public.example/", "https://public.example:8443/x"])
def test_public_address_is_tried_at_the_resolved_address(url: str, connections: list[object]) -> None:
    with Client(resolver=resolver) as client, pytest.raises(RetryLater) as caught:
        client.bound().request("POST", url, data=b"x")
    assert caught.value.code == "unreachable"
    assert connections == [("93.184.215.14", 8443 if "8443" in url else 443)]


def test_table_has_at_least_37_addresses() -> None:
    assert len(HOSTILE) >= 37


def test_allow_list_opens_an_own_network_and_nothing_else(connections: list[object]) -> None:
    with Client(resolver=resolver) as client:
        bound = client.bound(networks=networks(["10.1.0.0/16"]))
        with pytest.raises(RetryLater):
            bound.request("POST", "http://inner.example:8080/", data=b"x")
        with pytest.raises(ConfigError):
            bound.request("POST", "https://loop.example/", data=b"x")
        with pytest.raises(ConfigError):
            bound.request("POST", "https://10.2.0.1/", data=b"x")
    assert connections == [("10.1.2.3", 8080)]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "0.0.0.0", "fe80::1", "64:ff9b::a9fe:a9fe", "168.63.129.16"]
)
def test_credential_servers_stay_closed_even_for_an_allow_list_of_everything(address: str) -> None:
    with pytest.raises(ConfigError):
        Guard(networks(["0.0.0.0/0", "::/0"])).check([address], scheme="https")


def test_answer_half_inside_the_allow_list_is_refused() -> None:
    with pytest.raises(ConfigError, match="inside and outside"):
        Guard(networks(["10.0.0.0/8"])).check(["10.0.0.1", "93.184.215.14"], scheme="https")


def test_wrong_network_is_named() -> None:
    with pytest.raises(InvalidInput, match="CIDR"):
        networks(["10.0.0.0/99"])


@given(st.ip_addresses(v=4))
def test_guard_never_admits_what_python_calls_private(address: object) -> None:
    plain = ip_address(str(address))
    if plain.is_private or plain.is_multicast or plain.is_loopback or plain.is_link_local:
        assert not is_public(plain)


@given(st.ip_addresses(v=4))
def test_mapped_address_is_judged_as_the_plain_one(address: object) -> None:
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(ip_address(str(address)))


def test_rebinding_cannot_move_a_connection() -> None:
    """The second answer of the resolver would be another server: it is never asked for the same connection."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with raw_server(replies(answer(200, Connection="keep-alive"))) as server:
        with Client(resolver=rebinding, limits=Limits(attempts=1)) as client:
            bound = client.bound(networks=networks(["127.0.0.0/8"]))
            bound.request("GET", f"http://rebind.example:{server.port}/")
        assert asked == ["rebind.example"]
        with Client(resolver=rebinding, limits=Limits(attempts=1)) as client, pytest.raises(AdvisorError):
            client.bound(networks=networks(["127.0.0.0/8"])).request(
                "GET", f"http://rebind.example:{server.port}/"
            )
        assert len(server.heads) == 1
        assert f"Host: rebind.example:{server.port}" in server.heads[0]
