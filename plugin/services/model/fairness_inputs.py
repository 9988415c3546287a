"""Who belongs to which group and what is measured about them, as arrays: the only place that reads protected attributes.

What leaves this module goes into ``plugin.advisor.fairness.report``, and into ``fairness_repair`` when an analyst asks for repaired
labels; nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from plugin.advisor.fairness.report import FairnessInput
from plugin.advisor.model.tables import Floats
from plugin.store.cycle import facts
from plugin.store.database import Tx
from plugin.store.model import protected

if TYPE_CHECKING:
    from plugin.advisor.recommendation.snapshot import EmployeeRow

OLDER_FROM = 50  # years of age
NO_JOB = "no job known"  # machine text  # a word of wording.STORED_WORDS


@dataclass(frozen=True)
class Attribute:
    """A protected attribute, the group that is looked at and its reference; ``stored`` is its name in the import."""

    name: str
    group: str
    reference: str
    stored: str


SEX = Attribute("sex", "women", "men", "sex")
AGE = Attribute(
    "age", "50 and over", "under 50", "birth_year"
)  # machine text  # words of wording.STORED_WORDS
ATTRIBUTES = (SEX, AGE)


@dataclass(frozen=True)
class Measured:
    """One row a person, in the order of ``ids``; what is None is not measured (see ``FairnessInput``)."""

    ids: tuple[int, ...]
    category: tuple[str, ...]
    recommended: Floats
    pay: Floats
    controls: Floats
    label: Floats | None = None
    decided: Floats | None = None
    features: Floats | None = None
    feature_names: tuple[str, ...] = ()
    of_training: bool = False


def inputs(tx: Tx, people: Measured, on: date) -> list[FairnessInput]:
    """One per attribute of which anything is stored; none at all when nothing is."""
    found = []
    for attribute in ATTRIBUTES:
        groups = members(attribute, protected.values(tx, attribute.stored), on)
        if not groups:
            continue
        found.append(_input(people, attribute, groups))
    return found


def stored(tx: Tx) -> tuple[Attribute, ...]:
    """The attributes of which anything is stored."""
    names = set(protected.names(tx))
    return tuple(attribute for attribute in ATTRIBUTES if attribute.stored in names)


def groups(tx: Tx, attribute: Attribute, on: date) -> dict[int, bool]:
    """``members`` of everybody whose attribute is stored."""
    return members(attribute, protected.values(tx, attribute.stored), on)


def members(attribute: Attribute, stored: Mapping[int, str], on: date) -> dict[int, bool]:
    """Person -> in the group; who is missing is not known. Age is that reached in the year of ``on``."""
    if attribute is SEX:
        return {who: value == "f" for who, value in stored.items() if value in ("f", "m")}
    years = {who: int(value) for who, value in stored.items() if value.isascii() and value.isdigit()}
    return {who: on.year - year >= OLDER_FROM for who, year in years.items() if 0 <= on.year - year <= 120}


def _input(people: Measured, attribute: Attribute, groups: Mapping[int, bool]) -> FairnessInput:
    return FairnessInput(
        in_group=np.array([groups.get(who, False) for who in people.ids], dtype=bool),
        is_known=np.array([who in groups for who in people.ids], dtype=bool),
        category=people.category,
        recommended=people.recommended,
        label=people.label,
        decided=people.decided,
        pay=people.pay,
        controls=people.controls,
        features=people.features,
        feature_names=people.feature_names,
        attribute=attribute.name,
        group=attribute.group,
        reference=attribute.reference,
        of_training=people.of_training,
    )


def of_rows(ids: Sequence[int], rows: Sequence[EmployeeRow], recommended: Floats) -> Measured:
    """What every measurement needs: category of equal work (job family and level), full-time pay, rating as control.

    The place in the pay range is no control: in a regression of pay it would explain the gap away.
    """
    return Measured(
        ids=tuple(ids),
        category=tuple(f"{row.job_family} {row.level}".strip() or NO_JOB for row in rows),
        recommended=recommended,
        pay=np.array([float(row.annual.amount) for row in rows], dtype=np.float64),
        controls=ratings(rows),
    )


def ratings(rows: Sequence[EmployeeRow]) -> Floats:
    """(n, 6) one column per whole rating, the last for people without one."""
    place = [5 if row.rating is None else min(max(int(row.rating), 1), 5) - 1 for row in rows]
    columns: Floats = np.eye(6)[place] if place else np.zeros((0, 6))
    return columns


def past_raises(tx: Tx, rows: Sequence[EmployeeRow], before: date) -> Floats | None:
    """Each person's points in the newest year of raises before ``before``: 0 for who was there and got none, NaN for who
    came later. None when there was no such year. For the attribute-blind test only."""
    days = [day for day, _ in facts.raise_days(tx) if day < before]
    if not days:
        return None
    last = max(days)
    first = min(day for day in days if day.year == last.year)
    got = facts.raises_between(tx, first - timedelta(days=1), last)
    points = [
        float(got[row.person_id])
        if row.person_id in got
        else 0.0
        if row.hired_on is not None and row.hired_on < first
        else np.nan
        for row in rows
    ]
    return np.array(points, dtype=np.float64)


def with_model(people: Measured, features: Floats, names: Sequence[str]) -> Measured:
    """With the matrix that the model sees, for the proxy scan."""
    return replace(people, features=features, feature_names=tuple(names))
