"""What people of the demo company learned: badges over the whole history, learning records of the last years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.demo.company_truth import FAMILIES, CompanySettings
from plugin.demo.company_workforce import Days, Ints, Workforce, days
from plugin.demo.simulator import BADGE_MIX, HOURS_LOG_MEAN, HOURS_LOG_SD
from plugin.domain import BadgeKind

KINDS = ("knowledge", "skill", "contribution", "performance", "membership")
PROGRAMMES = (
    "skill development recognition",
    "certificate programme",
    "specialization",
    "certification",
    "special achievement",
)
LEVELS = ("foundational", "intermediate", "expert")


@dataclass(frozen=True)
class BadgeClass:
    """A kind of badge that the invented issuer awards. ``family`` is None for badges open to everybody."""

    slug: str
    name: str
    kind: str
    programme: str
    level: str
    is_strategic: bool
    skills: tuple[str, ...]
    family: str | None = None
    years_valid: int | None = None


TOPICS = {
    "Technical sales": "Solution Selling|Contract Negotiation|Account Planning|Storage Sales|Hybrid Cloud Sales",
    "Software engineering": "Test Automation|Distributed Systems|Code Review|Release Engineering|Model Operations",
    "Consulting": "Process Mapping|Change Facilitation|Interviewing|Workshop Design|Data Strategy",
    "Customer support": "Incident Handling|Customer Dialogue|Knowledge Writing|Remote Diagnosis|Security Response",
    "Finance": "Closing the Books|Forecasting|Cost Accounting|Contract Review|Analytics for Finance",
}  # the last topic of each job family is strategic


def _topic_classes(family: str, topic: str, *, is_strategic: bool) -> tuple[BadgeClass, BadgeClass]:
    """A knowledge badge and a skill badge for one topic."""
    slug = topic.lower().replace(" ", "-")
    programme, level = (PROGRAMMES[3], LEVELS[2]) if is_strategic else (PROGRAMMES[1], LEVELS[1])
    return (
        BadgeClass(
            slug=f"{slug}-essentials",
            name=f"{topic} Essentials",
            kind=BadgeKind.KNOWLEDGE,
            programme=PROGRAMMES[0],
            level=LEVELS[0],
            is_strategic=is_strategic,
            skills=(topic,),
            family=family,
        ),
        BadgeClass(
            slug=f"{slug}-practitioner",
            name=f"{topic} Practitioner",
            kind=BadgeKind.SKILL,
            programme=programme,
            level=level,
            is_strategic=is_strategic,
            skills=(topic,),
            family=family,
            years_valid=3 if is_strategic else None,
        ),
    )


CLASSES: tuple[BadgeClass, ...] = (
    *(
        badge
        for family, topics in TOPICS.items()
        for rank, topic in enumerate(topics.split("|"))
        for badge in _topic_classes(family, topic, is_strategic=rank == topics.count("|"))
    ),
    BadgeClass("mentor", "Mentor of the Season", "contribution", PROGRAMMES[4], LEVELS[1], False, ()),
    BadgeClass("open-source", "Open Source Contributor", "contribution", PROGRAMMES[4], LEVELS[1], False, ()),
    BadgeClass("top-result", "Top Result", "performance", PROGRAMMES[4], LEVELS[1], False, ()),
    BadgeClass("guild-member", "Guild Member", "membership", PROGRAMMES[4], LEVELS[0], False, ()),
)

UNIT_HOURS, LONGEST_UNIT = (
    6.0,
    8,
)  # a course is done unit by unit; no single one counts more than a working day

COURSES = tuple(sorted({skill for badge in CLASSES for skill in badge.skills}))


@dataclass(frozen=True, eq=False)
class Badges:
    """One row an award. ``badge_class`` indexes CLASSES; ``expires_on`` is NaT where it never expires."""

    person: Ints
    badge_class: Ints
    issued_on: Days
    expires_on: Days
    is_revoked: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Learning:
    """One row a completed unit of a course. ``course`` indexes COURSES; hours in quarters, 8 at most; ``second`` of the day it ended."""

    person: Ints
    course: Ints
    completed_on: Days
    second: Ints
    hours: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Counts of valid badges since the cycle before; a row a person, a column a past cycle and one for the open one."""

    skill: Ints
    knowledge: Ints
    strategic: Ints


def award_badges(rng: np.random.Generator, people: Workforce, settings: CompanySettings) -> Badges:
    """Badges in the study's mix of kinds over each person's time here since ``history_from``; nobody earns one twice."""
    begin, end = _employed(people, days(settings.history_from), days(settings.as_of))
    years = (end - begin).astype(np.float64) / 365.25
    eagerness = rng.gamma(2.0, 0.5, len(people))
    counts = rng.poisson(np.clip(years, 0, None) * eagerness * settings.badges_per_year)
    person = np.repeat(np.arange(len(people)), counts)
    share = rng.random(len(person))
    issued = begin[person] + (share * (end - begin)[person].astype(np.float64)).astype("timedelta64[D]")
    chosen = _choose_classes(rng, people.column("family")[person])
    order = np.lexsort((issued, chosen, person))
    repeats = (np.diff(person[order]) == 0) & (np.diff(chosen[order]) == 0)
    once = np.sort(order[np.concatenate([[True], ~repeats])]) if len(order) else order
    person, chosen, issued = person[once], chosen[once], issued[once]
    valid_years = np.array([badge.years_valid or 0 for badge in CLASSES])[chosen]
    expires = np.where(
        valid_years > 0, issued + (365 * valid_years).astype("timedelta64[D]"), np.datetime64("NaT", "D")
    )
    return Badges(person, chosen, issued, expires, rng.random(len(person)) < 0.01)


def record_learning(rng: np.random.Generator, people: Workforce, settings: CompanySettings) -> Learning:
    """Completed courses whose hours a person-year follow the study's spread (mean about 100.6 a year)."""
    parts = [_learning_year(rng, people, settings, back) for back in range(settings.learning_years, 0, -1)]
    return Learning(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


_COLUMNS = ("person", "course", "completed_on", "second", "hours")


def new_evidence(people: Workforce, badges: Badges, settings: CompanySettings) -> Evidence:
    """What each past decision, and the open one, could see as new: issued after the cycle before, up to this one."""
    ends = np.array([*settings.cycle_dates, settings.next_cycle_on], "datetime64[D]")
    window = np.searchsorted(ends, badges.issued_on)
    shape = (len(people), len(ends))
    kind = np.array([badge.kind for badge in CLASSES])[badges.badge_class]
    strategic = np.array([badge.is_strategic for badge in CLASSES])[badges.badge_class]

    def count(rows: npt.NDArray[np.bool_]) -> Ints:
        rows = rows & ~badges.is_revoked
        flat = np.bincount(badges.person[rows] * shape[1] + window[rows], minlength=shape[0] * shape[1])
        return flat.reshape(shape)

    skill = kind == BadgeKind.SKILL
    return Evidence(count(skill), count(kind == BadgeKind.KNOWLEDGE), count(skill & strategic))


def _employed(people: Workforce, begin: np.datetime64, end: np.datetime64) -> tuple[Days, Days]:
    left = np.where(people.present, end, people.left_on)
    return np.maximum(people.hired_on, begin), np.minimum(left, end)


def _choose_classes(rng: np.random.Generator, family: Ints) -> Ints:
    """A class of the person's own job family for knowledge and skill; any of the open ones otherwise."""
    kinds = np.array([badge.kind for badge in CLASSES])
    families = np.array([FAMILIES.index(badge.family) if badge.family else -1 for badge in CLASSES])
    group = rng.choice(3, len(family), p=BADGE_MIX)
    chosen = np.zeros(len(family), np.int64)
    for index in range(len(FAMILIES)):
        for number, kind in enumerate(("knowledge", "skill")):
            rows = (group == number) & (family == index)
            chosen[rows] = rng.choice(np.nonzero((kinds == kind) & (families == index))[0], rows.sum())
    others = group == 2
    chosen[others] = rng.choice(np.nonzero(families == -1)[0], others.sum())
    return chosen


def _learning_year(
    rng: np.random.Generator, people: Workforce, settings: CompanySettings, back: int
) -> Learning:
    end = days(settings.as_of) - np.timedelta64(365 * (back - 1), "D")
    begin, until = _employed(people, end - np.timedelta64(365, "D"), end)
    length = np.clip((until - begin).astype(np.float64), 0, None)
    hours = rng.lognormal(HOURS_LOG_MEAN, HOURS_LOG_SD, len(people)) * length / 365
    counts = np.where(hours >= 1, np.ceil(hours / UNIT_HOURS), 0).astype(np.int64)
    person = np.repeat(np.arange(len(people)), counts)
    weight = rng.uniform(0.8, 1.2, len(person))
    total = np.bincount(person, weight, len(people))
    quarters = np.clip(np.round(4 * hours[person] * weight / total[person]), 1, 4 * LONGEST_UNIT)
    day = begin[person] + (rng.random(len(person)) * length[person]).astype("timedelta64[D]")
    second = rng.integers(8 * 3600, 18 * 3600, len(person))
    course = rng.integers(0, len(COURSES), len(person))
    return Learning(person, course, day, second, quarters / 4)
