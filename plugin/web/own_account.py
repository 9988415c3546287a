"""What people see and choose of their own account: language, sessions, second factor and password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin import texts
from plugin.domain import WORDS, Role
from plugin.errors import InvalidInput, RetryLater
from plugin.services.people import account_setup, second_factor, sessions, signing_in
from plugin.services.people.passwords import SHORTEST
from plugin.texts import _, ngettext
from plugin.web import agents, auth
from plugin.web.security import core

blueprint = Blueprint("account", __name__, url_prefix="/account")
anybody = auth.requires(*Role)


@blueprint.get("")
@anybody
def mine() -> str:
    return _page()


def _page(errors: Mapping[str, str] | None = None) -> str:
    who = auth.actor()
    assert who.account_id is not None
    return render_template(
        "account.html",
        account=who,
        choices=texts.LOCALES,
        sessions=sessions.page(core(), who.account_id),
        this_session=auth.session_id(),
        factor=second_factor.standing(core(), who.account_id),
        shortest=SHORTEST,
        errors=errors or {},
    )


@blueprint.post("/language")
@anybody
def set_language() -> ResponseReturnValue:
    chosen = request.form.get("language") or None
    account_setup.set_language(core(), auth.actor(), chosen)
    with texts.reading(chosen or texts.locale()):
        flash(_("Language saved."))
    return redirect(url_for("account.mine"), 303)


@blueprint.post("/password")
@anybody
def change_password() -> ResponseReturnValue:
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        signing_in.change_password(
            core(), auth.actor(), auth.session_id(), old, new, auth.browser(), known=auth.known_browser()
        )
    except InvalidInput as error:
        return _page(error.fields), 422
    except RetryLater as error:
        wait = int(error.wait or 30) + 1
        said = {"old": _("Too many wrong passwords. Try again in %(wait)s seconds.", wait=wait)}
        return _page(said), 429, {"Retry-After": str(wait)}
    flash(_("Password changed. All other sessions have ended."))
    return redirect(url_for("account.mine"), 303)


@blueprint.post("/sessions/<record_id:session_id>/end")
@anybody
def end_session(session_id: int) -> ResponseReturnValue:
    who = auth.actor()
    assert who.account_id is not None
    if session_id == auth.session_id():
        sessions.sign_out(core(), who, session_id)
        auth.end_session()
        return redirect(url_for("pages.sign_in"), 303)
    sessions.end(core(), who, who.account_id, session_id)
    flash(_("Session ended."))
    return redirect(url_for("account.mine"), 303)


@blueprint.post("/sessions/end-others")
@anybody
def end_other_sessions() -> ResponseReturnValue:
    who = auth.actor()
    assert who.account_id is not None
    ended = sessions.end_all(core(), who, who.account_id, but=auth.session_id())
    flash(ngettext("%(num)s other session ended.", "%(num)s other sessions ended.", ended))
    return redirect(url_for("account.mine"), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(browser=agents.words)
    app.jinja_env.globals.update(role_words=WORDS[Role])
