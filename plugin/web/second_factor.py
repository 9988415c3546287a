"""The second step of a sign-in, and setting it up: an app that shows codes, and recovery codes."""

from __future__ import annotations

from collections.abc import Callable

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from plugin.domain import Role, SignInStep
from plugin.errors import InvalidInput, RetryLater
from plugin.services.people import second_factor
from plugin.services.people.sessions import Resumed
from plugin.texts import _
from plugin.web import auth
from plugin.web.security import core

blueprint = Blueprint("second_factor", __name__)


def _code() -> str:
    return request.form.get("code", "")[:100]


def _wait(error: RetryLater) -> tuple[str, int]:
    wait = int(error.wait or 30) + 1
    return _("Too many wrong codes. Try again in %(wait)s seconds.", wait=wait), wait


@blueprint.get("/sign-in/code")
@auth.public
def ask() -> str:
    auth.at_step(SignInStep.CODE)
    return _ask("")


def _ask(error: str) -> str:
    return render_template(
        "sign_in_code.html", target=auth.local_path(request.values.get("next")), error=error
    )


@blueprint.post("/sign-in/code")
@auth.public
def answer() -> ResponseReturnValue:
    who = auth.at_step(SignInStep.CODE)
    try:
        key = second_factor.complete(core(), who, _code())
    except InvalidInput as error:
        return _ask(error.fields["code"]), 401
    except RetryLater as error:
        said, wait = _wait(error)
        return _ask(said), 429, {"Retry-After": str(wait)}
    auth.start_session(key)
    return redirect(auth.local_path(request.form.get("next")), 303)


# --- setting up -----------------------------------------------------------------------------------------------------


def _owner() -> Resumed:
    return auth.at_step(SignInStep.COMPLETE, SignInStep.SET_UP)


@blueprint.get("/account/second-factor")
@auth.public
def show() -> str:
    return _page({})


def _page(errors: dict[str, str]) -> str:
    who = _owner()
    assert who.actor.account_id is not None
    offer = second_factor.offered(core(), who.actor)
    return render_template(
        "second_factor.html",
        standing=second_factor.standing(core(), who.actor.account_id),
        offer=offer,
        picture=_picture(offer.address) if offer else "",
        is_forced=who.step == SignInStep.SET_UP,
        target=auth.local_path(request.values.get("next")),
        errors=errors,
    )


def _picture(address: str) -> Markup:
    """Dark on white in every colour scheme: cameras read no other."""
    made = segno.make(address, error="m").svg_inline(
        scale=4, border=3, dark="#000", light="#fff", omitsize=True
    )
    return Markup(made)  # noqa: S704  # drawn from the address; no text of it is in the picture


@blueprint.post("/account/second-factor/begin")
@auth.public
def begin() -> ResponseReturnValue:
    second_factor.begin(core(), _owner().actor)
    return redirect(url_for("second_factor.show", next=auth.local_path(request.form.get("next"))), 303)


def _with_code(act: Callable[[str], ResponseReturnValue]) -> ResponseReturnValue:
    """Does what needs a code; a wrong one is told beside its field."""
    try:
        return act(_code())
    except InvalidInput as error:
        return _page(error.fields), 422
    except RetryLater as error:
        said, wait = _wait(error)
        return _page({"code": said}), 429, {"Retry-After": str(wait)}


@blueprint.post("/account/second-factor/confirm")
@auth.public
def confirm() -> ResponseReturnValue:
    """The recovery codes are in this answer and nowhere else."""
    who = _owner()

    def act(code: str) -> ResponseReturnValue:
        key, codes = second_factor.confirm(core(), who, code)
        auth.start_session(key)
        return _shown(codes)

    return _with_code(act)


def _shown(codes: list[str]) -> str:
    return render_template(
        "recovery_codes.html", codes=codes, target=auth.local_path(request.form.get("next"))
    )


@blueprint.post("/account/second-factor/codes")
@auth.requires(*Role)
def renew_codes() -> ResponseReturnValue:
    return _with_code(lambda code: _shown(second_factor.renew_codes(core(), auth.actor(), code)))


@blueprint.post("/account/second-factor/remove")
@auth.requires(*Role)
def remove() -> ResponseReturnValue:
    def act(code: str) -> ResponseReturnValue:
        second_factor.remove(core(), auth.actor(), code)
        flash(_("Second factor removed."))
        return redirect(url_for("account.mine"), 303)

    return _with_code(act)
