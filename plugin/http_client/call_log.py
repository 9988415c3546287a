"""One line about each call, made so that it can be stored: never a body, a header, a query value or a personal part of a path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class CallRecord:
    """What was called and how it went. ``status`` is None when no answer came; ``code`` is our error's code or empty."""

    method: str
    host: str
    path: str
    status: int | None
    ms: int
    request_bytes: int
    response_bytes: int
    request_id: str
    code: str = ""


OnCall: TypeAlias = Callable[[CallRecord], None]

_TOKEN = re.compile(r"(?=.*\d)[A-Za-z0-9_\-]{20,}")


def safe_path(url: str) -> str:
    """Path with personal and secret-looking segments as ``{}``, and the query's names without their values."""
    parts = urlsplit(url)
    path = "/".join(_safe_segment(segment) for segment in parts.path.split("/"))
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return path + ("?" + "&".join(_safe_segment(name) for name in names) if names else "")


def _safe_segment(segment: str) -> str:
    plain = unquote(segment)
    return "{}" if "@" in plain or _TOKEN.fullmatch(plain) else segment[:80]
