"""Errors in the shape of RFC 7644 §3.12, for what is refused before or outside of the library that serves SCIM."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response, request

MEDIA_TYPE = "application/scim+json"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
PREFIX = "/scim/v2"


def is_asked() -> bool:
    """Whether the request is one of SCIM."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def refusal(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    body = {"schemas": [SCHEMA], "status": str(status), "detail": detail}
    answer = Response(json.dumps(body), status=status, headers={**headers, "Content-Type": MEDIA_TYPE})
    answer.headers["Cache-Control"] = "no-store"
    return answer
