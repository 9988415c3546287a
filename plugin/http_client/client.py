"""The one way out to other machines: time limits, guard, size cap, retries and the call log hold for every call."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from plugin.domain import Json
from plugin.errors import AdvisorError, AuthError, ConfigError, GiveUp, RetryLater
from plugin.http_client.address import Guard, Network
from plugin.http_client.answer import Classify, Response, classify_status
from plugin.http_client.call_log import CallRecord, OnCall
from plugin.http_client.exchange import Exchange, Limits
from plugin.http_client.outgoing import Outgoing, basic, encoded, origin, with_params
from plugin.http_client.sockets import Resolver, resolve
from plugin.http_client.transport import Deadline, Transport
from plugin.texts import _

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Sent:
    """What became of one outbound webhook: an answer of any status. ``body`` is the first 16 kB at most."""

    status: int
    ms: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Document:
    """A public document as fetched, with the status that it came with (410 is what a withdrawn badge answers)."""

    url: str
    status: int
    content_type: str
    body: bytes = field(repr=False)

    def json(self) -> Json:
        return Response(self.status, {}, self.body).json()


class Client:
    """Makes bound clients, sends webhooks, fetches documents. Thread-safe; close it, or use it in a ``with``."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        on_call: OnCall | None = None,
        resolver: Resolver = resolve,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits or Limits()
        self._on_call = on_call or _forget
        self._resolver = resolver
        self._ca_file = ca_file
        self._sleep = sleep
        self._lock = threading.Lock()
        self._transports: dict[tuple[Network, ...], Transport] = {}

    def bound(
        self,
        *,
        networks: Sequence[Network] = (),
        classify: Classify = classify_status,
        limits: Limits | None = None,
        on_call: OnCall | None = None,
    ) -> BoundClient:
        """The client of one connection. ``networks`` is its allow-list of own networks (plugin.http_client.networks)."""
        return BoundClient(
            self._exchange(networks, limits, on_call), classify, limits or self._limits, self._sleep
        )

    def send(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        networks: Sequence[Network] = (),
        limits: Limits | None = None,
    ) -> Sent:
        """One POST, no retry, no redirect. Any status is a result; raises RetryLater, ConfigError or GiveUp without one.

        The caller retries by its own schedule. An answer beyond 16 kB is cut, not refused.
        """
        used = replace(limits or self._limits, max_bytes=16_384)
        exchange = self._exchange(networks, used, None)
        call = Outgoing("POST", url, headers, body, template="/")
        started = time.monotonic()
        response = exchange.once(call, exchange.start(), cut=True)
        ms = round((time.monotonic() - started) * 1000)
        return Sent(response.status, ms, response.headers, response.body)

    def fetch_document(
        self,
        url: str,
        *,
        accept: str = "application/json",
        max_bytes: int = 1024 * 1024,
        networks: Sequence[Network] = (),
    ) -> Document:
        """A public document by GET, https only, same-host redirects followed. 2xx, 404 and 410 come back; else errors.py's."""
        limits = replace(self._limits, max_bytes=max_bytes)
        bound = self.bound(networks=networks, limits=limits, classify=_document_errors)
        response = bound.request("GET", url, headers={"Accept": accept})
        return Document(url, response.status, response.headers.get("content-type", ""), response.body)

    def close(self) -> None:
        with self._lock:
            for transport in self._transports.values():
                transport.close()
            self._transports.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _exchange(
        self, networks: Sequence[Network], limits: Limits | None, on_call: OnCall | None
    ) -> Exchange:
        return Exchange(self._transport(tuple(networks)), limits or self._limits, on_call or self._on_call)

    def _transport(self, networks: tuple[Network, ...]) -> Transport:
        """One per allow-list: a pooled connection must never serve a caller with a narrower list."""
        with self._lock:
            if networks not in self._transports:
                self._transports[networks] = Transport(
                    Guard(networks),
                    resolver=self._resolver,
                    connect_seconds=self._limits.connect_seconds,
                    ca_file=self._ca_file,
                )
            return self._transports[networks]


class BoundClient:
    """The HTTP client of one connection (plugin.connectors.base.Http): retries GETs, follows redirects on the same host."""

    def __init__(
        self, exchange: Exchange, classify: Classify, limits: Limits, sleep: Callable[[float], None]
    ) -> None:
        self._exchange = exchange
        self._classify = classify
        self._limits = limits
        self._sleep = sleep

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        template: str | None = None,
    ) -> Response:
        """The answer, when ``classify`` finds no error in it; else the error. GET and HEAD are retried, nothing else is.

        ``template`` stands for the path in the call log where the path itself names a person.
        """
        body, kind = encoded(json, data)
        sent = {**kind, **(headers or {}), **(basic(auth) if auth else {})}
        call = Outgoing(method.upper(), with_params(url, params), sent, body, template)
        deadline = self._exchange.start()
        attempts = self._limits.attempts if call.method in ("GET", "HEAD") else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._judged(call, deadline)
            except RetryLater as error:
                pause = self._pause(attempt, error.wait)
                if (
                    attempt == attempts
                    or pause > self._limits.longest_pause_seconds
                    or pause >= deadline.remaining()
                ):
                    raise
                self._sleep(pause)
        raise GiveUp(_("no attempt was allowed"), code="attempts")

    def _judged(self, call: Outgoing, deadline: Deadline) -> Response:
        response = self._followed(call, deadline)
        error = self._classify(response)
        if error is not None:
            raise error
        return response

    def _followed(self, call: Outgoing, deadline: Deadline) -> Response:
        for _other in range(4):
            response = self._exchange.once(call, deadline)
            if response.status not in _REDIRECTS:
                return response
            target = urljoin(call.url, response.headers.get("location", ""))
            if call.method not in ("GET", "HEAD") or origin(target) != origin(call.url):
                raise ConfigError(
                    _("the remote system redirects (%(status)s) to another address", status=response.status),
                    code="redirect",
                    remedy=_(
                        "enter the final address; redirects to another host, port or scheme are not followed"
                    ),
                )
            call = replace(call, url=target)
        raise ConfigError(_("more than 3 redirects"), code="redirect", remedy=_("check the address"))

    def _pause(self, attempt: int, wait: float | None) -> float:
        """Seconds: what the other side asked for, else full jitter below 0.5, 1, 2 … s."""
        return wait if wait is not None else random.uniform(0, 0.5 * 2 ** (attempt - 1))  # noqa: S311


def _document_errors(response: Response) -> AdvisorError | None:
    if response.status in (404, 410):
        return None
    error = classify_status(response)
    return GiveUp(str(error), code=error.code) if isinstance(error, AuthError) else error


def _forget(_record: CallRecord) -> None:
    """No call log."""
