"""The REST interface of a fake Frappe HR site: /api/resource and the methods of frappe.client that our connector calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from plugin.domain import JsonObject
from plugin.testing import frappe_errors, frappe_slips
from plugin.testing.frappe_errors import Refused
from plugin.testing.frappe_rules import KEPT_APART, TIME_ZONE, children_of, holds, is_known

if TYPE_CHECKING:
    from plugin.testing.frappe_site import FakeFrappeHr

_RIGHTS = {"GET": "read", "POST": "create", "PUT": "write", "DELETE": "delete"}
_SLIP = "hrms.payroll.doctype.salary_structure.salary_structure.make_salary_slip"


def app_of(site: FakeFrappeHr) -> Flask:
    """The site over HTTP."""
    app, api = Flask("fake_frappe"), _Api(site)
    app.add_url_rule("/api/resource/<doctype>", view_func=api.rows, methods=["GET"])
    app.add_url_rule("/api/resource/<doctype>", "insert", api.insert, methods=["POST"])
    app.add_url_rule("/api/resource/<doctype>/<path:name>", view_func=api.get, methods=["GET"])
    app.add_url_rule("/api/resource/<doctype>/<path:name>", "update", api.update, methods=["PUT"])
    app.add_url_rule("/api/resource/<doctype>/<path:name>", "delete", api.delete, methods=["DELETE"])
    app.add_url_rule("/api/method/<method>", view_func=api.method, methods=["GET", "POST"])
    app.before_request(api.refuse)
    app.register_error_handler(Refused, _refused)
    return app


class _Api:
    def __init__(self, site: FakeFrappeHr) -> None:
        self.site = site

    def refuse(self) -> None:
        """In the order of frappe/app.py: rate limit and maintenance before the key is looked at; then rights, by doctype."""
        site, given, asked = self.site, request.headers.get("Authorization", ""), request.view_args or {}
        if site.limited is not None:
            raise frappe_errors.rate_limited(site.limited)
        if site.paused:
            raise frappe_errors.in_maintenance()
        doctype, is_document = str(asked.get("doctype", "")), "name" in asked
        if not given and doctype:
            raise frappe_errors.forbidden("Guest", doctype, is_document=is_document)
        if given != f"token {site.api_key}:{site.api_secret}":
            raise Refused(401 if given else 403, "AuthenticationError" if given else "PermissionError")
        if site.read_only and request.method != "GET":
            raise frappe_errors.read_only()
        if doctype and not self._may(doctype, _RIGHTS[request.method]):
            raise frappe_errors.forbidden(site.user, doctype, is_document=is_document)

    def _may(self, doctype: str, right: str) -> bool:
        return doctype not in self.site.hidden and (doctype, right) not in self.site.denied

    def rows(self, doctype: str) -> Response:
        """20 rows of their names unless asked for more (sample list_default_20); fields of child rows join them (list_with_child_fields)."""
        site = self.site
        fields = _argument("fields", ["name"])
        found = [one for one in self._matching(doctype) if one["name"] not in site.unseen]
        for name in fields:
            self._known(doctype, name)
        order = request.args.get("order_by", "")  # without it the site promises none (sample list_default_20)
        for part in reversed(order.split(",") if order else []):
            name, _, direction = part.strip().partition(" ")
            found.sort(key=lambda one, name=name: str(one.get(name) or ""), reverse=direction == "desc")  # type: ignore[misc]
        rows = [row for one in found for row in _joined(one, fields)]
        start, limit = (
            int(request.args.get(*one)) for one in (("limit_start", "0"), ("limit_page_length", "20"))
        )
        return _json({"data": rows[start : start + limit] if limit else rows[start:]})

    def _matching(self, doctype: str) -> list[JsonObject]:
        site = self.site
        with site.lock:
            site.check_doctype(doctype)
            found = list(site.docs.get(doctype, {}).values())
        filters = _argument("filters", [])
        given = (
            [[name, "=", value] for name, value in filters.items()] if isinstance(filters, dict) else filters
        )
        for name, operator, value in (one[-3:] for one in given):
            self._known(doctype, name)
            found = [one for one in found if holds(one.get(name), operator, value)]
        return found

    def _known(self, doctype: str, name: str) -> None:
        """frappe/model/db_query.py (samples err_unknown_field, err_unknown_filter_field)."""
        if not is_known(doctype, name, self.site.custom_fields.get(doctype, ())):
            raise frappe_errors.thrown("DataError", f"Field not permitted in query: {name}")

    def get(self, doctype: str, name: str) -> Response:
        with self.site.lock:
            return _document(self.site.find(doctype, name))

    def insert(self, doctype: str) -> Response:
        return _document(self.site.insert(doctype, _sent()))

    def update(self, doctype: str, name: str) -> Response:
        sent = _sent()
        right = {1: "submit", 2: "cancel"}.get(int(str(sent.get("docstatus") or 0)))
        if right and not self._may(doctype, right):
            raise frappe_errors.forbidden(self.site.user, doctype, is_document=True)
        return _document(self.site.update(doctype, name, sent))

    def delete(self, doctype: str, name: str) -> Response:
        self.site.delete(doctype, name)
        return _json({"message": "ok"}, 202)

    def method(self, method: str) -> Response:
        """frappe/client.py; only what is asked for here."""
        given = request.args if request.method == "GET" else request.get_json(silent=True) or request.form
        doctype = str(given.get("doctype") or "")
        match method:
            case "frappe.auth.get_logged_user":
                return _json({"message": self.site.user})
            case "frappe.client.get_time_zone":
                return _json({"message": {"time_zone": TIME_ZONE}})
            case "frappe.client.get_count":
                return _json({"message": len(self._matching(doctype))})
            case "frappe.client.has_permission":
                may = self._may(doctype, str(given.get("perm_type") or "read"))
                return _json({"message": {"has_permission": may}})
            case "frappe.client.validate_link" if not self._may(doctype, "read"):
                said = f"You do not have Read or Select Permissions for <strong>{doctype}</strong>"
                raise Refused(403, "PermissionError", said, said)
            case "frappe.client.validate_link":
                return _json({"message": {"name": self.site.name_of(doctype, str(given.get("docname")))}})
            case "frappe.client.get_value" if doctype == "System Settings":
                raise _no_right(doctype)
        if method == _SLIP:
            who = str(given.get("employee"))
            slip = frappe_slips.preview(
                self.site, str(given.get("source_name")), who, str(given.get("posting_date"))
            )
            return _json({"message": slip})
        raise frappe_errors.crashed("AttributeError", f"no method {method}")


def _no_right(doctype: str) -> Refused:
    said = f"No permission for {doctype}"
    return Refused(403, "PermissionError", said, said)


def _joined(one: JsonObject, fields: list[str]) -> list[JsonObject]:
    """A left join: a document without child rows comes once, with nothing in their fields."""
    tables = {name.partition(".")[0] for name in fields if "." in name}
    children = children_of(one, tables.pop()) if tables else [{}]
    return [
        {
            name.rpartition(".")[2]: (child if "." in name else one).get(name.rpartition(".")[2])
            for name in fields
        }
        for child in children or [{}]
    ]


def _argument(name: str, default: Any) -> Any:
    text = request.args.get(name)
    try:
        return json.loads(text) if text else default
    except ValueError as error:
        raise frappe_errors.crashed("JSONDecodeError", str(error)) from error


def _sent() -> JsonObject:
    body = request.get_json(silent=True)
    values: JsonObject = body if isinstance(body, dict) else {**request.form}
    return {name: value for name, value in values.items() if name not in KEPT_APART}


def _document(kept: JsonObject) -> Response:
    """Documents come without their empty fields, lists with them (sample employee_doc)."""
    return _json({"data": {name: value for name, value in kept.items() if value is not None}})


def _refused(error: Refused) -> Response:
    answer = _json(error.body(), error.status)
    answer.headers.update(dict(error.headers))
    return answer


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
