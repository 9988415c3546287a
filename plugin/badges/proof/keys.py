"""Public keys from multikeys, JWKs and PEM, with one kind name each so that an algorithm can be tied to its key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from plugin.badges.codes import BadgeProblem
from plugin.badges.proof.multibase import base64url_decode, multikey_decode
from plugin.texts import _

Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

#: asymmetric only: neither ``none`` nor HS* can ever be chosen by a token
KINDS_OF_ALGORITHM: dict[str, frozenset[str]] = {
    **{name: frozenset({"rsa"}) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")},
    "ES256": frozenset({"p256"}),
    "ES384": frozenset({"p384"}),
    "EdDSA": frozenset({"ed25519"}),
    "Ed25519": frozenset({"ed25519"}),
}
_CURVES: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
_JWK_CURVES = {"P-256": "p256", "P-384": "p384"}
_RSA_BITS = range(2048, 8193)


@dataclass(frozen=True)
class PublicKey:
    """A key and its kind: ed25519, p256, p384 or rsa."""

    kind: str
    public: Public

    @property
    def thumbprint(self) -> str:
        """``sha256:`` and the hex digest of the key's SubjectPublicKeyInfo; what an allow-list of keys holds."""
        spki = self.public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return "sha256:" + hashlib.sha256(spki).hexdigest()

    def verify_ed25519(self, signature: bytes, message: bytes) -> None:
        """Raises BadgeProblem unsupported_key for another kind, invalid_signature when it does not fit."""
        if not isinstance(self.public, ed25519.Ed25519PublicKey):
            raise BadgeProblem(
                "unsupported_key", _("An Ed25519 proof has a key of the type %(kind)s.", kind=self.kind)
            )
        try:
            self.public.verify(signature, message)
        except InvalidSignature as error:
            raise BadgeProblem("invalid_signature") from error

    def verify_p256(self, signature: bytes, message: bytes) -> None:
        """ECDSA with SHA-256 over P-256, signature as r and s of 32 bytes. Raises like ``verify_ed25519``."""
        if self.kind != "p256" or not isinstance(self.public, ec.EllipticCurvePublicKey):
            raise BadgeProblem(
                "unsupported_key", _("A P-256 proof has a key of the type %(kind)s.", kind=self.kind)
            )
        if len(signature) != 64:
            raise BadgeProblem("invalid_signature", _("The signature has the wrong length."))
        pair = encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )
        try:
            self.public.verify(pair, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise BadgeProblem("invalid_signature") from error


def from_multikey(text: str) -> PublicKey:
    """Raises BadgeProblem invalid_key, or unsupported_key for a type that we do not use."""
    kind, raw = multikey_decode(text)
    return from_raw(kind, raw)


def from_raw(kind: str, raw: bytes) -> PublicKey:
    try:
        if kind == "ed25519":
            return PublicKey(kind, ed25519.Ed25519PublicKey.from_public_bytes(raw))
        if kind in _CURVES:
            return PublicKey(kind, ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[kind], raw))
        if kind == "rsa":
            return _checked(serialization.load_der_public_key(raw))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadgeProblem("invalid_key") from error
    raise BadgeProblem("unsupported_key", kind)


def from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """A public JWK. Raises invalid_key (private parts, wrong sizes), algorithm_refused (a secret), unsupported_key."""
    if jwk.get("kty") == "oct":
        raise BadgeProblem("algorithm_refused", _("A shared secret proves nothing."))
    if any(name in jwk for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")):
        raise BadgeProblem("invalid_key", _("A private key was published."))
    if jwk.get("use", "sig") != "sig":
        raise BadgeProblem("invalid_key", _("The key is not for signatures."))
    kty, curve = str(jwk.get("kty")), str(jwk.get("crv"))
    if kty == "OKP" and curve == "Ed25519":
        return from_raw("ed25519", _number(jwk, "x"))
    if kty == "EC" and curve in _JWK_CURVES:
        kind = _JWK_CURVES[curve]
        size = (_CURVES[kind].key_size + 7) // 8
        x, y = _number(jwk, "x"), _number(jwk, "y")
        if len(x) != size or len(y) != size:
            raise BadgeProblem("invalid_key", _("A coordinate of the key has the wrong length."))
        return from_raw(kind, b"\x04" + x + y)
    if kty == "RSA":
        return _rsa(_number(jwk, "n"), _number(jwk, "e"))
    raise BadgeProblem("unsupported_key", f"{kty!r} {curve!r}"[:60])


def _number(jwk: Mapping[str, Any], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or len(value) > 2048:
        raise BadgeProblem("invalid_key", f"jwk {name}")
    return base64url_decode(value, code="invalid_key")


def _rsa(modulus: bytes, exponent: bytes) -> PublicKey:
    n, e = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")
    if n.bit_length() not in _RSA_BITS or e.bit_length() > 33:
        raise BadgeProblem("invalid_key", _("The RSA key has %(number)s bits.", number=n.bit_length()))
    try:
        return PublicKey("rsa", rsa.RSAPublicNumbers(e, n).public_key())
    except ValueError as error:
        raise BadgeProblem("invalid_key") from error


def from_pem(pem: str) -> PublicKey:
    """A PEM public key of Open Badges 2.0. Raises invalid_key or unsupported_key."""
    if len(pem) > 8192:
        raise BadgeProblem("invalid_key", _("The PEM text is too long."))
    try:
        return _checked(serialization.load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadgeProblem("invalid_key", _("It is not a public key in PEM form.")) from error


def _checked(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size not in _RSA_BITS:
            raise BadgeProblem("invalid_key", _("The RSA key has %(number)s bits.", number=key.key_size))
        return PublicKey("rsa", key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey("ed25519", key)
    if isinstance(key, ec.EllipticCurvePublicKey):
        for kind, curve in _CURVES.items():
            if key.curve.name == curve.name:
                return PublicKey(kind, key)
    raise BadgeProblem("unsupported_key", type(key).__name__)
