"""Web addresses in one spelling each (RFC 3986 section 6.2), so that two spellings of one place are one place."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DELIMITERS = frozenset("/?#@:[]\\% ")  # an encoded one belongs to the name
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")


def normal_address(url: str) -> str:
    """Scheme and host in lower case, no default port, an empty path as ``/``, no dot segments, percent-encoding only where it
    is needed and in capitals (RFC 3986, 6.2.2 and 6.2.3). What is no address with a host comes back as it was."""
    parts = _split(url)
    if parts is None or not parts.netloc:
        return url
    path = _without_dots(_plain(parts.path)) or "/"
    whole = (parts.scheme.lower(), _authority(parts), path, _plain(parts.query), _plain(parts.fragment))
    return urlunsplit(whole)


def authority_of(url: str) -> str:
    """Host and port in the normal form, the port only where it is not the scheme's own; empty when there is no host."""
    parts = _split(url)
    return _authority(parts) if parts and parts.netloc else ""


def origin_of(url: str) -> str:
    """``https://host[:port]`` in the normal form; empty when there is no host."""
    parts = _split(url)
    return f"{parts.scheme.lower()}://{_authority(parts)}" if parts and parts.netloc else ""


def same_origin(first: str, second: str) -> bool:
    return bool(origin_of(first)) and origin_of(first) == origin_of(second)


def same_host(first: str, second: str) -> bool:
    return bool(authority_of(first)) and authority_of(first) == authority_of(second)


def same_address(first: str, second: str) -> bool:
    return normal_address(first) == normal_address(second)


def home_page(url: str) -> str:
    """The normal form less a slash at its end, with and without which people write home pages."""
    plain = normal_address(url)
    return plain if "?" in plain or "#" in plain else plain.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _authority(parts: SplitResult) -> str:
    user, at, _place = parts.netloc.rpartition("@")
    port = parts.port
    own = port is None or port == _DEFAULT_PORTS.get(parts.scheme.lower())
    return f"{user}{at}{_host(parts.hostname or '')}{'' if own else f':{port}'}"


def _host(host: str) -> str:
    if ":" in host:
        name, percent, zone = host.partition("%")
        try:
            return f"[{IPv6Address(name).compressed}{percent}{zone}]"
        except ValueError:
            return f"[{host}]"
    try:
        name = unquote(host, errors="strict").lower().encode("idna").decode("ascii")
    except UnicodeError:  # no name of the DNS
        return _plain(host)
    return _plain(host) if set(name) & _DELIMITERS else name


def _plain(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        sign = chr(int(found[1], 16))
        return sign if sign in _UNRESERVED else found[0].upper()

    return _ENCODED.sub(one, text)


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, for a path that begins with a slash or is empty."""
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[max(len(kept) - 1, 1) :]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)
