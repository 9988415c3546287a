"""How states, methods and figures are called on the analyst's pages, so that no code name is shown to a person."""

from __future__ import annotations

from plugin.advisor.fairness import wording
from plugin.advisor.model.wording import METHODS
from plugin.domain import FairnessVerdict, ModelState, said
from plugin.errors import AdvisorError
from plugin.figures import writing
from plugin.services.payroll.checks import Line
from plugin.texts import N_, _

STATE_SIGNS = {
    ModelState.IN_USE: "ok",
    ModelState.APPROVED: "ok",
    ModelState.CHECKED: "reason",
    ModelState.REFUSED: "bad",
}
AS_THEY_WERE = {
    "model": N_("This model, trained on repaired raises"),
    "unrepaired": N_("Same method, trained on original raises"),
    "policy": METHODS["policy"],
}
GROUPS = {
    "performance": N_("Performance"),
    "skills": N_("New skills"),
    "pay_position": N_("Position in range"),
    "time": N_("Time since last raise"),
    "learning": N_("Learning"),
    "rules": N_("Rules"),
    "other": N_("Other"),
}
VERDICT_SIGNS = {
    FairnessVerdict.PASS: "ok",
    FairnessVerdict.NOT_MEASURED: "todo",
    FairnessVerdict.WARN: "reason",
    FairnessVerdict.FAIL: "bad",
}
DIRECTIONS = {
    1: N_("A higher value never lowers the raise"),
    -1: N_("A higher value never increases the raise"),
    0: N_("Either direction"),
}
KINDS = {
    "train": N_("Model training"),
    "fairness": N_("Fairness report"),
    "snapshot": N_("Snapshot"),
    "left_out": N_("Check for employees left out"),
    "recommend": N_("Recommendations"),
    "changes": N_("Changes since the snapshot"),
    "refresh": N_("Recalculation for one employee"),
    "refresh_kind": N_("Recalculation for one kind of change"),
    "check_raises": N_("Check of raises before sending"),
    "export": N_("Sending approved raises"),
    "collect": N_("Reading the results"),
    "dry_run": N_("Dry run on last year"),
    "compare": N_("Model comparison"),
    "next_money": N_("Effect of a larger budget"),
    "drift": N_("Comparison with the training data"),
    "replay": N_("Recalculation of a recommendation"),
    "fit_policy": N_("Policy fit to a target"),
    "judge": N_("Check of all values"),
    "read_file": N_("Preview of a file"),
}
ABSTENTIONS = {
    "unverified_data": N_("Employee data not verified"),
    "rating_frozen": N_("Rating frozen by HR"),
    "rating_missing": N_("No rating"),
    "too_few_comparable": N_("Too few comparable employees"),
    "out_of_distribution": N_("Unlike any employee in the training data"),
}
DRIFT = {"alike": N_("similar"), "moved": N_("changed"), "moved_far": N_("changed a lot")}
DRIFT_SIGNS = {"alike": "ok", "moved": "reason", "moved_far": "bad"}
PROGRAMME = {
    "policy_points": N_("Policy guideline, points"),
    "raise_points": N_("Decided raises, points"),
}


def plus(value: float | None, digits: int = 2) -> str:
    """With its sign: +0.12, −0.38, 0.00; – when there is none."""
    return writing.NONE if value is None else writing.decimals(value, digits, is_signed=True)


def plain(value: float | None, digits: int = 2) -> str:
    """Without a plus: 0.81, −0.04, 0.00; – when there is none."""
    return writing.NONE if value is None else writing.decimals(value, digits)


def points(value: float | None, digits: int = 2) -> str:
    """0.71 points; – when there is none."""
    return writing.NONE if value is None else _("%(points)s points", points=writing.decimals(value, digits))


def share(value: float | None) -> str:
    """81%; – when there is none."""
    return writing.NONE if value is None else writing.whole_percent(value)


def sentence(problem: AdvisorError) -> str:
    """What went wrong and what to do, as sentences."""
    text, remedy = str(problem), problem.remedy
    parts = [text] if not remedy or remedy in text else [text, remedy]
    return " ".join(full(part) for part in parts)


def full(text: str) -> str:
    """With a capital at the start and a stop at the end."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def capital(text: str) -> str:
    """Only the first letter changes: German nouns keep theirs."""
    return text[:1].upper() + text[1:]


FILTERS = {
    "plus": plus,
    "plain": plain,
    "points": points,
    "share": share,
    "full": full,
    "capital": capital,
    "named": wording.word,
    "feature": wording.feature,
    "hidden_because": wording.hidden,
}


def raise_words(line: Line) -> str:
    """What became of a raise on its way to payroll."""
    return _("On hold") if line.problem else said(line.state)
