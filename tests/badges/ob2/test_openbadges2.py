"""Open Badges 2.0: hosted from its own address, signed by the issuer's key, withdrawn, endorsed, forged."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from plugin.domain import BadgeVerdict
from tests.badges.issuing import OB2, RSA_KEY, SITE, Json, Site, dump, judge, pem, served, token

EVIL = "https://evil.example.net"


def test_hosted_badge_is_valid_and_its_facts_are_read() -> None:
    site = Site(
        assertion={"evidence": {"id": "https://example.com/w", "narrative": "Built it."}},
        badge={
            "alignment": {"targetName": "Python", "targetUrl": "https://example.com/python"},
            "tags": ["python"],
        },
    )
    verdict = site.judge(recipients=["Ada@example.com"])
    badge = verdict.badge
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ())
    assert badge is not None
    assert (badge.format, badge.achievement_id, badge.issuer.origin) == ("ob2-hosted", f"{SITE}/badge", SITE)
    assert badge.skills[0].url == "https://example.com/python"
    assert (badge.tags, badge.evidence[0].narrative) == (("python",), "Built it.")


def test_address_of_the_badge_is_enough() -> None:
    assert Site().judge(f"{SITE}/assertions/1").verdict is BadgeVerdict.VALID


def test_hosted_file_is_judged_by_the_issuers_copy() -> None:
    site = Site()
    forged = {
        **site.assertion,
        "recipient": {**site.assertion["recipient"], "identity": "mallory@example.com"},
    }
    assert site.judge(forged).codes == ("hosted_differs",)
    assert site.judge({**site.assertion, "badge": f"{SITE}/other"}).codes == ("hosted_differs",)
    assert site.judge({**site.assertion, "issuedOn": "2020-01-01T00:00:00Z"}).codes == ("hosted_differs",)
    longer = site.judge({**site.assertion, "expires": "2099-01-01T00:00:00Z"})
    assert longer.badge is not None
    assert longer.badge.expires_on is None


def test_silent_site_leaves_the_badge_undetermined() -> None:
    verdict = judge(Site().assertion)
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("hosted_unreachable",))


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        (served(b"", 410), BadgeVerdict.INVALID, "revoked"),
        (served({"revoked": True}, 410), BadgeVerdict.INVALID, "revoked"),
        (
            served({"@context": OB2, "type": "Assertion", "id": f"{SITE}/assertions/1", "revoked": True}),
            BadgeVerdict.INVALID,
            "revoked",
        ),
        (
            served({"@context": OB2, "type": "Assertion", "https://w3id.org/openbadges#revoked": True}),
            BadgeVerdict.INVALID,
            "revoked",
        ),
        (served({"revoked": True}), BadgeVerdict.INVALID, "revoked"),
        (served(b"", 404), BadgeVerdict.UNDETERMINED, "hosted_unreachable"),
        (served(b"", 500), BadgeVerdict.UNDETERMINED, "hosted_unreachable"),
        (served(b"<html>"), BadgeVerdict.UNDETERMINED, "hosted_unreachable"),
        (served({"@context": OB2, "type": "BadgeClass"}), BadgeVerdict.INVALID, "invalid_structure"),
    ],
)
def test_what_the_hosted_address_answers_decides(answer: Any, outcome: BadgeVerdict, code: str) -> None:
    site = Site()
    verdict = judge(site.assertion, {**site.documents, f"{SITE}/assertions/1": answer})
    assert (verdict.verdict, verdict.codes) == (outcome, (code,))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires": "2026-11-01T00:00:00Z"}, "expired"),
        ({"issuedOn": "2026-12-01T00:00:00Z"}, "not_yet_valid"),
        ({"expires": "2025-01-01T00:00:00Z"}, "expires_before_issued"),
        ({"issuedOn": "2026-01-01T00:00:00"}, "invalid_date"),
        ({"image": "data:image/png;base64,AAAA"}, "invalid_structure"),
        (
            {"recipient": {"type": "email", "hashed": True, "identity": "ada@example.com"}},
            "invalid_structure",
        ),
        (
            {"recipient": {"type": "email", "hashed": False, "identity": "sha256$" + "0" * 64}},
            "invalid_structure",
        ),
        ({"recipient": {"type": "email", "identity": "ada@example.com"}}, "invalid_structure"),
        ({"evidence": [None, 3]}, "invalid_structure"),
        ({"https://w3id.org/security#expiration": "2026-11-01T00:00:00Z"}, "expired"),
        ({"sec:expiration": "2099-01-01T00:00:00Z", "expires": "2026-11-01T00:00:00Z"}, "duplicate_keys"),
        ({"verification": {"type": "SignedBadge"}}, "no_proof"),
        ({"id": "urn:uuid:1"}, "no_proof"),
    ],
)
def test_broken_assertion_is_invalid(changes: Json, code: str) -> None:
    verdict = Site(assertion=changes).judge()
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, (code,))


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("badge", {"name": ["a", "b"]}),
        ("badge", {"description": 7}),
        ("badge", {"criteria": {"id": "_:b0"}}),
        ("badge", {"image": "data:image/jpeg;base64,AAAA"}),
        ("badge", {"alignment": {"targetName": "x"}}),
        ("badge", {"tags": ["a", 2]}),
        ("issuer", {"url": "academy"}),
        ("issuer", {"email": " office@academy.example.org"}),
        ("issuer", {"telephone": "+1 (800) 1"}),
        (
            "issuer",
            {
                "extensions:geo": {
                    "type": ["Extension", "extensions:GeoCoordinates"],
                    "schema:geo": {"schema:latitude": 4},
                }
            },
        ),
    ],
)
def test_broken_badge_class_or_issuer_is_invalid(part: str, changes: Json) -> None:
    assert Site(**{part: changes}).judge().codes == ("invalid_structure",)


def test_badge_hosted_outside_the_issuers_site_is_refused() -> None:
    site = Site(assertion={"id": f"{EVIL}/1"})
    assert site.judge().codes == ("hosted_mismatch",)


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ({"allowedOrigins": ["academy.example.org", "other.example.org"]}, True),
        ({"allowedOrigins": "other.example.org"}, False),
        ({"startsWith": f"{SITE}/assertions/"}, True),
        ({"startsWith": [f"{SITE}/NOT", f"{SITE}/assert"]}, True),
        ({"startsWith": f"{SITE}/NOT"}, False),
        ({"startsWith": "https://academy.example.or"}, False),
        ({"startsWith": f"{SITE}/", "allowedOrigins": "other.example.org"}, False),
    ],
)
def test_issuers_policy_binds_the_address(policy: Json, allowed: bool) -> None:
    verdict = Site(issuer={"verification": policy}).judge()
    assert verdict.codes == (() if allowed else ("hosted_mismatch",))


def test_address_that_climbs_out_of_the_allowed_folder_is_refused() -> None:
    site = Site(
        assertion={"id": f"{SITE}/good/%2e%2e/evil/1"},
        issuer={"verification": {"startsWith": f"{SITE}/good/"}},
    )
    assert site.judge().codes == ("hosted_mismatch",)


def test_document_posing_as_another_address_is_read_from_there() -> None:
    site = Site()
    posing = {
        **site.assertion,
        "recipient": {"type": "email", "hashed": False, "identity": "mallory@example.com"},
    }
    site.more[f"{EVIL}/1"] = served(posing)
    verdict = site.judge(f"{EVIL}/1")
    assert verdict.codes == ("hosted_differs",)


def test_addresses_that_point_in_a_ring_are_refused() -> None:
    site = Site()
    site.more[f"{SITE}/x"] = served({**site.assertion, "id": f"{SITE}/y"})
    site.more[f"{SITE}/y"] = served({**site.assertion, "id": f"{SITE}/x"})
    assert site.judge({**site.assertion, "id": f"{SITE}/x"}).codes == ("hosted_id_mismatch",)


def test_embedded_issuer_cannot_write_its_own_policy() -> None:
    issuer = {**Site().issuer, "verification": {"startsWith": EVIL, "allowedOrigins": "evil.example.net"}}
    site = Site(assertion={"id": f"{EVIL}/1", "badge": {**Site().badge, "id": f"{EVIL}/b", "issuer": issuer}})
    assert site.judge().codes == ("hosted_mismatch",)


def test_embedded_badge_of_the_same_site_is_taken_as_given() -> None:
    site = Site()
    site.assertion["badge"] = {**site.badge, "issuer": site.issuer}
    assert (
        judge(site.assertion, {f"{SITE}/assertions/1": served(site.assertion)}).verdict is BadgeVerdict.VALID
    )


def signed_site(**changes: Any) -> Site:
    site = Site(
        issuer={"publicKey": f"{SITE}/key", "revocationList": f"{SITE}/revoked"},
        assertion={
            "id": "urn:uuid:1",
            "verification": {"type": "SignedBadge", "creator": f"{SITE}/key"},
            **changes,
        },
    )
    key = {
        "@context": OB2,
        "id": f"{SITE}/key",
        "type": "CryptographicKey",
        "owner": f"{SITE}/issuer",
        "publicKeyPem": pem(),
    }
    revoked = {"@context": OB2, "id": f"{SITE}/revoked", "type": "RevocationList", "revokedAssertions": []}
    site.more = {f"{SITE}/key": served(key), f"{SITE}/revoked": served(revoked)}
    return site


def jws(site: Site, key: rsa.RSAPrivateKey = RSA_KEY, alg: str = "RS256") -> str:
    return token(site.assertion, {"alg": alg, "typ": "JWT"}, key)


def test_signed_badge_is_valid() -> None:
    site = signed_site()
    verdict = site.judge(jws(site))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ())
    assert verdict.badge is not None
    assert (verdict.badge.format, verdict.badge.issuer.binding) == ("ob2-signed", "https")


def test_signature_by_another_key_is_refused() -> None:
    site = signed_site()
    assert site.judge(jws(site, rsa.generate_private_key(65537, 2048))).codes == ("invalid_signature",)


def test_key_that_the_issuer_does_not_list_is_refused() -> None:
    site = signed_site(verification={"type": "SignedBadge", "creator": f"{EVIL}/key"})
    assert site.judge(jws(site)).codes == ("key_not_authorised",)


def test_key_owned_by_somebody_else_is_refused() -> None:
    site = signed_site()
    key = {"id": f"{SITE}/key", "type": "CryptographicKey", "owner": f"{EVIL}/issuer", "publicKeyPem": pem()}
    site.more[f"{SITE}/key"] = served(key)
    assert site.judge(jws(site)).codes == ("issuer_mismatch",)


@pytest.mark.parametrize(
    ("entries", "codes"),
    [
        ([], ()),
        (["urn:uuid:1"], ("revoked",)),
        ([{"id": "urn:uuid:1", "revocationReason": "Honest error"}], ("revoked",)),
        ([{"uid": "abc"}], ("revoked",)),
        ([{"id": "urn:uuid:2"}], ()),
        ("urn:uuid:1", ("revoked",)),
        ([7], ("status_list_error",)),
    ],
)
def test_revocation_list_is_asked_for_signed_badges(entries: object, codes: tuple[str, ...]) -> None:
    site = signed_site(uid="abc")
    listing = {
        "@context": OB2,
        "id": f"{SITE}/revoked",
        "type": "RevocationList",
        "revokedAssertions": entries,
    }
    site.more[f"{SITE}/revoked"] = served(listing)
    assert site.judge(jws(site)).codes == codes


def test_hosted_badge_in_the_issuers_list_is_revoked_and_a_silent_list_does_not_matter() -> None:
    site = Site(issuer={"revocationList": f"{SITE}/revoked"})
    assert site.judge().verdict is BadgeVerdict.VALID
    listing = {"@context": OB2, "id": f"{SITE}/revoked", "type": "RevocationList"}
    site.more[f"{SITE}/revoked"] = served({**listing, "revokedAssertions": [f"{SITE}/assertions/1"]})
    assert site.judge().codes == ("revoked",)


def test_silent_revocation_list_leaves_the_badge_undetermined() -> None:
    site = signed_site()
    del site.more[f"{SITE}/revoked"]
    assert site.judge(jws(site)).verdict is BadgeVerdict.UNDETERMINED


def test_signed_token_that_claims_to_be_hosted_is_fetched() -> None:
    site = Site(assertion={"id": f"{SITE}/assertions/1"})
    assert site.judge(jws(site)).verdict is BadgeVerdict.VALID
    assert judge(jws(site)).codes == ("hosted_unreachable",)


def test_badge_class_of_another_issuer_cannot_be_embedded_in_a_token() -> None:
    forger = {**Site().issuer, "id": f"{EVIL}/issuer", "url": EVIL, "publicKey": f"{EVIL}/key"}
    key = {"id": f"{EVIL}/key", "type": "CryptographicKey", "owner": f"{EVIL}/issuer", "publicKeyPem": pem()}
    site = signed_site(
        badge={**Site().badge, "issuer": f"{EVIL}/issuer"},
        verification={"type": "SignedBadge", "creator": f"{EVIL}/key"},
    )
    site.more |= {f"{EVIL}/issuer": served(forger), f"{EVIL}/key": served(key)}
    assert site.judge(jws(site)).codes == ("issuer_mismatch",)


def endorsement(**changes: Any) -> Json:
    return {
        "@context": OB2,
        "id": f"{SITE}/endorsements/1",
        "type": "Endorsement",
        "claim": {"id": f"{SITE}/badge", "endorsementComment": "Good."},
        "issuer": f"{SITE}/issuer",
        "issuedOn": "2026-02-01T00:00:00Z",
        "verification": {"type": "HostedBadge"},
    } | changes


@pytest.mark.parametrize(
    ("document", "codes", "names"),
    [
        (endorsement(), (), ("Example Academy",)),
        (endorsement(claim={"id": f"{SITE}/other"}), ("endorsement_invalid",), ()),
        (endorsement(issuer=None), ("endorsement_invalid",), ()),
        (endorsement(issuedOn="2027-02-01T00:00:00Z"), ("endorsement_unverified",), ()),
        (None, ("endorsement_unverified",), ()),
    ],
)
def test_endorsements_are_followed(
    document: Json | None, codes: tuple[str, ...], names: tuple[str, ...]
) -> None:
    site = Site(badge={"endorsement": [f"{SITE}/endorsements/1"]})
    if document:
        site.more[f"{SITE}/endorsements/1"] = served(document)
    verdict = site.judge()
    assert verdict.codes == codes
    assert verdict.badge is not None
    assert verdict.badge.endorsed_by == names


@pytest.mark.parametrize("part", ["badge", "issuer"])
def test_badge_class_or_issuer_given_alone_is_no_badge(part: str) -> None:
    site = Site()
    verdict = site.judge(getattr(site, part))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("not_a_badge",))
    assert verdict.badge is not None
    assert not verdict.badge.achieved


def test_issuer_without_a_web_address_is_remarked() -> None:
    site = Site(badge={"issuer": f"{SITE}/issuer"})
    site.more[f"{SITE}/issuer"] = served({**site.issuer, "id": "urn:uuid:5"})
    verdict = judge(site.assertion, {**site.documents, **site.more})
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("issuer_not_web",))


def test_nonsense_is_said_to_be_no_badge() -> None:
    assert judge(dump({"hello": "world"})).codes == ("not_a_credential",)
    assert judge(b"[]").codes == ("unreadable",)
    assert judge(b"\xff\xfe").codes == ("unreadable",)
    assert judge("").codes == ("unreadable",)
