"""Who may open what: every view names its roles or says that it is public, and what says nothing stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from plugin.domain import Role, SignInStep
from plugin.errors import NotAllowed
from plugin.services.core import Actor
from plugin.services.people import sessions
from plugin.services.people.sessions import Browser, Resumed
from plugin.vault import Secret
from plugin.web.security import SAFE_METHODS, check_csrf, core

View = TypeVar("View")  # machine text
KEY = "key"  # of the session, in the signed cookie
POLL = "X-Poll"  # machine text  # header of a page that asks by itself for news
KNOWN_SECONDS = 180 * 24 * 3600
PUBLIC = "public"  # anybody, with form protection
OWN = "own"  # the view checks the caller by itself: a signature, a token
Access = str | frozenset[Role]
_OWN_BLUEPRINTS = frozenset({"webhooks", "lrs", "probes"})  # machines' endpoints outside of plugin.web


def requires(*roles: Role) -> Callable[[View], View]:
    """Marks a view function or class: any one of ``roles`` is enough."""
    return _mark(frozenset(roles))


def public(view: View) -> View:
    """Marks a view that needs no sign-in."""
    return _mark(PUBLIC)(view)


def own_check(view: View) -> View:
    """Marks a view that checks its caller by itself and uses no session cookie: neither sign-in nor form token is asked for."""
    return _mark(OWN)(view)


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]  # functions and classes take attributes
        return view

    return mark


def declare(app: Flask, endpoint: str, access: Access) -> None:
    """Says for an endpoint that an extension made (API documents) who may open it."""
    app.extensions.setdefault("access", {})[endpoint] = access


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What an endpoint declares: roles, PUBLIC, OWN, or None when it says nothing (then nobody may)."""
    declared: dict[str, Access] = app.extensions.get("access", {})
    if endpoint in declared:
        return declared[endpoint]
    view: Any = app.view_functions[endpoint]
    found: Access | None = getattr(view, "access", None) or getattr(
        getattr(view, "view_class", None), "access", None
    )
    if found is None and endpoint.partition(".")[0] in _OWN_BLUEPRINTS:
        return OWN
    return found


def resumed() -> Resumed | None:
    """The session of this request's cookie, also one that still needs a second factor."""
    if "resumed" not in g:
        g.resumed = _resume()
    found: Resumed | None = g.resumed
    return found


def current_actor() -> Actor | None:
    """Who is signed in with this request's cookie; None when nobody is or the session was ended."""
    if "actor" not in g:
        found = resumed()
        g.actor = found.actor if found and found.step == SignInStep.COMPLETE else None
    actor: Actor | None = g.actor
    return actor


def at_step(*steps: SignInStep) -> Resumed:
    """For public views of the sign-in itself: the session when it is at one of the steps, else Unauthorized."""
    found = resumed()
    if found is None or found.step not in steps:
        raise Unauthorized
    return found


def session_id() -> int:
    """Of the signed-in browser, inside a view that requires a role."""
    return at_step(SignInStep.COMPLETE).session_id


def _resume() -> Resumed | None:
    key = session.get(KEY)
    if not isinstance(key, str):
        return None
    try:
        return sessions.resume(core(), key, is_use=POLL not in request.headers)
    except NotAllowed:
        session.clear()
        return None


def actor() -> Actor:
    """The signed-in actor, inside a view that requires a role."""
    found = current_actor()
    if found is None:
        raise Unauthorized
    return found


def start_session(key: Secret) -> None:
    """A new session: whatever was in the cookie before is dropped, form token included."""
    session.clear()
    session.permanent = True
    session[KEY] = key.reveal()
    for name in ("actor", "resumed"):
        g.pop(name, None)


def end_session() -> None:
    """Forgets the key; the session itself is ended in the store."""
    session.clear()


def browser() -> Browser:
    """Where this request comes from; behind proxies the address that ADVISOR_TRUSTED_PROXIES makes visible."""
    return Browser(request.remote_addr or "unknown", request.user_agent.string)


def known_browser() -> str:
    """What the browser keeps from an earlier sign-in, empty without."""
    return request.cookies.get(known_name(), "")


def known_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def keep_known(response: Response, known: str) -> None:
    """The browser signs in without waiting for others' guesses from now on; the cookie opens nothing."""
    config = current_app.config
    response.set_cookie(
        known_name(),
        known,
        max_age=KNOWN_SECONDS,
        secure=bool(config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite=config["SESSION_COOKIE_SAMESITE"],
        partitioned=bool(config["SESSION_COOKIE_PARTITIONED"]),
    )


def guard() -> ResponseReturnValue | None:
    """Runs before every view. Unknown addresses pass, to become 404."""
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access == OWN:
        return None
    if access is None:
        raise Forbidden
    if isinstance(access, frozenset):
        refused = _refuse(access)
        if refused is not None:
            return refused
    if request.method not in SAFE_METHODS:
        check_csrf()
    return None


def _refuse(access: frozenset[Role]) -> ResponseReturnValue | None:
    found = current_actor()
    if found is not None:
        if not found.roles & frozenset(role.value for role in access):
            raise Forbidden
        return None
    target = _sign_in_address(local_path(request.full_path.rstrip("?")))
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(target, 303)
    raise Unauthorized


def _sign_in_address(target: str) -> str:
    """Where the sign-in goes on."""
    half = resumed()
    if half is None:
        return url_for("pages.sign_in", next=target)
    if half.step == SignInStep.CODE:
        return url_for("second_factor.ask", next=target)
    return url_for("second_factor.show", next=target)


def wants_json() -> bool:
    """True for the API, and for callers that ask for JSON and not for pages."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def local_path(text: str | None) -> str:
    """``text`` when it is a path of ours, else "/" (no other site, no scheme, no backslash tricks)."""
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return "/"
    return quote(text, safe="/?&=#%:,;+-_.~@!$'()*")


def has_role(*roles: Role) -> bool:
    """For templates and navigation."""
    found = current_actor()
    return found is not None and bool(found.roles & frozenset(role.value for role in roles))


def register(app: Flask) -> None:
    app.before_request(guard)
    app.jinja_env.globals.update(current_actor=current_actor)
