"""Who calls the API: a machine by its token, or a signed-in person's browser by session and form token."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask.views import MethodView
from werkzeug.exceptions import Forbidden, Unauthorized

from plugin.domain import Role
from plugin.services.core import Actor
from plugin.services.people import api_tokens
from plugin.web import auth
from plugin.web.security import SAFE_METHODS, check_csrf, core


class Resource(MethodView):
    """A resource of the API. ``roles`` may call it; ``self.actor`` is who does."""

    access = auth.OWN
    roles: tuple[Role, ...] = (Role.HR_ADMIN,)

    def dispatch_request(self, **kwargs: Any) -> Any:
        found = _actor()
        if not found.roles & {role.value for role in self.roles}:
            raise Forbidden
        self.actor = found
        return super().dispatch_request(**kwargs)


def _actor() -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
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


def known_id(number: int) -> int:
    """Ids beyond the largest are unknown ones; they must not reach the database, whose integers are smaller."""
    return number if number <= 2**53 else 0
