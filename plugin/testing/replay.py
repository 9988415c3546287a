"""HTTP without a network: recorded answers in their order, or one answer for all, seen through the connector's own classify."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from plugin.domain import Json, JsonObject
from plugin.errors import AdvisorError
from plugin.http_client import Classify, Response


def answer_of(recorded: JsonObject) -> Response:
    """A recorded ``{path, status, headers, body}``; a body that is no text is JSON."""
    body, headers, status = recorded.get("body"), recorded.get("headers"), recorded.get("status", 200)
    assert isinstance(status, int)
    raw = body if isinstance(body, str) else json_module.dumps(body)
    named = (
        {str(name).lower(): str(value) for name, value in headers.items()}
        if isinstance(headers, dict)
        else {}
    )
    return Response(status, named, raw.encode())


@dataclass
class ReplayHttp:
    """Gives the recorded answers one by one; a call to another path or one too many is an AssertionError. ``calls`` are kept."""

    recorded: Sequence[JsonObject]
    classify: Classify
    calls: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **sent: object) -> Response:
        assert len(self.calls) < len(self.recorded), f"{method} {url}: more calls than were recorded"
        recorded = self.recorded[len(self.calls)]
        self.calls.append(f"{method} {url} {sent.get('params') or ''}")
        assert urlsplit(url).path == recorded["path"], f"{url}: recorded was {recorded['path']}"
        return _judged(answer_of(recorded), self.classify)


@dataclass
class SameHttp:
    """Gives every call the same answer, or raises the same error."""

    outcome: Response | AdvisorError
    classify: Classify
    calls: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **sent: object) -> Response:
        self.calls.append(f"{method} {url} {sent.get('params') or ''}")
        if isinstance(self.outcome, AdvisorError):
            raise self.outcome
        return _judged(self.outcome, self.classify)


class NoHttp:
    """For what must not call anybody."""

    def request(self, method: str, url: str, **_sent: object) -> Response:
        raise AssertionError(f"{method} {url}: this must not call anybody")


def failing(status: int, *, headers: Mapping[str, str] | None = None, body: Json = None) -> Response:
    return Response(status, dict(headers or {}), json_module.dumps(body if body is not None else {}).encode())


def _judged(response: Response, classify: Classify) -> Response:
    error = classify(response)
    if error is not None:
        raise error
    return response
