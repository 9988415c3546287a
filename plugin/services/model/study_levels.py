"""Who changed the level between two cycles: the only history of levels that there is, kept in the cycles' snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from plugin.services.cycle import recommending
from plugin.store.cycle import cycles, frozen_inputs
from plugin.store.database import Tx

WIDEST = 1.5  # times the months of a row: a change between snapshots further apart cannot be put into one row


@dataclass(frozen=True)
class Step:
    """A person's levels on two days of snapshots that follow each other."""

    before_on: date
    on: date
    has_moved: bool


@dataclass(frozen=True)
class Levels:
    """``snapshots``: how many there are. ``steps`` by person, oldest first; nothing of who has no level in one of two."""

    snapshots: int
    steps: Mapping[int, tuple[Step, ...]]

    def moved(self, person_id: int, after: date, until: date) -> bool | None:
        """Whether the level was another one at the last snapshot of these days; None when that is not known.

        Which of two levels is higher is not known here: every change counts.
        """
        longest = (until - after).days * WIDEST
        found = [
            step
            for step in self.steps.get(person_id, ())
            if after < step.on <= until and (step.on - step.before_on).days <= longest
        ]
        return any(step.has_moved for step in found) if found else None


def read(tx: Tx) -> Levels:
    """From the newest snapshot of each cycle, one a day."""
    by_day: dict[date, dict[int, str]] = {}
    for one in cycles.newest_first(tx):
        if frozen_inputs.has_snapshot(tx, one.id):
            rows = recommending.read_snapshot(frozen_inputs.newest_snapshot(tx, one.id)).rows
            by_day.setdefault(one.snapshot_on, {row.person_id: row.level for row in rows if row.level})
    steps: dict[int, list[Step]] = defaultdict(list)
    for (before_on, before), (on, now) in pairwise(sorted(by_day.items())):
        for person_id in before.keys() & now.keys():
            steps[person_id].append(Step(before_on, on, before[person_id] != now[person_id]))
    return Levels(len(by_day), {who: tuple(mine) for who, mine in steps.items()})
