"""A Frappe HR site as far as our connector meets it: its documents, and what happens when they are saved, renamed and deleted."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask

from plugin.domain import Clock, Json, JsonObject, utc_now
from plugin.testing import frappe_checks, frappe_errors, frappe_http
from plugin.testing.faults import Faults
from plugin.testing.frappe_errors import thrown
from plugin.testing.frappe_papers import ASSIGNMENT, Papers
from plugin.testing.frappe_rules import (
    DEFAULTS,
    FIELDS,
    LINKS,
    META,
    NAMED_BY,
    SERIES,
    SITE_AHEAD,
    TABLES,
    checked_name,
    children_of,
    same_name,
)

OnChange = Callable[[Mapping[str, str], bytes], None]


@dataclass
class FakeFrappeHr(Papers):
    """``on_change`` gets headers and body of each webhook when ``webhook_secret`` is set.

    ``hidden``: doctypes that the user may not read; ``denied``: (doctype, right) that it lacks; ``unseen``: names that User
    Permissions keep from its lists. ``limited``: seconds that every call is told to wait; ``paused``: maintenance; ``read_only``.
    """

    api_key: str = "key"
    api_secret: str = "secret"
    company: str = "Example Works"
    webhook_secret: str = ""
    on_change: OnChange | None = None
    hidden: frozenset[str] = frozenset()
    denied: frozenset[tuple[str, str]] = frozenset()
    unseen: frozenset[str] = frozenset()
    limited: int | None = None
    paused: bool = False
    read_only: bool = False
    user: str = "api@example.com"
    desk: str = "http://127.0.0.1:18000"
    custom_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clock: Clock = utc_now
    docs: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _last: datetime | None = None
    _rows: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.insert("Company", {"company_name": self.company})
        self.structure("Standard")

    @property
    def app(self) -> Flask:
        return frappe_http.app_of(self)

    # --- the truth ---

    def insert(self, doctype: str, values: JsonObject) -> JsonObject:
        """A new document as the site stores it; fields that the doctype lacks are dropped without a word, as there."""
        with self.lock:
            table = self.docs.setdefault(doctype, {})
            kept = self._fitting(doctype, DEFAULTS.get(doctype, {}) | deepcopy(values))
            if doctype == "Training Event":
                frappe_checks.check_event(self, kept)
            named = kept.get(NAMED_BY.get(doctype, ""))
            name = checked_name(doctype, str(named)) if named else self._next_name(doctype)
            if named:
                kept[NAMED_BY[doctype]] = name
            kept["name"] = name
            if self.name_of(doctype, name) is not None:
                raise frappe_errors.duplicate(doctype, name)
            now = self._now()
            meta: JsonObject = {"owner": self.user, "creation": now, "modified_by": self.user, "idx": 0}
            kept = {"name": name, "docstatus": 0, **kept, **meta, "doctype": doctype, "modified": now}
            frappe_checks.check(self, doctype, kept)
            self._fetch(doctype, kept)
            self._dress(doctype, kept)
            table[name] = kept
            self._tell(kept, "after_insert")
            return kept

    def update(self, doctype: str, name: str, values: JsonObject) -> JsonObject:
        """Changes a document under Frappe's rules: a sent ``modified`` must be the stored one, submitted documents are fixed."""
        with self.lock:
            kept = self.find(doctype, name)
            if kept["docstatus"] == 2:
                raise frappe_errors.Refused(417, "ValidationError", "Cannot edit cancelled document")
            if "modified" in values and values["modified"] != kept["modified"]:
                raise thrown("TimestampMismatchError", _changed_meanwhile(kept, values))
            status = values.get("docstatus", kept["docstatus"])
            if kept["docstatus"] == 1:
                self._stays_as_submitted(kept, values)
            new = kept | self._fitting(doctype, deepcopy(values))
            if status != 2:
                frappe_checks.check(self, doctype, new)
            kept.update(new | {"modified": self._now(), "modified_by": self.user})
            self._dress(doctype, kept)
            if doctype == "Leave Application" and status == 2:
                kept["status"] = "Cancelled"
            self._tell(kept, "on_submit" if values.get("docstatus") == 1 else "on_update")
            return kept

    def delete(self, doctype: str, name: str) -> None:
        """frappe/model/delete_doc.py: submitted documents stay; what goes leaves a Deleted Document (sample deleted_document_feed)."""
        with self.lock:
            gone = self.find(doctype, name)
            if gone["docstatus"] == 1:
                raise thrown("ValidationError", f"{doctype} {name}: Submitted Record cannot be deleted.")
            del self.docs[doctype][str(gone["name"])]
            trace: JsonObject = {"deleted_doctype": doctype, "deleted_name": gone["name"], "restored": 0}
            self.insert("Deleted Document", {**trace, "new_name": None})

    def rename(self, doctype: str, old: str, new: str) -> None:
        """frappe/model/rename_doc.py: links to it follow, ``modified`` of nothing moves, a Comment tells (sample rename_trace_comment)."""
        with self.lock:
            table = self.docs[doctype]
            table[new] = table.pop(old)
            table[new]["name"] = new
            if NAMED_BY.get(doctype) in table[new]:
                table[new][NAMED_BY[doctype]] = new
            for kind, documents in self.docs.items():
                for one in documents.values():
                    for place, row in self._linking(kind, one):
                        for name in (name for name, to in LINKS.get(place, {}).items() if to == doctype):
                            row[name] = new if row.get(name) == old else row.get(name)
            content = f"renamed from <strong>{old}</strong> to <strong>{new}</strong>"
            about: JsonObject = {"reference_doctype": doctype, "reference_name": new, "content": content}
            self.insert("Comment", about)

    def _linking(self, doctype: str, one: JsonObject) -> list[tuple[str, JsonObject]]:
        rows = [
            (child, row)
            for table, child in TABLES.get(doctype, {}).items()
            for row in children_of(one, table)
        ]
        return [(doctype, one), *rows]

    def held(self, doctype: str, **values: Json) -> list[JsonObject]:
        """The documents, cancelled ones left out, that have these values."""
        with self.lock:
            found = self.docs.get(doctype, {}).values()
            return [one for one in found if one["docstatus"] != 2 and values.items() <= one.items()]

    def name_of(self, doctype: str, name: str) -> str | None:
        """The stored spelling of a name, as the site's collation finds it."""
        table = self.docs.get(doctype, {})
        if name in table:
            return name
        wanted = same_name(name)
        return next((one for one in table if same_name(one) == wanted), None)

    def find(self, doctype: str, name: str) -> JsonObject:
        self.check_doctype(doctype)
        stored = self.name_of(doctype, name)
        if stored is None:
            raise frappe_errors.not_found(doctype, name)
        return self.docs[doctype][stored]

    def check_doctype(self, doctype: str) -> None:
        """A doctype that the site does not know is not found itself (sample err_404_doctype)."""
        if not any(doctype in known for known in (self.docs, FIELDS, TABLES, SERIES, NAMED_BY)):
            raise frappe_errors.not_found("DocType", doctype)

    # --- within ---

    def _next_name(self, doctype: str) -> str:
        self._numbers[doctype] = number = self._numbers.get(doctype, 0) + 1
        return SERIES.get(doctype, doctype.lower().replace(" ", "-") + "-{:05}").format(number)

    def _fitting(self, doctype: str, values: JsonObject) -> JsonObject:
        known = FIELDS.get(doctype)
        if known is None:
            return values
        also = {*META, *self.custom_fields.get(doctype, ()), *TABLES.get(doctype, {}), "half_day"}
        return {name: value for name, value in values.items() if name in known or name in also}

    def _fetch(self, doctype: str, kept: JsonObject) -> None:
        """ "fetch_from" of the doctype's json: an assignment and a skill map tell about their person."""
        if doctype in (ASSIGNMENT, "Employee Skill Map") and not kept.get("employee_name"):
            who = self.docs["Employee"].get(str(kept.get("employee")), {})
            for name in ("employee_name", "department", "designation", "grade"):
                if name in FIELDS[doctype]:
                    kept[name] = who.get(name)

    def _dress(self, doctype: str, kept: JsonObject) -> None:
        """Child rows get names, numbers and their place, as they come back from the site."""
        for table, child in TABLES.get(doctype, {}).items():
            rows = children_of(kept, table)
            for number, row in enumerate(rows, start=1):
                if "name" not in row or row.get("parent") != kept["name"]:
                    self._rows += 1
                    row["name"] = f"row{self._rows:07}"
                row |= {
                    name: kept[name] for name in ("owner", "creation", "modified", "modified_by", "docstatus")
                }
                row |= {"idx": number, "parent": kept["name"], "parentfield": table}
                row |= {"parenttype": doctype, "doctype": child}
            kept[table] = [*rows]

    def _stays_as_submitted(self, kept: JsonObject, values: JsonObject) -> None:
        """frappe/model/base_document.py, _validate_update_after_submit (sample update_after_submit)."""
        if values.get("docstatus") == 2:
            return
        for name, value in values.items():
            if name in META or same_value(kept.get(name), value):
                continue
            said = (
                f" Not allowed to change <strong>{name.replace('_', ' ').title()}</strong> after submission from "
                f"<strong>{kept.get(name)}</strong> to <strong>{_stored(kept.get(name), value)}</strong>"
            )
            raise thrown("UpdateAfterSubmitError", said, title="Cannot Update After Submit")

    def _now(self) -> str:
        moment = (self.clock() + SITE_AHEAD).replace(tzinfo=None)
        if self._last is not None and moment <= self._last:
            moment = self._last + timedelta(microseconds=1)
        self._last = moment
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    def _tell(self, kept: JsonObject, event: str) -> None:
        if not (self.webhook_secret and self.on_change):
            return
        about = {name: kept[name] for name in ("doctype", "name", "modified")} | {"event": event}
        body = json.dumps(about).encode()
        signature = b64encode(hmac.digest(self.webhook_secret.encode(), body, "sha256")).decode()
        self.on_change({"X-Frappe-Webhook-Signature": signature, "Content-Type": "application/json"}, body)


def same_value(one: Json, other: Json) -> bool:
    return one == other or (one in (None, "") and other in (None, ""))


def _stored(old: Json, new: Json) -> Json:
    return float(new) if isinstance(old, float) and isinstance(new, int) else new


def _changed_meanwhile(kept: JsonObject, values: JsonObject) -> str:
    return (
        f"Error: Document has been modified after you have opened it ({kept['modified']}, {values['modified']}). "
        "Please refresh to get the latest document."
    )
