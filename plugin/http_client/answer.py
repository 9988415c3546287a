"""What an answer means for the caller when no vendor knowledge says otherwise, and the values that calls give back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeAlias

from plugin.domain import Json
from plugin.errors import AdvisorError, AuthError, Conflict, GiveUp, NotFound, RetryLater
from plugin.texts import _

LONGEST_WAIT_SECONDS = 86_400.0

NOT_PERFORMED = frozenset({"dns", "unreachable", "rate"})
"""Codes of RetryLater after which the other side has certainly done nothing: a write may be repeated without a look."""


@dataclass(frozen=True)
class Response:
    """An answer, read and decompressed up to the cap. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Json:
        """The parsed body. GiveUp with code ``not_json`` when it is none (an HTML page from a wrong address)."""
        try:
            return _strict_json(self.body)
        except (ValueError, RecursionError) as error:
            raise GiveUp(
                _("the response (status %(status)s) is not JSON", status=self.status),
                code="not_json",
                remedy=_("check the address: the response is a web page, not an API"),
            ) from _without_text(error)


Classify: TypeAlias = Callable[[Response], AdvisorError | None]
"""The error that an answer stands for, None when it is a success: a connector's one place for its vendor's dialect."""


def classify_status(response: Response) -> AdvisorError | None:
    """The common meaning of HTTP statuses. Connectors call it for what is not special to their vendor."""
    status = response.status
    if status < 400:
        return None
    said = _("the remote system answered with status %(status)s", status=status)
    if status in (401, 403):
        return AuthError(said, code=f"http_{status}", remedy=_("check the credentials and their permissions"))
    if status in (404, 410):
        return NotFound(said, code=f"http_{status}")
    if status in (409, 412):
        return Conflict(said, code=f"http_{status}")
    wait = retry_after(response.headers)
    if status == 429 or (status == 503 and wait is not None):
        return RetryLater(said, wait=wait, code="rate")
    if status in (408, 425) or status >= 500:
        return RetryLater(said, wait=wait, code=f"http_{status}")
    return GiveUp(said, code=f"http_{status}")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds by the Retry-After header in either form (RFC 9110 10.2.3), 0 to a day; None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def decompressed(body: bytes, encoding: str, cap: int) -> bytes:
    """The content of a body, never more than ``cap`` bytes of it; GiveUp for more and for an encoding that we did not offer."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise GiveUp(_("the response has an encoding that was not requested"), code="encoding")
    decoder = zlib.decompressobj(wbits=47)  # gzip or zlib, found by the header
    try:
        content = decoder.decompress(body, cap + 1)
    except zlib.error as error:
        raise GiveUp(_("the compressed response is damaged"), code="encoding") from error
    if len(content) > cap:
        raise too_large(cap)
    if not decoder.eof:
        raise RetryLater(_("the compressed response is incomplete"), code="cut_off")
    return content


def too_large(cap: int) -> GiveUp:
    return GiveUp(
        _("the response is larger than %(cap)s bytes", cap=cap),
        code="too_large",
        remedy=_("request smaller pages"),
    )


def _strict_json(body: bytes) -> Json:
    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    parsed: Json = json.loads(body, parse_constant=refuse)
    return parsed


def _without_text(error: Exception) -> Exception:
    """JSONDecodeError carries the whole document: only its kind goes on."""
    return ValueError(type(error).__name__)
