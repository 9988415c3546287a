"""Verifies embedded Data Integrity proofs over the canonical form, one good proof of several being enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.expanded import Node
from plugin.badges.proof import selective
from plugin.badges.proof.canonical import Linked, link
from plugin.badges.proof.jcs import canonical_json
from plugin.badges.proof.keys import PublicKey
from plugin.badges.proof.methods import Resolver, Signer
from plugin.badges.proof.multibase import multibase_decode
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.reading.times import parse_time
from plugin.domain import BadgeVerdict
from plugin.domain.web_addresses import same_origin
from plugin.texts import _

EDDSA, ECDSA, ECDSA_SD, EDDSA_JCS = "eddsa-rdfc-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022"


@dataclass(frozen=True)
class Signed:
    """A document as written without its proofs, its proofs as written, and what both mean."""

    document: JsonObject
    proofs: list[JsonObject]
    linked: Linked


def proof_list(document: JsonObject, limits: Limits) -> list[JsonObject]:
    """The document's proofs. Raises BadgeProblem no_proof, invalid_structure or too_large."""
    value = document.get("proof")
    values = value if isinstance(value, list) else [value]
    if value is None or not values:
        raise BadgeProblem("no_proof")
    if len(values) > limits.proofs:
        raise BadgeProblem("too_large", _("Proofs: %(number)s.", number=len(values)))
    proofs = [proof for proof in values if isinstance(proof, dict)]
    if len(proofs) != len(values):
        raise BadgeProblem("invalid_structure", _("The proof must be an object."))
    return proofs


def expand_signed(document: JsonObject, proofs: list[JsonObject], resolver: Resolver) -> Signed:
    """Expands document and proof options and hashes both; the canonical lines only when a suite needs them."""
    unsigned = {key: value for key, value in document.items() if key != "proof"}
    options = [
        {key: value for key, value in proof.items() if key not in ("proofValue", "@context")}
        for proof in proofs
    ]
    for proof in proofs:
        if proof.get("@context", document["@context"]) != document["@context"]:
            raise BadgeProblem("invalid_signature", _("The proof was made under other contexts."))
    lines = any(proof.get("cryptosuite") == ECDSA_SD for proof in proofs)
    linked = link(unsigned, options, limits=resolver.limits, budget=resolver.fetching.budget, lines=lines)
    return Signed(unsigned, proofs, linked)


def verify_any(signed: Signed, resolver: Resolver, *, issuer: str) -> Signer:
    """The signer of the first proof that holds and whose key belongs to ``issuer``.

    When none holds, raises the most telling BadgeProblem: a signature that does not fit before one that could not
    be checked.
    """
    problems: list[BadgeProblem] = []
    for index in range(len(signed.proofs)):
        try:
            return _verify_one(signed, index, resolver, issuer)
        except BadgeProblem as problem:
            problems.append(problem)
    raise min(problems, key=_rank)


def _rank(problem: BadgeProblem) -> int:
    if problem.outcome is BadgeVerdict.INVALID:
        return 0 if problem.code == "invalid_signature" else 1
    return 3 if problem.code == "unsupported_proof" else 2


def _verify_one(signed: Signed, index: int, resolver: Resolver, issuer: str) -> Signer:
    linked, proof = signed.linked, signed.proofs[index]
    options = linked.proofs[index]
    suite = _suite(options)
    _check_options(options, resolver)
    methods = options.ids(vocabulary.VERIFICATION_METHOD)
    if len(methods) != 1:
        raise BadgeProblem("invalid_key", _("There must be exactly one verification method."))
    signer = resolve_for(methods[0], issuer, resolver)
    value = proof.get("proofValue")
    if not isinstance(value, str):
        raise BadgeProblem("invalid_signature", _("The proof has no value."))
    digest = linked.proof_digests[index]
    if suite == ECDSA_SD:
        return replace(signer, partial=not selective.verify(value, linked.lines, digest, signer.key))
    message = _written_hashes(signed.document, proof) if suite == EDDSA_JCS else digest + linked.digest
    _check_signature(suite, value, message, signer.key)
    return signer


def _written_hashes(document: JsonObject, proof: JsonObject) -> bytes:
    """Hashes of proof options and document in canonical JSON (eddsa-jcs-2022, section 3.3)."""
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    return sha256(canonical_json(options)).digest() + sha256(canonical_json(document)).digest()


def resolve_for(method: str, issuer: str, resolver: Resolver) -> Signer:
    """The signer behind ``method``, which must answer for ``issuer``. Raises issuer_mismatch before any fetch."""
    base = method.partition("#")[0]
    if base != issuer and not same_origin(base, issuer):
        raise BadgeProblem(
            "issuer_mismatch",
            _(
                "The key belongs to “%(owner)s”, the issuer is “%(issuer)s”.",
                owner=base[:100],
                issuer=issuer[:100],
            ),
        )
    signer = resolver.resolve(method)
    if signer.controller not in (issuer, ""):
        raise BadgeProblem(
            "issuer_mismatch",
            _(
                "The key belongs to “%(owner)s”, the issuer is “%(issuer)s”.",
                owner=signer.controller[:100],
                issuer=issuer[:100],
            ),
        )
    return signer


def _suite(options: Node) -> str:
    if options.types == {vocabulary.ED25519_SIGNATURE_2020}:
        return EDDSA
    if options.types != {vocabulary.DATA_INTEGRITY_PROOF}:
        raise BadgeProblem("unsupported_proof", ", ".join(sorted(options.types))[:120])
    suites = options.texts(vocabulary.CRYPTOSUITE)
    if len(suites) != 1 or suites[0] not in (EDDSA, ECDSA, ECDSA_SD, EDDSA_JCS):
        raise BadgeProblem("unsupported_proof", ", ".join(suites)[:120])
    return suites[0]


def _check_options(options: Node, resolver: Resolver) -> None:
    if options.ids(vocabulary.PROOF_PURPOSE) != [vocabulary.ASSERTION_METHOD]:
        raise BadgeProblem("invalid_signature", _("The proof was made for another purpose."))
    if options.ids(vocabulary.PREVIOUS_PROOF):
        raise BadgeProblem("unsupported_proof", _("Chains of proofs are not supported."))
    for text in options.texts(vocabulary.PROOF_EXPIRES):
        if parse_time(text) <= resolver.now:
            raise BadgeProblem("expired", _("The proof has expired."))


def _check_signature(suite: str, value: str, message: bytes, key: PublicKey) -> None:
    signature = multibase_decode(value, code="invalid_signature")
    if suite in (EDDSA, EDDSA_JCS):
        key.verify_ed25519(signature, message)
    elif key.kind == "p384":
        raise BadgeProblem("unsupported_proof", "P-384")
    else:
        key.verify_p256(signature, message)
