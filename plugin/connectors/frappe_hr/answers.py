"""What a Frappe site's answers mean: its errors by kind, and its own words for people, cleaned."""

from __future__ import annotations

import html
import json
import re

from plugin.domain import Json, JsonObject
from plugin.errors import AdvisorError, AuthError, Conflict, GiveUp, NotFound, RetryLater
from plugin.http_client import Response, classify_status, retry_after
from plugin.texts import N_, _

PAUSE_SECONDS = 300.0  # of a site that is being updated and does not say for how long
LONGEST_WORDS = 300

_NO_RIGHT = N_(
    "give the API user a role with this permission (HR Manager and HR User; System Manager or our app's role for skill maps)"
)
_NEW_KEY = N_("make a new key and secret for the API user")
_TAKEN = frozenset({"DuplicateEntryError", "UniqueValidationError", "DuplicateAssignment"})
_PAUSED = frozenset({"SessionStopped", "InReadOnlyMode"})
_TAGS, _BLANKS = re.compile(r"<[^<>]*>"), re.compile(r"\s+")


def classify(response: Response) -> AdvisorError | None:
    """The kind of exception is in ``exc_type``, also with status 200."""
    body = _body(response)
    kind = _kind(body)
    if response.status == 429 or kind == "TooManyRequestsError" or kind in _PAUSED:
        wait = retry_after(response.headers)
        is_paused = kind in _PAUSED
        said = _("the HR suite is under maintenance") if is_paused else _("the HR suite asks us to wait")
        return RetryLater(said, wait=PAUSE_SECONDS if wait is None else wait, code="rate")
    if response.status in (401, 403) or kind in ("AuthenticationError", "PermissionError"):
        refused = response.status == 401 or kind == "AuthenticationError"
        said = _("the suite refuses the API key") if refused else _words_of_right(body)
        return AuthError(
            said, code="auth" if refused else "permission", remedy=_(_NEW_KEY if refused else _NO_RIGHT)
        )
    if kind == "TimestampMismatchError":
        return Conflict(_("the document was changed in the meantime"), code="changed_meanwhile")
    if kind in _TAKEN:
        return Conflict(_("the document already exists"), code="duplicate")
    if kind == "DoesNotExistError":
        return NotFound(_("the HR suite doesn't have this document"), code="http_404")
    if kind and response.status < 500:
        said = words(body) or kind
        return GiveUp(
            _("the HR suite refused: %(said)s", said=said),
            code="validation",
            remedy=_("correct it in the HR suite, then send it again"),
        )
    return classify_status(response)


def words(body: JsonObject) -> str:
    """The suite's own words for people, without its HTML, in one line of bounded length; empty where it says none."""
    said = " ".join(filter(None, (_plain(one) for one in _messages(body.get("_server_messages")))))
    if not said:
        said = _plain(str(body.get("exception") or "").partition(": ")[2])
    return said if len(said) <= LONGEST_WORDS else said[: LONGEST_WORDS - 1].rstrip() + "…"


def _words_of_right(body: JsonObject) -> str:
    """Which doctype it is about; the account's address stays out of it."""
    said = _plain(str(body.get("_error_message") or ""))
    match = re.search(r"for document <strong>([^<]{1,80})</strong>", str(body.get("_server_messages") or ""))
    about = match[1] if match else said.removeprefix("No permission for ").strip()[:80]
    if about:
        return _("the API user lacks a permission for %(doctype)s", doctype=html.unescape(about))
    return _("the API user lacks a permission")


def _messages(packed: Json) -> list[str]:
    """``_server_messages`` is JSON in JSON: a list of texts, each an object or a bare text."""
    try:
        found = json.loads(packed) if isinstance(packed, str) else []
        parts = [_unpacked(one) for one in found] if isinstance(found, list) else []
    except (ValueError, RecursionError):
        return []
    return [str(one.get("message") or "") if isinstance(one, dict) else str(one) for one in parts]


def _unpacked(one: Json) -> Json:
    if not isinstance(one, str):
        return one
    try:
        found: Json = json.loads(one)
    except (ValueError, RecursionError):
        return one
    return found


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", html.unescape(_TAGS.sub(" ", text[:20_000]))).strip()


def _body(response: Response) -> JsonObject:
    try:
        found = response.json()
    except GiveUp:
        return {}
    return found if isinstance(found, dict) else {}


def _kind(body: JsonObject) -> str:
    kind = body.get("exc_type") or body.get("exception")
    return str(kind).partition(":")[0].rpartition(".")[2][:60] if kind else ""
