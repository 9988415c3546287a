"""What both kernels do with a block of rows: turn it on its side, answer a split's question, add up the results."""

from __future__ import annotations

import numpy as np

from plugin.advisor.treeshap.compiled import inlined
from plugin.advisor.treeshap.forest import Bytes, Doubles, Floats, Node, Words

BLOCK = 512
"""Rows at a time; one feature's take 2 KiB, so that what a tree works on stays in the first two caches."""
LANES = 16  # float32 values in the widest vector register that we meet
_OUT_OF_RANGE = np.float32(16777216)  # XGBoost: no category code lies at or above 2**24


@inlined
def load(rows: Floats, start: int, x: Floats) -> int:
    """Transpose up to BLOCK rows into ``x`` (features, BLOCK). Returns their number, rounded up to whole vectors."""
    count = min(BLOCK, rows.shape[0] - start)
    for i in range(count):
        for feature in range(rows.shape[1]):
            x[feature, i] = rows[start + i, feature]
    return int((count + LANES - 1) // LANES * LANES)


@inlined
def flush_interval(features: int) -> int:
    """After how many trees to flush: more with many features, since each flush visits all of them."""
    return max(8, features // 5)


@inlined
def flush(phi: Floats, width: int, total: Doubles) -> None:
    """Move ``phi`` to ``total`` in double precision, every few trees, so that rounding does not grow with their number."""
    for feature in range(phi.shape[0]):
        for i in range(width):
            total[feature, i] += phi[feature, i]
            phi[feature, i] = 0


@inlined
def store(total: Doubles, start: int, out: Floats) -> None:
    """Add ``total`` (features, BLOCK) to the rows of ``out`` from ``start`` on, and clear it."""
    for i in range(min(BLOCK, out.shape[0] - start)):
        for feature in range(total.shape[0]):
            out[start + i, feature] += total[feature, i]
            total[feature, i] = 0


@inlined
def ask(split: Node, categories: Words, d: int, width: int, x: Floats, state: Bytes) -> None:
    """Write to ``state[d]``: 1 where the row goes left at ``split``, else 0. A missing value (NaN) goes the default way."""
    feature, threshold, default = split.feature, split.threshold, split.default_left != 0
    if split.words >= 0:
        for i in range(width):
            state[d, i] = goes_left(split, categories, x[feature, i])
    elif default:
        for i in range(width):
            state[d, i] = not (x[feature, i] >= threshold)
    else:
        for i in range(width):
            state[d, i] = x[feature, i] < threshold


@inlined
def goes_left(split: Node, categories: Words, value: float) -> bool:
    """One row's answer. Categories as in XGBoost's ``common::Decision``: listed ones go right, unknown and invalid ones left."""
    if np.isnan(value):
        return bool(split.default_left != 0)
    if split.words < 0:
        return bool(value < split.threshold)
    if value < 0 or value >= _OUT_OF_RANGE:
        return True
    code = np.int64(value)
    if code // 32 >= split.words:
        return True
    word = categories[split.first_word + code // 32]
    return bool(((word >> np.uint32(code % 32)) & np.uint32(1)) == 0)
