"""A Frappe HR site as far as our connector meets it, with the rules that the real one enforces."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, request

from plugin.domain import Clock, Json, JsonObject, utc_now
from plugin.testing.faults import Faults
from plugin.testing.frappe_rules import (
    DEFAULTS,
    KEPT_APART,
    LEAVE_STATES,
    NAMED_BY,
    REQUIRED,
    SERIES,
    SITE_AHEAD,
    children_of,
    holds,
)

OnChange = Callable[[Mapping[str, str], bytes], None]


class _Refused(Exception):
    def __init__(self, status: int, kind: str) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind


@dataclass
class FakeFrappeHr:
    """``on_change`` gets headers and body of each webhook when ``webhook_secret`` is set. ``hidden``: doctypes that answer 403."""

    api_key: str = "key"
    api_secret: str = "secret"
    company: str = "Example Works"
    webhook_secret: str = ""
    on_change: OnChange | None = None
    hidden: frozenset[str] = frozenset()
    clock: Clock = utc_now
    docs: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _last: datetime | None = None

    def __post_init__(self) -> None:
        self.insert("Company", {"company_name": self.company})

    # --- the truth ---

    def insert(self, doctype: str, values: JsonObject) -> JsonObject:
        """A new document as the site stores it."""
        with self._lock:
            table = self.docs.setdefault(doctype, {})
            self._check(doctype, values)
            named = values.get(NAMED_BY.get(doctype, ""))
            name = str(named) if named else SERIES.get(doctype, doctype + "-{:05}").format(len(table) + 1)
            if name in table:
                raise _Refused(409, "DuplicateEntryError")
            given = DEFAULTS.get(doctype, {}) | deepcopy(values)
            kept: JsonObject = {"docstatus": 0, **given, "name": name, "doctype": doctype}
            kept["modified"] = self._now()
            table[name] = kept
            self._tell(kept, "after_insert")
            return kept

    def update(self, doctype: str, name: str, values: JsonObject) -> JsonObject:
        """Changes a document under Frappe's rules: a sent ``modified`` must be the stored one, submitted documents are fixed."""
        with self._lock:
            kept = self._find(doctype, name)
            if "modified" in values and values["modified"] != kept["modified"]:
                raise _Refused(417, "TimestampMismatchError")
            status = values.get("docstatus", kept["docstatus"])
            if kept["docstatus"] == 2 or (kept["docstatus"] == 1 and status != 2):
                raise _Refused(417, "UpdateAfterSubmitError")
            self._check(doctype, kept | values)
            if doctype == "Leave Application" and status == 1 and kept["status"] not in LEAVE_STATES:
                raise _Refused(417, "ValidationError")
            kept.update(deepcopy(values) | {"modified": self._now()})
            if doctype == "Leave Application" and status == 2:
                kept["status"] = "Cancelled"
            self._tell(kept, "on_submit" if values.get("docstatus") == 1 else "on_update")
            return kept

    def employee(self, name: str, **values: Json) -> str:
        """An invented person of the company; the id comes back."""
        email = name.lower().replace(" ", ".") + "@example.com"
        given: JsonObject = {
            "employee_name": name,
            "company": self.company,
            "status": "Active",
            "company_email": email,
            "user_id": email,
            "date_of_joining": "2020-01-01",
            "salary_currency": "EUR",
        }
        return str(self.insert("Employee", given | values)["name"])

    def assignment(self, employee: str, from_date: str, base: float) -> str:
        """A submitted monthly salary."""
        made = self.insert(
            "Salary Structure Assignment",
            {
                "employee": employee,
                "from_date": from_date,
                "base": base,
                "currency": "EUR",
                "company": self.company,
                "salary_structure": "Standard",
                "payroll_payable_account": "Payroll Payable - EW",
            },
        )
        self.update("Salary Structure Assignment", str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def appraisal(self, employee: str, ended_on: str, **scores: float) -> str:
        """A submitted appraisal; what is not given is 0, and the final score is their mean, as the suite has it."""
        given: JsonObject = {
            name: scores.get(name, 0.0) for name in ("total_score", "self_score", "avg_feedback_score")
        }
        final = sum(float(str(value)) for value in given.values()) / 3
        made = self.insert(
            "Appraisal",
            {
                "employee": employee,
                "company": self.company,
                "end_date": ended_on,
                "appraisal_cycle": ended_on[:4],
            }
            | given
            | {"final_score": final, "status": "Draft"},
        )
        self.update("Appraisal", str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def leave(
        self,
        employee: str,
        leave_type: str,
        days: tuple[str, str],
        status: str = "Approved",
        half_day: int = 0,
    ) -> str:
        """A submitted application, from the first of ``days`` to the second."""
        made = self.insert(
            "Leave Application",
            {
                "employee": employee,
                "company": self.company,
                "leave_type": leave_type,
                "from_date": days[0],
                "to_date": days[1],
                "half_day": half_day,
                "status": status,
            },
        )
        self.update("Leave Application", str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def held(self, doctype: str, **values: Json) -> list[JsonObject]:
        """The documents, cancelled ones left out, that have these values."""
        with self._lock:
            found = self.docs.get(doctype, {}).values()
            return [one for one in found if one["docstatus"] != 2 and values.items() <= one.items()]

    def _now(self) -> str:
        moment = (self.clock() + SITE_AHEAD).replace(tzinfo=None)
        if self._last is not None and moment <= self._last:
            moment = self._last + timedelta(microseconds=1)
        self._last = moment
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    def _find(self, doctype: str, name: str) -> JsonObject:
        try:
            return self.docs.get(doctype, {})[name]
        except KeyError:
            raise _Refused(404, "DoesNotExistError") from None

    def _check(self, doctype: str, values: JsonObject) -> None:
        if any(not values.get(name) for name in REQUIRED.get(doctype, ())):
            raise _Refused(417, "MandatoryError")
        for row in children_of(values, "employee_skills"):
            if row.get("skill") not in self.docs.get("Skill", {}):
                raise _Refused(417, "LinkValidationError")
        if doctype == "Additional Salary":
            self._check_once(values)
        event = values.get("training_event")
        if event and self.docs.get("Training Event", {}).get(str(event), {}).get("docstatus") != 1:
            raise _Refused(417, "ValidationError")

    def _check_once(self, values: JsonObject) -> None:
        """The component must exist, and a submitted salary structure must count on the payroll date."""
        if values.get("salary_component") not in self.docs.get("Salary Component", {}):
            raise _Refused(417, "LinkValidationError")
        day = str(values.get("payroll_date"))
        salaries = self.held("Salary Structure Assignment", employee=values.get("employee"), docstatus=1)
        if not any(str(one["from_date"]) <= day for one in salaries):
            raise _Refused(417, "ValidationError")

    def _tell(self, kept: JsonObject, event: str) -> None:
        if not (self.webhook_secret and self.on_change):
            return
        about = {
            "doctype": kept["doctype"],
            "name": kept["name"],
            "modified": kept["modified"],
            "event": event,
        }
        body = json.dumps(about).encode()
        signature = b64encode(hmac.digest(self.webhook_secret.encode(), body, "sha256")).decode()
        self.on_change({"X-Frappe-Webhook-Signature": signature, "Content-Type": "application/json"}, body)

    # --- answering ---

    @property
    def app(self) -> Flask:
        app = Flask("fake_frappe")
        app.add_url_rule(
            "/api/method/frappe.auth.get_logged_user", view_func=lambda: _json({"message": "api@example.com"})
        )
        app.add_url_rule("/api/resource/<doctype>", view_func=self._list, methods=["GET"])
        app.add_url_rule("/api/resource/<doctype>", "insert", self._insert, methods=["POST"])
        app.add_url_rule("/api/resource/<doctype>/<path:name>", view_func=self._get, methods=["GET"])
        app.add_url_rule("/api/resource/<doctype>/<path:name>", "update", self._update, methods=["PUT"])
        app.before_request(self._refuse)
        app.register_error_handler(_Refused, lambda error: _error(error.status, error.kind))
        return app

    def _refuse(self) -> Response | None:
        given = request.headers.get("Authorization", "")
        if not given:
            return _error(403, "PermissionError")
        if given != f"token {self.api_key}:{self.api_secret}":
            return _error(401, "AuthenticationError")
        if request.view_args and request.view_args.get("doctype") in self.hidden:
            return _error(403, "PermissionError")
        return None

    def _list(self, doctype: str) -> Response:
        with self._lock:
            found = list(self.docs.get(doctype, {}).values())
        for name, operator, value in json.loads(request.args.get("filters", "[]")):
            found = [one for one in found if holds(one.get(name), operator, value)]
        for part in reversed(request.args.get("order_by", "modified desc").split(",")):
            name, _, direction = part.strip().partition(" ")
            found.sort(key=lambda one, name=name: str(one.get(name) or ""), reverse=direction == "desc")  # type: ignore[misc]
        start = int(request.args.get("limit_start", "0"))
        limit = int(request.args.get("limit_page_length", "20"))
        fields = json.loads(request.args.get("fields", '["name"]'))
        return _json(
            {"data": [{name: one.get(name) for name in fields} for one in found[start : start + limit]]}
        )

    def _get(self, doctype: str, name: str) -> Response:
        with self._lock:
            return _json({"data": self._find(doctype, name)})

    def _insert(self, doctype: str) -> Response:
        return _json({"data": self.insert(doctype, _sent())})

    def _update(self, doctype: str, name: str) -> Response:
        return _json({"data": self.update(doctype, name, _sent())})


def _sent() -> JsonObject:
    body = request.get_json()
    return {name: value for name, value in body.items() if name not in KEPT_APART}


def _error(status: int, kind: str) -> Response:
    return _json({"exception": f"frappe.exceptions.{kind}", "exc_type": kind, "exc": "[]"}, status)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
