"""Shows a manager comparable people without showing anybody: the nearest five or more, pseudonymous and rounded, or none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy.rounding import points
from plugin.advisor.recommendation.recommend import Run
from plugin.advisor.recommendation.values import Peer, Peers

STEP = Decimal("0.05")


@dataclass(frozen=True)
class PeerGroup:
    """Everybody of one job family and level who takes part; ``likeness`` (n, 4) as in ``Run``."""

    where: Ints
    likeness: Floats

    @cached_property
    def _scale(self) -> tuple[Floats, Floats]:
        """The group's mean, and its spread around it, per column."""
        known = ~np.isnan(self.likeness)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, self.likeness, 0).sum(axis=0) / n
        gap = np.where(known, self.likeness - mean, 0.0)
        spread = np.sqrt((gap**2).sum(axis=0) / n)
        return mean, np.where(spread > 0, spread, 1.0)

    def scaled(self, likeness: Floats) -> Floats:
        """Columns in units of the group's spread around its mean; a missing value counts as the mean."""
        mean, spread = self._scale
        scaled: Floats = np.nan_to_num(likeness - mean) / spread
        return scaled

    @cached_property
    def tree(self) -> Any:
        """Finds neighbours in about 0.1 ms whatever the group's size."""
        from scipy.spatial import cKDTree

        return cKDTree(self.scaled(self.likeness))

    @cached_property
    def compa(self) -> Floats:
        """Known compa-ratios, ascending."""
        column = self.likeness[:, 1]
        return np.sort(column[~np.isnan(column)])

    def others(self, i: int) -> int:
        """How many beside the person at position ``i``, who may not take part."""
        at = int(np.searchsorted(self.where, i))
        return len(self.where) - int(at < len(self.where) and int(self.where[at]) == i)

    def nearest(self, i: int, likeness: Floats, count: int) -> list[int]:
        """Positions in the snapshot of the ``count`` people most like the one at position ``i``."""
        _, found = self.tree.query(self.scaled(likeness), k=min(count + 1, len(self.where)))
        around = [int(self.where[j]) for j in np.atleast_1d(found)]
        return [j for j in around if j != i][:count]

    def below(self, compa: float) -> int:
        """How many of the group are paid less, in their range."""
        return int(np.searchsorted(self.compa, compa, "left"))


def peers(run: Run, person_id: int, *, show: int = 5) -> Peers:
    """Nearest people who take part, of the same job family and level, by rating, place in range, time since raise and new skills.

    None are shown below ``settings.peers_at_least`` others (k-anonymity). Figures are rounded to 0.05 (compa-ratio) and half a
    point; the order is by distance. InvalidInput for a person not in the snapshot.
    """
    i = run.context.snapshot.position(person_id)
    group = _group(run, i)
    k, people = run.context.settings.peers_at_least, group.others(i)
    if people < k:
        return Peers(people, k)
    nearest = group.nearest(i, run.likeness[i], max(show, k))
    now = float(run.likeness[i, 1])
    after = now * (1 + int(run.steps.percent[i]) / 1000)
    return Peers(
        people,
        k,
        tuple(_peer(run, j) for j in nearest),
        None if np.isnan(now) else group.below(now),
        None if np.isnan(now) else group.below(after) - (now < after),
    )


def _group(run: Run, i: int) -> PeerGroup:
    row = run.context.snapshot.rows[i]
    key = (row.job_family, row.level)
    if key not in run.peer_groups:
        where = run.context.peer_groups.get(key, np.zeros(0, dtype=np.int64))
        run.peer_groups[key] = PeerGroup(where, run.likeness[where])
    found: PeerGroup = run.peer_groups[key]
    return found


def _peer(run: Run, j: int) -> Peer:
    row = run.context.snapshot.rows[j]
    compa = row.compa_ratio
    silent = run.abstentions[j] is not None
    half_points = points(5 * round(int(run.steps.percent[j]) / 5))
    return Peer(
        None if compa is None else (compa / STEP).quantize(Decimal(1)) * STEP,
        row.rating,
        row.rating_label,
        None if silent else half_points,
    )
