"""The one door through which a verification sees other documents: injected, counted, and closed to private addresses."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Budget, Limits
from plugin.errors import AdvisorError, ConfigError
from plugin.texts import _


class FetchRefused(AdvisorError):
    """Our own rules do not open this address (scheme, private network, redirect to another host)."""

    code = "fetch_refused"


class Unreachable(AdvisorError):
    """No answer, a broken one, or one that is too large; the same call may succeed later."""

    code = "unreachable"


@dataclass(frozen=True)
class Document:
    """An answer: HTTP status (200, 404, 410, ...), the body's bytes and the media type, lower case without parameters."""

    status: int
    body: bytes = b""
    content_type: str = ""


class Documents(Protocol):
    """Fetches by URL. Implementations raise Unreachable or FetchRefused and answer any HTTP status as a Document."""

    def fetch(self, url: str) -> Document: ...


class NoDocuments:
    """Nothing can be fetched: what needs another document stays undetermined."""

    def fetch(self, url: str) -> Document:
        raise Unreachable(_("no document for %(url)s", url=url))


class IndexDocuments:
    """Documents from an ``index.json`` that maps URLs to files beside it; nothing else is ever fetched.

    A value is a path relative to the index, or ``{"status": 410, "file": ..., "content_type": ...}``.
    """

    def __init__(self, index: Path) -> None:
        self._folder = index.parent
        try:
            entries = json.loads(index.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(_("%(index)s must be a JSON index of documents", index=index)) from error
        if not isinstance(entries, dict):
            raise ConfigError(_("%(index)s must map URLs to files", index=index))
        self._entries = {url: _entry(index, url, entry) for url, entry in entries.items()}

    def fetch(self, url: str) -> Document:
        entry = self._entries.get(url)
        if entry is None:
            raise Unreachable(_("%(url)s is not in the index", url=url))
        return Document(entry.status, self._body(entry.file), entry.content_type)

    def _body(self, file: str) -> bytes:
        if not file:
            return b""
        try:
            return (self._folder / file).read_bytes()
        except OSError as error:
            raise Unreachable(_("%(path)s can't be read", path=file)) from error


@dataclass(frozen=True)
class _Entry:
    file: str
    status: int = 200
    content_type: str = ""


def _entry(index: Path, url: str, value: object) -> _Entry:
    if isinstance(value, str):
        return _Entry(value)
    if isinstance(value, dict):
        file, status, kind = value.get("file", ""), value.get("status", 200), value.get("content_type", "")
        if isinstance(file, str) and type(status) is int and isinstance(kind, str):
            return _Entry(file, status, kind)
    raise ConfigError(
        _(
            "%(index)s: %(url)s needs a file name, or an object of file, status and content_type",
            index=index,
            url=url,
        )
    )


class MappedDocuments:
    """Documents from a mapping in memory, for callers that already hold them."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    def fetch(self, url: str) -> Document:
        if url not in self._documents:
            raise Unreachable(_("no document for %(url)s", url=url))
        return self._documents[url]


class PublicOnly:
    """Wraps documents that come from a network: refuses what a public badge never names, before any socket opens.

    Refused: any scheme but https (http too unless ``http``), user names, ports other than the scheme's own unless
    listed, names without a dot, literal addresses that are not global. Names that resolve to private addresses are
    the network layer's part (``plugin.http_client``).
    """

    def __init__(
        self, inner: Documents, *, http: bool = False, ports: frozenset[int] = frozenset({80, 443})
    ) -> None:
        self._inner = inner
        self._schemes = {"https", "http"} if http else {"https"}
        self._ports = ports

    def fetch(self, url: str) -> Document:
        check_public(url, schemes=self._schemes, ports=self._ports)
        return self._inner.fetch(url)


def check_public(url: str, *, schemes: set[str], ports: frozenset[int]) -> None:
    """Raises FetchRefused for an address that a badge has no business to name."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchRefused(_("the address must be a URL")) from error
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme.lower() not in schemes:
        raise FetchRefused(_("the scheme %(scheme)s is not allowed", scheme=parts.scheme))
    if "@" in parts.netloc or "\\" in url or any(char <= " " for char in url):
        raise FetchRefused(_("the URL must not contain a user name or control characters"))
    if port is not None and port not in ports:
        raise FetchRefused(_("port %(port)s is not allowed", port=port))
    if not _is_public_host(host):
        raise FetchRefused(_("host %(host)s is not public", host=host))


def _is_public_host(host: str) -> bool:
    if not host.isascii() or not host:
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _is_public_name(host)
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or site_local)


def _is_public_name(host: str) -> bool:
    labels = host.split(".")
    reserved = labels[-1] in {"localhost", "local", "internal", "localdomain", "home", "lan", "arpa", "onion"}
    numeric = labels[-1].isdigit() or labels[-1].startswith("0x")
    return len(labels) > 1 and not reserved and not numeric


class Fetching:
    """Fetches for one verification: remembers answers, counts them, and turns failures into badge codes.

    It also carries the verification's CPU ``budget`` for the worker.
    """

    def __init__(self, documents: Documents, limits: Limits) -> None:
        self.budget = Budget(limits.cpu_seconds)
        self._documents = documents
        self._limits = limits
        self._seen: dict[str, Document] = {}

    def get(self, url: str, *, missing: str) -> Document:
        """The answer whatever its status. Raises BadgeProblem: ``missing``, fetch_refused, fetch_limit or too_large."""
        if url in self._seen:
            return self._seen[url]
        if len(self._seen) >= self._limits.fetches:
            raise BadgeProblem("fetch_limit", url)
        try:
            document = self._documents.fetch(url)
        except FetchRefused as error:
            raise BadgeProblem("fetch_refused", url) from error
        except Unreachable as error:
            raise BadgeProblem(missing, url) from error
        if len(document.body) > self._limits.fetched_bytes:
            raise BadgeProblem(
                missing,
                _("%(url)s answers with more than %(most)s bytes.", url=url, most=self._limits.fetched_bytes),
            )
        self._seen[url] = document
        return document

    def body(self, url: str, *, missing: str) -> bytes:
        """The body of an answer 200. Raises BadgeProblem ``missing`` for any other status."""
        document = self.get(url, missing=missing)
        if document.status != 200:
            raise BadgeProblem(
                missing, _("%(url)s answers with status %(status)s.", url=url, status=document.status)
            )
        return document.body
