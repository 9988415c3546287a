"""The simulated company that the demo runs on: people, pay, ratings, learning and badges, all from one seed.

Nothing in it was ever observed and nobody in it exists. What is calibrated to the published study and what is ours
stands in docs/reference/simulator.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plugin.demo import company_badges, company_records, company_statements
from plugin.demo.company_badges import ISSUER_NAME, HostedDocument
from plugin.demo.company_evidence import Badges, Learning, award_badges, record_learning
from plugin.demo.company_history import History, decide_history
from plugin.demo.company_truth import DEFAULTS, FIRST_MANAGER_LEVEL, CompanySettings
from plugin.demo.company_workforce import Workforce, hire, layout
from plugin.demo.names import Name, draw_names
from plugin.domain import (
    BadgeRecord,
    JsonObject,
    LearningRecord,
    PayRangeRecord,
    PayRecord,
    PersonRecord,
    RaiseRecord,
    RatingRecord,
)

BADGE_SITE = "https://badges.example.org"


@dataclass(frozen=True)
class ProtectedRecord:
    """Protected attributes of one person, kept apart: only fairness checks may read them. ``sex`` is f or m."""

    person_source_id: str
    sex: str
    birth_year: int


@dataclass(frozen=True, eq=False)
class Company:
    """A simulated company as columns; the methods give them as records, one list at a time."""

    seed: int
    settings: CompanySettings
    names: list[Name]
    workforce: Workforce
    badges: Badges
    courses: Learning
    history: History
    is_female: npt.NDArray[np.bool_]
    birth_year: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """People who work here on ``settings.as_of``."""
        return int(self.workforce.present.sum())

    @property
    def next_cycle_on(self) -> date:
        return self.settings.next_cycle_on

    @cached_property
    def people(self) -> list[PersonRecord]:
        return list(company_records.people(self.names, self.workforce))

    @cached_property
    def pay(self) -> list[PayRecord]:
        return list(company_records.pay(self.workforce, self.history, self.settings))

    @cached_property
    def pay_ranges(self) -> list[PayRangeRecord]:
        return list(company_records.pay_ranges(self.settings))

    @cached_property
    def ratings(self) -> list[RatingRecord]:
        return list(company_records.ratings(self.history, self.settings))

    @cached_property
    def raises(self) -> list[RaiseRecord]:
        return list(company_records.raises(self.history, self.settings))

    @cached_property
    def learning(self) -> list[LearningRecord]:
        return list(company_records.learning(self.names, self.courses, self.seed))

    def badge_records(self, base_url: str = BADGE_SITE) -> list[BadgeRecord]:
        """Awards whose credentials are hosted under ``base_url`` (no slash at its end)."""
        return list(company_records.badge_records(self.names, self.badges, base_url, ISSUER_NAME))

    def badge_documents(self, base_url: str = BADGE_SITE) -> Iterator[HostedDocument]:
        """What the issuer's server must answer under ``base_url``."""
        return company_badges.documents(self.names, self.badges, base_url)

    def statements(self) -> Iterator[JsonObject]:
        """The learning records as xAPI statements."""
        return company_statements.statements(self.learning)

    @cached_property
    def protected(self) -> list[ProtectedRecord]:
        """Sex and birth year, for fairness checks only."""
        return [
            ProtectedRecord(company_records.person_id(row), "f" if female else "m", int(year))
            for row, (female, year) in enumerate(zip(self.is_female, self.birth_year, strict=True))
        ]

    @property
    def demo_managers(self) -> list[str]:
        """``source_id`` of those who manage a team of 6 to 10 directly, in order of the list of people."""
        seats = self.workforce.seats
        counts = np.bincount(seats.boss[seats.boss >= 0], minlength=len(seats))
        has_staff_only = np.ones(len(seats), bool)
        has_staff_only[seats.boss[counts > 0]] = False
        rows = np.nonzero((counts >= 6) & (counts <= 10) & has_staff_only)[0]
        return [company_records.person_id(row) for row in rows.tolist()]


def simulate_company(seed: int, size: int = 420, *, settings: CompanySettings = DEFAULTS) -> Company:
    """A company of ``size`` present employees (50 or more) and everybody who left within its history.

    Equal arguments give an equal company. The default has more than 3,000 past raise decisions. Ada Example leads the
    first team, Bram Sample is her manager.
    """
    rng = np.random.default_rng(seed)
    workforce = hire(rng, layout(rng, size), settings)
    count = len(workforce)
    is_female = rng.random(count) < 0.42
    age_at_hire = np.clip(rng.normal(31, 7, count), 19, 58).astype(np.int64)
    hired_in = workforce.hired_on.astype("datetime64[Y]").astype(np.int64) + 1970
    badges = award_badges(rng, workforce, settings)
    disadvantaged = is_female & (workforce.column("unit") % 2 == 0)
    leaders = np.nonzero(workforce.seats.level == FIRST_MANAGER_LEVEL)[0]
    known = [int(leaders[0]), int(workforce.seats.boss[leaders[0]])]
    return Company(
        seed=seed,
        settings=settings,
        names=draw_names(rng, count, known),
        workforce=workforce,
        badges=badges,
        courses=record_learning(rng, workforce, settings),
        history=decide_history(rng, workforce, badges, disadvantaged, settings),
        is_female=is_female,
        birth_year=hired_in - age_at_hire,
    )
