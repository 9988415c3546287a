"""Four years of invented raises of invented people, with the sex of each, for tests of training and of fairness."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plugin.services.core import Core
from plugin.store import tables
from plugin.store.database import insert
from plugin.store.model import protected
from tests.small_company import MADE_AT

YEARS = (2022, 2023, 2024, 2025)


def history(
    core: Core,
    *,
    people: int = 120,
    signal: float = 1.0,
    bias: float = 0.0,
    women_learn_less: bool = False,
    units: int = 0,
    is_known: bool = True,
) -> None:
    """Learning hours move raises beyond the policy by ``signal``; women get ``bias`` points more on top.

    ``women_learn_less`` makes hours a stand-in for sex. With ``units`` people are spread over so many units, eight at a
    time, and only every second unit has the bias. ``is_known`` False: no protected attribute is stored.
    """
    with core.database.transaction() as tx:
        for i in range(people):
            woman = i % 2 == 0
            rating, pay = 2 + (i // 2) % 4, 52_000 + 130 * i
            unit = (i // 8) % units if units else 0
            is_biased = woman and unit % 2 == 0
            who = insert(
                tx,
                tables.person,
                source_id=f"H-{i}",
                display_name=f"History {i:03}",
                job_family="Engineering",
                level="E2",
                country="IE",
                org_unit=f"Unit {unit}",
                hired_on=date(2015, 1, 1),
                fte=Decimal(1),
                updated_at=MADE_AT,
            )
            known = [(who, "sex", "f" if woman else "m"), (who, "birth_year", str(1960 + i % 40))]
            protected.put(tx, known if is_known else [])
            for n, year in enumerate(YEARS):
                hours = (i * 37 + n * 53) % 90
                if women_learn_less:
                    hours = hours // 3 if woman else 60 + hours // 3
                base = {2: 1, 3: 3, 4: 4, 5: 5}[rating] + (
                    0.5 if pay < 58_900 else -0.5 if pay >= 65_100 else 0
                )
                points = (
                    base
                    + signal * (hours - 45) / 45
                    + ((i * 7 + n) % 5 - 2) / 20
                    + (bias if is_biased else 0)
                )
                rows = {"person_id": who, "effective_on": date(year, 4, 1)}
                insert(tx, tables.past_raise, **rows, percent=max(Decimal(str(round(points, 2))), Decimal(0)))
                insert(tx, tables.pay, **rows, annual=Decimal(pay), currency="EUR")
                ended = date(year - 1, 12, 31)
                insert(tx, tables.rating, person_id=who, period_ended_on=ended, score=Decimal(rating))
                insert(
                    tx,
                    tables.learning,
                    person_id=who,
                    inbox_id=100_000 + i * 10 + n,
                    source_id=f"h-{i}-{n}",
                    activity_id="https://courses.example.org/2",
                    title="A course",
                    outcome="completed",
                    occurred_at=MADE_AT.replace(year=year - 1),
                    hours=Decimal(hours),
                )


def with_sexes(core: Core, people: dict[str, int]) -> None:
    """Every second person of a company, by name, is a woman."""
    with core.database.transaction() as tx:
        names = sorted(people)
        protected.put(tx, [(people[name], "sex", "f" if i % 2 else "m") for i, name in enumerate(names)])
