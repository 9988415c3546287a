"""The property rules of Open Badges 2.0 classes as tables, each rule checkable on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.legacy import types_of
from plugin.badges.ob3.expanded import is_absolute_iri
from plugin.badges.reading.addresses import split_address
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.reading.times import parse_time
from plugin.badges.recipients import is_identity_hash
from plugin.texts import _

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+\Z")
_TELEPHONE = re.compile(r"\+?[0-9]{3,15}(;ext=[0-9]{1,7})?\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*\Z", re.ASCII)
_AUTHORITY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z", re.ASCII)
_DATA_IMAGE = re.compile(r"data:image/(png|svg\+xml)[;,]", re.IGNORECASE)
_BLANK = re.compile(r"_:[A-Za-z0-9._-]+\Z")


@dataclass(frozen=True)
class Rule:
    """One property: its kind (a key of ``KINDS``), whether it must be there and whether there may be several."""

    name: str
    kind: str
    required: bool = False
    many: bool = False


def is_url(value: object) -> bool:
    """An absolute http(s) URL with a host."""
    if not is_absolute_iri(value):
        return False
    parts = split_address(str(value))
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _is_iri(value: object) -> bool:
    return is_absolute_iri(value) or (isinstance(value, str) and bool(_BLANK.match(value)))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_time(value: object) -> bool:
    try:
        parse_time(value)
    except BadgeProblem:
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.match(value))


def is_image(value: object) -> bool:
    """A URL or a data URI of PNG or SVG, alone or as the id of an image object."""
    if isinstance(value, dict):
        return "id" not in value or is_image(value["id"])
    return is_url(value) or _matches(_DATA_IMAGE)(value)


def _is_image_link(value: object) -> bool:
    if isinstance(value, dict):
        return "id" not in value or _is_image_link(value["id"])
    return is_url(value)


def _is_node(value: object) -> bool:
    return isinstance(value, dict) or _is_iri(value)


KINDS: dict[str, Callable[[object], bool]] = {
    "TEXT": _is_text,
    "MARKDOWN_TEXT": _is_text,
    "TEXT_OR_NUMBER": lambda value: isinstance(value, str | int | float) and not isinstance(value, bool),
    "BOOLEAN": lambda value: isinstance(value, bool),
    "IRI": _is_iri,
    "URL": is_url,
    "URL_AUTHORITY": _matches(_AUTHORITY),
    "DATETIME": _is_time,
    "EMAIL": _matches(_EMAIL),
    "TELEPHONE": _matches(_TELEPHONE),
    "LANGUAGE": _matches(_LANGUAGE),
    "IDENTITY_HASH": lambda value: isinstance(value, str) and bool(value),
    "RDF_TYPE": _is_text,
    "ID": _is_node,
    "IMAGE": is_image,
    "IMAGE_LINK": _is_image_link,
    "DATA_URI_OR_URL": is_image,
}

_COMMON = (
    Rule("related", "ID", many=True),
    Rule("endorsement", "ID", many=True),
    Rule("@language", "LANGUAGE"),
)
CLASS_RULES: dict[str, tuple[Rule, ...]] = {
    "Assertion": (
        Rule("id", "IRI", required=True),
        Rule("recipient", "ID", required=True),
        Rule("badge", "ID", required=True),
        Rule("verification", "ID", required=True),
        Rule("issuedOn", "DATETIME", required=True),
        Rule("expires", "DATETIME"),
        Rule("image", "IMAGE_LINK"),
        Rule("evidence", "ID", many=True),
        Rule("narrative", "MARKDOWN_TEXT"),
        *_COMMON,
    ),
    "IdentityObject": (
        Rule("type", "RDF_TYPE", required=True),
        Rule("identity", "IDENTITY_HASH", required=True),
        Rule("hashed", "BOOLEAN", required=True),
        Rule("salt", "TEXT"),
    ),
    "BadgeClass": (
        Rule("issuer", "ID", required=True),
        Rule("name", "TEXT", required=True),
        Rule("description", "TEXT", required=True),
        Rule("image", "IMAGE", required=True),
        Rule("criteria", "ID", required=True),
        Rule("alignment", "ID", many=True),
        Rule("tags", "TEXT", many=True),
        Rule("version", "TEXT_OR_NUMBER"),
        *_COMMON,
    ),
    "Profile": (
        Rule("name", "TEXT", required=True),
        Rule("url", "URL", required=True),
        Rule("email", "EMAIL", required=True),
        Rule("description", "TEXT"),
        Rule("image", "IMAGE"),
        Rule("telephone", "TELEPHONE"),
        Rule("publicKey", "ID", many=True),
        Rule("revocationList", "ID"),
        Rule("verification", "ID"),
        *_COMMON,
    ),
    "AlignmentObject": (
        Rule("targetName", "TEXT", required=True),
        Rule("targetUrl", "URL", required=True),
        Rule("targetDescription", "TEXT"),
        Rule("targetFramework", "TEXT"),
        Rule("targetCode", "TEXT"),
    ),
    "Evidence": (
        Rule("id", "IRI"),
        Rule("narrative", "MARKDOWN_TEXT"),
        Rule("name", "TEXT"),
        Rule("genre", "TEXT"),
    ),
    "Endorsement": (
        Rule("id", "IRI", required=True),
        Rule("claim", "ID", required=True),
        Rule("issuer", "ID", required=True),
        Rule("issuedOn", "DATETIME", required=True),
        Rule("verification", "ID", required=True),
    ),
    "CryptographicKey": (Rule("owner", "IRI", required=True), Rule("publicKeyPem", "TEXT", required=True)),
}
#: what documents before 2.0 did not have to state
_NOT_BEFORE_2 = {"Profile": {"email"}, "Assertion": {"id"}}


def check_property(node: JsonObject, rule: Rule) -> None:
    """Raises BadgeProblem invalid_structure when the node breaks the rule."""
    if rule.name not in node:
        if rule.required:
            raise BadgeProblem("invalid_structure", _("%(field)s is missing.", field=rule.name))
        return
    value = node[rule.name]
    values = value if isinstance(value, list) else [value]
    if not [item for item in values if item is not None]:
        if rule.required:
            raise BadgeProblem("invalid_structure", _("%(field)s is empty.", field=rule.name))
        return
    if len(values) > 1 and not rule.many:
        raise BadgeProblem("invalid_structure", _("%(field)s has more than one value.", field=rule.name))
    for item in values:
        if not KINDS[rule.kind](item):
            code = "invalid_date" if rule.kind == "DATETIME" else "invalid_structure"
            raise BadgeProblem(
                code,
                _(
                    "%(field)s “%(value)s” must be of the type %(kind)s.",
                    field=rule.name,
                    value=str(item)[:60],
                    kind=rule.kind,
                ),
            )


def check_class(node: JsonObject, name: str, *, old: bool = False) -> None:
    """All rules of the class and of the objects inside. Raises BadgeProblem with the first broken rule."""
    relaxed = _NOT_BEFORE_2.get(name, set()) if old else set()
    for rule in CLASS_RULES[name]:
        if rule.name in relaxed and node.get(rule.name) is None:
            continue
        check_property(node, rule)
    for kind, inner in _inner(node, name):
        check_class(inner, kind, old=old)
    if name == "Assertion" and isinstance(node["recipient"], dict):
        check_identity(node["recipient"])
    if name == "BadgeClass":
        check_criteria(node["criteria"])


def _inner(node: JsonObject, name: str) -> Iterator[tuple[str, Any]]:
    parts = {
        "Assertion": (("recipient", "IdentityObject"), ("evidence", "Evidence")),
        "BadgeClass": (("alignment", "AlignmentObject"),),
    }
    for key, kind in parts.get(name, ()):
        value = node.get(key)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield kind, item


def check_identity(identity: JsonObject) -> None:
    """``hashed`` and the form of the identity must agree. Raises invalid_structure."""
    value, hashed = identity.get("identity"), identity.get("hashed")
    looks_hashed = is_identity_hash(value)
    if hashed is True and not looks_hashed:
        raise BadgeProblem(
            "invalid_structure", _("The badge says that its earner is hashed, but the value is not a hash.")
        )
    if hashed is False and looks_hashed:
        raise BadgeProblem("invalid_structure", _("The earner is hashed, but the badge says otherwise."))
    if not set(types_of(identity)) & {"email", "id", "url", "telephone"}:
        raise BadgeProblem(
            "invalid_structure",
            _("Type of the earner: %(types)s.", types=", ".join(types_of(identity))[:100]),
        )
    if hashed is False and "email" in types_of(identity) and not KINDS["EMAIL"](value):
        raise BadgeProblem("invalid_structure", _("The earner must be an email address."))


def check_criteria(value: object) -> None:
    """A URL, or an object with an external id or a narrative. Raises invalid_structure."""
    if isinstance(value, dict):
        identifier = value.get("id")
        if not value.get("narrative") and not (isinstance(identifier, str) and is_url(identifier)):
            raise BadgeProblem("invalid_structure", _("The criteria need an address or a description."))
    elif not is_absolute_iri(value):
        raise BadgeProblem("invalid_structure", _("The criteria need an address or a description."))
