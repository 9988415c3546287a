"""Pages of a list by cursor: how many rows, which one is the last, and what stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from plugin.domain.ids import LARGEST_ID, known_id, record_id
from plugin.errors import NotFound
from plugin.texts import _

SIZE = 50
Row = TypeVar("Row")  # machine text  # machine text  # machine text
W = TypeVar("W", bound=str)


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """Rows of one page; ``cursor`` leads to the next one, None at the end; ``is_first`` is False behind the first page."""

    rows: Sequence[Row]
    cursor: str | int | None
    is_first: bool


def cut(rows: Sequence[Row], key: Callable[[Row], str | int], *, started: bool) -> Listing[Row]:
    """From up to SIZE + 1 rows: the page, and whether there is another."""
    shown = rows[:SIZE]
    return Listing(shown, key(shown[-1]) if len(rows) > SIZE else None, not started)


def number(name: str) -> int | None:
    """A positive whole number of the address, None when it is missing or is none."""
    return known_id(request.args.get(name, ""))


def sent_number(name: str, largest: int = LARGEST_ID) -> int:
    """A whole number of the form from 1 to ``largest``, else 0, which is nothing's id and no version."""
    found = request.form.get(name, 0, type=record_id)
    return found if 0 < found <= largest else 0


def sent_choice(name: str) -> int | None:
    """The id in the form, None when the form names none (then all are meant). NotFound for what is no id."""
    if name not in request.form:
        return None
    found = sent_number(name)
    if not found:
        raise NotFound(_("This row does not exist."))
    return found


def chosen(name: str, allowed: Iterable[W]) -> W | None:
    """A filter's value when it is one of ``allowed``."""
    return next((word for word in allowed if word == request.args.get(name)), None)


def sent_word(name: str, allowed: Iterable[W]) -> W | None:
    """What the form sent when it is one of ``allowed``."""
    return next((word for word in allowed if word == request.form.get(name)), None)
