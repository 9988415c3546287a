"""Cuts long lists of ids, since a database takes a limited number of values in one statement (SQLite 32,766)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

SIZE = 5_000


def parts(ids: Collection[int]) -> Iterator[list[int]]:
    """Lists of at most ``SIZE``; nothing for an empty collection."""
    whole = list(ids)
    for first in range(0, len(whole), SIZE):
        yield whole[first : first + SIZE]
