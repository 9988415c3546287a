"""The badges package's door to the web: one guarded client for worker, demo and command line, and a memory that lasts one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from plugin.badges.codes import BadgeProblem
from plugin.badges.reading.documents import Document, Documents, FetchRefused, PublicOnly, Unreachable
from plugin.badges.reading.strict_json import loads
from plugin.errors import AdvisorError, ConfigError
from plugin.http_client import Client, networks

LARGEST_BYTES = 2 * 2**20
ACCEPT = "application/ld+json, application/json, application/vc+jwt, image/png, image/svg+xml, */*;q=0.1"  # machine text


class HttpDocuments:
    """Documents over the guarded client: https, bounded answers. ``own_networks`` are private ones that badges may lie in."""

    def __init__(self, client: Client, own_networks: Sequence[str] = ()) -> None:
        self._client, self._networks = client, networks(own_networks)

    def fetch(self, url: str) -> Document:
        try:
            found = self._client.fetch_document(
                url, max_bytes=LARGEST_BYTES, accept=ACCEPT, networks=self._networks
            )
        except ConfigError as error:
            raise FetchRefused(str(error), code=error.code) from error
        except AdvisorError as error:
            raise Unreachable(str(error), code=error.code) from error
        return Document(found.status, found.body, found.content_type.partition(";")[0].strip().lower())


def over(client: Client, own_networks: Sequence[str] = ()) -> Documents:
    """Over a client that the caller closes. Only public addresses, unless the operator names private networks."""
    inner = HttpDocuments(client, own_networks)
    return inner if own_networks else PublicOnly(inner)


@contextmanager
def opened(own_networks: Sequence[str] = ()) -> Iterator[Documents]:
    """Over a client of its own, closed at the end."""
    with Client() as client:
        yield over(client, own_networks)


class OncePerBatch:
    """Fetches issuers and badge classes once for all badges of one batch; make a new one for each batch.

    Whether a badge still holds is always asked anew: assertions, status and revocation lists and documents of keys are never
    kept, nor is any answer but 200. At most ``most`` documents of ``largest`` bytes are kept. Not for several threads.
    """

    _KEPT_TYPES = frozenset({"BadgeClass", "Issuer", "Profile"})  # machine text

    def __init__(self, inner: Documents, *, most: int = 200, largest: int = 65_536) -> None:
        self._inner, self._most, self._largest = inner, most, largest
        self._kept: dict[str, Document] = {}

    def fetch(self, url: str) -> Document:
        if url in self._kept:
            return self._kept[url]
        found = self._inner.fetch(url)
        if len(self._kept) < self._most and self._may_be_kept(found):
            self._kept[url] = found
        return found

    def _may_be_kept(self, found: Document) -> bool:
        if found.status != 200 or len(found.body) > self._largest:
            return False
        try:
            body = loads(found.body, max_bytes=self._largest)
        except BadgeProblem:
            return False
        types = _names(body.get("type")) if isinstance(body, dict) else frozenset()
        return bool(types) and types <= self._KEPT_TYPES


def _names(said: object) -> frozenset[str]:
    """The types of a document; empty when they are not plain names."""
    listed = [said] if isinstance(said, str) else said
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return frozenset()
    return frozenset(listed)
