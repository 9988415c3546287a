"""Verifies embedded Data Integrity proofs over the canonical form, one good proof of several being enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plugin.badges import selective
from plugin.badges import vocabulary as v
from plugin.badges.canonical import Linked, link
from plugin.badges.codes import BadgeProblem, Outcome
from plugin.badges.expanded import Node
from plugin.badges.keys import PublicKey
from plugin.badges.limits import Limits
from plugin.badges.methods import Resolver, Signer, same_origin
from plugin.badges.multibase import multibase_decode
from plugin.badges.strict_json import JsonObject
from plugin.badges.times import parse_time

EDDSA, ECDSA, ECDSA_SD = "eddsa-rdfc-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023"


def proof_list(document: JsonObject, limits: Limits) -> list[JsonObject]:
    """The document's proofs. Raises BadgeProblem no_proof, invalid_structure or too_large."""
    value = document.get("proof")
    values = value if isinstance(value, list) else [value]
    if value is None or not values:
        raise BadgeProblem("no_proof")
    if len(values) > limits.proofs:
        raise BadgeProblem("too_large", f"{len(values)} proofs")
    proofs = [proof for proof in values if isinstance(proof, dict)]
    if len(proofs) != len(values):
        raise BadgeProblem("invalid_structure", "proof is no object")
    return proofs


def expand_signed(document: JsonObject, proofs: list[JsonObject], resolver: Resolver) -> Linked:
    """Expands document and proof options and hashes both; the canonical lines only when a suite needs them."""
    unsigned = {key: value for key, value in document.items() if key != "proof"}
    options = [
        {key: value for key, value in proof.items() if key not in ("proofValue", "@context")}
        for proof in proofs
    ]
    lines = any(proof.get("cryptosuite") == ECDSA_SD for proof in proofs)
    return link(unsigned, options, limits=resolver.limits, budget=resolver.fetching.budget, lines=lines)


def verify_any(linked: Linked, proofs: list[JsonObject], resolver: Resolver, *, issuer: str) -> Signer:
    """The signer of the first proof that holds and whose key belongs to ``issuer``.

    When none holds, raises the most telling BadgeProblem: a signature that does not fit before one that could not
    be checked.
    """
    problems: list[BadgeProblem] = []
    for index, proof in enumerate(proofs):
        try:
            return _verify_one(linked, index, proof, resolver, issuer)
        except BadgeProblem as problem:
            problems.append(problem)
    raise min(problems, key=_rank)


def _rank(problem: BadgeProblem) -> int:
    if problem.outcome is Outcome.INVALID:
        return 0 if problem.code == "invalid_signature" else 1
    return 3 if problem.code == "unsupported_proof" else 2


def _verify_one(
    linked: Linked, index: int, proof: Mapping[str, Any], resolver: Resolver, issuer: str
) -> Signer:
    options = linked.proofs[index]
    suite = _suite(options)
    _check_options(options, resolver)
    methods = options.ids(v.VERIFICATION_METHOD)
    if len(methods) != 1:
        raise BadgeProblem("invalid_key", "not exactly one verification method")
    signer = resolve_for(methods[0], issuer, resolver)
    value = proof.get("proofValue")
    if not isinstance(value, str):
        raise BadgeProblem("invalid_signature", "no proof value")
    if suite == ECDSA_SD:
        digest = linked.proof_digests[index]
        return replace(signer, partial=not selective.verify(value, linked.lines, digest, signer.key))
    _check_signature(suite, value, linked.proof_digests[index] + linked.digest, signer.key)
    return signer


def resolve_for(method: str, issuer: str, resolver: Resolver) -> Signer:
    """The signer behind ``method``, which must answer for ``issuer``. Raises issuer_mismatch before any fetch."""
    base = method.partition("#")[0]
    if base != issuer and not same_origin(base, issuer):
        raise BadgeProblem("issuer_mismatch", f"key of {base[:100]!r}, issuer {issuer[:100]!r}")
    signer = resolver.resolve(method)
    if signer.controller not in (issuer, ""):
        raise BadgeProblem("issuer_mismatch", f"key of {signer.controller[:100]!r}, issuer {issuer[:100]!r}")
    return signer


def _suite(options: Node) -> str:
    if options.types == {v.ED25519_SIGNATURE_2020}:
        return EDDSA
    if options.types != {v.DATA_INTEGRITY_PROOF}:
        raise BadgeProblem("unsupported_proof", ", ".join(sorted(options.types))[:120])
    suites = options.texts(v.CRYPTOSUITE)
    if len(suites) != 1 or suites[0] not in (EDDSA, ECDSA, ECDSA_SD):
        raise BadgeProblem("unsupported_proof", ", ".join(suites)[:120])
    return suites[0]


def _check_options(options: Node, resolver: Resolver) -> None:
    if options.ids(v.PROOF_PURPOSE) != [v.ASSERTION_METHOD]:
        raise BadgeProblem("invalid_signature", "the proof was made for another purpose")
    if options.ids(v.PREVIOUS_PROOF):
        raise BadgeProblem("unsupported_proof", "proof chain")
    for text in options.texts(v.PROOF_EXPIRES):
        if parse_time(text) <= resolver.now:
            raise BadgeProblem("expired", "the proof has expired")


def _check_signature(suite: str, value: str, message: bytes, key: PublicKey) -> None:
    signature = multibase_decode(value, code="invalid_signature")
    if suite == EDDSA:
        key.verify_ed25519(signature, message)
    elif key.kind == "p384":
        raise BadgeProblem("unsupported_proof", "P-384")
    else:
        key.verify_p256(signature, message)
