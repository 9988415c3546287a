"""Reads the trees of an XGBoost booster into flat arrays, because kernels need arrays and XGBoost offers text."""  # machine text

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plugin.errors import InvalidInput

if TYPE_CHECKING:
    import xgboost

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]

_IDENTITY = (
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "binary:logitraw",
    "binary:hinge",
)
_LOGIT = ("binary:logistic", "reg:logistic")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")


NODE = np.dtype(
    [
        ("feature", np.int32),
        ("threshold", np.float32),
        ("left", np.int32),
        ("right", np.int32),
        ("default_left", np.uint8),
        ("value", np.float32),
        ("share", np.float64),
        ("before", np.int32),
        ("before_right", np.uint8),
        ("before_share", np.float64),
        ("first_word", np.int32),
        ("words", np.int32),
    ],
    align=True,
)
"""One node. ``left < 0`` marks a leaf. ``share`` is the part of the training weight that went left. ``before`` is the depth at
which the path from the root last asked for the same feature (-1: never), ``before_right`` the side taken there and
``before_share`` the weight that all those earlier questions let through. A categorical split owns ``words`` 32-bit words of
``Forest.categories`` from ``first_word``; ``words < 0`` marks a numeric one."""

Nodes = npt.NDArray[np.void]
Node = Any
"""One record of ``Nodes``, as a kernel sees it: fields are attributes."""


@dataclass(frozen=True)
class Forest:
    """The trees that take part, in margin space. ``distinct`` is, per tree, the most features that one path asks for.
    ``names`` are the features' where the booster was trained with names."""

    nodes: Nodes
    categories: Words
    roots: Ints
    distinct: Ints
    depth: int
    features: int
    base: float
    mean: float
    names: tuple[str, ...] = ()


def read_forest(booster: xgboost.Booster, iteration_range: tuple[int, int] = (0, 0)) -> Forest:
    """Read a gbtree or dart booster with one output. Raises InvalidInput for any other."""
    if not hasattr(booster, "save_raw"):
        raise InvalidInput(
            f"a {type(booster).__name__} is not an XGBoost booster",
            fields={"booster": "wrong type"},
            remedy="Pass the model's get_booster().",
        )
    learner = json.loads(booster.save_raw("json"))["learner"]
    features = _one_output(learner["learner_model_param"])
    model, weights = _trees(learner["gradient_booster"])
    chosen = _chosen(model["iteration_indptr"], iteration_range)
    trees = [model["trees"][tree] for tree in chosen]
    nodes, roots = _nodes(trees, [weights[tree] for tree in chosen])
    categories = _categories(trees, roots, nodes)
    trace = _trace(nodes, roots)
    base = _link(learner["objective"]["name"])(_base_score(learner["learner_model_param"]["base_score"]))
    names = tuple(learner["feature_names"])
    return Forest(nodes, categories, roots, trace.distinct, trace.depth, features, base, trace.mean, names)


def _one_output(parameters: dict[str, Any]) -> int:
    if int(parameters["num_class"]) > 1 or int(parameters["num_target"]) > 1:
        raise InvalidInput(
            "the booster has several outputs (multi-class or multi-target)",
            fields={"booster": "several outputs"},
            remedy="Explain each output with a booster of its own.",
        )
    return int(parameters["num_feature"])


def _trees(part: dict[str, Any]) -> tuple[dict[str, Any], list[float]]:
    if part["name"] == "gbtree":
        model: dict[str, Any] = part["model"]
        return model, [1.0] * len(model["trees"])
    if part["name"] == "dart":
        return part["gbtree"]["model"], [float(weight) for weight in part["weight_drop"]]
    raise InvalidInput(
        f"a booster of kind {part['name']} has no trees",
        fields={"booster": "not a tree booster"},
        remedy="Use gbtree or dart; a linear booster's contributions are its weights times the values.",
    )


def _chosen(starts: list[int], iteration_range: tuple[int, int]) -> range:
    begin, end = iteration_range
    rounds = len(starts) - 1
    end = end or rounds
    if not 0 <= begin < end <= rounds and (begin, end, rounds) != (0, 0, 0):
        raise InvalidInput(
            f"iteration_range {iteration_range} lies outside the booster's {rounds} rounds",
            fields={"iteration_range": "out of range"},
        )
    return range(starts[begin], starts[end])


def _base_score(text: str) -> float:
    """The base score before the link; xgboost >= 3.1 writes a list of one, older ones a number."""
    values = json.loads(text.replace("[", "").replace("]", "").join("[]"))
    if len(values) != 1:
        raise InvalidInput(
            "the booster has several outputs (base scores)", fields={"booster": "several outputs"}
        )
    return float(values[0])


def _link(objective: str) -> Callable[[float], float]:
    """From base score to margin, as XGBoost's ``ProbToMargin`` of each objective does."""
    if objective in _IDENTITY:
        return float
    if objective in _LOGIT:
        return lambda score: (
            math.log(score / (1.0 - score)) if 0.0 < score < 1.0 else math.copysign(math.inf, score - 0.5)
        )
    if objective in _LOG:
        return math.log
    raise InvalidInput(
        f"objective {objective} is not supported",
        fields={"booster": "objective"},
        remedy=f"Supported: {', '.join((*_IDENTITY, *_LOGIT, *_LOG))}.",
    )


def _nodes(trees: list[dict[str, Any]], weights: list[float]) -> tuple[Nodes, Ints]:
    sizes = [len(tree["left_children"]) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]], dtype=np.int32)[: len(sizes)]
    shift = np.repeat(roots, sizes)
    nodes = np.zeros(sum(sizes), dtype=NODE)
    left, right = _join(trees, "left_children", np.int32), _join(trees, "right_children", np.int32)
    split = left >= 0
    nodes["left"], nodes["right"] = np.where(split, left + shift, -1), np.where(split, right + shift, -1)
    nodes["feature"] = _join(trees, "split_indices", np.int32)
    nodes["threshold"] = _join(trees, "split_conditions", np.float32)
    nodes["default_left"] = _join(trees, "default_left", np.uint8)
    nodes["value"] = np.where(
        split, 0, nodes["threshold"] * np.repeat(np.asarray(weights, dtype=np.float32), sizes)
    )
    nodes["share"] = _shares(_join(trees, "sum_hessian", np.float64), nodes["left"], nodes["right"])
    return nodes, roots


def _join(trees: list[dict[str, Any]], name: str, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.fromiter(itertools.chain.from_iterable(tree[name] for tree in trees), dtype=kind)


def _shares(cover: Doubles, left: Ints, right: Ints) -> Doubles:
    """Part of the weight that goes left; half where no weight reaches the node (XGBoost would give NaN there)."""
    total = cover[left] + cover[right]
    share = np.full(len(cover), 0.5)
    known = (left >= 0) & (total > 0)
    share[known] = cover[left[known]] / total[known]
    return share


def _categories(trees: list[dict[str, Any]], roots: Ints, nodes: Nodes) -> Words:
    """Bit sets of the categories that go right; the nodes learn where theirs lies."""
    nodes["words"] = -1
    bits: list[Words] = [np.zeros(0, dtype=np.uint32)]
    used = 0
    for tree, root in zip(trees, roots, strict=True):
        parts = (tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"])
        for node, start, size in zip(*parts, strict=True):
            bits.append(_bit_set(tree["categories"][start : start + size]))
            nodes["first_word"][root + node], nodes["words"][root + node] = used, len(bits[-1])
            used += len(bits[-1])
    return np.concatenate(bits)


def _bit_set(codes: list[int]) -> Words:
    words = np.zeros(max(codes, default=-1) // 32 + 1, dtype=np.uint32)
    for code in codes:
        words[code // 32] |= np.uint32(1) << np.uint32(code % 32)
    return words


@dataclass(frozen=True)
class _Trace:
    distinct: Ints
    depth: int
    mean: float


@dataclass(frozen=True)
class _Level:
    """All nodes of one depth: their tree, the weight that reaches them, how many features their path asked for, and the path."""

    node: Ints
    tree: Ints
    weight: Doubles
    fresh: Ints
    path: Ints
    turns: Bytes

    def only(self, kept: npt.NDArray[np.bool_]) -> _Level:
        trunk = (self.node[kept], self.tree[kept], self.weight[kept], self.fresh[kept])
        return _Level(*trunk, self.path[kept], self.turns[kept])

    def children(self, nodes: Nodes, fresh: Ints) -> _Level:
        mine = nodes[self.node]
        sides = np.repeat(np.array([0, 1], dtype=np.uint8), len(mine))
        path = np.column_stack([self.path, self.node])
        return _Level(
            np.concatenate([mine["left"], mine["right"]]),
            np.tile(self.tree, 2),
            np.concatenate([self.weight * mine["share"], self.weight * (1.0 - mine["share"])]),
            np.tile(fresh, 2),
            np.concatenate([path, path]),
            np.column_stack([np.concatenate([self.turns, self.turns]), sides]),
        )


def _trace(nodes: Nodes, roots: Ints) -> _Trace:
    """Walk all trees level by level and note for each split where its path asked for the same feature before."""
    nodes["before"], nodes["before_share"] = -1, 1.0
    count = len(roots)
    distinct, empty = np.zeros(count, dtype=np.int32), np.zeros((count, 0), dtype=np.int32)
    indices = np.arange(count, dtype=np.int32)
    level = _Level(roots, indices, np.ones(count), distinct.copy(), empty, empty.astype(np.uint8))
    depth, mean = 0, 0.0
    while True:
        leaf = nodes["left"][level.node] < 0
        ended = level.only(leaf)
        np.maximum.at(distinct, ended.tree, ended.fresh)
        mean += float(ended.weight @ nodes["value"][ended.node].astype(np.float64))
        level = level.only(~leaf)
        if not len(level.node):
            return _Trace(distinct, depth, mean)
        level = level.children(nodes, level.fresh + ~_note_repeats(nodes, level))
        depth += 1


def _note_repeats(nodes: Nodes, level: _Level) -> npt.NDArray[np.bool_]:
    """Fill ``before…`` of the level's splits. Returns which of them ask for a feature again."""
    same = nodes["feature"][level.path] == nodes["feature"][level.node][:, None]
    seen: npt.NDArray[np.bool_] = same.any(axis=1)
    if seen.any():
        at = same.shape[1] - 1 - np.argmax(same[seen, ::-1], axis=1)
        above, turn = nodes[level.path[seen, at]], level.turns[seen, at]
        share = np.where(turn == 1, 1.0 - above["share"], above["share"])
        again = level.node[seen]
        nodes["before"][again], nodes["before_right"][again] = at, turn
        nodes["before_share"][again] = above["before_share"] * share
    return seen
