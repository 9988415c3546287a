"""Who calls the API: a machine by its token, or a signed-in person's browser by session and form token."""

from __future__ import annotations

from typing import Any, ClassVar

import flask_smorest
from flask import Response, g, make_response, request
from flask.views import MethodView
from werkzeug.exceptions import Forbidden, NotAcceptable, Unauthorized

from plugin.domain import Scope, scopes_of
from plugin.errors import NotAllowed
from plugin.services.operation.rate_limit import Buckets, must_not_flood
from plugin.services.people import api_tokens
from plugin.services.people.api_tokens import Caller
from plugin.texts import _
from plugin.web import auth, problems
from plugin.web.api import once
from plugin.web.api.bodies import Bodies
from plugin.web.security import SAFE_METHODS, check_csrf, core

PER_ACCOUNT = Buckets(rate=50, burst=200)
ANSWERS = ["application/json", problems.MEDIA_TYPE]


class Blueprint(flask_smorest.Blueprint):
    """One part of the API."""

    # a parameter with a typing mistake is told and not left out
    ARGUMENTS_PARSER = Bodies(unknown=None)


class Resource(MethodView):
    """A resource of the API, open to those with its scope. ``self.actor`` is who calls."""

    access = auth.OWN
    reads: ClassVar[Scope | None] = None  # None: every caller may
    writes: ClassVar[Scope | None] = None

    def dispatch_request(self, **kwargs: Any) -> Any:
        if request.accept_mimetypes and not request.accept_mimetypes.best_match(ANSWERS):
            raise NotAcceptable
        self.caller = _caller()
        self.actor = self.caller.actor
        must_not_flood(PER_ACCOUNT, self.actor.name)
        _require(self.caller, self.reads if request.method in SAFE_METHODS else self.writes)
        answer = self._answered(**kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _answered(self, **kwargs: Any) -> Response:
        def view() -> Response:
            return make_response(super(Resource, self).dispatch_request(**kwargs))

        if request.method != "POST" or self.actor.account_id is None:
            return view()
        return once.once(self.actor.account_id, view)


def _caller() -> Caller:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        found = api_tokens.caller_of(core(), token.strip())
        g.actor = found.actor
        return found
    actor = auth.current_actor()
    if actor is None:
        raise Unauthorized
    if request.method not in SAFE_METHODS:
        check_csrf()
    return Caller(actor, scopes_of(actor.roles))


def _require(caller: Caller, scope: Scope | None) -> None:
    """Forbidden where the account's roles are the matter, NotAllowed where another token of the account would do."""
    if scope is None or scope in caller.scopes:
        return
    if scope not in scopes_of(caller.actor.roles):
        raise Forbidden
    raise NotAllowed(
        _("this token doesn’t have the scope %(scope)s", scope=scope),
        code="scope",
        remedy=_("use a token that was made with it"),
    )
