"""Our own pages for what goes wrong, each with a next step, and the one place that turns our errors into them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from plugin.errors import AdvisorError, InvalidInput, RetryLater
from plugin.texts import N_, _
from plugin.web import problems
from plugin.web.auth import wants_json
from plugin.web.problems import Problem
from plugin.web.scim import refusals

REFUSED = (404, 409, 422)
TYPED = ("reason", "note", "text", "answer")  # fields of forms that hold words of one's own
KEPT = ("Allow", "Retry-After", "WWW-Authenticate")  # machine text


@dataclass(frozen=True)
class Words:
    """What a page says for a status."""

    title: str
    sentence: str
    link: str = N_("Back to the start page")
    target: str = "/"


WORDS = {
    400: Words(N_("We couldn’t read that request"), N_("Go back, reload the page and try again.")),
    401: Words(
        N_("Please sign in"),
        N_("Your session has ended, or you haven’t signed in yet."),
        N_("Sign in"),
        "/sign-in",
    ),
    403: Words(
        N_("You can’t open this page"),
        N_("Your account doesn’t have the required role. If you need access, ask your HR administrator."),
    ),
    404: Words(
        N_("Page not found"),
        N_("The link may be out of date, or the employee isn’t on your team."),
    ),
    405: Words(N_("That isn’t possible here"), N_("Go back and use the buttons on the page.")),
    409: Words(
        N_("This row has changed"),
        N_("Someone saved a change after you opened it. Reload the page and decide again."),
    ),
    413: Words(N_("That’s too large"), N_("Send a smaller file or a shorter text.")),
    415: Words(N_("This type of content isn’t accepted"), N_("Go back and use the form on the page.")),
    422: Words(N_("Check the form"), N_("Go back and correct the entries.")),
    429: Words(N_("Too many attempts"), N_("Wait a moment, then try again.")),
    500: Words(
        N_("Something went wrong on our side"),
        N_(
            "Your saved entries are safe. Try again. If the problem continues, tell your HR administrator when it happened."
        ),
    ),
    503: Words(N_("The service isn’t ready"), N_("Try again in a minute.")),
}


def status_of(error: AdvisorError) -> int:
    """The HTTP status of one of our errors."""
    return problems.kind_of(error).status


def page(status: int, sentence: str | None = None, remedy: str = "") -> ResponseReturnValue:
    """A full page, or a notice for htmx (swapped into #notice, never into the row that asked)."""
    words = WORDS.get(status, WORDS[400] if status < 500 else WORDS[500])
    said = sentence or _(words.sentence)
    if request.headers.get("HX-Request"):
        fragment = render_template("_notice.html", sentence=said, remedy=remedy)
        return fragment, status, {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
    html = render_template(
        "error.html", status=status, words=words, sentence=said, remedy=remedy, typed=_typed(status)
    )
    return html, status


def _typed(status: int) -> list[str]:
    """The words that a person wrote into a form which was refused: the page gives them back."""
    if request.method != "POST" or status not in REFUSED:
        return []
    return [text for name in TYPED for text in request.form.getlist(name) if text.strip()]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")


def on_ours(error: AdvisorError) -> ResponseReturnValue:
    """Our errors speak for themselves, but a fault of ours (500) does not tell the outside what it is."""
    kind = problems.kind_of(error)
    wait = error.wait if isinstance(error, RetryLater) else None
    headers = {} if wait is None else {"Retry-After": str(int(wait) + 1)}
    said, remedy = ("", "") if kind.status == 500 else (_sentence(str(error)), _sentence(error.remedy))
    if _wants_problem():
        errors = problems.of_fields(error.fields) if isinstance(error, InvalidInput) else ()
        return Problem(kind, f"{said} {remedy}".strip(), errors, headers).response()
    response = page(kind.status, said or None, remedy)
    if headers and isinstance(response, tuple):
        return response[0], kind.status, {**(dict(response[2]) if len(response) == 3 else {}), **headers}
    return response


def _wants_problem() -> bool:
    return wants_json() and not request.headers.get("HX-Request")


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Flask's own errors; redirects that come as errors pass through."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if refusals.is_asked():
        kept = {name: value for name, value in error.get_headers() if name in KEPT}
        return refusals.refusal(status, _(problems.kind_of_status(status).detail), kept)
    from plugin.web.security import FormExpired

    if _wants_problem():
        return _problem(error, status, is_form=isinstance(error, FormExpired))
    return page(status, _(FormExpired.description) if isinstance(error, FormExpired) else None)


def _problem(error: HTTPException, status: int, *, is_form: bool) -> Response:
    """What a schema found wrong (webargs keeps it in ``data``) goes out by place; what the status needs in headers stays."""
    found = getattr(error, "data", None) or {}
    kind = problems.BY_CODE["form_token"] if is_form else problems.kind_of_status(status)
    errors = problems.of_messages(found.get("messages") or {}) if status == 422 else ()
    kept = {name: value for name, value in error.get_headers() if name in KEPT}
    return Problem(kind, errors=errors, headers=kept).response()


def register(app: Flask) -> None:
    app.register_error_handler(AdvisorError, on_ours)
    app.register_error_handler(HTTPException, on_http)
