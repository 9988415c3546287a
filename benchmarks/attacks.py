"""Builds hostile badges: the four published attacks on a genuine credential of a vector folder, and our own."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from plugin.badges import Document
from plugin.badges.limits import Budget, Limits
from plugin.badges.proof.canonical import link
from plugin.badges.proof.multibase import base58_encode, ed25519_multikey

Json = dict[str, Any]
VC2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@dataclass(frozen=True)
class Attack:
    """A hostile input and the documents that its author would serve."""

    name: str
    raw: bytes
    documents: dict[str, Document] = field(default_factory=dict)


def _dump(value: Json) -> bytes:
    return json.dumps(value).encode()


def published(genuine: Json, expired: Json) -> Iterator[Attack]:
    """The four attacks that an unguarded JSON-LD verifier accepts or hangs on."""
    added = deepcopy(genuine)
    added["credentialSubject"]["awardedSkillLevel"] = "expert"
    added["salaryBandUplift"] = "20 %"
    yield Attack("members added after signing", _dump(added))
    renamed = deepcopy(genuine)
    achievement = renamed["credentialSubject"]["achievement"]
    achievement["https://schema.org/name"] = achievement.pop("name")
    achievement["Name"] = "Chief Architect"
    yield Attack("signed name re-keyed to its IRI, look-alike added", _dump(renamed))
    revived = deepcopy(expired)
    revived["https://www.w3.org/2018/credentials#validUntil"] = {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        "@value": revived.pop("validUntil"),
    }
    yield Attack("expired badge, validUntil re-keyed to its IRI", _dump(revived))
    clique = deepcopy(genuine)
    clique["credentialSubject"]["achievement"]["related"] = _clique(7)
    yield Attack("clique of 7 labelled blank nodes", _dump(clique))


def _clique(size: int) -> list[Json]:
    names = [f"_:n{number}" for number in range(size)]
    return [
        {"id": name, "https://example.org/knows": [{"id": other} for other in names if other != name]}
        for name in names
    ]


def altered(genuine: Json) -> Iterator[Attack]:
    """Our own changes to a genuine credential."""
    yield Attack("keyword-like member that JSON-LD drops", _dump({**genuine, "@salary": "200000"}))
    inline = {**genuine, "@context": [*genuine["@context"], {"salary": None}], "salary": "200000"}
    yield Attack("inline context that hides an added member", _dump(inline))
    relative = deepcopy(genuine)
    relative["evidence"] = [{"id": "local/proof", "type": ["Evidence"]}]
    yield Attack("evidence under a relative IRI, which RDF drops", _dump(relative))
    text = json.dumps(genuine)
    yield Attack("one key twice", text.replace('"name":', '"name": "Chief Architect", "name":', 1).encode())
    yield Attack("10,000 levels deep", text[:-1].encode() + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}")
    many = deepcopy(genuine)
    many["credentialSubject"]["achievement"]["creator"] = [
        {"@context": [VC2, OB3] * 2, "id": f"urn:x:{number}", "type": "Profile"} for number in range(190)
    ]
    yield Attack("190 nested contexts", _dump(many))
    twins = deepcopy(genuine)
    twins["credentialSubject"]["achievement"]["alignment"] = _twins(1, 8)
    yield Attack("tree of identical blank nodes", _dump(twins))
    crowd = deepcopy(genuine)
    endorsement = {**_unsigned(genuine), "proof": genuine["proof"], "evidence": _twins(1, 8)}
    crowd["credentialSubject"]["achievement"]["endorsement"] = [endorsement] * 10
    yield Attack("ten endorsements, each a tree of identical blank nodes", _dump(crowd))
    long = deepcopy(genuine)
    for proof in long["proof"] if isinstance(long["proof"], list) else [long["proof"]]:
        proof["verificationMethod"] = long["issuer"]["id"] + "#z" + "1" * 30_000
    yield Attack("verification method of 30,000 characters", _dump(long))
    stranger = _sign(_unsigned(genuine), ed25519.Ed25519PrivateKey.generate())
    stranger["issuer"] = genuine["issuer"]
    yield Attack("re-signed by a stranger's did:key", _dump(stranger))


def _twins(depth: int, width: int) -> list[Json]:
    inner = _twins(depth - 1, width) if depth else []
    return [
        {"type": ["Alignment"], "targetName": "x", "https://example.org/part": deepcopy(inner)}
        for _ in range(width)
    ]


def _unsigned(genuine: Json) -> Json:
    return {key: value for key, value in genuine.items() if key != "proof"}


def _sign(document: Json, key: ed25519.Ed25519PrivateKey) -> Json:
    """A correct eddsa-rdfc-2022 proof by ``key``, whose did:key becomes the issuer."""
    did = "did:key:" + ed25519_multikey(key.public_key().public_bytes_raw())
    issuer = document.get("issuer", {})
    document = {**document, "issuer": {**(issuer if isinstance(issuer, dict) else {}), "id": did}}
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    linked = link(document, [options], limits=Limits(), budget=Budget(1.0))
    value = "z" + base58_encode(key.sign(linked.proof_digests[0] + linked.digest))
    return {**document, "proof": {**options, "proofValue": value}}


def _badge(**more: Any) -> Json:
    return {
        "@context": [VC2, OB3],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:example:unset", "type": ["Profile"], "name": "Mallory School"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:ada",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:00000000-0000-4000-8000-000000000002",
                "type": ["Achievement"],
                "name": "Everything",
                "description": "Everything there is.",
                "criteria": {"narrative": "None."},
            },
        },
        **more,
    }


def tokens() -> Iterator[Attack]:
    """Tokens: no signature, a public key as shared secret, a DID that the key does not belong to."""
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    payload = _badge(issuer={"id": "https://school.example.org/", "type": ["Profile"], "name": "School"})
    yield Attack("token with alg none", _token({"alg": "none"}, payload, b""))
    mac = hashes.Hash(hashes.SHA256())
    mac.update(public)
    confused = {"alg": "HS256", "jwk": {"kty": "oct", "k": _b64(public)}}
    yield Attack("RSA key used as HMAC secret", _token(confused, payload, mac.finalize()))
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": _b64(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    victim = ed25519_multikey(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    stolen = _badge(issuer={"id": f"did:key:{victim}", "type": ["Profile"], "name": "School"})
    head, body = _b64(_dump({"alg": "RS256", "jwk": jwk})), _b64(_dump(stolen))
    signature = key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    yield Attack("own key in the header, somebody else's DID", f"{head}.{body}.{_b64(signature)}".encode())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(header: Json, payload: Json, signature: bytes) -> bytes:
    return f"{_b64(_dump(header))}.{_b64(_dump(payload))}.{_b64(signature)}".encode()


def bombs() -> Iterator[Attack]:
    """Files that unfold."""
    stream = zlib.compressobj(9)
    packed = b"".join([*(stream.compress(bytes(2**20)) for _ in range(300)), stream.flush()])
    chunk = b"openbadges\0\0" + packed
    yield Attack(
        "300 MB in a compressed PNG text",
        b"\x89PNG\r\n\x1a\n" + _chunk(b"zTXt", chunk) + _chunk(b"IEND", b""),
    )
    tiny = b"\x89PNG\r\n\x1a\n" + _chunk(b"aaAa", b"") * 200_000
    yield Attack("200,000 empty PNG chunks", tiny)
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    svg = f'<!DOCTYPE svg [<!ENTITY e0 "lol">{entities}]><svg xmlns="http://www.w3.org/2000/svg">&e9;</svg>'
    yield Attack("a billion laughs in SVG", svg.encode())
    key, url = ed25519.Ed25519PrivateKey.generate(), "https://school.example.org/status/1"
    entry = {
        "id": f"{url}#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": url,
    }
    listing = {
        "@context": [VC2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + _b64(gzip.compress(bytes(200 * 2**20), 9)),
        },
    }
    documents = {url: Document(200, _dump(_sign(listing, key)))}
    yield Attack("200 MB status list", _dump(_sign(_badge(credentialStatus=entry), key)), documents)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def hosted() -> Iterator[Attack]:
    """Open Badges 2: documents that name somebody else's site."""
    good, evil = "https://good.example.org", "https://evil.example.net"
    context = "https://w3id.org/openbadges/v2"
    issuer = {"@context": context, "id": f"{good}/issuer", "type": "Issuer", "name": "Good School"}
    issuer |= {"url": good, "email": "office@good.example.org"}
    badge = {
        "@context": context,
        "id": f"{good}/badge",
        "type": "BadgeClass",
        "name": "Python",
        "description": "x",
    }
    badge |= {"image": f"{good}/i.png", "criteria": f"{good}/c", "issuer": f"{good}/issuer"}
    assertion = {"@context": context, "type": "Assertion", "issuedOn": "2026-01-01T00:00:00Z"}
    assertion |= {"recipient": {"type": "email", "hashed": False, "identity": "ada@example.com"}}
    assertion |= {"verification": {"type": "HostedBadge"}, "badge": f"{good}/badge"}
    honest = {f"{good}/issuer": _doc(issuer), f"{good}/badge": _doc(badge)}
    real = {
        **assertion,
        "id": f"{good}/1",
        "recipient": {**assertion["recipient"], "identity": "bob@example.com"},
    }
    yield Attack(
        "forged file of a hosted badge",
        _dump({**assertion, "id": f"{good}/1"}),
        {**honest, f"{good}/1": _doc(real)},
    )
    yield Attack(
        "hosted elsewhere",
        _dump({**assertion, "id": f"{evil}/1"}),
        {**honest, f"{evil}/1": _doc({**assertion, "id": f"{evil}/1"})},
    )
    posing = {**assertion, "id": f"{good}/2"}
    yield Attack(
        "hosted elsewhere, posing as another address",
        f"{evil}/1".encode(),
        {**honest, f"{evil}/1": _doc(posing)},
    )
    own_rules = {**issuer, "verification": {"startsWith": f"{evil}/", "allowedOrigins": "evil.example.net"}}
    embedded = {**assertion, "id": f"{evil}/1", "badge": {**badge, "issuer": own_rules}}
    yield Attack(
        "embedded issuer that allows the forger's site",
        _dump(embedded),
        {**honest, f"{evil}/1": _doc(embedded)},
    )


def _doc(value: Json) -> Document:
    return Document(200, _dump(value), "application/json")
