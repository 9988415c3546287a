"""Verifies Open Badges 2.0 and older: hosted assertions from their own address, signed ones with the issuer's key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.extensions import check_extensions
from plugin.badges.ob2.facts import facts_of
from plugin.badges.ob2.hosting import Host, Loaded, check_scope, prepared_input
from plugin.badges.ob2.legacy import class_of, types_of
from plugin.badges.ob2.properties import check_class, is_url
from plugin.badges.ob2.signing import check_revocation_list, verify_signature
from plugin.badges.ob3.structure import check_dates
from plugin.badges.ob3.verify import Task
from plugin.badges.proof import jws
from plugin.badges.proof.keys import PublicKey
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.reading.times import parse_time
from plugin.badges.recipients import Identity, matches
from plugin.badges.verdict import BadgeFacts, Inspection, Stopped, Verdict
from plugin.texts import _

_OTHER_INPUTS = ("BadgeClass", "Profile", "Endorsement")


@dataclass(frozen=True)
class Chain:
    """An assertion with its badge class and issuer; ``key`` is set when it was signed."""

    assertion: Loaded
    badge: Loaded
    issuer: Loaded
    key: PublicKey | None = None

    @property
    def old(self) -> bool:
        return self.assertion.old


def verify_document(node: JsonObject, task: Task, compact: jws.Compact | None = None) -> Verdict:
    """The verdict on an Open Badges document of version 0.5 to 2.0; ``compact`` is the token that it came in."""
    inspection = Inspection()
    try:
        return _inspect(inspection, node, task, compact)
    except Stopped:
        return inspection.result(None)


def _inspect(inspection: Inspection, node: JsonObject, task: Task, compact: jws.Compact | None) -> Verdict:
    host = Host(task.fetching, task.limits)
    with inspection.gate("format", _("The badge can be read and names its format.")):
        given = prepared_input(node)
        kind = class_of(given.node)
        if kind != "Assertion" and kind not in _OTHER_INPUTS:
            raise BadgeProblem("not_a_credential", ", ".join(types_of(given.node))[:100])
    if given.old:
        inspection.note("format", "upgraded")
    if kind != "Assertion":
        return _inspect_other(inspection, given, host, task, kind)
    signed = _is_signed(given.node)
    with inspection.gate("proof", _("The badge comes from where its issuer allows.")):
        if signed:
            if compact is None:
                raise BadgeProblem(
                    "no_proof", _("The badge says that it is signed, but its signature is missing.")
                )
            chain = _signed_chain(given, compact, host)
        else:
            chain = _hosted_chain(given, host)
    return _judge(inspection, chain, host, task)


def _is_signed(node: JsonObject) -> bool:
    verification = node.get("verification")
    return isinstance(verification, dict) and "SignedBadge" in types_of(verification)


def _hosted_chain(given: Loaded, host: Host) -> Chain:
    identifier = given.node.get("id")
    if not isinstance(identifier, str) or not is_url(identifier):
        raise BadgeProblem("no_proof", _("It is neither signed nor hosted at a web address."))
    assertion = host.load(identifier, missing="hosted_unreachable", kind="Assertion")
    if assertion.node.get("revoked") is True:
        raise BadgeProblem("revoked", str(assertion.node.get("revocationReason", "")))
    if _is_signed(assertion.node):
        raise BadgeProblem("no_proof", _("The badge says that it is signed, but its signature is missing."))
    _check_same(given.node, assertion.node)
    badge = host.part(assertion.node.get("badge"), kind="BadgeClass", trusted=assertion.url)
    issuer = host.part(badge.node.get("issuer"), kind="Profile", trusted=badge.url)
    check_scope(assertion.url, issuer)
    return Chain(assertion, badge, issuer)


def _check_same(given: JsonObject, hosted: JsonObject) -> None:
    """What was handed in must not promise something else than the issuer's copy. Raises hosted_differs."""
    for name in ("issuedOn", "badge", "recipient"):
        if name not in given:
            continue
        first, second = given[name], hosted.get(name)
        if name == "badge":
            first, second = _reference(first), _reference(second)
        elif name == "recipient":
            first, second = _recipient_form(first, second)
        elif first != second and _moment(first) == _moment(second):
            continue
        if first is not None and first != second:
            raise BadgeProblem("hosted_differs", name)


def _reference(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _recipient_form(first: Any, second: Any) -> tuple[Any, Any]:
    """Two recipients in comparable form; another salt makes them incomparable, then the hosted one decides."""
    if not isinstance(first, dict) or not isinstance(second, dict) or first.get("salt") != second.get("salt"):
        return None, None
    return str(first.get("identity")).lower(), str(second.get("identity")).lower()


def _moment(value: Any) -> object:
    try:
        return parse_time(value)
    except BadgeProblem:
        return value


def _signed_chain(given: Loaded, compact: jws.Compact, host: Host) -> Chain:
    value = given.node.get("badge")
    if isinstance(value, dict):
        issuer = _fetched_issuer(value.get("issuer"), host)
        badge = host.part(value, kind="BadgeClass", trusted=issuer.url)
    else:
        badge = host.part(value, kind="BadgeClass", trusted="")
        issuer = host.part(badge.node.get("issuer"), kind="Profile", trusted=badge.url)
    if _reference(badge.node.get("issuer")) not in (issuer.url, issuer.node.get("id")):
        raise BadgeProblem("issuer_mismatch", _("The badge class names another issuer."))
    key = verify_signature(compact, given, issuer, host)
    return Chain(given, badge, issuer, key)


def _fetched_issuer(value: Any, host: Host) -> Loaded:
    """An issuer named inside a token must be read from its own site, or the token would vouch for itself."""
    address = _reference(value)
    if not isinstance(address, str):
        raise BadgeProblem("invalid_structure", _("The badge names no issuer that we can ask."))
    return host.load(address, missing="document_unreachable", kind="Profile")


def _judge(inspection: Inspection, chain: Chain, host: Host, task: Task) -> Verdict:
    for part in (chain.assertion, chain.badge, chain.issuer):
        for remark in part.remarks:
            inspection.note("format", remark, part.url)
    with inspection.gate("structure", _("All required parts of the badge are there.")):
        check_class(chain.assertion.node, "Assertion", old=chain.old)
        check_class(chain.badge.node, "BadgeClass", old=chain.badge.old)
        check_class(chain.issuer.node, "Profile", old=chain.issuer.old)
        for part in (chain.assertion, chain.badge, chain.issuer):
            check_extensions(part.node)
    facts = facts_of(chain.assertion, chain.badge, chain.issuer, chain.key)
    with inspection.step("status", _("The issuer has not withdrawn the badge.")):
        if chain.assertion.node.get("revoked") is True:
            raise BadgeProblem("revoked", str(chain.assertion.node.get("revocationReason", "")))
        _check_withdrawn(inspection, chain, host)
    with inspection.step("dates", _("The badge is within its dates.")):
        check_dates(facts.issued_on, facts.expires_on, task.now)
    facts = _check_recipient(inspection, chain.assertion.node["recipient"], facts, task)
    facts = replace(facts, endorsed_by=_check_endorsements(inspection, chain, host, task))
    return inspection.result(facts)


def _check_withdrawn(inspection: Inspection, chain: Chain, host: Host) -> None:
    """The issuer's list binds for signed badges; a hosted one has its own address, so there the list may be silent."""
    try:
        asked = check_revocation_list(chain.assertion, chain.issuer, host)
    except BadgeProblem as problem:
        if chain.key is None and problem.code != "revoked":
            return
        raise
    if chain.key is not None and not asked:
        inspection.skip("status", _("The issuer offers no list of withdrawn badges."))


def _check_recipient(inspection: Inspection, recipient: Any, facts: BadgeFacts, task: Task) -> BadgeFacts:
    if not task.recipients:
        inspection.skip("recipient", _("No verified address of an employee to compare the recipient with."))
        return facts
    if not isinstance(recipient, dict):
        inspection.note("recipient", "recipient_unknown")
        return facts
    identity = Identity(
        str(recipient.get("identity", "")), recipient.get("hashed") is True, str(recipient.get("salt") or "")
    )
    matched = matches([identity], task.recipients)
    if matched:
        inspection.ok("recipient", _("The badge was issued to one of the verified addresses."))
    else:
        inspection.note("recipient", "recipient_mismatch")
    return replace(facts, recipient_matched=matched)


def _check_endorsements(inspection: Inspection, chain: Chain, host: Host, task: Task) -> tuple[str, ...]:
    endorsed: list[str] = []
    named = list(_endorsements(chain))
    if not named:
        return ()
    with inspection.step("endorsements", _("Every endorsement was checked.")):
        if len(named) > task.limits.endorsements:
            raise BadgeProblem("too_large", _("Endorsements: %(number)s.", number=len(named)))
        for value, target in named:
            try:
                endorsed.append(_endorser(value, target, host, task))
            except BadgeProblem as problem:
                if problem.code in ("invalid_structure", "hosted_mismatch", "hosted_id_mismatch", "no_proof"):
                    raise BadgeProblem("endorsement_invalid", problem.detail) from problem
                inspection.note("endorsements", "endorsement_unverified", problem.code)
    return tuple(endorsed)


def _endorsements(chain: Chain) -> Iterator[tuple[Any, Loaded]]:
    for part in (chain.assertion, chain.badge, chain.issuer):
        value = part.node.get("endorsement", [])
        for item in value if isinstance(value, list) else [value]:
            yield item, part


def _endorser(value: Any, target: Loaded | None, host: Host, task: Task) -> str:
    """Name of who endorses, once the hosted endorsement holds and is about ``target``."""
    address = _reference(value)
    if not isinstance(address, str) or not is_url(address):
        raise BadgeProblem("no_proof", _("An endorsement has no address."))
    endorsement = host.load(address, missing="document_unreachable", kind="Endorsement")
    if endorsement.node.get("revoked") is True:
        raise BadgeProblem("revoked")
    check_class(endorsement.node, "Endorsement")
    issuer = host.part(endorsement.node["issuer"], kind="Profile", trusted=endorsement.url)
    check_class(issuer.node, "Profile", old=issuer.old)
    check_scope(endorsement.url, issuer)
    check_dates(parse_time(endorsement.node["issuedOn"]), None, task.now)
    if target is not None and _reference(endorsement.node["claim"]) not in (
        target.url,
        target.node.get("id"),
    ):
        raise BadgeProblem("invalid_structure", _("The endorsement is about something else."))
    return str(issuer.node.get("name", ""))


def _inspect_other(inspection: Inspection, given: Loaded, host: Host, task: Task, kind: str) -> Verdict:
    """A badge class, issuer or endorsement given alone: checked, but nothing that anybody has earned."""
    with inspection.gate("proof", _("The document comes from its own address.")):
        if not is_url(given.url):
            raise BadgeProblem("no_proof", _("It has no web address to read it from."))
        loaded = host.load(given.url, missing="hosted_unreachable", kind=kind)
    for remark in loaded.remarks:
        inspection.note("format", remark, loaded.url)
    with inspection.gate("structure", _("All required parts of the document are there.")):
        if kind == "Endorsement":
            _endorser(loaded.url, None, host, task)
        else:
            check_class(loaded.node, kind, old=loaded.old)
        if kind == "BadgeClass":
            issuer = host.part(loaded.node["issuer"], kind="Profile", trusted=loaded.url)
            check_class(issuer.node, "Profile", old=issuer.old)
    inspection.note("structure", "not_a_badge", kind)
    return inspection.result(
        BadgeFacts(format=kind.lower(), id=loaded.url, name=str(loaded.node.get("name", "")))
    )
