"""A hosted Open Badges 2.0 issuer to test against: issuer, badge classes, assertions, and badges that are taken back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request

from plugin.domain import JsonObject
from plugin.testing.faults import Faults

_CONTEXT = "https://w3id.org/openbadges/v2"


@dataclass(frozen=True)
class _Award:
    badge: str
    recipient: JsonObject
    issued_on: str
    expires: str | None


@dataclass
class FakeBadgeIssuer:
    """Paths are ``/issuer``, ``/badges/<id>``, ``/assertions/<id>``. A badge taken back answers 410, or 200 with ``revoked``
    when ``revoked_is_200`` (badgr's way)."""

    name: str = "Example Academy"
    revoked_is_200: bool = False
    badges: dict[str, JsonObject] = field(default_factory=dict)
    awards: dict[str, _Award] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def badge(self, key: str, name: str, *, tags: tuple[str, ...] = (), skill: str = "") -> str:
        """A badge class; its path comes back."""
        alignment: list[JsonObject] = (
            [{"targetName": skill, "targetUrl": f"https://example.org/skills/{key}"}] if skill else []
        )
        self.badges[key] = {
            "name": name,
            "description": f"Shows {name}.",
            "tags": list(tags),
            "alignment": list(alignment),
        }
        return f"/badges/{key}"

    def award(
        self,
        key: str,
        badge: str,
        email: str,
        *,
        issued_on: str,
        expires: str | None = None,
        salt: str | None = "salt",
    ) -> str:
        """A badge for a person; its path comes back. Without ``salt`` the address stands there in clear."""
        recipient: JsonObject = {"type": "email", "hashed": salt is not None, "identity": email}
        if salt is not None:
            digest = hashlib.sha256((email + salt).encode()).hexdigest()
            recipient |= {"identity": f"sha256${digest}", "salt": salt}
        self.awards[key] = _Award(badge, recipient, issued_on, expires)
        return f"/assertions/{key}"

    def revoke(self, key: str, reason: str = "issued by mistake") -> None:
        self.revoked[key] = reason

    @property
    def app(self) -> Flask:
        app = Flask("fake_issuer")
        app.add_url_rule("/issuer", view_func=self._issuer)
        app.add_url_rule("/badges/<key>", view_func=self._badge)
        app.add_url_rule("/assertions/<key>", view_func=self._assertion)
        return app

    def _issuer(self) -> Response:
        return _document(
            "Issuer", "/issuer", {"name": self.name, "url": _url("/"), "email": "badges@example.org"}
        )

    def _badge(self, key: str) -> Response:
        if key not in self.badges:
            return Response(status=404)
        more: JsonObject = {
            "issuer": _url("/issuer"),
            "criteria": {"narrative": "Pass the exam."},
            "image": _url(f"/badges/{key}/image"),
        }
        return _document("BadgeClass", f"/badges/{key}", self.badges[key] | more)

    def _assertion(self, key: str) -> Response:
        if key in self.revoked:
            body: JsonObject = {"revoked": True, "revocationReason": self.revoked[key]}
            return _document("Assertion", f"/assertions/{key}", body, 200 if self.revoked_is_200 else 410)
        award = self.awards.get(key)
        if award is None:
            return Response(status=404)
        fields: JsonObject = {
            "recipient": award.recipient,
            "badge": _url(f"/badges/{award.badge}"),
            "verification": {"type": "HostedBadge"},
            "issuedOn": award.issued_on,
        }
        return _document(
            "Assertion", f"/assertions/{key}", fields | ({"expires": award.expires} if award.expires else {})
        )


def _url(path: str) -> str:
    return request.host_url.rstrip("/") + path


def _document(kind: str, path: str, fields: Any, status: int = 200) -> Response:
    body = {"@context": _CONTEXT, "type": kind, "id": _url(path), **fields}
    return Response(json.dumps(body), status, content_type="application/ld+json")
