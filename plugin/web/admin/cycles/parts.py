"""One page of a list, at hand as a whole or read page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from plugin.domain.ids import record_id

SHOWN = 50  # rows of one page
Row = TypeVar("Row")  # machine text  # machine text  # machine text  # machine text  # machine text


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
        return cls.read(len(every), lambda limit, offset: every[offset : offset + limit], name)

    @classmethod
    def read(cls, total: int, read: Callable[[int, int], Sequence[Row]], name: str) -> Part[Row]:
        """``read`` is given how many rows of the page and how many are before it."""
        pages = max(-(-total // SHOWN), 1)
        number = min(max(request.args.get(name, 1, type=record_id), 1), pages)
        return cls(name, read(SHOWN, (number - 1) * SHOWN), number, pages, total)
