"""Interventional contributions: what is unknown comes from the rows of a background, looked up in pattern tables."""

# ruff: noqa: PLR0913, PLR0917 - a kernel takes each array by itself; see compiled.py on what a bundle costs.
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.treeshap.blocks import BLOCK, ask, flush, flush_interval, load, store
from plugin.advisor.treeshap.compiled import compiled, inlined
from plugin.advisor.treeshap.forest import Bytes, Doubles, Floats, Forest, Ints, Node, Nodes, Words
from plugin.advisor.treeshap.paths import quadrature
from plugin.advisor.treeshap.tables import MOST_BITS, Plan, fill, make_plan

_BATCH_VALUES = 6_000_000  # table values held at once: 24 MB, for any number of trees
_NO_COUNTS = np.zeros(0)
_NO_TABLES = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Tables:
    """Tables of some trees for one background. ``mean`` is these trees' mean prediction over it."""

    roots: Ints
    plan: Plan
    values: Floats
    mean: float


def make_tables(forest: Forest, background: Floats) -> Iterator[Tables]:
    """Tables for all trees that can have them, a batch of trees at a time so that memory does not grow with their number."""
    roots = forest.roots[forest.distinct <= MOST_BITS]
    bound = np.array(
        [_size_bound(int(features)) for features in forest.distinct[forest.distinct <= MOST_BITS]]
    )
    batch = np.cumsum(bound) // _BATCH_VALUES
    for part in np.unique(batch):
        yield _make_batch(forest, roots[batch == part], background)


def _size_bound(distinct: int) -> int:
    """Rough size of the tables of a full tree."""
    return max(1, distinct) * int(4**distinct)


def _make_batch(forest: Forest, roots: Ints, background: Floats) -> Tables:
    plan = make_plan(forest.nodes, roots, forest.depth)
    counts, values = np.zeros(plan.entries), np.zeros(plan.size, dtype=np.float32)
    arguments = (
        forest.nodes,
        forest.categories,
        roots,
        forest.depth,
        plan.groups,
        plan.group,
        plan.bit,
        plan.slots,
    )
    _look_up(*arguments, _NO_TABLES, counts, background, np.zeros((0, 1), dtype=np.float32))
    counts /= len(background)
    points, weights = quadrature((MOST_BITS + 1) // 2)
    mean = fill(forest.nodes, plan.groups, plan.slots, counts, points, weights, values)
    return Tables(roots, plan, values, mean)


def add_from_tables(forest: Forest, tables: Tables, rows: Floats, out: Floats) -> None:
    """Add the contributions of the tables' trees for ``rows`` (n, features) to ``out`` (n, features + 1)."""
    plan = tables.plan
    arguments = (
        forest.nodes,
        forest.categories,
        tables.roots,
        forest.depth,
        plan.groups,
        plan.group,
        plan.bit,
        plan.slots,
    )
    _look_up(*arguments, tables.values, _NO_COUNTS, rows, out)


@compiled
def _look_up(
    nodes: Nodes,
    categories: Words,
    roots: Ints,
    depth: int,
    groups: npt.NDArray[np.void],
    group: Ints,
    bit: Ints,
    slots: Ints,
    tables: Floats,
    counts: Doubles,
    rows: Floats,
    out: Floats,
) -> None:
    """With ``counts``: count the rows' patterns. Without: add what ``tables`` hold for them to ``out``."""
    x = np.zeros((rows.shape[1], BLOCK), dtype=np.float32)
    phi = np.zeros((rows.shape[1], BLOCK), dtype=np.float32)
    total = np.zeros((rows.shape[1], BLOCK))
    state = np.zeros((depth + 1, BLOCK), dtype=np.uint8)
    pattern = np.zeros((depth + 2, BLOCK), dtype=np.uint16)
    stack = np.zeros((depth + 2, 2), dtype=np.int32)
    every = flush_interval(rows.shape[1])
    for start in range(0, rows.shape[0], BLOCK):
        width = load(rows, start, x)
        for tree in range(len(roots)):
            if tree % every == every - 1:
                flush(phi, width, total)
            d = 0
            stack[0, 0] = roots[tree]
            stack[0, 1] = 0
            while d >= 0:
                node, side = stack[d, 0], stack[d, 1]
                split = nodes[node]
                if group[node] >= 0:
                    found = groups[group[node]]
                    _finish_pattern(nodes, categories, found, d, width, x, state, pattern)
                    if len(counts) > 0:
                        for i in range(min(width, rows.shape[0] - start)):
                            counts[found.entry + pattern[depth + 1, i]] += 1.0
                    else:
                        _add_table(found, slots, group[node], tables, width, pattern, depth + 1, phi)
                    d -= 1
                    continue
                if side == 0:
                    ask(split, categories, d, width, x, state)
                if side == 2:
                    d -= 1
                    continue
                stack[d, 1] += 1
                _extend_pattern(split, bit[node], side, d, width, state, pattern)
                d += 1
                stack[d, 0] = split.left if side == 0 else split.right
                stack[d, 1] = 0
        if len(counts) == 0:
            flush(phi, width, total)
            store(total, start, out)


@inlined
def _extend_pattern(
    split: Node, bit: int, side: int, d: int, width: int, state: Bytes, pattern: npt.NDArray[np.uint16]
) -> None:
    """The pattern of the child on ``side``: a new bit that says whether the row goes there, or an old one cleared if not."""
    here = np.uint16(1 << bit)
    none = np.uint16(0)
    wanted = np.uint8(1 - side)
    if split.before < 0:
        for i in range(width):
            pattern[d + 1, i] = pattern[d, i] | (here if state[d, i] == wanted else none)
    else:
        keep = np.uint16(0xFFFF - (1 << bit))
        for i in range(width):
            pattern[d + 1, i] = pattern[d, i] & (np.uint16(0xFFFF) if state[d, i] == wanted else keep)


@inlined
def _finish_pattern(
    nodes: Nodes,
    categories: Words,
    group: Node,
    d: int,
    width: int,
    x: Floats,
    state: Bytes,
    pattern: npt.NDArray[np.uint16],
) -> None:
    """Append the answers of the group's own splits, in the order in which tables.py numbers them, in the last row."""
    last = len(pattern) - 1
    for i in range(width):
        pattern[last, i] = pattern[d, i]
    stack = np.zeros(8, dtype=np.int32)
    stack[0] = group.node
    top, bit = 1, group.bits
    while top > 0:
        top -= 1
        split = nodes[stack[top]]
        if split.left >= 0:
            ask(split, categories, len(state) - 1, width, x, state)
            here, none = np.uint16(1 << bit), np.uint16(0)
            for i in range(width):
                pattern[last, i] |= here if state[len(state) - 1, i] == 1 else none
            bit += 1
            stack[top] = split.right
            stack[top + 1] = split.left
            top += 2


@inlined
def _add_table(
    group: Node,
    slots: Ints,
    index: int,
    tables: Floats,
    width: int,
    pattern: npt.NDArray[np.uint16],
    last: int,
    phi: Floats,
) -> None:
    size = 1 << (group.bits + group.splits)
    for slot in range(group.slots):
        start, feature = group.table + slot * size, slots[index, slot]
        for i in range(width):
            phi[feature, i] += tables[start + pattern[last, i]]
