"""Says before an insert whether a row fits its table: PostgreSQL refuses a whole batch for one value that is too long."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.store.column_types import Fixed


def misfit(table: sa.Table, row: Mapping[str, Any]) -> str | None:
    """Which value does not fit and why, in words without the value itself; None when all do."""
    for name, value in row.items():
        problem = _problem(table.c[name].type, value)
        if problem:
            return f"{name.replace('_', ' ')} {problem}"
    return None


def _problem(kind: Any, value: Any) -> str | None:
    if isinstance(value, str):
        if not is_storable(value):
            return "holds a sign that cannot be stored"
        if isinstance(kind, sa.String) and kind.length is not None and len(value) > kind.length:
            return f"has {len(value)} signs, {kind.length} fit"
    if isinstance(value, Decimal) and isinstance(kind, Fixed):
        return kind.misfit(value)
    return None


def is_storable(text: str) -> bool:
    """False for a NUL, which PostgreSQL refuses, and for half of a surrogate pair, which is no character."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
