"""Opens a verifiable credential: reads it, proves who signed it, and hands out only its expanded form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.expanded import Node, is_absolute_iri
from plugin.badges.proof import jws, keys, proofs
from plugin.badges.proof.canonical import link
from plugin.badges.proof.contexts import VC1, VC2
from plugin.badges.proof.methods import SELF_ASSERTED, Resolver, Signer
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.badges.reading.times import parse_time
from plugin.texts import _

_CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf")
_ENVELOPE = "data:application/vc+jwt,"


@dataclass(frozen=True)
class Credential:
    """A credential as written. ``token`` is set for a VC-JWT, ``size`` is the document's size in bytes."""

    document: JsonObject
    size: int
    token: jws.Compact | None = None


@dataclass(frozen=True)
class Proven:
    """The expanded root, the issuer's id, who signed, and the token's expiry when it has one."""

    root: Node
    issuer: str
    signer: Signer
    expires: datetime | None = None


def read_credential(text: bytes | str, limits: Limits) -> Credential:
    """Parses JSON or a compact VC-JWT. Raises BadgeProblem; only a CLR may be larger than ``document_bytes``."""
    if isinstance(text, bytes):
        text = _decoded(text)
    text = text.strip()
    if jws.looks_like_jws(text):
        compact = jws.split(text, limits, max_bytes=limits.container_bytes)
        document = compact.payload.get("vc", compact.payload)
        if not isinstance(document, dict):
            raise BadgeProblem("not_a_credential", "vc claim")
        return _bounded(Credential(document, len(text) * 3 // 4, compact), limits)
    document = load_object(text, max_bytes=limits.container_bytes, max_depth=limits.depth)
    return _bounded(Credential(document, len(text.encode("utf-8", "surrogatepass"))), limits)


def embedded_credential(value: Any, limits: Limits) -> Credential:
    """A credential that stands inside another one: an object, a compact token, or a token in a data URL."""
    if isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"].startswith(_ENVELOPE):
        value = value["id"].removeprefix(_ENVELOPE)
    if isinstance(value, str):
        if not jws.looks_like_jws(value):
            raise BadgeProblem("not_a_credential", _("The text is not a token."))
        return read_credential(value, limits)
    if not isinstance(value, dict):
        raise BadgeProblem("not_a_credential")
    return _bounded(Credential(value, len(json.dumps(value))), limits)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadgeProblem("unreadable", _("The text is not UTF-8.")) from error


def _bounded(credential: Credential, limits: Limits) -> Credential:
    written = credential.document.get("type")
    container = written == "ClrCredential" or (isinstance(written, list) and "ClrCredential" in written)
    if credential.size > limits.document_bytes and not container:
        raise BadgeProblem(
            "too_large",
            _(
                "It has %(size)s bytes; %(most)s are allowed.",
                size=credential.size,
                most=limits.document_bytes,
            ),
        )
    return credential


def check_form(credential: Credential) -> None:
    """What can be told before any work: contexts, identifier, presence of a proof.

    Raises BadgeProblem invalid_jsonld, no_vc_context, invalid_structure, invalid_credential_id or no_proof.
    """
    document = credential.document
    contexts = document.get("@context")
    if not contexts:
        raise BadgeProblem("invalid_jsonld", _("The field @context is missing."))
    contexts = contexts if isinstance(contexts, list) else [contexts]
    if VC1 not in contexts and VC2 not in contexts:
        raise BadgeProblem("no_vc_context")
    if contexts[0] not in (VC1, VC2):
        raise BadgeProblem("invalid_structure", _("The context of verifiable credentials is not the first."))
    if "id" in document and not is_absolute_iri(document["id"]):
        raise BadgeProblem("invalid_credential_id", str(document["id"])[:100])
    if credential.token is None and not document.get("proof"):
        raise BadgeProblem("no_proof")


def prove(credential: Credential, resolver: Resolver) -> Proven:
    """Checks the signature and that its key is the issuer's. Raises BadgeProblem."""
    if credential.token is not None:
        return _prove_token(credential, credential.token, resolver)
    proof_objects = proofs.proof_list(credential.document, resolver.limits)
    signed = proofs.expand_signed(credential.document, proof_objects, resolver)
    root = signed.linked.root
    issuer = _issuer_of(root)
    return Proven(root, issuer, proofs.verify_any(signed, resolver, issuer=issuer))


def _issuer_of(root: Node) -> str:
    if vocabulary.VERIFIABLE_CREDENTIAL not in root.types:
        raise BadgeProblem("not_a_credential", _("The type VerifiableCredential is missing."))
    nodes = root.nodes(vocabulary.ISSUER)
    if len(nodes) != 1 or not nodes[0].id:
        raise BadgeProblem("invalid_structure", _("There must be exactly one issuer with an id."))
    return nodes[0].id


def _prove_token(credential: Credential, token: jws.Compact, resolver: Resolver) -> Proven:
    _check_named_key(token)
    document = {name: value for name, value in credential.document.items() if name not in _CLAIMS}
    if credential.document is not token.payload:
        document = _with_claims(document, token.payload)
    linked = link(document, [], limits=resolver.limits, budget=resolver.fetching.budget, canonical=False)
    issuer = _issuer_of(linked.root)
    signer = _token_signer(token, issuer, resolver)
    jws.verify(token, signer.key)
    _check_claims(token.payload, linked.root, issuer)
    return Proven(linked.root, issuer, signer, _moment(token.payload, "exp"))


def _check_named_key(token: jws.Compact) -> None:
    """Refuses early a token whose own claims name one issuer and whose header names a key of another DID."""
    kid, issuer = token.header.get("kid"), token.payload.get("iss")
    if not isinstance(kid, str) or not isinstance(issuer, str):
        return
    if kid.startswith("did:") and kid.partition("#")[0] != issuer:
        raise BadgeProblem(
            "issuer_mismatch",
            _(
                "The key belongs to “%(owner)s”, the issuer is “%(issuer)s”.",
                owner=kid[:100],
                issuer=issuer[:100],
            ),
        )


def _with_claims(document: JsonObject, claims: JsonObject) -> JsonObject:
    """VC 1.1 lets the ``vc`` claim leave out what the token's own claims say (VC data model 1.1, 6.3.1)."""
    filled = dict(document)
    if "issuer" not in filled and isinstance(claims.get("iss"), str):
        filled["issuer"] = claims["iss"]
    if "id" not in filled and is_absolute_iri(claims.get("jti")):
        filled["id"] = claims["jti"]
    issued = _moment(claims, "nbf")
    if not {"issuanceDate", "validFrom"} & filled.keys() and issued is not None:
        filled["issuanceDate"] = issued.isoformat().replace("+00:00", "Z")
    return filled


def _token_signer(token: jws.Compact, issuer: str, resolver: Resolver) -> Signer:
    kid, jwk = token.header.get("kid"), jws.header_jwk(token)
    if isinstance(kid, str) and kid.startswith(("did:", "https://", "http://")):
        return proofs.resolve_for(kid, issuer, resolver)
    if jwk is not None:
        key = keys.from_jwk(jwk)
        if not issuer.startswith("did:"):
            return Signer(key, issuer, SELF_ASSERTED)
        if not resolver.owns(issuer, key):
            raise BadgeProblem("key_not_authorised", issuer)
        return Signer(key, issuer, "did")
    if issuer.startswith("did:"):
        fragment = kid.lstrip("#") if isinstance(kid, str) else ""
        return resolver.resolve(f"{issuer}#{fragment}" if fragment else issuer)
    raise BadgeProblem("invalid_key", _("The token names no key."))


def _check_claims(claims: JsonObject, root: Node, issuer: str) -> None:
    """A missing claim is tolerated (published badges lack them), a different one is not."""
    subjects = [node.id for node in root.nodes(vocabulary.SUBJECT)]
    for name, expected in (("iss", [issuer]), ("jti", [root.id]), ("sub", subjects)):
        if name in claims and claims[name] not in expected:
            raise BadgeProblem("claims_mismatch", name)
    not_before = _moment(claims, "nbf")
    starts = [parse_time(text) for text in root.texts(vocabulary.VALID_FROM)]
    if not_before and starts and all(abs((start - not_before).total_seconds()) >= 1 for start in starts):
        raise BadgeProblem("claims_mismatch", "nbf")


def _moment(claims: JsonObject, name: str) -> datetime | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadgeProblem("invalid_date", name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadgeProblem("invalid_date", name) from error
