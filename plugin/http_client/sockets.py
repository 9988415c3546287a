"""Names to addresses under a time limit, and sockets to addresses that the guard passed: resolved once, so that a second answer cannot differ."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from typing import TypeAlias

from plugin.errors import RetryLater
from plugin.http_client.address import Guard
from plugin.texts import _

Resolver: TypeAlias = Callable[[str, int], list[str]]
"""Host and port to numeric addresses; socket.gaierror when there are none."""


def resolve(host: str, port: int) -> list[str]:
    """The system's resolver, duplicates removed, order kept."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def resolved(resolver: Resolver, host: str, port: int, seconds: float) -> list[str]:
    """The resolver in a thread of its own, because getaddrinfo knows no time limit. socket.gaierror."""
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        found = socket.gaierror("the resolver did not answer in time")
    if isinstance(found, OSError):
        raise socket.gaierror(str(found)) from found
    return found


def open_socket(
    host: str, port: int, *, guard: Guard, scheme: str, seconds: float, resolver: Resolver = resolve
) -> socket.socket:
    """A connected socket for a protocol other than HTTP, with ``seconds`` for each wait. ConfigError when the guard refuses the
    address, RetryLater when nothing answers."""
    try:
        addresses = resolved(resolver, host, port, seconds)
    except socket.gaierror as error:
        raise RetryLater(
            _("the host name can't be resolved"), code="dns", remedy=_("check the host name")
        ) from error
    guard.check(addresses, scheme=scheme)
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            failure = error
    raise RetryLater(
        _("no connection to the host"),
        code="unreachable",
        remedy=_("check the address, the port and the firewall"),
    ) from failure
