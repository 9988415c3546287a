"""Splits and verifies compact signatures with the algorithm tied to the key, so that neither ``none`` nor RS/HS confusion passes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.proof.keys import KINDS_OF_ALGORITHM, PublicKey
from plugin.badges.proof.multibase import base64url_decode
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.texts import _

_COMPACT = re.compile(r"[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*\Z")
_MAX_HEADER = 8192
_REMOTE_KEYS = ("jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip")


class _Registry(jws.JWSRegistry):
    """joserfc's default header limit of 512 refuses every OB 3.0 token that carries a ``jwk``."""

    max_header_length = _MAX_HEADER
    max_payload_length = 512 * 2**10
    max_signature_length = 4096


@dataclass(frozen=True)
class Compact:
    """A split, not yet verified token. ``payload`` has no duplicate keys."""

    token: str
    header: JsonObject
    payload: JsonObject

    @property
    def algorithm(self) -> str:
        return str(self.header.get("alg", ""))


def looks_like_jws(text: str) -> bool:
    return text[:2] == "ey" and bool(_COMPACT.match(text))


def split(token: str, limits: Limits, *, max_bytes: int) -> Compact:
    """Reads header and payload. Raises BadgeProblem unreadable, too_large, duplicate_keys or algorithm_refused."""
    if len(token) > max_bytes * 4 // 3 + _MAX_HEADER + 4096:
        raise BadgeProblem("too_large", _("The token has %(number)s characters.", number=len(token)))
    if not _COMPACT.match(token):
        raise BadgeProblem("unreadable", _("It is not a compact JWS."))
    head, body, _signature = token.split(".")
    if len(head) > _MAX_HEADER:
        raise BadgeProblem("too_large", _("The token’s header is too large."))
    header = load_object(base64url_decode(head), max_bytes=_MAX_HEADER, max_depth=6)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KINDS_OF_ALGORITHM:
        raise BadgeProblem("algorithm_refused", f"alg {algorithm!r}"[:80])
    for name in _REMOTE_KEYS:
        if name in header:
            raise BadgeProblem("algorithm_refused", _("The token’s header contains %(name)s.", name=name))
    payload = load_object(base64url_decode(body), max_bytes=max_bytes, max_depth=limits.depth)
    return Compact(token, header, payload)


def verify(compact: Compact, key: PublicKey) -> None:
    """Raises BadgeProblem algorithm_refused when key and algorithm do not belong together, else invalid_signature."""
    if key.kind not in KINDS_OF_ALGORITHM[compact.algorithm]:
        raise BadgeProblem(
            "algorithm_refused",
            _(
                "%(algorithm)s is used with a key of the type %(kind)s.",
                algorithm=compact.algorithm,
                kind=key.kind,
            ),
        )
    if key.kind == "ed25519":
        head, _other, signature = compact.token.rpartition(".")
        key.verify_ed25519(base64url_decode(signature, code="invalid_signature"), head.encode("ascii"))
        return
    registry = _Registry(algorithms=[compact.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(compact.token.encode("ascii"), _jose_key(key), registry=registry)
    except (JoseError, ValueError) as error:
        raise BadgeProblem("invalid_signature", type(error).__name__) from error


def _jose_key(key: PublicKey) -> Any:
    pem = key.public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    factory: Any = RSAKey if key.kind == "rsa" else ECKey
    try:
        return factory.import_key(pem)
    except (JoseError, ValueError, UnsupportedAlgorithm) as error:
        raise BadgeProblem("invalid_key") from error


def header_jwk(compact: Compact) -> JsonObject | None:
    """The key that the token brings along, or None. Raises invalid_key when it is no object."""
    jwk = compact.header.get("jwk")
    if jwk is None:
        return None
    if not isinstance(jwk, dict) or len(json.dumps(jwk)) > _MAX_HEADER:
        raise BadgeProblem("invalid_key", "jwk")
    return jwk
