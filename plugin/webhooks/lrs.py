"""A small statement receiver for platforms that push xAPI: the part of a learning record store that a receiver needs.

POST and PUT of statements, GET of one by its id, ``about``, and a token endpoint, because some platforms (LinkedIn Learning)
expect the receiving side to be the authorization server. Not here: queries, attachments as multipart, documents (state,
profiles) and the alternate request syntax; docs/reference/webhooks.md lists what is refused and how.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from plugin import manifest
from plugin.domain import JsonObject
from plugin.errors import AdvisorError, AuthError, InvalidInput, NotAllowed, NotFound
from plugin.services.operation.rate_limit import Buckets
from plugin.services.sources import connection_opening, inbound_events, statements
from plugin.services.sources.statements import Sender
from plugin.texts import _
from plugin.webhooks import answers, credentials
from plugin.webhooks.answers import caller, capped_body, core, limited, problem
from plugin.webhooks.credentials import NOBODY, READ, SCOPES, WRITE, Client
from plugin.webhooks.inbound import LRS
from plugin.xapi.cmi5 import cmi5_problems
from plugin.xapi.formats import is_uuid
from plugin.xapi.problem import InvalidStatement, Problem
from plugin.xapi.statement import parse, problems

VERSIONS = ("1.0.3", "2.0.0")
_VERSION = re.compile(r"(1\.0(\.[0-9]+)?|2\.0\.[0-9]+)", re.ASCII)
_MOST_STATEMENTS = 1000
_BY_ADDRESS = Buckets(rate=50, burst=200)
_REALM = 'Basic realm="statements"'

blueprint = Blueprint("lrs", __name__, url_prefix="/xapi/<string:hook_token>")


@dataclass(frozen=True)
class _Receiver:
    """The connection behind an address: its client, and how it takes statements. Of an unknown address: NOBODY's."""

    client: Client
    name: str = ""
    keep_all: bool = False
    strict_cmi5: bool = True


@blueprint.before_request
def slow_down() -> Response | None:
    return limited(_BY_ADDRESS, caller())


@blueprint.after_request
def say_version(response: Response) -> Response:
    """Every answer names the version (Communication 3.3); statements and tokens are nobody's cache's business."""
    asked = request.headers.get("X-Experience-API-Version", "")
    response.headers["X-Experience-API-Version"] = VERSIONS[1] if asked.startswith("2.0") else VERSIONS[0]
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(AdvisorError)
def on_ours(error: AdvisorError) -> Response:
    response = answers.on_ours(error)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = _REALM
    return response


blueprint.register_error_handler(HTTPException, answers.on_http)


@blueprint.get("/about")
def about(hook_token: str) -> Response:  # noqa: ARG001 - the same answer for everybody
    return jsonify(version=list(VERSIONS))


# --- statements -----------------------------------------------------------------------------------------------------


@blueprint.post("/statements")
def post(hook_token: str) -> Response:
    """One statement or a list of them: 200 with their ids, all or nothing."""
    receiver = _allowed(hook_token, WRITE)
    version = _version()
    body = _json_body()
    batch = body if isinstance(body, list) else [body]
    if len(batch) > _MOST_STATEMENTS:
        raise InvalidInput(
            _("a batch can hold at most %(most_statements)s statements", most_statements=_MOST_STATEMENTS)
        )
    places = [f"[{index}]" for index in range(len(batch))] if isinstance(body, list) else [""]
    checked = [_checked(one, version, receiver, place) for one, place in zip(batch, places, strict=True)]
    _need_once([str(one["id"]).lower() for one in checked if "id" in one])
    return jsonify(statements.accept(core(), _sender(receiver), checked))


@blueprint.put("/statements")
def put(hook_token: str) -> tuple[str, int]:
    """One statement under the id in the address: 204."""
    receiver = _allowed(hook_token, WRITE)
    version = _version()
    name = _statement_id("statementId")
    statement = _checked(_json_body(), version, receiver)
    if str(statement.setdefault("id", name)).lower() != name.lower():
        raise InvalidStatement(Problem("id_differs", "id", "must be the statementId of the address"))
    statements.accept(core(), _sender(receiver), [statement])
    return "", 204


@blueprint.get("/statements")
def get(hook_token: str) -> Response:
    """One statement by ``statementId`` or ``voidedStatementId``; nothing else can be asked."""
    receiver = _allowed(hook_token, READ)
    _version()
    key = "voidedStatementId" if "voidedStatementId" in request.args else "statementId"
    if set(request.args) - {key, "format", "attachments"}:
        raise InvalidInput(_("this receiver returns single statements by id and does not answer queries"))
    name = _statement_id(key)
    found = statements.find(core(), receiver.client.connection_id, name)
    if found is None or found.is_voided != (key == "voidedStatementId"):
        raise NotFound(_("the statement doesn't exist"))
    response = jsonify(found.raw)
    response.last_modified = found.received_at
    return response


def _statement_id(key: str) -> str:
    given = request.args.getlist(key)
    if len(given) != 1 or not is_uuid(given[0]):
        raise InvalidInput(
            _("the address must contain %(key)s once, as a UUID", key=key), fields={key: _("must be a UUID")}
        )
    return given[0]


def _version() -> str:
    """The version header, which every statement request must carry (Communication 3.3)."""
    given = request.headers.get("X-Experience-API-Version", "")
    if not _VERSION.fullmatch(given):
        raise InvalidInput(
            _("X-Experience-API-Version must be one of %(versions)s", versions=", ".join(VERSIONS))
        )
    return given


def _json_body() -> object:
    body = capped_body()
    if request.mimetype != "application/json":
        raise InvalidInput(_("the body must be application/json; attachments are not accepted"))
    value = parse(body, max_bytes=core().settings.max_body_bytes)
    if b"\\u0000" in body and _holds_nul(value):
        raise InvalidStatement(Problem("text_invalid", "", "holds a NUL, which PostgreSQL cannot store"))
    return value


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(one) for key, one in value.items())
    if isinstance(value, list):
        return any(_holds_nul(one) for one in value)
    return isinstance(value, str) and "\0" in value


def _checked(statement: object, version: str, receiver: _Receiver, place: str = "") -> JsonObject:
    """The statement, when it breaks no rule; InvalidStatement names the first one, with its place in the batch."""
    found = problems(statement, version=version)
    if not found and receiver.strict_cmi5 and isinstance(statement, dict):
        found = cmi5_problems(statement)
    if found:
        path = ".".join(part for part in (place, found[0].path) if part)
        raise InvalidStatement(Problem(found[0].code, path, found[0].message))
    return cast("JsonObject", statement)


def _need_once(ids: list[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise InvalidStatement(Problem("id_twice", "id", f"{name} stands twice in the batch"))
        seen.add(name)


# --- callers --------------------------------------------------------------------------------------------------------


def _receiver(hook_token: str) -> _Receiver:
    try:
        source = inbound_events.source(core(), hook_token)
        declared = manifest.manifest_of(source.connector).webhook
        if declared is None or declared.dialect != LRS:
            raise NotFound(_("this connection does not receive statements"))
        settings = connection_opening.opened(core(), source.id)[1].settings
        client = credentials.client_of(
            source.id, str(settings.get("client_id") or ""), str(settings.get("client_secret") or "")
        )
    except AdvisorError:  # unknown address, wrong settings: the caller sees wrong credentials
        return _Receiver(NOBODY)
    keep_all, strict = settings.get("keep") == "all", bool(settings.get("strict_cmi5", True))
    return _Receiver(client, source.name, keep_all, strict)


def _allowed(hook_token: str, wanted: frozenset[str]) -> _Receiver:
    """AuthError for a caller without credentials that fit, NotAllowed for a token without the scope."""
    receiver = _receiver(hook_token)
    header = request.headers.get("Authorization", "")
    kind, _other, token = header.partition(" ")
    if kind.lower() == "bearer":
        scopes = credentials.scopes_of(core(), receiver.client, token.strip(), core().clock())
        if not scopes & wanted:
            raise NotAllowed(_("the access token lacks the scope"), code="insufficient_scope")
    else:
        credentials.check_secret(receiver.client, *credentials.basic(header))
    return receiver


def _sender(receiver: _Receiver) -> Sender:
    """The store vouches for who sent a statement: the connection, never what the sender claims (Data 2.4.9)."""
    account: JsonObject = {
        "homePage": core().settings.public_url or "urn:raise-advisor",
        "name": f"connection:{receiver.client.connection_id}",
    }
    authority: JsonObject = {"objectType": "Agent", "name": receiver.name, "account": account}
    return Sender(receiver.client.connection_id, authority, receiver.keep_all)


# --- the token endpoint (RFC 6749, 4.4 and 5.2) ---------------------------------------------------------------------


@blueprint.post("/oauth/token")
def token(hook_token: str) -> Response:
    """A token for the client's credentials, given in the form or as Basic."""
    capped_body()
    if request.mimetype != "application/x-www-form-urlencoded":
        return problem(400, "invalid_request", "The body must be a form.", error="invalid_request")
    receiver = _receiver(hook_token)
    try:
        credentials.check_secret(receiver.client, *_given())
    except AuthError:
        response = problem(401, "invalid_client", answers.REFUSED, error="invalid_client")
        response.headers["WWW-Authenticate"] = _REALM
        return response
    if request.form.get("grant_type") != "client_credentials":
        named = "unsupported_grant_type" if request.form.get("grant_type") else "invalid_request"
        return problem(400, named, "grant_type must be client_credentials.", error=named)
    scopes = set(request.form.get("scope", "xapi:all").replace(",", " ").split())
    if not scopes or scopes - SCOPES:
        known = " ".join(sorted(SCOPES))
        return problem(400, "invalid_scope", f"Known scopes: {known}", error="invalid_scope")
    issued = credentials.issue(core(), receiver.client, scopes, core().clock())
    return jsonify(
        access_token=issued,
        token_type="Bearer",  # noqa: S106 - a kind of token
        expires_in=credentials.LIFETIME_SECONDS,
        scope=" ".join(sorted(scopes)),
    )


def _given() -> tuple[str, str]:
    header = request.headers.get("Authorization", "")
    if header:
        return credentials.basic(header)
    return request.form.get("client_id", ""), request.form.get("client_secret", "")
