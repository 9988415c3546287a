"""Reads what somebody typed or uploaded: numbers, and files that are taken as a whole or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from plugin.errors import InvalidInput

T = TypeVar("T")
THOUSANDS = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")


def read_all(
    text: str, columns: Collection[str], needed: Collection[str], make: Callable[[Mapping[str, str]], T]
) -> list[T]:
    """One value per line of a CSV file with a head; cells are trimmed, a column that is left out reads "".

    InvalidInput names every line that ``make`` refuses, or the columns when they are not right.
    """
    reader = csv.DictReader(io.StringIO(text))
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    if set(names) - set(columns) or set(needed) - set(names):
        raise InvalidInput(
            f"the file's columns are {', '.join(names) or 'missing'}",
            fields={"file": f"columns: {', '.join(columns)}; needed: {', '.join(needed)}"},
        )
    found, wrong = list[T](), dict[str, str]()
    for line, row in enumerate(reader, start=2):
        cells = dict.fromkeys(columns, "") | {
            (key or "").strip(): (value or "").strip() for key, value in row.items() if key is not None
        }
        try:
            found.append(make(cells))
        except InvalidInput as error:
            wrong[f"line {line}"] = str(error)
    if wrong:
        raise InvalidInput(f"{len(wrong)} lines cannot be used", fields=wrong)
    return found


def number(text: str, field: str) -> Decimal | None:
    """What a person typed ("1 200.50", "3,2 %", "" for nothing); InvalidInput with the field when it is no number.

    A blank may part thousands only: "3 5" is a slip of the hand, not 35.
    """
    cleaned = THOUSANDS.sub("", text.replace("%", "").strip()).replace(",", ".")
    if not cleaned:
        return None
    try:
        value = Decimal(cleaned)
    except InvalidOperation as error:
        raise InvalidInput(f"{field} {text} is no number", fields={field: "is no number"}) from error
    if not value.is_finite():
        raise InvalidInput(f"{field} {text} is no number", fields={field: "is no number"})
    return value
