"""Reads what an Open Badges 3.0 credential awards, from its expanded form, into the facts that all formats share."""

from __future__ import annotations

from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.credential import Proven
from plugin.badges.ob3.expanded import Node
from plugin.badges.ob3.structure import BADGE, CLR
from plugin.badges.recipients import Identity
from plugin.badges.verdict import Alignment, BadgeFacts, Evidence, Issuer, Result
from plugin.domain.web_addresses import origin_of

_FORMATS = {BADGE: "ob3", CLR: "clr2"}


def facts_of(proven: Proven, kind: str) -> BadgeFacts:
    """Everything but dates, recipient match, endorsements and members, which the checks find out."""
    root = proven.root
    subject = first(root.nodes(vocabulary.SUBJECT))
    achievement = first(subject.nodes(vocabulary.ACHIEVEMENT)) if kind == BADGE else Node({})
    criteria = first(achievement.nodes(vocabulary.CRITERIA))
    return BadgeFacts(
        format=_FORMATS.get(kind, kind),
        id=root.id,
        name=root.text(vocabulary.NAME) or achievement.text(vocabulary.NAME),
        issuer=issuer_of(proven),
        achievement_id=achievement.id,
        achievement_name=achievement.text(vocabulary.NAME),
        description=achievement.text(vocabulary.DESCRIPTION) or root.text(vocabulary.DESCRIPTION),
        achievement_type=achievement.text(vocabulary.ACHIEVEMENT_KIND),
        criteria_url=criteria.id,
        criteria_narrative=criteria.text(vocabulary.NARRATIVE),
        image=first(achievement.nodes(vocabulary.IMAGE)).id or achievement.text(vocabulary.IMAGE),
        recipient_id=subject.id,
        alignments=tuple(_alignment(node) for node in achievement.nodes(vocabulary.ALIGNMENT)),
        tags=tuple(achievement.texts(vocabulary.KEYWORDS)),
        results=tuple(_result(node) for node in subject.nodes(vocabulary.RESULT)),
        evidence=tuple(_evidence(node) for node in root.nodes(vocabulary.EVIDENCE)),
        level=achievement.text(vocabulary.LEVEL),
    )


def first(nodes: list[Node]) -> Node:
    return nodes[0] if nodes else Node({})


def issuer_of(proven: Proven) -> Issuer:
    node = first(proven.root.nodes(vocabulary.ISSUER))
    return Issuer(
        id=proven.issuer,
        name=node.text(vocabulary.NAME),
        url=node.text(vocabulary.URL),
        email=node.text(vocabulary.EMAIL),
        binding=proven.signer.binding,
        key=proven.signer.key.thumbprint,
        origin=origin_of(proven.issuer),
    )


def identities_of(subject: Node) -> list[Identity]:
    """Every way in which the subject names the recipient."""
    found = [Identity(subject.id)] if subject.id else []
    for entry in subject.nodes(vocabulary.IDENTIFIER):
        hashed = entry.text(vocabulary.HASHED) == "true"
        found.extend(
            Identity(value, hashed, entry.text(vocabulary.SALT))
            for value in entry.texts(vocabulary.IDENTITY_HASH)
        )
    return found


def _alignment(node: Node) -> Alignment:
    return Alignment(
        name=node.text(vocabulary.TARGET_NAME),
        url=node.text(vocabulary.TARGET_URL),
        framework=node.text(vocabulary.TARGET_FRAMEWORK),
        code=node.text(vocabulary.TARGET_CODE),
        target_type=node.text(vocabulary.TARGET_TYPE),
        description=node.text(vocabulary.TARGET_DESCRIPTION),
    )


def _result(node: Node) -> Result:
    return Result(
        status=node.text(vocabulary.RESULT_STATUS),
        value=node.text(vocabulary.RESULT_VALUE),
        achieved_level=node.text(vocabulary.ACHIEVED_LEVEL),
        result_description=node.text(vocabulary.RESULT_DESCRIPTION),
    )


def _evidence(node: Node) -> Evidence:
    return Evidence(
        node.id,
        node.text(vocabulary.NAME),
        node.text(vocabulary.DESCRIPTION),
        node.text(vocabulary.NARRATIVE),
    )
