"""Hosted Open Badges 2.0 documents of the invented issuer, made so that a verifier can fetch and check every one."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plugin.demo.company_evidence import CLASSES, BadgeClass, Badges
from plugin.demo.company_records import badge_address, badge_tags
from plugin.demo.names import Name
from plugin.domain import JsonObject

CONTEXT = "https://w3id.org/openbadges/v2"
ISSUER_NAME = "Sample Skills Academy (simulated)"


@dataclass(frozen=True)
class HostedDocument:
    """What the issuer's web server answers at ``path``: 200, or 410 for a revoked assertion."""

    path: str
    status: int
    body: JsonObject


def documents(names: list[Name], badges: Badges, base_url: str) -> Iterator[HostedDocument]:
    """The issuer, its badge classes and all assertions. ``base_url`` has no slash at its end.

    The image of every class is at ``base_url/image.png`` (see ``badge_image``).
    """
    yield HostedDocument("/issuer", 200, _issuer(base_url))
    for badge in CLASSES:
        yield HostedDocument(f"/badges/{badge.slug}", 200, _badge_class(badge, base_url))
    for award in range(len(badges.person)):
        yield _assertion(names, badges, award, base_url)


def badge_image() -> bytes:
    """A PNG of one pixel: OB 2.0 wants a picture, nobody here needs to see it."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\x00\x20\x60\xa0")), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _issuer(base_url: str) -> JsonObject:
    return {
        "@context": CONTEXT,
        "id": f"{base_url}/issuer",
        "type": "Issuer",
        "name": ISSUER_NAME,
        "url": base_url,
        "email": "badges@example.org",
        "description": "An invented issuer of the demo company. Nobody earned any of its badges.",
    }


def _badge_class(badge: BadgeClass, base_url: str) -> JsonObject:
    return {
        "@context": CONTEXT,
        "id": f"{base_url}/badges/{badge.slug}",
        "type": "BadgeClass",
        "name": badge.name,
        "description": f"{badge.kind.capitalize()} badge of the {badge.programme}, {badge.level} level (simulated).",
        "image": f"{base_url}/image.png",
        "criteria": {"narrative": f"Pass the {badge.level} assessment."},
        "issuer": f"{base_url}/issuer",
        "tags": [*badge_tags(badge.kind, badge.programme, badge.level, badge.is_strategic)],
        "alignment": [_alignment(skill) for skill in badge.skills],
    }


def skill_address(skill: str) -> str:
    """What the invented list of skills calls a skill; badges point to it."""
    return f"https://skills.example.org/{skill.lower().replace(' ', '-')}"


def _alignment(skill: str) -> JsonObject:
    return {
        "targetName": skill,
        "targetUrl": skill_address(skill),
        "targetFramework": "Demo skills",
    }


def _assertion(names: list[Name], badges: Badges, award: int, base_url: str) -> HostedDocument:
    path = f"/assertions/{award + 1}"
    if badges.is_revoked[award]:
        gone: JsonObject = {
            "@context": CONTEXT,
            "id": f"{base_url}{path}",
            "type": "Assertion",
            "revoked": True,
            "revocationReason": "Awarded by mistake",
        }
        return HostedDocument(path, 410, gone)
    salt = f"salt{award + 1}"
    hashed = hashlib.sha256((badge_address(names, badges, award) + salt).encode()).hexdigest()
    body: JsonObject = {
        "@context": CONTEXT,
        "id": f"{base_url}{path}",
        "type": "Assertion",
        "recipient": {"type": "email", "hashed": True, "salt": salt, "identity": f"sha256${hashed}"},
        "badge": f"{base_url}/badges/{CLASSES[int(badges.badge_class[award])].slug}",
        "issuedOn": f"{badges.issued_on[award]}T12:00:00+00:00",
        "verification": {"type": "hosted"},
    }
    if not np.isnat(badges.expires_on[award]):
        body["expires"] = f"{badges.expires_on[award]}T12:00:00+00:00"
    return HostedDocument(path, 200, body)
