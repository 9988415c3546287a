"""Learning hours per person and year, each hour once, beside the goal and the tiers of the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plugin.services.core import Core
from plugin.store.database import Tx
from plugin.store.evidence import learning_time
from plugin.store.evidence.learning_time import Counted

GOAL = Decimal(40)
TIERS: Mapping[str, Decimal] = {
    "super": Decimal(60),
    "steady": Decimal(40),
    "adequate": Decimal(20),
    "under": Decimal(0),
}
"""Tier -> from how many hours a year, the highest first."""
SMALL = 20_000  # records of a year that are counted while a page waits, about a second
_TENTH, _TICK = Decimal("0.1"), timedelta(microseconds=1)
_NOTHING = Counted(Decimal(0), 0, 0)


@dataclass(frozen=True)
class PersonHours:
    """``hours`` to a tenth; ``repeated`` of the ``records`` told the same hours again, or none."""

    person_id: int
    name: str
    hours: Decimal
    records: int
    repeated: int

    @property
    def tier(self) -> str:
        return tier(self.hours)

    @property
    def has_reached_goal(self) -> bool:
        return self.hours >= GOAL


@dataclass(frozen=True)
class Totals:
    """Of everybody employed in the year. ``by_tier`` has every tier."""

    people: int
    hours: Decimal
    by_tier: Mapping[str, int]
    reached_goal: int

    @property
    def mean(self) -> Decimal:
        return (self.hours / self.people).quantize(_TENTH) if self.people else Decimal(0)


def tier(hours: Decimal) -> str:
    """The tier of so many hours a year, as shown: to a tenth."""
    shown = hours.quantize(_TENTH)
    return next((name for name, least in TIERS.items() if shown >= least), "under")


def years(core: Core) -> list[int]:
    """Years with learning records, the newest first; the present year when there is none."""
    with core.database.reading() as tx:
        found = learning_time.ends(tx)
    now = core.clock().year
    return list(range(min(found[1].year, now), found[0].year - 1, -1)) if found else [now]


def records(core: Core, year: int) -> int:
    """How many learning records the year has."""
    with core.database.reading() as tx:
        return learning_time.number(tx, *_bounds(year))


def page(
    core: Core, year: int, *, tier: str | None = None, after: int = 0, limit: int = 50
) -> list[PersonHours]:
    """People in the order of ids. Only their records are read; with a ``tier`` those of everybody."""
    with core.database.reading() as tx:
        if tier is not None:
            return [one for one in _everybody(tx, year) if one.tier == tier and one.person_id > after][:limit]
        people = learning_time.employees(tx, *_days(year), after=after, limit=limit)
        known = dict(learning_time.by_person(tx, *_bounds(year), person_ids=[who for who, _ in people]))
    return [_hours(who, name, known) for who, name in people]


def totals(core: Core, year: int) -> Totals:
    """Counts every record of the year (see ``records``)."""
    with core.database.reading() as tx:
        everybody = _everybody(tx, year)
    tiers = Counter(one.tier for one in everybody)
    return Totals(
        len(everybody),
        sum((one.hours for one in everybody), Decimal(0)),
        {name: tiers[name] for name in TIERS},
        sum(one.has_reached_goal for one in everybody),
    )


def _everybody(tx: Tx, year: int) -> list[PersonHours]:
    known = dict(learning_time.by_person(tx, *_bounds(year)))
    return [_hours(who, name, known) for who, name in learning_time.employees(tx, *_days(year))]


def _hours(who: int, name: str, known: Mapping[int, Counted]) -> PersonHours:
    counted = known.get(who, _NOTHING)
    return PersonHours(who, name, counted.hours.quantize(_TENTH), counted.records, counted.repeated)


def _bounds(year: int) -> tuple[datetime, datetime]:
    """The UTC calendar year, as ``learning_time`` wants it: behind the first, up to the second."""
    return datetime(year, 1, 1, tzinfo=UTC) - _TICK, datetime(year + 1, 1, 1, tzinfo=UTC) - _TICK


def _days(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)
