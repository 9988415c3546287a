"""Says before an insert whether a row fits its table: PostgreSQL refuses a whole batch for one value that is too long."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin.domain.plain_text import is_storable
from plugin.store.column_types import Fixed
from plugin.texts import _, counted


def misfit(table: sa.Table, row: Mapping[str, Any]) -> str | None:
    """Which value does not fit and why, in words without the value itself; None when all do."""
    for name, value in row.items():
        problem = _problem(name, table.c[name].type, value)
        if problem:
            return problem
    return None


def _problem(field: str, kind: Any, value: Any) -> str | None:
    if isinstance(value, str):
        if not is_storable(value):
            return _("the field “%(field)s” contains a character that can't be stored", field=field)
        if isinstance(kind, sa.String) and kind.length is not None and len(value) > kind.length:
            return _(
                "the field “%(field)s” has %(num)s characters; at most %(most)s are allowed",
                field=field,
                num=counted(len(value)),
                most=counted(kind.length),
            )
    if isinstance(value, Decimal) and isinstance(kind, Fixed):
        found = kind.misfit(value)
        if found is not None and found.digits is None:
            return _("the field “%(field)s” has a figure that is too large", field=field)
        if found is not None:
            return _(
                "the field “%(field)s” has a figure with more than %(digits)s decimal places",
                field=field,
                digits=found.digits,
            )
    return None
