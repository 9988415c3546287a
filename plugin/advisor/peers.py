"""Shows a manager comparable people without showing anybody: the nearest five or more, pseudonymous and rounded, or none."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from plugin.advisor import wording
from plugin.advisor.recommend import Run
from plugin.advisor.recommendation import Peer, Peers
from plugin.advisor.tables import Floats, Ints

STEP = Decimal("0.05")


def peers(run: Run, person_id: int, *, show: int = 5) -> Peers:
    """Nearest people of the same job family and level by rating, place in range, time since raise and new skills.

    None are shown below ``settings.peers_at_least`` others (k-anonymity). Figures are rounded to 0.05 (compa-ratio) and half a
    point; the order is by distance, so letters say nothing about who it is. InvalidInput for a person not in the snapshot.
    """
    context = run.context
    i = context.snapshot.position(person_id)
    others = _others(run, i)
    k = context.settings.peers_at_least
    if len(others) < k:
        return Peers(wording.NO_PEERS.format(people=len(others), k=k), len(others))
    nearest = others[np.argsort(_distance(run, i, others), kind="stable")][: max(show, k)]
    compa = run.likeness[:, 1]
    after = compa[i] * (1 + int(run.steps.percent[i]) / 1000)
    return Peers(
        wording.PEERS.format(people=len(others)),
        len(others),
        tuple(_peer(run, int(j), chr(ord("A") + n)) for n, j in enumerate(nearest)),
        None if np.isnan(compa[i]) else int((compa[others] < compa[i]).sum()),
        None if np.isnan(compa[i]) else int((compa[others] < after).sum()),
    )


def _others(run: Run, i: int) -> Ints:
    row = run.context.snapshot.rows[i]
    group = run.context.peer_groups[row.job_family, row.level]
    others: Ints = group[group != i]
    return others


def _distance(run: Run, i: int, others: Ints) -> Floats:
    """Euclidean over columns scaled by the group's own spread; a missing value counts as one spread away."""
    group = run.likeness[others]
    known = ~np.isnan(group)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, group, 0).sum(axis=0) / n
    spread = np.sqrt((np.where(known, group - mean, 0) ** 2).sum(axis=0) / n)
    gap = (group - run.likeness[i]) / np.where(spread > 0, spread, 1.0)
    distance: Floats = np.sqrt((np.where(np.isnan(gap), 1.0, gap) ** 2).sum(axis=1))
    return distance


def _peer(run: Run, j: int, letter: str) -> Peer:
    row = run.context.snapshot.rows[j]
    compa = row.compa_ratio
    silent = run.abstentions[j] is not None or not run.context.frame.eligible[j].takes_part
    half_points = Decimal(round(int(run.steps.percent[j]) / 5)) / 2
    return Peer(
        f"Peer {letter}",
        None if compa is None else (compa / STEP).quantize(Decimal(1)) * STEP,
        row.rating_label or ("" if row.rating is None else f"{row.rating}"),
        None if silent else half_points,
    )
