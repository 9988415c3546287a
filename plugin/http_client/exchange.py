"""One request and its answer within a deadline, read up to the cap and written to the call log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import requests
import urllib3

from plugin.errors import AdvisorError
from plugin.http_client.answer import Response, decompressed, too_large
from plugin.http_client.call_log import CallRecord, OnCall, safe_path
from plugin.http_client.failure import failure
from plugin.http_client.outgoing import Outgoing, check_url
from plugin.http_client.transport import Deadline, Transport

_AGENT = "raise-advisor/0.1"


@dataclass(frozen=True)
class Limits:
    """Bounds of one call. ``total_seconds`` holds for everything: name, connection, redirects, retries and their pauses."""

    total_seconds: float = 30.0
    connect_seconds: float = 5.0
    gap_seconds: float = 15.0
    max_bytes: int = 16 * 1024 * 1024
    attempts: int = 3
    longest_pause_seconds: float = 4.0


class Exchange:
    """Single exchanges over one transport, each logged."""

    def __init__(self, transport: Transport, limits: Limits, on_call: OnCall) -> None:
        self._transport = transport
        self._limits = limits
        self._on_call = on_call

    def start(self) -> Deadline:
        _, deadline = self._transport.session()
        deadline.start(self._limits.total_seconds, self._limits.gap_seconds)
        return deadline

    def once(self, call: Outgoing, deadline: Deadline, *, cut: bool = False) -> Response:
        """One request and its answer within ``deadline``. RetryLater, ConfigError or GiveUp when there is none."""
        check_url(call.url)
        request_id = str(uuid4())
        started = time.monotonic()
        result = self._attempt(call, request_id, deadline, cut=cut)
        response = result if isinstance(result, Response) else None
        parts = urlsplit(call.url)
        self._on_call(
            CallRecord(
                method=call.method,
                host=parts.netloc,
                path=call.template or safe_path(call.url),
                status=response.status if response else None,
                ms=round((time.monotonic() - started) * 1000),
                request_bytes=len(call.body or b""),
                response_bytes=len(response.body) if response else 0,
                request_id=request_id,
                code=result.code if isinstance(result, AdvisorError) else "",
            )
        )
        if isinstance(result, AdvisorError):
            raise result
        return result

    def _attempt(
        self, call: Outgoing, request_id: str, deadline: Deadline, *, cut: bool
    ) -> Response | AdvisorError:
        """The answer, or the error that stands for its absence: returned so that no library text is chained to it."""
        session, _ = self._transport.session()
        headers = {
            "User-Agent": _AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "X-Request-Id": request_id,
            **call.headers,
        }
        try:
            request = requests.Request(call.method, call.url, headers=headers, data=call.body)
            answer = session.send(
                session.prepare_request(request),
                stream=True,
                allow_redirects=False,
                timeout=deadline.next_wait(),
            )
            try:
                return self._read(answer, cut=cut)
            finally:
                answer.close()
        except AdvisorError as error:
            return error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return failure(error)

    def _read(self, answer: requests.Response, *, cut: bool) -> Response:
        cap = self._limits.max_bytes
        headers = {name.lower(): value for name, value in answer.headers.items()}
        chunks: list[bytes] = []
        size = 0
        while size <= cap and (chunk := answer.raw.read(min(65_536, cap + 1 - size), decode_content=False)):
            chunks.append(chunk)
            size += len(chunk)
        if size > cap and not cut:
            raise too_large(cap)
        body = b"".join(chunks)[:cap]
        if not cut:
            body = decompressed(body, headers.get("content-encoding", "").strip().lower(), cap)
        return Response(answer.status_code, headers, body)
