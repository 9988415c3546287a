"""How far long work is: stored as a code with its counts, said in the reader's language."""

from __future__ import annotations

from enum import StrEnum

from plugin.domain.ids import known_id
from plugin.texts import N_, _, counted


class Step(StrEnum):
    READING_EMPLOYEES = "reading_employees"
    PACKING = "packing"
    READING_SNAPSHOT = "reading_snapshot"
    CHECKING_PAY = "checking_pay"
    APPLYING_POLICY = "applying_policy"
    RECOMMENDED = "recommended"
    STARTING_AGAIN = "starting_again"
    READING_TODAY = "reading_today"
    RECALCULATING = "recalculating"
    RECALCULATED = "recalculated"
    LAST_YEAR = "last_year"
    MORE_MONEY = "more_money"
    REPLAYING = "replaying"
    FITTING_POLICY = "fitting_policy"
    READING_RAISES = "reading_raises"
    TRAINING = "training"
    MEASURING_FAIRNESS = "measuring_fairness"
    COMPARING_GROUPS = "comparing_groups"
    COMPARING_MODELS = "comparing_models"
    COMPARING_TRAINING = "comparing_training"
    CHECKED_RAISES = "checked_raises"
    QUEUED_RAISES = "queued_raises"
    READ_ANSWERS = "read_answers"
    COUNTING_ROWS = "counting_rows"
    READING_ROWS = "reading_rows"
    COMPARING_ROWS = "comparing_rows"


WORDS = {
    Step.READING_EMPLOYEES: N_("reading employees, pay and badges"),
    Step.PACKING: N_("packing the snapshot; employees: %(num)s"),
    Step.READING_SNAPSHOT: N_("reading the snapshot"),
    Step.CHECKING_PAY: N_("checking for employees without pay"),
    Step.APPLYING_POLICY: N_("applying policy and budget; employees: %(num)s"),
    Step.RECOMMENDED: N_("employees with a recommendation: %(num)s of %(total)s"),
    Step.STARTING_AGAIN: N_("the cycle was changed: starting again"),
    Step.READING_TODAY: N_("reading today's data"),
    Step.RECALCULATING: N_("recalculating"),
    Step.RECALCULATED: N_("employees recalculated: %(num)s of %(total)s"),
    Step.LAST_YEAR: N_("calculating recommendations on last year's data"),
    Step.MORE_MONEY: N_("fitting the budget with slightly more money"),
    Step.REPLAYING: N_("calculating from the frozen inputs"),
    Step.FITTING_POLICY: N_("reading pay data and fitting the matrix"),
    Step.READING_RAISES: N_("reading past raises"),
    Step.TRAINING: N_("training and testing on each year; past raises: %(num)s"),
    Step.MEASURING_FAIRNESS: N_("measuring fairness on the held-out year"),
    Step.COMPARING_GROUPS: N_("comparing groups"),
    Step.COMPARING_MODELS: N_("calculating recommendations with both models"),
    Step.COMPARING_TRAINING: N_("comparing this cycle with the training data"),
    Step.CHECKED_RAISES: N_("raises checked: %(num)s"),
    Step.QUEUED_RAISES: N_("raises checked: %(num)s, queued: %(total)s"),
    Step.READ_ANSWERS: N_("answers read: %(num)s of %(total)s"),
    Step.COUNTING_ROWS: N_("rows counted: %(num)s"),
    Step.READING_ROWS: N_("%(num)s of %(total)s rows read"),
    Step.COMPARING_ROWS: N_("%(num)s rows read; comparing them with what is on record"),
}


def at(step: Step, *counts: int) -> str:
    """A step as it is stored: its code and up to two counts."""
    return ":".join([step, *map(str, counts)])


def words(stored: str) -> str:
    """What a stored step says; words that an older version stored stay as they are."""
    code, *counts = stored.split(":")
    if code not in list(Step) or None in map(known_id, counts):
        return stored
    return _(
        WORDS[Step(code)], **dict(zip(("num", "total"), (counted(int(one)) for one in counts), strict=False))
    )
