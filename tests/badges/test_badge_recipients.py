"""A badge counts for the person it was issued to, whatever form the identity has."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.badges.recipients import Identity, is_identity_hash, matches
from plugin.domain import BadgeVerdict
from tests.badges.issuing import Issuer, Json, judge, subject

EMAIL = "ada@example.com"


def hashed(email: str, salt: str = "", algorithm: str = "sha256") -> str:
    return f"{algorithm}${hashlib.new(algorithm, (email + salt).encode()).hexdigest()}"


def identifier(value: str, *, is_hashed: bool = True, salt: str = "s") -> Json:
    return {
        "type": "IdentityObject",
        "identityHash": value,
        "identityType": "emailAddress",
        "hashed": is_hashed,
        "salt": salt,
    }


@pytest.mark.parametrize(
    ("entry", "recipients", "codes"),
    [
        (identifier(hashed(EMAIL, "s")), ["bob@example.com", EMAIL], ()),
        (identifier(hashed(EMAIL, "s").upper().replace("SHA256", "sha256")), [EMAIL], ()),
        (identifier(hashed(EMAIL, "s", "md5")), [EMAIL], ()),
        (identifier(hashed(EMAIL, "s")), ["ADA@Example.com"], ()),
        (identifier(EMAIL, is_hashed=False), [EMAIL], ()),
        (identifier(hashed(EMAIL, "other")), [EMAIL], ("recipient_mismatch",)),
        (identifier("bob@example.com", is_hashed=False), [EMAIL], ("recipient_mismatch",)),
    ],
)
def test_identifier_is_compared_with_every_verified_address(
    entry: Json, recipients: list[str], codes: tuple[str, ...]
) -> None:
    issuer = Issuer()
    document = issuer.badge(credentialSubject=subject(id=None, identifier=[entry]))
    verdict = judge(issuer.sign(document), recipients=recipients)
    assert verdict.codes == codes
    assert verdict.badge is not None
    assert verdict.badge.recipient_matched is (codes == ())


def test_subject_that_cannot_be_compared_is_undetermined() -> None:
    issuer = Issuer()
    verdict = judge(issuer.sign(issuer.badge()), recipients=[EMAIL])
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("recipient_unknown",))
    assert judge(issuer.sign(issuer.badge()), recipients=["did:example:ada"]).verdict is BadgeVerdict.VALID


def test_badge_without_a_subject_id_is_remarked() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(credentialSubject=subject(id=None)))
    assert judge(signed).codes == ("recipient_missing",)
    assert judge(signed, recipients=[EMAIL]).codes == ("recipient_unknown",)


@given(email=st.emails(), salt=st.text(max_size=12), algorithm=st.sampled_from(["sha256", "md5"]))
def test_hash_matches_its_own_address_and_no_other(email: str, salt: str, algorithm: str) -> None:
    identity = Identity(hashed(email, salt, algorithm), True, salt)
    assert is_identity_hash(identity.value)
    assert matches([identity], ["nobody@example.com", email])
    assert not matches([identity], ["nobody@example.com"])


@given(st.text(), st.booleans(), st.text())
def test_any_text_as_identity_raises_nothing(value: str, is_hashed: bool, salt: str) -> None:
    assert matches([Identity(value, is_hashed, salt)], [EMAIL]) in (True, False)
