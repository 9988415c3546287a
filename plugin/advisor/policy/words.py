"""How the kinds and levels of a badge and the kinds of leave are called, wherever a policy or a badge names them."""

from __future__ import annotations

from plugin.domain import BadgeKind, LeaveKind
from plugin.texts import N_, _

BADGE_KINDS = {
    BadgeKind.SKILL: N_("Skill"),
    BadgeKind.KNOWLEDGE: N_("Knowledge"),
    BadgeKind.CONTRIBUTION: N_("Contribution"),
    BadgeKind.PERFORMANCE: N_("Performance"),
    BadgeKind.MEMBERSHIP: N_("Membership"),
}
LEVELS = {
    "foundational": N_("foundational"),
    "intermediate": N_("intermediate"),
    "advanced": N_("advanced"),
    "expert": N_("expert"),
}
LEAVE = {
    LeaveKind.PARENTAL: N_("parental leave"),
    LeaveKind.CARE: N_("care leave"),
    LeaveKind.SICK: N_("sick leave"),
    LeaveKind.UNPAID: N_("unpaid leave"),
    LeaveKind.OTHER: N_("other leave"),
}


def badge_kind(kind: str) -> str:
    return _(BADGE_KINDS[BadgeKind(kind)]) if kind in list(BADGE_KINDS) else kind


def level(name: str) -> str:
    """A level of the issuer's own stays as it is."""
    return _(LEVELS[name]) if name in LEVELS else name


def leave(kind: str) -> str:
    return _(LEAVE[LeaveKind(kind)])
