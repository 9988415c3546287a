"""Whether the features that are allowed give a protected attribute away, and labels that carry a bias repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.column_names import check_order
from plugin.advisor.fairness.gap import MIN_PER_GROUP, Gap, adjusted_gap
from plugin.domain import JsonObject
from plugin.errors import InvalidInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ProxyScan:
    """How well the group is guessed from the features on rows held out: 0.5 = not at all, 1 = always.

    ``chance`` is the AUC that 95% of useless feature sets of this size stay under. ``features`` are single AUCs
    (0.5 or more), the greatest first.
    """

    logistic_auc: float
    trees_auc: float
    chance: float
    features: tuple[tuple[str, float], ...]

    @property
    def auc(self) -> float:
        """The better of the two guessers."""
        return max(self.logistic_auc, self.trees_auc)

    def to_json(self) -> JsonObject:
        return {
            "auc": round(self.auc, 4),
            "logistic_auc": round(self.logistic_auc, 4),
            "trees_auc": round(self.trees_auc, 4),
            "chance": round(self.chance, 4),
            "features": [{"name": name, "auc": round(value, 4)} for name, value in self.features],
        }


@dataclass(frozen=True)
class UnitRepair:
    """The gap found in one unit and what was added to whose labels. ``is_pooled``: too small for its own estimate."""

    unit: str
    gap: float
    points_added: float
    is_pooled: bool


def proxy_scan(
    features: Floats, names: Sequence[str], in_group: Mask, *, folds: int = 5, seed: int = 0
) -> ProxyScan:
    """Cross-validated logistic regression and boosted trees that guess the group from ``features`` (n, p), NaN allowed.

    Raises InvalidInput with fewer than ``folds`` people of either group. Same seed, same folds.
    """
    check_order("features", features, names)
    features = np.asarray(features)
    smallest = min(int(in_group.sum()), int((~in_group).sum()))
    if smallest < folds or features.shape != (len(in_group), len(names)):
        raise InvalidInput(
            f"a proxy scan needs {folds} people of each group and one name per feature"
        )  # machine text
    fold = _stratified(in_group, folds, seed)
    filled = _fill(features)
    linear, trees = np.zeros(len(in_group)), np.zeros(len(in_group))
    for k in range(folds):
        train, test = fold != k, fold == k
        linear[test] = _logistic_scores(filled[train], in_group[train], filled[test])
        trees[test] = _tree_scores(features[train], in_group[train], features[test], seed)
    single = [(name, _either_way(filled[:, i], in_group)) for i, name in enumerate(names)]
    n_a, n_b = int(in_group.sum()), int((~in_group).sum())
    chance = 0.5 + 1.645 * float(np.sqrt((n_a + n_b + 1) / (12 * n_a * n_b)))
    ranked = tuple(sorted(single, key=lambda pair: (-pair[1], pair[0])))
    return ProxyScan(
        _mean_auc(linear, in_group, fold, folds), _mean_auc(trees, in_group, fold, folds), chance, ranked
    )


def auc(scores: Floats, in_group: Mask) -> float:
    """Chance that a member of the group scores higher than a member of the reference; ties count half."""
    from scipy import stats

    ranks = stats.rankdata(scores)
    n_a = int(in_group.sum())
    return float((ranks[in_group].sum() - n_a * (n_a + 1) / 2) / (n_a * (len(scores) - n_a)))


def repair_labels(
    label: Floats,
    in_group: Mask,
    unit: Sequence[str],
    controls: Floats | None = None,
    *,
    min_per_group: int = MIN_PER_GROUP,
) -> tuple[Floats, list[UnitRepair]]:
    """Past raises with each unit's adjusted gap closed upwards: the side that got less is lifted, nobody is lowered.

    Units under ``min_per_group`` of either group use the gap of all such units together. The result is for training
    only and states what was added; it is not what anybody was paid. Raises InvalidInput if no gap can be estimated.
    """
    names, cells = np.unique(np.asarray(unit, dtype=str), return_inverse=True)
    ours = np.bincount(cells[in_group], minlength=len(names))
    theirs = np.bincount(cells[~in_group], minlength=len(names))
    is_small = np.minimum(ours, theirs) < min_per_group
    rest = is_small[cells]
    pooled = _unit_gap(label, in_group, controls, rest, cells) if rest.any() else 0.0
    repaired, rows = label.astype(np.float64).copy(), []
    for i, name in enumerate(names.tolist()):
        here = cells == i
        gap = pooled if is_small[i] else _unit_gap(label, in_group, controls, here, cells)
        repaired[here & (in_group if gap < 0 else ~in_group)] += abs(gap)
        rows.append(UnitRepair(name, gap, abs(gap), bool(is_small[i])))
    return repaired, rows


def carried_over(label_gap: Gap, recommendation_gap: Gap) -> float:
    """Share of the labels' adjusted gap that is still in the recommendations of a model that never saw the attribute."""
    return recommendation_gap.estimate / label_gap.estimate if label_gap.estimate else 0.0


def _unit_gap(label: Floats, in_group: Mask, controls: Floats | None, rows: Mask, cells: Ints) -> float:
    """The gap among ``rows``; with hardly more people than controls it is the gap without the controls."""
    inside = None if controls is None else controls[rows]
    if inside is not None and rows.sum() < 3 * (inside.shape[1] + 2):
        inside = None
    try:
        return adjusted_gap(label[rows], in_group[rows], category=cells[rows], controls=inside).estimate
    except InvalidInput:
        return 0.0  # only one group here, or the group is fixed by the unit: there is nothing to compare


def _stratified(in_group: Mask, folds: int, seed: int) -> Ints:
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(in_group), np.int64)
    for mask in (in_group, ~in_group):
        rows = rng.permutation(np.nonzero(mask)[0])
        fold[rows] = np.arange(len(rows)) % folds
    return fold


def _fill(features: Floats) -> Floats:
    """Columns standardised, missing values at the mean, and a column more for each that has some."""
    missing = np.isnan(features)
    counts = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, 0.0, features).sum(axis=0) / counts
    centred = np.where(missing, 0.0, features - mean)
    spread = np.sqrt((centred**2).sum(axis=0) / counts)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    return np.column_stack([scaled, missing[:, missing.any(axis=0)].astype(np.float64)])


def _logistic_scores(x: Floats, in_group: Mask, unseen: Floats, penalty: float = 1.0) -> Floats:
    """Ridge logistic regression by Newton's method; log odds of the unseen rows."""
    design = np.column_stack([np.ones(len(x)), x])
    ridge = penalty * np.eye(design.shape[1])
    ridge[0, 0] = 0.0
    beta = np.zeros(design.shape[1])
    y = in_group.astype(np.float64)
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        weight = np.maximum(chance * (1 - chance), 1e-9)
        gradient = design.T @ (y - chance) - ridge @ beta
        step = np.linalg.solve((design * weight[:, None]).T @ design + ridge, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    scores: Floats = np.column_stack([np.ones(len(unseen)), unseen]) @ beta
    return scores


def _tree_scores(x: Floats, in_group: Mask, unseen: Floats, seed: int) -> Floats:
    """One thread: on a busy machine OpenMP's threads spin and wait for each other, many times longer than the work."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    known = np.isfinite(x).any(axis=0)  # the trees cannot bin a column of nothing
    if not known.any():
        return np.zeros(len(unseen))
    model = HistGradientBoostingClassifier(
        max_iter=60, max_depth=4, learning_rate=0.1, early_stopping=False, random_state=seed
    )
    with threadpool_limits(limits=1):
        scores: Floats = model.fit(x[:, known], in_group).decision_function(unseen[:, known])
    return scores


def _either_way(column: Floats, in_group: Mask) -> float:
    value = auc(column, in_group)
    return max(value, 1 - value)


def _mean_auc(scores: Floats, in_group: Mask, fold: Ints, folds: int) -> float:
    """Mean over folds: scores of different folds are not on one scale."""
    return float(np.mean([auc(scores[fold == k], in_group[fold == k]) for k in range(folds)]))
