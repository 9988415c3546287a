"""Reads what an Open Badges 2.0 assertion awards into the facts that all formats share."""

from __future__ import annotations

from typing import Any

from plugin.badges.ob2.hosting import Loaded
from plugin.badges.proof.keys import PublicKey
from plugin.badges.proof.methods import HTTPS
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.reading.times import parse_time
from plugin.badges.verdict import Alignment, BadgeFacts, Evidence, Issuer


def facts_of(assertion: Loaded, badge: Loaded, issuer: Loaded, key: PublicKey | None) -> BadgeFacts:
    """Facts of a chain whose structure was checked; only the recipient match and endorsements are left open."""
    node, criteria = assertion.node, badge.node.get("criteria")
    return BadgeFacts(
        format="ob2-signed" if key else "ob2-hosted",
        id=assertion.url or _text(node, "id"),
        name=_text(badge.node, "name"),
        issuer=Issuer(
            id=issuer.url,
            name=_text(issuer.node, "name"),
            url=_text(issuer.node, "url"),
            email=_text(issuer.node, "email"),
            binding=HTTPS if key else "hosted",
            key=key.thumbprint if key else "",
            origin=issuer.origin,
        ),
        achievement_id=badge.url,
        achievement_name=_text(badge.node, "name"),
        description=_text(badge.node, "description"),
        criteria_url=_reference(criteria),
        criteria_narrative=_text(criteria, "narrative") if isinstance(criteria, dict) else "",
        image=_reference(badge.node.get("image")),
        recipient_id=_text(node["recipient"], "identity") if isinstance(node["recipient"], dict) else "",
        issued_on=parse_time(node["issuedOn"]),
        expires_on=parse_time(node["expires"]) if node.get("expires") else None,
        alignments=tuple(_alignment(item) for item in _items(badge.node.get("alignment"))),
        tags=tuple(str(tag) for tag in _list(badge.node.get("tags"))),
        evidence=tuple(_evidence(item) for item in _list(node.get("evidence"))),
    )


def _list(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if item is not None]


def _items(value: Any) -> list[JsonObject]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _text(node: JsonObject, name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""


def _reference(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def _alignment(item: JsonObject) -> Alignment:
    return Alignment(
        name=_text(item, "targetName"),
        url=_text(item, "targetUrl"),
        framework=_text(item, "targetFramework"),
        code=_text(item, "targetCode"),
        description=_text(item, "targetDescription"),
    )


def _evidence(item: Any) -> Evidence:
    if isinstance(item, dict):
        return Evidence(
            _reference(item), _text(item, "name"), _text(item, "description"), _text(item, "narrative")
        )
    return Evidence(str(item))
