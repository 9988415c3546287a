"""Runs Alembic on a connection that plugin.store.migrate hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from plugin.store.column_types import Fixed, UtcTime
from plugin.store.tables import metadata


def render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Our own column types by name; everything else as Alembic does."""
    if kind == "type" and isinstance(item, UtcTime | Fixed):
        autogen.imports.add("from plugin.store.column_types import Fixed, Id, Json, UtcTime")
        return f"Fixed({item.digits})" if isinstance(item, Fixed) else "UtcTime()"
    if kind == "type" and type(item).__name__ == "JSON":
        return "Json"
    if kind == "type" and type(item).__name__ == "BigInteger":
        return "Id"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
