"""Pattern tables: for a small subtree, what each pattern of true and false conditions contributes, given a background.

A subtree of up to three splits below a path of m features has 2 ** (m + splits) patterns. The background is counted into the
same patterns once; the Shapley values of each pattern follow from the counts alone, so that a row costs a look-up however
large the background is.
"""

# ruff: noqa: PLR0913, PLR0917 - a kernel takes each array by itself; see compiled.py on what a bundle costs.
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugin.advisor.treeshap.compiled import compiled, inlined
from plugin.advisor.treeshap.forest import Doubles, Floats, Ints, Nodes

MOST_BITS = 10
"""A tree with more features than this on one path has no tables, see pairs.py."""
_MOST_SPLITS = 3

GROUP = np.dtype(
    [
        ("node", np.int32),
        ("bits", np.int32),
        ("splits", np.int32),
        ("slots", np.int32),
        ("entry", np.int64),
        ("table", np.int64),
    ],
    align=True,
)
"""One subtree with a table: its top node, the number of features on the path above, its splits, how many features it explains,
where its counts begin (2 ** (bits + splits) of them) and where its table begins (as many for each slot)."""


@dataclass(frozen=True)
class Plan:
    """Which subtrees of some trees have tables. ``group[node]`` is -1 inside a path, ``bit[node]`` the place of the split's
    feature in the pattern of its path, ``slots[group]`` the features that a table explains."""

    groups: npt.NDArray[np.void]
    group: Ints
    bit: Ints
    slots: Ints

    @property
    def entries(self) -> int:
        """Counts of all groups."""
        return int((1 << (self.groups["bits"] + self.groups["splits"])).sum())

    @property
    def size(self) -> int:
        """Table values of all groups."""
        return int(
            (self.groups["slots"].astype(np.int64) << (self.groups["bits"] + self.groups["splits"])).sum()
        )


def make_plan(nodes: Nodes, roots: Ints, depth: int) -> Plan:
    """Cut trees without overlong paths into the largest subtrees that a table can hold."""
    leaves = len(nodes) // 2 + len(roots)
    groups, slots = np.zeros(leaves, dtype=GROUP), np.full((leaves, MOST_BITS), -1, dtype=np.int32)
    group, bit = np.full(len(nodes), -1, dtype=np.int32), np.zeros(len(nodes), dtype=np.int32)
    count = _plan(nodes, roots, depth, groups, slots, group, bit)
    return Plan(groups[:count].copy(), group, bit, slots[:count].copy())


@inlined
def _count_splits(nodes: Nodes, root: int, stack: Ints) -> int:
    """Splits below ``root``, but no more than one above what a group may have."""
    stack[0] = root
    top, splits = 1, 0
    while top > 0 and splits <= _MOST_SPLITS:
        top -= 1
        node = nodes[stack[top]]
        if node.left >= 0:
            splits += 1
            stack[top] = node.left
            stack[top + 1] = node.right
            top += 2
    return splits


@compiled
def _plan(
    nodes: Nodes, roots: Ints, depth: int, groups: npt.NDArray[np.void], slots: Ints, group: Ints, bit: Ints
) -> int:
    stack = np.zeros(2 * depth + 8, dtype=np.int32)
    small = np.zeros(_MOST_SPLITS + 3, dtype=np.int32)
    seen = np.zeros((depth + 1, MOST_BITS), dtype=np.int32)
    level = np.zeros((2 * depth + 8, 2), dtype=np.int32)
    count, entry, table = 0, 0, 0
    for root in roots:
        stack[0] = root
        level[0, 0], level[0, 1] = 0, 0
        top = 1
        while top > 0:
            top -= 1
            node, d, bits = stack[top], level[top, 0], level[top, 1]
            splits = _count_splits(nodes, node, small)
            if splits <= _MOST_SPLITS and bits + splits <= MOST_BITS:
                used = _name_slots(nodes, node, bits, seen[d], slots[count], small)
                groups[count].node = node
                groups[count].bits = bits
                groups[count].splits = splits
                groups[count].slots = used
                groups[count].entry = entry
                groups[count].table = table
                group[node] = count
                count += 1
                entry += 1 << (bits + splits)
                table += used << (bits + splits)
                continue
            place = 0
            while place < bits and seen[d, place] != nodes[node].feature:
                place += 1
            bit[node] = place
            for known in range(bits):
                seen[d + 1, known] = seen[d, known]
            if place == bits:
                seen[d + 1, place] = nodes[node].feature
                bits += 1
            for side in range(2):
                stack[top] = nodes[node].right if side == 0 else nodes[node].left
                level[top, 0] = d + 1
                level[top, 1] = bits
                top += 1
    return count


@inlined
def _name_slots(nodes: Nodes, node: int, bits: int, path: Ints, slots: Ints, stack: Ints) -> int:
    """The path's features first, then the new ones of the group. Returns their number."""
    for place in range(bits):
        slots[place] = path[place]
    used = bits
    stack[0] = node
    top = 1
    while top > 0:
        top -= 1
        split = nodes[stack[top]]
        if split.left >= 0:
            place = 0
            while place < used and slots[place] != split.feature:
                place += 1
            if place == used:
                slots[used] = split.feature
                used += 1
            stack[top] = split.right
            stack[top + 1] = split.left
            top += 2
    return used


@compiled
def fill(
    nodes: Nodes,
    groups: npt.NDArray[np.void],
    slots: Ints,
    counts: Doubles,
    points: Doubles,
    weights: Doubles,
    tables: Floats,
) -> float:
    """Write the tables from ``counts``, the share of the background in each pattern. Returns the trees' mean over it."""
    mean = 0.0
    values = np.zeros((MOST_BITS, 1 << MOST_BITS))
    share, factor = np.zeros(1 << MOST_BITS), np.zeros(1 << MOST_BITS)
    total = np.zeros((MOST_BITS, 1 << MOST_BITS))
    stack, steps = (
        np.zeros((_MOST_SPLITS + 3, 3), dtype=np.int32),
        np.zeros((_MOST_SPLITS + 1, 3), dtype=np.int32),
    )
    for g in range(len(groups)):
        group = groups[g]
        size = 1 << (group.bits + group.splits)
        for slot in range(group.slots):
            for i in range(size):
                total[slot, i] = 0
        stack[0, 0], stack[0, 1] = group.node, 0
        top, splits = 1, 0
        while top > 0:
            top -= 1
            node, d = stack[top, 0], stack[top, 1]
            if d > 0:
                steps[d - 1, 2] = stack[top, 2]
            if nodes[node].left >= 0:
                place = 0
                while slots[g, place] != nodes[node].feature:
                    place += 1
                steps[d, 0], steps[d, 1] = place, group.bits + splits
                splits += 1
                stack[top, 0], stack[top, 1], stack[top, 2] = nodes[node].right, d + 1, 0
                # the right side is visited last, and needs the step of this split as the left side found it
                stack[top + 1, 0], stack[top + 1, 1], stack[top + 1, 2] = nodes[node].left, d + 1, 1
                top += 2
                continue
            mean += _add_leaf(
                float(nodes[node].value),
                group.bits,
                size,
                steps[:d],
                counts[group.entry : group.entry + size],
                points,
                weights,
                share,
                factor,
                values,
                total,
            )
        for slot in range(group.slots):
            for i in range(size):
                tables[group.table + slot * size + i] = total[slot, i]
    return mean


@inlined
def _pattern(index: int, bits: int, fresh: int, steps: Ints, place: Ints) -> int:
    """The leaf's own pattern (a bit for each feature of its path) out of the group's pattern."""
    pattern = (index & ((1 << bits) - 1)) | (((1 << fresh) - 1) << bits)
    for step in range(len(steps)):
        if (index >> steps[step, 1]) & 1 != steps[step, 2]:
            pattern &= ~(1 << place[step])
    return pattern


@inlined
def _add_leaf(
    value: float,
    bits: int,
    size: int,
    steps: Ints,
    counts: Doubles,
    points: Doubles,
    weights: Doubles,
    share: Doubles,
    factor: Doubles,
    values: Doubles,
    total: Doubles,
) -> float:
    place = np.zeros(_MOST_SPLITS + 1, dtype=np.int32)
    slot = np.zeros(MOST_BITS, dtype=np.int32)
    for known in range(bits):
        slot[known] = known
    fresh = 0
    for step in range(len(steps)):
        place[step] = steps[step, 0]
        if steps[step, 0] >= bits:
            known = bits
            while known < bits + fresh and slot[known] != steps[step, 0]:
                known += 1
            slot[known] = steps[step, 0]
            place[step] = known
            fresh = max(fresh, known + 1 - bits)
    features = bits + fresh
    for pattern in range(1 << features):
        share[pattern] = 0
    for i in range(size):
        share[_pattern(i, bits, fresh, steps, place)] += counts[i]
    _shapley(features, share, points, weights, factor, values)
    for i in range(size):
        pattern = _pattern(i, bits, fresh, steps, place)
        for feature in range(features):
            total[slot[feature], i] += value * values[feature, pattern]
    return float(value * share[(1 << features) - 1])


@inlined
def _shapley(
    features: int, share: Doubles, points: Doubles, weights: Doubles, factor: Doubles, values: Doubles
) -> None:
    """Shapley values of "all conditions hold", for each pattern of a row, where ``share`` is the background's patterns.

    ``factor[p]`` is the mean over the background b of the product of ``t * p_f + (1 - t) * b_f``; the value of feature f is
    the integral of the same product without f, times ``p_f - b_f``, both of which are differences of ``factor``.
    """
    size = 1 << features
    for feature in range(features):
        for pattern in range(size):
            values[feature, pattern] = 0
    count = max(1, (features + 1) // 2)
    for q in range(count):
        t, weight = points[count - 1, q], weights[count - 1, q]
        for pattern in range(size):
            factor[pattern] = share[pattern]
        for feature in range(features):
            half = 1 << feature
            for start in range(0, size, 2 * half):
                for low in range(start, start + half):
                    no, yes = factor[low], factor[low + half]
                    factor[low] = (1.0 - t) * yes
                    factor[low + half] = t * no + yes
        for feature in range(features):
            half = 1 << feature
            for start in range(0, size, 2 * half):
                for low in range(start, start + half):
                    absent = factor[low] / (1.0 - t)
                    values[feature, low] -= weight * absent
                    values[feature, low + half] += weight * ((factor[low + half] - factor[low]) / t - absent)
