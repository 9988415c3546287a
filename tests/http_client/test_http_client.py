"""The client against servers that drip, bloat, redirect, break and ask for patience; all on 127.0.0.1."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plugin.errors import AdvisorError, AuthError, ConfigError, Conflict, GiveUp, NotFound, RetryLater
from plugin.http_client import (
    BoundClient,
    CallRecord,
    Client,
    Limits,
    Response,
    classify_status,
    networks,
    retry_after,
    safe_path,
)
from plugin.testing.raw_server import answer, raw_server, replies

LOOPBACK = networks(["127.0.0.0/8"])
CANARY = "canary-7f3a9b"


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(calls: list[CallRecord], pauses: list[float]) -> Iterator[Client]:
    limits = Limits(total_seconds=60, connect_seconds=30, gap_seconds=30, max_bytes=50_000)
    with Client(limits=limits, on_call=calls.append, sleep=pauses.append) as made:
        yield made


@pytest.fixture
def bound(client: Client) -> BoundClient:
    return client.bound(networks=LOOPBACK)


def within(client: Client, **seconds: float) -> BoundClient:
    """With one time limit in force; the others are far off, so that a busy machine decides nothing."""
    long = {"total_seconds": 900.0, "gap_seconds": 600.0, "connect_seconds": 600.0}
    return client.bound(networks=LOOPBACK, limits=Limits(**(long | seconds)))  # type: ignore[arg-type]


def test_plain_answer_comes_back_with_lower_case_headers(bound: BoundClient) -> None:
    with raw_server(replies(answer(200, b'{"a": 1}', X_Thing="Yes"))) as server:
        response = bound.request("GET", server.url + "/x", params={"q": "ä b"}, auth=("ada", "pässword"))
    assert (response.status, response.json(), response.headers["x-thing"]) == (200, {"a": 1}, "Yes")
    assert server.heads[0].startswith("GET /x?q=%C3%A4+b HTTP/1.1")
    assert f"Host: 127.0.0.1:{server.port}" in server.heads[0]
    assert "Authorization: Basic YWRhOnDDpHNzd29yZA==" in server.heads[0]


def drip_headers(sock: socket.socket, _head: str) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def drip_body(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        sock.sendall(b"a")
        time.sleep(0.05)


def silent(_sock: socket.socket, _head: str) -> None:
    time.sleep(3)


def endless(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(5_000):
        sock.sendall(b"x" * 65_536)


def endless_chunks(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(5_000):
        sock.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def continues(sock: socket.socket, _head: str) -> None:
    for _ in range(1000):
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


def reset(sock: socket.socket, _head: str) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sock.close()


def cut_off(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    sock.shutdown(socket.SHUT_RDWR)


def nonsense(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    sock.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("handler", [drip_headers, drip_body, continues])
def test_total_time_holds_against_a_server_that_never_stops_talking(handler: object, client: Client) -> None:
    """Without the limit the server would end by itself, and the answer would be another."""
    with raw_server(handler) as server, pytest.raises(RetryLater) as caught:  # type: ignore[arg-type]
        within(client, total_seconds=1.0).request("GET", server.url)
    assert caught.value.code == "timeout"


def test_silent_server_ends_after_the_gap_limit(client: Client) -> None:
    with raw_server(silent) as server, pytest.raises(RetryLater, match="time limit"):
        within(client, gap_seconds=0.6).request("POST", server.url, data=b"x")


@pytest.mark.parametrize("handler", [endless, endless_chunks])
def test_endless_answer_is_dropped_at_the_cap(handler: object, bound: BoundClient) -> None:
    with raw_server(handler) as server, pytest.raises(GiveUp) as caught:  # type: ignore[arg-type]
        bound.request("GET", server.url)
    assert caught.value.code == "too_large"


def test_gzip_is_read(bound: BoundClient) -> None:
    body = gzip.compress(b'{"zipped": true}')
    with raw_server(replies(answer(200, body, Content_Encoding="gzip"))) as server:
        assert bound.request("GET", server.url).json() == {"zipped": True}


def test_gzip_bomb_is_refused_at_the_cap(bound: BoundClient) -> None:
    body = gzip.compress(b"\0" * 20_000_000)
    assert len(body) < 50_000
    with (
        raw_server(replies(answer(200, body, Content_Encoding="gzip"))) as server,
        pytest.raises(GiveUp) as caught,
    ):
        bound.request("GET", server.url)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_encoding_that_was_not_offered_is_refused(encoding: str, bound: BoundClient) -> None:
    with (
        raw_server(replies(answer(200, b"xx", Content_Encoding=encoding))) as server,
        pytest.raises(GiveUp) as caught,
    ):
        bound.request("GET", server.url)
    assert caught.value.code == "encoding"


@pytest.mark.parametrize("handler", [reset, cut_off, nonsense])
def test_broken_connection_of_a_write_is_not_repeated(handler: object, bound: BoundClient) -> None:
    with raw_server(handler) as server:  # type: ignore[arg-type]
        with pytest.raises(RetryLater) as caught:
            bound.request("POST", server.url, json={"a": 1})
        assert caught.value.code == "broken"
        assert len(server.heads) == 1


def test_closed_port_means_that_nothing_was_sent(bound: BoundClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(RetryLater) as caught:
        bound.request("POST", f"http://127.0.0.1:{port}/", data=b"")
    assert caught.value.code == "unreachable"


def test_resolver_that_hangs_is_left_behind() -> None:
    hang = threading.Event()

    def hanging(_host: str, _port: int) -> list[str]:
        hang.wait()
        return []

    with Client(resolver=hanging, limits=Limits(connect_seconds=0.2)) as client:
        with pytest.raises(RetryLater) as caught:
            client.bound().request("POST", "https://slow.example/", data=b"")
        hang.set()
    assert caught.value.code == "dns"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, AuthError, "http_401"),
        (403, AuthError, "http_403"),
        (404, NotFound, "http_404"),
        (409, Conflict, "http_409"),
        (417, GiveUp, "http_417"),
        (429, RetryLater, "rate"),
        (500, RetryLater, "http_500"),
        (503, RetryLater, "http_503"),
    ],
)
def test_status_becomes_our_error(
    status: int, kind: type[AdvisorError], code: str, bound: BoundClient
) -> None:
    with raw_server(replies(answer(status))) as server, pytest.raises(kind) as caught:
        bound.request("POST", server.url, data=b"")
    assert caught.value.code == code


def test_read_is_repeated_until_it_succeeds(bound: BoundClient, pauses: list[float]) -> None:
    with raw_server(replies(answer(503), answer(429, Retry_After="0"), answer(200))) as server:
        assert bound.request("GET", server.url).status == 200
    assert len(server.heads) == 3
    assert 0 <= pauses[0] <= 0.5
    assert pauses[1] == 0


def test_long_retry_after_is_left_to_the_scheduler(bound: BoundClient, pauses: list[float]) -> None:
    with raw_server(replies(answer(429, Retry_After="120"))) as server, pytest.raises(RetryLater) as caught:
        bound.request("GET", server.url)
    assert (caught.value.wait, caught.value.code, len(server.heads), pauses) == (120.0, "rate", 1, [])


def test_503_with_retry_after_counts_as_a_rate_limit(bound: BoundClient) -> None:
    with raw_server(replies(answer(503, Retry_After="3600"))) as server, pytest.raises(RetryLater) as caught:
        bound.request("POST", server.url, data=b"")
    assert (caught.value.wait, caught.value.code) == (3600.0, "rate")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("99999999999999999999", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_in_both_forms(text: str, seconds: float | None) -> None:
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    assert retry_after({"retry-after": text}, now) == seconds


def test_connector_finds_the_error_inside_a_success(client: Client) -> None:
    def classify(response: Response) -> AdvisorError | None:
        if b"exception" in response.body:
            return AuthError("token refused", code="vendor_token")
        return classify_status(response)

    with (
        raw_server(replies(answer(200, b'{"exception": "x"}'))) as server,
        pytest.raises(AuthError) as caught,
    ):
        client.bound(networks=LOOPBACK, classify=classify).request("GET", server.url)
    assert caught.value.code == "vendor_token"


def test_redirect_on_the_same_host_is_followed_for_reads(bound: BoundClient) -> None:
    with raw_server(replies(answer(302, Location="/there"), answer(200, b"[1]"))) as server:
        assert bound.request("GET", server.url + "/here").json() == [1]
    assert server.heads[1].startswith("GET /there ")


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "http://127.0.0.1:1/", "//evil.example/", "ftp://x/"]
)
def test_redirect_to_another_place_is_refused(place: str, bound: BoundClient) -> None:
    with raw_server(replies(answer(302, Location=place))) as server, pytest.raises(ConfigError):
        bound.request("GET", server.url, auth=("a", CANARY))
    assert len(server.heads) == 1


def test_write_is_never_posted_again_by_a_redirect(bound: BoundClient) -> None:
    with raw_server(replies(answer(307, Location="/again"))) as server, pytest.raises(ConfigError) as caught:
        bound.request("POST", server.url, data=b"x")
    assert (caught.value.code, len(server.heads)) == ("redirect", 1)


def test_circle_of_redirects_ends(bound: BoundClient) -> None:
    with (
        raw_server(replies(answer(302, Location="/round"))) as server,
        pytest.raises(ConfigError, match="more than 3"),
    ):
        bound.request("GET", server.url)
    assert len(server.heads) == 4


def test_html_page_is_not_json(bound: BoundClient) -> None:
    with raw_server(replies(answer(200, b"<html>" + CANARY.encode()))) as server:
        response = bound.request("GET", server.url)
    with pytest.raises(GiveUp) as caught:
        response.json()
    assert caught.value.code == "not_json"
    assert CANARY not in str(caught.value) + str(caught.value.__cause__) + repr(response)


@pytest.mark.parametrize("body", [b"[NaN]", b"[" * 200_000, b"\xff\xfe\xfd", b""])
def test_hostile_json_is_one_error(body: bytes) -> None:
    with pytest.raises(GiveUp):
        Response(200, {}, body).json()


def test_environment_cannot_redirect_or_add_credentials(
    bound: BoundClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login a password {CANARY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with raw_server(replies(answer(200, Set_Cookie="sid=1"))) as server:
        bound.request("GET", server.url)
        bound.request("GET", server.url)
    assert all("Authorization" not in head and "Cookie" not in head for head in server.heads)


def test_call_log_holds_no_value_of_query_header_or_body(bound: BoundClient, calls: list[CallRecord]) -> None:
    with raw_server(replies(answer(200, CANARY.encode()))) as server:
        bound.request(
            "POST",
            server.url + f"/hook/{CANARY}-0123456789abcdef/ada@example.com",
            params={"token": CANARY},
            json={"pay": CANARY},
            headers={"X-Key": CANARY},
        )
    assert CANARY not in repr(calls)
    record = calls[0]
    assert (record.method, record.path, record.status, record.code) == ("POST", "/hook/{}/{}?token", 200, "")
    assert (record.request_bytes, record.response_bytes) == (24, len(CANARY))
    assert f"X-Request-Id: {record.request_id}" in server.heads[0]


def test_failed_call_is_logged_with_its_code(bound: BoundClient, calls: list[CallRecord]) -> None:
    with raw_server(reset) as server, pytest.raises(RetryLater):
        bound.request("POST", server.url, data=b"x")
    assert [(record.status, record.code) for record in calls] == [(None, "broken")]


@pytest.mark.parametrize("headers", [{"X-Key": CANARY + "\r\nX: y"}, {"X-Key": CANARY + "\u20ac"}])
def test_secret_that_cannot_be_sent_is_not_quoted(headers: dict[str, str], bound: BoundClient) -> None:
    with raw_server(replies(answer(200))) as server, pytest.raises(ConfigError) as caught:
        bound.request("GET", server.url, headers=headers)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://h/api/resource/Employee?fields=%5B%5D&x=1", "/api/resource/Employee?fields&x"),
        ("https://h/users/ada%40example.com", "/users/{}"),
        ("https://h/web/hook/3f0c7c1e-0f0a-4c55-9b53-0123456789ab", "/web/hook/{}"),
        ("https://h/", "/"),
    ],
)
def test_safe_path(url: str, path: str) -> None:
    assert safe_path(url) == path


def test_sending_gives_any_status_and_the_first_16_kb(client: Client, calls: list[CallRecord]) -> None:
    with raw_server(replies(answer(500, b"e" * 40_000))) as server:
        sent = client.send(server.url + "/hook/secret", b"{}", {"webhook-id": "m1"}, networks=LOOPBACK)
    assert (sent.status, len(sent.body)) == (500, 16_384)
    assert "webhook-id: m1" in server.heads[0]
    assert calls[0].path == "/"


def test_sending_to_an_endless_receiver_stops_at_16_kb(client: Client) -> None:
    with raw_server(endless) as server:
        assert len(client.send(server.url, b"{}", {}, networks=LOOPBACK).body) == 16_384


def test_sending_reports_a_redirect_as_a_status(client: Client) -> None:
    with raw_server(replies(answer(307, Location="/x"))) as server:
        assert client.send(server.url, b"{}", {}, networks=LOOPBACK).status == 307
    assert len(server.heads) == 1


def test_document_comes_with_type_and_status(client: Client) -> None:
    with raw_server(replies(answer(410, b'{"revoked": true}', Content_Type="application/ld+json"))) as server:
        document = client.fetch_document(server.url + "/a", networks=LOOPBACK)
    assert (document.status, document.content_type, document.json()) == (
        410,
        "application/ld+json",
        {"revoked": True},
    )


def test_document_over_http_is_refused_on_a_public_host() -> None:
    with Client(resolver=lambda _h, _p: ["93.184.215.14"]) as client, pytest.raises(ConfigError) as caught:
        client.fetch_document("http://badges.example/1")
    assert caught.value.code == "https_required"


def test_document_has_a_size_cap(client: Client) -> None:
    with raw_server(replies(answer(200, b"x" * 2000))) as server, pytest.raises(GiveUp):
        client.fetch_document(server.url, max_bytes=1000, networks=LOOPBACK)


def test_threads_have_sessions_of_their_own(bound: BoundClient) -> None:
    statuses: list[int] = []
    with raw_server(replies(answer(200))) as server:
        work = [
            threading.Thread(target=lambda: statuses.append(bound.request("GET", server.url).status))
            for _ in range(8)
        ]
        for one in work:
            one.start()
        for one in work:
            one.join()
    assert statuses == [200] * 8


def test_connection_is_reused_by_one_thread(bound: BoundClient) -> None:
    peers: set[object] = set()

    def remember(sock: socket.socket, _head: str) -> None:
        peers.add(sock.getpeername())
        sock.sendall(answer(200, Connection="keep-alive"))

    with raw_server(remember) as server:
        for _ in range(3):
            bound.request("GET", server.url, headers={"Connection": "keep-alive"})
    assert len(peers) == 1


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "suite.example")])
    now = dt.datetime.now(dt.UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("suite.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + cert.public_bytes(serialization.Encoding.PEM))
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def to_loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.dates
def test_tls_is_verified_by_name_though_the_address_is_pinned(certificate: Path) -> None:
    with (
        raw_server(replies(answer(200, b"[2]")), tls(certificate)) as server,
        Client(resolver=to_loopback, ca_file=certificate, limits=Limits(attempts=1)) as client,
    ):
        bound = client.bound(networks=LOOPBACK)
        assert bound.request("GET", f"https://suite.example:{server.port}/").json() == [2]
        with pytest.raises(ConfigError) as caught:
            bound.request("GET", f"https://other.example:{server.port}/")
    assert caught.value.code == "tls"


@pytest.mark.dates
def test_unknown_certificate_is_refused(certificate: Path) -> None:
    with (
        raw_server(replies(answer(200)), tls(certificate)) as server,
        Client(resolver=to_loopback) as client,
        pytest.raises(ConfigError) as caught,
    ):
        client.bound(networks=LOOPBACK).request("GET", f"https://suite.example:{server.port}/")
    assert caught.value.code == "tls"
    assert server.heads == []


@pytest.mark.dates
def test_total_time_holds_over_tls(certificate: Path) -> None:
    limits = Limits(total_seconds=2, gap_seconds=600)
    with (
        raw_server(drip_body, tls(certificate)) as server,
        Client(resolver=to_loopback, ca_file=certificate, limits=limits) as client,
        pytest.raises(RetryLater) as caught,
    ):
        client.bound(networks=LOOPBACK).request("GET", f"https://suite.example:{server.port}/")
    assert caught.value.code == "timeout"


def test_total_time_holds_when_tls_never_answers() -> None:
    def mute(_sock: socket.socket, _head: str) -> None:
        return None

    listener = socket.create_server(("127.0.0.1", 0))
    with (
        listener,
        Client(resolver=to_loopback, limits=Limits(total_seconds=0.6)) as client,
        pytest.raises(RetryLater),
    ):
        client.bound(networks=LOOPBACK).request("GET", f"https://suite.example:{listener.getsockname()[1]}/")


def test_error_that_the_caller_was_handling_is_not_taken_for_ours(bound: BoundClient) -> None:
    with raw_server(reset) as server, pytest.raises(RetryLater) as caught:
        try:
            Response(404, {}, b"").json()
        except GiveUp:
            bound.request("POST", server.url, data=b"x")
    assert caught.value.code == "broken"


def test_pause_longer_than_a_worker_may_sleep_is_left_to_the_scheduler_though_time_is_left(
    client: Client, pauses: list[float]
) -> None:
    patient = client.bound(networks=LOOPBACK, limits=Limits(total_seconds=60, longest_pause_seconds=4))
    with raw_server(replies(answer(503, Retry_After="10"))) as server, pytest.raises(RetryLater):
        patient.request("GET", server.url)
    assert (pauses, len(server.heads)) == ([], 1)
