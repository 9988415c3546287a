"""Our exact contributions against the definition of the Shapley value, on trees that hypothesis makes."""

from __future__ import annotations

import copy
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.advisor.treeshap import contributions

FEATURES = 4
CATEGORICAL = 3  # the last feature holds codes
TYPES = ["q", "q", "q", "c"]
EDGES = [-3.4e38, -1.5, -0.0, 0.5, 0.1, 1.0, 2.0, 3.4e38, 1e-38]
ROW_EDGES = [*EDGES, math.nan, 0.0, 0.49999997, 0.10000000149, -2.0, 5.0]
CODES = [math.nan, 0.0, 1.0, 2.0, 31.0, 32.0, 63.0, 64.0, 200.0, 1.5]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Leaf:
    value: float
    cover: float


@dataclass(frozen=True)
class Split:
    feature: int
    threshold: float
    categories: tuple[int, ...]
    default_left: bool
    left: Leaf | Split
    right: Leaf | Split

    @property
    def cover(self) -> float:
        return self.left.cover + self.right.cover

    def goes_left(self, row: Array) -> bool:
        value = np.float32(row[self.feature])
        if np.isnan(value):
            return self.default_left
        if self.feature == CATEGORICAL:
            return not 0 <= value < 2**24 or int(value) not in self.categories
        return bool(value < np.float32(self.threshold))


Tree = Leaf | Split
leaves = st.builds(Leaf, st.floats(-4, 4, width=32), st.integers(1, 50).map(float))


def splits(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    codes = st.sets(st.sampled_from([0, 1, 2, 31, 32, 63, 64]), min_size=1).map(
        lambda found: tuple(sorted(found))
    )
    feature = st.integers(0, FEATURES - 1)
    return st.builds(Split, feature, st.sampled_from(EDGES), codes, st.booleans(), children, children)


trees: st.SearchStrategy[Tree] = st.recursive(leaves, splits, max_leaves=14)
forests = st.lists(trees, min_size=1, max_size=3)
row_lists = st.lists(
    st.tuples(*[st.sampled_from(ROW_EDGES)] * CATEGORICAL, st.sampled_from(CODES)), min_size=1, max_size=6
).map(lambda rows: np.array(rows, dtype=np.float32))

TEMPLATE = xgboost.train(
    {"nthread": 1, "base_score": 0.25, "max_depth": 1},
    xgboost.DMatrix(np.zeros((4, FEATURES)), np.zeros(4), feature_types=TYPES, enable_categorical=True),
    1,
)


def booster_of(forest: list[Tree]) -> xgboost.Booster:
    """The trees in XGBoost's own JSON form, loaded by XGBoost."""
    document = json.loads(TEMPLATE.save_raw("json"))
    model = document["learner"]["gradient_booster"]["model"]
    model["trees"] = [tree_of(tree, place, model["trees"][0]) for place, tree in enumerate(forest)]
    model["tree_info"] = [0] * len(forest)
    model["iteration_indptr"] = list(range(len(forest) + 1))
    model["gbtree_model_param"]["num_trees"] = str(len(forest))
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(json.dumps(document).encode()))
    return booster


def tree_of(tree: Tree, place: int, template: dict[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(template)
    for name in list(found):
        if isinstance(found[name], list):
            found[name] = []
    queue = [(tree, 2147483647)]
    for node, (part, parent) in enumerate(queue):
        add_node(part, parent, node, found)
        if isinstance(part, Split):
            found["left_children"][node], found["right_children"][node] = len(queue), len(queue) + 1
            queue += [
                (part.left, node),
                (part.right, node),
            ]  # siblings side by side: XGBoost's predictor counts on it
    found["id"] = place
    found["tree_param"]["num_nodes"] = str(len(queue))
    return found


def add_node(tree: Tree, parent: int, node: int, found: dict[str, Any]) -> None:
    split = tree if isinstance(tree, Split) else None
    values = {
        "parents": parent,
        "base_weights": 0.0,
        "loss_changes": 0.0,
        "sum_hessian": tree.cover,
        "split_type": int(split is not None and split.feature == CATEGORICAL),
        "default_left": int(split is not None and split.default_left),
        "split_indices": split.feature if split else 0,
        "split_conditions": tree.threshold if isinstance(tree, Split) else tree.value,
        "left_children": -1,
        "right_children": -1,
    }
    for name, value in values.items():
        found[name].append(value)
    if split and split.feature == CATEGORICAL:
        found["categories_nodes"].append(node)
        found["categories_segments"].append(len(found["categories"]))
        found["categories_sizes"].append(len(split.categories))
        found["categories"].extend(split.categories)


def follow(tree: Tree, known: frozenset[int], row: Array) -> float:
    """Mean of the tree where only the known features follow the row, the others the training weights."""
    if isinstance(tree, Leaf):
        return tree.value
    if tree.feature in known:
        return follow(tree.left if tree.goes_left(row) else tree.right, known, row)
    left = tree.left.cover * follow(tree.left, known, row)
    return (left + tree.right.cover * follow(tree.right, known, row)) / tree.cover


def mixed(tree: Tree, known: frozenset[int], row: Array, background: Array) -> float:
    """Mean of the tree over the background where the known features follow the row."""
    values = []
    for other in background:
        both = np.where([feature in known for feature in range(FEATURES)], row, other)
        values.append(follow(tree, frozenset(range(FEATURES)), both))
    return float(np.mean(values))


def shapley(value: Callable[[frozenset[int]], float]) -> Array:
    """The definition: the mean gain over all orders of features; the empty set's value is the last entry."""
    found = np.zeros(FEATURES + 1)
    for feature in range(FEATURES):
        others = [other for other in range(FEATURES) if other != feature]
        for size in range(FEATURES):
            weight = math.factorial(size) * math.factorial(FEATURES - 1 - size) / math.factorial(FEATURES)
            for chosen in itertools.combinations(others, size):
                found[feature] += weight * (value(frozenset((*chosen, feature))) - value(frozenset(chosen)))
    found[-1] = value(frozenset())
    return found


def definition(
    forest: list[Tree], rows: Array, value: Callable[[Tree, frozenset[int], Array], float]
) -> Array:
    table = np.zeros((len(rows), FEATURES + 1))
    for place, row in enumerate(rows):
        for tree in forest:
            table[place] += shapley(lambda known, tree=tree, row=row: value(tree, known, row))  # type: ignore[misc]
    table[:, -1] += 0.25
    return table


relaxed = settings(max_examples=60)


@relaxed
@given(forests, row_lists)
def test_path_dependent_values_are_the_definitions_and_xgboosts(forest: list[Tree], rows: Array) -> None:
    booster = booster_of(forest)
    ours = contributions(booster, rows)
    np.testing.assert_allclose(ours, definition(forest, rows, follow), atol=2e-5)
    matrix = xgboost.DMatrix(rows, feature_types=TYPES, enable_categorical=True, nthread=1)
    np.testing.assert_allclose(ours, booster.predict(matrix, pred_contribs=True), atol=2e-5)


@relaxed
@given(forests, row_lists, row_lists)
def test_interventional_values_are_the_definitions(
    forest: list[Tree], rows: Array, background: Array
) -> None:
    ours = contributions(booster_of(forest), rows, background=background)
    expected = definition(forest, rows, lambda tree, known, row: mixed(tree, known, row, background))
    np.testing.assert_allclose(ours, expected, atol=2e-5)


@relaxed
@given(forests, st.lists(st.sampled_from([math.inf, -math.inf, 0.0, math.nan]), min_size=3, max_size=3))
def test_infinite_values_are_values_and_not_missing(forest: list[Tree], numbers: list[float]) -> None:
    rows = np.array([[*numbers, -1.0], [*numbers, 2.0**24], [*numbers, 1e30]], dtype=np.float32)
    np.testing.assert_allclose(
        contributions(booster_of(forest), rows), definition(forest, rows, follow), atol=2e-5
    )


def test_a_share_of_nothing_is_no_error() -> None:
    tree = Split(
        0, 0.5, (0,), True, Split(0, 0.1, (0,), True, Leaf(1.0, 0.0), Leaf(2.0, 0.0)), Leaf(3.0, 5.0)
    )
    rows = np.array([[0.0, 0.0, 0.0, 0.0], [0.2, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    ours = contributions(booster_of([tree]), rows)
    np.testing.assert_allclose(ours.sum(axis=1), [1.25, 2.25, 3.25], atol=2e-5)
    np.testing.assert_allclose(ours[:, -1], 3.25, atol=2e-5)
