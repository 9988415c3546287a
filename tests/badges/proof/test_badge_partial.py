"""Badges shown in part (ecdsa-sd-2023): a proof that lets its holder hide the end date proves no badge in force."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from plugin.badges import Limits
from plugin.badges.limits import Budget
from plugin.badges.proof.canonical import link
from plugin.badges.proof.multibase import base58_encode
from plugin.domain import BadgeVerdict
from tests.badges.issuing import Issuer, Json, b64, judge, status_entry

Key = ec.EllipticCurvePrivateKey


def public(key: Key) -> bytes:
    return b"\x80\x24" + key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )


def signature(key: Key, message: bytes) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def cbor(value: Any) -> bytes:
    """Just the kinds that a proof value needs."""

    def head(major: int, number: int) -> bytes:
        if number < 24:
            return bytes([major << 5 | number])
        return bytes([major << 5 | 25]) + number.to_bytes(2, "big")

    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(inner) for key, inner in value.items())
    return head(4, len(value)) + b"".join(map(cbor, value))


def derived(mandatory: tuple[str, ...], **changes: Any) -> Json:
    """A badge whose derived proof makes every statement with one of ``mandatory`` in it mandatory."""
    key, ephemeral, secret = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
        b"k" * 32,
    )
    multikey = "z" + base58_encode(public(key))
    issuer = Issuer(did=f"did:key:{multikey}", method=f"did:key:{multikey}#{multikey}")
    document = issuer.badge(**changes)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "ecdsa-sd-2023",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": issuer.method,
        "proofPurpose": "assertionMethod",
    }
    linked = link(document, [options], limits=Limits(), budget=Budget(1.0), lines=True)
    names = sorted({int(number) for line in linked.lines for number in re.findall(r"_:c14n(\d+)", line)})
    digests = {number: hmac.digest(secret, f"c14n{number}".encode(), "sha256") for number in names}
    lines = sorted(
        re.sub(r"_:c14n(\d+)", lambda match: f"_:u{b64(digests[int(match[1])])}", line)
        for line in linked.lines
    )
    chosen = [index for index, line in enumerate(lines) if any(word in line for word in mandatory)]
    text = "".join(lines[index] for index in chosen)
    base = linked.proof_digests[0] + public(ephemeral) + hashlib.sha256(text.encode()).digest()
    others = [signature(ephemeral, line.encode()) for index, line in enumerate(lines) if index not in chosen]
    parts = [signature(key, base), public(ephemeral), others, digests, chosen]
    return {**document, "proof": {**options, "proofValue": "u" + b64(b"\xd9\x5d\x01" + cbor(parts))}}


LIFECYCLE = ("validUntil", "credentialStatus", "issuer", "validFrom")


def test_badge_that_may_hide_its_end_is_undetermined() -> None:
    verdict = judge(derived(("issuer",)))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("partial_disclosure",))


def test_badge_whose_end_and_status_are_mandatory_is_judged_by_them() -> None:
    entry = status_entry("https://academy.example.org/status/1", purpose="message")
    signed = derived(LIFECYCLE, validUntil="2027-01-01T00:00:00Z", credentialStatus=entry)
    assert judge(signed).verdict is BadgeVerdict.VALID
    expired = derived(LIFECYCLE, validUntil="2026-02-01T00:00:00Z", credentialStatus=entry)
    assert judge(expired).codes == ("expired",)


@pytest.mark.parametrize(
    "changes",
    [{"name": "Chief"}, {"validFrom": "2025-01-01T00:00:00Z"}, {"validUntil": "2099-01-01T00:00:00Z"}],
)
def test_changed_or_added_statement_breaks_the_proof(changes: Json) -> None:
    assert judge({**derived(("issuer",)), **changes}).codes == ("invalid_signature",)


def test_changed_mandatory_statement_breaks_the_issuers_signature() -> None:
    signed = {**derived(("issuer", "validFrom")), "validFrom": "2025-01-01T00:00:00Z"}
    assert judge(signed).codes == ("invalid_signature",)


def test_withheld_mandatory_statement_breaks_the_proof() -> None:
    signed = derived(LIFECYCLE, validUntil="2026-02-01T00:00:00Z")
    del signed["validUntil"]
    assert judge(signed).codes == ("invalid_signature",)
