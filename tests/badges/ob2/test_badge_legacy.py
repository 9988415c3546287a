"""Older Open Badges (0.5 to 1.1) and the dialects of badgr and Moodle are read as version 2.0."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.legacy import class_of, normalise, upgrade
from plugin.badges.reading.times import parse_old_time, parse_time
from plugin.domain import BadgeVerdict
from tests.badges.issuing import OB2, RSA_KEY, SITE, Json, Site, judge, pem, served, token

ASSERTION = f"{SITE}/assertions/1"
OLD_BADGE = {
    "name": "Python Practitioner",
    "description": "Writes small programs.",
    "image": f"{SITE}/badge.png",
    "criteria": f"{SITE}/criteria",
    "issuer": f"{SITE}/issuer",
    "alignment": [{"name": "Python", "url": "https://example.com/python", "description": "x"}],
}
OLD_ISSUER = {"name": "Example Academy", "url": SITE}


def old_assertion(**changes: Any) -> Json:
    return {
        "uid": "abc",
        "recipient": {"type": "email", "hashed": False, "identity": "ada@example.com"},
        "badge": f"{SITE}/badge",
        "issuedOn": 1767225600,
        "verify": {"type": "hosted", "url": ASSERTION},
    } | changes


def old_site(assertion: Json) -> dict[str, Any]:
    return {
        ASSERTION: served(assertion),
        f"{SITE}/badge": served(OLD_BADGE),
        f"{SITE}/issuer": served(OLD_ISSUER),
    }


def test_version_1_0_badge_is_valid() -> None:
    assertion = old_assertion()
    verdict = judge(assertion, old_site(assertion), recipients=["ada@example.com"])
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("upgraded",))
    assert verdict.badge is not None
    assert verdict.badge.issued_on == parse_time("2026-01-01T00:00:00Z")
    assert verdict.badge.skills[0].url == "https://example.com/python"


def test_version_1_0_badge_by_its_address_needs_no_id_inside() -> None:
    assertion = old_assertion()
    del assertion["verify"]
    assert judge(ASSERTION, old_site(assertion)).verdict is BadgeVerdict.VALID


def test_version_0_5_badge_is_valid_and_belongs_to_the_host() -> None:
    salt = "pepper"
    digest = hashlib.sha256(b"ada@example.com" + salt.encode()).hexdigest()
    assertion = {
        "recipient": f"sha256${digest}",
        "salt": salt,
        "issued_on": "2012-05-01",
        "badge": {
            "version": "0.5.0",
            "name": "Python Practitioner",
            "description": "Writes small programs.",
            "image": f"{SITE}/badge.png",
            "criteria": f"{SITE}/criteria",
            "issuer": {
                "origin": "https://famous.example.net",
                "name": "Famous",
                "contact": "x@famous.example.net",
            },
        },
    }
    verdict = judge(ASSERTION, {ASSERTION: served(assertion)}, recipients=["ada@example.com"])
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("upgraded",))
    assert verdict.badge is not None
    assert verdict.badge.recipient_matched
    assert verdict.badge.issuer.origin == SITE


def test_version_1_0_signed_badge_with_a_bare_pem_key() -> None:
    key_url = f"{SITE}/key.pem"
    assertion = old_assertion(verify={"type": "signed", "url": key_url})
    documents = old_site(assertion) | {key_url: served(pem().encode())}
    signed = token(assertion, {"alg": "RS256"}, RSA_KEY)
    assert judge(signed, documents).verdict is BadgeVerdict.VALID
    elsewhere = old_assertion(verify={"type": "signed", "url": "https://evil.example.net/key.pem"})
    documents = old_site(elsewhere) | {"https://evil.example.net/key.pem": served(pem().encode())}
    assert judge(token(elsewhere, {"alg": "RS256"}, RSA_KEY), documents).codes == (
        "upgraded",
        "key_not_authorised",
    )


def test_version_1_0_revocation_list_maps_uid_to_reason() -> None:
    key_url, list_url = f"{SITE}/key.pem", f"{SITE}/revoked"
    assertion = old_assertion(verify={"type": "signed", "url": key_url})
    documents = old_site(assertion) | {key_url: served(pem().encode())}
    documents[f"{SITE}/issuer"] = served({**OLD_ISSUER, "revocationList": list_url})
    documents[list_url] = served({"abc": "Issued in error"})
    assert "revoked" in judge(token(assertion, {"alg": "RS256"}, RSA_KEY), documents).codes


def test_moodle_dialect_with_embedded_parts_and_verify_is_valid() -> None:
    site = Site()
    address = f"{SITE}/badges/assertion.php?b=0123abcd"
    assertion = {
        "recipient": {
            "identity": "sha256$" + hashlib.sha256(b"ada@example.combadges1").hexdigest(),
            "type": "email",
            "hashed": True,
            "salt": "badges1",
        },
        "badge": {
            **site.badge,
            "image": "data:image/png;base64,iVBORw0KGgo=",
            "criteria": {"id": f"{SITE}/badges/badgeclass.php?id=1", "narrative": "Finish the course."},
            "issuer": site.issuer,
            "version": "1",
            "@language": "en",
        },
        "verify": {"type": "hosted", "url": f"{address}&obversion=2"},
        "issuedOn": "2026-11-20T19:36:09+00:00",
        "evidence": f"{SITE}/badges/badge.php?hash=0123abcd",
        "@context": OB2,
        "type": "Assertion",
        "id": f"{address}&obversion=2",
    }
    documents = {f"{address}&obversion=2": served(assertion), address: served(assertion)}
    for given in (assertion, address):
        verdict = judge(given, documents, recipients=["ada@example.com"])
        assert verdict.verdict is BadgeVerdict.VALID
        assert verdict.badge is not None
        assert verdict.badge.criteria_narrative == "Finish the course."


def test_badgr_dialect_withdrawn_stub_is_revoked() -> None:
    address = f"{SITE}/public/assertions/4uEwsQlbQh6Jv1AfxVun6A"
    stub = {
        "@context": OB2,
        "type": "Assertion",
        "id": address,
        "revoked": True,
        "revocationReason": "mistake",
    }
    assert judge(address, {address: served(stub)}).codes == ("revoked",)


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ({"@type": "https://w3id.org/openbadges#Assertion"}, "Assertion"),
        ({"type": ["obi:BadgeClass"]}, "BadgeClass"),
        ({"type": "Issuer"}, "Profile"),
        ({"recipient": "a@example.com", "badge": {}}, "Assertion"),
        ({"criteria": "x", "issuer": "y"}, "BadgeClass"),
        ({"name": "x", "url": "y"}, "Profile"),
        ({"type": "Criteria"}, ""),
        ({}, ""),
    ],
)
def test_class_is_recognised_in_every_spelling(node: Json, kind: str) -> None:
    assert class_of(normalise(node)) == kind


def test_upgrade_leaves_version_2_0_as_it_is() -> None:
    site = Site()
    for node in (site.assertion, site.badge, site.issuer):
        assert upgrade(normalise(node)) == node


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (1399404880, "2014-05-06T19:34:40+00:00"),
        ("1399404880", "2014-05-06T19:34:40+00:00"),
        ("2014-05-06", "2014-05-06T00:00:00+00:00"),
        ("2014-05-06T21:34:40+02:00", "2014-05-06T19:34:40+00:00"),
    ],
)
def test_old_dates_are_read(value: object, iso: str) -> None:
    assert parse_old_time(value).isoformat() == iso


@pytest.mark.parametrize("value", [True, None, 10**30, "2014-13-01", "yesterday", [], 1.5])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(BadgeProblem) as problem:
        parse_old_time(value)
    assert problem.value.code == "invalid_date"
