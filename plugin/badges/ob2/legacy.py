"""Reads every older shape of an Open Badges document as the one of version 2.0, so that the rules exist once."""

from __future__ import annotations

from functools import cache
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.proof import contexts
from plugin.badges.reading.addresses import split_address
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.reading.times import parse_old_time
from plugin.texts import _

CONTEXT = "https://w3id.org/openbadges/v2"
_ALIASES = {"hosted": "HostedBadge", "signed": "SignedBadge"}
_CLASSES = (
    "Assertion",
    "BadgeClass",
    "Issuer",
    "Profile",
    "Endorsement",
    "CryptographicKey",
    "RevocationList",
)


@cache
def _spellings() -> dict[str, str]:
    """Full and compact IRI of each term of the 2.0 context -> the term."""
    terms: JsonObject = contexts.context(CONTEXT)["@context"]
    prefixes = {name: iri for name, iri in terms.items() if isinstance(iri, str) and iri.startswith("http")}
    found = {"@id": "id", "@type": "type"}
    for name, definition in terms.items():
        iri = definition.get("@id") if isinstance(definition, dict) else definition
        if not isinstance(iri, str) or iri.startswith("@") or ":" not in iri or name in prefixes:
            continue
        prefix, _other, suffix = iri.partition(":")
        found.setdefault(iri, name)
        if prefix in prefixes:
            found.setdefault(prefixes[prefix] + suffix, name)
    return found


def normalise(value: Any) -> Any:
    """The same JSON with every known term in its short spelling.

    Raises BadgeProblem duplicate_keys when two spellings of one term meet in one object: the hidden one would win
    with some readers.
    """
    if isinstance(value, list):
        return [normalise(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: JsonObject = {}
    for key, inner in value.items():
        name = _spellings().get(str(key), str(key))
        if name in result:
            raise BadgeProblem("duplicate_keys", _("“%(name)s” stands there in two spellings.", name=name))
        if key == "@context" or name.startswith("extensions:"):
            result[name] = inner
        else:
            result[name] = normalise(inner)
    if "type" in result:
        result["type"] = _types(result["type"])
    return result


def _types(value: Any) -> Any:
    if isinstance(value, list):
        return [_types(item) for item in value]
    if isinstance(value, str):
        short = _spellings().get(value, value)
        return _ALIASES.get(short, short)
    return value


def types_of(node: JsonObject) -> tuple[str, ...]:
    value = node.get("type", ())
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str))


def class_of(node: JsonObject) -> str:
    """Assertion, BadgeClass, Profile, Endorsement, CryptographicKey, RevocationList, or empty when it is none."""
    for name in types_of(node):
        if name in _CLASSES:
            return "Profile" if name == "Issuer" else name
    if "type" in node:
        return ""
    if "badge" in node and {"recipient", "identity", "uid", "verify"} & node.keys():
        return "Assertion"
    if "criteria" in node and "issuer" in node:
        return "BadgeClass"
    if "publicKeyPem" in node:
        return "CryptographicKey"
    if "revokedAssertions" in node:
        return "RevocationList"
    return "Profile" if "name" in node and ("url" in node or "origin" in node) else ""


def is_old(node: JsonObject) -> bool:
    """True for the shapes before 2.0."""
    if class_of(node) == "Assertion":
        return "verification" not in node and CONTEXT not in _context_list(node)
    return CONTEXT not in _context_list(node) and not isinstance(node.get("@context"), dict)


def _context_list(node: JsonObject) -> list[Any]:
    value = node.get("@context", [])
    return value if isinstance(value, list) else [value]


def upgrade(node: JsonObject) -> JsonObject:
    """The document in its 2.0 shape; a document of 2.0 comes back with ``verify`` read as ``verification`` only.

    Raises BadgeProblem invalid_date or invalid_structure.
    """
    kind = class_of(node)
    old = is_old(node)
    if kind == "Assertion":
        return _assertion(node, old=old)
    if kind == "BadgeClass":
        return _badge_class(node, old=old)
    if kind == "Profile":
        return _profile(node, old=old)
    return node


def _assertion(node: JsonObject, *, old: bool) -> JsonObject:
    result = {key: value for key, value in node.items() if key not in ("verify", "issued_on")}
    verify = node.get("verify")
    if "verification" not in result and isinstance(verify, dict):
        result["verification"] = _verification(verify)
        if "id" not in result and isinstance(verify.get("url"), str) and "HostedBadge" in types_of(verify):
            result["id"] = verify["url"]
    result.setdefault("type", "Assertion")
    if isinstance(node.get("recipient"), str):
        result["recipient"] = _old_recipient(node)
    if "issuedOn" not in result and "issued_on" in node:
        result["issuedOn"] = node["issued_on"]
    if old:
        for name in ("issuedOn", "expires"):
            if result.get(name) is not None:
                result[name] = parse_old_time(result[name]).isoformat().replace("+00:00", "Z")
        if result.get("verification") is None:
            result["verification"] = {"type": "HostedBadge"}
    badge = result.get("badge")
    if isinstance(badge, dict):
        result["badge"] = _badge_class(badge, old=is_old(badge))
    return result


def _verification(verify: JsonObject) -> JsonObject:
    result: JsonObject = {"type": verify.get("type")}
    if "SignedBadge" in types_of(verify):
        key = verify.get("creator", verify.get("url"))
        if key is not None:
            result["creator"] = key
    return result


def _old_recipient(node: JsonObject) -> JsonObject:
    identity = node["recipient"]
    recipient: JsonObject = {"type": "email", "identity": identity, "hashed": "$" in identity}
    if node.get("salt") is not None:
        recipient["salt"] = node["salt"]
    return recipient


def _badge_class(node: JsonObject, *, old: bool) -> JsonObject:
    result = dict(node)
    result.setdefault("type", "BadgeClass")
    if old:
        if "alignment" in result:
            result["alignment"] = _alignments(result["alignment"])
        if "id" not in result and isinstance(result.get("_location"), str):
            result["id"] = result["_location"]
    issuer = result.get("issuer")
    if isinstance(issuer, dict):
        result["issuer"] = _profile(issuer, old=is_old(issuer))
    return result


def _alignments(value: Any) -> list[Any]:
    names = {"name": "targetName", "url": "targetUrl", "description": "targetDescription"}
    entries = value if isinstance(value, list) else [value]
    return [
        {names.get(key, key): inner for key, inner in entry.items()} if isinstance(entry, dict) else entry
        for entry in entries
    ]


def _profile(node: JsonObject, *, old: bool) -> JsonObject:
    result = dict(node)
    result.setdefault("type", "Profile")
    if old:
        origin = node.get("origin")
        if "url" not in result and isinstance(origin, str):
            result["url"] = origin if split_address(origin).scheme else f"http://{origin}"
        if "email" not in result and node.get("contact"):
            result["email"] = node["contact"]
    return result
