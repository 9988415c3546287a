"""Published and own attacks on badge verification, each refused within 200 ms of CPU of both processes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from plugin.badges.limits import Limits
from plugin.badges.proof.canonical import WORKER
from plugin.domain import BadgeVerdict
from tests.badges.issuing import OB3, VC2, Issuer, Json, achievement, dump, judge, png, subject, token

ISSUER = Issuer()
CREDENTIAL = "https://www.w3.org/2018/credentials#"
STATUS = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#status"
TIME = "http://www.w3.org/2001/XMLSchema#dateTime"


def genuine(**changes: Any) -> Json:
    return ISSUER.sign(ISSUER.badge(**changes))


def changed(**changes: Any) -> Json:
    return {**genuine(), **changes}


def rekeyed(document: Json, term: str, iri: str, value: Any) -> Json:
    return {**{key: inner for key, inner in document.items() if key != term}, iri: value}


def with_subject(**changes: Any) -> Json:
    document = deepcopy(genuine())
    document["credentialSubject"] |= changes
    return document


def clique(size: int) -> Json:
    names = [f"_:n{number}" for number in range(size)]
    nodes = [{"id": name, "https://example.org/knows": [{"id": other} for other in names]} for name in names]
    return with_subject(**{"https://example.org/friends": nodes})


def twins(depth: int, width: int) -> list[Json]:
    inner = {"https://example.org/part": twins(depth - 1, width)} if depth else {"https://example.org/q": "x"}
    return [deepcopy(inner) for _ in range(width)]


ATTACKS: dict[str, tuple[Any, str]] = {
    "member added after signing": (changed(salaryBandUplift="20 %"), "undefined_terms"),
    "member added to the subject": (with_subject(awardedSkillLevel="expert"), "undefined_terms"),
    "signed name re-keyed, look-alike added": (
        {**rekeyed(genuine(), "name", "https://schema.org/name", "Python Practitioner"), "Name": "Chief"},
        "undefined_terms",
    ),
    "expired badge re-keyed": (
        rekeyed(
            genuine(validUntil="2026-02-01T00:00:00Z"),
            "validUntil",
            f"{CREDENTIAL}validUntil",
            {"@type": TIME, "@value": "2026-02-01T00:00:00Z"},
        ),
        "expired",
    ),
    "clique of blank nodes": (clique(7), "invalid_jsonld"),
    "status re-keyed away": (
        rekeyed(
            genuine(credentialStatus={"id": "urn:x:s", "type": "BitstringStatusListEntry"}),
            "credentialStatus",
            f"{CREDENTIAL}credentialStatus",
            {"@id": "urn:x:s", "@type": "https://www.w3.org/ns/credentials/status#BitstringStatusListEntry"},
        ),
        "status_list_error",
    ),
    "keyword-like member": (changed(**{"@salary": "200000"}), "undefined_terms"),
    "index annotation": (changed(**{"@index": "200000"}), "undefined_terms"),
    "inline context": (
        changed(**{"@context": [VC2, OB3, {"salary": None}], "salary": "x"}),
        "inline_context",
    ),
    "context set to null": (changed(**{"@context": [VC2, OB3, None]}), "inline_context"),
    "nested inline context": (
        with_subject(**{"@context": {"salary": None}, "salary": "x"}),
        "inline_context",
    ),
    "relative IRI": (changed(evidence=[{"id": "local/proof", "type": ["Evidence"]}]), "invalid_jsonld"),
    "blank IRI": (changed(evidence=[{"id": "", "type": ["Evidence"]}]), "invalid_jsonld"),
    "language tag that RDF drops": (
        changed(name={"@value": "Chief", "@language": "not a tag"}),
        "invalid_jsonld",
    ),
    "one key twice": (
        dump(genuine()).replace(b'"name":', b'"name": "Chief Architect", "name":', 1),
        "duplicate_keys",
    ),
    "very deep": (dump(genuine())[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "too_large"),
    "too large": (changed(description="x" * 70_000), "too_large"),
    "list at the top": (f"[{dump(genuine()).decode()}]", "unreadable"),
    "tree of identical blank nodes": (
        with_subject(**{"https://example.org/part": twins(1, 8)}),
        "work_limit",
    ),
    "wide tree of blank nodes": (with_subject(**{"https://example.org/part": twins(2, 6)}), "work_limit"),
    "many blank nodes": (  # just above the limit: a slow machine must count them within the time that one badge has
        with_subject(**{"https://example.org/part": [{"type": []}] * (Limits().blank_nodes + 1)}),
        "too_large",
    ),
    "nested contexts": (
        with_subject(creator=[{"@context": [VC2, OB3], "id": f"urn:x:{n}"} for n in range(350)]),
        "undefined_terms",
    ),
    "endless key": (
        {**genuine(), "proof": {**genuine()["proof"], "verificationMethod": f"{ISSUER.did}#z{'1' * 50_000}"}},
        "invalid_key",
    ),
    "many proofs": ({**genuine(), "proof": [genuine()["proof"]] * 9}, "too_large"),
    "empty list of proofs": (changed(proof=[]), "no_proof"),
    "context added to the proof": (
        {**genuine(), "proof": {**genuine()["proof"], "@context": "https://example.org/salary"}},
        "invalid_signature",
    ),
    "issuer swapped": (changed(issuer=Issuer().did), "issuer_mismatch"),
    "two issuers": (changed(issuer=[ISSUER.did, Issuer().did]), "invalid_structure"),
    "token with alg none": (token(ISSUER.badge(), {"alg": "none"}), "algorithm_refused"),
    "presentation around the badge": (
        {"@context": [VC2], "type": ["VerifiablePresentation"], "verifiableCredential": [genuine()]},
        "no_proof",
    ),
    "empty PNG": (png(), "not_baked"),
}


@pytest.mark.timeout(60)  # what blows up takes hours; `make bench-badges` says how little an attack costs
@pytest.mark.parametrize("name", list(ATTACKS))
def test_attack_is_refused(name: str) -> None:
    raw, code = ATTACKS[name]
    WORKER.start()
    data = raw if isinstance(raw, bytes | str) else dump(raw)
    verdict = judge(data)
    assert verdict.verdict is not BadgeVerdict.VALID
    assert code in verdict.codes


def test_statement_moved_to_another_description_of_the_same_node_still_counts() -> None:
    did = ISSUER.did
    failed = subject(id=did, result=[{"type": ["Result"], "status": "Failed"}])
    signed = ISSUER.sign(ISSUER.badge(issuer={"id": did, "type": ["Profile"]}, credentialSubject=failed))
    assert judge(signed).codes == ("result_not_achieved",)
    moved = deepcopy(signed)
    result = moved["credentialSubject"].pop("result")
    moved["issuer"]["https://purl.imsglobal.org/spec/vc/ob/vocab.html#result"] = [
        {"@type": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Result", STATUS: result[0]["status"]}
    ]
    verdict = judge(moved)
    assert verdict.codes == ("result_not_achieved",)  # the signature still fits: the graph is the same
    assert verdict.badge is not None
    assert not verdict.badge.achieved


def test_worker_is_ready_again_after_an_attack() -> None:
    assert judge(ATTACKS["tree of identical blank nodes"][0]).codes == ("work_limit",)
    assert judge(genuine()).verdict is BadgeVerdict.VALID


def test_twenty_hostile_endorsements_share_one_budget() -> None:
    endorsement = {**genuine(), "https://example.org/part": twins(1, 8)}
    document = ISSUER.badge(credentialSubject=subject(achievement=achievement(endorsement=[endorsement] * 3)))
    document["proof"] = genuine()["proof"]
    before = WORKER.cpu_seconds
    assert judge(document).codes == ("work_limit",)
    assert WORKER.cpu_seconds - before < 0.2


def test_genuine_badge_is_still_valid() -> None:
    assert judge(genuine()).verdict is BadgeVerdict.VALID
