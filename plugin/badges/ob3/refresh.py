"""Follows an issuer's refresh service once, so that a badge that was corrected is judged by its newest copy."""

from __future__ import annotations

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.credential import Credential, Proven, check_form, prove, read_credential
from plugin.badges.proof.methods import Resolver
from plugin.badges.verdict import Inspection


def refreshed(inspection: Inspection, proven: Proven, resolver: Resolver) -> tuple[Credential, Proven] | None:
    """The newer copy, or None when there is none to be had; a copy with another id, issuer or key binding is ignored."""
    services = [
        node
        for node in proven.root.nodes(vocabulary.REFRESH)
        if vocabulary.REFRESH_TYPE in node.types and node.id
    ]
    if not services:
        return None
    try:
        raw = resolver.fetching.body(services[0].id, missing="refresh_unavailable")
        credential = read_credential(raw, resolver.limits)
        check_form(credential)
        newer = prove(credential, resolver)
    except BadgeProblem as problem:
        inspection.note("refresh", "refresh_unavailable", problem.detail)
        return None
    if (newer.root.id, newer.issuer, newer.signer.binding) != (
        proven.root.id,
        proven.issuer,
        proven.signer.binding,
    ):
        inspection.note("refresh", "refresh_unavailable", "the copy is another badge")
        return None
    inspection.ok("refresh", "The issuer's newest copy of the badge was checked.")
    return credential, newer
