"""The words of a raise cycle: its states, what HR rules in it, and what changes under it."""

from __future__ import annotations

from enum import StrEnum


class CycleState(StrEnum):
    """In the order of its life."""

    DRAFT = "draft"
    NOTICE = "notice"
    SHADOW = "shadow"
    OPEN = "open"
    REVIEW = "review"
    APPROVED = "approved"
    EXPORTED = "exported"
    CLOSED = "closed"


class Reveal(StrEnum):
    """When a manager sees the recommendation."""

    TOGETHER = "together"
    ON_REQUEST = "on_request"
    AFTER_OWN = "after_own"  # the manager's own figure comes first


class RulingKind(StrEnum):
    """What HR rules for one person."""

    FIXED = "fixed"
    MARKET = "market"
    EQUITY = "equity"
    RATING_FROZEN = "rating_frozen"


class ChangeKind(StrEnum):
    """What changed of a person under an open cycle."""

    LEFT = "left"
    JOINED = "joined"
    TRANSFERRED = "transferred"
    REPORTED = "reported"
    PAY_CHANGED = "pay_changed"
    PROMOTED = "promoted"
    HOURS_CHANGED = "hours_changed"
    RATING_CHANGED = "rating_changed"
    PAY_RANGE_CHANGED = "pay_range_changed"
    UNIT_CHANGED = "unit_changed"
    COUNTRY_CHANGED = "country_changed"
    HIRING_DAY_CHANGED = "hiring_day_changed"
    BADGES_CHANGED = "badges_changed"
    DATA_PROBLEMS_CHANGED = "data_problems_changed"


class ChangeChoice(StrEnum):
    """How HR settles such a change."""

    KEEP = "keep"
    REFRESH = "refresh"
    REMOVE = "remove"
