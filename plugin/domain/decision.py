"""The words of one person's raise: what is recommended, what is decided, what still misses, and what became of it."""

from __future__ import annotations

from enum import StrEnum


class RecommendationStatus(StrEnum):
    """Whether a number is given."""

    RECOMMENDED = "advised"  # policy, skills and what the model has shown to know; the value is that of documents of engine 1
    POLICY_ONLY = "policy_only"  # the model is off: policy and skills
    ABSTAINED = "abstained"  # no number, the guideline only; ``abstain_code`` says why
    FIXED = "fixed"  # HR fixed the raise; the steps show what would have been recommended
    RULES_ONLY = "rules_only"  # no merit raise in this cycle, but the range minimum or an adjustment
    INELIGIBLE = "ineligible"  # not in this cycle; ``notes`` say why


class DecisionState(StrEnum):
    """Of one person's raise. ``OPEN`` also stands for a row that was never written."""

    OPEN = "open"
    DECIDED = "decided"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    EXPORTED = "exported"
    FAILED = "failed"  # the HR suite refused it


class Missing(StrEnum):
    """What keeps a row from being submitted."""

    DECIDE = "decide"
    REASON = "reason"
    NOTE = "note"


class RowStatus(StrEnum):
    """What a row of the worksheet asks of its manager."""

    NONE = "none"  # there is no recommendation
    HELD = "held"  # HR is checking a value of the person
    NA = "na"  # not in this cycle
    ESTIMATE = "estimate"  # the manager's own figure comes first
    TODO = "todo"
    REASON = "reason"
    NOTE = "note"
    OK = "ok"
    EXPLAINED = "explained"  # outside the range, with a reason


class RaiseState(StrEnum):
    """What became of an approved raise on its way to the HR suite."""

    READY = "ready"
    QUEUED = "queued"
    DONE = "done"
    DEAD = "dead"
    NO_CHANGE = "no_change"  # there is nothing to write


class RangeKind(StrEnum):
    """Where the range around a recommendation comes from."""

    POLICY = "policy"
    CALIBRATED = "calibrated"
    FIXED = "fixed"


class PayKind(StrEnum):
    """What of a raise is written: base pay from a day on, and what is paid once on it."""

    PAY = "pay"
    ONCE = "once"
