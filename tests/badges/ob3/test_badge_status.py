"""Withdrawn, suspended and unanswered: a broken list is never taken for a clean one."""

from __future__ import annotations

import gzip
import re

import pytest

from plugin import texts
from plugin.badges import Verdict
from plugin.domain import BadgeVerdict
from tests.badges.issuing import (
    EXTENSIONS,
    OB3,
    VC1,
    VC2,
    Issuer,
    Json,
    b64,
    dump,
    judge,
    served,
    status_entry,
    status_list,
    token,
)

DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
URL = "https://academy.example.org/status/3"


def with_list(
    listing: object, entry: Json | list[Json] | None = None, issuer: Issuer | None = None
) -> Verdict:
    issuer = issuer or Issuer()
    signed = issuer.sign(issuer.badge(credentialStatus=entry or status_entry(URL)))
    return judge(signed, {URL: served(listing)} if listing is not None else {})


def test_badge_that_is_not_in_the_list_is_valid() -> None:
    verdict = with_list(status_list(Issuer(), URL, ones=(6, 8)))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ())


@pytest.mark.parametrize("index", [0, 7, 8, 131_071])
def test_set_bit_means_revoked(index: int) -> None:
    verdict = with_list(status_list(Issuer(), URL, ones=(index,)), status_entry(URL, index))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.INVALID, ("revoked",))


def test_suspension_has_its_own_code() -> None:
    listing = status_list(Issuer(), URL, ones=(7,), purpose="suspension")
    assert with_list(listing, status_entry(URL, purpose="suspension")).codes == ("suspended",)


def test_expired_and_revoked_are_both_reported() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(credentialStatus=status_entry(URL), validUntil="2026-02-01T00:00:00Z"))
    verdict = judge(signed, {URL: served(status_list(Issuer(), URL, ones=(7,)))})
    assert set(verdict.codes) == {"revoked", "expired"}
    (said,) = [step.message for step in verdict.steps if step.code == "expired"]
    assert re.search(r"The date is \d{1,2} \w+ \d{4}\.", said)
    with texts.reading("de"):
        assert re.search(r"Das Datum ist der \d{1,2}\. \w+ \d{4}\.", texts.retold(texts.stored(said)))


def test_status_message_is_no_withdrawal() -> None:
    assert with_list(None, status_entry(URL, purpose="message")).verdict is BadgeVerdict.VALID


LIST = Issuer()


@pytest.mark.parametrize(
    ("listing", "code"),
    [
        (None, "status_list_not_found"),
        (status_list(LIST, URL, validUntil="2026-06-01T00:00:00Z"), "status_list_expired"),
        (status_list(LIST, URL, validFrom="2027-06-01T00:00:00Z"), "status_list_not_yet_valid"),
        ({**status_list(LIST, URL), "issuer": Issuer().did}, "status_list_signature_error"),
        ({**status_list(LIST, URL), "validFrom": "2025-01-01T00:00:00Z"}, "status_list_signature_error"),
        (
            {key: value for key, value in status_list(LIST, URL).items() if key != "proof"},
            "status_list_signature_error",
        ),
        (status_list(LIST, URL, type=["VerifiableCredential"]), "status_list_type_error"),
        (status_list(LIST, URL, purpose="suspension"), "status_list_error"),
        (status_list(LIST, URL, bits=8192), "status_list_error"),
        (b"<html>maintenance</html>", "status_list_signature_error"),
    ],
)
def test_list_that_cannot_be_trusted_leaves_the_badge_undetermined(listing: object, code: str) -> None:
    verdict = with_list(listing)
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, (code,))


@pytest.mark.parametrize(
    "changes",
    [
        {"statusListIndex": "131072"},
        {"statusListIndex": "-1"},
        {"statusListIndex": "٧"},
        {"statusListIndex": ["7", "8"]},
        {"statusSize": "2"},
    ],
)
def test_entry_that_cannot_be_asked_is_never_valid(changes: Json) -> None:
    issuer = Issuer()
    entry = status_entry(URL, **changes)
    verdict = judge(
        issuer.sign(issuer.badge(credentialStatus=entry)), {URL: served(status_list(Issuer(), URL))}
    )
    assert verdict.verdict is BadgeVerdict.UNDETERMINED


def test_unknown_kind_of_status_is_undetermined() -> None:
    issuer = Issuer()
    document = issuer.badge(
        credentialStatus={"id": URL, "type": "1EdTechCredentialRefresh"},
        **{"@context": [VC2, OB3, EXTENSIONS]},
    )
    assert judge(issuer.sign(document)).codes == ("status_unsupported",)


def test_two_lists_are_both_asked() -> None:
    other = "https://academy.example.org/status/4"
    issuer = Issuer()
    signed = issuer.sign(issuer.badge(credentialStatus=[status_entry(URL), status_entry(other)]))
    clean, withdrawn = status_list(Issuer(), URL), status_list(Issuer(), other, ones=(7,))
    assert judge(signed, {URL: served(clean), other: served(withdrawn)}).codes == ("revoked",)


def test_status_list_2021_is_asked() -> None:
    context = "https://w3id.org/vc/status-list/2021/v1"
    issuer = Issuer()
    data = bytearray(16_384)
    data[0] = 1
    listing = issuer.sign(
        {
            "@context": [VC1, DATA_INTEGRITY, context],
            "id": URL,
            "issuanceDate": "2026-01-01T00:00:00Z",
            "type": ["VerifiableCredential", "StatusList2021Credential"],
            "issuer": issuer.did,
            "credentialSubject": {
                "id": f"{URL}#list",
                "type": "StatusList2021",
                "statusPurpose": "revocation",
                "encodedList": b64(gzip.compress(bytes(data))),
            },
        }
    )
    for index, outcome in ((7, BadgeVerdict.INVALID), (8, BadgeVerdict.VALID)):
        entry = status_entry(URL, index, type="StatusList2021Entry")
        document = issuer.badge(
            credentialStatus=entry,
            validFrom=None,
            issuanceDate="2026-01-01T00:00:00Z",
            **{"@context": [VC1, OB3, DATA_INTEGRITY, context]},
        )
        assert judge(issuer.sign(document), {URL: served(listing)}).verdict is outcome


def test_list_as_a_token_is_asked() -> None:
    issuer = Issuer()
    listing = {key: value for key, value in status_list(issuer, URL, ones=(7,)).items() if key != "proof"}
    signed = token(listing, {"alg": "EdDSA", "kid": issuer.method}, issuer.key)
    assert with_list(signed.encode()).codes == ("revoked",)


REVOCATIONS = "https://academy.example.org/revocations"


@pytest.mark.parametrize(
    ("listing", "code"),
    [
        ([], ""),
        ([{"id": "urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000001", "revoked": True}], "revoked"),
        (["urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000001"], "revoked"),
        (["urn:uuid:7d1b0f9e-6f0a-4f0c-8d0c-000000000002"], ""),
        ("none", "status_list_error"),
        (None, "status_list_not_found"),
    ],
)
def test_1edtech_revocation_list(listing: object, code: str) -> None:
    issuer = Issuer()
    document = issuer.badge(
        credentialStatus={"id": REVOCATIONS, "type": "1EdTechRevocationList"},
        **{"@context": [VC2, OB3, EXTENSIONS]},
    )
    body = {"id": REVOCATIONS, "issuer": issuer.did, "revokedCredentials": listing}
    verdict = judge(issuer.sign(document), {REVOCATIONS: served(dump(body))} if listing is not None else {})
    assert verdict.codes == ((code,) if code else ())


def test_1edtech_list_of_another_issuer_says_nothing() -> None:
    issuer = Issuer()
    document = issuer.badge(
        credentialStatus={"id": REVOCATIONS, "type": "1EdTechRevocationList"},
        **{"@context": [VC2, OB3, EXTENSIONS]},
    )
    body = {"id": REVOCATIONS, "issuer": Issuer().did, "revokedCredentials": []}
    assert judge(issuer.sign(document), {REVOCATIONS: served(body)}).codes == ("status_list_error",)


def test_refreshed_copy_is_judged_instead() -> None:
    issuer, url = Issuer(), "https://academy.example.org/refresh/1"
    service = {"id": url, "type": "1EdTechCredentialRefresh"}
    context = {"@context": [VC2, OB3, EXTENSIONS]}
    old = issuer.sign(issuer.badge(refreshService=service, validUntil="2026-02-01T00:00:00Z", **context))
    new = issuer.sign(issuer.badge(refreshService=service, validUntil="2027-02-01T00:00:00Z", **context))
    assert judge(old).codes == ("refresh_unavailable", "expired")
    assert judge(old, {url: served(new)}).verdict is BadgeVerdict.VALID
    stranger = Issuer()
    foreign = stranger.sign(stranger.badge(refreshService=service, **context))
    assert judge(old, {url: served(foreign)}).codes == ("refresh_unavailable", "expired")
