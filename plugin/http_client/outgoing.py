"""What goes out: the checked address and the bytes of one request."""

from __future__ import annotations

import json as json_module
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from plugin.domain import Json
from plugin.domain.web_addresses import origin_of
from plugin.errors import ConfigError
from plugin.texts import _


@dataclass(frozen=True)
class Outgoing:
    """One request as it will be sent; its repr shows neither headers nor body."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    template: str | None = None


def check_url(url: str) -> None:
    """ConfigError unless it is a plain http(s) address: a host, no user in it, no blanks, no privileged odd port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad_url(_("it can't be read")) from error
    if parts.scheme not in ("http", "https"):
        raise _bad_url(_("it must begin with https://"))
    if not parts.hostname or "\\" in url or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise _bad_url(_("the host is missing, or it contains characters that are not allowed"))
    if parts.username is not None or parts.password is not None:
        raise _bad_url(_("it must not contain credentials"))
    if port is not None and (port == 0 or (port < 1024 and port not in (80, 443))):
        raise _bad_url(_("port %(port)s is not a web server's", port=port))


def _bad_url(why: str) -> ConfigError:
    return ConfigError(
        _("the address can't be used: %(why)s", why=why), code="bad_url", remedy=_("check the address")
    )


def origin(url: str) -> str:
    """Scheme, host and port of a usable address, in their one spelling."""
    check_url(url)
    return origin_of(url)


def with_params(url: str, params: Mapping[str, str] | None) -> str:
    """The address with ``params`` appended to its query."""
    if not params:
        return url
    return url + ("&" if urlsplit(url).query else "?") + urlencode(params)


def encoded(json: Json, data: bytes | Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    """The body's bytes and the headers that describe it: a form, JSON, or bytes as they are."""
    if isinstance(data, Mapping):
        return urlencode(data).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if data is None and json is not None:
        return json_module.dumps(json, allow_nan=False).encode(), {"Content-Type": "application/json"}
    return data, {}


def basic(auth: tuple[str, str]) -> dict[str, str]:
    """The header of HTTP Basic authentication, UTF-8."""
    return {"Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()}
