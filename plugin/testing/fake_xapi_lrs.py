"""A learning record store of xAPI 1.0.3 to test against: paging, voiding, watermark, and Ralph's quirks where asked for."""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from flask import Flask, Response, request

from plugin.connectors.writing import Desired
from plugin.domain import Clock, JsonObject, utc_now
from plugin.testing.faults import Faults
from plugin.xapi.fingerprint import is_same
from plugin.xapi.people import identifiers
from plugin.xapi.statement import VOIDED

_NAMES = UUID("6f1d1f3c-3f0e-4f5a-9a57-0f5d7d1a2b3c")
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
EARNED = "http://specification.openbadges.org/xapi/verbs/earned.json"
_POINTER = "http://specification.openbadges.org/xapi/extensions/badgeassertion.json"


@dataclass
class FakeXapiLrs:
    """``statements`` is the truth, in the order of ``stored``. ``watermark`` False and ``extra_page`` True is Ralph's way."""

    username: str = "key"
    password: str = "secret"
    watermark: bool = True
    extra_page: bool = False
    largest_page: int = 500
    clock: Clock = utc_now
    statements: list[JsonObject] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    # --- filling it ---

    def add(self, statement: JsonObject, *, stored: datetime | None = None) -> str:
        """Stores a statement as if it had been sent; ``stored`` is now, a little after the last, unless given. Its id comes back."""
        with self._lock:
            moment = stored or self._next_instant()
            kept: JsonObject = deepcopy(statement) | {"stored": moment.isoformat()}
            kept.setdefault("id", str(uuid5(_NAMES, str(len(self.statements)))))
            kept.setdefault("timestamp", kept["stored"])
            self.statements.append(kept)
            self.statements.sort(key=lambda one: datetime.fromisoformat(str(one["stored"])))
            return str(kept["id"])

    def complete(self, email: str, course: str, *, hours: float = 1.0, score: float | None = None) -> str:
        """A person completed a course."""
        result: JsonObject = {"completion": True, "duration": f"PT{round(hours * 60)}M"}
        if score is not None:
            result["score"] = {"scaled": score}
        return self.add(
            {
                "actor": {"mbox": f"mailto:{email}"},
                "verb": {"id": COMPLETED, "display": {"en": "completed"}},
                "object": {"id": course, "definition": {"name": {"en": course.rsplit("/", 1)[-1]}}},
                "result": result,
            }
        )

    def earn(self, email: str, badge: str, name: str, assertion_url: str) -> str:
        """A person earned a badge; the statement points at the assertion."""
        return self.add(
            {
                "actor": {"mbox": f"mailto:{email}"},
                "verb": {"id": EARNED},
                "object": {"id": badge, "definition": {"name": {"en": name}}},
                "result": {"extensions": {_POINTER: {"@id": assertion_url}}},
            }
        )

    def void(self, statement_id: str) -> str:
        """The statement no longer counts; the id of the voiding statement comes back."""
        return self.add(
            {
                "actor": {"mbox": "mailto:lrs@example.com"},
                "verb": {"id": VOIDED},
                "object": {"objectType": "StatementRef", "id": statement_id},
            }
        )

    def _next_instant(self) -> datetime:
        now = self.clock()
        if self.statements:
            last = datetime.fromisoformat(str(self.statements[-1]["stored"]))
            now = max(now, last + timedelta(microseconds=1))
        return now.astimezone(UTC)

    # --- answering ---

    @property
    def app(self) -> Flask:
        app = Flask("fake_lrs")
        app.add_url_rule("/xAPI/about", view_func=lambda: _json({"version": ["1.0.3"]}))
        app.add_url_rule("/xAPI/statements", view_func=self._get, methods=["GET"])
        app.add_url_rule("/xAPI/statements", "post", self._post, methods=["POST"])
        app.before_request(self._refuse)
        return app

    def _refuse(self) -> Response | None:
        given = request.authorization
        if given is None or (given.username, given.password) != (self.username, self.password):
            return _json({"detail": "Invalid authentication credentials"}, 401)
        if not request.headers.get("X-Experience-API-Version", "").startswith("1.0"):
            return _json({"detail": "X-Experience-API-Version is missing"}, 400)
        return None

    def _get(self) -> Response:
        with self._lock:
            found = self._visible()
        limit = min(int(request.args.get("limit", "0")) or self.largest_page, self.largest_page)
        offset = int(request.args.get("search_after", "0"))
        page, left = found[offset : offset + limit], len(found) - offset - limit
        body: dict[str, Any] = {"statements": page}
        if left > 0 or (self.extra_page and left == 0 and page):
            body["more"] = "/xAPI/statements?" + urlencode(
                {**request.args, "pit_id": "None", "search_after": str(offset + limit)}
            )
        elif not self.extra_page:
            body["more"] = ""
        answer = _json(body)
        if self.watermark:
            answer.headers["X-Experience-API-Consistent-Through"] = self.clock().isoformat()
        return answer

    def _visible(self) -> list[JsonObject]:
        voided = {_target(one) for one in self.statements} - {None}
        found = [one for one in self.statements if one["id"] not in voided]
        if since := request.args.get("since"):
            found = [one for one in found if _stored(one) > datetime.fromisoformat(since)]
        if until := request.args.get("until"):
            found = [one for one in found if _stored(one) <= datetime.fromisoformat(until)]
        if verb := request.args.get("verb"):
            found = [one for one in found if one["verb"]["id"] == verb]  # type: ignore[index,call-overload]
        return found if request.args.get("ascending") == "true" else found[::-1]

    def _post(self) -> Response:
        body = request.get_json()
        sent: list[JsonObject] = body if isinstance(body, list) else [body]
        known = {one["id"]: one for one in self.statements}
        for one in sent:
            if one.get("id") in known and not is_same(one, known[one["id"]]):  # type: ignore[arg-type]
                return _json({"detail": "differs"}, 409)
            if not identifiers(one.get("actor")) and one.get("verb") != VOIDED:
                return _json({"detail": "no actor"}, 400)
        ids = [one["id"] if one.get("id") in known else self.add(one) for one in sent]
        return _json(ids)


def _stored(statement: JsonObject) -> datetime:
    return datetime.fromisoformat(str(statement["stored"]))


def _target(statement: JsonObject) -> str | None:
    verb, target = statement.get("verb"), statement.get("object")
    if isinstance(verb, dict) and verb.get("id") == VOIDED and isinstance(target, dict):
        return str(target.get("id"))
    return None


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def make(settings: JsonObject, *, clock: Clock = utc_now) -> FakeXapiLrs:
    """For the contract: a store with these credentials and three records in it, one of them voided."""
    fake = FakeXapiLrs(str(settings["username"]), str(settings["password"]), clock=clock)
    fake.complete("ada@example.com", "https://lms.example.com/courses/statistics", hours=6.5, score=0.8)
    gone = fake.complete("ben@example.com", "https://lms.example.com/courses/databases")
    fake.earn(
        "ada@example.com", "https://badges.example.org/b/1", "Statistics", "https://badges.example.org/a/1"
    )
    fake.void(gone)
    return fake


def address(settings: JsonObject, base_url: str) -> JsonObject:
    """The settings with the address of the running fake."""
    return settings | {"endpoint": f"{base_url}/xAPI", "networks": ["127.0.0.0/8"]}


WRITES: list[Desired] = []  # reads only
