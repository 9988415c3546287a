"""Badges as signed tokens (VC-JWT): algorithms, keys, claims."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from plugin.domain import BadgeVerdict
from tests.badges.issuing import (
    OB3,
    VC1,
    Issuer,
    Json,
    b64,
    dump,
    judge,
    pem,
    rsa_jwk,
    served,
    token,
)

SCHOOL = "https://school.example.org/issuer"
KEY_URL = "https://school.example.org/keys.json"


def payload(**changes: Any) -> Json:
    document = Issuer().badge(issuer={"id": SCHOOL, "type": ["Profile"], "name": "School"})
    claims = {"iss": SCHOOL, "sub": "did:example:ada", "jti": document["id"], "nbf": 1767225600}
    found = {**document, **claims, **changes}
    return {key: value for key, value in found.items() if value is not None}


def test_token_with_its_own_rsa_key_is_valid_and_self_asserted() -> None:
    verdict = judge(token(payload()))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("key_self_asserted",))
    assert verdict.badge is not None
    assert verdict.badge.achievement_name == "Python Practitioner"


def test_vc_1_1_claim_takes_missing_members_from_the_claims() -> None:
    document = Issuer().badge(id=None, validFrom=None, issuer=None, **{"@context": [VC1, OB3]})
    claims = {"iss": SCHOOL, "jti": "urn:uuid:1", "nbf": 1767225600, "exp": 1798761600, "vc": document}
    verdict = judge(token(claims))
    assert verdict.verdict is BadgeVerdict.VALID
    assert verdict.badge is not None
    assert (verdict.badge.id, verdict.badge.issuer.id) == ("urn:uuid:1", SCHOOL)
    assert verdict.badge.expires_on is not None
    assert verdict.badge.expires_on.year == 2027


def test_expired_token_is_expired_even_when_the_badge_names_no_end() -> None:
    assert "expired" in judge(token(payload(exp=1767312000))).codes


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://other.example.org"),
        ("sub", "did:example:bob"),
        ("jti", "urn:uuid:9"),
        ("jti", ["urn:uuid:9"]),
        ("nbf", 1767225700),
    ],
)
def test_claim_that_contradicts_the_badge_is_refused(claim: str, value: object) -> None:
    assert judge(token(payload(**{claim: value}))).codes == ("claims_mismatch",)


def test_missing_claims_are_tolerated() -> None:
    assert judge(token(payload(iss=None, sub=None, jti=None, nbf=None))).verdict is BadgeVerdict.VALID


def test_changed_payload_breaks_the_signature() -> None:
    head, _, signature = token(payload()).split(".")
    forged = f"{head}.{b64(dump(payload(name='Chief Architect')))}.{signature}"
    assert judge(forged).codes == ("invalid_signature",)


def test_member_that_no_context_defines_is_refused_in_a_token_too() -> None:
    assert judge(token(payload(salaryBandUplift="20 %"))).codes == ("undefined_terms",)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512", "RS1", "", None, 7, ["RS256"], {}])
def test_algorithm_that_proves_nothing_is_refused(algorithm: object) -> None:
    head, body, _ = token(payload(), {"alg": algorithm, "jwk": rsa_jwk()}).split(".")
    assert judge(f"{head}.{body}.").codes == ("algorithm_refused",)


def test_public_rsa_key_is_no_hmac_secret() -> None:
    for secret in (pem().encode(), dump(rsa_jwk())):
        text = f"{b64(dump({'alg': 'HS256', 'jwk': rsa_jwk()}))}.{b64(dump(payload()))}"
        mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        assert judge(f"{text}.{b64(mac)}").codes == ("algorithm_refused",)


def test_key_of_another_kind_than_the_algorithm_is_refused() -> None:
    issuer = Issuer()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(issuer.key.public_key().public_bytes_raw())}
    signed = token(payload(), {"alg": "RS256", "jwk": jwk}, issuer.key)
    assert judge(signed).codes == ("algorithm_refused",)


@pytest.mark.parametrize("name", ["jku", "x5u", "x5c", "crit"])
def test_header_that_points_to_other_keys_is_refused(name: str) -> None:
    signed = token(payload(), {"alg": "RS256", "jwk": rsa_jwk(), name: "https://evil.example.net/keys"})
    assert judge(signed).codes == ("algorithm_refused",)


def test_published_private_key_and_short_key_are_refused() -> None:
    private = {**rsa_jwk(), "d": "AQAB"}
    assert judge(token(payload(), {"alg": "RS256", "jwk": private})).codes == ("invalid_key",)
    short = rsa.generate_private_key(65537, 1024)
    assert judge(token(payload(), {"alg": "RS256", "jwk": rsa_jwk(short)}, short)).codes == ("invalid_key",)


def test_key_at_the_issuers_site_is_bound_to_the_site() -> None:
    signed = token(payload(), {"alg": "RS256", "kid": f"{KEY_URL}#1"})
    keys = {"keys": [{**rsa_jwk(), "kid": "1"}]}
    verdict = judge(signed, {KEY_URL: served(keys)})
    assert verdict.verdict is BadgeVerdict.VALID
    assert verdict.badge is not None
    assert verdict.badge.issuer.binding == "https"
    assert judge(signed).verdict is BadgeVerdict.UNDETERMINED


def test_key_at_another_site_is_refused_without_fetching_it() -> None:
    signed = token(payload(), {"alg": "RS256", "kid": "https://evil.example.net/key"})
    verdict = judge(signed, {"https://evil.example.net/key": served(rsa_jwk())})
    assert verdict.codes == ("issuer_mismatch",)


def test_own_key_under_somebody_elses_did_is_refused() -> None:
    victim = Issuer()
    stolen = payload(issuer={"id": victim.did, "type": ["Profile"], "name": "School"}, iss=victim.did)
    assert judge(token(stolen)).codes == ("key_not_authorised",)


@pytest.mark.parametrize("named", [True, False])
def test_did_key_issuer_signs_with_eddsa(named: bool) -> None:
    issuer = Issuer()
    document = payload(issuer={"id": issuer.did, "type": ["Profile"], "name": "School"}, iss=issuer.did)
    header = {"alg": "EdDSA", "kid": issuer.method} if named else {"alg": "EdDSA"}
    verdict = judge(token(document, header, issuer.key))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ())


def test_elliptic_curve_token_is_valid() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }
    assert judge(token(payload(), {"alg": "ES256", "jwk": jwk}, key)).verdict is BadgeVerdict.VALID


def test_duplicate_claim_is_refused() -> None:
    body = dump(payload()).replace(b'"jti":', b'"jti": "urn:uuid:2", "jti":', 1)
    text = f"{b64(dump({'alg': 'RS256', 'jwk': rsa_jwk()}))}.{b64(body)}"
    assert judge(f"{text}.{b64(b'x' * 256)}").codes == ("duplicate_keys",)


def test_header_of_a_large_rsa_key_fits() -> None:
    large = rsa.generate_private_key(65537, 4096)
    header = {"alg": "RS512", "jwk": rsa_jwk(large), "typ": "vc+jwt"}
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = f"{b64(dump(header))}.{b64(dump(payload()))}"
    signature = large.sign(text.encode(), padding.PKCS1v15(), hashes.SHA512())
    assert judge(f"{text}.{b64(signature)}").verdict is BadgeVerdict.VALID
    assert len(text.split(".", maxsplit=1)[0]) > 512
