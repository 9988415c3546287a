"""Interventional contributions of trees too deep for pattern tables: row against background row, one pair at a time.

The cost grows with the background. Where row and background row answer a split alike there is one way down; where they differ
both are followed, and a leaf reached with u features taken from the row and w from the background gives each of them
``(u - 1)! w! / (u + w)!`` or ``-u! (w - 1)! / (u + w)!`` of its value.
"""

# ruff: noqa: PLR0913, PLR0917 - a kernel takes each array by itself; see compiled.py on what a bundle costs.
from __future__ import annotations

import numpy as np

from plugin.advisor.treeshap.blocks import goes_left
from plugin.advisor.treeshap.compiled import compiled, inlined
from plugin.advisor.treeshap.forest import Bytes, Doubles, Floats, Forest, Ints, Nodes, Words
from plugin.advisor.treeshap.tables import MOST_BITS

_BOTH, _ROW, _BACKGROUND, _DONE = 0, 1, 2, 3


def add_from_pairs(forest: Forest, background: Floats, rows: Floats, out: Floats) -> None:
    """Add the contributions of the trees without tables for ``rows`` (n, features) to ``out`` (n, features + 1)."""
    roots = forest.roots[forest.distinct > MOST_BITS]
    if len(roots):
        _pairs(
            forest.nodes, forest.categories, roots, forest.depth, _parts(forest.depth), background, rows, out
        )


def mean_of_pairs(forest: Forest, background: Floats) -> float:
    """The mean prediction of the same trees over the background."""
    roots = forest.roots[forest.distinct > MOST_BITS]
    return float(_mean(forest.nodes, forest.categories, roots, background)) if len(roots) else 0.0


def _parts(depth: int) -> Doubles:
    """``parts[u, w] = u! w! / (u + w + 1)!``"""
    parts = np.zeros((depth + 1, depth + 1))
    parts[0] = 1.0 / np.arange(1, depth + 2)
    for u in range(1, depth + 1):
        parts[u] = parts[u - 1] * u / (np.arange(depth + 1) + u + 1)
    return parts


@compiled
def _mean(nodes: Nodes, categories: Words, roots: Ints, rows: Floats) -> float:
    total = 0.0
    for root in roots:
        for row in range(rows.shape[0]):
            node = nodes[root]
            while node.left >= 0:
                node = nodes[
                    node.left if goes_left(node, categories, rows[row, node.feature]) else node.right
                ]
            total += node.value
    return float(total / rows.shape[0])


@compiled
def _pairs(
    nodes: Nodes,
    categories: Words,
    roots: Ints,
    depth: int,
    parts: Doubles,
    background: Floats,
    rows: Floats,
    out: Floats,
) -> None:
    phi = np.zeros(rows.shape[1])
    owner = np.zeros(rows.shape[1], dtype=np.uint8)
    stack, stage = np.zeros(depth + 2, dtype=np.int32), np.zeros(depth + 2, dtype=np.uint8)
    for row in range(rows.shape[0]):
        for root in roots:
            for other in range(background.shape[0]):
                _walk(nodes, categories, root, parts, rows, row, background, other, phi, owner, stack, stage)
        for feature in range(len(phi)):
            out[row, feature] += phi[feature] / background.shape[0]
            phi[feature] = 0


@inlined
def _walk(
    nodes: Nodes,
    categories: Words,
    root: int,
    parts: Doubles,
    rows: Floats,
    row: int,
    background: Floats,
    other: int,
    phi: Doubles,
    owner: Bytes,
    stack: Ints,
    stage: Bytes,
) -> None:
    """``owner`` says whose answer a feature follows below a split where they differ; ``stage`` which side is being visited."""
    d, u, w = 0, 0, 0
    stack[0], stage[0] = root, _BOTH
    while d >= 0:
        split = nodes[stack[d]]
        if split.left < 0:
            _add_leaf(nodes, float(split.value), d, u, w, parts, stack, stage, phi)
            d -= 1
            continue
        feature = split.feature
        if stage[d] == _BOTH:
            mine = goes_left(split, categories, rows[row, feature])
            theirs = goes_left(split, categories, background[other, feature])
            turn = theirs if owner[feature] == _BACKGROUND else mine
            if mine == theirs or owner[feature] != _BOTH:
                stage[d] = _DONE
            else:
                stage[d], owner[feature] = _ROW, _ROW
                u += 1
        elif stage[d] == _ROW:
            stage[d], owner[feature] = _BACKGROUND, _BACKGROUND
            u -= 1
            w += 1
            turn = goes_left(split, categories, background[other, feature])
        else:
            if stage[d] == _BACKGROUND:
                owner[feature] = _BOTH
                w -= 1
            d -= 1
            continue
        d += 1
        stack[d], stage[d] = split.left if turn else split.right, _BOTH


@inlined
def _add_leaf(
    nodes: Nodes,
    value: float,
    depth: int,
    u: int,
    w: int,
    parts: Doubles,
    stack: Ints,
    stage: Bytes,
    phi: Doubles,
) -> None:
    for d in range(depth):
        feature = nodes[stack[d]].feature
        if stage[d] == _ROW:
            phi[feature] += value * parts[u - 1, w]
        elif stage[d] == _BACKGROUND:
            phi[feature] -= value * parts[u, w - 1]
