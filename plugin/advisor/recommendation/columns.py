"""A snapshot as columns, so that a whole firm is computed by numpy and not person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.advisor.model.tables import Floats, Ints
from plugin.advisor.policy.skills import SkillPoints
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.domain import Money

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Columns:
    """One entry per person, NaN = not known. ``minor`` is the pay actually paid in hundredths of the currency unit."""

    minor: Ints
    annual: Floats  # full time
    range_minimum: Floats
    range_midpoint: Floats
    range_maximum: Floats
    rating: Floats
    previous_rating: Floats
    months_since_raise: Floats
    learning_hours: Floats
    new_skill_badges: Floats
    new_knowledge_badges: Floats
    new_strategic_skills: Floats
    new_scarcity: Floats
    skill_tenths: Ints  # points of the skill guideline, times ten
    level: Texts
    job_family: Texts
    country: Texts
    org_unit: Texts

    def __len__(self) -> int:
        return len(self.minor)

    @property
    def compa_ratio(self) -> Floats:
        """Full-time pay / midpoint."""
        return self.annual / self.range_midpoint

    @property
    def range_penetration(self) -> Floats:
        """(pay - minimum) / (maximum - minimum)."""
        return (self.annual - self.range_minimum) / (self.range_maximum - self.range_minimum)


def columns(rows: Sequence[EmployeeRow], as_of: date, skills: Sequence[SkillPoints]) -> Columns:
    """Columns of ``rows``; ``skills`` are their skill points in the same order (see ``skills.points``)."""
    return Columns(
        minor=np.array([_minor(row.annual.amount * row.fte) for row in rows], dtype=np.int64),
        annual=np.array([float(row.annual.amount) for row in rows], dtype=np.float64),
        range_minimum=_floats([_amount(row.range_minimum) for row in rows]),
        range_midpoint=_floats([_amount(row.range_midpoint) for row in rows]),
        range_maximum=_floats([_amount(row.range_maximum) for row in rows]),
        rating=_floats([row.rating for row in rows]),
        previous_rating=_floats([row.previous_rating for row in rows]),
        months_since_raise=_floats([row.months_since_raise(as_of) for row in rows]),
        learning_hours=_floats([row.learning_hours for row in rows]),
        **_of_skills(skills),
        level=_texts([row.level for row in rows]),
        job_family=_texts([row.job_family for row in rows]),
        country=_texts([row.country for row in rows]),
        org_unit=_texts([row.org_unit for row in rows]),
    )


def changed(found: Columns, where: Ints, rating: Floats, skills: Sequence[SkillPoints]) -> Columns:
    """The rows ``where`` of ``found``, in that order, with these ratings and skill points instead."""
    taken = {column.name: getattr(found, column.name)[where] for column in fields(found)}
    return Columns(**(taken | _of_skills(skills) | {"rating": rating}))


def _of_skills(skills: Sequence[SkillPoints]) -> dict[str, Any]:
    """All columns that a badge moves."""
    return {
        "new_skill_badges": _floats([skill.skill_badges for skill in skills]),
        "new_knowledge_badges": _floats([skill.knowledge_badges for skill in skills]),
        "new_strategic_skills": _floats([skill.strategic for skill in skills]),
        "new_scarcity": _floats([skill.scarcity for skill in skills]),
        "skill_tenths": np.array([skill.tenths for skill in skills], dtype=np.int64),
    }


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else money.amount


def _minor(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value())


def _floats(values: Sequence[Decimal | int | float | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _texts(values: Sequence[str]) -> Texts:
    return np.array(values, dtype=object)
