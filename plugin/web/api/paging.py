"""Pages of lists: the cursor is the last entry's own key, so that nothing is missed or repeated when rows come or go in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request, url_for

T = TypeVar("T")


def page(
    read: Callable[..., Sequence[T]],
    query: dict[str, Any],
    key: Callable[[T], int | str],
    cursor: str = "after",
) -> dict[str, Any]:
    """``read`` gets the query with one row more than a page holds, which tells whether there is a next one."""
    limit = query["limit"]
    found = read(**{**query, "limit": limit + 1})
    return {
        "items": found[:limit],
        "next": _next(cursor, key(found[limit - 1])) if len(found) > limit else None,
    }


def _next(cursor: str, last: int | str) -> str:
    """This address with the cursor moved; everything else as it was asked for."""
    asked: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), cursor: last}
    return url_for(str(request.endpoint), **asked)


def by_id(row: Any) -> int:
    found: int = row.id
    return found
