"""Who calls the API: a machine by its token, or a signed-in person's browser by session and form token."""

from __future__ import annotations

from typing import Any

import flask_smorest
from flask import g, make_response, request
from flask.views import MethodView
from werkzeug.exceptions import Forbidden, NotAcceptable, Unauthorized

from plugin.domain import Role
from plugin.errors import RetryLater
from plugin.services.core import Actor
from plugin.services.operation.rate_limit import Buckets
from plugin.services.people import api_tokens
from plugin.texts import _
from plugin.web import auth, problems
from plugin.web.api.bodies import Bodies
from plugin.web.security import SAFE_METHODS, check_csrf, core

PER_ACCOUNT = Buckets(rate=50, burst=200)
ANSWERS = ["application/json", problems.MEDIA_TYPE]


class Blueprint(flask_smorest.Blueprint):
    """One part of the API."""

    ARGUMENTS_PARSER = Bodies(unknown=None)  # a parameter with a typing mistake is told and not left out


class Resource(MethodView):
    """A resource of the API. ``roles`` may call it; ``self.actor`` is who does."""

    access = auth.OWN
    roles: tuple[Role, ...] = (Role.HR_ADMIN,)

    def dispatch_request(self, **kwargs: Any) -> Any:
        if request.accept_mimetypes and not request.accept_mimetypes.best_match(ANSWERS):
            raise NotAcceptable
        found = _actor()
        _slow_down(found)
        if not found.roles & {role.value for role in self.roles}:
            raise Forbidden
        self.actor = found
        answer = make_response(super().dispatch_request(**kwargs))
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _actor() -> Actor:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        caller = api_tokens.actor_of(core(), token.strip())
        g.actor = caller
        return caller
    found = auth.current_actor()
    if found is None:
        raise Unauthorized
    if request.method not in SAFE_METHODS:
        check_csrf()
    return found


def _slow_down(caller: Actor) -> None:
    """RetryLater when the account calls faster than the other users of this process can bear."""
    wait = PER_ACCOUNT.wait(caller.name)
    if wait:
        raise RetryLater(_("this account sends too many requests"), wait=wait, code="rate")
