"""The one declared list of what a model may know, and the numbers of a snapshot in that list's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from plugin.advisor.model import banned
from plugin.advisor.model.tables import Floats
from plugin.advisor.recommendation.columns import Columns
from plugin.advisor.recommendation.values import Group
from plugin.errors import InvalidInput


@dataclass(frozen=True)
class Feature:
    """``direction``: +1 the raise may only grow with it, -1 only fall, 0 free. ``allowed``: may it move pay?"""

    name: str
    label: str
    unit: str
    direction: int
    group: Group
    allowed: bool = True
    why_not: str = ""
    moved_by_badge: bool = False  # all of these move together in a what-if


FEATURES: tuple[Feature, ...] = (
    Feature("rating", "Performance rating", "1 to 5", 1, Group.PERFORMANCE),
    Feature("rating_change", "Change of rating since the period before", "steps", 1, Group.PERFORMANCE),
    Feature("compa_ratio", "Pay against the midpoint of its range", "ratio", -1, Group.PAY_POSITION),
    Feature("range_penetration", "Place between range minimum and maximum", "share", -1, Group.PAY_POSITION),
    Feature("months_since_raise", "Months since the last raise", "months", 1, Group.TIME),
    Feature("new_skill_badges", "New skill badges", "badges", 1, Group.SKILLS, moved_by_badge=True),
    Feature("new_knowledge_badges", "New knowledge badges", "badges", 1, Group.SKILLS, moved_by_badge=True),
    Feature("new_strategic_skills", "New strategic skills", "badges", 1, Group.SKILLS, moved_by_badge=True),
    Feature(
        "new_scarcity",
        "Scarcity of the new skills, summed",
        "0 to 1 each",
        1,
        Group.SKILLS,
        moved_by_badge=True,
    ),
    Feature(
        "learning_hours",
        "Learning hours of the last 12 months",
        "hours",
        1,
        Group.LEARNING,
    ),
    Feature(
        "performance_badges",
        "Performance badges",
        "badges",
        0,
        Group.PERFORMANCE,
        allowed=False,
        why_not="They repeat the rating.",
    ),
    Feature(
        "membership_badges",
        "Membership and contribution badges",
        "badges",
        0,
        Group.SKILLS,
        allowed=False,
        why_not="Who is let in somewhere shows no skill.",
    ),
)
BY_NAME = {feature.name: feature for feature in FEATURES}
DEFAULT = tuple(feature.name for feature in FEATURES if feature.allowed)


def choose(names: Iterable[str] = DEFAULT) -> tuple[Feature, ...]:
    """The declared features of these names; InvalidInput for a banned, an undeclared or a not allowed one."""
    wanted = tuple(names)
    banned.check(wanted)
    wrong = {
        name: BY_NAME[name].why_not if name in BY_NAME else "is not declared"
        for name in wanted
        if name not in BY_NAME or not BY_NAME[name].allowed
    }
    if wrong:
        raise InvalidInput(f"{', '.join(sorted(wrong))} may not move pay", fields=wrong)
    return tuple(BY_NAME[name] for name in wanted)


def directions(features: Sequence[Feature]) -> tuple[int, ...]:
    """Monotone directions in the features' order."""
    return tuple(feature.direction for feature in features)


def build(columns: Columns, features: Sequence[Feature]) -> Floats:
    """(n, p) numbers of a snapshot, NaN where nothing is known. The features come from ``choose``."""
    choose(feature.name for feature in features)
    return np.column_stack([_column(columns, feature.name) for feature in features])


def _column(columns: Columns, name: str) -> Floats:
    values: Floats
    values = columns.rating - columns.previous_rating if name == "rating_change" else getattr(columns, name)
    return values
