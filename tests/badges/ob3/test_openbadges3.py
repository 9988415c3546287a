"""Open Badges 3.0 with embedded proofs: what is accepted, what is refused, and why."""

from __future__ import annotations

from datetime import datetime

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from plugin.badges import Limits
from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Budget
from plugin.badges.proof.canonical import link
from plugin.badges.proof.jcs import canonical_json
from plugin.badges.proof.multibase import base58_encode
from plugin.domain import BadgeVerdict
from tests.badges.issuing import (
    ED2020,
    OB3,
    VC1,
    VC2,
    Issuer,
    Json,
    achievement,
    judge,
    served,
    subject,
)


def test_signed_badge_is_valid_and_its_facts_are_read() -> None:
    issuer = Issuer()
    document = issuer.badge(
        validUntil="2027-01-01T00:00:00Z",
        evidence=[{"id": "https://example.org/work", "type": ["Evidence"], "name": "Project"}],
        credentialSubject=subject(
            achievement=achievement(
                achievementType="Competency",
                tag=["python", "backend"],
                alignment=[
                    {
                        "type": ["Alignment"],
                        "targetName": "Python",
                        "targetUrl": "http://data.europa.eu/esco/skill/python",
                        "targetFramework": "ESCO",
                    }
                ],
            )
        ),
    )
    verdict = judge(issuer.sign(document))
    badge = verdict.badge
    assert verdict.verdict is BadgeVerdict.VALID
    assert verdict.codes == ()
    assert badge is not None
    assert (badge.format, badge.issuer.name, badge.issuer.binding) == ("ob3", "Example Academy", "did")
    assert (badge.achievement_name, badge.achievement_type) == ("Python Practitioner", "Competency")
    assert badge.expires_on == datetime.fromisoformat("2027-01-01T00:00:00+00:00")
    assert [skill.url for skill in badge.skills] == ["http://data.europa.eu/esco/skill/python"]
    assert badge.tags == ("python", "backend")
    assert badge.evidence[0].url == "https://example.org/work"


def test_vc_1_1_badge_with_ed25519_signature_2020_is_valid() -> None:
    issuer = Issuer()
    document = issuer.badge(
        validFrom=None, issuanceDate="2026-01-01T00:00:00Z", **{"@context": [VC1, OB3, ED2020]}
    )
    assert judge(issuer.sign(document, suite="Ed25519Signature2020")).verdict is BadgeVerdict.VALID


def test_badge_signed_over_its_json_is_valid_and_any_change_breaks_it() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(), suite="eddsa-jcs-2022")
    assert judge(signed).verdict is BadgeVerdict.VALID
    assert judge({**signed, "name": "Chief Architect"}).codes == ("invalid_signature",)
    assert judge({**signed, "salaryBandUplift": "20 %"}).codes == ("undefined_terms",)
    swapped = {**signed, "proof": {**signed["proof"], "@context": [VC2]}}
    assert judge(swapped).codes == ("invalid_signature",)


def test_badge_signed_with_a_p256_key_is_valid() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    multikey = "z" + base58_encode(b"\x80\x24" + point)
    issuer = Issuer(did=f"did:key:{multikey}", method=f"did:key:{multikey}#{multikey}")
    document = issuer.badge()
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "ecdsa-rdfc-2019",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": issuer.method,
        "proofPurpose": "assertionMethod",
    }
    linked = link(document, [options], limits=Limits(), budget=Budget(1.0))
    signature = key.sign(linked.proof_digests[0] + linked.digest, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    value = "z" + base58_encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    signed = {**document, "proof": {**options, "proofValue": value}}
    assert judge(signed).verdict is BadgeVerdict.VALID
    assert judge({**signed, "name": "x"}).codes == ("invalid_signature",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
        (
            [1.0, 0.1, 1e21, 1e-7, 123456789012345680000, 0.000001, -0.0, 1.5e300],
            "[1,0.1,1e+21,1e-7,123456789012345680000,0.000001,0,1.5e+300]",
        ),
        ('\x1f\n"\\\u20ac/', '"\\u001f\\n\\"\\\\\u20ac/"'),
    ],
)
def test_canonical_json(value: object, text: str) -> None:
    assert canonical_json(value).decode() == text


def test_one_good_proof_of_two_is_enough() -> None:
    issuer = Issuer()
    document = issuer.sign(issuer.badge(**{"@context": [VC2, OB3, ED2020]}))
    both = issuer.sign(document, suite="Ed25519Signature2020")
    both["proof"][0]["proofValue"] = both["proof"][1]["proofValue"]
    assert judge(both).verdict is BadgeVerdict.VALID


def test_issuer_given_as_text_is_valid() -> None:
    issuer = Issuer()
    assert judge(issuer.sign(issuer.badge(issuer=issuer.did))).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "Chief Architect"),
        ("validFrom", "2025-01-01T00:00:00Z"),
        ("id", "urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000002"),
        ("credentialSubject", subject(id="did:example:mallory")),
    ],
)
def test_changed_member_breaks_the_signature(member: str, value: object) -> None:
    issuer = Issuer()
    verdict = judge({**issuer.sign(issuer.badge()), member: value})
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, ("invalid_signature",))


def test_tampered_and_expired_reports_only_the_signature() -> None:
    issuer = Issuer()
    document = issuer.sign(issuer.badge(validUntil="2026-02-01T00:00:00Z"))
    assert judge({**document, "name": "x"}).codes == ("invalid_signature",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"validUntil": "2026-11-21T11:59:59Z"}, "expired"),
        ({"validFrom": "2026-11-21T12:00:01Z"}, "not_yet_valid"),
        (
            {"validFrom": "2026-01-02T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
            "expires_before_issued",
        ),
        ({"validUntil": "2027-01-01"}, "invalid_date"),
        ({"validUntil": "2027-01-01T00:00:00"}, "invalid_date"),
        ({"validUntil": ["2027-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]}, "expired"),
    ],
)
def test_dates_are_judged_at_the_given_moment(changes: Json, code: str) -> None:
    issuer = Issuer()
    verdict = judge(issuer.sign(issuer.badge(**changes)))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, (code,))


def test_badge_in_force_one_second_ago_was_valid_then() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(validUntil="2026-11-21T11:59:59Z"))
    then = datetime.fromisoformat("2026-11-21T11:59:58+00:00")
    assert judge(signed, now=then).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": None}, "invalid_structure"),
        ({"id": "4711"}, "invalid_credential_id"),
        ({"validFrom": None}, "invalid_structure"),
        ({"issuer": None}, "invalid_structure"),
        ({"type": ["VerifiableCredential"]}, "invalid_structure"),
        ({"type": ["OpenBadgeCredential"]}, "undefined_terms"),
        ({"credentialSubject": subject(achievement=None)}, "invalid_structure"),
        ({"credentialSubject": subject(type=None)}, "undefined_terms"),
        ({"credentialSubject": subject(achievement=achievement(criteria={}))}, "invalid_structure"),
        ({"credentialSubject": subject(achievement=achievement(name=""))}, "invalid_structure"),
        ({"credentialSubject": subject(achievement=achievement(type=["Course"]))}, "undefined_terms"),
        ({"credentialSubject": [subject(), subject(id="did:example:bob")]}, "invalid_structure"),
        ({"evidence": [{"id": "https://example.org/w", "type": ["Proofs"]}]}, "undefined_terms"),
        ({"@context": [OB3]}, "no_vc_context"),
        ({"@context": [OB3, VC2]}, "invalid_structure"),
        ({"@context": None}, "invalid_jsonld"),
        ({"@context": [VC2, OB3, {"@vocab": "https://example.org/"}]}, "inline_context"),
    ],
)
def test_malformed_badge_is_invalid_even_when_signed(changes: Json, code: str) -> None:
    issuer = Issuer()
    document = issuer.badge(**changes)
    try:
        document = issuer.sign(document)
    except BadgeProblem:  # some cannot even be canonicalized: any proof will do
        document["proof"] = issuer.sign(issuer.badge())["proof"]
    verdict = judge(document)
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, (code,))


def test_context_that_is_not_bundled_leaves_the_badge_undetermined_and_is_never_fetched() -> None:
    issuer, url = Issuer(), "https://example.org/terms"
    document = issuer.sign(issuer.badge())
    document["@context"] = [*document["@context"], url]
    verdict = judge(document, {url: served({"@context": {}})})
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("unknown_context",))


def test_badge_without_proof_is_invalid() -> None:
    assert judge(Issuer().badge()).codes == ("no_proof",)


def test_proof_for_another_purpose_is_refused() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(), proofPurpose="authentication")
    assert judge(signed).codes == ("invalid_signature",)


def test_unknown_proof_suite_is_undetermined() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(), suite="made-up-2030")
    assert (judge(signed).verdict, judge(signed).codes) == (BadgeVerdict.UNDETERMINED, ("unsupported_proof",))


def test_key_of_somebody_else_is_refused() -> None:
    issuer, stranger = Issuer(), Issuer()
    signed = stranger.sign(issuer.badge())
    assert judge(signed).codes == ("issuer_mismatch",)


def test_signed_failure_is_valid_but_no_skill() -> None:
    issuer = Issuer()
    alignment = {"type": ["Alignment"], "targetName": "Python", "targetUrl": "https://example.org/python"}
    document = issuer.badge(
        credentialSubject=subject(
            achievement=achievement(
                alignment=[alignment],
                resultDescription=[
                    {
                        "id": "urn:uuid:1",
                        "type": ["ResultDescription"],
                        "name": "Status",
                        "resultType": "Status",
                    }
                ],
            ),
            result=[{"type": ["Result"], "resultDescription": "urn:uuid:1", "status": "Failed"}],
        )
    )
    verdict = judge(issuer.sign(document))
    assert verdict.codes == ("result_not_achieved",)
    assert verdict.badge is not None
    assert not verdict.badge.achieved
    assert verdict.badge.skills == ()


def test_credential_that_awards_nothing_is_said_to_be_no_badge() -> None:
    issuer = Issuer()
    document = issuer.badge(type=["VerifiableCredential"], credentialSubject={"id": "did:example:ada"})
    verdict = judge(issuer.sign(document))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("not_a_badge",))
    assert verdict.badge is not None
    assert not verdict.badge.achieved


def test_derived_selective_disclosure_proof_with_nonsense_is_refused() -> None:
    issuer = Issuer()
    document = issuer.sign(issuer.badge(), suite="ecdsa-sd-2023")
    document["proof"]["proofValue"] = "u2V0BhQ"
    assert judge(document).codes == ("invalid_signature",)
