"""The inputs that may never move anybody's pay, each with its reason, enforced in code wherever features are chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plugin.errors import InvalidInput


@dataclass(frozen=True)
class BannedInput:
    """``words``: a name is banned when it holds one of them as a whole word (``a_b`` = both in a row, ``x*`` = a beginning)."""

    code: str
    reason: str
    words: tuple[str, ...]
    proxy: bool = False


REGISTRY: tuple[BannedInput, ...] = (
    BannedInput(
        "sex",
        "Sex and gender are protected; they are read by the fairness checks and the repair of labels only.",
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
        "Age is protected.",
        ("age", "ages", "birth*", "born", "dob", "year_of_birth", "generation", "retire*", "pension*"),
    ),
    BannedInput(
        "ethnicity",
        "Origin is protected.",
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
        "Religion and belief are protected.",
        ("relig*", "faith", "belief*", "church*", "politic*", "union"),
    ),
    BannedInput(
        "health",
        "Health and disability are protected.",
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
        "Family state is protected in many countries and stands in for sex.",
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
        "Where somebody lives stands in for origin (Illinois HB 3773 names the postcode).",
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
        "The level of pay repeats the past; use the place in the pay range.",
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
        "Past raises carry past bias forward (measured: an adjusted gap of -0.15 points instead of -0.01).",
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
        "Paying by who might leave punishes the loyal; laws on surveillance wages aim at it.",
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
        "Behavioural surveillance is no measure of work.",
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
        "Years of service and experience stand in for age.",
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
        "Part-time work and leave stand in for sex and family.",
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
        "Who the manager is explains the past's favour, not the work.",
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
            f"{', '.join(sorted(found))} cannot be used for pay",
            fields={name: entry.reason for name, entry in found.items()},
            remedy="leave it out; the registry in plugin/advisor/model/banned.py says why",
        )


def _matches(text: str, word: str) -> bool:
    if word.startswith("*"):
        pattern = rf"(^|_)[a-z]*{word[1:]}(_|$)"
    elif word.endswith("*"):
        pattern = rf"(^|_){word[:-1]}"
    else:
        pattern = rf"(^|_){word}(_|$)"
    return re.search(pattern, text) is not None
