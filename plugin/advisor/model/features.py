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
from plugin.texts import N_, _


@dataclass(frozen=True)
class Feature:
    """A name of ``messages.FEATURES``. ``direction``: +1 the raise may only grow with it, -1 only fall, 0 free. ``allowed``: may it move pay?"""

    name: str
    unit: str
    direction: int
    group: Group
    allowed: bool = True
    why_not: str = ""
    moved_by_badge: bool = False  # all of these move together in a what-if


FEATURES: tuple[Feature, ...] = (
    Feature("rating", N_("1 to 5"), 1, Group.PERFORMANCE),
    Feature("rating_change", N_("steps"), 1, Group.PERFORMANCE),
    Feature("compa_ratio", N_("ratio"), -1, Group.PAY_POSITION),
    Feature("range_penetration", N_("share"), -1, Group.PAY_POSITION),
    Feature("months_since_raise", N_("months"), 1, Group.TIME),
    Feature("new_skill_badges", N_("badges"), 1, Group.SKILLS, moved_by_badge=True),
    Feature("new_knowledge_badges", N_("badges"), 1, Group.SKILLS, moved_by_badge=True),
    Feature("new_strategic_skills", N_("badges"), 1, Group.SKILLS, moved_by_badge=True),
    Feature(
        "new_scarcity",
        N_("0 to 1 each"),
        1,
        Group.SKILLS,
        moved_by_badge=True,
    ),
    Feature(
        "learning_hours",
        N_("hours"),
        1,
        Group.LEARNING,
    ),
    Feature(
        "performance_badges",
        N_("badges"),
        0,
        Group.PERFORMANCE,
        allowed=False,
        why_not=N_("They repeat the rating."),
    ),
    Feature(
        "membership_badges",
        N_("badges"),
        0,
        Group.SKILLS,
        allowed=False,
        why_not=N_("Membership is not evidence of a skill."),
    ),
)
BY_NAME = {feature.name: feature for feature in FEATURES}
DEFAULT = tuple(feature.name for feature in FEATURES if feature.allowed)


def choose(names: Iterable[str] = DEFAULT) -> tuple[Feature, ...]:
    """The declared features of these names; InvalidInput for a banned, an undeclared or a not allowed one."""
    wanted = tuple(names)
    banned.check(wanted)
    wrong = {
        name: _(BY_NAME[name].why_not) if name in BY_NAME else _("This feature is not declared.")
        for name in wanted
        if name not in BY_NAME or not BY_NAME[name].allowed
    }
    if wrong:
        raise InvalidInput(
            _("These inputs cannot be used for pay: %(names)s.", names=", ".join(sorted(wrong))), fields=wrong
        )
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
