"""Invented companies for the advisor's tests: policies, snapshots with known truth, past cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np

from plugin.advisor.model.training import PastCycle
from plugin.advisor.policy.matrix import Band, Cell, Criterion, Matrix
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.recommendation.snapshot import EmployeeRow, SkillEvidence, Snapshot, snapshot
from plugin.domain import Money

AS_OF = date(2026, 4, 1)
RATINGS = Criterion(
    "rating",
    (
        Band("low", None, Decimal("2.5")),
        Band("meets", Decimal("2.5"), Decimal("3.5")),
        Band("above", Decimal("3.5"), None),
        Band("unrated", missing=True),
    ),
)
COMPA = Criterion(
    "compa_ratio",
    (
        Band("below", None, Decimal("0.95")),
        Band("around", Decimal("0.95"), Decimal("1.05")),
        Band("over", Decimal("1.05"), None),
        Band("no range", missing=True),
    ),
)
DEFAULTS = {"low": "1.0", "meets": "2.5", "above": "3.6", "unrated": "2.0"}
BONUS = {"below": "0.8", "around": "0.0", "over": "-0.6", "no range": "0.0"}


def matrix() -> Matrix:
    """Rating × compa-ratio, complete."""
    cells = []
    for rating, base in DEFAULTS.items():
        for place, bonus in BONUS.items():
            middle = Decimal(base) + Decimal(bonus)
            spread = [Decimal(0), middle - Decimal("0.4"), middle, middle + 1, middle + 2]
            cells.append(Cell((rating, place), *(max(v, Decimal(0)) for v in spread)))
    return Matrix((RATINGS, COMPA), tuple(cells))


def policy(**changes: object) -> Policy:
    """A policy with defaults, changed as told."""
    return replace(Policy("test", matrix()), **changes)  # type: ignore[arg-type]


def euro(amount: int | str | Decimal) -> Money:
    """Euro."""
    return Money(Decimal(amount), "EUR")


def badge(ref: str = "b1", **changes: object) -> SkillEvidence:
    """A valid new intermediate skill badge."""
    start = SkillEvidence(
        ref, f"Badge {ref}", f"skill-{ref}", "skill", AS_OF - timedelta(days=60), "Example Academy"
    )
    return replace(start, **({"level": "intermediate"} | changes))  # type: ignore[arg-type]


def person(person_id: int = 1, **changes: object) -> EmployeeRow:
    """Somebody in the middle of everything."""
    start = EmployeeRow(
        person_id,
        euro(60000),
        job_family="engineering",
        level="E2",
        country="XX",
        org_unit="north",
        hired_on=date(2018, 1, 1),
        range_minimum=euro(48000),
        range_midpoint=euro(60000),
        range_maximum=euro(72000),
        rating=Decimal(3),
        previous_rating=Decimal(3),
        rating_label="Meets",
        last_pay_change_on=date(2025, 4, 1),
        learning_hours=Decimal(30),
    )
    return replace(start, **changes)  # type: ignore[arg-type]


def people(count: int, *, seed: int = 1, year: int = 2026, levels: int = 3) -> list[EmployeeRow]:
    """Different people with ranges, ratings, badges and leaves; the same for the same seed."""
    rng = np.random.default_rng([seed, year])
    as_of = date(year, 4, 1)
    return [_random_person(i + 1, rng, as_of, levels) for i in range(count)]


def _random_person(person_id: int, rng: np.random.Generator, as_of: date, levels: int) -> EmployeeRow:
    level = int(rng.integers(levels))
    midpoint = 40000 + 12000 * level
    rating = int(np.clip(round(rng.normal(3.2, 0.9)), 1, 5))
    months = int(rng.integers(6, 40))
    return person(
        person_id,
        annual=euro(int(midpoint * rng.uniform(0.78, 1.22))),
        fte=Decimal("0.6") if rng.random() < 0.1 else Decimal(1),
        level=f"E{level}",
        org_unit=["north", "south"][int(rng.integers(2))],
        range_minimum=euro(int(midpoint * 0.8)),
        range_midpoint=euro(midpoint),
        range_maximum=euro(int(midpoint * 1.2)),
        rating=Decimal(rating),
        previous_rating=Decimal(int(np.clip(rating + rng.integers(-1, 2), 1, 5))),
        rating_label=f"Rating {rating}",
        last_pay_change_on=as_of - timedelta(days=30 * months),
        new_evidence=tuple(_random_badge(person_id, n, rng, as_of) for n in range(int(rng.poisson(0.7)))),
        learning_hours=Decimal(int(rng.lognormal(3.3, 0.7))),
    )


def _random_badge(person_id: int, n: int, rng: np.random.Generator, as_of: date) -> SkillEvidence:
    return badge(
        f"{person_id}-{n}",
        kind=["skill", "knowledge", "performance"][int(rng.choice(3, p=[0.45, 0.45, 0.1]))],
        level=["foundational", "intermediate", "advanced"][int(rng.integers(3))],
        strategic=bool(rng.random() < 0.2),
        issued_on=as_of - timedelta(days=int(rng.integers(1, 170))),
        scarcity=Decimal(int(rng.integers(0, 11))) / 10,
        scarcity_on=as_of - timedelta(days=90),
        scarcity_source="time to hire, example figures",
    )


@cache
def company(count: int = 200, *, seed: int = 1, year: int = 2026, levels: int = 3) -> Snapshot:
    """A snapshot of ``people``."""
    return snapshot(date(year, 4, 1), "EUR", people(count, seed=seed, year=year, levels=levels))


def past_cycles(
    years: Sequence[int], count: int, rules: Policy, *, signal: float = 1.0, noise: float = 0.5, seed: int = 1
) -> list[PastCycle]:
    """Cycles decided by policy + ``signal`` times a known rule (months, hours, rating change) + noise."""
    from plugin.advisor.model.training import margin_of
    from plugin.advisor.recommendation.frame import frame

    found = []
    for year in years:
        snap = company(count, seed=seed, year=year)
        layers = frame(snap, rules)
        c = layers.columns
        extra = (
            0.03 * (c.months_since_raise - 22)
            + 0.01 * np.minimum(c.learning_hours - 30, 60)
            + 0.3 * (c.rating - c.previous_rating)
        )
        rng = np.random.default_rng([seed, year, 9])
        given = margin_of(layers, rules) + signal * extra + rng.normal(0, noise, count) + 0.2 * (year % 3)
        decided = {
            row.person_id: Decimal(f"{value:.2f}") for row, value in zip(snap.rows, given, strict=True)
        }
        found.append(PastCycle(year, snap, decided))
    return found
