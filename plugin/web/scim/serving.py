"""What /scim/v2 answers: who calls, what the library says, and our errors in RFC 7644's shape."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus

from flask import Response, request
from scim2_models import Error, ForbiddenException, SCIMException, UnauthorizedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation
from scim2_server.service import ScimService

from plugin.domain import Scope
from plugin.errors import AdvisorError, NotAllowed, RetryLater
from plugin.services.core import Actor
from plugin.services.operation.rate_limit import Buckets, must_not_flood
from plugin.services.people import api_tokens
from plugin.texts import _
from plugin.web.errors import status_of
from plugin.web.scim.description import provider
from plugin.web.scim.reading import straightened
from plugin.web.scim.refusals import PREFIX
from plugin.web.scim.storage import Storage
from plugin.web.security import core

PER_ACCOUNT = Buckets(rate=50, burst=200)
READ_ONLY = (Operation.query, Operation.search, Operation.search_with_body)
OPEN = Operation.service_provider_config  # RFC 7644 §4: a client reads there how to sign in


@cache
def _service() -> ScimService:
    return ScimService(provider())


def answer(path: str) -> Response:
    """``path`` is relative to PREFIX. Every error comes as RFC 7644's own."""
    try:
        return _response(_served(path))
    except SCIMException as error:
        return _response(_service().error_response(error))
    except AdvisorError as error:
        return _ours(error)
    except RecursionError:
        return _refusal(400, _("the filter is nested too deeply"), scim_type="invalidFilter")


def _served(path: str) -> ScimResponse:
    sent = ScimRequest(
        method=request.method,
        base_url=request.host_url.rstrip("/") + PREFIX,
        path=f"/{path.removesuffix('.scim')}",
        query=request.args.to_dict(),
        headers=list(request.headers.items()),
    )
    service = _service()
    target = service.match(sent)
    caller = None if target.operation is OPEN else _caller()
    if request.method in ("POST", "PUT", "PATCH"):
        sent.body = request.get_data()
        if target.operation is not Operation.search_with_body:
            sent.body = straightened(request.method, str(target.endpoint).lower(), sent.body)
    storage = Storage(
        core(),
        caller or Actor("scim"),
        writing=target.operation not in READ_ONLY,
        patching=target.operation is Operation.patch,
    )
    return ScimHandler(service, storage).handle(sent)


def _caller() -> Actor:
    """By a token alone: no browser's session is good here."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")  # machine text
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedException(detail=_("send a token: Authorization: Bearer ra_…"))
    try:
        found = api_tokens.caller_of(core(), token.strip())
    except NotAllowed as error:
        raise UnauthorizedException(detail=f"{error} ({error.remedy})") from error
    if Scope.SCIM not in found.scopes:
        raise ForbiddenException(detail=_("this token’s account doesn’t have the role scim"))
    must_not_flood(PER_ACCOUNT, found.actor.name)
    return found.actor


def _ours(error: AdvisorError) -> Response:
    """A fault of ours (500) does not tell the outside what it is."""
    status = status_of(error)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return _refusal(400, f"{error}", scim_type="invalidValue")
    if isinstance(error, RetryLater):
        response = _refusal(status, str(error))
        response.headers["Retry-After"] = str(int(error.wait or 0) + 1)
        return response
    return _refusal(status, _("something went wrong on our side") if status == 500 else str(error))


def _refusal(status: int, detail: str, scim_type: str | None = None) -> Response:
    error = Error(status=status, detail=detail, scim_type=scim_type)
    return _response(ScimResponse(HTTPStatus(status), error.model_dump()))


def _response(answer: ScimResponse) -> Response:
    body = None if answer.body is None else json.dumps(answer.body)
    response = Response(body, status=answer.status, headers=answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
