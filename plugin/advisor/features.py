"""The one declared list of what a model may know, and the numbers of a snapshot in that list's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from plugin.advisor import banned
from plugin.advisor.columns import Columns
from plugin.advisor.recommendation import Group
from plugin.advisor.tables import Floats, Ints
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
        moved_by_badge=True,
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


@dataclass(frozen=True)
class ProxyScan:
    """How well the features guess a protected attribute: 0.5 = not at all. ``by_feature`` strongest first."""

    auc: float
    by_feature: tuple[tuple[str, float], ...]
    n: int

    @property
    def leaks(self) -> bool:
        """Above 0.75 together or 0.7 alone: stop and look (limits are ours, stated in the model card)."""
        return self.auc > 0.75 or any(value > 0.7 for _, value in self.by_feature)


def proxy_scan(x: Floats, names: Sequence[str], protected: Ints, *, seed: int = 7) -> ProxyScan:
    """``protected`` (n,) holds 0 or 1 and is handed in by the fairness checks only. Held-out in five parts, XGBoost."""
    flags = protected.astype(np.float64)
    single = [(name, _two_sided(auc(flags, x[:, i]))) for i, name in enumerate(names)]
    together = _two_sided(auc(flags, _guess(x, flags, seed)))
    return ProxyScan(together, tuple(sorted(single, key=lambda pair: -pair[1])), len(flags))


def auc(flags: Floats, score: Floats) -> float:
    """Area under the curve by mid-ranks; 0.5 when one class is empty. NaN scores count as the lowest."""
    filled = np.where(np.isnan(score), -np.inf, score)
    _, inverse, counts = np.unique(filled, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones = float(flags.sum())
    zeros = len(flags) - ones
    if not ones or not zeros:
        return 0.5
    return float((ranks[flags == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _two_sided(value: float) -> float:
    return max(value, 1 - value)


def _guess(x: Floats, flags: Floats, seed: int) -> Floats:
    import xgboost

    part = np.random.default_rng(seed).permutation(len(flags)) % 5
    guess = np.zeros(len(flags))
    options = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.2, "nthread": 1, "seed": seed}
    for k in range(5):
        train = part != k
        booster = xgboost.train(options, xgboost.DMatrix(x[train], flags[train], nthread=1), 40)
        guess[~train] = booster.predict(xgboost.DMatrix(x[~train], nthread=1))
    return guess
