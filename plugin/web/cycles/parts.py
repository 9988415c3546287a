"""One page of a list that is at hand as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

SHOWN = 50  # rows of one page
Row = TypeVar("Row")


@dataclass(frozen=True)
class Part(Generic[Row]):
    """``name`` is its parameter in the address, counted from 1."""

    name: str
    rows: Sequence[Row]
    number: int
    pages: int
    total: int

    @classmethod
    def of(cls, every: Sequence[Row], name: str) -> Part[Row]:
        pages = max(-(-len(every) // SHOWN), 1)
        number = min(max(request.args.get(name, 1, type=int), 1), pages)
        return cls(name, every[(number - 1) * SHOWN : number * SHOWN], number, pages, len(every))
