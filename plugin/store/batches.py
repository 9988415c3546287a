"""Cuts long lists of ids, since a database takes a limited number of values in one statement (SQLite 32,766)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa

SIZE = 5_000
T = TypeVar("T", int, str)


def parts(ids: Collection[T]) -> Iterator[list[T]]:
    """Lists of at most ``SIZE``; nothing for an empty collection."""
    whole = list(ids)
    for first in range(0, len(whole), SIZE):
        yield whole[first : first + SIZE]


def of(column: sa.ColumnElement[Any], people: Collection[int] | None) -> sa.ColumnElement[bool]:
    """Rows of some people (at most ``SIZE``), or of everybody."""
    return sa.true() if people is None else column.in_(people)
