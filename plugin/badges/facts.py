"""Reads what an Open Badges 3.0 credential awards, from its expanded form, into the facts that all formats share."""

from __future__ import annotations

from plugin.badges import vocabulary as v
from plugin.badges.addresses import origin_of
from plugin.badges.credential import Proven
from plugin.badges.expanded import Node
from plugin.badges.recipients import Identity
from plugin.badges.structure import BADGE, CLR
from plugin.badges.verdict import Alignment, BadgeFacts, Evidence, Issuer, Result

_FORMATS = {BADGE: "ob3", CLR: "clr2"}


def facts_of(proven: Proven, kind: str) -> BadgeFacts:
    """Everything but dates, recipient match, endorsements and members, which the checks find out."""
    root = proven.root
    subject = first(root.nodes(v.SUBJECT))
    achievement = first(subject.nodes(v.ACHIEVEMENT)) if kind == BADGE else Node({})
    criteria = first(achievement.nodes(v.CRITERIA))
    return BadgeFacts(
        format=_FORMATS.get(kind, kind),
        id=root.id,
        name=root.text(v.NAME) or achievement.text(v.NAME),
        issuer=issuer_of(proven),
        achievement_id=achievement.id,
        achievement_name=achievement.text(v.NAME),
        description=achievement.text(v.DESCRIPTION) or root.text(v.DESCRIPTION),
        achievement_type=achievement.text(v.ACHIEVEMENT_KIND),
        criteria_url=criteria.id,
        criteria_narrative=criteria.text(v.NARRATIVE),
        image=first(achievement.nodes(v.IMAGE)).id or achievement.text(v.IMAGE),
        recipient_id=subject.id,
        alignments=tuple(_alignment(node) for node in achievement.nodes(v.ALIGNMENT)),
        tags=tuple(achievement.texts(v.KEYWORDS)),
        results=tuple(_result(node) for node in subject.nodes(v.RESULT)),
        evidence=tuple(_evidence(node) for node in root.nodes(v.EVIDENCE)),
        level=achievement.text(v.LEVEL),
    )


def first(nodes: list[Node]) -> Node:
    return nodes[0] if nodes else Node({})


def issuer_of(proven: Proven) -> Issuer:
    node = first(proven.root.nodes(v.ISSUER))
    return Issuer(
        id=proven.issuer,
        name=node.text(v.NAME),
        url=node.text(v.URL),
        email=node.text(v.EMAIL),
        binding=proven.signer.binding,
        key=proven.signer.key.thumbprint,
        origin=origin_of(proven.issuer),
    )


def identities_of(subject: Node) -> list[Identity]:
    """Every way in which the subject names the recipient."""
    found = [Identity(subject.id)] if subject.id else []
    for entry in subject.nodes(v.IDENTIFIER):
        hashed = entry.text(v.HASHED) == "true"
        found.extend(Identity(value, hashed, entry.text(v.SALT)) for value in entry.texts(v.IDENTITY_HASH))
    return found


def _alignment(node: Node) -> Alignment:
    return Alignment(
        name=node.text(v.TARGET_NAME),
        url=node.text(v.TARGET_URL),
        framework=node.text(v.TARGET_FRAMEWORK),
        code=node.text(v.TARGET_CODE),
        target_type=node.text(v.TARGET_TYPE),
        description=node.text(v.TARGET_DESCRIPTION),
    )


def _result(node: Node) -> Result:
    return Result(
        status=node.text(v.RESULT_STATUS),
        value=node.text(v.RESULT_VALUE),
        achieved_level=node.text(v.ACHIEVED_LEVEL),
        result_description=node.text(v.RESULT_DESCRIPTION),
    )


def _evidence(node: Node) -> Evidence:
    return Evidence(node.id, node.text(v.NAME), node.text(v.DESCRIPTION), node.text(v.NARRATIVE))
