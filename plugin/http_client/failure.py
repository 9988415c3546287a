"""Turns what requests and urllib3 raise into our errors, without their texts: those quote addresses with query and header values."""

from __future__ import annotations

import ssl

import requests
import urllib3

from plugin.errors import AdvisorError, ConfigError, GiveUp, RetryLater
from plugin.texts import _


def failure(error: Exception) -> AdvisorError:
    """Our error for the absence of an answer. Codes in answer.NOT_PERFORMED mean that nothing was sent."""
    chain = _chain(error)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in chain):
        return ConfigError(
            _("the server's certificate is not trusted"),
            code="tls",
            remedy=_("check the address and the certificate"),
        )
    if any(isinstance(one, urllib3.exceptions.NameResolutionError) for one in chain):
        return RetryLater(_("the host name can't be resolved"), code="dns", remedy=_("check the host name"))
    if any(
        isinstance(one, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
        for one in chain
    ):
        return RetryLater(
            _("no connection to the host"),
            code="unreachable",
            remedy=_("check the address, the port and the firewall"),
        )
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return ConfigError(
            _("the TLS connection could not be established"),
            code="tls",
            remedy=_("check that the port uses https"),
        )
    if any(
        isinstance(one, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError) for one in chain
    ):
        return RetryLater(_("no complete response within the time limit"), code="timeout")
    if any(isinstance(one, _UNSENDABLE) for one in chain):
        return ConfigError(
            _("the request can't be sent in this form"),
            code="bad_request",
            remedy=_("check the address and the credentials"),
        )
    if any(isinstance(one, OSError | urllib3.exceptions.HTTPError) for one in chain):
        return RetryLater(_("the connection was interrupted"), code="broken")
    return GiveUp(_("the response can't be read"), code="unreadable")


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
