"""Makes and signs badges with fresh keys, so that no test depends on somebody else's files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from plugin.badges import Document, MappedDocuments, Verdict, verify
from plugin.badges.limits import Budget, Limits
from plugin.badges.proof.canonical import link
from plugin.badges.proof.jcs import canonical_json
from plugin.badges.proof.multibase import base58_encode, ed25519_multikey

Json = dict[str, Any]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
ED2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
OB2 = "https://w3id.org/openbadges/v2"
RSA_KEY = rsa.generate_private_key(65537, 2048)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def served(value: Any, status: int = 200) -> Document:
    return Document(status, value if isinstance(value, bytes) else dump(value), "application/json")


@dataclass
class Issuer:
    """Somebody with an Ed25519 key: by default a did:key, else whatever ``did`` and ``method`` say."""

    did: str = ""
    method: str = ""
    key: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)

    def __post_init__(self) -> None:
        self.did = self.did or f"did:key:{self.multikey}"
        self.method = self.method or f"{self.did}#{self.multikey}"

    @property
    def multikey(self) -> str:
        return ed25519_multikey(self.key.public_key().public_bytes_raw())

    def sign(self, document: Json, *, suite: str = "eddsa-rdfc-2022", **options: Any) -> Json:
        """``document`` with one more proof."""
        proof: Json = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": "2026-01-01T00:00:00Z",
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        }
        if suite == "Ed25519Signature2020":
            proof["type"] = proof.pop("cryptosuite")
        proof |= options
        unsigned = {key: value for key, value in document.items() if key != "proof"}
        linked = link(unsigned, [proof], limits=Limits(), budget=Budget(2.0))
        message = linked.proof_digests[0] + linked.digest
        if suite == "eddsa-jcs-2022":
            proof["@context"] = unsigned["@context"]
            message = b"".join(hashlib.sha256(canonical_json(part)).digest() for part in (proof, unsigned))
        value = "z" + base58_encode(self.key.sign(message))
        proofs = [*as_list(document.get("proof")), {**proof, "proofValue": value}]
        return {**document, "proof": proofs if len(proofs) > 1 else proofs[0]}

    def badge(self, **changes: Any) -> Json:
        """An unsigned Open Badges 3.0 credential of this issuer; ``changes`` replace top-level members."""
        document: Json = {
            "@context": [VC2, OB3],
            "id": "urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000001",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": self.did, "type": ["Profile"], "name": "Example Academy"},
            "validFrom": "2026-01-01T00:00:00Z",
            "name": "Python Practitioner",
            "credentialSubject": {
                "id": "did:example:ada",
                "type": ["AchievementSubject"],
                "achievement": achievement(),
            },
            **changes,
        }
        return {key: value for key, value in document.items() if value is not None}


def achievement(**changes: Any) -> Json:
    return {
        "id": "https://academy.example.org/achievements/python",
        "type": ["Achievement"],
        "name": "Python Practitioner",
        "description": "Writes small programs.",
        "criteria": {"narrative": "Pass the exam."},
        **changes,
    }


def subject(**changes: Any) -> Json:
    found: Json = {
        "id": "did:example:ada",
        "type": ["AchievementSubject"],
        "achievement": achievement(),
        **changes,
    }
    return {key: value for key, value in found.items() if value is not None}


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def judge(raw: Any, documents: dict[str, Document] | None = None, **options: Any) -> Verdict:
    """The verdict at the tests' fixed moment; an object is sent as JSON."""
    data = raw if isinstance(raw, bytes | str) else dump(raw)
    return verify(data, documents=MappedDocuments(documents or {}), **{"now": NOW, **options})


def rsa_jwk(key: rsa.RSAPrivateKey = RSA_KEY) -> Json:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n.to_bytes(key.key_size // 8, "big")), "e": "AQAB"}


def token(payload: Json, header: Json | None = None, key: Any = RSA_KEY) -> str:
    """A compact JWS by ``key`` (RSA, P-256 or Ed25519), RS256 with its own ``jwk`` unless ``header`` says otherwise."""
    header = header or {"alg": "RS256", "jwk": rsa_jwk()}
    text = f"{b64(dump(header))}.{b64(dump(payload))}"
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        signature = key.sign(text.encode())
    return f"{text}.{b64(signature)}"


def pem(key: rsa.RSAPrivateKey = RSA_KEY) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def status_list(
    issuer: Issuer,
    url: str,
    *,
    ones: tuple[int, ...] = (),
    bits: int = 131_072,
    purpose: str = "revocation",
    **changes: Any,
) -> Json:
    """A signed BitstringStatusListCredential with the bits of ``ones`` set."""
    data = bytearray(bits // 8)
    for index in ones:
        data[index // 8] |= 0x80 >> (index % 8)
    document = {
        "@context": [VC2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": "u" + b64(gzip.compress(bytes(data))),
        },
        **changes,
    }
    return issuer.sign(document)


def status_entry(url: str, index: int = 7, purpose: str = "revocation", **changes: Any) -> Json:
    return {
        "id": f"{url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": url,
        **changes,
    }


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    """A PNG whose pixels would be nonsense: nobody decodes them."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def itxt(text: bytes, keyword: bytes = b"openbadgecredential", *, compressed: bool = False) -> bytes:
    body = zlib.compress(text) if compressed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([compressed, 0]) + b"\0\0" + body)


SITE = "https://academy.example.org"


@dataclass
class Site:
    """An Open Badges 2.0 issuer's web site; change the nodes before asking for ``documents``."""

    issuer: Json = field(default_factory=dict)
    badge: Json = field(default_factory=dict)
    assertion: Json = field(default_factory=dict)
    more: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issuer = {
            "@context": OB2,
            "type": "Issuer",
            "id": f"{SITE}/issuer",
            "name": "Example Academy",
            "url": SITE,
            "email": "office@academy.example.org",
        } | self.issuer
        self.badge = {
            "@context": OB2,
            "type": "BadgeClass",
            "id": f"{SITE}/badge",
            "name": "Python Practitioner",
            "description": "Writes small programs.",
            "image": f"{SITE}/badge.png",
            "criteria": f"{SITE}/criteria",
            "issuer": f"{SITE}/issuer",
        } | self.badge
        self.assertion = {
            "@context": OB2,
            "type": "Assertion",
            "id": f"{SITE}/assertions/1",
            "recipient": {"type": "email", "hashed": False, "identity": "ada@example.com"},
            "badge": f"{SITE}/badge",
            "issuedOn": "2026-01-01T00:00:00Z",
            "verification": {"type": "HostedBadge"},
        } | self.assertion

    @property
    def documents(self) -> dict[str, Document]:
        nodes = (self.issuer, self.badge, self.assertion)
        return {
            node["id"]: served(node) for node in nodes if str(node.get("id")).startswith("http")
        } | self.more

    def judge(self, raw: Any = None, **options: Any) -> Verdict:
        return judge(self.assertion if raw is None else raw, self.documents, **options)
