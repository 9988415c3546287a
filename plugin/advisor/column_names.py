"""Refuses a table whose columns are not a model's own in their order, because numbers without their names fit any column."""  # machine text

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugin.errors import InvalidInput


def check_order(argument: str, table: Any, expected: Sequence[str]) -> None:
    """A table with names (pandas, polars, Arrow) must have the expected ones in their order; InvalidInput says what differs.

    Plain arrays have no names: they are taken in the order of training. Without expected names nothing can be compared.
    """
    names = _names_of(table)
    if names is None or not expected or names == tuple(expected):
        return
    missing, unknown = sorted(set(expected) - set(names)), sorted(set(names) - set(expected))
    parts = [
        f"{word} {', '.join(listed)}" for word, listed in (("without", missing), ("with", unknown)) if listed
    ]
    found = " and ".join(parts) or f"in the order {', '.join(names)}"
    raise InvalidInput(
        f"{argument} must have the columns {', '.join(expected)} in this order; they come {found}",
        fields={argument: "other columns"},
        remedy=f"Pass {argument}[[{', '.join(repr(name) for name in expected)}]].",
    )


def check_numbers(argument: str, table: Any) -> None:
    """A column of categories shows its labels, and a model splits by their codes: InvalidInput names such columns."""
    kinds = getattr(table, "dtypes", ())
    found = [
        name
        for name, kind in zip(_names_of(table) or (), kinds, strict=False)
        if str(kind).lower().startswith(("category", "categorical", "enum"))
    ]
    if found:
        raise InvalidInput(
            f"{argument} has labels instead of numbers in {', '.join(found)}",
            fields={argument: "not numbers"},
            remedy="Pass the codes of training, e.g. frame[name].cat.codes.",
        )


def _names_of(table: Any) -> tuple[str, ...] | None:
    names = getattr(table, "column_names", None)  # Arrow, whose ``columns`` are the values
    names = getattr(table, "columns", None) if names is None else names
    return None if names is None else tuple(_name(name) for name in names)


def _name(name: object) -> str:
    """As XGBoost spells the names of several levels."""
    return " ".join(str(part) for part in name) if isinstance(name, tuple) else str(name)
