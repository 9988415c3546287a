"""Reads files that a person uploads and that are taken as a whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from plugin.domain import plain_text
from plugin.errors import InvalidInput
from plugin.texts import _, ngettext

T = TypeVar("T")


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
            _("the file's columns are %(names)s", names=", ".join(names) or "missing"),
            fields={
                "file": _(
                    "columns: %(columns)s; needed: %(needed)s",
                    columns=", ".join(columns),
                    needed=", ".join(needed),
                )
            },
        )
    found, wrong = list[T](), dict[str, str]()
    for line, row in enumerate(reader, start=2):
        cells = dict.fromkeys(columns, "") | {
            (key or "").strip(): (value or "").strip() for key, value in row.items() if key is not None
        }
        try:
            plain_text.require(cells.items())
            found.append(make(cells))
        except InvalidInput as error:
            wrong[f"line {line}"] = str(error)
    if wrong:
        raise InvalidInput(
            ngettext("%(num)s line can't be imported", "%(num)s lines can't be imported", len(wrong)),
            fields=wrong,
        )
    return found
