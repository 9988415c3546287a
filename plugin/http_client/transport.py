"""The sockets and pools under requests: addresses are checked and pinned at connect time, and every wait ends by a deadline."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager

from plugin.http_client.address import Guard
from plugin.http_client.sockets import Resolver, resolved


class Deadline:
    """The one end time that all waits of a call share; set anew before each call of a thread's session."""

    def __init__(self) -> None:
        self._end = 0.0
        self._gap = 0.0

    def start(self, total: float, gap: float) -> None:
        """From now on ``total`` seconds in all, and never more than ``gap`` seconds without a byte."""
        self._end = time.monotonic() + total
        self._gap = gap

    def remaining(self) -> float:
        return self._end - time.monotonic()

    def next_wait(self) -> float:
        """Seconds that the next wait on the network may take; TimeoutError when none are left."""
        left = min(self._gap, self.remaining())
        if left <= 0:
            raise TimeoutError("the call's time limit has passed")
        return left


class _TimedSocket(socket.socket):
    """A socket whose every send and receive takes what is left of the deadline, so a drip of bytes cannot renew it."""

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.next_wait())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.next_wait())
        return super().sendall(*args, **kwargs)


class _TimedTlsSocket(ssl.SSLSocket):
    """The same for TLS. Made by the context during the handshake, which itself runs under the plain socket's timeout."""

    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._limit()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._limit()
        return super().send(*args, **kwargs)

    def _limit(self) -> None:
        if self.deadline is not None:
            self.settimeout(self.deadline.next_wait())


class Egress:
    """What a connection needs in order to open a socket: guard, resolver, deadline and the time to connect."""

    def __init__(self, guard: Guard, resolver: Resolver, connect_seconds: float) -> None:
        self.deadline = Deadline()
        self._guard = guard
        self._resolver = resolver
        self._connect_seconds = connect_seconds

    def open(self, connection: HTTPConnection, scheme: str) -> socket.socket:
        """A connected socket to an address that the guard passed: resolved once, so a second answer cannot differ."""
        host, port = connection.host.strip("[]"), connection.port or (443 if scheme == "https" else 80)
        addresses = self._resolve(connection, host, port)
        self._guard.check(addresses, scheme=scheme)
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                return self._connect(address, port)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, "no connection in time") from failure
        raise NewConnectionError(connection, f"no connection: {failure.strerror}") from failure

    def _resolve(self, connection: HTTPConnection, host: str, port: int) -> list[str]:
        try:
            return resolved(self._resolver, host, port, min(self._connect_seconds, self.deadline.next_wait()))
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error

    def _connect(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = _TimedSocket(family, socket.SOCK_STREAM)
        sock.deadline = self.deadline
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(self._connect_seconds, self.deadline.next_wait()))
            sock.connect((address, port))
            sock.settimeout(self.deadline.next_wait())  # TLS takes this as the limit of the whole handshake
        except OSError:
            sock.close()
            raise
        return sock


class _PlainConnection(HTTPConnection):
    egress: Egress

    def _new_conn(self) -> socket.socket:
        return self.egress.open(self, "http")


class _TlsConnection(HTTPSConnection):
    egress: Egress

    def _new_conn(self) -> socket.socket:
        return self.egress.open(self, "https")

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, _TimedTlsSocket):
            self.sock.deadline = self.egress.deadline


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection
    egress: Egress

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.egress = self.egress  # type: ignore[attr-defined]
        return connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
    egress: Egress

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.egress = self.egress  # type: ignore[attr-defined]
        return connection


class _Pools(PoolManager):
    def __init__(self, egress: Egress, context: ssl.SSLContext) -> None:
        super().__init__(num_pools=8, maxsize=1, ssl_context=context, cert_reqs="CERT_REQUIRED")
        self.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        self._egress = egress

    def _new_pool(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super()._new_pool(*args, **kwargs)
        pool.egress = self._egress  # type: ignore[attr-defined]
        return pool


class _Adapter(HTTPAdapter):
    """requests' adapter over our pools; its own certificate and proxy handling is left out."""

    def __init__(self, egress: Egress, context: ssl.SSLContext) -> None:
        self._made = (egress, context)
        super().__init__(max_retries=urllib3.Retry(total=0, redirect=0, read=False))

    def init_poolmanager(self, *_args: Any, **_kwargs: Any) -> None:
        self.poolmanager = _Pools(*self._made)

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: the pool's context verifies always."""

    def build_connection_pool_key_attributes(  # type: ignore[override]
        self, request: requests.PreparedRequest, _verify: Any, _cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        parts = urllib3.util.parse_url(request.url or "")
        return {"scheme": parts.scheme, "host": parts.host, "port": parts.port}, {}


class Transport:
    """One session per thread, each with its own pool and deadline, all under one guard."""

    def __init__(
        self, guard: Guard, *, resolver: Resolver, connect_seconds: float, ca_file: Path | None
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._connect_seconds = connect_seconds
        self._context = _tls_context(ca_file)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[requests.Session] = []

    def session(self) -> tuple[requests.Session, Deadline]:
        """This thread's session and the deadline that its sockets obey."""
        if not hasattr(self._local, "session"):
            egress = Egress(self._guard, self._resolver, self._connect_seconds)
            self._local.session = _session(_Adapter(egress, self._context))
            self._local.deadline = egress.deadline
            with self._lock:
                self._open.append(self._local.session)
        return self._local.session, self._local.deadline

    def close(self) -> None:
        with self._lock:
            for session in self._open:
                session.close()
            self._open.clear()
        self._local = threading.local()


def _session(adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxies from the environment, no .netrc
    session.adapters.clear()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    return session


@cache
def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Shared by all, because reading the authorities' certificates takes longer than a request."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TimedTlsSocket
    return context
