"""What went wrong, as problem details (RFC 9457): one shape for every error that a program gets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Response, request

from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound, RetryLater
from plugin.texts import N_, _

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:raise-advisor:problem:"
REALM = "Raise Advisor"
RETRY_SECONDS = 5  # when the cause doesn't say


@dataclass(frozen=True)
class Kind:
    """``code`` is the end of the type. ``detail`` says what to do where the error itself says nothing more exact."""

    code: str
    status: int
    title: str
    detail: str

    @property
    def type(self) -> str:
        return TYPE + self.code if self.code else "about:blank"


KINDS = (
    Kind("malformed", 400, N_("Unreadable request"), N_("Send valid JSON in UTF-8, as the API reference describes it.")),
    Kind("form_token", 400, N_("Form token missing"), N_("With a browser session, send the header X-CSRF-Token. Programs use a token instead.")),
    Kind("unauthenticated", 401, N_("Sign-in required"), N_("Send a token in the header: Authorization: Bearer ra_…")),
    Kind("token", 401, N_("Token not valid"), N_("The token is unknown, expired or revoked. Ask an operator for a new one.")),
    Kind("not_allowed", 403, N_("Not allowed"), N_("This account may not do this. Ask an operator for the role that it needs.")),
    Kind("scope", 403, N_("Scope missing"), N_("Use a token that was made with this scope. The scopes of a token never change.")),
    Kind("network", 403, N_("Network not allowed"), N_("Ask an operator to add the network to ADVISOR_ALLOWED_NETWORKS.")),
    Kind("not_found", 404, N_("Not found"), N_("Check the address and the id. The API reference lists all addresses.")),
    Kind("method", 405, N_("Method not allowed"), N_("The header Allow lists the methods of this address.")),
    Kind("not_acceptable", 406, N_("Not available in this format"), N_("Answers are JSON. Send Accept: application/json, or leave the header out.")),
    Kind("conflict", 409, N_("Doesn’t fit the current state"), N_("Read the current state, then decide again.")),
    Kind("busy", 409, N_("Still at work"), N_("Look whether the first request was carried out before you use another key.")),
    Kind("taken", 409, N_("Already in use"), N_("Choose another name. The member errors says which value is in use.")),
    Kind("unsupported", 409, N_("The connector can’t do that"), N_("The list of connectors says what each one reads and writes.")),
    Kind("secret", 409, N_("Secret to be sent again"), N_("A stored secret is never sent to another address. Send it again with the new address.")),
    Kind("no_connector", 409, N_("The connector isn’t installed"), N_("Ask an operator to install its package, or remove the connection.")),
    Kind("too_large", 413, N_("Too large"), N_("Send a smaller body. ADVISOR_MAX_BODY_BYTES says how much is accepted.")),
    Kind("media_type", 415, N_("Content type not accepted"), N_("Send JSON with the header Content-Type: application/json.")),
    Kind("invalid", 422, N_("Invalid values"), N_("Correct the values that the member errors names, then send the request again.")),
    Kind("key_reused", 422, N_("Key already used"), N_("Use another idempotency key for another request.")),
    Kind("rate", 429, N_("Too many requests"), N_("Wait for as long as the header Retry-After says, then try again.")),
    Kind("failure", 500, N_("Something went wrong on our side"), N_("Try again. If the problem continues, tell your operator when it happened.")),
    Kind("unavailable", 503, N_("Not available right now"), N_("Wait for as long as the header Retry-After says, then try again.")),
)  # fmt: skip
BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}
_BY_STATUS: Mapping[int, Kind] = {kind.status: kind for kind in reversed(KINDS)}
_BY_CLASS: tuple[tuple[type[AdvisorError], str], ...] = (
    (InvalidInput, "invalid"),
    (NotFound, "not_found"),
    (NotAllowed, "not_allowed"),
    (Conflict, "conflict"),
    (RetryLater, "unavailable"),
)
_SAME = {"locked": "rate"}  # of errors whose own word says less than the kind


def kind_of(error: AdvisorError) -> Kind:
    """By the error's own code where it is one of ours, else by its class; a fault of ours is ``failure``."""
    code = _SAME.get(error.code, error.code)
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_CODE[next((code for known, code in _BY_CLASS if isinstance(error, known)), "failure")]


def kind_of_status(status: int) -> Kind:
    """The plainest kind of an HTTP status; of another one, a kind that says no more than the status (RFC 9457, 4.2.1)."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Kind(
        "", status, HTTPStatus(status).phrase, BY_CODE["malformed" if status < 500 else "failure"].detail
    )


@dataclass(frozen=True)
class Wrong:
    """One value that was wrong: in the body by its JSON pointer (RFC 6901), or a query parameter or header by its name."""

    where: str  # pointer, parameter or header
    name: str
    detail: str

    def shown(self) -> dict[str, str]:
        return {self.where: f"#{self.name}" if self.where == "pointer" else self.name, "detail": self.detail}


@dataclass(frozen=True)
class Problem:
    """``detail`` empty: the kind's own."""

    kind: Kind
    detail: str = ""
    errors: tuple[Wrong, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        status = self.kind.status
        body: dict[str, object] = {
            "type": self.kind.type,
            "title": _(self.kind.title),
            "status": status,
            "detail": self.detail or _(self.kind.detail),
        }
        if self.errors:
            body["errors"] = [one.shown() for one in self.errors]
        made = Response(json.dumps(body, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
        made.headers["Cache-Control"] = "no-store"
        made.headers.update(self._own_headers())
        made.headers.update(self.headers)
        return made

    def _own_headers(self) -> dict[str, str]:
        if self.kind.status == 401 or self.kind.code == "scope":
            known = {"token": ', error="invalid_token"', "scope": ', error="insufficient_scope"'}
            reason = known.get(self.kind.code, "")
            return {"WWW-Authenticate": f'Bearer realm="{REALM}"{reason}'}  # machine text
        return (
            {"Retry-After": str(RETRY_SECONDS)}
            if self.kind.status in (429, 503) or self.kind.code == "busy"
            else {}
        )


def of_fields(fields: Mapping[str, str]) -> tuple[Wrong, ...]:
    """Of what a use case calls by name: parts of the body, or of the address where there is no body."""
    if request.method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        return tuple(Wrong("parameter", name, said) for name, said in fields.items())
    return tuple(Wrong("pointer", f"/{name}", said) for name, said in fields.items())


def of_messages(messages: Mapping[str, object]) -> tuple[Wrong, ...]:
    """Of what a schema found, by the place that it looked at: json, query or headers."""
    found: list[Wrong] = []
    for place, said in messages.items():
        for path, text in _flat(said, ()):
            if place == "json":
                found.append(Wrong("pointer", "".join(f"/{escaped(part)}" for part in path), text))
            else:
                where = "header" if place == "headers" else "parameter"
                found.append(Wrong(where, path[0] if path else "", text))
    return tuple(found)


def _flat(said: object, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    if isinstance(said, Mapping):
        for name, inner in said.items():
            yield from _flat(inner, path if name == "_schema" else (*path, str(name)))
    elif isinstance(said, list | tuple):
        for one in said:
            yield from _flat(one, path)
    else:
        yield path, _(str(said))


def escaped(part: str) -> str:
    """One token of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")
