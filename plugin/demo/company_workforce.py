"""Who works in the demo company: seats in a reporting tree, their holders over the years, jobs and places.

A seat keeps its team, job family, level and country for ever; people come and go. Nobody is promoted here: the
promotion question belongs to the panel of plugin.demo.simulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from plugin.demo.company_truth import COUNTRIES, FAMILIES, FIRST_MANAGER_LEVEL, LEVELS, CompanySettings
from plugin.errors import InvalidInput
from plugin.texts import _

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

SMALLEST_TEAM, LARGEST_TEAM = 6, 10
SMALLEST_COMPANY = 50


@dataclass(frozen=True, eq=False)
class Seats:
    """One row a seat, the head of the company first. ``boss`` is the row of the seat above, -1 for the head."""

    boss: Ints
    unit: Ints
    family: Ints
    level: Ints
    country: Ints

    def __len__(self) -> int:
        return len(self.boss)


@dataclass(frozen=True, eq=False)
class Workforce:
    """One row a person, present ones first (row i holds seat i), then those who left. Days are datetime64[D]."""

    seats: Seats
    seat: Ints
    hired_on: Days
    left_on: Days  # NaT: still here
    ability: npt.NDArray[np.float64]  # standard normal; nobody in the company sees it

    def __len__(self) -> int:
        return len(self.seat)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        return np.isnat(self.left_on)

    def column(self, name: str) -> Ints:
        """A column of the person's seat: unit, family, level or country."""
        values: Ints = getattr(self.seats, name)[self.seat]
        return values

    @property
    def manager(self) -> Ints:
        """Row of the person who manages each person today, -1 for the head of the company."""
        return self.seats.boss[self.seat]


def layout(rng: np.random.Generator, size: int) -> Seats:
    """A tree of ``size`` seats whose first-level teams have 6 to 10 members. InvalidInput under 50 seats."""
    if size < SMALLEST_COMPANY:
        raise InvalidInput(
            _("Enter a company size of %(least)s or more, not %(size)s.", least=SMALLEST_COMPANY, size=size)
        )
    layers = _layers(size)
    starts = np.concatenate([[0], np.cumsum(layers)])
    boss = np.full(size, -1)
    for depth in range(1, len(layers)):
        above = np.arange(starts[depth - 1], starts[depth])
        members = _team_sizes(rng, layers[depth], layers[depth - 1])
        boss[starts[depth] : starts[depth + 1]] = np.repeat(above, members)
    return _with_jobs(rng, boss, starts)


def hire(rng: np.random.Generator, seats: Seats, settings: CompanySettings) -> Workforce:
    """People for the seats over the whole history; each leaver is replaced within about two months."""
    size, years = len(seats), settings.cycles + 1
    end = np.datetime64(settings.as_of, "D")
    start = np.datetime64(settings.history_from, "D")
    leaves = rng.random((size, years)) < settings.attrition
    leaves[seats.level == len(LEVELS) - 1] = False
    seat, year = np.nonzero(leaves)
    left = start + (365 * year + rng.integers(30, 270, len(seat))).astype("timedelta64[D]")
    keep = left < end - np.timedelta64(150, "D")
    seat, left = seat[keep], left[keep]
    follows = left + rng.integers(20, 90, len(left)).astype("timedelta64[D]")
    first = start - (rng.exponential(5.0, size).clip(0.5, 28) * 365).astype("timedelta64[D]")
    hired = _hire_days(seat, first, follows)
    last = _last_hires(size, seat, first, follows)
    return Workforce(
        seats=seats,
        seat=np.concatenate([np.arange(size), seat]),
        hired_on=np.concatenate([last, hired]),
        left_on=np.concatenate([np.full(size, np.datetime64("NaT", "D")), left]),
        ability=rng.standard_normal(size + len(seat)),
    )


def days(moment: date) -> np.datetime64:
    return np.datetime64(moment, "D")


def _hire_days(seat: Ints, first: Days, follows: Days) -> Days:
    """When each leaver had come: after the leaver before on the same seat, or as the seat's first holder."""
    if len(seat) == 0:
        return follows
    is_first = np.concatenate([[True], seat[1:] != seat[:-1]])
    before = np.concatenate([follows[:1], follows[:-1]])
    return np.where(is_first, first[seat], before)


def _last_hires(size: int, seat: Ints, first: Days, follows: Days) -> Days:
    hired = first.copy()
    hired[seat] = follows  # rows are in order of time within a seat, so the last one stays
    return hired[:size]


def _layers(size: int) -> list[int]:
    """Seats a layer from the head down, about eight to a manager."""
    managers = [max(1, round(size / 9))]
    while managers[0] > 1:
        managers.insert(0, max(1, round(managers[0] / 8)))
    return [*managers, size - sum(managers)]


def _team_sizes(rng: np.random.Generator, members: int, managers: int) -> Ints:
    """Sizes that sum to ``members``; about even, a few moved from one team to the next."""
    sizes = np.full(managers, members // managers)
    sizes[: members % managers] += 1
    for taker, giver in rng.permutation(managers)[: managers // 2 * 2].reshape(-1, 2):
        moved = min(int(rng.integers(0, 3)), LARGEST_TEAM - sizes[taker], sizes[giver] - SMALLEST_TEAM)
        if moved > 0:
            sizes[taker] += moved
            sizes[giver] -= moved
    return sizes


def _with_jobs(rng: np.random.Generator, boss: Ints, starts: Ints) -> Seats:
    """Families, units, countries by first-level team; levels by depth."""
    size, depth_count = len(boss), len(starts) - 1
    team_rows = np.arange(starts[depth_count - 2], starts[depth_count - 1])
    family = np.zeros(size, np.int64)
    country = np.zeros(size, np.int64)
    unit = np.zeros(size, np.int64)
    family[team_rows] = rng.permutation(np.arange(len(team_rows)) % len(FAMILIES))
    country[team_rows] = rng.choice(len(COUNTRIES), len(team_rows), p=[0.35, 0.2, 0.2, 0.15, 0.1])
    unit[team_rows] = boss[team_rows]
    staff = np.arange(starts[depth_count - 1], size)
    for column in (family, country, unit):
        column[staff] = column[boss[staff]]
        for depth in range(depth_count - 3, -1, -1):  # a higher manager takes after the first team below
            rows = np.arange(starts[depth], starts[depth + 1])
            children = np.arange(starts[depth + 1], starts[depth + 2])
            _, first = np.unique(boss[children], return_index=True)
            column[rows] = column[children[first]]
    level = np.zeros(size, np.int64)
    level[staff] = rng.choice(FIRST_MANAGER_LEVEL, len(staff), p=[0.12, 0.26, 0.32, 0.2, 0.1])
    for depth in range(depth_count - 1):
        height = depth_count - 2 - depth
        rows = np.arange(starts[depth], starts[depth + 1])
        level[rows] = len(LEVELS) - 1 if depth == 0 else min(FIRST_MANAGER_LEVEL + height, len(LEVELS) - 2)
    return Seats(boss, np.unique(unit, return_inverse=True)[1], family, level, country)
