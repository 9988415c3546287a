"""validator-core #227 and #228: signed 1.1 and 1.0 badges, baked into a picture and not.

https://github.com/1EdTech/openbadges-validator-core/issues/227 https://github.com/1EdTech/openbadges-validator-core/issues/228

Right: valid in every wrapping, by the key that the issuer's site publishes; a changed letter or another's key is not.
"""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from plugin.domain import BadgeVerdict
from tests.badges.issuing import RSA_KEY, SITE, Document, Json, chunk, itxt, judge, pem, png, served, token

KEY = f"{SITE}/key.pem"
CONTEXT = "https://w3id.org/openbadges/v1"
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def assertion(version: str, **changes: Any) -> Json:
    made: Json = {
        "uid": "503",
        "recipient": {"type": "email", "hashed": False, "identity": "ada@example.com"},
        "badge": f"{SITE}/badge",
        "issuedOn": "2026-01-01T00:00:00Z",
        "verify": {"type": "signed", "url": KEY},
        **changes,
    }
    return (
        made
        if version == "1.0"
        else {"@context": CONTEXT, "type": "Assertion", "id": f"{SITE}/bakedbadge/assertion/503", **made}
    )


def documents(version: str, **issuer: Any) -> dict[str, Document]:
    badge: Json = {
        "name": "Python Practitioner",
        "description": "Writes small programs.",
        "image": f"{SITE}/badge.png",
        "criteria": f"{SITE}/criteria",
        "issuer": f"{SITE}/issuer",
    }
    maker: Json = {"name": "Example Academy", "url": SITE, **issuer}
    if version == "1.1":
        badge = {"@context": CONTEXT, "type": "BadgeClass", "id": f"{SITE}/badge", **badge}
        maker = {"@context": CONTEXT, "type": "Issuer", "id": f"{SITE}/issuer", **maker}
    return {f"{SITE}/badge": served(badge), f"{SITE}/issuer": served(maker), KEY: served(pem().encode())}


def signed(version: str, key: rsa.RSAPrivateKey = RSA_KEY, **changes: Any) -> str:
    return token(assertion(version, **changes), {"alg": "RS256"}, key)


def svg(text: str) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">'
        f'<openbadges:assertion verify="{text}"/></svg>'
    ).encode()


WRAPPED: dict[str, Any] = {
    "bare": lambda text: text,
    "bytes with a line's end": lambda text: f"{text}\n".encode(),
    "tEXt": lambda text: png(chunk(b"tEXt", b"openbadges\0" + text.encode())),
    "zTXt": lambda text: png(chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(text.encode()))),
    "iTXt": lambda text: png(itxt(text.encode(), b"openbadges")),
    "SVG": svg,
}


@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_signed_badge_is_valid_in_every_wrapping(version: str, wrapping: str) -> None:
    found = judge(WRAPPED[wrapping](signed(version)), documents(version), recipients=["ada@example.com"])
    assert (found.verdict, found.codes) == (BadgeVerdict.VALID, ("upgraded",))
    assert found.badge is not None
    assert (found.badge.achievement_name, found.badge.recipient_matched) == ("Python Practitioner", True)


@pytest.mark.parametrize(
    "changes",
    [{"id": "uid:640"}, {"id": "urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000001"}, {"issuedOn": 1767225600}],
)
def test_ids_and_days_of_the_old_kinds_do_not_hinder(changes: Json) -> None:
    assert judge(signed("1.1", **changes), documents("1.1")).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_another_key_or_a_changed_letter_is_not_valid(wrapping: str) -> None:
    assert "invalid_signature" in judge(WRAPPED[wrapping](signed("1.1", OTHER_KEY)), documents("1.1")).codes
    head, body, seal = signed("1.1").split(".")
    changed = f"{head}.{body}.{('A' if seal[0] != 'A' else 'B') + seal[1:]}"
    assert "invalid_signature" in judge(WRAPPED[wrapping](changed), documents("1.1")).codes


def test_a_key_that_cannot_be_fetched_leaves_it_undetermined() -> None:
    found = judge(signed("1.1"), documents("1.1") | {KEY: served(b"", 503)})
    assert found.verdict is BadgeVerdict.UNDETERMINED


def test_the_issuers_list_withdraws_it() -> None:
    site = documents("1.1", revocationList=f"{SITE}/revoked") | {
        f"{SITE}/revoked": served({"503": "Issued in error"})
    }
    assert "revoked" in judge(signed("1.1"), site).codes
