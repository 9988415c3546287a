"""How states, methods and figures are called on the analyst's pages, so that no code name is shown to a person."""

from __future__ import annotations

import re

from plugin.domain import CycleState, FairnessVerdict, ModelState
from plugin.errors import AdvisorError
from plugin.figures.writing import MINUS

STATES = {
    ModelState.CHECKED: "Waits for approval",
    ModelState.REFUSED: "Not usable",
    ModelState.APPROVED: "Approved",
    ModelState.IN_USE: "In use",
    ModelState.RETIRED: "Retired",
}
STATE_SIGNS = {
    ModelState.IN_USE: "ok",
    ModelState.APPROVED: "ok",
    ModelState.CHECKED: "reason",
    ModelState.REFUSED: "bad",
}
METHODS = {
    "model": "This model",
    "ridge": "Straight lines (ridge regression)",
    "policy": "The policy as it is written",
    "matrix": "Average of the cell in the merit matrix",
    "median": "The same for all: the median",
    "mean": "The same for all: the mean",
}
AS_THEY_WERE = {
    "model": "This model, trained on repaired raises",
    "unrepaired": "The same kind, trained on raises as they were",
    "policy": METHODS["policy"],
}
GROUPS = {
    "performance": "Performance",
    "skills": "New skills",
    "pay_position": "Place in the pay range",
    "time": "Time since the last raise",
    "learning": "Learning",
    "rules": "Rules",
    "other": "Other",
}
VERDICTS = {
    FairnessVerdict.PASS: "Passed",
    FairnessVerdict.NOT_MEASURED: "Not measured",
    FairnessVerdict.WARN: "Look at it",
    FairnessVerdict.FAIL: "Failed",
}
VERDICT_SIGNS = {
    FairnessVerdict.PASS: "ok",
    FairnessVerdict.NOT_MEASURED: "todo",
    FairnessVerdict.WARN: "reason",
    FairnessVerdict.FAIL: "bad",
}
DIRECTIONS = {1: "more of it never lowers the raise", -1: "more of it never raises it", 0: "either way"}
KINDS = {
    "train": "Training a model",
    "fairness": "Measuring fairness",
    "snapshot": "Taking the snapshot",
    "left_out": "Looking for people whom a snapshot leaves out",
    "recommend": "Making the recommendations",
    "changes": "Comparing today’s data with the snapshot",
    "refresh": "Advising one person anew",
    "refresh_kind": "Advising everybody with a change of one kind anew",
    "check_raises": "Checking what would be sent",
    "export": "Sending the approved raises",
    "collect": "Reading the results",
    "dry_run": "Dry run on last year",
    "compare": "Comparing two models",
    "next_money": "Working out whom more money would reach",
    "drift": "Comparing this cycle with what its model learned from",
    "replay": "Computing a figure again",
    "fit_policy": "Fitting a policy to a target",
}
CYCLE_STATES = {
    CycleState.SHADOW: "trial run",
    CycleState.OPEN: CycleState.OPEN,
    CycleState.REVIEW: "in review",
    CycleState.APPROVED: CycleState.APPROVED,
    CycleState.EXPORTED: "sent",
    CycleState.CLOSED: CycleState.CLOSED,
}
ABSTENTIONS = {
    "unverified_data": "The person’s data are not verified",
    "rating_frozen": "HR froze the rating",
    "rating_missing": "There is no rating",
    "too_few_comparable": "Too few comparable people",
    "out_of_distribution": "Unlike anybody the model has seen",
}
GATES = {
    "recommendation gap": "Suggestions alike for like work",
    "attribute-blind test": "Does not repeat a gap of past raises",
    "impact ratio": "Alike among the highest suggestions",
    "proxy scan": "What the model sees does not give the group away",
    "pay gap by category": "Pay alike in each category of equal work",
    "overrides": "Managers’ changes add no gap",
    "accepted unchanged": "People decide, not the tool",
    "group size": "Enough people to measure",
}
DRIFT = {"alike": "alike", "moved": "moved", "moved_far": "moved far"}
DRIFT_SIGNS = {"alike": "ok", "moved": "reason", "moved_far": "bad"}
PROGRAMME = {
    "policy_points": "What the policy says, points",
    "raise_points": "Raises that were decided, points",
}


def plus(value: float | None, digits: int = 2) -> str:
    """With its sign: +0.12, −0.38, 0.00; – when there is none."""
    if value is None:
        return "–"
    shown = f"{abs(value):.{digits}f}"
    if float(shown) == 0:
        return shown
    return f"{'+' if value > 0 else MINUS}{shown}"


def plain(value: float | None, digits: int = 2) -> str:
    """Without a plus: 0.81, −0.04, 0.00; – when there is none."""
    return plus(value, digits).removeprefix("+")


def minus(text: str) -> str:
    """A sentence with real minus signs before its numbers."""
    return re.sub(r"(?<![\w.])-(?=\d)", MINUS, text)


def points(value: float | None, digits: int = 2) -> str:
    """0.71 points; – when there is none."""
    return "–" if value is None else f"{value:.{digits}f} points"


def share(value: float | None) -> str:
    """81%; – when there is none."""
    return "–" if value is None else f"{value:.0%}"


def sentence(problem: AdvisorError) -> str:
    """What went wrong and what to do, as sentences."""
    text, remedy = str(problem), problem.remedy
    parts = [text] if not remedy or remedy in text else [text, remedy]
    return " ".join(full(part) for part in parts)


def full(text: str) -> str:
    """With a capital at the start and a stop at the end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


FILTERS = {"minus": minus, "plus": plus, "plain": plain, "points": points, "share": share, "full": full}
