"""How the kinds and levels of a badge and the kinds of leave are called, wherever a policy or a badge names them."""

from __future__ import annotations

from plugin.domain import BadgeKind, LeaveKind, said
from plugin.texts import N_, _

LEVELS = {
    "foundational": N_("foundational"),
    "intermediate": N_("intermediate"),
    "advanced": N_("advanced"),
    "expert": N_("expert"),
}


def badge_kind(kind: str) -> str:
    return said(BadgeKind(kind)) if kind in list(BadgeKind) else kind


def level(name: str) -> str:
    """A level of the issuer's own stays as it is."""
    return _(LEVELS[name]) if name in LEVELS else name


def leave(kind: str) -> str:
    return said(LeaveKind(kind))
