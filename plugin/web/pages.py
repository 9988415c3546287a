"""Pages that belong to nobody in particular: static files, start, sign-in, sign-out; and the navigation by role."""

from __future__ import annotations

from dataclasses import dataclass

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.errors import NotAllowed, RetryLater
from plugin.services.people import sessions, signing_in
from plugin.texts import N_, _
from plugin.web import auth
from plugin.web.formats import STATIC
from plugin.web.security import core

blueprint = Blueprint("pages", __name__, template_folder="templates")
ANY_ROLE = tuple(Role)


@dataclass(frozen=True)
class Link:
    """An entry of the main navigation. It is shown to ``roles`` when its endpoint exists; ``area`` marks the current one."""

    endpoint: str
    label: str
    roles: tuple[Role, ...]
    area: str


NAVIGATION: list[Link] = [
    Link("manager.team", N_("My team"), (Role.MANAGER,), "team"),
    Link("manager.approvals", N_("Approvals"), (Role.MANAGER, Role.HR_ADMIN), "approvals"),
    Link("manager.how", N_("How recommendations work"), ANY_ROLE, "how"),
]
ORDER = (  # the first one that a person may open is that person's start page
    "manager.team",
    "admin.overview",
    "cycles.cycles",
    "manager.approvals",
    "analyst.models",
    "analyst.policies",
    "analyst.monitoring",
    "analyst.fairness",
    "catalogue.entries",
    "admin.system",
    "manager.how",
)


def add_link(endpoint: str, label: str, roles: tuple[Role, ...], area: str) -> None:
    """For an area's ``register``: one more entry of the main navigation (once, however often an app is made)."""
    link = Link(endpoint, label, roles, area)
    if link not in NAVIGATION:
        NAVIGATION.append(link)


def navigation() -> list[Link]:
    """The links that the signed-in person may open, in ORDER; what ORDER does not know comes last."""
    known = current_app.view_functions
    found = [link for link in NAVIGATION if link.endpoint in known and auth.has_role(*link.roles)]
    return sorted(
        found, key=lambda link: ORDER.index(link.endpoint) if link.endpoint in ORDER else len(ORDER)
    )


def company() -> str:
    return core().settings.company_name


def who() -> str:
    """The signed-in person's name."""
    found = auth.current_actor()
    return found.display_name if found is not None else ""


@blueprint.get("/static/<path:filename>")
@auth.public
def static(filename: str) -> Response:
    response = send_from_directory(STATIC, filename)
    if "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # machine text
    return response


@blueprint.get("/")
@auth.requires(*ANY_ROLE)
def start() -> ResponseReturnValue:
    """The first page of one's navigation."""
    links = navigation()
    return redirect(url_for(links[0].endpoint), 303)


@blueprint.get("/sign-in")
@auth.public
def sign_in() -> ResponseReturnValue:
    target = auth.local_path(request.args.get("next"))
    if auth.current_actor() is not None:
        return redirect(target, 303)
    return render_template("sign_in.html", target=target, email="", error="")


@blueprint.post("/sign-in")
@auth.public
def sign_in_post() -> ResponseReturnValue:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    target = auth.local_path(request.form.get("next"))
    try:
        found = signing_in.with_password(core(), email, password, auth.browser(), known=auth.known_browser())
    except NotAllowed:
        sentence = _("Check your email address and password, and try again.")
        return render_template("sign_in.html", target=target, email=email, error=sentence), 401
    except RetryLater as error:
        wait = int(error.wait or 30) + 1
        sentence = _("Too many wrong passwords. Try again in %(wait)s seconds.", wait=wait)
        page = render_template("sign_in.html", target=target, email=email, error=sentence)
        return page, 429, {"Retry-After": str(wait)}
    auth.start_session(found.key)
    response = current_app.make_response(redirect(target, 303))
    auth.keep_known(response, found.known)
    return response


@blueprint.post("/sign-out")
@auth.public
def sign_out() -> ResponseReturnValue:
    """Also of a session that still waits for its second factor."""
    found = auth.resumed()
    if found is not None:
        sessions.sign_out(core(), found.actor, found.session_id)
    auth.end_session()
    return redirect(url_for("pages.sign_in"), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(navigation=navigation, who=who, company=company)
