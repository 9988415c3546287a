"""Turns what requests and urllib3 raise into our errors, without their texts: those quote addresses with query and header values."""

from __future__ import annotations

import ssl

import requests
import urllib3

from plugin.errors import AdvisorError, ConfigError, GiveUp, RetryLater


def failure(error: Exception) -> AdvisorError:
    """Our error for the absence of an answer. Codes in answer.NOT_PERFORMED mean that nothing was sent."""
    chain = _chain(error)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in chain):
        return ConfigError(
            "the server's certificate cannot be trusted",
            code="tls",
            remedy="check the address and the certificate",
        )
    if any(isinstance(one, urllib3.exceptions.NameResolutionError) for one in chain):
        return RetryLater("the host name cannot be resolved", code="dns", remedy="check the host name")
    if any(
        isinstance(one, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
        for one in chain
    ):
        return RetryLater(
            "no connection to the host", code="unreachable", remedy="check address, port and firewall"
        )
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return ConfigError(
            "no TLS connection was agreed", code="tls", remedy="check that the port speaks https"
        )
    if any(
        isinstance(one, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError) for one in chain
    ):
        return RetryLater("no complete answer within the time limit", code="timeout")
    if any(isinstance(one, _UNSENDABLE) for one in chain):
        return ConfigError(
            "the request cannot be sent as it is", code="bad_request", remedy="check address and credentials"
        )
    if any(isinstance(one, OSError | urllib3.exceptions.HTTPError) for one in chain):
        return RetryLater("the connection broke", code="broken")
    return GiveUp("the answer cannot be read", code="unreadable")


_UNSENDABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationParseError,
    UnicodeError,
)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all that it wraps. Not its context: that may be an error which the caller was just handling."""
    seen: list[BaseException] = []
    todo: list[BaseException] = [error]
    while todo and len(seen) < 32:
        one = todo.pop(0)
        if any(one is other for other in seen):
            continue
        seen.append(one)
        inner = [one.__cause__, getattr(one, "reason", None), *one.args]
        todo.extend(part for part in inner if isinstance(part, BaseException))
    return seen
