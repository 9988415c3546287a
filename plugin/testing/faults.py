"""A schedule of misbehaviour for fake vendors: which request, in order, meets which fault."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, TypeAlias

from plugin.domain import Json

Wsgi: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Kind(StrEnum):
    """What happens instead of, or after, the app's own answer."""

    ANSWER = "answer"  # this answer; the app is not asked
    HANG = "hang"  # silence; the app is not asked
    COMMIT_THEN_HANG = "commit_then_hang"  # the app does its work, the answer is lost
    REPEAT = "repeat"  # the previous answer of the same path once more; the app is not asked


@dataclass(frozen=True)
class Fault:
    """One misbehaviour. ``seconds`` of silence at most, for the two kinds that hang."""

    kind: Kind
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 30.0


def rate_limited(seconds: int, *, as_date: bool = False, status: int = 429) -> Fault:
    """429 (or 503) with Retry-After in either of its two forms."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    wait = format_datetime(moment, usegmt=True) if as_date else str(seconds)
    return Fault(Kind.ANSWER, status, {"Retry-After": wait})


def error_status(status: int, body: Json = None) -> Fault:
    return Fault(Kind.ANSWER, status, {"Content-Type": "application/json"}, json.dumps(body or {}).encode())


def error_inside(body: Json) -> Fault:
    """A success by status, an error by content."""
    return Fault(Kind.ANSWER, 200, {"Content-Type": "application/json"}, json.dumps(body).encode())


def html_page() -> Fault:
    """What a wrong address or a login wall answers."""
    return Fault(Kind.ANSWER, 200, {"Content-Type": "text/html"}, b"<!doctype html><title>Sign in</title>")


@dataclass
class _Planned:
    method: str
    path: str
    fault: Fault
    after: int
    times: int


class Faults:
    """Faults that wait for their requests. ``met`` counts them, so that a test can see that its fault happened."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._previous: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.met = 0

    def plan(self, fault: Fault, *, method: str = "", path: str = "", after: int = 0, times: int = 1) -> None:
        """For requests of ``method`` (any when empty) whose path holds ``path``: pass ``after`` of them, then meet ``times``."""
        with self._lock:
            self._planned.append(_Planned(method, path, fault, after, times))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def end(self) -> None:
        """Lets all that hang go."""
        self._ended.set()

    def around(self, app: Wsgi) -> Wsgi:
        """``app`` with this schedule before it."""

        def wrapped(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            fault = self._next(environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if fault is None or fault.kind is Kind.COMMIT_THEN_HANG:
                answer = _answer(app, environ)
                self._previous[environ["PATH_INFO"]] = answer
            else:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                answer = self._faulty(fault, environ["PATH_INFO"])
            if fault is not None and fault.kind in (Kind.HANG, Kind.COMMIT_THEN_HANG):
                self._ended.wait(fault.seconds)
                answer = ("500 Late", [], b"")
            status, headers, body = answer
            start(status, headers)
            return [body]

        return wrapped

    def _next(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for planned in self._planned:
                if planned.method not in ("", method) or planned.path not in path:
                    continue
                if planned.after > 0:
                    planned.after -= 1
                    continue
                if planned.times > 0:
                    planned.times -= 1
                    self.met += 1
                    return planned.fault
        return None

    def _faulty(self, fault: Fault, path: str) -> tuple[str, list[tuple[str, str]], bytes]:
        if fault.kind is Kind.REPEAT and path in self._previous:
            return self._previous[path]
        headers = [*fault.headers.items(), ("Content-Length", str(len(fault.body)))]
        return f"{fault.status} Fault", headers, fault.body


def _answer(app: Wsgi, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    kept: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _info: object = None) -> None:
        kept.append((status, headers))

    chunks = app(environ, start)
    body = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close:
        close()
    return *kept[-1], body
