"""Who may open what: every view names its roles or says that it is public, and what says nothing stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from plugin.domain import Role
from plugin.errors import NotAllowed, NotFound
from plugin.services.core import Actor
from plugin.services.people import account_setup
from plugin.web.security import SAFE_METHODS, check_csrf, core

View = TypeVar("View")  # machine text
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


def current_actor() -> Actor | None:
    """Who is signed in with this request's cookie; None when nobody is or the session was ended."""
    if "actor" not in g:
        g.actor = _resume()
    found: Actor | None = g.actor
    return found


def _resume() -> Actor | None:
    account_id, epoch = session.get("account"), session.get("epoch")
    if not isinstance(account_id, int) or not isinstance(epoch, int):
        return None
    try:
        return account_setup.resume(core(), account_id, epoch)
    except (NotAllowed, NotFound):
        session.clear()
        return None


def actor() -> Actor:
    """The signed-in actor, inside a view that requires a role."""
    found = current_actor()
    if found is None:
        raise Unauthorized
    return found


def start_session(account_id: int, epoch: int) -> None:
    """A new session: whatever was in the cookie before is dropped, form token included."""
    session.clear()
    session.permanent = True
    session["account"], session["epoch"] = account_id, epoch


def end_session() -> None:
    session.clear()


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
    target = url_for("pages.sign_in", next=local_path(request.full_path.rstrip("?")))
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(target, 303)
    raise Unauthorized


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
