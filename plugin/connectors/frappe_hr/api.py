"""Frappe's REST dialect: its lists, its documents, its errors. Source: Frappe HR 15, seen running on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import quote

from plugin.connectors.base import Context
from plugin.domain import Json, JsonObject
from plugin.errors import AdvisorError, AuthError, Conflict, GiveUp, NotFound
from plugin.http_client import Response, classify_status
from plugin.texts import _

OVERLAP = timedelta(minutes=70)
"""How far back a run looks again: an hour that the site's clock repeats in autumn, and ten minutes of late commits."""

_MODIFIED = "%Y-%m-%d %H:%M:%S.%f"
_NO_RIGHT = (
    "give the API user a role that may do this (HR Manager; System Manager or our app's role for skill maps)"
)


def classify(response: Response) -> AdvisorError | None:
    """The kind of exception is in ``exc_type``, also with status 200; its texts hold data and are left out."""
    kind = _exception(response)
    if response.status in (401, 403) or kind in ("AuthenticationError", "PermissionError"):
        refused = response.status == 401 or kind == "AuthenticationError"
        said = "the suite refuses the API key" if refused else "the API user lacks a right"
        remedy = "make a new key and secret for the API user" if refused else _NO_RIGHT
        return AuthError(said, code="auth" if refused else "permission", remedy=remedy)
    if kind == "TimestampMismatchError":
        return Conflict(_("the document was changed in the meantime"), code="changed_meanwhile")
    if kind == "DuplicateEntryError":
        return Conflict(_("the document already exists"), code="duplicate")
    if kind == "DoesNotExistError":
        return NotFound(_("the HR suite doesn't have this document"), code="http_404")
    if kind and response.status < 500:
        return GiveUp(
            _("the HR suite refused: %(kind)s", kind=kind),
            code="validation",
            remedy=_("check the HR suite's error log"),
        )
    return classify_status(response)


def rows(
    ctx: Context,
    doctype: str,
    fields: Sequence[str],
    filters: Sequence[Json],
    *,
    order_by: str = "modified asc,name asc",
    limit: int = 1,
) -> list[JsonObject]:
    """One page of a list; child tables do not come with it."""
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


def changed(
    ctx: Context, doctype: str, fields: Sequence[str], filters: Sequence[Json], since: str | None
) -> Iterator[list[JsonObject]]:
    """Pages of documents by (modified, name) from ``since`` less the overlap, by keyset: no row can slip between pages.

    ``modified`` is the site's local time without zone, so it is compared as the site's own text and never converted.
    """
    limit = int(ctx.settings["page_size"])
    wanted = [*fields, "modified"]
    start: list[Json] = [["modified", ">=", _earlier(since)]] if since else []
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
    body = ctx.http.request(
        "GET", f"{ctx.settings['base_url']}/api/method/frappe.auth.get_logged_user", headers=_headers(ctx)
    ).json()
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        raise GiveUp(
            _("the address doesn't lead to a Frappe site"),
            code="not_frappe",
            remedy=_("check the site's address"),
        )
    return str(body["message"])


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


def _earlier(since: str) -> str:
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


def _exception(response: Response) -> str:
    try:
        body = response.json()
    except GiveUp:
        return ""
    kind = body.get("exc_type") or body.get("exception") if isinstance(body, dict) else None
    return str(kind).rpartition(".")[2].partition(":")[0][:60] if kind else ""


def _url(ctx: Context, doctype: str, name: str = "") -> str:
    tail = f"/{quote(name, safe='')}" if name else ""
    return f"{ctx.settings['base_url']}/api/resource/{quote(doctype)}{tail}"


def _headers(ctx: Context) -> dict[str, str]:
    return {"Authorization": f"token {ctx.settings['api_key']}:{ctx.settings['api_secret']}"}
