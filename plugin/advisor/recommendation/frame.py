"""Everybody's policy layers computed once for a snapshot: who takes part, skill points, columns, matrix bands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy import eligibility, guideline, skills
from plugin.advisor.policy.eligibility import Eligible
from plugin.advisor.policy.pay_policy import Policy
from plugin.advisor.policy.settings import RewardedSkill
from plugin.advisor.policy.skills import SkillPoints
from plugin.advisor.recommendation.columns import Columns, columns
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.errors import InvalidInput
from plugin.texts import _


@dataclass(frozen=True)
class Frame:
    """One entry per row of the snapshot, in its order."""

    eligible: tuple[Eligible, ...]
    skills: tuple[SkillPoints, ...]
    columns: Columns
    bands: Ints  # (n, criteria)

    @cached_property
    def takes_part(self) -> npt.NDArray[np.bool_]:
        """Who is in the cycle."""
        return np.array([entry.takes_part for entry in self.eligible], dtype=bool)

    @cached_property
    def factor(self) -> Floats:
        """Proration, 0 to 1."""
        return np.array([float(entry.factor) for entry in self.eligible], dtype=np.float64)


def frame(snapshot: Snapshot, policy: Policy, rewarded: Iterable[RewardedSkill] = ()) -> Frame:
    """Eligibility, then skills (under person and pool cap), then columns and bands."""
    eligible = tuple(eligibility.judge(row, snapshot.as_of, policy) for row in snapshot.rows)
    found = _skills(snapshot, policy, eligible, rewarded)
    table = columns(snapshot.rows, snapshot.as_of, found)
    return Frame(eligible, found, table, guideline.bands(policy.matrix, table))


def _skills(
    snapshot: Snapshot, policy: Policy, eligible: tuple[Eligible, ...], rewarded: Iterable[RewardedSkill]
) -> tuple[SkillPoints, ...]:
    book = skills.ledger(rewarded)
    found = [
        skills.points(row, snapshot.as_of, policy.skills, book.get(row.person_id, ()))
        if e.takes_part
        else skills.NO_POINTS
        for row, e in zip(snapshot.rows, eligible, strict=True)
    ]
    if policy.skills.pool_percent is None:
        return tuple(found)
    pays = [
        row.paid.amount if e.takes_part else Decimal(0)
        for row, e in zip(snapshot.rows, eligible, strict=True)
    ]
    return tuple(skills.shrink(found, pays, policy.skills))


def fit_policy(snapshot: Snapshot, policy: Policy, target_percent: Decimal) -> Policy:
    """The policy with its matrix fitted to a target budget of merit in per cent of the pay of all who take part.

    InvalidInput when nobody takes part or the target is outside what the hard limits allow.
    """
    found = frame(snapshot, policy)
    if not found.takes_part.any():
        raise InvalidInput(_("No employee is eligible in this cycle, so there is nothing to fit."))
    matrix = guideline.fit_to_budget(policy.matrix, found.columns, found.factor, target_percent)
    return replace(policy, matrix=matrix)


def margin_of(found: Frame, policy: Policy) -> Floats:
    """(n,) points of matrix (after proration) and skill guideline: what enters as base margin."""
    default = guideline.table(policy.matrix)[guideline.cells(policy.matrix, found.bands), 2]
    margin: Floats = default * found.factor + found.columns.skill_tenths / 10
    return margin


def band_of(rating: Floats) -> Ints:
    """The whole rating as band of intervals and track record, -1 for unrated people."""
    return np.where(np.isnan(rating), -1, np.floor(np.nan_to_num(rating))).astype(np.int64)
