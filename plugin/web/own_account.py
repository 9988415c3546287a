"""What people see and choose of their own account: the language of the pages."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin import texts
from plugin.domain import Role
from plugin.services.people import account_setup
from plugin.texts import _
from plugin.web import auth
from plugin.web.security import core

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@auth.requires(*Role)
def mine() -> str:
    return render_template("account.html", choices=texts.LOCALES, email=auth.actor().name)


@blueprint.post("/account/language")
@auth.requires(*Role)
def set_language() -> ResponseReturnValue:
    chosen = request.form.get("language") or None
    account_setup.set_language(core(), auth.actor(), chosen)
    with texts.reading(chosen or texts.locale()):
        flash(_("Language saved."))
    return redirect(url_for("account.mine"), 303)
