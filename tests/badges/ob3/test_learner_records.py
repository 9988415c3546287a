"""CLR 2.0 and endorsements: a valid envelope does not vouch for what is inside."""

from __future__ import annotations

from typing import Any

from plugin.domain import BadgeVerdict
from tests.badges.issuing import CLR2, OB3, VC2, Issuer, Json, achievement, judge, subject, token


def record(issuer: Issuer, members: list[Any]) -> Json:
    return issuer.sign(
        issuer.badge(
            type=["VerifiableCredential", "ClrCredential"],
            credentialSubject={
                "id": "did:example:ada",
                "type": ["ClrSubject"],
                "verifiableCredential": members,
            },
            **{"@context": [VC2, CLR2, OB3]},
        )
    )


def test_record_with_two_valid_members_is_valid() -> None:
    school, academy = Issuer(), Issuer()
    verdict = judge(record(school, [academy.sign(academy.badge()), school.sign(school.badge())]))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ())
    assert verdict.badge is not None
    assert [member.badge.achievement_name for member in verdict.badge.members if member.badge] == [
        "Python Practitioner",
        "Python Practitioner",
    ]


def test_member_without_a_good_signature_makes_the_record_invalid() -> None:
    school, academy = Issuer(), Issuer()
    forged = {**academy.sign(academy.badge()), "name": "Chief Architect"}
    verdict = judge(record(school, [academy.sign(academy.badge()), forged]))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, ("member_invalid",))
    assert verdict.badge is not None
    assert [member.verdict for member in verdict.badge.members] == [BadgeVerdict.VALID, BadgeVerdict.INVALID]


def test_unsigned_member_is_invalid() -> None:
    school = Issuer()
    assert judge(record(school, [school.badge()])).codes == ("member_invalid",)


def test_member_whose_issuer_is_silent_leaves_the_record_undetermined() -> None:
    school, web = Issuer(), Issuer(did="did:web:academy.example.org")
    verdict = judge(record(school, [web.sign(web.badge())]))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("member_undetermined",))


def test_member_added_after_signing_breaks_the_envelope() -> None:
    school, academy = Issuer(), Issuer()
    document = record(school, [academy.sign(academy.badge())])
    document["credentialSubject"]["verifiableCredential"].append(school.sign(school.badge(id="urn:uuid:9")))
    assert judge(document).codes == ("invalid_signature",)


def test_members_under_their_full_name_cannot_hide() -> None:
    school = Issuer()
    document = school.badge(
        type=["VerifiableCredential", "ClrCredential"],
        credentialSubject={
            "id": "did:example:ada",
            "type": ["ClrSubject"],
            "https://purl.imsglobal.org/spec/vc/clr/vocab.html#verifiableCredential": [{"id": "urn:uuid:8"}],
        },
        **{"@context": [VC2, CLR2, OB3]},
    )
    assert judge(school.sign(document)).codes == ("invalid_structure",)


def endorsed(issuer: Issuer, endorsements: list[Any], name: str = "endorsement") -> Json:
    return issuer.sign(
        issuer.badge(credentialSubject=subject(achievement=achievement(**{name: endorsements})))
    )


def endorsement(endorser: Issuer, **changes: Any) -> Json:
    return endorser.badge(
        id="urn:uuid:e1",
        type=["VerifiableCredential", "EndorsementCredential"],
        credentialSubject={
            "id": "https://academy.example.org/achievements/python",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Good.",
        },
        **changes,
    )


def test_verified_endorser_is_named() -> None:
    issuer, endorser = Issuer(), Issuer()
    verdict = judge(endorsed(issuer, [endorser.sign(endorsement(endorser))]))
    assert verdict.codes == ()
    assert verdict.badge is not None
    assert verdict.badge.endorsed_by == ("Example Academy",)


def test_endorsement_as_a_token_is_verified() -> None:
    issuer, endorser = Issuer(), Issuer()
    signed = token(endorsement(endorser), {"alg": "EdDSA", "kid": endorser.method}, endorser.key)
    verdict = judge(endorsed(issuer, [signed], "endorsementJwt"))
    assert verdict.badge is not None
    assert verdict.badge.endorsed_by == ("Example Academy",)


def test_forged_endorsement_makes_the_badge_invalid() -> None:
    issuer, endorser = Issuer(), Issuer()
    forged = {**endorser.sign(endorsement(endorser)), "name": "x"}
    assert judge(endorsed(issuer, [forged])).codes == ("endorsement_invalid",)


def test_expired_endorsement_is_left_out() -> None:
    issuer, endorser = Issuer(), Issuer()
    old = endorser.sign(endorsement(endorser, validUntil="2026-02-01T00:00:00Z"))
    verdict = judge(endorsed(issuer, [old]))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("endorsement_unverified",))
    assert verdict.badge is not None
    assert verdict.badge.endorsed_by == ()


def test_endorsement_given_alone_is_no_badge() -> None:
    endorser = Issuer()
    assert judge(endorser.sign(endorsement(endorser))).codes == ("not_a_badge",)
