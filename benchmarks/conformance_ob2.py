"""Runs the single-rule cases of the Open Badges 2.0 reference validator against the same rules of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob2.extensions import check_extension
from plugin.badges.ob2.hosting import Host, Loaded, check_scope
from plugin.badges.ob2.legacy import class_of, normalise, types_of, upgrade
from plugin.badges.ob2.properties import Rule, check_criteria, check_identity, check_property
from plugin.badges.ob2.signing import check_revocation_list, listed_keys
from plugin.badges.ob3.structure import check_dates
from plugin.badges.proof import jws, keys
from plugin.badges.reading.documents import Document, Fetching, MappedDocuments
from plugin.badges.reading.times import parse_time
from plugin.badges.recipients import Identity, matches

Node = dict[str, Any]
LIMITS = Limits()


class NotRunnable(Exception):
    """The case does not hold what the rule needs, or names a rule that we do not have."""


def judge_case(case: Node, now: datetime) -> str:
    """valid, invalid or undetermined. Raises NotRunnable."""
    rule = RULES.get(case["task"])
    if rule is None:
        raise NotRunnable(case["task"])
    try:
        rule(case, now)
    except BadgeProblem as problem:
        return problem.outcome.value
    return "valid"


def _node(case: Node) -> Node:
    """The node that the case is about, references into its graph followed."""
    meta = case["meta"]
    path = meta.get("node_path") or [meta.get("node_id")]
    value: Any = _find(case, path[0])
    for step in path[1:]:
        value = value[step]
        if isinstance(value, str) and _has(case, value):
            value = _find(case, value)
    if not isinstance(value, dict):
        raise NotRunnable("no node")
    return value


def _has(case: Node, name: str) -> bool:
    return any(node.get("id") == name for node in case["graph"])


def _find(case: Node, name: Any) -> Node:
    for node in case["graph"]:
        if node.get("id") == name:
            return {**node}
    raise NotRunnable(f"no node {name}")


def _resolved(case: Node, value: Any) -> Any:
    return _find(case, value) if isinstance(value, str) and _has(case, value) else value


def _property(case: Node, _now: datetime) -> None:
    meta = case["meta"]
    kind = meta["prop_type"]
    if kind == "ID" and meta.get("expected_class") == "Image":
        kind = "IMAGE" if meta.get("allow_data_uri") else "IMAGE_LINK"
    check_property(
        _node(case), Rule(meta["prop_name"], kind, bool(meta.get("required")), bool(meta.get("many")))
    )


def _rdf_type(case: Node, _now: datetime) -> None:
    meta, node = case["meta"], _node(case)
    check_property(node, Rule(meta["prop_name"], "RDF_TYPE", bool(meta.get("required")), many=True))
    wanted = meta.get("must_contain_one")
    if wanted is None:
        return
    allowed = set(wanted if isinstance(wanted, list) else [wanted])
    if class_of(normalise(node)) not in allowed | ({"Profile"} if "Issuer" in allowed else set()):
        raise BadgeProblem("invalid_structure", f"type {types_of(node)}")


def _image(case: Node, _now: datetime) -> None:
    meta = case["meta"]
    kind = "IMAGE" if meta.get("allow_data_uri") else "IMAGE_LINK"
    check_property(
        _node(case), Rule(meta["prop_name"], kind, bool(meta.get("required")), bool(meta.get("many")))
    )


def _upgrade(case: Node, _now: datetime) -> None:
    data = case["meta"].get("data")
    node = json.loads(data) if data else _node(case)
    kind = class_of(upgrade(normalise(node)))
    if not kind:
        raise BadgeProblem("not_a_credential")


def _recipient(case: Node, _now: datetime) -> None:
    profile = _node(case)
    assertion = next(node for node in case["graph"] if class_of(node) == "Assertion")
    recipient = _resolved(case, assertion["recipient"])
    emails = profile.get("email", [])
    identity = Identity(recipient["identity"], recipient["hashed"], recipient.get("salt", ""))
    if not matches([identity], emails if isinstance(emails, list) else [emails]):
        raise BadgeProblem("recipient_mismatch")


def _criteria(case: Node, _now: datetime) -> None:
    check_criteria(_node(case))


def _identity(case: Node, _now: datetime) -> None:
    check_identity(_node(case))


def _issuer(case: Node, _now: datetime) -> None:
    if class_of(_node(case)) != "Profile":
        raise BadgeProblem("invalid_structure")


def _chain(case: Node) -> tuple[Node, Node]:
    assertion = _node(case)
    badge = _resolved(case, assertion["badge"])
    issuer = _resolved(case, badge["issuer"])
    issuer["verification"] = _resolved(case, issuer.get("verification"))
    return assertion, issuer


def _scope(case: Node, _now: datetime) -> None:
    assertion, issuer = _chain(case)
    check_scope(assertion["id"], Loaded(issuer, issuer["id"]))


def _timestamps(case: Node, now: datetime) -> None:
    node = _node(case)
    expires = parse_time(node["expires"]) if node.get("expires") else None
    check_dates(parse_time(node["issuedOn"]), expires, now)


def _signature(case: Node, _now: datetime) -> None:
    compact = jws.split(case["meta"]["data"], LIMITS, max_bytes=LIMITS.document_bytes)
    key = next(node for node in case["graph"] if "publicKeyPem" in node)
    jws.verify(compact, keys.from_pem(key["publicKeyPem"]))


def _key_ownership(case: Node, _now: datetime) -> None:
    assertion, issuer = _chain(case)
    creator = _resolved(case, assertion["verification"])["creator"]
    if creator not in listed_keys(issuer):
        raise BadgeProblem("key_not_authorised", creator)


def _not_revoked(case: Node, _now: datetime) -> None:
    assertion, issuer = _chain(case)
    documents = {
        node["id"]: Document(200, json.dumps(_with_parts(case, node)).encode()) for node in case["graph"]
    }
    host = Host(Fetching(MappedDocuments(documents), LIMITS), LIMITS)
    check_revocation_list(Loaded(assertion, assertion["id"]), Loaded(issuer, issuer["id"]), host)


def _with_parts(case: Node, node: Node) -> Node:
    entries = node.get("revokedAssertions")
    if not isinstance(entries, list):
        return node
    return {**node, "revokedAssertions": [_resolved(case, entry) for entry in entries]}


def _extension(case: Node, _now: datetime) -> None:
    check_extension(_node(case))


RULES: dict[str, Callable[[Node, datetime], None]] = {
    "VALIDATE_PROPERTY": _property,
    "VALIDATE_RDF_TYPE_PROPERTY": _rdf_type,
    "IMAGE_VALIDATION": _image,
    "UPGRADE_0_5_NODE": _upgrade,
    "UPGRADE_1_0_NODE": _upgrade,
    "UPGRADE_1_1_NODE": _upgrade,
    "VERIFY_RECIPIENT_IDENTIFIER": _recipient,
    "CRITERIA_PROPERTY_DEPENDENCIES": _criteria,
    "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES": _identity,
    "ISSUER_PROPERTY_DEPENDENCIES": _issuer,
    "HOSTED_ID_IN_VERIFICATION_SCOPE": _scope,
    "ASSERTION_TIMESTAMP_CHECKS": _timestamps,
    "VERIFY_JWS": _signature,
    "VERIFY_KEY_OWNERSHIP": _key_ownership,
    "VERIFY_SIGNED_ASSERTION_NOT_REVOKED": _not_revoked,
    "VALIDATE_EXTENSION_NODE": _extension,
}
