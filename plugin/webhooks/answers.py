"""How machine endpoints answer: short JSON, one refusal for every wrong caller, and nothing read beyond the size cap."""

from __future__ import annotations

import math

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from plugin.errors import AdvisorError, AuthError, Conflict, InvalidInput, NotAllowed, NotFound, RetryLater
from plugin.services.core import Core
from plugin.services.operation.rate_limit import Buckets

REFUSED = "The request was not accepted."
_STATUS: tuple[tuple[type[AdvisorError], int], ...] = (
    (AuthError, 401),
    (InvalidInput, 400),
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (RetryLater, 503),
)


def core() -> Core:
    """The core of the running application."""
    found: Core = current_app.extensions["core"]
    return found


def capped_body() -> bytes:
    """The raw body. 413 before anything beyond ADVISOR_MAX_BODY_BYTES is read, with or without a Content-Length."""
    most = core().settings.max_body_bytes
    request.max_content_length = (
        most + 1
    )  # a body without a length is cut there, not refused: the byte too many shows it
    body = request.get_data(cache=True)
    if len(body) > most:
        raise RequestEntityTooLarge
    return body


def limited(buckets: Buckets, source: str) -> Response | None:
    """The 429 answer when ``source`` sends too much, else None."""
    wait = buckets.wait(source)
    if not wait:
        return None
    response = problem(429, "rate", "Too many requests.")
    response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def caller() -> str:
    """The network address that the rate limit counts; behind proxies the one that ADVISOR_TRUSTED_PROXIES makes visible."""
    return request.remote_addr or "unknown"


def problem(status: int, code: str, message: str, **more: object) -> Response:
    response = jsonify(code=code, message=message, **more)
    response.status_code = status
    return response


def on_ours(error: AdvisorError) -> Response:
    """AuthError always looks the same; faults of ours say nothing about themselves."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    if status in (401, 500):
        return problem(status, "auth" if status == 401 else "error", REFUSED)
    response = problem(status, error.code, str(error))
    if isinstance(error, RetryLater):
        response.headers["Retry-After"] = str(math.ceil(error.wait or 5))
    return response


def on_http(error: HTTPException) -> Response:
    status = error.code or 500
    response = problem(status, f"http_{status}", error.name)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def speak_json(blueprint: Blueprint) -> None:
    """Errors of these endpoints are JSON, whatever the application's pages do."""
    blueprint.register_error_handler(AdvisorError, on_ours)
    blueprint.register_error_handler(HTTPException, on_http)
