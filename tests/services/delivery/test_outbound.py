"""Deliveries to real receivers on 127.0.0.1, honest and hostile ones."""

from __future__ import annotations

import gzip
import resource
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import standardwebhooks

from plugin.http_client import Client, Limits
from plugin.services.core import SYSTEM, Core
from plugin.services.delivery import backlog, endpoint_setup, signing, webhook_deliveries
from plugin.services.delivery.endpoint_setup import Wish
from plugin.store.delivery import outbox, outgoing
from plugin.store.delivery.endpoints import Endpoint
from plugin.store.delivery.outgoing import Message
from plugin.testing.raw_server import Handler, Seen, answer, raw_server, replies
from plugin.vault import Secret

SHORT = Limits(total_seconds=1.0, connect_seconds=0.5, gap_seconds=0.6)
OPS = iter(f"00000000-0000-4000-8000-{number:012d}" for number in range(10**6))


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as made:
        yield made


class Scene:
    """One endpoint behind a receiver, and the worker that delivers to it."""

    def __init__(self, core: Core, client: Client, server: Seen) -> None:
        self.core, self.client, self.server = core, client, server
        wish = Wish("receiver", server.url + "/hook", networks=("127.0.0.0/8",))
        self.endpoint_id, self.secret = endpoint_setup.add(core, SYSTEM, wish)

    def queue(self, number: int = 1) -> list[str]:
        ops = [next(OPS) for _ in range(number)]
        with self.core.database.transaction() as tx:
            for op_id in ops:
                payload = {"type": "badge.verified", "data": {"name": "Größe"}}
                message = Message("webhook", self.endpoint_id, op_id, "badge.verified", payload)
                outgoing.enqueue(tx, self.core.clock(), [message])
        return ops

    def deliver(self) -> bool:
        return webhook_deliveries.deliver_next(self.core, self.client, limits=SHORT)

    @property
    def row(self) -> outbox.Entry:
        return backlog.page(self.core)[0]

    @property
    def endpoint(self) -> Endpoint:
        return endpoint_setup.get(self.core, self.endpoint_id)

    def wait_until_due(self) -> None:
        """Moves the clock to the moment when the row may go out again."""
        held = [one.until for one in backlog.summary(self.core).holds if one.until]
        clock = self.core.clock
        clock.moment = max([self.row.due_at, *held])  # type: ignore[attr-defined]


def header(head: str, name: str) -> str:
    lines = head.partition("\r\n\r\n")[0].split("\r\n")
    return next(line.partition(":")[2].strip() for line in lines if line.lower().startswith(name + ":"))


def signed_headers(head: str) -> dict[str, str]:
    return {name: header(head, name) for name in (signing.ID, signing.TIMESTAMP, signing.SIGNATURE)}


def body_of(head: str) -> bytes:
    return head.partition("\r\n\r\n")[2].encode("latin-1")


def test_delivery_arrives_signed_and_is_done(any_core: Core, client: Client) -> None:
    with raw_server(replies(answer(204, b""))) as server:
        stage = Scene(any_core, client, server)
        (op_id,) = stage.queue()
        assert stage.deliver()
        assert not stage.deliver()
    (head,) = server.heads
    headers, body = signed_headers(head), body_of(head)
    assert head.startswith("POST /hook HTTP/1.1")
    assert header(head, "content-type") == "application/json"
    assert signing.verify([stage.secret], headers, body, any_core.clock()) == op_id
    assert stage.row.state == "done"
    (tried,) = backlog.detail(any_core, stage.row.id).attempts
    assert (tried.status, tried.code) == (204, "ok")


@pytest.mark.dates
def test_receiver_verifies_with_the_standard_package(core: Core, client: Client) -> None:
    from dataclasses import replace

    from plugin.domain import utc_now

    real = replace(core, clock=utc_now)  # the package takes no clock
    with raw_server(replies(answer(200))) as server:
        stage = Scene(real, client, server)
        stage.queue()
        stage.deliver()
    head = server.heads[0]
    event = standardwebhooks.Webhook(stage.secret.reveal()).verify(body_of(head), signed_headers(head))
    assert event["data"]["name"] == "Größe"


def test_retry_has_the_same_id_and_body_and_a_new_time(core: Core, client: Client) -> None:
    with raw_server(replies(answer(500), answer(200))) as server:
        stage = Scene(core, client, server)
        stage.queue()
        stage.deliver()
        assert not stage.deliver()
        stage.wait_until_due()
        assert stage.deliver()
    first, second = server.heads
    assert body_of(first) == body_of(second)
    assert header(first, signing.ID) == header(second, signing.ID)
    assert header(first, signing.TIMESTAMP) != header(second, signing.TIMESTAMP)
    assert [one.status for one in backlog.detail(core, stage.row.id).attempts] == [500, 200]
    assert stage.endpoint.first_failure_at is None


def test_retries_follow_the_published_schedule_and_end_in_the_dead_letter_list(
    core: Core, client: Client
) -> None:
    with raw_server(replies(answer(500))) as server:
        stage = Scene(core, client, server)
        stage.queue()
        waits: list[float] = []
        while stage.row.state != "dead":
            tried_at: datetime = core.clock()
            assert stage.deliver()
            waits.append((stage.row.due_at - tried_at).total_seconds())
            stage.wait_until_due()
    expected = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    assert len(waits) == 10
    assert all(low <= wait <= low * 1.1 for low, wait in zip(expected, waits, strict=False))
    assert [row.id for row in backlog.page(core, state="dead")] == [stage.row.id]
    assert stage.row.code == "http_500"


@pytest.mark.parametrize("status", [429, 503, 500])
def test_retry_after_is_honoured_and_pauses_the_whole_endpoint(
    core: Core, client: Client, status: int
) -> None:
    with raw_server(replies(answer(status, Retry_After="3600"), answer(200))) as server:
        stage = Scene(core, client, server)
        stage.queue(2)
        start = core.clock()
        stage.deliver()
        assert not stage.deliver(), "the second row waits as well"
        retried = backlog.page(core, state="due")
        assert max(row.due_at for row in retried) >= start + timedelta(seconds=3600)
        (held,) = backlog.summary(core).holds
        assert held.until == start + timedelta(seconds=3600)


def test_retry_after_of_a_century_is_cut_to_a_day(core: Core, client: Client) -> None:
    with raw_server(replies(answer(429, Retry_After="3153600000"))) as server:
        stage = Scene(core, client, server)
        stage.queue()
        stage.deliver()
        assert stage.row.due_at <= core.clock() + timedelta(days=1)


def test_gone_disables_the_endpoint_at_once(core: Core, client: Client) -> None:
    with raw_server(replies(answer(410))) as server:
        stage = Scene(core, client, server)
        stage.queue(2)
        stage.deliver()
        assert not stage.deliver()
    assert stage.endpoint.state == "disabled"
    assert "410" in (stage.endpoint.disabled_reason or "")
    assert sorted(row.state for row in backlog.page(core)) == ["dead", "due"]
    assert len(server.heads) == 1


def test_five_days_of_nothing_but_failures_disable_the_endpoint(core: Core, client: Client) -> None:
    with raw_server(replies(answer(500))) as server:
        stage = Scene(core, client, server)
        start = core.clock()
        while stage.endpoint.state == "active":
            assert core.clock() - start < timedelta(days=7)
            stage.queue()
            stage.deliver()
            core.clock.advance(hours=12)  # type: ignore[attr-defined]
    assert core.clock() - start >= timedelta(days=5)


def test_one_success_in_five_days_keeps_the_endpoint(core: Core, client: Client) -> None:
    def moody(sock: socket.socket, _head: str) -> None:
        sock.sendall(answer(200 if len(server.heads) % 8 == 0 else 500))

    with raw_server(moody) as server:
        stage = Scene(core, client, server)
        for _ in range(20):
            stage.queue()
            stage.deliver()
            core.clock.advance(hours=12)  # type: ignore[attr-defined]
    assert stage.endpoint.state == "active"


def test_redirect_is_a_failure_and_is_not_followed(core: Core, client: Client) -> None:
    with raw_server(replies(answer(200))) as elsewhere:
        with raw_server(replies(answer(307, Location=elsewhere.url + "/steal"))) as server:
            stage = Scene(core, client, server)
            stage.queue()
            stage.deliver()
        assert elsewhere.heads == []
    assert (stage.row.state, stage.row.code) == ("due", "redirect")


def drip(sock: socket.socket, _head: str) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def test_dripping_receiver_costs_no_more_than_the_time_limit(core: Core, client: Client) -> None:
    with raw_server(drip) as server:
        stage = Scene(core, client, server)
        stage.queue()
        stage.deliver()
    assert (stage.row.state, stage.row.code) == ("due", "timeout")


def silent(_sock: socket.socket, _head: str) -> None:
    time.sleep(2)


def test_silent_receiver_is_tried_again_later(core: Core, client: Client) -> None:
    with raw_server(silent) as server:
        stage = Scene(core, client, server)
        stage.queue()
        stage.deliver()
    assert (stage.row.state, stage.row.code) == ("due", "timeout")


def endless(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n")
    for _ in range(3_000):
        sock.sendall(b"a" * 100_000)


def test_huge_answer_is_judged_by_its_status_and_not_read(core: Core, client: Client) -> None:
    with raw_server(endless) as server:
        stage = Scene(core, client, server)
        stage.queue()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stage.deliver()
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert stage.row.state == "done"
    assert grown_kb < 50_000


def test_compressed_bomb_is_not_unpacked(core: Core, client: Client) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with raw_server(replies(answer(200, bomb, Content_Encoding="gzip"))) as server:
        stage = Scene(core, client, server)
        stage.queue()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stage.deliver()
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 20_000
    assert stage.row.state == "done"


def hang_up(sock: socket.socket, _head: str) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def garbage(sock: socket.socket, _head: str) -> None:
    sock.sendall(b"\x00\xff I am no web server\r\n\r\n")


@pytest.mark.parametrize("handler", [hang_up, garbage])
def test_answer_that_is_none_is_tried_again_later(core: Core, client: Client, handler: Handler) -> None:
    with raw_server(handler) as server:
        stage = Scene(core, client, server)
        stage.queue()
        assert stage.deliver()
    assert stage.row.state == "due"
    assert stage.row.code not in (None, "ok")


def test_closed_port_is_tried_again_later(core: Core, client: Client) -> None:
    with raw_server(replies(answer(200))) as server:
        stage = Scene(core, client, server)
    stage.queue()
    stage.deliver()
    assert (stage.row.state, stage.row.code) == ("due", "unreachable")


def test_private_address_that_nobody_allowed_is_never_called(core: Core, client: Client) -> None:
    with raw_server(replies(answer(200))) as server:
        stage = Scene(core, client, server)
        with core.database.transaction() as tx:
            from plugin.store.delivery import endpoints

            endpoints.change(tx, stage.endpoint_id, allowed_networks=[])
        stage.queue()
        stage.deliver()
    assert server.heads == []
    assert stage.row.state == "due"


def test_both_signatures_are_sent_while_secrets_overlap(core: Core, client: Client) -> None:
    with raw_server(replies(answer(200))) as server:
        stage = Scene(core, client, server)
        fresh = endpoint_setup.rotate_secret(core, SYSTEM, stage.endpoint_id, overlap=timedelta(hours=2))
        core.clock.advance(hours=1)  # type: ignore[attr-defined]
        stage.queue()
        stage.deliver()
        core.clock.advance(hours=1)  # type: ignore[attr-defined]
        stage.queue()
        stage.deliver()
    during, after = server.heads

    def holds(secret: Secret, head: str, hours: int) -> bool:
        now = core.clock() - timedelta(hours=hours)
        try:
            signing.verify([secret], signed_headers(head), body_of(head), now)
        except Exception:  # noqa: BLE001 - any refusal
            return False
        return True

    assert holds(stage.secret, during, 1)
    assert holds(fresh, during, 1)
    assert holds(fresh, after, 0)
    assert not holds(stage.secret, after, 0)


def test_worker_that_lost_its_lease_changes_nothing(core: Core, client: Client) -> None:
    def slow(sock: socket.socket, _head: str) -> None:
        core.clock.advance(seconds=91)  # type: ignore[attr-defined]
        backlog.free_stuck(core)
        sock.sendall(answer(200))

    with raw_server(slow) as server:
        stage = Scene(core, client, server)
        stage.queue()
        assert stage.deliver()
    assert stage.row.state == "due"
    assert backlog.detail(core, stage.row.id).attempts == ()
