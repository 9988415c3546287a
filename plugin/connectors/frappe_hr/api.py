"""Frappe's REST dialect: its lists, its documents, its methods. Source: Frappe HR 15, seen running on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import quote

from plugin.connectors.base import Context
from plugin.domain import Json, JsonObject
from plugin.errors import Conflict, GiveUp
from plugin.http_client import Response
from plugin.texts import _

OVERLAP = timedelta(minutes=70)
"""How far back a run looks again: an hour that the site's clock repeats in autumn, and ten minutes of late commits."""

_IDENTITY = frozenset(
    {
        *(
            "name",
            "owner",
            "creation",
            "modified",
            "modified_by",
            "docstatus",
            "idx",
            "doctype",
            "amended_from",
        ),
        *("parent", "parentfield", "parenttype", "naming_series"),
    }
)
Kind = TypeVar("Kind", bound=Any)
_LONGEST_LIST = 2_000  # bytes of names in one request
_MODIFIED = "%Y-%m-%d %H:%M:%S.%f"


def rows(
    ctx: Context,
    doctype: str,
    fields: Sequence[str],
    filters: Sequence[Json],
    *,
    order_by: str = "modified asc,name asc",
    limit: int = 1,
) -> list[JsonObject]:
    """One page of a list, all of it when ``limit`` is 0. Fields of child rows (``table.field``) join the rows."""
    params = {
        "fields": json.dumps(list(fields)),
        "filters": json.dumps(list(filters)),
        "order_by": order_by,
        "limit_page_length": str(limit),
    }
    body = ctx.http.request("GET", _url(ctx, doctype), params=params, headers=_headers(ctx)).json()
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) and "name" in one for one in found):
        raise GiveUp(
            _("the response must be a list of documents"),
            code="not_frappe",
            remedy=_("check the site's address"),
        )
    return cast("list[JsonObject]", found)


def named(ctx: Context, doctype: str, fields: Sequence[str], names: Sequence[str]) -> Iterator[JsonObject]:
    """The documents of these names, with all their child rows that ``fields`` ask for. In parts: the site's web server refuses
    request lines of more than 4,094 bytes."""
    part: list[str] = []
    for name in names:
        if part and len(quote(json.dumps([*part, name]))) > _LONGEST_LIST:
            yield from _named(ctx, doctype, fields, part)
            part = []
        part.append(name)
    if part:
        yield from _named(ctx, doctype, fields, part)


def _named(ctx: Context, doctype: str, fields: Sequence[str], names: Sequence[str]) -> list[JsonObject]:
    return rows(
        ctx, doctype, fields, [["name", "in", cast("Json", list(names))]], order_by="name asc", limit=0
    )


def changed(
    ctx: Context, doctype: str, fields: Sequence[str], filters: Sequence[Json], since: str | None
) -> Iterator[list[JsonObject]]:
    """Pages of documents by (modified, name) from ``since`` less the overlap, by keyset: no row can slip between pages.

    ``modified`` is the site's local time without zone, so it is compared as the site's own text and never converted.
    """
    limit = int(ctx.settings["page_size"])
    wanted = [*fields, "modified"]
    start: list[Json] = [["modified", ">=", earlier(since)]] if since else []
    while True:
        page = rows(ctx, doctype, wanted, [*filters, *start], limit=limit)
        yield page
        if len(page) < limit:
            return
        first, last = str(page[0]["modified"]), page[-1]
        at = str(last["modified"])
        if first == at:
            yield from _same_instant(
                ctx, doctype, wanted, [*filters, ["modified", "=", at]], str(last["name"])
            )
            start = [["modified", ">", at]]
        else:
            start = [["modified", ">=", at]]


def document(ctx: Context, doctype: str, name: str) -> JsonObject:
    """One document with its child tables; NotFound when there is none."""
    return _document(
        ctx.http.request(
            "GET", _url(ctx, doctype, name), headers=_headers(ctx), template=f"/api/resource/{doctype}/{{}}"
        )
    )


def without_identity(held: JsonObject) -> JsonObject:
    """What a copy of a document is made of: its own fields and those of its child rows, custom ones too."""
    return {name: _copied(value) for name, value in held.items() if name not in _IDENTITY}


def _copied(value: Json) -> Json:
    rows = value if isinstance(value, list) else None
    return (
        value if rows is None else [without_identity(one) if isinstance(one, dict) else one for one in rows]
    )


def insert(ctx: Context, doctype: str, values: JsonObject) -> JsonObject:
    """The new document as stored, a draft where the doctype knows drafts; Conflict with code ``duplicate`` for a taken name."""
    return _document(ctx.http.request("POST", _url(ctx, doctype), json=values, headers=_headers(ctx)))


def update(ctx: Context, doctype: str, name: str, values: JsonObject) -> JsonObject:
    """The changed document. A child table in ``values`` replaces all its rows; ``modified`` in it guards against lost updates."""
    answer = ctx.http.request(
        "PUT",
        _url(ctx, doctype, name),
        json=values,
        headers=_headers(ctx),
        template=f"/api/resource/{doctype}/{{}}",
    )
    return _document(answer)


def submit(ctx: Context, doctype: str, name: str) -> JsonObject:
    """A draft becomes final; a submitted document cannot be changed any more, only cancelled by a person."""
    return update(ctx, doctype, name, {"docstatus": 1})


def ensure(ctx: Context, doctype: str, values: JsonObject) -> None:
    """Makes the document unless one of its name exists."""
    try:
        insert(ctx, doctype, values)
    except Conflict as error:
        if error.code != "duplicate":
            raise


def logged_user(ctx: Context) -> str:
    return str(_of_kind(method(ctx, "frappe.auth.get_logged_user"), str))


def method(ctx: Context, name: str, **arguments: str) -> Json:
    """What a method of the site gives."""
    url = f"{ctx.settings['base_url']}/api/method/{name}"
    body = ctx.http.request("GET", url, params=arguments, headers=_headers(ctx)).json()
    if not isinstance(body, dict) or "message" not in body:
        raise _not_frappe()
    return body["message"]


def may(ctx: Context, doctype: str, right: str) -> bool:
    """Whether the API user has a right: read, write, create, submit or cancel."""
    named = {"doctype": doctype, "docname": "", "perm_type": right}
    found = _of_kind(method(ctx, "frappe.client.has_permission", **named), dict)
    return bool(found.get("has_permission"))


def count(ctx: Context, doctype: str, filters: JsonObject) -> int:
    """How many there are, also of those that the API user's lists leave out."""
    said = method(ctx, "frappe.client.get_count", doctype=doctype, filters=json.dumps(filters))
    return int(_of_kind(said, int))


def time_zone(ctx: Context) -> str:
    return str(_of_kind(method(ctx, "frappe.client.get_time_zone"), dict).get("time_zone") or "")


def _of_kind(found: Json, kind: type[Kind]) -> Kind:
    if not isinstance(found, kind):
        raise _not_frappe()
    return found


def _not_frappe() -> GiveUp:
    return GiveUp(
        _("the address doesn't lead to a Frappe site"),
        code="not_frappe",
        remedy=_("check the site's address"),
    )


def _same_instant(
    ctx: Context, doctype: str, fields: Sequence[str], filters: Sequence[Json], name: str
) -> Iterator[list[JsonObject]]:
    """The rest of the rows that a bulk import gave one and the same ``modified``."""
    limit = int(ctx.settings["page_size"])
    while True:
        page = rows(ctx, doctype, fields, [*filters, ["name", ">", name]], order_by="name asc", limit=limit)
        yield page
        if len(page) < limit:
            return
        name = str(page[-1]["name"])


def earlier(since: str) -> str:
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as error:
        raise GiveUp(_("the saved position is not a time of the site"), code="cursor") from error
    return (moment - OVERLAP).strftime(_MODIFIED)


def _document(response: Response) -> JsonObject:
    body = response.json()
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, dict) or "name" not in found:
        raise GiveUp(
            _("the response must be a document"), code="not_json", remedy=_("check the site's address")
        )
    return found


def _url(ctx: Context, doctype: str, name: str = "") -> str:
    tail = f"/{quote(name, safe='')}" if name else ""
    return f"{ctx.settings['base_url']}/api/resource/{quote(doctype)}{tail}"


def _headers(ctx: Context) -> dict[str, str]:
    return {"Authorization": f"token {ctx.settings['api_key']}:{ctx.settings['api_secret']}"}
