"""The demo company's columns as the records that connectors deliver, so that every layer meets familiar shapes."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from plugin.demo.company_evidence import CLASSES, COURSES, Badges, Learning
from plugin.demo.company_history import History, midpoints
from plugin.demo.company_truth import (
    COUNTRIES,
    FAMILIES,
    LEVELS,
    RANGE_WIDTH,
    CompanySettings,
    rating_period_end,
)
from plugin.demo.company_workforce import Workforce
from plugin.demo.names import Name
from plugin.domain import (
    BadgeRecord,
    Identifier,
    IdentifierKind,
    LearningRecord,
    Money,
    Outcome,
    PayRangeRecord,
    PayRecord,
    PersonRecord,
    RaiseRecord,
    RatingRecord,
    email_sha1,
    identifier,
)

DOMAIN, OLD_DOMAIN = "example.com", "example.org"
LEARNING_SITE = "https://learn.example.org"
RATING_LABELS = ("", "Far below", "Below", "As expected", "Above", "Far above")
RENAMED_EVERY = 97  # every so many-th person changed names; learning sites still know the old address


def person_id(row: int) -> str:
    return f"E{row + 1:06d}"


def address(names: list[Name], row: int) -> str:
    """The address that the HR suite knows. Row 2 is written in capitals there, as real lists have it."""
    written = names[row].address(DOMAIN)
    return written.upper() if row == 2 else written


def learner_address(names: list[Name], row: int) -> str:
    """The address that learning sites and issuers know; an old one for renamed people, unknown to the HR suite."""
    if row % RENAMED_EVERY == RENAMED_EVERY - 1:
        return Name(names[row].given, "Formername").address(OLD_DOMAIN)
    return names[row].address(DOMAIN)


def people(names: list[Name], workforce: Workforce) -> Iterator[PersonRecord]:
    """Everybody who ever worked here; those who left have ``left_on``."""
    seats = workforce.seats
    for row in range(len(workforce)):
        seat = int(workforce.seat[row])
        boss = int(seats.boss[seat])
        family, level = FAMILIES[seats.family[seat]], LEVELS[seats.level[seat]]
        yield PersonRecord(
            source_id=person_id(row),
            display_name=names[row].display,
            emails=(address(names, row),),
            employee_number=person_id(row),
            manager_source_id=person_id(boss) if boss >= 0 else None,
            job_title=_title(family, level),
            job_family=family,
            level=level,
            org_unit=f"Unit {int(seats.unit[seat]) + 1:02d}",
            country=COUNTRIES[seats.country[seat]],
            hired_on=_day(workforce.hired_on[row]),
            left_on=_day(workforce.left_on[row]) if not workforce.present[row] else None,
            fte=Decimal("0.8") if row % 11 == 10 else Decimal(1),
        )


def pay(workforce: Workforce, history: History, settings: CompanySettings) -> Iterator[PayRecord]:
    """One record at the start of the history or at hire, and one for each raise above zero."""
    cycles = settings.cycle_dates
    for row in range(len(workforce)):
        hired = _day(workforce.hired_on[row])
        first = sum(effective_on <= hired for effective_on in cycles)
        begin = max(hired, settings.history_from)
        yield _pay(row, begin, history.pay[row, first])
        for cycle in np.nonzero(history.raise_points[row] > 0)[0].tolist():
            yield _pay(row, cycles[cycle], history.pay[row, cycle + 1])


def pay_ranges(settings: CompanySettings) -> Iterator[PayRangeRecord]:
    """Every job family, level and country, from the day after ratings close for each cycle, the open one included."""
    grid = np.meshgrid(range(len(FAMILIES)), range(len(LEVELS)), range(len(COUNTRIES)), indexing="ij")
    family, level, country = (axis.ravel() for axis in grid)
    last = settings.next_cycle_on
    for back in range(settings.cycles + 1, -1, -1):
        day = rating_period_end(last.replace(year=last.year - back)) + timedelta(days=1)
        for f, lv, c, middle in zip(
            family, level, country, midpoints(family, level, country, -back), strict=True
        ):
            yield _range(day, FAMILIES[f], LEVELS[lv], COUNTRIES[c], float(middle))


def ratings(history: History, settings: CompanySettings) -> Iterator[RatingRecord]:
    """Ratings used by each past cycle and by the open one; nothing for the unrated."""
    for cycle, effective_on in enumerate((*settings.cycle_dates, settings.next_cycle_on)):
        ended = rating_period_end(effective_on)
        for row in np.nonzero(history.rating[:, cycle] > 0)[0].tolist():
            score = int(history.rating[row, cycle])
            yield RatingRecord(
                f"R{ended.year}-{person_id(row)}", person_id(row), ended, Decimal(score), RATING_LABELS[score]
            )


def raises(history: History, settings: CompanySettings) -> Iterator[RaiseRecord]:
    """Every past decision, those of nothing at all included."""
    for cycle, effective_on in enumerate(settings.cycle_dates):
        points = history.raise_points[:, cycle]
        for row in np.nonzero(~np.isnan(points))[0].tolist():
            yield RaiseRecord(
                f"D{effective_on.year}-{person_id(row)}",
                person_id(row),
                effective_on,
                Decimal(round(points[row] * 10)) / 10,
            )


def learning(names: list[Name], courses: Learning, seed: int) -> Iterator[LearningRecord]:
    """Completed units of courses; one learner in ten is named by the SHA-1 of the address, as some platforms do.

    After them three dirty records: two of an address that nobody has, one of an account of an unknown site.
    """
    units: Counter[tuple[int, int]] = Counter()
    for i in range(len(courses.person)):
        row, course = int(courses.person[i]), int(courses.course[i])
        units[row, course] += 1
        known = learner_address(names, row)
        named = email_sha1(known) if row % 10 == 9 else identifier(IdentifierKind.EMAIL, known)
        moment = datetime.fromordinal(_day(courses.completed_on[i]).toordinal()).replace(tzinfo=UTC)
        yield _course_record(
            uuid.uuid5(uuid.NAMESPACE_URL, f"{LEARNING_SITE}/{seed}/{i}"),
            named,
            (course, units[row, course]),
            moment + timedelta(seconds=int(courses.second[i])),
            Decimal(round(courses.hours[i] * 4)) / 4,
        )
    when = datetime.fromordinal(_day(courses.completed_on.max()).toordinal()).replace(tzinfo=UTC)
    for i, stranger in enumerate(STRANGERS):
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{LEARNING_SITE}/{seed}/stranger/{i}")
        yield _course_record(unique, stranger, (i, 1), when, Decimal(2))


STRANGERS = (
    identifier(IdentifierKind.EMAIL, "contractor@example.org"),
    identifier(IdentifierKind.EMAIL, "guest.learner@example.org"),
    identifier(IdentifierKind.ACCOUNT, "https://other.example.org|guest-7"),
)


def badge_address(names: list[Name], badges: Badges, award: int) -> str:
    """Who an award is for: the learner's address; the last award of all went to somebody unknown."""
    if award == len(badges.person) - 1:
        return "contractor@example.org"
    return learner_address(names, int(badges.person[award]))


def badge_records(names: list[Name], badges: Badges, base_url: str, issuer: str) -> Iterator[BadgeRecord]:
    """The awards as an issuer's listing reports them; ``credential`` is the address of the hosted assertion."""
    for award in range(len(badges.person)):
        kind = CLASSES[int(badges.badge_class[award])]
        expires = badges.expires_on[award]
        url = f"{base_url}/assertions/{award + 1}"
        yield BadgeRecord(
            source_id=url,
            recipient=(identifier(IdentifierKind.EMAIL, badge_address(names, badges, award)),),
            badge_class_id=f"{base_url}/badges/{kind.slug}",
            badge_name=kind.name,
            issuer_id=f"{base_url}/issuer",
            issuer_name=issuer,
            issued_on=_day(badges.issued_on[award]),
            expires_on=None if np.isnat(expires) else _day(expires),
            revoked=bool(badges.is_revoked[award]),
            credential=url,
            tags=badge_tags(kind.kind, kind.programme, kind.level, kind.is_strategic),
        )


def badge_tags(kind: str, programme: str, level: str, is_strategic: bool) -> tuple[str, ...]:
    """The words by which the catalogue's rules can propose an entry."""
    tags = (f"kind:{kind}", f"programme:{programme}", f"level:{level}")
    return (*tags, "strategic") if is_strategic else tags


def _course_record(
    unique: uuid.UUID, learner: Identifier, unit: tuple[int, int], moment: datetime, hours: Decimal
) -> LearningRecord:
    """``unit`` is (course, number): each unit is an activity of its own, so that its hours count once and all units count."""
    topic, number = COURSES[unit[0]], unit[1]
    return LearningRecord(
        source_id=str(unique),
        learner=(learner,),
        activity_id=f"{LEARNING_SITE}/courses/{topic.lower().replace(' ', '-')}/units/{number}",
        title=f"{topic}, unit {number}",
        outcome=Outcome.COMPLETED,
        occurred_at=moment,
        hours=hours,
    )


def _pay(row: int, day: date, amount: float) -> PayRecord:
    return PayRecord(f"P{day:%Y%m%d}-{person_id(row)}", person_id(row), day, _euro(amount))


def _range(day: date, family: str, level: str, country: str, middle: float) -> PayRangeRecord:
    unique = f"{family}-{level}-{country}-{day.year}".replace(" ", "_")
    low, high = middle * (1 - RANGE_WIDTH), middle * (1 + RANGE_WIDTH)
    return PayRangeRecord(unique, family, level, country, day, _euro(low), _euro(middle), _euro(high))


def _euro(amount: float) -> Money:
    return Money(Decimal(round(amount)), "EUR")


def _title(family: str, level: str) -> str:
    if level.startswith("M"):
        return {"M1": "Team lead", "M2": "Head of unit", "M3": "Director", "M4": "Chief executive"}[level] + (
            f", {family}" if level in ("M1", "M2") else ""
        )
    return f"{('Junior', 'Associate', 'Specialist', 'Senior', 'Principal')[int(level[1]) - 1]}, {family}"


def _day(value: np.datetime64) -> date:
    day: date = value.astype("datetime64[D]").item()
    return day
