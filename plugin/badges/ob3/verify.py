"""Verifies Open Badges 3.0, CLR 2.0 and the credentials inside them, step by step in the order of the specification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.credential import Credential, Proven, check_form, embedded_credential, prove
from plugin.badges.ob3.expanded import Node
from plugin.badges.ob3.facts import facts_of, first, identities_of
from plugin.badges.ob3.status import check_status, refreshed
from plugin.badges.ob3.structure import (
    BADGE,
    CLR,
    ENDORSEMENT,
    OTHER,
    check_dates,
    check_structure,
    dates,
    kind_of,
)
from plugin.badges.proof.methods import SELF_ASSERTED, Resolver
from plugin.badges.reading.documents import Fetching
from plugin.badges.reading.strict_json import JsonObject
from plugin.badges.recipients import matches
from plugin.badges.verdict import BadgeFacts, Inspection, Stopped, Verdict
from plugin.domain import BadgeVerdict
from plugin.texts import _

_FORGED = frozenset(
    {
        "invalid_signature",
        "no_proof",
        "issuer_mismatch",
        "invalid_structure",
        "invalid_jsonld",
        "undefined_terms",
    }
    | {
        "algorithm_refused",
        "invalid_key",
        "key_not_authorised",
        "not_a_credential",
        "claims_mismatch",
        "unreadable",
    }
)
_NESTED = ("endorsement", "endorsementJwt", "verifiableCredential")


@dataclass(frozen=True)
class Task:
    """What one verification may use: other documents, the moment, the recipient's verified addresses, bounds."""

    fetching: Fetching
    now: datetime
    recipients: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def resolver(self) -> Resolver:
        return Resolver(self.fetching, self.limits, self.now)


def verify_credential(credential: Credential, task: Task, *, depth: int = 0) -> Verdict:
    """The verdict on one credential; embedded ones are verified with ``depth`` + 1, at most two deep."""
    inspection = Inspection()
    if depth == 0:
        task.fetching.budget.grow(credential.size / task.limits.document_bytes)
    try:
        return _inspect(inspection, credential, task, depth)
    except Stopped:
        return inspection.result(None)


def _inspect(inspection: Inspection, credential: Credential, task: Task, depth: int) -> Verdict:
    with inspection.gate("format", _("The badge can be read and names its format.")):
        check_form(credential)
    with inspection.gate("proof", _("The signature fits the badge and its key is the issuer's.")):
        proven = prove(credential, task.resolver)
    if depth == 0:
        newer = refreshed(inspection, proven, task.resolver)
        if newer is not None:
            credential, proven = newer
    if proven.signer.binding == SELF_ASSERTED:
        inspection.note("issuer", "key_self_asserted", proven.signer.key.thumbprint)
    if proven.signer.partial:
        inspection.note("proof", "partial_disclosure")
    with inspection.gate("structure", _("All required parts of the badge are there.")):
        kind = kind_of(proven.root)
        check_structure(proven.root, kind)
    facts = facts_of(proven, kind)
    if kind in (OTHER, ENDORSEMENT):
        inspection.note("structure", "not_a_badge")
    _check_status_step(inspection, proven, task)
    facts = _check_dates_step(inspection, proven, facts, task)
    facts = _check_recipient_step(inspection, proven, facts, task, kind)
    if any(result.status not in ("", "Completed") for result in facts.results):
        inspection.note("results", "result_not_achieved")
    facts = _check_endorsements(inspection, credential, proven, facts, task, depth)
    if kind == CLR:
        facts = _check_members(inspection, credential, proven, facts, task, depth)
    return inspection.result(facts)


def _check_status_step(inspection: Inspection, proven: Proven, task: Task) -> None:
    if not proven.root.values(vocabulary.STATUS):
        inspection.skip("status", _("The issuer offers no list of withdrawn badges for this badge."))
        return
    problems = check_status(proven.root, proven.issuer, task.resolver)
    for problem in problems:
        inspection.note("status", problem.code, problem.detail)
    if not problems:
        inspection.ok("status", _("The issuer has not withdrawn the badge."))


def _check_dates_step(inspection: Inspection, proven: Proven, facts: BadgeFacts, task: Task) -> BadgeFacts:
    with inspection.step("dates", _("The badge is within its dates.")):
        starts, ends = dates(proven.root)
        if proven.expires:
            ends = min(ends, proven.expires) if ends else proven.expires
        facts = replace(facts, issued_on=starts, expires_on=ends)
        check_dates(starts, ends, task.now)
    return facts


def _check_recipient_step(
    inspection: Inspection, proven: Proven, facts: BadgeFacts, task: Task, kind: str
) -> BadgeFacts:
    if kind in (ENDORSEMENT, OTHER):
        return facts
    identities = identities_of(first(proven.root.nodes(vocabulary.SUBJECT)))
    if not identities:
        inspection.note("recipient", "recipient_unknown" if task.recipients else "recipient_missing")
        return facts
    if not task.recipients:
        inspection.skip("recipient", _("No verified address of an employee to compare the recipient with."))
        return facts
    matched = matches(identities, task.recipients)
    if matched:
        inspection.ok("recipient", _("The badge was issued to one of the verified addresses."))
    else:
        comparable = any("@" in item.value or item.hashed for item in identities)
        inspection.note("recipient", "recipient_mismatch" if comparable else "recipient_unknown")
    return replace(facts, recipient_matched=matched if matched or comparable else None)


def nested(document: Any, names: tuple[str, ...], limit: int) -> list[Any]:
    """Credentials embedded under the given terms, those inside another embedded credential left out."""
    found: list[Any] = []
    stack: list[Any] = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            for key, inner in item.items():
                if key in names:
                    found.extend(inner if isinstance(inner, list) else [inner])
                elif key not in _NESTED and key != "@context":
                    stack.append(inner)
    if len(found) > limit:
        raise BadgeProblem("too_large", _("Embedded credentials: %(number)s.", number=len(found)))
    return found


def _expanded_count(root: Node, terms: tuple[str, ...], stop: tuple[str, ...]) -> int:
    """How many values the terms have in the signed form, found the same way as ``nested`` finds them as written."""
    count = 0
    stack: list[Any] = [dict(root.raw)]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            for key, inner in item.items():
                if key in terms:
                    count += len(inner)
                elif key not in stop:
                    stack.append(inner)
    return count


def _embedded(
    document: JsonObject, root: Node, names: tuple[str, ...], terms: tuple[str, ...], limit: int
) -> list[Any]:
    """Embedded credentials as written, once their number agrees with the signed form."""
    found = nested(document, names, limit)
    if _expanded_count(root, terms, vocabulary.EMBEDDED) != len(found):
        raise BadgeProblem("invalid_structure", _("Embedded credentials stand under another name."))
    return found


def _verdicts(values: list[Any], task: Task, depth: int) -> Iterator[Verdict]:
    for value in values:
        try:
            credential = embedded_credential(value, task.limits)
        except BadgeProblem as problem:
            inspection = Inspection()
            inspection.note("format", problem.code, problem.detail)
            yield inspection.result(None)
        else:
            yield verify_credential(credential, task, depth=depth + 1)


def _check_endorsements(
    inspection: Inspection, credential: Credential, proven: Proven, facts: BadgeFacts, task: Task, depth: int
) -> BadgeFacts:
    names, terms = ("endorsement", "endorsementJwt"), vocabulary.ENDORSEMENT + vocabulary.ENDORSEMENT_JWT
    document = credential.document
    endorsed: list[str] = []
    with inspection.step("endorsements", _("Every endorsement was checked.")):
        values = _embedded(document, proven.root, names, terms, task.limits.endorsements)
        if not values or depth >= 2:
            return facts
        for verdict in _verdicts(values, replace(task, recipients=()), depth):
            if (
                verdict.verdict is BadgeVerdict.VALID
                and verdict.badge
                and verdict.badge.format == ENDORSEMENT
            ):
                endorsed.append(verdict.badge.issuer.name or verdict.badge.issuer.id)
            elif _FORGED & set(verdict.codes):
                raise BadgeProblem("endorsement_invalid", ", ".join(verdict.codes))
            else:
                inspection.note("endorsements", "endorsement_unverified", ", ".join(verdict.codes))
    return replace(facts, endorsed_by=tuple(endorsed))


def _check_members(
    inspection: Inspection, credential: Credential, proven: Proven, facts: BadgeFacts, task: Task, depth: int
) -> BadgeFacts:
    members: list[Verdict] = []
    with inspection.step("members", _("Every credential inside the record is valid on its own.")):
        values = _embedded(
            credential.document,
            proven.root,
            ("verifiableCredential",),
            vocabulary.VERIFIABLE_MEMBERS,
            task.limits.members,
        )
        if depth >= 2:
            raise BadgeProblem("too_large", _("Records are nested in records."))
        for number, verdict in enumerate(_verdicts(values, task, depth), 1):
            members.append(verdict)
            if verdict.verdict is not BadgeVerdict.VALID:
                code = "member_invalid" if verdict.verdict is BadgeVerdict.INVALID else "member_undetermined"
                inspection.note(
                    "members",
                    code,
                    _("Number %(number)s: %(codes)s.", number=number, codes=", ".join(verdict.codes)),
                )
    return replace(facts, members=tuple(members))


__all__ = ["BADGE", "Task", "nested", "verify_credential"]
