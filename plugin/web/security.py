"""Headers and tokens that make an injected script or a forged form harmless, in one place for every page."""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import BadRequest

from plugin.services.core import Core
from plugin.texts import N_

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
)


class FormExpired(BadRequest):
    """The form's token is missing or is not that of this session."""

    description = N_("This form has expired. Go back, reload the page and send it again.")


def core() -> Core:
    """The core of the running application."""
    found: Core = current_app.extensions["core"]
    return found


def nonce() -> str:
    """This request's script nonce, made when first asked for (also when an error comes before any view)."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    made: str = g.nonce
    return made


def csrf_token() -> str:
    """The session's form token."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def check_csrf() -> None:
    """FormExpired unless the form (or the header X-CSRF-Token) carries the session's token."""
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    known = session.get("csrf", "")
    if not known or not hmac.compare_digest(str(known).encode(), sent.encode()):
        raise FormExpired


def content_security_policy() -> str:  # machine text
    """Scripts by nonce only, everything else from here only, frames only by the HR suites of the settings."""
    ancestors = " ".join(("'self'", *core().settings.frame_ancestors))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce()}'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {ancestors}",
            "require-trusted-types-for 'script'",
            "trusted-types htmx",
        )
    )


def add_headers(response: Response) -> Response:  # machine text
    """Every response; what a view has set itself stays. No X-Frame-Options: it cannot list several origins."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "pages.static":
        headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    app.after_request(add_headers)
    app.jinja_env.globals.update(nonce=nonce, csrf_token=csrf_token)
