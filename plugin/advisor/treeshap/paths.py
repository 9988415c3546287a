"""Path-dependent contributions: what is unknown follows the training weights of the tree itself.

The Shapley value of one leaf is an integral over t in [0, 1] of a product of one factor for each feature on its path,
``t * holds + (1 - t) * share``. It is a polynomial of a degree below the number of those features, so that Gauss-Legendre
quadrature with half as many points is exact; dmlc/xgboost #12106 uses the same fact. Each split has a small pattern table: its
factor at each point when the answer is no, is yes, and when an earlier question on the same feature has failed already. A
subtree's sum is built from its children's, for a block of rows at once, so that the compiler makes vector instructions of each
loop. Unlike tables of whole subtrees this works at any depth and needs no preparation, so that there is one method for one person
and for a firm, and the values of a person are the same bits in both.
"""

# ruff: noqa: PLR0913, PLR0917 - a kernel takes each array by itself; see compiled.py on what a bundle costs.
from __future__ import annotations

import numpy as np

from plugin.advisor.treeshap.blocks import BLOCK, ask, flush, flush_interval, load, store
from plugin.advisor.treeshap.compiled import compiled, inlined
from plugin.advisor.treeshap.forest import Bytes, Doubles, Floats, Forest, Ints, Node, Nodes, Words


def add_path_dependent(forest: Forest, rows: Floats, out: Floats) -> None:
    """Write contributions of ``rows`` (n, features) to ``out`` (n, features + 1), but for the last column."""
    most = max(1, (int(forest.distinct.max(initial=0)) + 1) // 2)
    points, weights = quadrature(most)
    _explain(
        forest.nodes,
        forest.categories,
        forest.roots,
        forest.distinct,
        forest.depth,
        points,
        weights,
        rows,
        out,
    )


def quadrature(most: int) -> tuple[Doubles, Doubles]:
    """Gauss-Legendre points and weights on [0, 1]: row k - 1 holds the k points of the rule of k points."""
    points, weights = np.zeros((most, most)), np.zeros((most, most))
    for count in range(1, most + 1):
        at, weight = np.polynomial.legendre.leggauss(count)
        points[count - 1, :count], weights[count - 1, :count] = (at + 1.0) / 2.0, weight / 2.0
    return points, weights


@compiled
def _explain(
    nodes: Nodes,
    categories: Words,
    roots: Ints,
    distinct: Ints,
    depth: int,
    points: Doubles,
    weights: Doubles,
    rows: Floats,
    out: Floats,
) -> None:
    """Scratch, the last axis always the row: ``state[d]`` is what the split of depth d answered, ``reach[d, q]`` the product
    of the factors above it at point q times the point's weight, ``sums[2 * d + side, q]`` the sum over the leaves of a side,
    each value times the factors below, ``gain`` what the split at hand adds."""
    most = points.shape[0]
    x = np.zeros((rows.shape[1], BLOCK), dtype=np.float32)
    phi = np.zeros((rows.shape[1], BLOCK), dtype=np.float32)
    total = np.zeros((rows.shape[1], BLOCK))
    state = np.zeros((depth + 1, BLOCK), dtype=np.uint8)
    reach = np.zeros((depth + 1, most, BLOCK), dtype=np.float32)
    sums = np.zeros((2 * depth + 1, most, BLOCK), dtype=np.float32)
    gain = np.zeros(BLOCK, dtype=np.float32)
    stack = np.zeros((depth + 1, 2), dtype=np.int32)
    every = flush_interval(rows.shape[1])
    for start in range(0, rows.shape[0], BLOCK):
        width = load(rows, start, x)
        for tree in range(len(roots)):
            if tree % every == every - 1:
                flush(phi, width, total)
            if nodes[roots[tree]].left >= 0:
                count = max(1, (distinct[tree] + 1) // 2)
                for q in range(count):
                    for i in range(width):
                        reach[0, q, i] = weights[count - 1, q]
                at = points[count - 1, :count]
                _walk(nodes, categories, roots[tree], at, width, x, phi, state, reach, sums, gain, stack)
        flush(phi, width, total)
        store(total, start, out)


@inlined
def _walk(
    nodes: Nodes,
    categories: Words,
    root: int,
    points: Doubles,
    width: int,
    x: Floats,
    phi: Floats,
    state: Bytes,
    reach: Floats,
    sums: Floats,
    gain: Floats,
    stack: Ints,
) -> None:
    """Depth first through one tree; the stack holds the open split of each depth and how many of its sides are done."""
    d = 0
    stack[0, 0] = root
    stack[0, 1] = 0
    while d >= 0:
        split = nodes[stack[d, 0]]
        side = stack[d, 1]
        stack[d, 1] += 1
        on_leaves = nodes[split.left].left < 0 and nodes[split.right].left < 0
        if side == 0:
            ask(split, categories, d, width, x, state)
            _mark_failed(split, d, width, state)
        if side == 2:
            above = 2 * (d - 1) + stack[d - 1, 1] - 1 if d > 0 else len(sums) - 1
            if split.before >= 0:
                _merge_repeated(split, d, above, points, width, state, reach, sums, phi)
            elif on_leaves:
                low, high = nodes[split.left].value, nodes[split.right].value
                _merge_leaves(split, low, high, d, above, points, width, state, reach, sums, gain, phi)
            else:
                _merge_subtrees(split, d, above, points, width, state, reach, sums, gain, phi)
            d -= 1
            continue
        child = split.left if side == 0 else split.right
        if nodes[child].left >= 0:
            _descend(split, side, d, points, width, state, reach)
            d += 1
            stack[d, 0] = child
            stack[d, 1] = 0
        elif split.before >= 0 or not on_leaves:
            value = nodes[child].value
            for q in range(len(points)):
                for i in range(width):
                    sums[2 * d + side, q, i] = value


@inlined
def _mark_failed(split: Node, d: int, width: int, state: Bytes) -> None:
    """Turn the answer to 2 where an earlier question on the same feature has failed already."""
    if split.before >= 0:
        before, wanted = split.before, np.uint8(1 - split.before_right)
        for i in range(width):
            state[d, i] = state[d, i] if state[before, i] == wanted else np.uint8(2)


@inlined
def _factors(split: Node, t: float) -> tuple[float, float]:
    """Factor of the left side when the row goes right and when it goes left; the right side's is one minus it."""
    if split.before < 0:
        no = (1.0 - t) * split.share
        return no, no + t
    known = t + (1.0 - t) * split.before_share
    no = (1.0 - t) * split.before_share * split.share / known
    return no, no + t / known


@inlined
def _descend(
    split: Node, side: int, d: int, points: Doubles, width: int, state: Bytes, reach: Floats
) -> None:
    """The product of factors for the child on ``side``."""
    share = np.float32(split.share if side == 0 else 1.0 - split.share)
    for q in range(len(points)):
        low, high = _factors(split, points[q])
        no = np.float32(low if side == 0 else 1.0 - low)
        yes = np.float32(high if side == 0 else 1.0 - high)
        if split.before < 0:
            for i in range(width):
                reach[d + 1, q, i] = reach[d, q, i] * (yes if state[d, i] == 1 else no)
        else:
            for i in range(width):
                went = state[d, i]
                factor = yes if went == 1 else (no if went == 0 else share)
                reach[d + 1, q, i] = reach[d, q, i] * factor


@inlined
def _merge_leaves(
    split: Node,
    left: float,
    right: float,
    d: int,
    above: int,
    points: Doubles,
    width: int,
    state: Bytes,
    reach: Floats,
    sums: Floats,
    gain: Floats,
    phi: Floats,
) -> None:
    """A split between two leaves: add its contribution to ``phi``, write its sum to ``sums[above]``."""
    gap = np.float64(left) - np.float64(right)
    for q in range(len(points)):
        low, high = _factors(split, points[q])
        no = np.float32(right + low * gap)
        yes = np.float32(right + high * gap)
        for i in range(width):
            gain[i] = reach[d, q, i] if q == 0 else gain[i] + reach[d, q, i]
            sums[above, q, i] = yes if state[d, i] == 1 else no
    _add(split.feature, -split.share * gap, (1.0 - split.share) * gap, d, width, state, gain, phi)


@inlined
def _add(
    feature: int, no: float, yes: float, d: int, width: int, state: Bytes, gain: Floats, phi: Floats
) -> None:
    low, high = np.float32(no), np.float32(yes)
    for i in range(width):
        phi[feature, i] += gain[i] * (high if state[d, i] == 1 else low)


@inlined
def _merge_subtrees(
    split: Node,
    d: int,
    above: int,
    points: Doubles,
    width: int,
    state: Bytes,
    reach: Floats,
    sums: Floats,
    gain: Floats,
    phi: Floats,
) -> None:
    """The same for a split above other splits."""
    for q in range(len(points)):
        low, high = _factors(split, points[q])
        no = np.float32(low)
        yes = np.float32(high)
        for i in range(width):
            right = sums[2 * d + 1, q, i]
            gap = sums[2 * d, q, i] - right
            gain[i] = (np.float32(0) if q == 0 else gain[i]) + reach[d, q, i] * gap
            sums[above, q, i] = right + gap * (yes if state[d, i] == 1 else no)
    _add(split.feature, -split.share, 1.0 - split.share, d, width, state, gain, phi)


@inlined
def _merge_repeated(
    split: Node,
    d: int,
    above: int,
    points: Doubles,
    width: int,
    state: Bytes,
    reach: Floats,
    sums: Floats,
    phi: Floats,
) -> None:
    """What the feature's merged condition adds beyond the earlier ones; nothing where those failed already."""
    before, share, feature = split.before_share, np.float32(split.share), split.feature
    for q in range(len(points)):
        low, high = _factors(split, points[q])
        known = points[q] + (1.0 - points[q]) * before
        no_gain = np.float32((-before * split.share - low * (1.0 - before)) / known)
        yes_gain = np.float32((1.0 - before * split.share - high * (1.0 - before)) / known)
        no = np.float32(low)
        yes = np.float32(high)
        for i in range(width):
            right = sums[2 * d + 1, q, i]
            gap = sums[2 * d, q, i] - right
            went = state[d, i]
            scale = yes_gain if went == 1 else (no_gain if went == 0 else np.float32(0))
            phi[feature, i] += reach[d, q, i] * gap * scale
            sums[above, q, i] = right + gap * (yes if went == 1 else (no if went == 0 else share))
