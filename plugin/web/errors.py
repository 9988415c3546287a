"""Our own pages for what goes wrong, each with a next step, and the one place that turns our errors into them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from plugin.errors import AdvisorError, ConfigError, Conflict, InvalidInput, NotAllowed, NotFound, RetryLater
from plugin.web.auth import wants_json

STATUS: tuple[tuple[type[AdvisorError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (RetryLater, 429),
    (ConfigError, 500),
)


@dataclass(frozen=True)
class Words:
    """What a page says for a status."""

    title: str
    sentence: str
    link: str = "Back to the start page"
    target: str = "/"


WORDS = {
    400: Words("That request could not be read", "Go back, reload the page and try once more."),
    401: Words(
        "Please sign in", "Your session has ended or you have not signed in yet.", "Sign in", "/sign-in"
    ),
    403: Words(
        "You may not open this page",
        "Your account does not have the role for it. Ask your HR administrator if you need it.",
    ),
    404: Words(
        "This page does not exist",
        "The address may be old, or it is about somebody who is not in your team.",
    ),
    405: Words("That is not possible here", "Go back and use the buttons of the page."),
    409: Words(
        "Somebody else was faster", "The row was changed since you opened it. Reload and decide again."
    ),
    413: Words("That is too large", "Send a smaller file or a shorter text."),
    415: Words("That kind of content is not accepted", "Go back and use the form of the page."),
    422: Words("Something in the form cannot be used", "Go back and correct it."),
    429: Words("Too many tries", "Wait a little, then try again."),
    500: Words(
        "Something broke on our side",
        "Nothing of what you entered before was lost. Try again; if it stays, tell your HR administrator the time.",
    ),
    503: Words("The service is not ready", "Try again in a minute."),
}


def status_of(error: AdvisorError) -> int:
    """The HTTP status of one of our errors."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def page(
    status: int,
    sentence: str | None = None,
    remedy: str = "",
    *,
    code: str = "",
    fields: dict[str, str] | None = None,
) -> ResponseReturnValue:
    """A full page, a notice for htmx (swapped into #notice, never into the row that asked), or JSON."""
    words = WORDS.get(status, WORDS[400] if status < 500 else WORDS[500])
    said = sentence or words.sentence
    if request.headers.get("HX-Request"):
        fragment = render_template("_notice.html", sentence=said, remedy=remedy)
        return fragment, status, {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
    if wants_json():
        return jsonify(
            status=status, title=words.title, detail=said, code=code, remedy=remedy, fields=fields or {}
        ), status
    return render_template("error.html", status=status, words=words, sentence=said, remedy=remedy), status


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def on_ours(error: AdvisorError) -> ResponseReturnValue:
    """Our errors speak for themselves, but a fault of ours (500) does not tell the outside what it is."""
    status = status_of(error)
    if status == 500:
        return page(500)
    response = page(
        status,
        _sentence(str(error)),
        _sentence(error.remedy) if error.remedy else "",
        code=error.code,
        fields=getattr(error, "fields", None),
    )
    if isinstance(error, RetryLater) and error.wait is not None and isinstance(response, tuple):
        headers = dict(response[2]) if len(response) == 3 else {}
        return response[0], status, {**headers, "Retry-After": str(int(error.wait) + 1)}
    return response


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Flask's own errors; redirects that come as errors pass through."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    from plugin.web.security import FormExpired

    if wants_json():
        return _json_error(error, status)
    return page(status, FormExpired.description if isinstance(error, FormExpired) else None)


def _json_error(error: HTTPException, status: int) -> ResponseReturnValue:
    """What a schema found wrong (webargs keeps it in ``data``) goes out as ``errors``, by field."""
    data = getattr(error, "data", None) or {}
    found = data.get("errors") or data.get("messages")
    body = {"status": status, "title": error.name, "detail": data.get("message") or error.description}
    return jsonify({**body, "errors": found} if found else body), status


def register(app: Flask) -> None:
    app.register_error_handler(AdvisorError, on_ours)
    app.register_error_handler(HTTPException, on_http)
