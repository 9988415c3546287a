"""Where keys come from and what ties them to the issuer; an issuer's trust is decided apart."""

from __future__ import annotations

import pytest

from plugin import badges
from plugin.badges import IssuerEntry, Verdict, decide
from plugin.badges.codes import BadgeProblem
from plugin.badges.proof.methods import did_web_url
from plugin.domain import BadgeVerdict, IssuerKind, Trust
from tests.badges.issuing import Issuer, Json, judge, served

WEB = "did:web:academy.example.org"
DID_URL = "https://academy.example.org/.well-known/did.json"
HTTPS = "https://academy.example.org/issuer"


def web_issuer() -> Issuer:
    issuer = Issuer(did=WEB)
    issuer.method = f"{WEB}#key-1"
    return issuer


def did_document(issuer: Issuer, **changes: object) -> Json:
    method = {
        "id": f"{issuer.did}#key-1",
        "type": "Multikey",
        "controller": issuer.did,
        "publicKeyMultibase": issuer.multikey,
    }
    return {"id": issuer.did, "verificationMethod": [method], "assertionMethod": [method["id"]], **changes}


def verdict_with(issuer: Issuer, document: Json, url: str = DID_URL) -> Verdict:
    return judge(issuer.sign(issuer.badge()), {url: served(document)})


def test_did_web_key_is_found() -> None:
    issuer = web_issuer()
    verdict = verdict_with(issuer, did_document(issuer))
    assert verdict.verdict is BadgeVerdict.VALID
    assert verdict.badge is not None
    assert verdict.badge.issuer.binding == "did"


def test_did_web_key_embedded_only_in_assertion_method_is_found() -> None:
    issuer = web_issuer()
    methods = did_document(issuer)["verificationMethod"]
    document = did_document(issuer, verificationMethod=None, assertionMethod=methods)
    assert verdict_with(issuer, document).verdict is BadgeVerdict.VALID


def test_unreachable_did_web_is_undetermined() -> None:
    issuer = web_issuer()
    verdict = judge(issuer.sign(issuer.badge()))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.UNDETERMINED, ("did_web_unresolved",))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "did:web:somebody.example.org"},
        {"assertionMethod": []},
        {"assertionMethod": [f"{WEB}#key-2"]},
    ],
)
def test_did_document_that_does_not_allow_the_key_refuses_it(changes: Json) -> None:
    issuer = web_issuer()
    assert verdict_with(issuer, did_document(issuer, **changes)).codes == ("key_not_authorised",)


@pytest.mark.parametrize("name", ["revoked", "expires"])
def test_key_that_is_past_its_time_is_refused(name: str) -> None:
    issuer = web_issuer()
    document = did_document(issuer)
    document["verificationMethod"][0][name] = "2026-06-01T00:00:00Z"
    assert verdict_with(issuer, document).codes == ("key_not_authorised",)


def test_another_key_in_the_did_document_breaks_the_signature() -> None:
    issuer = web_issuer()
    document = did_document(issuer)
    document["verificationMethod"][0]["publicKeyMultibase"] = Issuer().multikey
    assert verdict_with(issuer, document).codes == ("invalid_signature",)


def test_key_listed_by_the_issuers_site_is_bound_to_the_site() -> None:
    issuer = Issuer(did=HTTPS)
    document = did_document(issuer)
    document["verificationMethod"][0]["id"] = document["assertionMethod"][0] = issuer.method
    verdict = verdict_with(issuer, document, HTTPS)
    assert verdict.verdict is BadgeVerdict.VALID
    assert verdict.badge is not None
    assert verdict.badge.issuer.binding == "https"


def test_key_that_the_issuers_site_does_not_list_is_refused() -> None:
    issuer, other = Issuer(did=HTTPS), Issuer(did=HTTPS)
    document = did_document(other)
    document["verificationMethod"][0]["id"] = document["assertionMethod"][0] = other.method
    assert verdict_with(issuer, document, HTTPS).codes == ("key_not_authorised",)


def test_key_in_the_fragment_of_a_silent_site_is_self_asserted() -> None:
    issuer = Issuer(did=HTTPS)
    verdict = judge(issuer.sign(issuer.badge()))
    assert (verdict.verdict, verdict.codes) == (BadgeVerdict.VALID, ("key_self_asserted",))
    assert verdict.badge is not None
    assert verdict.badge.issuer.binding == "self_asserted"


def test_key_url_without_a_key_in_it_needs_the_site() -> None:
    issuer = Issuer(did=HTTPS, method=f"{HTTPS}#key-1")
    verdict = judge(issuer.sign(issuer.badge()))
    assert (verdict.verdict, verdict.codes) == (
        BadgeVerdict.UNDETERMINED,
        ("http_error_with_signature_check",),
    )


def test_key_document_with_another_controller_is_refused() -> None:
    url = "https://academy.example.org/keys/1"
    issuer = Issuer(did=HTTPS, method=url)
    key = {"id": url, "controller": "https://somebody.example.org", "publicKeyMultibase": issuer.multikey}
    assert verdict_with(issuer, key, url).codes == ("issuer_mismatch",)
    assert verdict_with(issuer, {**key, "controller": HTTPS}, url).verdict is BadgeVerdict.VALID


def test_garbled_key_is_invalid() -> None:
    issuer = Issuer()
    signed = issuer.sign(issuer.badge())
    signed["proof"]["verificationMethod"] += "x"
    assert judge(signed).codes == ("invalid_key",)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:example.org:a:b", "https://example.org/a/b/did.json"),
        ("did:web:example.org%3A8443:a", "https://example.org:8443/a/did.json"),
    ],
)
def test_did_web_address(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:user%40example.org",
        "did:web:example.org%2Fx",
        "did:web:example.org:..:x",
        "did:web:example.org:%2e%2e",
        "did:web:example.org::x",
    ],
)
def test_did_web_that_would_leave_its_place_is_refused(did: str) -> None:
    with pytest.raises(BadgeProblem) as problem:
        did_web_url(did)
    assert problem.value.code == "invalid_key"


def facts(**changes: str) -> badges.Issuer:
    return badges.Issuer(
        **{
            "id": "https://academy.example.org/issuer",
            "name": "Example Academy",
            "binding": "hosted",
            "key": "sha256:aa",
            "origin": "https://academy.example.org",
        }
        | changes
    )


@pytest.mark.parametrize(
    ("issuer", "entry", "expected"),
    [
        (facts(), IssuerEntry(IssuerKind.ORIGIN, "academy.example.org"), Trust.TRUSTED),
        (facts(), IssuerEntry(IssuerKind.ORIGIN, "https://ACADEMY.example.org/x"), Trust.TRUSTED),
        (facts(), IssuerEntry(IssuerKind.ORIGIN, "http://academy.example.org"), Trust.UNKNOWN),
        (facts(), IssuerEntry(IssuerKind.ORIGIN, "example.org"), Trust.UNKNOWN),
        (
            facts(binding="self_asserted"),
            IssuerEntry(IssuerKind.ORIGIN, "academy.example.org"),
            Trust.UNKNOWN,
        ),
        (facts(binding="self_asserted"), IssuerEntry(IssuerKind.KEY, "sha256:AA"), Trust.TRUSTED),
        (facts(binding="did", id="did:web:x"), IssuerEntry(IssuerKind.DID, "did:web:x"), Trust.TRUSTED),
        (
            facts(binding="self_asserted", id="did:web:x"),
            IssuerEntry(IssuerKind.DID, "did:web:x"),
            Trust.UNKNOWN,
        ),
        (facts(key=""), IssuerEntry(IssuerKind.KEY, ""), Trust.UNKNOWN),
        (facts(), IssuerEntry(IssuerKind.ISSUER, "https://academy.example.org/issuer"), Trust.TRUSTED),
        (facts(), IssuerEntry(IssuerKind.ISSUER, "https://academy.example.org/other"), Trust.UNKNOWN),
        (
            facts(binding="self_asserted"),
            IssuerEntry(IssuerKind.ISSUER, "https://academy.example.org/issuer"),
            Trust.UNKNOWN,
        ),
        (
            facts(binding="self_asserted"),
            IssuerEntry(IssuerKind.ORIGIN, "academy.example.org", blocked=True),
            Trust.BLOCKED,
        ),
        (facts(), IssuerEntry(IssuerKind.KEY, "sha256:aa", blocked=True), Trust.BLOCKED),
    ],
)
def test_trust_needs_what_the_binding_proves(
    issuer: badges.Issuer, entry: IssuerEntry, expected: Trust
) -> None:
    assert decide(issuer, [entry]) is expected


def test_blocked_wins_over_trusted_and_the_name_alone_is_unknown() -> None:
    entries = [
        IssuerEntry(IssuerKind.ORIGIN, "academy.example.org"),
        IssuerEntry(IssuerKind.KEY, "sha256:aa", blocked=True),
    ]
    assert decide(facts(), entries) is Trust.BLOCKED
    assert decide(facts(), []) is Trust.UNKNOWN


def test_key_of_a_signed_badge_can_be_allowed_by_its_multikey() -> None:
    issuer = Issuer(did=HTTPS)
    badge = judge(issuer.sign(issuer.badge())).badge
    assert badge is not None
    assert decide(badge.issuer, [IssuerEntry(IssuerKind.KEY, issuer.multikey)]) is Trust.TRUSTED
    assert decide(badge.issuer, [IssuerEntry(IssuerKind.KEY, Issuer().multikey)]) is Trust.UNKNOWN
