"""The inputs that may never move anybody's pay, each with its reason, enforced in code wherever features are chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plugin.advisor.model import wording
from plugin.errors import InvalidInput
from plugin.texts import _


@dataclass(frozen=True)
class BannedInput:
    """``words``: a name is banned when it holds one of them as a whole word (``a_b`` = both in a row, ``x*`` = a beginning)."""

    code: str
    words: tuple[str, ...]
    proxy: bool = False


REGISTRY: tuple[BannedInput, ...] = (
    BannedInput(
        "sex",
        (
            "sex",
            "gender*",
            "female*",
            "male",
            "males",
            "woman",
            "women",
            "man",
            "men",
            "pronoun*",
            "salutation",
        ),
    ),
    BannedInput(
        "age",
        ("age", "ages", "birth*", "born", "dob", "year_of_birth", "generation", "retire*", "pension*"),
    ),
    BannedInput(
        "ethnicity",
        (
            "ethnic*",
            "race",
            "races",
            "racial",
            "black",
            "white",
            "hisp*",
            "latino*",
            "asian*",
            "nation_of_birth",
            "nationalit*",
            "citizen*",
            "migra*",
            "mother_tongue",
            "accent",
            "surname",
            "name",
        ),
    ),
    BannedInput(
        "belief",
        ("relig*", "faith", "belief*", "church*", "politic*", "union"),
    ),
    BannedInput(
        "health",
        (
            "disab*",
            "health*",
            "sick*",
            "illness",
            "medical",
            "pregnan*",
            "maternity",
            "paternity",
            "parental",
        ),
    ),
    BannedInput(
        "family",
        (
            "marital*",
            "married",
            "spouse",
            "wife",
            "husband",
            "child*",
            "kids",
            "family_status",
            "orientation",
        ),
    ),
    BannedInput(
        "place_of_home",
        (
            "postcode*",
            "postal*",
            "zip*",
            "home_address",
            "address",
            "commute*",
            "neighbourhood",
            "neighborhood",
        ),
        proxy=True,
    ),
    BannedInput(
        "absolute_pay",
        (
            "pay",
            "salary",
            "salaries",
            "*wage",
            "*wages",
            "earnings",
            "income",
            "remuneration",
            "annual",
            "midpoint",
        ),
    ),
    BannedInput(
        "past_raises",
        (
            "last_raise",
            "past_raise*",
            "previous_raise",
            "prior_raise",
            "raise_history",
            "raise_percent",
            "last_increase",
            "bonus*",
            "previous_salary",
            "hike*",
        ),
    ),
    BannedInput(
        "flight_risk",
        (
            "flight*",
            "attrition*",
            "turnover*",
            "retention*",
            "leave_risk",
            "resign*",
            "job_search*",
            "linkedin*",
        ),
    ),
    BannedInput(
        "behaviour",
        (
            "email*",
            "mail*",
            "keystroke*",
            "mouse*",
            "screen*",
            "badge_swipe*",
            "office_days",
            "overtime*",
            "login*",
            "chat*",
            "message*",
            "sentiment*",
            "webcam*",
            "location*",
            "gps*",
            "behavio*",
        ),
    ),
    BannedInput(
        "tenure",
        (
            "tenure*",
            "years_of_service",
            "service_years",
            "seniority",
            "exper",
            "expersq",
            "experience*",
            "hired_on",
        ),
        proxy=True,
    ),
    BannedInput(
        "part_time",
        (
            "fte",
            "part_time",
            "parttime",
            "hours_worked",
            "weekly_hours",
            "absence*",
            "leave",
            "leaves",
            "leave_days",
        ),
        proxy=True,
    ),
    BannedInput(
        "manager_identity",
        ("manager", "manager_id", "supervisor*", "person_id", "employee_id", "employee_number"),
        proxy=True,
    ),
)


def find(name: str) -> BannedInput | None:
    """The entry that bans a name, None when it is free."""
    text = "_".join(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
    for entry in REGISTRY:
        if any(_matches(text, word) for word in entry.words):
            return entry
    return None


def check(names: Iterable[str]) -> None:
    """InvalidInput with the reason per name when any of them is banned or a registered proxy."""
    found = {name: entry for name in names if (entry := find(name)) is not None}
    if found:
        raise InvalidInput(
            _("These inputs cannot be used for pay: %(names)s.", names=", ".join(sorted(found))),
            fields={name: wording.refused(entry.code)[1] for name, entry in found.items()},
            remedy=_("Remove them from the features."),
        )


def _matches(text: str, word: str) -> bool:
    if word.startswith("*"):
        pattern = rf"(^|_)[a-z]*{word[1:]}(_|$)"
    elif word.endswith("*"):
        pattern = rf"(^|_){word[:-1]}"
    else:
        pattern = rf"(^|_){word}(_|$)"
    return re.search(pattern, text) is not None
