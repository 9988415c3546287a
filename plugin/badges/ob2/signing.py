"""Finds the key of a signed Open Badges 2 assertion and asks the issuer's revocation list."""

from __future__ import annotations

from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.hosting import Host, Loaded
from plugin.badges.ob2.legacy import normalise
from plugin.badges.ob2.properties import is_url
from plugin.badges.proof import jws, keys
from plugin.badges.proof.keys import PublicKey
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.domain.web_addresses import same_origin
from plugin.texts import _


def verify_signature(compact: jws.Compact, assertion: Loaded, issuer: Loaded, host: Host) -> PublicKey:
    """The issuer's key that signed. Raises key_not_authorised, issuer_mismatch, invalid_signature or fetch codes."""
    verification = assertion.node.get("verification")
    creator = verification.get("creator") if isinstance(verification, dict) else None
    listed = listed_keys(issuer.node)
    if isinstance(creator, dict):
        creator = creator.get("id")
    if creator is None and len(listed) == 1:
        creator = next(iter(listed))
    if not isinstance(creator, str):
        raise BadgeProblem("invalid_key", _("The badge names no key."))
    if creator not in listed and not (assertion.old and not listed and same_origin(creator, issuer.url)):
        raise BadgeProblem("key_not_authorised", creator)
    key = _key(creator, listed.get(creator), issuer, host)
    jws.verify(compact, key)
    return key


def listed_keys(issuer: JsonObject) -> dict[str, JsonObject | None]:
    """Addresses of the issuer's keys, each with its document where the profile embeds it."""
    value = issuer.get("publicKey", [])
    listed: dict[str, JsonObject | None] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            listed[item] = None
        elif isinstance(item, dict) and isinstance(item.get("id"), str):
            listed[item["id"]] = item if "publicKeyPem" in item else None
    return listed


def _key(creator: str, embedded: JsonObject | None, issuer: Loaded, host: Host) -> PublicKey:
    if embedded is not None:
        node = embedded
    else:
        body = host.fetching.body(creator, missing="http_error_with_signature_check")
        if body.lstrip().startswith(b"-----BEGIN"):
            return keys.from_pem(body.decode("ascii", "replace"))
        node = normalise(load_object(body, max_bytes=host.limits.document_bytes, max_depth=host.limits.depth))
        if node.get("id") != creator:
            raise BadgeProblem("key_not_authorised", _("The key’s document belongs to another key."))
    if node.get("owner", issuer.url) not in (issuer.url, issuer.node.get("id")):
        raise BadgeProblem(
            "issuer_mismatch", _("The key belongs to “%(owner)s”.", owner=str(node.get("owner"))[:100])
        )
    if node.get("revoked") is True:
        raise BadgeProblem("key_not_authorised", _("The key is revoked."))
    pem = node.get("publicKeyPem")
    if not isinstance(pem, str):
        raise BadgeProblem("unsupported_key", _("The key is not in PEM form."))
    return keys.from_pem(pem)


def check_revocation_list(assertion: Loaded, issuer: Loaded, host: Host) -> bool:
    """True when a list was asked. Raises revoked, status_list_not_found or status_list_error."""
    address = issuer.node.get("revocationList")
    if isinstance(address, dict):
        address = address.get("id")
    if address is None:
        return False
    if not isinstance(address, str) or not is_url(address):
        raise BadgeProblem("status_list_error", _("The list has no web address."))
    raw = host.fetching.body(address, missing="status_list_not_found")
    try:
        document = load_object(raw, max_bytes=host.limits.fetched_bytes, max_depth=host.limits.depth)
        entries = _entries(normalise(document))
    except BadgeProblem as problem:
        raise BadgeProblem("status_list_error", problem.detail) from problem
    names = {assertion.node.get("id"), assertion.node.get("uid"), assertion.url} - {None, ""}
    for name, reason in entries:
        if name in names:
            raise BadgeProblem("revoked", reason)
    return True


def _entries(document: JsonObject) -> list[tuple[Any, str]]:
    """(id or uid, reason) of each revoked assertion; Open Badges 1.0 maps uid to reason in one object."""
    revoked = document.get("revokedAssertions")
    if revoked is None and not {"type", "@context", "id"} & document.keys():
        return [(name, str(reason)[:200]) for name, reason in document.items()]
    if not isinstance(revoked, list):
        revoked = [revoked]
    entries: list[tuple[Any, str]] = []
    for item in revoked:
        if isinstance(item, dict):
            reason = str(item.get("revocationReason", ""))[:200]
            entries += [(item[key], reason) for key in ("id", "uid") if isinstance(item.get(key), str)]
        elif isinstance(item, str):
            entries.append((item, ""))
        else:
            raise BadgeProblem("status_list_error", _("An entry of the list has no identifier."))
    return entries
