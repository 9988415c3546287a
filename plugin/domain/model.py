"""The words of models and of fairness reports."""

from __future__ import annotations

from enum import StrEnum


class ModelState(StrEnum):
    CHECKED = "checked"  # waits for approval
    APPROVED = "approved"
    IN_USE = "in_use"
    RETIRED = "retired"
    REFUSED = "refused"


class FairnessVerdict(StrEnum):
    """What a gate says, the mildest first. ``NOT_MEASURED`` is neither good nor bad: too few people or no data."""

    PASS = "pass"  # noqa: S105 - a word, not a password
    NOT_MEASURED = "not_measured"
    WARN = "warn"
    FAIL = "fail"
