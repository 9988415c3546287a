"""The OpenAPI document as it is published: what flask-smorest knows of the views, with every error, scope and example added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plugin.domain import Scope
from plugin.web import problems
from plugin.web.api import once
from plugin.web.api.settings import OfConnector
from plugin.web.api.values import HTTPS_HOOK

Document = dict[str, Any]
Scopes = tuple[Scope | None, Scope | None]
METHODS = ("get", "post", "put", "delete")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer, with error=invalid_token when a token was sent."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}
ALWAYS = (401, 403, 406, 500, 503)


def completed(
    found: Document, choices: Iterable[type[OfConnector]], needed: Mapping[str, Scopes]
) -> Document:
    """``found`` with the errors of each operation in place of the library's own, ``choices`` spelt out by connector, and the
    scopes ``needed`` to read and to write, by path."""
    schemas = found["components"]["schemas"]
    for unused in ("Error", "PaginationMetadata"):
        schemas.pop(unused, None)
    schemas |= {"Problem": _problem(), "WrongValue": _wrong_value()}
    for one in choices:
        schemas[one.__name__] = _by_connector(one)
        for settings, rules in one.between.items():
            schemas[settings] |= {"allOf": rules} if rules else {}
    schemas["EndpointWish"]["anyOf"] = [
        {"properties": {"url": {"pattern": f"^(?:{HTTPS_HOOK})$"}}},
        {"properties": {"networks": {"minItems": 1}}, "required": ["networks"]},
    ]
    found["components"]["parameters"] = {"IdempotencyKey": _key()}
    found["components"]["headers"] = {
        "IdempotencyReplayed": {
            "description": "true: this answer was given before, and nothing was carried out now.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    }
    found["components"]["responses"] = {
        **{name_of(status): _response(status) for status in _statuses()},
        "Problem": _any_problem(),
    }
    for path, operations in found["paths"].items():
        for method in METHODS:
            if method in operations:
                _add_errors(path, operations[method])
                if method == "post":
                    _add_key(operations[method])
                _add_scope(operations[method], *needed.get(path, (None, None)), method=method)
    return found


def _add_key(operation: Document) -> None:
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = {once.REPLAYED: {"$ref": "#/components/headers/IdempotencyReplayed"}}
    operation["responses"]["409"] = {"$ref": "#/components/responses/Error409"}
    operation["responses"]["422"] = {"$ref": "#/components/responses/Error422"}


def _key() -> Document:
    return {
        "in": "header",
        "name": once.HEADER,
        "required": False,
        "description": (
            "A key of your own for this request, such as a UUID. Sent again within 24 hours with the same request, it brings the first"
            " answer again and nothing is carried out twice; with another request it is refused (422), while the first is at work too (409)."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": f"^{once.PATTERN}$"},
        "example": "3f1c7c1e-6c1b-4d0e-9a53-0d1f8d5f7b11",
    }


def _add_scope(operation: Document, reads: Scope | None, writes: Scope | None, *, method: str) -> None:
    scope = reads if method == "get" else writes
    operation["security"] = [{"token": [] if scope is None else [scope.value]}]


def _by_connector(choice: type[OfConnector]) -> Document:
    refs = {slug: f"#/components/schemas/{shape.__name__}" for slug, shape in choice.shapes.items()}
    return {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "connector", "mapping": refs},
    }


def _statuses() -> list[int]:
    return sorted({kind.status for kind in problems.KINDS})


def name_of(status: int) -> str:
    """Of the component; HTTP's own phrases change from one Python to the next."""
    return f"Error{status}"


def _add_errors(path: str, operation: Document) -> None:
    has_body, has_values = "requestBody" in operation, bool(operation.get("parameters"))
    statuses = set(ALWAYS)
    if "{" in path or has_body:
        statuses.add(404)
    if has_body:
        statuses |= {400, 409, 413, 415}
    if has_body or has_values:
        statuses.add(422)
    kept = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    errors = {
        str(status): {"$ref": f"#/components/responses/{name_of(status)}"} for status in sorted(statuses)
    }
    operation["responses"] = {**kept, **errors, "default": {"$ref": "#/components/responses/Problem"}}


def _response(status: int) -> Document:
    kinds = [kind for kind in problems.KINDS if kind.status == status]
    made: Document = {
        "description": " ".join(f"`{kind.code}`: {kind.detail}" for kind in kinds),
        "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM, "example": _example(kinds[0])}},
    }
    if status in _HEADERS:
        made["headers"] = {
            name: {"description": said, "schema": {"type": "string"}, "required": True}
            for name, said in _HEADERS[status].items()
        }
    return made


def _any_problem() -> Document:
    said = "Any other error, in the same shape; of an HTTP status without a type of ours, the type is about:blank."
    return {"description": said, "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM}}}


def _example(kind: problems.Kind) -> Document:
    made: Document = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail,
    }
    if kind.code == "invalid":
        made["errors"] = [{"pointer": "#/name", "detail": "is required"}]
    return made


def _problem() -> Document:
    return {
        "type": "object",
        "description": "Problem details (RFC 9457). `type` is stable and never translated; decide by it.",
        "additionalProperties": False,
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {
                "type": "string",
                "format": "uri",
                "enum": [*(kind.type for kind in problems.KINDS), "about:blank"],
            },
            "title": {"type": "string", "description": "The kind of problem, in the reader's language."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened this time, and what to do next."},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/WrongValue"}},
        },
    }


def _wrong_value() -> Document:
    return {
        "type": "object",
        "description": "One wrong value: `pointer` (a JSON pointer, RFC 6901, into the body), `parameter` or `header` says which.",
        "additionalProperties": False,
        "required": ["detail"],
        "properties": {
            "pointer": {"type": "string", "examples": ["#/settings/folder"]},
            "parameter": {"type": "string", "examples": ["limit"]},
            "header": {"type": "string"},
            "detail": {"type": "string"},
        },
    }
