"""How a Frappe site refuses: statuses and bodies as recorded from Frappe 15.44 with hrms 15.33 (shared samples ``err_*``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import uuid4

from plugin.domain import JsonObject

_TRACEBACK = '["Traceback (most recent call last): ..."]'
_DATA = "hrms.payroll.doctype.salary_structure_assignment.salary_structure_assignment.DuplicateAssignment"


@dataclass
class Refused(Exception):
    """One refusal. ``said`` is the text for people in ``_server_messages``, empty where the suite gives none."""

    status: int
    kind: str
    text: str = ""  # after the kind in ``exception``
    said: str = ""
    title: str = "Message"
    path: str = ""  # the exception's full name where it is not frappe's
    is_thrown: bool = True  # by frappe.throw, which adds indicator, raise_exception and an id
    of_app: bool = False
    error_message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> JsonObject:
        """404 bodies have no ``exception``; ``exception`` carries text after a colon where there is one."""
        answer: JsonObject = {}
        if self.kind != "DoesNotExistError":
            name = self.path or f"frappe.exceptions.{self.kind}"
            answer["exception"] = f"{name}: {self.text}" if self.text else name
        answer["exc_type"] = self.kind
        if self.of_app:
            answer["_exc_source"] = "hrms (app)"
        if self.kind != "DoesNotExistError":
            answer["exc"] = _TRACEBACK
        if self.said:
            answer["_server_messages"] = json.dumps([json.dumps(self._message())])
        if self.error_message:
            answer["_error_message"] = self.error_message
        return answer

    def _message(self) -> JsonObject:
        message: JsonObject = {"message": self.said, "title": self.title}
        if self.is_thrown:
            message |= {"indicator": "red", "raise_exception": 1}
            message["__frappe_exc_id"] = sha256(uuid4().bytes).hexdigest()[:56]
        elif self.kind == "DuplicateEntryError":
            message["indicator"] = "red"
        return message


def thrown(kind: str, text: str, *, title: str = "Message", of_app: bool = False, path: str = "") -> Refused:
    """frappe.throw: 417 with the same text in ``exception`` and in ``_server_messages``."""
    return Refused(417, kind, text, text, title, path=path, of_app=of_app)


def not_found(doctype: str, name: str) -> Refused:
    """err_404_doc.json, err_404_doctype.json"""
    return Refused(404, "DoesNotExistError", said=f"{doctype} {name} not found")


def duplicate(doctype: str, name: str) -> Refused:
    """err_409_duplicate.json"""
    error = f"IntegrityError(1062, \"Duplicate entry '{name}' for key 'PRIMARY'\")"
    said = f"{doctype} <strong>{name}</strong> already exists"
    return Refused(
        409,
        "DuplicateEntryError",
        f"('{doctype}', '{name}', {error})",
        said,
        "Duplicate Name",
        is_thrown=False,
    )


def not_unique(doctype: str, name: str, field_name: str, value: str) -> Refused:
    """err_417_training_result_duplicate.json"""
    error = f"IntegrityError(1062, \"Duplicate entry '{value}' for key '{field_name}'\")"
    said = f"{field_name.replace('_', ' ').title()} must be unique"
    return Refused(417, "UniqueValidationError", f"('{doctype}', '{name}', {error})", said, is_thrown=False)


def missing(doctype: str, name: str, fields: list[str]) -> Refused:
    """err_417_mandatory.json"""
    said = f"Error: Value missing for {doctype}: {', '.join(one.replace('_', ' ').title() for one in fields)}"
    return Refused(417, "MandatoryError", f"[{doctype}, {name}]: {', '.join(fields)}", said, is_thrown=False)


def duplicate_assignment() -> Refused:
    """err_417_ssa_duplicate.json"""
    said = "Salary Structure Assignment for Employee already exists"
    return thrown("DuplicateAssignment", said, of_app=True, path=_DATA)


def forbidden(user: str, doctype: str, *, is_document: bool) -> Refused:
    """err_403_doctype.json and err_403_employee_doc.json, which differ in their words."""
    said = f"User <strong>{user}</strong> does not have doctype access via role permission for document <strong>{doctype}</strong>"
    if is_document:
        said += f"<br>User <strong>{user}</strong> does not have access to this document"
    about = "" if is_document else f"No permission for {doctype}"
    return Refused(403, "PermissionError", said=said, is_thrown=False, error_message=about)


def rate_limited(seconds: int) -> Refused:
    """err_429_rate_limit.json"""
    headers = {"X-RateLimit-Reset": str(seconds), "X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0"}
    return Refused(429, "TooManyRequestsError", headers={**headers, "Retry-After": str(seconds)})


def in_maintenance() -> Refused:
    """err_503_maintenance.json"""
    return Refused(503, "SessionStopped", "Session Stopped")


def read_only() -> Refused:
    """err_503_read_only_write.json"""
    said = (
        "Site is running in read only mode for maintenance or site update, this action can not be "
        "performed right now. Please try again later."
    )
    return Refused(503, "InReadOnlyMode", said, said, "In Read Only Mode")


def crashed(kind: str, text: str, *, of_app: bool = False) -> Refused:
    """500: an error of Python that nobody caught, with the bare name of its class."""
    path = "json.decoder.JSONDecodeError" if kind == "JSONDecodeError" else kind
    return Refused(500, kind, text, path=path, of_app=of_app)
